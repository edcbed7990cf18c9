"""The cited answer, made of the authors' words and of as few of ours as possible."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from itertools import islice

from index.index import Index
from index.terms import fold
from index.types import Document, Encoder, Reranker, Span
from rag import words
from rag.background import background
from rag.evidence import confidence, find_evidence, log_odds
from rag.query import Query, understand
from rag.reported import attribution
from rag.rerank import reranked
from rag.retrieve import Ranking, hits_of, names_of, rank
from rag.scope import EVERYTHING, Scope, outside
from rag.types import Answer, Citation, Evidence, Excerpt, Hit

THRESHOLD = confidence(0.0)  # of the best excerpt's; below it the essays do not say
NEAREST = 3  # passages that are shown where they do not
FIRST = 3  # excerpts that are shown wherever they come from …
FURTHER = 12  # … and at most this many in all
OF_ONE_ESSAY = 3
# Log-odds. A further essay speaks to the question where its best excerpt is an answer of its own and not much worse
# than the best one; where all authors were asked, a word on the matter is enough.
ALONGSIDE, MARGIN = 0.0, 3.0
A_WORD_ON_IT = -2.5


@dataclass(frozen=True, slots=True)
class Found:
    """What was retrieved for a question, before a sentence is read."""

    query: Query
    ranking: Ranking
    hits: Mapping[int, Hit]  # by the passage's row, best first


@dataclass(frozen=True, slots=True)
class Inquiry(Found):
    """Everything between a question and its answer, kept for whoever wants to know why."""

    evidence: Sequence[Evidence]  # best first
    shown: Sequence[Evidence]  # none where the essays do not say

    @property
    def confidence(self) -> float:
        """In [0, 1]: that the best excerpt answers."""
        return self.evidence[0].score if self.evidence and self.query.has_words else 0.0


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of an excerpt. `dropped`: "" where it is shown; else unsure, repeated, essay (which has its share),
    full (the answer is) or heard (the essay was, and only others still get a word)."""

    excerpt: Evidence
    dropped: str = ""
    needed: float = 0.0  # the least confidence that would have done, where that is what it lacked


def ask(
    index: Index,
    encoder: Encoder,
    question: str,
    *,
    readable: Callable[[str], bool] = lambda _: True,
    scope: Scope = EVERYTHING,
    known: Collection[Excerpt] = (),
    reranker: Reranker | None = None,
) -> Answer:
    """What the essays say. `readable`: which documents may be cited, by their names. `known`: what is not to be cited
    again. Raises BadQuestion."""
    inquiry = inquire(index, encoder, question, readable=readable, scope=scope, known=known, reranker=reranker)
    return answer_of(inquiry, empty=not index.documents, known=known)


def answer_of(inquiry: Inquiry, *, empty: bool = False, known: Collection[Excerpt] = ()) -> Answer:
    """`empty`: there is no essay at all, so that silence says nothing of the essays. `known`: as `ask` takes it."""
    return _answer(inquiry) if inquiry.shown else _silence(inquiry, known, empty=empty)


def inquire(
    index: Index,
    encoder: Encoder,
    question: str,
    *,
    readable: Callable[[str], bool] = lambda _: True,
    scope: Scope = EVERYTHING,
    known: Collection[Excerpt] = (),
    reranker: Reranker | None = None,
) -> Inquiry:
    """As `ask`. Raises BadQuestion."""
    found = search(index, encoder, question, readable=readable, scope=scope)
    return weigh(index, encoder, found, known=known, reranker=reranker)


def search(
    index: Index,
    encoder: Encoder,
    question: str,
    *,
    readable: Callable[[str], bool] = lambda _: True,
    scope: Scope = EVERYTHING,
) -> Found:
    """The passages that may speak to the question. Raises BadQuestion."""
    query = understand(question, encoder, index.passage_terms)
    ranking = _ranking(index, query, readable, outside(index, scope))
    return Found(query, ranking, hits_of(index, ranking))


def weigh(
    index: Index,
    encoder: Encoder,
    found: Found,
    *,
    known: Collection[Excerpt] = (),
    reranker: Reranker | None = None,
) -> Inquiry:
    """Their sentences read, and those chosen that answer."""
    query = found.query
    evidence = find_evidence(index, query, found.hits, background(index, encoder, query.language))
    evidence = [excerpt for excerpt in evidence if not is_known(excerpt.document, excerpt.span, known)]
    evidence = reranked(query.question, evidence, reranker) if reranker else evidence
    inquiry = Inquiry(query, found.ranking, found.hits, evidence, ())
    if inquiry.confidence < THRESHOLD:
        return inquiry
    return replace(inquiry, shown=select(evidence, to_everyone=query.to_everyone))


