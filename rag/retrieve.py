"""Question to passages: both legs, fused by rank."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.store import Index
from index.types import Document
from rag.fusion import reciprocal_rank_fusion
from rag.query import Query
from rag.types import Hit

DEPTH = 200  # how far down each leg is read
PASSAGES = 20  # whose sentences are looked at
DOCUMENTS = 40  # that are looked at at all


@dataclass(frozen=True, slots=True)
class Ranking:
    """Where the rows of the passages stand in each leg and in the fused list, best first."""

    dense: Sequence[int]
    lexical: Sequence[int]
    fused: Sequence[tuple[int, float]]


def rank(index: Index, query: Query) -> Ranking:
    """A leg that finds nothing, as the lexical one does across languages, has no say."""
    if not index.passages:
        return Ranking((), (), ())
    dense = [row for row, _ in index.dense.search(query.vector, DEPTH)]
    lexical = [row for row, _ in index.passage_terms.search(query.terms, DEPTH)]
    return Ranking(dense, lexical, reciprocal_rank_fusion([dense, lexical]))


def hits_of(index: Index, ranking: Ranking, readable: Callable[[Document], bool]) -> dict[int, Hit]:
    """By row, best first: the best passages, and of every further document that was found its best one, so that no
    essay is silenced by a longer one. Documents that may not be read are passed over."""
    hits: dict[int, Hit] = {}
    heard: set[str] = set()
    for row, score in ranking.fused:
        document = index.passages[row].document
        if (len(hits) < PASSAGES or (document.name not in heard and len(heard) < DOCUMENTS)) and readable(document):
            hits[row] = Hit(index.passages[row], score, len(hits) + 1)
            heard.add(document.name)
    return hits
