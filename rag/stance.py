"""Which side the clauses of a sentence take, read by rules: words that take one, and what turns them round."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from index.terms import fold
from rag.clauses import Clause, negations

REACH = {"zh": 9, "en": 28}  # characters before a word within which a negation is its own
GAP = "[^,]{0,10}?"
TURNED_TWICE = 0.5  # “不是说不看好” says less than “看好”

_SIDES = {"+": 1, "-": -1, "?": 0}
_SPACE = re.compile(r"(?<!\\) ")
_UNDONE = re.compile(r"\s*(?:不了|不起来|不得|not\b|n't\b)")  # behind a word: 取代不了


@dataclass(frozen=True, slots=True)
class Cue:
    """An axis' words for one of its sides, by language. `side`: 1, -1, or 0 where they only name it. In a word with a
    gap, as 门槛…高, what stands in the gap may negate it."""

    axis: str
    side: int
    words: Mapping[str, re.Pattern[str]]
    gaps: bool


@dataclass(frozen=True, slots=True)
class Lean:
    """To which side of an axis, from -1 to 1, and the text of the clauses that say so and of those before them."""

    value: float
    said: str


@cache
def cues() -> Sequence[Cue]:
    lines = (Path(__file__).parent / "stances.txt").read_text(encoding="utf-8").splitlines()
    parts = [_SPACE.split(line) for line in lines if line and not line.startswith("#")]
    halves = [
        (gaps, part[:2], [word for word in part[2:] if ("…" in word) == gaps]) for part in parts for gaps in (0, 1)
    ]
    return tuple(_cue(axis, sign, words, gaps=bool(gaps)) for gaps, (axis, sign), words in halves if words)


def _cue(axis: str, sign: str, words: Sequence[str], *, gaps: bool) -> Cue:
    words = [word.replace("…", GAP) for word in words]
    zh = "|".join(word for word in words if not word.isascii())
    en = "|".join(word for word in words if word.isascii())
    patterns = {"zh": zh, "en": rf"\b(?:{en})\b" if en else ""}
    return Cue(axis, _SIDES[sign], {language: re.compile(text) for language, text in patterns.items() if text}, gaps)


def axes_of(question: str, language: str) -> frozenset[str]:
    """Along which lines it asks for a side."""
    text = fold(question)
    return frozenset(cue.axis for cue in cues() if language in cue.words and cue.words[language].search(text))


def without_cues(text: str, language: str) -> str:
    """Folded text without the words that name or take a side."""
    for cue in cues():
        text = cue.words[language].sub(" ", text) if language in cue.words else text
    return text


def family(axis: str) -> str:
    return axis.split(".")[0]


def leanings(said: Sequence[Clause], language: str, wanted: Callable[[str], bool]) -> dict[str, Lean]:
    """By axis. `wanted`: which ones."""
    found: dict[str, Lean] = {}
    taken = [cue for cue in cues() if cue.side and language in cue.words]
    for clause in said:
        for axis, side in _sides(clause, language, taken):
            if wanted(axis):
                known = found.get(axis, Lean(0.0, ""))
                value = max(-1.0, min(1.0, known.value + side))
                found[axis] = Lean(value, f"{known.said} {clause.before} {clause.text}")
    return found


def _sides(clause: Clause, language: str, taken: Sequence[Cue]) -> Iterator[tuple[str, float]]:
    found = [(match, cue) for cue in taken for match in cue.words[language].finditer(clause.text)]
    for match, cue in found:
        if any(_within(match, longer) for longer, _ in found):
            continue  # it is only a part of another word that takes a side
        until = match.end() if cue.gaps else match.start()
        before = negations(clause, match.start() - REACH[language], until)
        turns = before + bool(_UNDONE.match(clause.text, match.end()))
        yield cue.axis, cue.side * (-1) ** turns * clause.weight * (TURNED_TWICE if before > 1 else 1.0)


def _within(match: re.Match[str], longer: re.Match[str]) -> bool:
    return longer.start() <= match.start() and match.end() <= longer.end() and longer.span() != match.span()
