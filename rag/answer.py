"""The cited answer, made of the authors' words and of as few of ours as possible."""

from collections.abc import Callable, Iterable, Sequence

from index.store import Index
from index.types import Document, Encoder
from rag import words
from rag.evidence import find_evidence, log_odds
from rag.query import Query, understand
from rag.retrieve import hits_of, rank
from rag.types import Answer, Citation, Evidence, Hit

THRESHOLD = 0.5  # of the best excerpt's confidence; below it the essays do not say
NEAREST = 3  # passages that are shown where they do not
FIRST = 3  # excerpts that are shown wherever they come from …
FURTHER = 12  # … and at most this many in all
OF_ONE_ESSAY = 3
# Log-odds. A further essay speaks to the question where its best excerpt is an answer of its own and not much worse
# than the best one; where all authors were asked, a word on the matter is enough.
ALONGSIDE, MARGIN = 0.0, 3.0
A_WORD_ON_IT = -2.5


def ask(
    index: Index, encoder: Encoder, question: str, *, readable: Callable[[Document], bool] = lambda _: True
) -> Answer:
    """What the essays say. `readable`: which documents may be cited. Raises BadQuestion."""
    query = understand(question, encoder)
    hits = hits_of(index, rank(index, query), readable)
    evidence = find_evidence(index, query, hits)
    if not evidence or not query.has_words or evidence[0].score < THRESHOLD:
        return _silence(query, list(hits.values()), empty=not index.passages)
    return _answer(query, select(evidence, to_everyone=query.to_everyone))


def select(evidence: Sequence[Evidence], *, to_everyone: bool) -> list[Evidence]:
    """The excerpts to show, best first: the best few, and the best of every further essay that speaks to it."""
    enough = A_WORD_ON_IT if to_everyone else max(ALONGSIDE, log_odds(evidence[0].score) - MARGIN)
    shown: list[Evidence] = []
    for excerpt in evidence:
        of_this_essay = sum(1 for other in shown if other.document is excerpt.document)
        is_first = len(shown) < FIRST and log_odds(excerpt.score) >= A_WORD_ON_IT
        is_further = of_this_essay == 0 and log_odds(excerpt.score) >= enough
        if of_this_essay < OF_ONE_ESSAY and (is_first or is_further) and len(shown) < FURTHER:
            shown.append(excerpt)
    return shown


def by_essay(citations: Iterable[Citation]) -> dict[str, list[Citation]]:
    """By document name; the essay with the best excerpt comes first."""
    essays: dict[str, list[Citation]] = {}
    for citation in citations:
        essays.setdefault(citation.document.name, []).append(citation)
    return essays


def _answer(query: Query, shown: Sequence[Evidence]) -> Answer:
    citations = tuple(
        Citation(n, excerpt.document, excerpt.span.start, excerpt.span.end, excerpt.quote, excerpt.score)
        for n, excerpt in enumerate(shown, start=1)
    )
    essays = by_essay(citations)
    opening = (words.SPOKEN_ONCE if len(essays) == 1 else words.SPOKEN)[query.language].format(n=len(essays))
    parts = [_part(of_one, query.language) for of_one in essays.values()]
    return Answer(query.question, True, "\n\n".join([opening, *parts]), citations, (), query.language)


def _part(citations: Sequence[Citation], language: str) -> str:
    quotes = (f"{words.QUOTED[language].format(quote=citation.quote)} [{citation.n}]" for citation in citations)
    return "\n".join([words.heading(citations[0].document, language), *quotes])


def _silence(query: Query, hits: Sequence[Hit], *, empty: bool) -> Answer:
    text = (words.EMPTY if empty else words.SILENT)[query.language]
    return Answer(query.question, False, text, (), tuple(hits[:NEAREST]), query.language)
