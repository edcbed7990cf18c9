"""The step that lost a sentence, and why it did; asked of what the answer itself was made from, never guessed."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from index.documents import printable
from index.sentences import heading_of
from index.terms import fold
from index.types import Document, Span
from rag import words
from rag.answer import FIRST, FURTHER, OF_ONE_ESSAY, THRESHOLD, Inquiry, is_known, judge
from rag.scope import EVERYTHING, Scope
from rag.types import Excerpt


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sentence stands, and how far it got from there."""

    document: Document
    span: Span
    row: int | None = None  # of its passage
    rank: int | None = None  # of its passage in the fused list
    at: int | None = None  # of its excerpt in the evidence
    cited: int | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """`step` is "" where nothing was lost; `reason` is a key of words.REASONS."""

    step: str = ""
    reason: str = ""
    about: Mapping[str, object] = field(default_factory=dict)

    def said(self, language: str) -> str:
        return words.REASONS[language][self.reason].format(**self.about) if self.reason else ""


def loss_of(
    place: Place,
    inquiry: Inquiry,
    readable: Callable[[str], bool],
    files: Callable[[], Sequence[Document]],
    scope: Scope = EVERYTHING,
    known: Collection[Excerpt] = (),
) -> Loss:
    if place.cited is not None:
        return Loss()
    if place.row is None:
        return Loss("reading", _part(place.document, place.span))
    if not readable(place.document.name):
        there = any(document.name == place.document.name for document in files())
        return Loss("freshness", "changed" if there else "gone")
    if not scope.holds(place.document):
        return Loss("retrieval", "outside")
    if place.at is None and is_known(place.document, place.span, known):
        return Loss("selection", "known")
    if not inquiry.query.has_words:
        return Loss("refusal", "wordless")
    if place.row not in inquiry.hits:
        return Loss("retrieval", "unfound" if place.rank is None else "deep", {"rank": place.rank})
    if place.at is None:
        return Loss("evidence", "no_excerpt")
    if not inquiry.shown:
        return Loss("refusal", "unsure_answer", _apart(confidence=inquiry.confidence, needed=THRESHOLD))
    return _unselected(place.at, inquiry)


def loss_of_unindexed(document: Document, *, known: bool) -> Loss:
    """The sentence stands in a file that is newer than the index."""
    return Loss("freshness", "edited" if known else "added", {"name": printable(document.name)})


def _part(document: Document, span: Span) -> str:
    """What the sentence is, where it is none of the essay's own."""
    piece = next((piece for piece in document.furniture if piece.start < span.end and span.start < piece.end), None)
    if piece is not None:
        return "header" if piece.start == 0 else "footer" if piece.end == len(document.text) else "furniture"
    start = document.text.rfind("\n", 0, span.start) + 1
    return "heading" if heading_of(document.text[start:].split("\n", 1)[0]) else "between"


def _unselected(at: int, inquiry: Inquiry) -> Loss:
    judged = judge(inquiry.evidence, to_everyone=inquiry.query.to_everyone)[at]
    excerpt = judged.excerpt
    if judged.dropped == "unsure":
        return Loss("selection", "unsure", _apart(confidence=excerpt.score, needed=judged.needed))
    same = [n for n, other in enumerate(inquiry.shown, start=1) if fold(other.quote) == fold(excerpt.quote)]
    nth = sum(1 for other in inquiry.evidence[: at + 1] if other.document.name == excerpt.document.name)
    about = {"n": same[0] if same else None, "nth": nth, "of_one": OF_ONE_ESSAY, "in_all": FURTHER, "first": FIRST}
    return Loss("selection", judged.dropped, about)


def _apart(*, confidence: float, needed: float) -> dict[str, str]:
    """With as many digits as show that one is less than the other."""
    digits = next((n for n in range(2, 9) if round(confidence, n) < round(needed, n)), 2)
    return {"confidence": f"{confidence:.{digits}f}", "needed": f"{needed:.{digits}f}"}
