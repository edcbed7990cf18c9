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
SAME = 1e-6  # cosines that differ by less are of one text
TRAINED = 64  # vectors for each region, to find where it lies


def dense_bytes(vectors: Vectors, exact: int = EXACT) -> bytes:
    """What to keep in a file. `vectors`: (n, dimension) of length 1; up to `exact` of them are all compared with each
    query."""
    rows = np.ascontiguousarray(vectors, np.float32)
    index: Any = faiss.IndexFlatIP(rows.shape[1])
    if len(rows) > exact:
        regions = round(2 * math.sqrt(len(rows)))
        index = faiss.IndexIVFFlat(index, rows.shape[1], regions, faiss.METRIC_INNER_PRODUCT)
        index.cp.min_points_per_centroid, index.cp.max_points_per_centroid = 1, TRAINED
        index.train(rows)
    index.add(rows)
    return bytes(faiss.serialize_index(index))


class DenseIndex:
    """Rows ranked by cosine, which for vectors of length 1 is the inner product. The vectors stay on the disk and come
    into memory as they are compared."""

    def __init__(self, parts: Sequence[tuple[Path, int]]) -> None:
        """`parts`: what `write_dense` wrote, and the row of its first vector."""
        self._parts = [(_opened(path), first) for path, first in parts]

    def search(self, query: Vectors, k: int, out: npt.NDArray[np.bool_] | None = None) -> list[tuple[int, float]]:
        """The k best rows with their cosines, and those that are as good as the last of them; none that `out` leaves
        out. Exact in parts of up to EXACT vectors; beyond that nearly so (measured by `make bench`)."""
        found: list[tuple[int, float]] = []
        for index, first in self._parts:
            held = None if out is None else out[first : first + index.ntotal]
            found += [(row + first, score) for row, score in _best(index, query.reshape(1, -1), k, held)]
        found.sort(key=lambda hit: (-hit[1], hit[0]))
        return [hit for hit in found if len(found) <= k or hit[1] >= found[k - 1][1] - SAME] if k else []


def _best(index: Any, query: Vectors, k: int, out: npt.NDArray[np.bool_] | None) -> list[tuple[int, float]]:
    allowed = index.ntotal if out is None else index.ntotal - int(out.sum())
    if not allowed or not k:
        return []
    options, wanted = _options(index, out, allowed), k + 1
    while True:
        scores, rows = index.search(query, min(wanted, allowed), params=options)
        pairs = zip(rows[0].tolist(), scores[0].tolist(), strict=True)
        found = [(row, score) for row, score in pairs if row >= 0]  # -1 pads
        if len(found) <= k or found[-1][1] < found[k - 1][1] - SAME:
            return [hit for hit in found if len(found) <= k or hit[1] >= found[k - 1][1] - SAME]
        if wanted >= allowed:
            return found
        wanted *= 2


def _opened(path: Path) -> Any:
    index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP_IFC)
    if isinstance(index, faiss.IndexIVF):
        index = faiss.read_index(str(path), faiss.IO_FLAG_MMAP)
    return index


def _options(index: Any, out: npt.NDArray[np.bool_] | None, allowed: int) -> Any:
    options: Any = faiss.SearchParametersIVF() if isinstance(index, faiss.IndexIVF) else faiss.SearchParameters()
    if isinstance(index, faiss.IndexIVF):  # what is left of few rows may lie anywhere
        options.nprobe = PROBED if 4 * allowed > index.ntotal else index.nlist
    if allowed < index.ntotal and out is not None:
        make: Any = faiss.IDSelectorBitmap
        options.sel = make(np.packbits(~out, bitorder="little"))
    return options
