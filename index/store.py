"""The index in its folder: a manifest, and the segments that it names."""

import errno
import re
import shutil
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import firsts
from index.dense import DenseIndex
from index.index import Index
from index.lexical import LexicalIndex, LexicalPart
from index.manifest import Manifest, StaleIndex, read_manifest
from index.scan import MANIFEST
from index.segment import DENSE, FACTS, FORMAT, Segment, faults, read_facts
from index.tokens import TokenVectors
from index.types import Document, Passage, Vectors, sha256_of

SEGMENTS, PENDING, LOCK = "segments", "pending", "lock"

_OURS = re.compile(r"[0-9a-f]{16}(?:\.draft)?")

Mask = npt.NDArray[np.bool_]


class FolderIndex(Index):
    """On the disk, in segments; it comes into memory as it is used. Rows are counted from the first of the first
    segment on; they include the dead, whose documents have left the corpus."""

    def __init__(self, manifest: Manifest, segments: Sequence[Segment]) -> None:
        super().__init__(manifest)
        self.segments = segments

    def _document(self, position: int) -> Document:
        entry = self.entries[position]
        return self.segments[entry.segment].document(entry.row, entry.name)

    def _card(self, position: int) -> Document:
        entry = self.entries[position]
        return self.segments[entry.segment].document(entry.row, entry.name, text=False)

    @cached_property
    def _first_passages(self) -> npt.NDArray[np.int64]:
        return firsts([segment.facts.passages for segment in self.segments])

    @cached_property
    def _first_sentences(self) -> npt.NDArray[np.int64]:
        return firsts([segment.facts.sentences for segment in self.segments])

    @cached_property
    def _positions_by_segment(self) -> list[npt.NDArray[np.int32]]:
        """For each document of a segment its position in `documents`; -1 for the dead."""
        positions = [np.full(segment.facts.documents, -1, np.int32) for segment in self.segments]
        for position, entry in enumerate(self.entries):
            positions[entry.segment][entry.row] = position
        return positions

    @cached_property
    def _dead(self) -> Mask | None:
        """(passages,): the rows whose documents have left; None where there are none."""
        if self.manifest.passages == self._first_passages[-1]:
            return None
        parts = zip(self.segments, self._positions_by_segment, strict=True)
        return np.concatenate([(positions < 0)[segment.documents_of_passages] for segment, positions in parts])

    def rows_of(self, name: str) -> range:
        """The passages of a document."""
        entry = self.entry(name)
        first = int(self._first_passages[entry.segment])
        within = self.segments[entry.segment].first_passages[entry.row : entry.row + 2].tolist()
        return range(first + within[0], first + within[1])

    def _place(self, row: int) -> tuple[int, int]:
        """Which segment a passage is in, and its row there."""
        segment = int(np.searchsorted(self._first_passages, row, "right")) - 1
        return segment, row - int(self._first_passages[segment])

    def passage(self, row: int) -> Passage:
        at, within = self._place(row)
        return self.segments[at].passage(within, self.document_at(self.position(row)))

    def position(self, row: int) -> int:
        """Of a passage's document in `documents`."""
        at, within = self._place(row)
        return int(self._positions_by_segment[at][self.segments[at].documents_of_passages[within]])

    def sentences_of(self, row: int) -> range:
        """The rows of a passage's sentences."""
        at, within = self._place(row)
        first = int(self._first_sentences[at])
        start, end = self.segments[at].first_sentences[within : within + 2].tolist()
        return range(first + start, first + end)

    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        """(rows, dimension)"""
        return _gathered([segment.embeddings.passage_vectors for segment in self.segments], self._first_passages, rows)

    def sentence_vectors(self, rows: Sequence[int]) -> Vectors:
        vectors = [segment.embeddings.sentence_vectors for segment in self.segments]
        return _gathered(vectors, self._first_sentences, rows)

    def tokens_of(self, row: int) -> TokenVectors:
        """Of the sentences of a passage."""
        at, within = self._place(row)
        return self.segments[at].embeddings.tokens(within)

    @property
    def token_centre(self) -> Vectors:
        """(dimension,)"""
        return next(segment.token_centre for segment in self.segments if segment.facts.passages)

    def open_all(self) -> None:
        """Whatever is in files; from then on it stays readable though a build removes them."""
        _ = self._dense

    @cached_property
    def _dense(self) -> DenseIndex:
        parts = zip(self.segments, self._first_passages.tolist(), strict=False)
        return DenseIndex([(segment.folder / DENSE, first) for segment, first in parts if segment.facts.passages])

    @cached_property
    def passage_terms(self) -> LexicalIndex:
        dead = self._dead
        parts = []
        for segment, first in zip(self.segments, self._first_passages.tolist(), strict=False):
            out = None if dead is None else dead[first : first + segment.facts.passages]
            alive = out is None or not out.any()
            parts.append(LexicalPart(segment.passage_terms, first, None if alive else out, segment.latin_terms))
        return LexicalIndex(parts)

    @cached_property
    def sentence_terms(self) -> LexicalIndex:
        """Only for whether a sentence has a term."""
        parts = zip(self.segments, self._first_sentences.tolist(), strict=False)
        return LexicalIndex([LexicalPart(segment.sentence_terms, first, None) for segment, first in parts])

    def without(self, names: Collection[str]) -> Mask | None:
        """(passages,): the rows that may not be found, being dead or of one of these documents; None for none."""
        if not names:
            return self._dead
        out = np.zeros(len(self.entries) + 1, bool)
        out[[self.positions[name] for name in names]] = True
        out[-1] = True  # whose position is -1, the dead
        parts = zip(self.segments, self._positions_by_segment, strict=True)
        return np.concatenate([out[positions][segment.documents_of_passages] for segment, positions in parts])

    def nearest(self, vector: Vectors, k: int, out: Mask | None) -> list[int]:
        """The rows of the nearest passages, best first, none of them in `out`."""
        return self._in_order(self._dense.search(vector, k, out), k)

    def with_terms(self, terms: Sequence[str], k: int, out: Mask | None) -> list[int]:
        """The rows of the best passages for the terms."""
        return self._in_order(self.passage_terms.search(terms, k, out), k)


