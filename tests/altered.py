"""Quotations altered by rule, each with its right verdict; made anew from whatever essays are given, always alike."""

import random
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import opencc

from index.types import Document

SEED = 20240607
SHORTEST, LONGEST = 12, 160  # characters of a sentence that is quoted

KINDS = ("negation", "number", "word", "clause", "splice", "punctuation", "traditional", "invented")


@dataclass(frozen=True, slots=True)
class Altered:
    kind: str
    quote: str
    verdict: str
    original: str = ""
    alarm: str = ""  # that has to be raised


# Where a denial can be put in or taken out so that the sentence says the opposite.
_ASSERTS = re.compile(
    r"(?<![不没但还只就要可都也总于凡正又仅才若更硬像或先无非未老算倒自只A-Za-z])"
    r"(?:是(?!否|不是|非|的)|可以(?!不)|能够|应该|需要|值得|喜欢|知道|相信|认为)"
    r"|(?<=[a-z] )(?:is|are|was|were|can|could|will|would|has|had)(?= [a-z]+ (?!not))"
)
_DENIES = re.compile(r"不(?=[是会能需可该想值])(?!是吗)|没(?=有)|无法|并不|(?<= )not (?=[a-z])|(?<=[a-z])n't(?= )")
_PAIR = re.compile(r"(.)[不没]\1")
_DIGITS = re.compile(r"(?<![\d.A-Za-z])\d+(?:\.\d+)?(?![\d.])")
_NUMERAL = re.compile(
    "(?<![一二两三四五六七八九十几第])[二两三四五六七八九](?=[个种年次点大条层类位倍者章])|(?<![统唯之同单])一(?=[个种年次](?!月|人))"
)
_ENGLISH_NUMBER = re.compile(r"(?<![a-zA-Z-])(?:two|three|four|five|six|seven|eight|nine|ten)(?![a-zA-Z-])")
_OTHER = dict(zip("一二两三四五六七八九", "三五四八六九二三五七", strict=True))
_COUNT = ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_OTHER_WORD = dict(zip(_COUNT, (*_COUNT[3:], *_COUNT[:3]), strict=True))
_WORDS = dict(
    pair.split("/")
    for pair in [
        "模型/系统",
        "数据/资料",
        "问题/难题",
        "重要/关键",
        "公司/企业",
        "效果/结果",
        "研究/探索",
        "可能/也许",
        "很多/许多",
        "技术/工艺",
        "方法/途径",
        "工作/劳动",
        "能力/本领",
        "开始/着手",
        "时间/工夫",
        "首先/起初",
        "最后/末了",
        "因为/由于",
        "现在/眼下",
        "简单/容易",
        "提升/提高",
        "使用/采用",
        "大家/众人",
        "训练/培养",
        "知识/学问",
        "城市/城镇",
        "国家/邦国",
        "历史/往事",
        "people/persons",
        "large/big",
        "important/crucial",
        "during/throughout",
        "first/initial",
        "city/town",
        "several/various",
        "built/erected",
        "began/started",
        "such/similar",
        "many/numerous",
        "also/additionally",
        "after/following",
        "used/employed",
        "large/sizeable",
        "new/novel",
        "system/scheme",
        "between/amid",
    ]
)
_MARKS = str.maketrans("，。、；：！（）“”,;", ",.，，—。()「」，,")
_TRADITIONAL = {name: opencc.OpenCC(name) for name in ("s2t", "s2tw", "s2hk")}


def altered(documents: Sequence[Document], invented: Sequence[str], each: int = 25) -> list[Altered]:
    """`each`: of every kind but the last, at most; `invented`: what no essay says."""
    chance = random.Random(SEED)
    pool = [(document, sentence) for document in documents for sentence in _sentences(document.text)]
    made: list[Altered] = []
    for kind, make in _MAKERS.items():
        chance.shuffle(pool)
        found = (one for _, sentence in pool if (one := make(sentence, chance)) is not None)
        made += _taken(kind, found, each)
    chance.shuffle(pool)
    made += _spliced(pool, each)
    return made + [Altered("invented", quote, "absent") for quote in invented]


def _taken(kind: str, found: Iterator[tuple[str, str]], each: int) -> Iterator[Altered]:
    verdict = "normalised" if kind in ("punctuation", "traditional") else "altered"
    for _, (original, quote) in zip(range(each), found, strict=False):
        yield Altered(kind, quote, verdict, original, kind if kind in ("negation", "number") else "")


