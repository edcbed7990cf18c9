"""Two rankings to one."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

K = 10  # measured: on short rankings of good legs a little better than the customary 60


def reciprocal_rank_fusion(rankings: Iterable[Sequence[int]], k: int = K) -> list[tuple[int, float]]:
    """Merge rankings of rows by rank alone, best first (Cormack et al., SIGIR 2009). An empty ranking has no
    say; of equals, the one that an earlier ranking has first comes first.

    >>> reciprocal_rank_fusion([[7, 8], [8, 9]])[0][0]
    8
    """
    scores: defaultdict[int, float] = defaultdict(float)
    for ranking in rankings:
        for rank, row in enumerate(ranking, start=1):
            scores[row] += 1 / (k + rank)
    return sorted(scores.items(), key=lambda item: -item[1])
