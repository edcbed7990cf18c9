"""What must not change between a source and its quotation: numbers and negations, each in one form."""

import re
import unicodedata
from decimal import Decimal

from index.terms import fold

_COMPUTED = 20  # digits or words of a number; what is longer stays as it is written
_DIGITS = "零〇一二三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_VALUES = {**{digit: max(0, place - 1) for place, digit in enumerate(_DIGITS)}, "两": 2}
_SMALL = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
_SMALL += "eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_ENGLISH = {
    "zero": 0,
    **{word: value for value, word in enumerate(_SMALL.split(), start=1)},
    **{word: 10 * n for n, word in enumerate(_TENS.split(), start=2)},
    "hundred": 100,
    "thousand": 1000,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_SINGLE = {"twice": "2", "half": "1/2", "dozen": "12", "first": "1", "second": "2", "third": "3", "double": "2"}

# Words in which a numeral counts nothing; what comes first among them and the numerals below is taken.
_COUNTS_NOTHING = (
    "一(?:直|定|样|般|些|下子?|起|切|旦|致|向|再|律|味|边|面|会儿|时|点儿?(?![一二三四五六七八九零〇])|方面|系列|流|番|度|概|贯"
    "|举|路|手|心|体|连|共|同|齐|来|经|并|道|如|览|瞬|身|生|辈子|席|己|一)"
    "|[统唯万单同逐专惟]一|不一|之一|进一步|另一|某一|每一|这一|那一"
    "|十分(?!钟|之|[一二三四五六七八九零〇十])|十足|十全十美|万分|千万(?=[别不要勿])|百般|百姓|千方百计|成千上万|千变万化|万[能物事幸一]"
    "|万无一失|独一无二|五花八门|乱七八糟|四面八方|四[处周川]|再三|三番五次|零[售件食碎散星]|百度|百川|千问|百科|三亚|九江|半导体|多半"
)
_CHINESE = (
    "(?P<share>[百千万])分之(?P<of>[零〇一二三四五六七八九十百两]+(?:点[零〇一二三四五六七八九]+)?|[0-9.]+)"
    "|(?P<below>[二三四五六七八九十百千]+)分之(?P<above>[一二三四五六七八九十两]+)"
    "|(?P<tenths>[一二三四五六七八九两]|[0-9])成(?![为功立本分员长果熟就绩都语交品型像])"
    "|(?P<half>一半|大半|半(?=[个年天月价数]|小时|分钟))"
    "|(?P<chinese>(?:几|数(?=[十百千万亿])(?!十分))?[零〇一二三四五六七八九十百千万亿两]+"
    "(?:点[零〇一二三四五六七八九]+)?几?)"
)
_NUMBER = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)*(?:\^[-+]?[0-9]+|e[-+]?[0-9]+(?![0-9a-z]))?"
_ARABIC = (
    rf"(?P<arabic>(?:(?<![0-9a-z%]|[)\]])-)?{_NUMBER}\ ?(?:%|‰|per\ ?cent(?![a-z]))?"
    rf"(?:[-:/~]{_NUMBER}\ ?(?:%|‰|per\ ?cent(?![a-z]))?)*)\ ?(?P<unit>[百千万亿]*)"
)
ENGLISH = "|".join(sorted(_ENGLISH, key=len, reverse=True))  # numerals, for a pattern
_WRITTEN = (
    r"(?<![a-z])(?:(?P<nothing>(?:no|the|this|that|which|every|each|any|some|another)\ one|one\ another|one's)"
    rf"|(?P<english>(?:{ENGLISH})(?:(?:[\ -]|\ and\ )(?:{ENGLISH}))*)|(?P<single>{'|'.join(_SINGLE)}))s?(?![a-z])"
)
_PARTICULAR_NUMBERS = re.compile(f"(?P<none>{_COUNTS_NOTHING})|{_CHINESE}|{_ARABIC}|{_WRITTEN}")

