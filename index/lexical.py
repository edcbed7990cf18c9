"""BM25 over terms, with the statistics of all segments together."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from index.postings import Postings

K1, B = 1.2, 0.75  # measured as good as any here, and what most systems use

Mask = npt.NDArray[np.bool_]


def idf_of(count: int, size: int) -> float:
    """Of a term that so many of the rows have."""
    return math.log(1 + (size - count + 0.5) / (count + 0.5))


def norms_of(lengths: npt.NDArray[np.integer], mean: float) -> npt.NDArray[np.float32]:
    """What each row's length does to the count of a term."""
    return (K1 * (1 - B + B * lengths / max(mean, 1e-9))).astype(np.float32)


def gains(weight: float, counts: npt.NDArray[np.float32], norms: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """What a term adds to the score of each row that has it so often."""
    return np.asarray(np.float32(weight) * counts / (counts + norms), np.float32)


@dataclass(frozen=True)
class LexicalPart:
    """The postings of a segment. `dead`: its rows that are in the index no more; None where all are."""

    postings: Postings
    first: int  # the index's row of its row 0
    dead: Mask | None
    latin_terms: Sequence[str] = ()

    @cached_property
    def numbers(self) -> npt.NDArray[np.int64]:
        """For each term how many living rows have it."""
        postings = self.postings
        if self.dead is None:
            return np.diff(postings.firsts)
        living = np.concatenate([[0], np.cumsum(~self.dead[postings.rows])])
        return np.diff(living[postings.firsts])

    @cached_property
    def lengths(self) -> npt.NDArray[np.int32]:
        return self.postings.lengths if self.dead is None else self.postings.lengths[~self.dead]

    def number(self, term: str) -> int:
        """Of living rows with the term."""
        at = self.postings.place(term)
        return 0 if at is None else int(self.numbers[at])


class LexicalIndex:
    """Rows ranked by BM25 (Robertson and Zaragoza, 2009), as if all segments were one and the dead had never lived: of
    a corpus there is one ranking, whatever became of it before."""

    def __init__(self, parts: Sequence[LexicalPart]) -> None:
        self._parts = parts

    @cached_property
    def _size(self) -> int:
        return sum(len(part.lengths) for part in self._parts)

    @cached_property
    def _mean_length(self) -> float:
        return sum(int(part.lengths.sum()) for part in self._parts) / max(1, self._size)

    @cached_property
    def _norms(self) -> list[npt.NDArray[np.float32]]:
        """What each row's length does to the count of a term."""
        return [norms_of(part.postings.lengths, self._mean_length) for part in self._parts]

    def number(self, term: str) -> int:
        """Of rows that have the term."""
        return sum(part.number(term) for part in self._parts)

    def idf(self, term: str) -> float:
        """How much it says that a row has the term; most for one that no row has."""
        return idf_of(self.number(term), self._size)

    def has(self, term: str, rows: npt.NDArray[np.int64]) -> Mask:
        """Which of the rows have the term."""
        found = np.zeros(len(rows), bool)
        for part in self._parts:
            inside = (rows >= part.first) & (rows < part.first + len(part.postings.lengths))
            held = part.postings.rows[part.postings.of_term(term)]
            if len(held) and inside.any():
                wanted = rows[inside] - part.first
                at = np.minimum(np.searchsorted(held, wanted), len(held) - 1)
                found[inside] = held[at] == wanted
        return found

    def latin_terms(self, initial: str) -> Sequence[str]:
        """The terms of four and more Latin letters that begin so, those of the most rows first."""
        if initial not in self._latin:
            terms = {term for part in self._parts for term in part.latin_terms if term.startswith(initial)}
            numbers = {term: self.number(term) for term in terms}
            self._latin[initial] = sorted(
                (term for term in terms if numbers[term]), key=lambda term: (-numbers[term], term)
            )
        return self._latin[initial]

    @cached_property
    def _latin(self) -> dict[str, list[str]]:
        return {}

    def search(self, terms: Sequence[str], k: int, out: Mask | None = None) -> list[tuple[int, float]]:
        """The k best rows with their scores, and those that are as good as the last of them; only rows that have one
        of the terms, and none that `out` leaves out."""
        weights = {term: self.idf(term) for term in terms}
        found = [self._best(at, weights, k, out) for at in range(len(self._parts))]
        rows = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in found)])
        scores = np.concatenate([np.zeros(0, np.float32), *(scores for _, scores in found)])
        order = np.lexsort((rows, -scores))
        return [(int(rows[i]), float(scores[i])) for i in order]

    def _best(
        self, at: int, weights: dict[str, float], k: int, out: Mask | None
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]:
        part, norms = self._parts[at], self._norms[at]
        postings = part.postings
        scores = np.zeros(len(norms), np.float32)
        for term, weight in weights.items():
            place = postings.of_term(term)
            if place.start < place.stop:
                rows, counts = postings.rows[place], postings.counts[place].astype(np.float32)
                scores[rows] += gains(weight, counts, norms[rows])
        if part.dead is not None:
            scores[part.dead] = 0
        if out is not None:
            scores[out[part.first : part.first + len(scores)]] = 0
        enough = max(np.float32(1e-12), np.partition(scores, -k)[-k]) if len(scores) > k else np.float32(1e-12)
        best = np.flatnonzero(scores >= enough)
        return best + part.first, scores[best]
