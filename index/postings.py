"""Which rows have which term: an inverted file in four arrays, searched where it lies on the disk."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import Draft, firsts, opened

Rows = npt.NDArray[np.int64]

_MOST = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class Postings:
    """Terms are known by 64 bits of their hash, so that no dictionary of them has to be in memory."""

    terms: npt.NDArray[np.uint64]  # ascending
    firsts: npt.NDArray[np.int64]  # (terms + 1,): where the rows of each begin
    rows: npt.NDArray[np.int32]  # ascending within a term
    counts: npt.NDArray[np.uint16]  # how often the row has the term
    lengths: npt.NDArray[np.int32]  # (rows,): the terms of each

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Postings":
        """`texts`: the terms of each row."""
        lengths, hashes = [], []
        for terms in texts:
            lengths.append(len(terms))
            hashes.append(np.fromiter(map(term_hash, terms), np.uint64, len(terms)))
        rows = np.repeat(np.arange(len(lengths), dtype=np.int32), lengths)
        return _sorted(np.concatenate([*hashes, np.zeros(0, np.uint64)]), rows, np.array(lengths, np.int32))

    @classmethod
    def joined(cls, parts: Sequence[tuple["Postings", npt.NDArray[np.int32]]], size: int) -> "Postings":
        """`parts`: each with the new row of every row it has, -1 where that is left out. New rows ascend, from part to
        part as within one. `size`: of all new rows."""
        terms = np.unique(np.concatenate([np.zeros(0, np.uint64), *(part.terms for part, _ in parts)]))
        keys, rows, counts = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.uint16)]
        lengths = np.zeros(size, np.int32)
        for part, new in parts:
            kept = new[part.rows] >= 0
            of_term = np.searchsorted(terms, part.terms)
            keys.append(np.repeat(of_term, np.diff(part.firsts))[kept])
            rows.append(new[part.rows[kept]])
            counts.append(part.counts[kept])
            lengths[new[new >= 0]] = part.lengths[new >= 0]
        key = np.concatenate(keys)
        order = np.argsort(key, kind="stable")
        numbers = np.bincount(key, minlength=len(terms))
        used = numbers > 0
        return cls(
            terms[used], firsts(numbers[used]), np.concatenate(rows)[order], np.concatenate(counts)[order], lengths
        )

    def of_term(self, term: str) -> slice:
        """Where its rows and counts stand; empty where no row has it."""
        at = self.place(term)
        return slice(0, 0) if at is None else slice(int(self.firsts[at]), int(self.firsts[at + 1]))

    def place(self, term: str) -> int | None:
        """Among the terms."""
        wanted = np.uint64(term_hash(term))
        at = int(np.searchsorted(self.terms, wanted))
        return at if at < len(self.terms) and self.terms[at] == wanted else None

    def save(self, draft: Draft, name: str) -> None:
        for part in _COLUMNS:
            draft.array(f"{name}.{part}", getattr(self, part))

    @classmethod
    def open(cls, folder: Path, name: str) -> "Postings":
        return cls(*(opened(folder, f"{name}.{part}") for part in _COLUMNS))


_COLUMNS = ("terms", "firsts", "rows", "counts", "lengths")


@lru_cache(1 << 16)
def term_hash(term: str) -> int:
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8"), digest_size=8).digest(), "little")


def _sorted(hashes: npt.NDArray[np.uint64], rows: npt.NDArray[np.int32], lengths: npt.NDArray[np.int32]) -> Postings:
    order = np.argsort(hashes, kind="stable")  # so that rows ascend within a term
    hashes, rows = hashes[order], rows[order]
    new = np.ones(len(hashes), bool)
    new[1:] = (hashes[1:] != hashes[:-1]) | (rows[1:] != rows[:-1])
    starts = np.flatnonzero(new)
    counts = np.minimum(np.diff(np.append(starts, len(hashes))), _MOST).astype(np.uint16)
    terms, numbers = np.unique(hashes[starts], return_counts=True)
    return Postings(terms, firsts(numbers), rows[starts], counts, lengths)
