"""Judged questions in, figures out."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.index import Index
from index.sentences import LONGEST
from index.types import Document, Encoder, Report, Reranker, Span, silent
from rag.answer import Inquiry, answer_of, inquire
from rag.measures import brier_score, calibration_error, ranking_means, roc_auc
from rag.query import BadQuestion
from rag.questions import FOREIGN, Mark, Question
from rag.types import Answer

Figures = dict[str, float | int | None]
"""Shares between 0 and 1, and counts; None where no question was asked that could tell."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's outcome."""

    question: Question
    answer: Answer
    right: tuple[bool, ...]  # for each citation
    best_is_right: bool  # the best excerpt, which confidence speaks of, cited or not
    relevant: AbstractSet[int] = frozenset()  # rows of the passages that hold the answer
    ranked: Sequence[int] = ()  # rows of the passages that were found, best first

    @property
    def right_at(self) -> int | None:
        """Number of the first right citation."""
        return next((n for n, right in enumerate(self.right, start=1) if right), None)

    @property
    def passage_at(self) -> int | None:
        """Rank of the first relevant passage."""
        return next((rank for rank, row in enumerate(self.ranked, start=1) if row in self.relevant), None)

    @property
    def essays(self) -> float | None:
        """Share of the essays with marked quotations that are cited."""
        marked = {mark.document for mark in self.question.evidence}
        cited = {citation.document.name for citation in self.answer.citations}
        return len(marked & cited) / len(marked) if marked else None

    @property
    def exact(self) -> int:
        """Citations that are their document's text to the character."""
        return sum(1 for c in self.answer.citations if c.document.text[c.start : c.end] == c.quote)

    @property
    def is_missed(self) -> bool:
        """Whether no excerpt is right among the first three, where one should be."""
        return self.question.is_answerable and not any(self.right[:3])


def evaluate(
    index: Index,
    encoder: Encoder,
    questions: Sequence[Question],
    *,
    readable: Callable[[str], bool] = lambda _: True,
    report: Report = silent,
    reranker: Reranker | None = None,
) -> list[Judged]:
    """Ask every question, once, and judge what comes. Without a question that can be asked there is no answer."""
    judged = []
    for done, question in enumerate(questions, start=1):
        relevant = _relevant(question, index)
        try:
            inquiry = inquire(index, encoder, question.text, readable=readable, reranker=reranker)
        except BadQuestion:
            judged.append(Judged(question, Answer(question.text, False, "", (), ()), (), False, relevant))
        else:
            judged.append(judge(question, inquiry, relevant))
        report("Asking", done, len(questions))
    return judged


def judge(question: Question, inquiry: Inquiry, relevant: AbstractSet[int] = frozenset()) -> Judged:
    answer = answer_of(inquiry)
    right = tuple(_is_right(question, c.document, Span(c.start, c.end)) for c in answer.citations)
    best = [_is_right(question, excerpt.document, excerpt.span) for excerpt in inquiry.evidence[:1]]
    ranked = [row for row, _ in inquiry.ranking.fused]
    return Judged(question, answer, right, any(right[:1] or best), relevant, ranked)


def _is_right(question: Question, document: Document, span: Span) -> bool:
    if not question.is_answerable or span.end - span.start > LONGEST:
        return False
    return _holds(question, document, span)


def _holds(question: Question, document: Document, span: Span) -> bool:
    if question.answers is not None:
        text = document.text[span.start : span.end]
        return any(answer in text for answer in question.answers)
    return any(_covers(document, span, mark) for mark in question.evidence)


def _covers(document: Document, span: Span, mark: Mark) -> bool:
    """At least half of the marked quotation."""
    if document.name != mark.document:
        return False
    start = document.text.find(mark.quote)
    shared = min(span.end, start + len(mark.quote)) - max(span.start, start)
    return start >= 0 and 2 * shared >= len(mark.quote)


def _relevant(question: Question, index: Index) -> AbstractSet[int]:
    """Rows of the passages that hold the answer."""
    if not question.is_answerable:
        return frozenset()
    marked = {mark.document for mark in question.evidence}
    known = {entry.name for entry in index.entries}
    names = ({question.document} if question.document else known) if question.answers is not None else marked
    rows = (row for name in names & known for row in index.rows_of(name))
    passages = ((row, index.passage(row)) for row in rows)
    return frozenset(row for row, p in passages if _holds(question, p.document, Span(p.start, p.end)))


def figures(judged: Sequence[Judged]) -> Figures:
    own = [one for one in judged if one.question.kind != FOREIGN]
    foreign = [one for one in judged if one.question.kind == FOREIGN]
    asked = [one for one in own if one.question.is_answerable]
    unanswerable = [one for one in own if not one.question.is_answerable]
    found: Figures = {
        "questions": len(own),
        "foreign": len(foreign),
        "no_passage": sum(1 for one in asked if not one.relevant),
        **_passages(asked),
        **_excerpts(own, asked),
        "false_refusal": _share([not one.answer.answered for one in asked]),
        "refused": _share([not one.answer.answered for one in unanswerable]),
        "auc": _auc(asked, unanswerable),
        "foreign_refused": _share([not one.answer.answered for one in foreign]),
        "foreign_auc": _auc(asked, foreign),
        **_calibration(own),
    }
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in found.items()}


def _passages(asked: Sequence[Judged]) -> Figures:
    return {**ranking_means([(one.relevant, one.ranked) for one in asked])}


def _excerpts(own: Sequence[Judged], asked: Sequence[Judged]) -> Figures:
    quotes = [citation.quote for one in own for citation in one.answer.citations]
    return {
        "evidence@1": _share([any(one.right[:1]) for one in asked]),
        "evidence@3": _share([any(one.right[:3]) for one in asked]),
        "essays": _share([one.essays for one in asked if one.essays is not None]),
        "citations": len(quotes),
        "exact": sum(one.exact for one in own) / len(quotes) if quotes else None,
        "excerpt_chars": round(sum(map(len, quotes)) / len(quotes), 1) if quotes else None,
    }


def _calibration(own: Sequence[Judged]) -> Figures:
    confidences = [one.answer.confidence for one in own]
    right = [one.best_is_right for one in own]
    return {
        "calibration_error": calibration_error(confidences, right),
        "brier": brier_score(confidences, right),
        "coverage": _share([one.answer.answered for one in own]),
        "right_if_answered": _share([any(one.right[:1]) for one in own if one.answer.answered]),
    }


def _auc(asked: Sequence[Judged], silent_on: Sequence[Judged]) -> float | None:
    return roc_auc([one.answer.confidence for one in asked], [one.answer.confidence for one in silent_on])


def _share(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
