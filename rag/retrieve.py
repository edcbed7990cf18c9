"""Question to passages: both legs, fused by rank."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.index import Index
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


def rank(index: Index, query: Query, hidden: AbstractSet[str] = frozenset()) -> Ranking:
    """A leg that finds nothing, as the lexical one does across languages, has no say. Documents named in `hidden` may
    not be read; they are left out before either leg is cut, so that they keep no place from another."""
    out = index.without(hidden)
    dense = index.nearest(query.vector, DEPTH, out)
    lexical = index.with_terms(query.terms, DEPTH, out)
    return Ranking(dense, lexical, reciprocal_rank_fusion([dense, lexical]))


def names_of(index: Index, ranking: Ranking) -> set[str]:
    """Of the documents that were found."""
    return {index.name_of(row) for row, _ in ranking.fused}


def hits_of(index: Index, ranking: Ranking) -> dict[int, Hit]:
    """By row, best first: the best passages, and of every further document that was found its best one, so that no
    essay is silenced by a longer one."""
    chosen: dict[int, float] = {}
    heard: set[str] = set()
    for row, score in ranking.fused:
        name = index.name_of(row)
        if len(chosen) < PASSAGES or (name not in heard and len(heard) < DOCUMENTS):
            chosen[row] = score
            heard.add(name)
    index.prepare(list(chosen))
    return {row: Hit(index.passage(row), score, rank) for rank, (row, score) in enumerate(chosen.items(), start=1)}