def is_known(document: Document, span: Span, known: Collection[Excerpt]) -> bool:
    """Whether any of it is."""
    spans = (other for name, other in known if name == document.name)
    return any(other.start < span.end and span.start < other.end for other in spans)


def _ranking(index: Index, query: Query, readable: Callable[[str], bool], hidden: AbstractSet[str]) -> Ranking:
    """Files are looked at where they were found; only when one of them may not be read, at all of them."""
    ranking = rank(index, query, hidden)
    if all(map(readable, names_of(index, ranking))):
        return ranking
    gone = {entry.name for entry in index.entries if entry.name not in hidden and not readable(entry.name)}
    return rank(index, query, hidden | gone)


def select(evidence: Sequence[Evidence], *, to_everyone: bool) -> list[Evidence]:
    """The excerpts to show, best first: the best few, and the best of every further essay that speaks to it."""
    return [judged.excerpt for judged in judge(evidence, to_everyone=to_everyone) if not judged.dropped]


def judge(evidence: Sequence[Evidence], *, to_everyone: bool) -> list[Judged]:
    """Every excerpt, best first, and what became of it."""
    enough = A_WORD_ON_IT if to_everyone else max(ALONGSIDE, log_odds(evidence[0].score) - MARGIN)
    shown: list[Evidence] = []
    verdicts = []
    said: set[str] = set()  # the same essay may be there twice
    for excerpt in evidence:
        verdicts.append(_judged(excerpt, shown, said, enough))
        if not verdicts[-1].dropped:
            shown.append(excerpt)
            said.add(fold(excerpt.quote))
    return verdicts


def _judged(excerpt: Evidence, shown: Sequence[Evidence], said: AbstractSet[str], enough: float) -> Judged:
    of_this_essay = sum(1 for other in shown if other.document.name == excerpt.document.name)
    needed = A_WORD_ON_IT if len(shown) < FIRST else enough
    sure = log_odds(excerpt.score)
    if sure < A_WORD_ON_IT:
        return Judged(excerpt, "unsure", confidence(A_WORD_ON_IT))
    if fold(excerpt.quote) in said:
        return Judged(excerpt, "repeated")
    if of_this_essay == OF_ONE_ESSAY:
        return Judged(excerpt, "essay")
    if len(shown) == FURTHER:
        return Judged(excerpt, "full")
    if of_this_essay and len(shown) >= FIRST:
        return Judged(excerpt, "heard")
    return Judged(excerpt, "" if sure >= needed else "unsure", confidence(needed))


def by_essay(citations: Iterable[Citation]) -> dict[str, list[Citation]]:
    """By document name; the essay with the best excerpt comes first."""
    essays: dict[str, list[Citation]] = {}
    for citation in citations:
        essays.setdefault(citation.document.name, []).append(citation)
    return essays


def _answer(inquiry: Inquiry) -> Answer:
    query = inquiry.query
    citations = tuple(
        Citation(
            n,
            excerpt.document,
            *excerpt.span,
            excerpt.quote,
            excerpt.score,
            attribution(excerpt.document, excerpt.span),
        )
        for n, excerpt in enumerate(inquiry.shown, start=1)
    )
    essays = by_essay(citations)
    opening = (words.SPOKEN_ONCE if len(essays) == 1 else words.SPOKEN)[query.language].format(n=len(essays))
    parts = [_part(of_one, query.language) for of_one in essays.values()]
    text = "\n\n".join([opening, *parts])
    return Answer(query.question, True, text, citations, (), query.language, inquiry.confidence, query.corrections)


def _part(citations: Sequence[Citation], language: str) -> str:
    quotes = (f"{words.QUOTED[language].format(quote=citation.quote)} [{citation.n}]" for citation in citations)
    return "\n".join([words.heading(citations[0].document, language), *quotes])


def _silence(inquiry: Inquiry, known: Collection[Excerpt], *, empty: bool) -> Answer:
    """What was cited before is no near miss."""
    query = inquiry.query
    passages = ((hit, hit.passage) for hit in inquiry.hits.values())
    unseen = (hit for hit, at in passages if not is_known(at.document, Span(at.start, at.end), known))
    nearest = tuple(islice(unseen, NEAREST))
    text = (words.EMPTY if empty else words.SILENT)[query.language]
    return Answer(query.question, False, text, (), nearest, query.language, inquiry.confidence, query.corrections)
