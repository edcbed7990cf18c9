"""The quotations that a text has, each with its place and what became of it."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.types import Span
from rag.quotes import Checked, check
from rag.stretches import Essays

VERDICTS = ("exact", "normalised", "altered", "absent", "short")
LONGEST = 2_000  # characters between two marks; where there are more, one of them was forgotten
DEEPEST = 8  # quotations in one another
SHORT = 6  # weight: Chinese characters, or twice the words; a shorter one is a term or a title in quotation marks

_PAIRS = {"“": "”", "「": "」", "『": "』", "«": "»", "„": "“", "﹁": "﹂", "﹃": "﹄", "〝": "〞"}
_SINGLE = ("‘", "’")
_STRAIGHT = '"'
_MARK = re.compile('[“”「」『』«»„﹁﹂﹃﹄〝〞‘’"＂]')
_BLOCK = re.compile(r"(?m)^ {0,3}>[^\n]*(?:\n {0,3}>[^\n]*)*")
_PREFIX = re.compile(r"(?m)^ {0,3}(?:> ?)+")
_BREAK = re.compile(r"\n[ \t]*\n")
_WORD = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")


@dataclass(frozen=True, slots=True)
class Quotation:
    """`text` is what stands at `span`, without the marks around it; of a block quote, without the > of its lines."""

    text: str
    span: Span

    @property
    def short(self) -> bool:
        """A word, a title or a term in quotation marks: found nowhere, it says nothing against its author."""
        return sum(1 if "\u3400" <= word[0] <= "\u9fff" else 2 for word in _WORD.findall(self.text)) < SHORT


@dataclass(frozen=True, slots=True)
class Judged:
    quotation: Quotation
    checked: Checked

    @property
    def verdict(self) -> str:
        """That of the check; but "short" for a term that is in no essay as it is, which is no false quotation."""
        found = self.checked.verdict in ("exact", "normalised")
        return "short" if self.quotation.short and not found else self.checked.verdict

    @property
    def alarms(self) -> tuple[str, ...]:
        return self.checked.alarms if self.verdict == "altered" else ()


def judge(quotations: Sequence[Quotation], essays: Essays) -> list[Judged]:
    return [Judged(one, check(one.text, essays)) for one in quotations]


def quotations_of(text: str) -> list[Quotation]:
    """In their order; of nested ones the outer one, unless it is what surrounds a quotation with words of its own."""
    blocks = [Span(*match.span()) for match in _BLOCK.finditer(text)]
    found = [Quotation(_PREFIX.sub("", text[span.start : span.end]).strip(), span) for span in blocks]
    starts = [block.start for block in blocks]
    outer: list[Quotation] = []
    for span in sorted(_between_marks(text), key=lambda span: (span.start, -span.end)):
        block = bisect_right(starts, span.start) - 1  # the last one that begins before it
        inside = block >= 0 and span.start < blocks[block].end
        if not inside and not (outer and span.end <= outer[-1].span.end) and text[span.start : span.end].strip():
            outer.append(Quotation(text[span.start : span.end], span))
    return sorted([*(one for one in found if one.text), *outer], key=lambda one: one.span)


def lines_of(text: str) -> list[Quotation]:
    """Of a text without quotation marks: one quotation a line."""
    found = re.finditer(r"[^\n]*\S[^\n]*", text)
    return [Quotation(match[0].strip(), Span(*match.span())) for match in found]


def _between_marks(text: str) -> Iterator[Span]:
    """A mark that is never closed, or too late, opens nothing; what is opened inside it is seen all the same."""
    open_ones: list[tuple[str, int]] = []
    breaks = [match.start() for match in _BREAK.finditer(text)]
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if mark == "’" and _is_apostrophe(text, at) and not _closes_single(open_ones, text, at):
            continue
        place = _opened(open_ones, mark, at, breaks)
        if place is not None:
            start = open_ones[place][1]
            del open_ones[place:]
            yield Span(start + 1, at)
        elif mark in _PAIRS or mark == "‘" or (mark in '"＂' and _may_open(text, at)):
            open_ones = [*open_ones[1 - DEEPEST :], (mark, at)]


def _opened(open_ones: list[tuple[str, int]], mark: str, at: int, breaks: list[int]) -> int | None:
    """The place among the opened marks of the one that this mark closes. No quotation goes on after an empty line."""
    for place in range(len(open_ones) - 1, -1, -1):
        opening, start = open_ones[place]
        closing = _PAIRS.get(opening, "’" if opening == "‘" else opening)
        if at - start > LONGEST or bisect_right(breaks, at) != bisect_right(breaks, start):
            return None
        if mark == closing and at > start + 1:
            return place
    return None


def _is_apostrophe(text: str, at: int) -> bool:
    """Between two letters, as in don’t; or behind an s, or before a shortened year, where nothing has to be closed."""
    return at > 0 and text[at - 1].isalpha() and text[at - 1].isascii()


def _closes_single(open_ones: list[tuple[str, int]], text: str, at: int) -> bool:
    follows = text[at + 1 : at + 2]
    return any(mark == "‘" for mark, _ in open_ones) and not (follows.isascii() and follows.isalnum())


def _may_open(text: str, at: int) -> bool:
    """An inch is no quotation."""
    return not (at > 0 and text[at - 1].isdigit() and not text[at + 1 : at + 2].isalnum())