def _gathered(parts: Sequence[npt.NDArray[np.float16]], begins: npt.NDArray[np.int64], rows: Sequence[int]) -> Vectors:
    wanted = np.asarray(rows, np.int64)
    at = np.searchsorted(begins, wanted, "right") - 1
    found = np.zeros((len(wanted), max(part.shape[1] for part in parts)), np.float32)
    for segment in np.unique(at):
        found[at == segment] = parts[segment][wanted[at == segment] - begins[segment]]
    return found


Version = tuple[int, int, int]
"""What the file system says of a manifest; another one for each that was ever written."""


def current_version(folder: Path) -> Version:
    """Raises NoIndex and StaleIndex."""
    try:
        state = (folder / MANIFEST).stat()
    except OSError:
        read_manifest(folder)  # says what is wrong
        state = (folder / MANIFEST).stat()
    return state.st_ino, state.st_mtime_ns, state.st_size


def load(folder: Path) -> FolderIndex:
    """Raises NoIndex and StaleIndex. Reads the manifest and opens the segments, whatever their size. A build that
    switches meanwhile removes what is being opened; then it is opened anew, so that no reader sees a half of each."""
    while True:
        manifest = read_manifest(folder)
        try:
            index = FolderIndex(manifest, [_opened(folder / SEGMENTS / name) for name, _ in manifest.segments])
            index.open_all()
            return index
        except Exception as error:  # there is no end to what a damaged file can make its reader raise
            if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
                raise  # the machine has no more to give, which says nothing about the index
            if read_manifest(folder) == manifest:
                raise StaleIndex.damaged(folder, error) from error


def _opened(folder: Path) -> Segment:
    segment = Segment.open(folder)
    if segment.facts.format != FORMAT:
        raise ValueError(f"{folder.name} has format {segment.facts.format}, not {FORMAT}")
    return segment


def verify(folder: Path) -> list[str]:
    """What is wrong with the stored index, a sentence each: every byte and every offset is checked again. Raises
    NoIndex and StaleIndex."""
    while True:
        manifest = read_manifest(folder)
        wrong = [
            f"{folder / SEGMENTS / name}: {fault}; rebuild with: yuanhua index build"
            for name, found in damaged_segments(folder, manifest).items()
            for fault in found
        ]
        if not wrong or read_manifest(folder) == manifest:
            return wrong


def damaged_segments(folder: Path, manifest: Manifest) -> dict[str, list[str]]:
    """By name, what is wrong with each that is not what was written."""
    with ThreadPoolExecutor() as pool:
        found = list(pool.map(lambda segment: _faults(folder / SEGMENTS / segment[0], segment[1]), manifest.segments))
    return {name: wrong for (name, _), wrong in zip(manifest.segments, found, strict=True) if wrong}


def _faults(folder: Path, sha256: str) -> list[str]:
    try:
        whole = sha256_of(folder / FACTS) == sha256
    except OSError:
        whole = False
    return faults(folder) if whole else [f"{FACTS} is not what was written"]


def encoders(folder: Path) -> Iterator[str]:
    """Of all segments that can be read, in use or not."""
    for path in segment_folders(folder):
        try:
            facts = read_facts(path)
        except (OSError, ValueError, TypeError):  # damaged
            continue
        yield facts.encoder


def segment_folders(folder: Path) -> Iterator[Path]:
    """Of all segments that are whole, in use or not."""
    return (path for path in sorted((folder / SEGMENTS).glob("*")) if path.suffix != ".draft")


def tidy(folder: Path, keep: Sequence[str]) -> None:
    """Remove whatever of ours is in the folder but these segments and the manifest. Only for a builder."""
    for path in [*(folder / SEGMENTS).glob("*"), *(folder / PENDING).glob("*")]:
        if _OURS.fullmatch(path.name) and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        (folder / PENDING).rmdir()
    if _is_of_format_2(folder):
        shutil.rmtree(folder / "versions", ignore_errors=True)
        (folder / "CURRENT").unlink(missing_ok=True)


def strangers(folder: Path) -> list[str]:
    """The names of what lies in the folder and is no part of an index; none where it has an index already."""
    names = {path.name for path in folder.iterdir()}
    if MANIFEST in names or _is_of_format_2(folder):
        return []
    return sorted(names - {SEGMENTS, PENDING, LOCK, f"{MANIFEST}.draft"})


def _is_of_format_2(folder: Path) -> bool:
    try:
        version = (folder / "CURRENT").read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        return False
    return bool(version) and (folder / "versions" / version).is_dir()
