"""Question to passages: both legs, fused by rank."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from index.store import Index
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
    if not index.passages:
        return Ranking((), (), ())
    out = {row for row, passage in enumerate(index.passages) if passage.document.name in hidden} if hidden else set()
    depth = DEPTH + len(out)
    dense = [row for row, _ in index.dense.search(query.vector, depth) if row not in out][:DEPTH]
    lexical = [row for row, _ in index.passage_terms.search(query.terms, depth) if row not in out][:DEPTH]
    return Ranking(dense, lexical, reciprocal_rank_fusion([dense, lexical]))


def hits_of(index: Index, ranking: Ranking) -> dict[int, Hit]:
    """By row, best first: the best passages, and of every further document that was found its best one, so that no
    essay is silenced by a longer one."""
    hits: dict[int, Hit] = {}
    heard: set[str] = set()
    for row, score in ranking.fused:
        name = index.passages[row].document.name
        if len(hits) < PASSAGES or (name not in heard and len(heard) < DOCUMENTS):
            hits[row] = Hit(index.passages[row], score, len(hits) + 1)
            heard.add(name)
    return hits
