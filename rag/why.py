"""Where an expected sentence was lost on the way to the answer."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.store import Index
from index.types import Document, Encoder, Span, YuanhuaError
from rag.answer import inquire
from rag.quotes import locate


class NotInCorpus(YuanhuaError):
    """No essay has the expected sentence."""


@dataclass(frozen=True, slots=True)
class Trace:
    """Ranks count from 1; None means that the step did not find it."""

    document: str
    start: int
    end: int
    passage: int | None  # start of the passage that holds it
    dense: int | None
    lexical: int | None
    fused: int | None
    evidence: int | None
    score: float | None
    cited: int | None  # its number in the answer
    lost: str  # the step that dropped it; "" where it is cited


def why(
    index: Index,
    encoder: Encoder,
    question: str,
    expected: str,
    *,
    readable: Callable[[Document], bool] = lambda _: True,
) -> Trace:
    """Raises BadQuestion and NotInCorpus."""
    found = locate(expected, index.documents)
    if found is None:
        raise NotInCorpus("No essay in the index has this sentence; copy it from the essay, or rebuild the index.")
    document, span = found
    inquiry = inquire(index, encoder, question, readable=readable)
    ranking, evidence, shown = inquiry.ranking, inquiry.evidence, inquiry.shown
    row = next(
        (row for row, p in enumerate(index.passages) if p.document is document and _meet(span, p.sentences)), None
    )
    at = next((i for i, e in enumerate(evidence) if e.document is document and _meet(span, (e.span,))), None)
    cited = next((i for i, e in enumerate(shown, start=1) if e.document is document and _meet(span, (e.span,))), None)
    return Trace(
        document.name,
        *span,
        None if row is None else index.passages[row].start,
        _place(row, ranking.dense),
        _place(row, ranking.lexical),
        _place(row, [found_row for found_row, _ in ranking.fused]),
        None if at is None else at + 1,
        None if at is None else round(evidence[at].score, 3),
        cited,
        _lost(document, row, row in inquiry.hits, bool(shown), cited, readable),
    )


def _meet(span: Span, others: tuple[Span, ...]) -> bool:
    return any(min(span.end, other.end) > max(span.start, other.start) for other in others)


def _place(row: int | None, ranking: Sequence[int]) -> int | None:
    return ranking.index(row) + 1 if row is not None and row in ranking else None


def _lost(
    document: Document,
    row: int | None,
    hit: bool,
    answered: bool,
    cited: int | None,
    readable: Callable[[Document], bool],
) -> str:
    """Why it is not cited."""
    if cited is not None:
        return ""
    if row is None:
        return "reading: it stands in a header, a footer or a heading, which are never cited"
    if not readable(document):
        return "freshness: the essay's file has changed or gone since the index was built"
    if not hit:
        return "retrieval: its passage is not among those whose sentences are looked at"
    if not answered:
        return "refusal: no excerpt was sure enough to be an answer"
    return "selection: other excerpts were better"
