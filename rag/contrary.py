"""Whether a sentence says the reverse of what it is taken from: nearly the same words, and one negation more or less,
or the opposite of one of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

from index.terms import fold, terms_of
from rag.alignment import changes
from rag.particulars import negations
from rag.support import stem

NEARLY = 0.6  # of a clause's terms are in the clause that it is compared with …
IN_TURN = 0.4  # … and of that clause's in it
MOST = 200  # clauses that are looked at

_BREAK = re.compile(
    r"[，,；;：:。！？!?、\n（）()—]+|\.(?:\s|$)|\s(?:but|while|whereas|although)\s|(?=而不是|而非|但是?|却)"
)

_QUOTES = re.compile('[“”‘’「」『』"]')
_IN_NAMES = re.compile(r"莫(?![要再去让把急怕说谈问])|别(?=[克尔里洛列斯林])")  # 莫扎伊斯克, 乌兹别克
_COMPARES = re.compile(
    r"比(?![如较赛例喻])|[高低多少优劣重大小先早晚强弱快慢好差]于|不[如及]|胜过|超过|\bthan\b|\bexceeds?\b"
)
# What one does to another, each with its synonyms; who does it stands before it, but in a passive.
_ACTS = tuple(
    re.compile(act)
    for act in (
        r"导致|造成|引起|引发|\b(?:caus(?:es?|ed)|le(?:d|ads?) to)\b",
        r"收购|并购|买下|\b(?:acquire[sd]?|buys|bought)\b",
        r"[打击]败|战胜|\b(?:beats?|defeat(?:s|ed)?)\b",
        r"[取替]代|\breplace[sd]?\b",
    )
)
_PASSIVE = re.compile(r"[被由受遭]|\bby\b")

# Of two opposites, each a set of words that mean the same here.
_OPPOSITES = (
    ("提高|提升|增加|增长|上升|上涨|涨|扩大|增强|变大|升高", "降低|减少|下降|下跌|跌|缩小|减弱|削弱|变小|衰退|萎缩"),
    ("更多|更大|更高|更好|更快|更强|更易|更容易|更便宜", "更少|更小|更低|更差|更慢|更弱|更难|更难|更贵"),
    ("多于|大于|高于|优于|快于|强于|超过|胜过|重于|好于", "少于|小于|低于|劣于|慢于|弱于|不足|不如|轻于|差于"),
    (
        "越多|越大|越高|越好|越快|越强|越便宜|越容易|越来越多|越来越高",
        "越少|越小|越低|越差|越慢|越弱|越贵|越难|越来越少|越来越低",
    ),
    ("支持|赞成|同意|看好|认同|肯定", "反对|否定|否认|看衰|质疑|拒绝"),
    ("容易|简单", "困难|复杂|艰难"),
    ("便宜|廉价", "昂贵"),
    ("重要|关键", "次要"),
    ("有效|有用", "无效|无用|没用"),
    ("成功", "失败"),
    ("优点|优势|好处|长处", "缺点|劣势|坏处|短处"),
    ("最高|最大|最多|最好|最强|最快|最早|上限", "最低|最小|最少|最差|最弱|最慢|最晚|下限"),
    ("之前|以前|先于|早于", "之后|以后|后于|晚于"),
    ("乐观", "悲观"),
    ("允许|可以", "禁止|不许"),
    ("接受|采纳", "拒绝"),
    ("开始|启动", "结束|停止"),
    ("增值|升值", "贬值"),
    ("先进", "落后"),
    ("赢|获胜|战胜", "输|落败"),
    ("内部", "外部"),
    ("全部|所有", "(?<![大小])部分|少数"),
    ("多数|大部分", "少数|小部分"),
    ("盈利|获利|赚钱", "亏损|亏钱|赔钱"),
    (
        "more|greater|larger|higher|bigger|better|faster|stronger|easier|cheaper",
        "less|fewer|smaller|lower|worse|slower|weaker|harder|dearer",
    ),
    ("most|highest|largest|biggest|best|greatest|maximum", "least|lowest|smallest|worst|fewest|minimum"),
    (
        "increas(?:e|es|ed|ing)|rise|rises|rose|risen|grow|grows|grew|growing|raise[sd]?|improv(?:e|es|ed|ing)",
        "decreas(?:e|es|ed|ing)|fall|falls|fell|fallen|shrink|shrinks|shrank|lower(?:s|ed)?|declin(?:e|es|ed|ing)|drop(?:s|ped)?|reduc(?:e|es|ed|ing)|worsen(?:s|ed)?",
    ),
    ("most|many", "(?<!a )few"),
    ("before", "after"),
    (
        "accept(?:s|ed)?|support(?:s|ed)?|agree[sd]?|approv(?:e|es|ed)|favou?r(?:s|ed)?",
        "reject(?:s|ed)?|oppos(?:e|es|ed)|disagree[sd]?|den(?:y|ies|ied)|refus(?:e|es|ed)",
    ),
    ("easy|simple", "hard|difficult|complex"),
    ("cheap", "expensive|dear"),
    ("always", "never"),
    (
        "possible|likely|able|important|necessary|certain|useful|happy|fair|legal|equal|effective|efficient",
        "impossible|unlikely|unable|un(?:important|necessary|certain|happy|fair|equal)|useless|illegal|in(?:effective|efficient)",
    ),
    ("success|succeed(?:s|ed)?|won|win|wins", "failure|fail(?:s|ed)?|lost|lose|loses"),
    ("above|over|exceed(?:s|ed)?", "below|under"),
    ("first", "last"),
    ("allow(?:s|ed)?|permit(?:s|ted)?|can|may", "forbid(?:s|den)?|prohibit(?:s|ed)?|ban(?:s|ned)?"),
    ("advantages?|strengths?|benefits?", "disadvantages?|weakness(?:es)?|drawbacks?"),
    ("all|every", "none"),
)


@dataclass(frozen=True, slots=True)
class Clause:
    text: str
    terms: frozenset[str]


def reversed_of(sentence: str, excerpts: Sequence[str]) -> str:
    """Where a clause of the sentence says the reverse of one of an excerpt, how they differ: what it drops as [-…-] and
    what it adds as {+…+}; "" where none does."""
    theirs = [clause for excerpt in excerpts for clause in _wider(excerpt)]
    for mine in _clauses(sentence):
        near = [(_shared(mine, other), other) for other in theirs if _is_near(mine, other)]
        best = max((share for share, _ in near), default=0.0)
        rivals = [other for share, other in near if share >= best - 0.1]
        if rivals and all(_reversed(mine, other) for other in rivals):
            return _difference(rivals[0].text, mine.text)
    return ""


def _difference(source: str, said: str) -> str:
    parts = ((change.before, change.after, change.same) for change in changes(source, said))
    return "".join(
        after if same else (f"[-{before}-]" if before else "") + (f"{{+{after}+}}" if after else "")
        for before, after, same in parts
    )


@lru_cache(maxsize=256)
def _clauses(text: str) -> tuple[Clause, ...]:
    parts = _parts(text)
    return tuple(clause for clause in map(_clause, parts) if len(clause.terms) >= 2)


@lru_cache(maxsize=256)
def _wider(text: str) -> tuple[Clause, ...]:
    """Each clause, and each two that are neighbours."""
    parts = _parts(text)
    pairs = [f"{one}，{other}" for one, other in pairwise(parts)]
    return tuple(clause for clause in map(_clause, [*parts, *pairs]) if clause.terms)


def _parts(text: str) -> list[str]:
    """Without quotation marks, beside which words are cut otherwise."""
    return [part.strip() for part in _BREAK.split(_QUOTES.sub("", text))[:MOST] if part.strip()]


def _clause(text: str) -> Clause:
    return Clause(text, _terms(text))


def _terms(text: str) -> frozenset[str]:
    """Opposites are one term, so that clauses are near in which only these differ."""
    folded = fold(text)
    opposed = {f"±{pair}" for pair, sides in enumerate(_patterns()) if any(side.search(folded) for side in sides)}
    for sides in _patterns():
        for side in sides:
            folded = side.sub(" ", folded)
    return frozenset(map(stem, terms_of(folded))) | opposed


def _shared(one: Clause, other: Clause) -> float:
    return len(one.terms & other.terms) / max(len(one.terms), len(other.terms), 1)


def _is_near(mine: Clause, other: Clause) -> bool:
    shared = len(mine.terms & other.terms)
    return shared >= max(2, NEARLY * len(mine.terms)) and shared >= IN_TURN * len(other.terms)


def _reversed(mine: Clause, other: Clause) -> bool:
    """What was turned is no negation besides: 有效 to 无效 is one reversal, and 无效 to 没有效 none."""
    ours, theirs = fold(mine.text), fold(other.text)
    turned = {pair: times for pair in range(len(_OPPOSITES)) if (times := _turned(pair, ours, theirs))}
    denied = sum(_negated(text, tuple(turned)) for text in (ours, theirs))
    return (denied + sum(turned.values()) + _swapped(mine.text, other.text)) % 2 == 1


@lru_cache(maxsize=1024)
def _negated(folded: str, turned: tuple[int, ...]) -> int:
    """How many negations are left when the words of the pairs that are turned are taken out."""
    for pair in turned:
        for side in _patterns()[pair]:
            folded = side.sub(" ", folded)
    return len(negations(_IN_NAMES.sub(" ", folded)))


def _swapped(mine: str, other: str) -> bool:
    """Whether what is compared, or who does a thing to what, has changed places: A more than B, B more than A."""
    acts = () if _PASSIVE.search(fold(mine + other)) else _ACTS
    return any(_change_places(mine, other, at) for at in (_COMPARES, *acts))


def _change_places(mine: str, other: str, at: re.Pattern[str]) -> bool:
    sides = [at.split(text, maxsplit=1) for text in (mine, other)]
    if any(len(parts) != 2 for parts in sides):
        return False
    (first, second), (third, fourth) = [[_terms(part) for part in parts] for parts in sides]
    return bool(first & fourth - third and second & third - fourth)


def _turned(pair: int, mine: str, other: str) -> int:
    """How many words of this pair stand on one side where their opposites do on the other."""
    left, right = _patterns()[pair]
    (ours, against), (theirs, theirs_against) = [(len(left.findall(t)), len(right.findall(t))) for t in (mine, other)]
    return abs(ours - theirs) if ours + against == theirs + theirs_against else 0


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    return tuple((_words(one), _words(other)) for one, other in _OPPOSITES)


def _words(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![a-z])(?:{words})(?!['’]?[a-z])")
