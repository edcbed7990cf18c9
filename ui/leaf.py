"""An essay as the right leaf shows it: line by line, with what was cited of it, and where that stands in its answer."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.sentences import heading_of
from index.types import Document, Span
from rag.types import Citation
from ui.address import Address

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


def lines_of(document: Document, span: Span | None, citations: Sequence[Citation] = ()) -> Iterator[Line]:
    """The lines of the file that are not empty; put together they are its text, character for character."""
    marks = _marks(document, span, citations)
    start = 0
    for content in document.text.split("\n"):
        line = Span(start, start + len(content))
        start = line.end + 1
        if content.strip():
            yield Line(_kind_of(document, line), tuple(_pieces(document.text, line, marks)))


def _marks(document: Document, span: Span | None, citations: Sequence[Citation]) -> list[tuple[Span, str, int]]:
    """In order, none over another; the excerpt that is looked at goes before the rest."""
    own = [(Span(c.start, c.end), c.n) for c in citations if c.document.name == document.name]
    n = next((number for other, number in own if other == span), 0)
    marks = [(span, "hit", n)] if span else []
    for other, number in own:
        if all(other.end <= mark.start or mark.end <= other.start for mark, _, _ in marks):
            marks.append((other, "also", number))
    return sorted(marks)


def _pieces(text: str, line: Span, marks: Sequence[tuple[Span, str, int]]) -> Iterator[Piece]:
    at = line.start
    for mark, kind, n in marks:
        left, right = max(mark.start, line.start), min(mark.end, line.end)
        if left >= right:
            continue
        if at < left:
            yield Piece(text[at:left])
        before = text[mark.start : line.start]
        yield Piece(text[left:right], kind, first=not before.strip(), n=n)
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
