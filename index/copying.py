"""An index copied into a folder, from wherever it is kept: nothing is embedded again, and no essay read."""

import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from index import store
from index.arrays import drafted, firsts
from index.build import only_builder, writing
from index.embedder import Places
from index.embeddings import (
    STORED,
    Embeddings,
    passage_key,
    sentences_in,
    text_key,
    write_embeddings,
)
from index.index import Index
from index.manifest import Entry, Manifest, write_manifest
from index.merging import LARGEST
from index.segment import FACTS, Contents, fresh, write_segment
from index.store import FolderIndex
from index.types import Document, Passage, Report, sha256_of, silent

PART = 512  # passages that are held in memory at once


@dataclass(frozen=True, slots=True)
class _Encoder:
    """All of an encoder that is written down."""

    spec: str
    fingerprint: str


@dataclass(slots=True)
class _Batch:
    """Documents that become one segment, and the folders in which their vectors wait for it."""

    names: list[str] = field(default_factory=list)
    documents: list[tuple[Document, Sequence[Passage]]] = field(default_factory=list)
    parts: list[Path] = field(default_factory=list)
    passages: int = 0


def copy_into(folder: Path, index: Index, report: Report = silent) -> None:
    """Afterwards the folder holds the same index, with the same digest. What was there stays until then. Raises
    YuanhuaError."""
    with only_builder(folder), writing(folder):
        places: dict[str, tuple[int, int]] = {}
        segments: list[tuple[str, str]] = []
        done = 0
        for batch in _batches(index, folder / store.PENDING):
            done += batch.passages
            report("Copying", done, index.manifest.passages)
            places |= {name: (len(segments), row) for row, name in enumerate(batch.names)}
            segments.append(_segment(batch, index, folder / store.SEGMENTS / secrets.token_hex(8)))
        write_manifest(_manifest(index.manifest, places, segments), folder)
        store.tidy(folder, [name for name, _ in segments])


def contents_of(index: Index) -> Iterator[tuple[list[str], Contents]]:
    """All its documents in parts, each with their names in its order; "" for one that is in the corpus no more."""
    if isinstance(index, FolderIndex):
        for at, segment in enumerate(index.segments):
            names = [""] * len(segment.documents)
            for entry in index.entries:
                if entry.segment == at:
                    names[entry.row] = entry.name
            yield names, segment
        return
    for part in _parts(index):
        passages, rows = _read(index, part)
        made = _embeddings(index, rows, [passage for of_one in passages.values() for passage in of_one])
        yield part, fresh(_with_documents(index, passages), *_places([made]))


def _read(index: Index, names: Sequence[str]) -> tuple[dict[str, list[Passage]], list[int]]:
    """The passages of these documents, by their names, and the rows of all of them."""
    rows = {name: index.rows_of(name) for name in names}
    index.prepare([row for of_one in rows.values() for row in of_one])
    passages = {name: [index.passage(row) for row in of_one] for name, of_one in rows.items()}
    return passages, [row for of_one in rows.values() for row in of_one]


def _with_documents(index: Index, passages: dict[str, list[Passage]]) -> list[tuple[Document, Sequence[Passage]]]:
    return [(index.document_at(index.positions[name]), of_one) for name, of_one in passages.items()]


def _places(made: Sequence[Embeddings]) -> tuple[Places, Places]:
    return (
        {key: (one, row) for one in made for row, key in enumerate(one.passage_keys.tolist())},
        {key: (one, row) for one in made for row, key in enumerate(one.sentence_keys.tolist())},
    )


def _batches(index: Index, pending: Path) -> Iterator[_Batch]:
    batch = _Batch()
    for part in _parts(index):
        passages, rows = _read(index, part)
        made = _embeddings(index, rows, [passage for of_one in passages.values() for passage in of_one])
        batch.parts.append(_written(pending / secrets.token_hex(8), made))
        batch.names += part
        batch.documents += _with_documents(index, passages)
        batch.passages += len(rows)
        if batch.passages >= LARGEST:
            yield batch
            batch = _Batch()
    if batch.names:
        yield batch


def _parts(index: Index) -> Iterator[list[str]]:
    """Names of documents, in their order, of about PART passages together."""
    names, size = list[str](), 0
    for entry in index.entries:
        names.append(entry.name)
        size += len(index.rows_of(entry.name))
        if size >= PART:
            yield names
            names, size = [], 0
    if names:
        yield names


def _written(folder: Path, made: Embeddings) -> Path:
    """The vectors of some passages and of their sentences, in files until their segment is written."""
    of_passages, of_sentences = [(made, 0, len(made.passage_keys))], [(made, 0, len(made.sentence_keys))]
    with drafted(folder) as draft:
        write_embeddings(draft, made.passage_keys, made.sentence_keys, of_passages, of_sentences)
    return folder


def _embeddings(index: Index, rows: Sequence[int], passages: Sequence[Passage]) -> Embeddings:
    tokens = [index.tokens_of(row) for row in rows]
    sentences = [sentence for row in rows for sentence in index.sentences_of(row)]
    width = max((one.codes.shape[1] for one in tokens), default=1)
    none = np.zeros(0, np.int64)
    return Embeddings(
        passage_keys=np.array([passage_key(passage) for passage in passages], np.uint64),
        passage_vectors=index.passage_vectors(rows).astype(STORED) if rows else np.zeros((0, 1), STORED),
        first_sentences=firsts([len(one.counts) for one in tokens]),
        first_tokens=firsts(np.concatenate([none, *(one.counts for one in tokens)])),
        token_codes=np.concatenate([np.zeros((0, width), np.uint8), *(one.codes for one in tokens)]),
        token_scales=np.concatenate([np.zeros(0, np.float16), *(one.scales for one in tokens)]),
        sentence_keys=np.array([text_key(text) for one in passages for text in sentences_in(one)], np.uint64),
        sentence_vectors=index.sentence_vectors(sentences).astype(STORED) if sentences else np.zeros((0, 1), STORED),
    )


def _segment(batch: _Batch, index: Index, folder: Path) -> tuple[str, str]:
    """Its name and the SHA-256 of its facts."""
    places = _places([Embeddings.open(part) for part in batch.parts])
    centre = index.token_centre if batch.passages else np.zeros(1, np.float32)
    pieces = [(fresh(batch.documents, *places), np.arange(len(batch.documents)))]
    write_segment(folder, pieces, _Encoder(index.manifest.encoder, index.manifest.fingerprint), centre)
    for part in batch.parts:
        shutil.rmtree(part, ignore_errors=True)
    return folder.name, sha256_of(folder / FACTS)


def _manifest(manifest: Manifest, places: dict[str, tuple[int, int]], segments: Sequence[tuple[str, str]]) -> Manifest:
    def placed(entry: Entry) -> Entry:
        segment, row = places.get(entry.name, (-1, -1))
        return replace(entry, segment=segment, row=row)

    return replace(manifest, segments=tuple(segments), entries=tuple(map(placed, manifest.entries)))
