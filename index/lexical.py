"""BM25 over terms; the only importer of bm25s."""

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path

import bm25s
import numpy as np
import numpy.typing as npt

EMPTY = "empty"  # the file that stands for an index without terms
K1, B = 1.2, 0.75  # measured as good as any here, and what most systems use

_LATIN = re.compile(r"[a-z]{4,}")


class LexicalIndex:
    """Rows ranked by BM25 (Robertson and Zaragoza, 2009)."""

    def __init__(self, bm25: bm25s.BM25 | None, size: int) -> None:
        self._bm25, self._size = bm25, size

    @classmethod
    def of(cls, texts: Sequence[Sequence[str]]) -> "LexicalIndex":
        """`texts`: the terms of each row."""
        if not any(texts):
            return cls(None, len(texts))
        bm25 = bm25s.BM25(k1=K1, b=B)
        bm25.index([list(terms) for terms in texts], show_progress=False)
        return cls(bm25, len(texts))

    def rows_with(self, term: str) -> npt.NDArray[np.int64]:
        """The rows that have the term."""
        column = None if self._bm25 is None else self._bm25.vocab_dict.get(term)
        if self._bm25 is None or column is None:
            return np.zeros(0, np.int64)
        start, end = self._bm25.scores["indptr"][column : column + 2]
        return np.asarray(self._bm25.scores["indices"][start:end], np.int64)

    def idf(self, term: str) -> float:
        """How much it says that a row has the term; most for one that no row has."""
        count = len(self.rows_with(term))
        return math.log(1 + (self._size - count + 0.5) / (count + 0.5))

    @cached_property
    def latin_terms(self) -> Mapping[str, Sequence[str]]:
        """The terms of four and more letters by their initial, those of the most rows first."""
        by_initial: dict[str, list[str]] = {}
        terms = () if self._bm25 is None else filter(_LATIN.fullmatch, self._bm25.vocab_dict)
        for term in sorted(terms, key=lambda term: (-len(self.rows_with(term)), term)):
            by_initial.setdefault(term[0], []).append(term)
        return by_initial

    def coverage(self, terms: Sequence[str], weights: Sequence[float]) -> npt.NDArray[np.float32]:
        """For every row the share, in [0, 1], of the terms' weight that it has."""
        shares = np.zeros(self._size, np.float32)
        total = sum(weights)
        for term, weight in zip(terms, weights, strict=True):
            shares[self.rows_with(term)] += weight / total
        return shares

    def search(self, terms: Sequence[str], k: int) -> list[tuple[int, float]]:
        """At most k rows with their scores, best first, and only rows that have one of the terms."""
        known = [] if self._bm25 is None else [term for term in terms if term in self._bm25.vocab_dict]
        if self._bm25 is None or not known:
            return []
        scores = self._bm25.get_scores(known)
        rows = np.argsort(-scores, kind="stable")[:k]
        return [(int(row), float(scores[row])) for row in rows if scores[row] > 0]

    def save(self, folder: Path) -> None:
        folder.mkdir()
        if self._bm25 is None:
            (folder / EMPTY).touch()
        else:
            self._bm25.save(folder, show_progress=False)

    @classmethod
    def load(cls, folder: Path, size: int) -> "LexicalIndex":
        return cls(None if (folder / EMPTY).exists() else bm25s.BM25.load(folder), size)
