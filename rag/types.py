"""What is passed along after a question is asked."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from index.types import Document, Passage, Span


class Shown:
    """What people look at: printed, or as the last line of a notebook's cell."""

    __slots__ = ()

    def __str__(self) -> str:
        from rag.shown import text_of

        return text_of(self)

    def _repr_html_(self) -> str:
        from rag.shown import html_of

        return html_of(self)


@dataclass(frozen=True, slots=True)
class Hit(Shown):
    """A passage that was found; of two hits the better one has the higher score and the lower rank."""

    passage: Passage
    score: float
    rank: int  # from 1

    def __repr__(self) -> str:
        start, end = self.passage.start, self.passage.end
        return (
            f"Hit(rank={self.rank}, document={self.passage.document.name!r}, {start=}, {end=}, score={self.score:.4g})"
        )


Excerpt = tuple[str, Span]
"""A document's name, and what was cited of it."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """An excerpt that speaks to the question: one sentence, or two that belong together."""

    document: Document
    span: Span
    score: float  # higher is better, and comparable within one question only

    @property
    def quote(self) -> str:
        return self.document.text[self.span.start : self.span.end]


Kind = Literal["reported", "quoted", "rebutted"]


@dataclass(frozen=True, slots=True)
class Reported:
    """That what an excerpt says is not the author's own view: it is told of somebody, it is in somebody's own words, or
    it is brought up in order to be contradicted."""

    kind: Kind
    speaker: str  # as the essay names them, which may be no more than 有人; "" where it names nobody
    cue: Span  # of the essay: what says so
    named: Span | None = None  # of the essay: the speaker


@dataclass(frozen=True, slots=True)
class Opposition:
    """Excerpts of two essays that may pull in different directions; the better one for the question comes first."""

    one: Evidence
    other: Evidence
    score: float  # higher is surer


@dataclass(frozen=True, slots=True)
class Citation(Shown):
    """`document.text[start:end] == quote`, always."""

    n: int  # from 1, as in the answer's text
    document: Document
    start: int
    end: int
    quote: str
    score: float
    reported: Reported | None = None  # None where it is the author's own, or where that is not sure

    def __repr__(self) -> str:
        place = f"document={self.document.name!r}, start={self.start}, end={self.end}"
        return f"Citation(n={self.n}, {place}, quote={self.quote!r}, score={self.score:.4g})"


class Correction(NamedTuple):
    """A word of the question that no essay has, and the term that it was taken for."""

    typed: str
    read_as: str


@dataclass(frozen=True, slots=True)
class Answer(Shown):
    """What the essays say, in their words; or, with `answered` False, the passages that come nearest."""

    question: str
    answered: bool
    text: str  # with [n] after each excerpt
    citations: tuple[Citation, ...]  # best first
    nearest: tuple[Hit, ...]  # only where not answered
    language: str = "zh"  # of the question, and so of our own words in `text`
    confidence: float = 0.0  # in [0, 1], calibrated: that the best excerpt answers
    corrections: tuple[Correction, ...] = ()
    opposed: tuple[Opposition, ...] = ()  # the surest first; none where nobody looked

    def __repr__(self) -> str:
        found = f"citations={len(self.citations)}, nearest={len(self.nearest)}, confidence={self.confidence:.4g}"
        return f"Answer(question={self.question!r}, answered={self.answered}, {found})"
