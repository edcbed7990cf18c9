"""Arrays and texts on disk: written once, in one pass, and opened without being read."""

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

AT_ONCE = 16_000_000  # bytes of a column that are held in memory while it is written

Array = npt.NDArray[Any]

# numpy reads the head of a file as a Python literal, and before Python 3.11.8 two threads that do so at once may fail
# with a SystemError (https://github.com/python/cpython/issues/106905).
_parsing = threading.Lock()


class Draft:
    """A folder in the making. `stored` is the SHA-256 of each file that was written."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder, self.stored = folder, dict[str, str]()

    def array(self, name: str, values: Array) -> None:
        self.column(name, values.dtype, values.shape, [values])

    def column(self, name: str, dtype: npt.DTypeLike, shape: tuple[int, ...], parts: Iterable[Array]) -> None:
        """`parts` make up `shape` together. Written front to back and never through a memory map, where a full disk
        would end the process instead of raising OSError."""
        kind = np.dtype(dtype)
        with self._file(f"{name}.npy") as write:
            header = {"descr": np.lib.format.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(_Sink(write), header)
            length = 0
            for part in parts:
                for piece in _pieces(part):
                    write(np.ascontiguousarray(piece, kind).tobytes())
                length += len(part)
        if length != shape[0]:
            raise ValueError(f"{name}: {length} rows were written where {shape[0]} were announced")

    def strings(self, name: str, texts: Iterable[str]) -> None:
        """To be opened as `Strings`."""
        ends = [0]
        with self._file(f"{name}.utf8") as write:
            for text in texts:
                data = text.encode("utf-8")
                write(data)
                ends.append(ends[-1] + len(data))
        self.array(f"{name}.ends", np.array(ends, np.int64))

    def data(self, name: str, data: bytes) -> None:
        with self._file(name) as write:
            write(data)

    @contextmanager
    def _file(self, name: str) -> Iterator[Callable[[bytes], None]]:
        digest = hashlib.sha256()
        with (self.folder / name).open("wb") as file:

            def write(data: bytes) -> None:
                digest.update(data)
                file.write(data)

            yield write
            file.flush()
            os.fsync(file.fileno())
        self.stored[name] = digest.hexdigest()


@contextmanager
def drafted(folder: Path) -> Iterator[Draft]:
    """A Draft that becomes `folder` when all went well, and nothing otherwise."""
    draft = Draft(folder.with_name(f"{folder.name}.draft"))
    try:
        yield draft
        sync(draft.folder)
        draft.folder.rename(folder)
        sync(folder.parent)
    except BaseException:
        shutil.rmtree(draft.folder, ignore_errors=True)
        raise


class _Sink:
    """What numpy's header writer takes for a file."""

    def __init__(self, write: Any) -> None:
        self.write = write


def _pieces(part: Array) -> Iterator[Array]:
    rows = max(1, AT_ONCE // max(1, part[:1].nbytes))
    return (part[start : start + rows] for start in range(0, len(part), rows))


def sync(path: Path) -> None:
    """To the disk itself, so that a power cut cannot leave a name without its content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def opened(folder: Path, name: str) -> Array:
    """Its content comes into memory as it is used, and may leave it again. Raises OSError and ValueError."""
    with _parsing:
        return np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r"))


def loaded(folder: Path, name: str) -> Array:
    """All of it in memory. Raises OSError and ValueError."""
    with _parsing:
        return np.asarray(np.load(folder / f"{name}.npy"))


class Strings(Sequence[str]):
    """Texts that are decoded when they are asked for."""

    def __init__(self, folder: Path, name: str) -> None:
        self._ends = opened(folder, f"{name}.ends")
        path = folder / f"{name}.utf8"
        size = path.stat().st_size
        if not len(self._ends) or self._ends[-1] != size:
            raise ValueError(f"{name}: {size} bytes where {self._ends[-1:]} were written")
        self._bytes = np.asarray(np.memmap(path, np.uint8, "r")) if size else np.zeros(0, np.uint8)

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[str]: ...
    def __getitem__(self, at: int | slice) -> str | Sequence[str]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        at %= len(self)
        return bytes(self._bytes[self._ends[at] : self._ends[at + 1]]).decode("utf-8")


def firsts(counts: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """Where each group begins that has so many members; one more at the end."""
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(counts, dtype=np.int64)])


def ranges(starts: npt.ArrayLike, ends: npt.ArrayLike) -> npt.NDArray[np.int64]:
    """All the numbers of all the ranges `[start, end)`, one range after another.

    >>> ranges([5, 0], [8, 2]).tolist()
    [5, 6, 7, 0, 1]
    """
    begins, lengths = np.asarray(starts, np.int64), np.subtract(ends, starts, dtype=np.int64)
    shifts = np.repeat(begins - firsts(lengths)[:-1], lengths)
    return np.arange(int(lengths.sum()), dtype=np.int64) + shifts


def runs(rows: npt.NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Consecutive rows as ranges, so that they are copied in one piece.

    >>> list(runs(np.array([4, 5, 6, 2, 3])))
    [(4, 7), (2, 4)]
    """
    breaks = np.flatnonzero(np.diff(rows) != 1) + 1
    for start, end in pairwise(chain([0], breaks.tolist(), [len(rows)])):
        if start < end:
            yield int(rows[start]), int(rows[end - 1]) + 1