# In both languages, words in which nothing is denied; what comes first among them and the negations is taken.
_DENIES_NOTHING = (
    r"(?P<pair>[\u4e00-\u9fff])[不没](?P=pair)|[是能可会与]否|否则"
    r"|不(?:过(?![去来关])|但(?!是)|仅|光(?!彩|明)|只(?=是)|单(?=是)|断|停|管(?=[你我他她它是怎什谁哪有多])|论|愧|禁|妨|由得|免|久|时(?!髦)|已|惜|料"
    r"|然(?=[，,。]|就)|锈钢|得了|好意思|单单)"
    r"|要不是|要不(?=[，,]|就)|差不多|了不起|对不起|说不定|不得不"
    r"|无(?:论|非|比|奈|聊|锡|辜|花果|赖)|莫(?:非|名|过于|斯科|大|如|言)|约莫"
    r"|非(?:常|洲|凡|得)|[除是莫无绯]非|未(?:来|免)|没(?:准|收|落)|[淹沉埋出吞湮]没"
    r"|[特区分级类性识判鉴辨个差告派离有甄国久永各]别|别(?:人|的(?!$)|墅|处|名|扭|致|具|样|出心裁|开生面|国|家|于|称)"
    r"|(?<![a-z])(?:not\ (?:only|just|merely|simply)|no\ matter|no\.?\ ?(?=[0-9]))(?![a-z])"
)
_CONTRACTED = "do|does|did|is|are|was|were|have|has|had|would|could|should|might|must|need|ai|ca|wo|sha"
DENIES = (
    r"没有|不[曾是]?|没|无|非|未|别|勿|莫|否|毋|甭|难以"
    r"|(?<![a-z])(?:not|no|never|none|nobody|nothing|nowhere|neither|nor|without|cannot|hardly|scarcely|barely"
    rf"|[a-z]+n'\ ?t|(?:{_CONTRACTED})nt)(?![a-z])"
)
_PARTICULAR_NEGATIONS = re.compile(f"(?P<none>{_DENIES_NOTHING})|(?P<denied>{DENIES})")
_DENIAL = re.compile(f"(?:并|从|毫|绝|决|尚|也|都|还|就|很|{DENIES})*?(?:{DENIES})[的了地]?")
_AFFIRMS = re.compile("[有都也很就能会可是]+|always|ever|with|can|do|does|did|is|are")
# A clause that ends with the negation: 不，能用 is not 不能用.
_PAUSE = re.compile(r"[要能会可]?[\s\"'”’」』)*]*(?:[,.;:!?。、—–]|--)[^\w]*(?=\w)")
_LONGEST_WORD = 30  # characters
_PREFIXES = ("un", "non", "in", "im", "ir", "il", "dis")

# Other words without the hyphen; the one of fine-tuning is a matter of taste.
_OTHER_UNHYPHENATED = re.compile(
    r"(?<![a-z])re([-‐\s]?)(?:sign|cover|form|creat|collect|count|dress|fund|lay|leas|mark|pos|present|press|prov|sent|serv"
    r"|solv|sort|sound|strain|treat)"
)
_STRAIGHT = re.compile("[\"'](?![a-z])|(?<![a-z0-9])[\"']")  # but the apostrophe of it's
_CURLY = str.maketrans("“”„″＂‘’′＇", '"' * 5 + "'" * 4)

_BETWEEN_DIGITS = re.compile("(?<=[0-9])[\u00a0\u2007\u2009\u202f](?=[0-9]{3}(?![0-9]))")
_RANGE = re.compile(r"(?<=[0-9%])(?:\ ?[–‐‑−‒-]\ ?|\ ?~\ ?|[—―])(?=[0-9])|(?<=[0-9%])\ -\ (?=[0-9])")
_MINUS = re.compile(r"(?:[–‐‑−]|(?<![\w–‐‑−‒—―-])[‒—―])(?=[0-9])")  # the dash of 他——5岁 is none
_HYPHEN_AFTER_LATIN = re.compile(r"(?<=[a-z])-(?=[0-9])")


def numbers(text: str) -> tuple[str, ...]:
    """In their order, digits or words: 1,000 is 1000, 两倍 has 2 as 2倍 has, 三成 is 30%; but 5% is not 5, nor 10² 102.

    >>> numbers("一直有1,000人，十年后是百分之五")
    ('1000', '10', '5%')
    """
    return tuple(filter(None, map(_number, _PARTICULAR_NUMBERS.finditer(_plain_numbers(text)))))


def negations(text: str) -> tuple[str, ...]:
    """As many as it has, each as "not", or "not," where its clause ends: what counts is where something is denied, and
    not by which word. 不是…吗 counts too, since without it the question would be turned round.

    >>> negations("不过，这不是特别难")
    ('not',)
    """
    plain = _spaced(fold(_visible(text)).replace("’", "'").replace("＇", "'"))
    found = (match for match in _PARTICULAR_NEGATIONS.finditer(plain) if match["denied"])
    return tuple("not," if _PAUSE.match(plain, match.end()) else "not" for match in found)


def same_units(one: str, other: str) -> bool:
    """Whether feet are feet and inches inches, where both texts have their marks."""
    units, others = (_units(fold(_visible(text).translate(_CURLY))) for text in (one, other))
    return len(units) != len(others) or units == others


def same_hyphens(one: str, other: str) -> bool:
    """Whether to re-sign is not to resign.

    >>> same_hyphens("He re-signed", "He resigned")
    False
    """
    marks, others = ([bool(match[1]) for match in _OTHER_UNHYPHENATED.finditer(fold(text))] for text in (one, other))
    return marks == others


def _units(plain: str) -> list[str]:
    """The marks behind digits that close no quotation."""
    found: list[str] = []
    open_ones: set[str] = set()
    for match in _STRAIGHT.finditer(plain):
        mark, before = match[0], plain[max(0, match.start() - 1) : match.start()]
        if mark in open_ones:
            open_ones.remove(mark)
        elif before.isdigit():
            found.append(mark)
        elif not before.isalnum():
            open_ones.add(mark)
    return found


