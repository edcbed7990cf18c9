"""An essay as the right leaf shows it: line by line, with what was cited of it, and where that stands in its answer."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.sentences import heading_of
from index.types import Document, Span
from rag.types import Citation, Reported
from ui.address import Address

LONGEST_EXCERPT = 5_000  # characters; what an address names beyond them is no excerpt
MOST_LINES, MOST_CHARACTERS = 20_000, 2_000_000  # of an essay that are drawn; it is a long book that has more
NESTED = 4  # spans of furniture that may begin in one line before the one that covers it


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line. `mark`: "hit" for the excerpt that is looked at, "also" for the others of its answer, "" for
    the rest. `first`: whether the excerpt begins here."""

    text: str
    mark: str = ""
    first: bool = False
    n: int = 0  # of the citation


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an essay's file."""

    kind: str  # line, heading or furniture
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Steps:
    """Where an excerpt stands among those of its answer."""

    n: int
    of: int
    before: str  # links, "" for none
    after: str


def steps_of(at: Address, citations: Sequence[Citation]) -> Steps | None:
    """None where the excerpt is none of the answer's."""
    places = [(citation.document.name, Span(citation.start, citation.end)) for citation in citations]
    if at.span is None or (at.document, at.span) not in places:
        return None
    here = places.index((at.document, at.span))
    before = f"#{at.at(*places[here - 1])}" if here else ""
    after = f"#{at.at(*places[here + 1])}" if here + 1 < len(places) else ""
    return Steps(here + 1, len(places), before, after)


def reported_at(document: Document, span: Span | None, citations: Sequence[Citation]) -> Reported | None:
    """What is known of the excerpt that is looked at, if it is one of the answer's."""
    places = ((c.document.name, Span(c.start, c.end), c.reported) for c in citations)
    return next((reported for *place, reported in places if place == [document.name, span]), None)


def drawn_of(text: str, span: Span | None) -> Span:
    """The part of an essay that is drawn: all of it, or, of one that no browser would show, as much as is from its
    beginning or around the excerpt that is looked at."""
    part = Span(0, _end_of(text, 0))
    if span is None or span.end <= part.end:
        return part
    start = _start_of(text, span.start)
    return Span(start, _end_of(text, start))


def _start_of(text: str, before: int) -> int:
    """Of a line, where it can be: half of what is drawn stands before the excerpt."""
    least, start = max(0, before - MOST_CHARACTERS // 2), before
    for _ in range(max(1, MOST_LINES // 2)):
        start = text.rfind("\n", least, start)
        if start < 0:
            return least
    return start + 1


def _end_of(text: str, start: int) -> int:
    most, end = min(len(text), start + MOST_CHARACTERS), start
    for _ in range(MOST_LINES):
        end = text.find("\n", end, most) + 1
        if not end:
            return most
    return end


def lines_of(document: Document, span: Span | None, citations: Sequence[Citation] = ()) -> Iterator[Line]:
    """The lines of what is drawn that are not empty; put together they are its text, character for character."""
    marks = _marks(document, span, citations)
    start, end = drawn_of(document.text, span)
    for content in document.text[start:end].split("\n"):
        line = Span(start, start + len(content))
        start = line.end + 1
        if content.strip():
            yield Line(_kind_of(document, line), tuple(_pieces(document.text, line, marks)))


@dataclass(frozen=True, slots=True, order=True)
class _Mark:
    """Of an excerpt. `first`: where what it says begins."""

    start: int
    end: int
    kind: str
    n: int
    first: int


def _marks(document: Document, span: Span | None, citations: Sequence[Citation]) -> list[_Mark]:
    """In order, none over another; the excerpt that is looked at goes before the rest."""
    own = [(Span(c.start, c.end), c.n) for c in citations if c.document.name == document.name]
    n = next((number for other, number in own if other == span), 0)
    marks = [_mark(document.text, span, "hit", n)] if span else []
    for other, number in own:
        if all(other.end <= mark.start or mark.end <= other.start for mark in marks):
            marks.append(_mark(document.text, other, "also", number))
    return sorted(marks)


def _mark(text: str, span: Span, kind: str, n: int) -> _Mark:
    said = text[span.start : span.end].lstrip()
    return _Mark(*span, kind, n, span.end - len(said))


def _pieces(text: str, line: Span, marks: Sequence[_Mark]) -> Iterator[Piece]:
    at = line.start
    for mark in marks:
        left, right = max(mark.start, line.start), min(mark.end, line.end)
        if left >= right:
            continue
        if at < left:
            yield Piece(text[at:left])
        yield Piece(text[left:right], mark.kind, first=line.start <= mark.first, n=mark.n)
        at = right
    if at < line.end:
        yield Piece(text[at : line.end])


def _kind_of(document: Document, line: Span) -> str:
    content = document.text[line.start : line.end]
    end = line.start + len(content.rstrip())
    before = bisect_right(document.furniture, line.start, key=lambda piece: piece.start)  # furniture is in order
    if any(end <= piece.end for piece in document.furniture[max(0, before - NESTED) : before]):
        return "furniture"
    return "heading" if heading_of(content) else "line"
