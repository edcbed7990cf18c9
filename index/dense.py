"""Nearest vectors; the only importer of faiss."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import numpy.typing as npt

from index.types import Vectors

EXACT = 20_000  # vectors; of more than that, those are compared that lie in the same regions as the query
PROBED = 40  # regions; of real sentences 24 to 30 held 98 % of the nearest, of 1,250 as of 5,000
TRAINED = 64  # vectors for each region, to find where it lies


def write_dense(vectors: Vectors, path: Path, exact: int = EXACT) -> None:
    """`vectors`: (n, dimension) of length 1; up to `exact` of them are all compared with each query."""
    rows = np.ascontiguousarray(vectors, np.float32)
    index: Any = faiss.IndexFlatIP(rows.shape[1])
    if len(rows) > exact:
        regions = round(2 * math.sqrt(len(rows)))
        index = faiss.IndexIVFFlat(index, rows.shape[1], regions, faiss.METRIC_INNER_PRODUCT)
        index.cp.max_points_per_centroid = TRAINED
        index.train(rows)
    index.add(rows)
    faiss.write_index(index, str(path))


class DenseIndex:
    """Rows ranked by cosine, which for vectors of length 1 is the inner product. The vectors stay on the disk and come
    into memory as they are compared."""

    def __init__(self, parts: Sequence[tuple[Path, int]]) -> None:
        """`parts`: what `write_dense` wrote, and the row of its first vector."""
        self._parts = [(_opened(path), first) for path, first in parts]

    def search(self, query: Vectors, k: int, out: npt.NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """At most k rows with their cosines, best first, and none that `out` leaves out. Exact in parts of up to EXACT
        vectors; beyond that nearly so (measured by `make bench`)."""
        found: list[tuple[int, float]] = []
        for index, first in self._parts:
            size = index.ntotal
            options = _options(index, None if out is None else out[first : first + size])
            scores, rows = index.search(query.reshape(1, -1), min(k, size) or 1, params=options)
            pairs = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
            found += [(row + first, score) for row, score in pairs if row >= 0]  # -1 pads
        return sorted(found, key=lambda hit: (-hit[1], hit[0]))[:k]


def _opened(path: Path) -> Any:
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    if isinstance(index, faiss.IndexIVF):
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
    return index


def _options(index: Any, out: npt.NDArray[np.bool_] | None) -> Any:
    options: Any = faiss.SearchParametersIVF() if isinstance(index, faiss.IndexIVF) else faiss.SearchParameters()
    if isinstance(index, faiss.IndexIVF):
        options.nprobe = PROBED
    if out is not None and out.any():
        make: Any = faiss.IDSelectorBitmap
        options.sel = make(np.packbits(~out, bitorder="little"))
    return options
