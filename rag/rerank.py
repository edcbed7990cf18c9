"""A second opinion on the best excerpts, from a model that reads the question and the excerpt together."""

from collections.abc import Sequence
from dataclasses import replace

from index.types import Reranker
from rag.types import Evidence

RERANKED = 30  # excerpts; reading one costs about as much as encoding the question


def reranked(question: str, evidence: Sequence[Evidence], reranker: Reranker) -> list[Evidence]:
    """The best excerpts in the reranker's order, equal ones in the order they had, and the others behind them.

    Its scores put excerpts in order and do nothing else, since those of one model mean something else than those of
    the next. How sure each place is stays as it was: the confidences are dealt out anew in the new order. So they
    still descend, the answer's confidence is what it was, and whether there is an answer is decided as without it.
    """
    best = evidence[:RERANKED]
    if len(best) < 2:
        return list(evidence)
    scores = reranker.scores(question, [excerpt.quote for excerpt in best])
    order = sorted(range(len(best)), key=lambda at: -scores[at])
    dealt = [replace(best[at], score=place.score) for at, place in zip(order, best, strict=True)]
    return [*dealt, *evidence[RERANKED:]]