def _sentences(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        if re.match(r"[\w\s]{1,6}[:：]|---|#|https?:", line):
            continue
        for match in re.finditer(r"(?:[^。！？.!?]|\.(?=\S))+[。！？.!?]", line):
            sentence = match[0].strip()
            if SHORTEST <= len(sentence) <= LONGEST and "http" not in sentence:
                yield sentence


def _negation(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    if _PAIR.search(sentence) or "吗" in sentence:
        return None
    denials = [
        match
        for match in _DENIES.finditer(sentence)
        if not match[0].startswith("不") or sentence[match.start() - 1] not in "差要从"
    ]
    asserts = list(_ASSERTS.finditer(sentence))
    if denials and (not asserts or chance.random() < 0.5):
        match = chance.choice(denials)
        put = {"无法": "可以"}.get(match[0], "")
        return sentence, sentence[: match.start()] + put + sentence[match.end() :]
    if not asserts:
        return None
    match = chance.choice(asserts)
    put = f"{match[0]} not" if match[0].isascii() else f"不{match[0]}"
    return sentence, sentence[: match.start()] + put + sentence[match.end() :]


def _number(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    found = [*_DIGITS.finditer(sentence), *_NUMERAL.finditer(sentence), *_ENGLISH_NUMBER.finditer(sentence)]
    if not found:
        return None
    match = chance.choice(found)
    number = match[0]
    if number in _OTHER:
        other = _OTHER[number]
    elif number in _OTHER_WORD:
        other = _OTHER_WORD[number]
    else:
        ways = [str(int(number[0]) % 9 + 1) + number[1:]]
        ways += [number.replace(".", "")] if "." in number else [number + "0"]
        other = chance.choice(ways)
    return sentence, sentence[: match.start()] + other + sentence[match.end() :]


def _word(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    there = [word for word in _WORDS if re.search(rf"(?<![a-zA-Z]){word}(?![a-zA-Z])", sentence)]
    if not there:
        return None
    word = chance.choice(there)
    return sentence, re.sub(rf"(?<![a-zA-Z]){word}(?![a-zA-Z])", _WORDS[word], sentence, count=1)


def _clause(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    """One that stands between two others."""
    clauses = re.findall(r"[^，,；;]+[，,；;]?\s?", sentence)
    if len(clauses) < 3:
        return None
    gone = chance.randrange(1, len(clauses) - 1)
    quote = "".join(clauses[:gone] + clauses[gone + 1 :])
    least = SHORTEST if re.search(r"[\u4e00-\u9fff]", quote) else 3 * SHORTEST
    return (sentence, quote) if len(quote) >= least and len(clauses[gone]) > 3 else None


def _punctuation(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    if re.search(r"\d\W|\W\d", sentence):
        return None  # what stands beside a number may be part of it
    ways: list[Callable[[str], str]] = [
        lambda text: text.translate(_MARKS),
        lambda text: re.sub("[，。；：、,.;:]", "", text[:-1]) + text[-1],
        lambda text: re.sub("[，,]", "……", text),
        lambda text: text.replace("，", " ， ").replace(", ", " , "),
    ]
    quote = chance.choice(ways)(sentence)
    plain = [re.sub(r"\s+", "", text) for text in (quote, sentence)]
    return (sentence, quote) if quote != sentence and plain[0] != plain[1] else None


def _traditional(sentence: str, chance: random.Random) -> tuple[str, str] | None:
    quote = _TRADITIONAL[chance.choice(list(_TRADITIONAL))].convert(sentence)
    return (sentence, quote) if quote != sentence else None


_MAKERS: dict[str, Callable[[str, random.Random], tuple[str, str] | None]] = {
    "negation": _negation,
    "number": _number,
    "word": _word,
    "clause": _clause,
    "punctuation": _punctuation,
    "traditional": _traditional,
}


def _spliced(pool: Sequence[tuple[Document, str]], each: int) -> Iterator[Altered]:
    """Two sentences that do not follow each other: of one essay or of two, the later one first or last."""
    half = min(each, len(pool) // 2)
    for (one, first), (other, second) in zip(pool[:half], pool[half : 2 * half], strict=True):
        if one is other and 0 <= one.text.find(second) - one.text.find(first) - len(first) < 3:
            continue
        yield Altered("splice", first + second, "altered", f"{first} | {second}")
