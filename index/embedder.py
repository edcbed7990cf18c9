"""Passages and sentences to vectors: each text once, whatever was done before, and nothing twice that was done."""

import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import Array, drafted, firsts, loaded, opened
from index.embeddings import (
    STORED,
    Embeddings,
    passage_key,
    sentences_in,
    spans_in_text,
    text_key,
    text_of,
    write_embeddings,
)
from index.encoder import batches
from index.segment import faults_of_files, read_facts, write_facts
from index.tokens import TokenVectors, centre_of
from index.types import Encoder, Passage, Report, Span, Vectors

KEPT = 128  # passages; so many are embedded before they are written down, some seconds' work

Place = tuple[Embeddings, int]
Places = dict[int, Place]


@dataclass(slots=True)
class _Chunk:
    """What has been read and is not written down yet."""

    passages: list[tuple[int, Vectors, TokenVectors]] = field(default_factory=list)
    sentences: list[tuple[int, Vectors]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Tasks:
    """By key, what the encoder still has to read."""

    passages: Mapping[int, tuple[str, tuple[Span, ...]]]
    sentences: Mapping[int, str]

    def __len__(self) -> int:
        return len(self.passages) + len(self.sentences)


class Embedder:
    """What it has read when it is stopped lies in `pending`, for the next one."""

    def __init__(
        self, encoder: Encoder, pending: Path, known: Sequence[Embeddings], centre: Array | None, report: Report
    ) -> None:
        """`known`: what this encoder made before, of which nothing is read again."""
        self._encoder, self._pending, self._report = encoder, pending, report
        self._known, self._centre = list(known), centre
        self._parts: list[Path] = []  # that were written down
        self.texts = 0  # that the encoder had to read

    @property
    def centre(self) -> Vectors:
        if self._centre is None:
            self._centre = centre_of(self._encoder)
        return np.asarray(self._centre, np.float32)

    def embedded(self, passages: Sequence[Passage], share: float = 1.0) -> tuple[Places, Places]:
        """Where the rows of the passages and of their sentences are. `share`: of all the work this is, so that the
        report can say how much is left."""
        by_key = {passage_key(passage): passage for passage in passages}
        texts = {text_key(text): text for passage in by_key.values() for text in sentences_in(passage)}
        of_passages = self._found("passage_keys", by_key)
        of_sentences = self._found("sentence_keys", texts)
        todo = [(k, passage) for k, passage in by_key.items() if k not in of_passages]
        loose = {k: text for k, text in texts.items() if k not in of_sentences}
        total = round((self.texts + len(todo) + len(loose)) / max(share, 1e-9))
        while todo or loose:
            part, todo = todo[:KEPT], todo[KEPT:]
            own = [text_key(text) for _, passage in part for text in sentences_in(passage)] if todo else list(loose)
            tasks = _Tasks(
                {k: (text_of(passage), spans_in_text(passage)) for k, passage in part},
                {k: loose.pop(k) for k in own if k in loose},
            )
            made = self._read(tasks, total, keep=bool(todo))
            of_passages |= _rows(made, "passage_keys")
            of_sentences |= _rows(made, "sentence_keys")
        if self.texts:
            self._report("Embedding", self.texts, max(total, self.texts))
        return of_passages, of_sentences

    def _found(self, column: str, wanted: Iterable[int]) -> Places:
        keys = np.fromiter(wanted, np.uint64)
        found: Places = {}
        for embeddings in self._known:
            column_keys = getattr(embeddings, column)
            for row in np.flatnonzero(np.isin(column_keys, keys)).tolist():
                found.setdefault(int(column_keys[row]), (embeddings, row))
        return found

    def _read(self, tasks: _Tasks, total: int, *, keep: bool) -> Embeddings:
        chunk = _Chunk()
        try:
            self._read_into(chunk, tasks, total)
        except BaseException:
            if chunk.passages or chunk.sentences:
                self._write(_columns(chunk))
            raise
        made = _columns(chunk)
        return self._write(made) if keep else made

    def _read_into(self, chunk: _Chunk, tasks: _Tasks, total: int) -> None:
        centre = self.centre if tasks.passages else np.zeros(1, np.float32)
        keys = list(tasks.passages)
        for rows in batches([tasks.passages[k][0] for k in keys]):
            self._report("Embedding", self.texts, max(total, self.texts + 1))
            batch = [keys[row] for row in rows]
            readings = self._encoder.read_document([tasks.passages[k][0] for k in batch])
            for k, reading in zip(batch, readings, strict=True):
                chunk.passages.append((k, reading.vector, TokenVectors.of(reading, tasks.passages[k][1], centre)))
            self.texts += len(batch)
        keys = list(tasks.sentences)
        for rows in batches([tasks.sentences[k] for k in keys]):
            self._report("Embedding", self.texts, max(total, self.texts + 1))
            batch = [keys[row] for row in rows]
            vectors = self._encoder.encode_document([tasks.sentences[k] for k in batch])
            chunk.sentences += zip(batch, vectors, strict=True)
            self.texts += len(batch)

    def _write(self, made: Embeddings) -> Embeddings:
        folder = self._pending / secrets.token_hex(8)
        with drafted(folder) as draft:
            passages, sentences = [(made, 0, len(made.passage_keys))], [(made, 0, len(made.sentence_keys))]
            write_embeddings(draft, made.passage_keys, made.sentence_keys, passages, sentences)
            draft.array("token_centre", self.centre)
            write_facts(draft, self._encoder, (0, len(made.passage_keys), len(made.sentence_keys)))
        self._parts.append(folder)
        return replace(made, token_codes=opened(folder, "token_codes"))  # by far the largest; one open file a part

    def forget_parts(self) -> None:
        """What was written down is in a segment by now."""
        for folder in self._parts:
            shutil.rmtree(folder, ignore_errors=True)
        self._parts.clear()


def _columns(chunk: _Chunk) -> Embeddings:
    tokens = [one for _, _, one in chunk.passages]
    width = max((one.codes.shape[1] for one in tokens), default=1)
    vectors = [vector for _, vector, _ in chunk.passages], [vector for _, vector in chunk.sentences]
    dimension = max((len(vector) for of_kind in vectors for vector in of_kind), default=1)
    none = np.zeros(0, np.int64)
    return Embeddings(
        passage_keys=np.array([k for k, _, _ in chunk.passages], np.uint64),
        passage_vectors=_stacked(vectors[0], dimension),
        first_sentences=firsts([len(one.counts) for one in tokens]),
        first_tokens=firsts(np.concatenate([none, *(one.counts for one in tokens)])),
        token_codes=np.concatenate([np.zeros((0, width), np.uint8), *(one.codes for one in tokens)]),
        token_scales=np.concatenate([np.zeros(0, np.float16), *(one.scales for one in tokens)]),
        sentence_keys=np.array([k for k, _ in chunk.sentences], np.uint64),
        sentence_vectors=_stacked(vectors[1], dimension),
    )


def _stacked(vectors: Sequence[Vectors], dimension: int) -> npt.NDArray[np.float16]:
    return np.array(vectors, STORED).reshape(len(vectors), dimension)


def _rows(made: Embeddings, column: str) -> Places:
    return {k: (made, row) for row, k in enumerate(getattr(made, column).tolist())}


def left_over(folders: Iterable[Path], fingerprint: str) -> list[tuple[Embeddings, Array]]:
    """What a build that was stopped had made with this encoder, with the centre of its tokens; nothing damaged."""
    found = []
    for folder in folders:
        if folder.suffix != ".draft" and not faults_of_files(folder) and read_facts(folder).fingerprint == fingerprint:
            columns = {c.name: loaded(folder, c.name) for c in fields(Embeddings) if c.name != "token_codes"}
            embeddings = Embeddings(**columns, token_codes=opened(folder, "token_codes"))  # one open file each
            found.append((embeddings, loaded(folder, "token_centre")))
    return found
