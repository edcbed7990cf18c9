"""The field's measures, computed by libraries; the only importer of ir-measures, scikit-learn and scipy."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

import ir_measures
import numpy as np
from ir_measures import RR, R, nDCG
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, roc_auc_score

RANKING = {"nDCG@10": nDCG @ 10, "recall@10": R @ 10, "recall@100": R @ 100, "MRR": RR}
BINS = 10


def ranking_means(queries: Sequence[tuple[AbstractSet[int], Sequence[int]]]) -> dict[str, float | None]:
    """Means over queries of relevant rows and ranked rows, best first. A query without a relevant row counts as 0:
    what no passage holds cannot be found.

    >>> ranking_means([({7, 8}, [5, 7, 9])])["recall@10"]
    0.5
    """
    # trec_eval orders by score, and equal scores by name; so every place gets a score of its own
    run = {
        str(n): {str(row): float(len(ranked) - place) for place, row in enumerate(ranked)}
        for n, (_, ranked) in enumerate(queries)
    }
    qrels = {str(n): {str(row): 1 for row in relevant} for n, (relevant, _) in enumerate(queries) if relevant}
    if not queries:
        return dict.fromkeys(RANKING)
    totals = dict.fromkeys(RANKING.values(), 0.0)
    for metric in ir_measures.iter_calc(list(totals), qrels, run) if qrels else ():
        totals[metric.measure] += metric.value
    return {name: totals[measure] / len(queries) for name, measure in RANKING.items()}


def calibration_error(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> float | None:
    """Expected calibration error (Naeini et al., AAAI 2015): within bins of equal width, how far the mean confidence
    is from the share that is right; the mean of that, each bin weighted by how many fell into it.

    >>> round(calibration_error([0.9, 0.9, 0.1, 0.1], [True, False, False, False]), 3)
    0.25
    """
    if not confidences:
        return None
    sure, hit = np.asarray(confidences, float), np.asarray(right, float)
    places = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = [abs(float((sure - hit)[places == place].sum())) for place in range(bins)]
    return sum(gaps) / len(confidences)


def brier_score(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """Mean squared difference between confidence and outcome."""
    return float(brier_score_loss(right, confidences, labels=[False, True])) if confidences else None


def roc_auc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    """How often one of `positive` is greater than one of `negative`, a tie counting half.

    >>> roc_auc([0.9, 0.5], [0.5, 0.1])
    0.875
    """
    if not positive or not negative:
        return None
    return float(roc_auc_score([True] * len(positive) + [False] * len(negative), [*positive, *negative]))


def sign_test(better: int, worse: int) -> float | None:
    """Two-sided: how likely a split at least this uneven is, were either as likely as the other.

    >>> round(sign_test(8, 1), 4)
    0.0391
    """
    return float(binomtest(better, better + worse).pvalue) if better + worse else None
