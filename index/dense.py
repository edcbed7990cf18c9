"""Exact nearest vectors; the only importer of faiss."""

import faiss
import numpy as np

from index.types import Vectors


class DenseIndex:
    """Rows ranked by cosine, which for vectors of length 1 is the inner product."""

    def __init__(self, vectors: Vectors) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors, dtype=np.float32))

    def search(self, query: Vectors, k: int) -> list[tuple[int, float]]:
        """At most k rows with their cosines, best first."""
        scores, rows = self._index.search(query.reshape(1, -1), min(k, self._index.ntotal) or 1)
        pairs = zip(rows[0], scores[0], strict=True)
        return [(int(row), float(score)) for row, score in pairs if row >= 0][:k]  # -1 pads