def is_negation(before: str, after: str) -> bool:
    """Whether a change is that of a negation, whatever word it stands in: 不仅 to 仅, unhappy to happy."""
    if max(len(before), len(after)) > _LONGEST_WORD:
        return False
    old, new = (_spaced(fold(_visible(text))).strip() for text in (before, after))
    shorter, longer = sorted((old, new), key=len)
    if _DENIAL.fullmatch(longer) or _DENIAL.fullmatch(shorter):
        # 未来 to 将来 is none, though nothing but 未 and 将 differ; 不好 to 很好 is one.
        return not (old and new) or bool(_AFFIRMS.fullmatch(old) or _AFFIRMS.fullmatch(new))
    if len(shorter) >= 3 and longer == shorter + "less":
        return True
    return len(shorter) >= 4 and any(longer.replace("-", "") == prefix + shorter for prefix in _PREFIXES)


def _visible(text: str) -> str:
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _plain_numbers(text: str) -> str:
    """With every number in half width, and what NFKC would pour into its digits kept apart."""
    separated = "".join(map(_apart, _BETWEEN_DIGITS.sub(",", _visible(text))))
    plain = _spaced(fold(separated).replace("⁄", "/").replace("’", "'"))  # the slash of ½
    return _HYPHEN_AFTER_LATIN.sub(" ", _MINUS.sub("-", _RANGE.sub("-", plain)))


def _apart(character: str) -> str:
    """10² is not 102, nor is 6½ 61/2, nor are ① and 2 side by side 12."""
    kind = unicodedata.decomposition(character).partition(">")[0]
    if kind in ("<super", "<sub") and unicodedata.normalize("NFKC", character).isdigit():
        return f"^{unicodedata.normalize('NFKC', character)}" if kind == "<super" else f" {character} "
    return f" {character} " if kind in ("<fraction", "<circle") else character


def _number(match: "re.Match[str]") -> str:
    """In its one form; "" for what counts nothing."""
    if match["share"]:
        of = match["of"]
        value = of if of[0] in "0123456789" else _chinese(of)
        return value + {"百": "%", "千": "‰", "万": "‱"}[match["share"]]
    if match["below"]:
        return f"{_chinese(match['above'])}/{_chinese(match['below'])}"
    if match["tenths"]:
        digit = match["tenths"]
        return f"{digit if digit.isascii() else _chinese(digit)}0%"
    if match["half"]:
        return "1/2"
    if match["chinese"]:
        return _chinese(match["chinese"])
    if match["arabic"]:
        return _arabic(match["arabic"], match["unit"])
    if match["english"]:
        words = re.split(r"[ -]", match["english"])
        return str(_english(words)) if len(words) <= _COMPUTED else match["english"]
    return _SINGLE.get(match["single"] or "", "")


def _arabic(number: str, unit: str) -> str:
    plain = re.sub(r"(?<=\d),(?=\d{3})", "", number).strip().replace("~", "-")
    plain = re.sub(r" ?per ?cent| (?=[%‰])", lambda match: "%" if match[0].strip() else "", plain)
    if not unit or len(plain + unit) > _COMPUTED or not re.fullmatch(r"-?\d+(?:\.\d+)?", plain):
        return plain + unit
    scale = 1
    for character in unit:
        scale *= _UNITS[character]
    return f"{(Decimal(plain) * scale).normalize():f}"


def _chinese(numeral: str) -> str:
    """As digits where it is one number; 三四 is a range, and what is neither stays as it is."""
    whole, _, decimals = numeral.partition("点")
    digits = "".join(str(_VALUES[c]) for c in whole if c in _VALUES)
    if len(digits) == len(whole):
        value = f"{digits[0]}-{digits[1]}" if len(digits) == 2 and int(digits[1]) == int(digits[0]) + 1 else digits
    else:
        value = _composed(whole) if len(whole) <= _COMPUTED else whole
    return value + ("." + "".join(str(_VALUES[c]) for c in decimals if c in _VALUES) if decimals else "")


def _composed(numeral: str) -> str:
    total = section = 0
    digit: int | None = None
    for character in numeral:
        if character in _VALUES:
            if digit:  # two in a row, as in 三四十
                return numeral
            digit = _VALUES[character]
        elif character not in _UNITS:  # 几 or 数
            return numeral
        elif _UNITS[character] < 10**4:
            section += (1 if digit is None else digit) * _UNITS[character]
            digit = None
        else:
            total = (total + section + (digit or 0) or 1) * _UNITS[character]
            section, digit = 0, None
    return str(total + section + (digit or 0))


def _english(words: list[str]) -> int:
    total = section = 0
    for word in words:
        value = _ENGLISH.get(word, 0)
        if value < 100:
            section += value
        elif value == 100:
            section = (section or 1) * 100
        else:
            total += (section or 1) * value
            section = 0
    return total + section
