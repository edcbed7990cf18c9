"""The parts of a plan's work: claimed, embedded and finished by any builder, each by one."""

import json
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index.arrays import firsts
from index.builders import ALIVE, Builder
from index.changes import VERSIONS
from index.embedder import Embedder
from index.embeddings import STORED, Embeddings, passage_key
from index.manifest import StaleIndex
from index.mysql import Database, Vanished
from index.passages import split
from index.payload import DamagedPayload
from index.plan import FREE, Plan, Slice, committed, made_by, note_damage
from index.rows import (
    PASSAGE,
    DamagedRow,
    StoredDocument,
    StoredPassage,
    documents_of,
    insert_passages,
    insert_words,
    row_of,
    select_document,
    stored_passage,
)
from index.segment import fresh
from index.tables import Generation
from index.types import Document, Encoder, Passage, Report, Span, YuanhuaError

NEAR = 64  # passages before and after those of a document's older text, among which sentences are looked for


class OtherProgram(YuanhuaError):
    """The plan is one of another version of this program, or for another encoder."""


@dataclass(frozen=True, slots=True)
class Part:
    number: int
    slices: tuple[Slice, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    """A slice with its document and the passages that are in it."""

    slice: Slice
    document: Document
    passages: Sequence[Passage]
    sentences_before: int


class Worker:
    """What it does for one plan. `texts`: that the encoder had to read; `passages`: that it stored."""

    def __init__(self, database: Database, builder: Builder, encoder: Encoder, plan: Plan, report: Report) -> None:
        """Raises OtherProgram."""
        _check(database, encoder, plan)
        self._database, self._builder, self._encoder = database, builder, encoder
        self._plan, self._report = plan, report
        fingerprint = plan.made.fingerprint
        alike = [Generation(n) for n, made in made_by(database).items() if made.fingerprint == fingerprint]
        self._alike = sorted(alike, key=lambda generation: generation != plan.generation)  # its own is asked first
        self._words: set[str] = set()  # that are stored already
        self._done = (0, 0)
        self.texts = self.passages = 0

    def work(self) -> bool:
        """One part; False where none is free."""
        self._say()
        part = self._claimed()
        if part is None:
            return False
        stored, words = self._embedded(part)
        self._store_words(words)
        if self._finished(part, stored):
            self.passages += sum(len(passages) for _, passages in stored)
        self._say()
        return True

    def _say(self) -> None:
        before, self._done = self._done, progress(self._database, self._plan)
        if self._done != before:
            self._tell()

    def _tell(self, *_: object) -> None:
        """The report may stop the work; claims are free again when their builder ends."""
        done, total = self._done
        if total:
            self._report("Embedding", done, total)

    def _claimed(self) -> Part | None:
        with committed(self._database) as cursor:
            cursor.execute(
                "SELECT id, slices FROM yuanhua_work WHERE plan = %s AND done = 0"
                f" AND (builder = '' OR builder NOT IN ({ALIVE})) ORDER BY id LIMIT 1 {FREE}",
                (self._plan.number,),
            )
            found = cursor.fetchone()
            if found is None:
                return None
            number, slices = found
            cursor.execute("UPDATE yuanhua_work SET builder = %s WHERE id = %s", (self._builder.name, number))
            return Part(int(number), tuple(Slice(*values) for values in json.loads(slices)))

    def _embedded(self, part: Part) -> tuple[list[tuple[int, list[StoredPassage]]], set[str]]:
        """By document what is to be stored, and the Latin words in it."""
        pieces = [self._piece(one) for one in part.slices]
        passages = [passage for piece in pieces for passage in piece.passages]
        with tempfile.TemporaryDirectory() as scratch:
            known = _embeddings_of(list(self._known(pieces)))
            embedder = Embedder(self._encoder, Path(scratch), [known], self._plan.made.centre, self._tell)
            places = embedder.embedded(passages)
            contents = fresh([(piece.document, piece.passages) for piece in pieces], *places)
            stored = [
                (piece.slice.document, [_moved(passage, piece) for passage in of_one])
                for piece, (_, of_one) in zip(pieces, documents_of(contents), strict=True)
            ]
        self.texts += embedder.texts
        return stored, set(contents.latin_terms)

    def _piece(self, one: Slice) -> _Piece:
        try:
            stored = self._database.read(lambda cursor: select_document(cursor, self._plan.generation, one.document))
        except DamagedRow as error:
            note_damage(self._database, self._plan.generation, {one.document})  # the next build reads its file anew
            raise StaleIndex.damaged(str(self._database.address), error) from error
        if stored is None:
            raise OtherProgram(
                f"document {one.document} of the plan is gone; begin anew with: yuanhua index build",
                f"计划里的文档 {one.document} 不见了，请重建索引。",
            )
        document = _document(stored)
        passages = split(document)
        before = sum(len(passage.sentences) for passage in passages[: one.first])
        return _Piece(one, document, passages[one.first : one.end], before)

    def _known(self, pieces: Sequence[_Piece]) -> Iterator[StoredPassage]:
        """What this encoder made before of the same passages, or of an older text that may have the same sentences."""
        wanted = {passage_key(passage) for piece in pieces for passage in piece.passages}
        for generation in self._alike:
            keys = tuple(wanted)
            for passage in self._read(generation, "passage_key IN %s", (keys,)) if keys else ():
                if passage.key in wanted:
                    wanted.remove(passage.key)
                    yield passage
        for piece in pieces:
            before, first, end = piece.slice.before, max(0, piece.slice.first - NEAR), piece.slice.end + NEAR
            if wanted and before >= 0:
                rows = row_of(before, first), row_of(before, end)
                yield from self._read(self._plan.generation, "passage BETWEEN %s AND %s", rows)

    def _read(self, generation: Generation, condition: str, values: Sequence[object]) -> Iterator[StoredPassage]:
        """Nothing damaged; what is not read here is embedded."""
        statement = f"SELECT {PASSAGE} FROM {generation.passages} WHERE {condition}"
        try:
            rows = self._database.rows(statement, values)
        except Vanished:  # tables that nobody reads any more were dropped just now
            if generation == self._plan.generation:
                raise
            return
        for row in rows:
            with suppress(DamagedRow, DamagedPayload):
                yield stored_passage(row)

    def _store_words(self, words: set[str]) -> None:
        new = words - self._words
        if new:
            with self._database.cursor() as cursor:
                insert_words(cursor, self._plan.generation, new)
            self._words |= new

    def _finished(self, part: Part, stored: Sequence[tuple[int, Sequence[StoredPassage]]]) -> bool:
        """False where it is not ours any more: the plan was given up, or we were taken for dead."""
        with committed(self._database) as cursor:
            cursor.execute("SELECT builder, done FROM yuanhua_work WHERE id = %s FOR UPDATE", (part.number,))
            if cursor.fetchone() != (self._builder.name, 0):
                return False
            for document, passages in stored:
                insert_passages(cursor, self._plan.generation, document, passages)
            cursor.execute("UPDATE yuanhua_work SET done = 1 WHERE id = %s", (part.number,))
        return True


def progress(database: Database, plan: Plan) -> tuple[int, int]:
    """Passages that are done, and all that there are to do."""
    (done, total), *_ = database.rows(
        "SELECT COALESCE(SUM(done * passages), 0), COALESCE(SUM(passages), 0) FROM yuanhua_work WHERE plan = %s",
        (plan.number,),
    )
    return int(done), int(total)


def is_done(database: Database, plan: Plan) -> bool:
    return not database.rows("SELECT id FROM yuanhua_work WHERE plan = %s AND done = 0 LIMIT 1", (plan.number,))


def _check(database: Database, encoder: Encoder, plan: Plan) -> None:
    if plan.made.versions != VERSIONS:
        raise OtherProgram(
            f"{database.address}: the build was begun by another version of this program; use that one here as well.",
            f"{database.address}：这次重建是用另一个版本的程序开始的，这里也请用那个版本。",
        )
    if plan.made.fingerprint != encoder.fingerprint:
        raise OtherProgram(
            f"{database.address}: the build is for the encoder {plan.made.fingerprint}, and this is "
            f"{encoder.fingerprint}; name the right one with --encoder.",
            f"{database.address}：这次重建用的编码器是 {plan.made.fingerprint}，这里是 {encoder.fingerprint}，"
            "请用 --encoder 指定同一个。",
        )


def _document(stored: StoredDocument) -> Document:
    """Without its name, which decides nothing that is stored of a passage."""
    values = json.loads(stored.facts)
    furniture = tuple(Span(*span) for span in values.pop("furniture"))
    return Document(name="", text=stored.text, furniture=furniture, **values)


def _moved(passage: StoredPassage, piece: _Piece) -> StoredPassage:
    """From where it is in the part to where it is in its document."""
    number, sentence = passage.number + piece.slice.first, passage.first_sentence + piece.sentences_before
    return replace(passage, number=number, first_sentence=sentence)


def _embeddings_of(passages: Sequence[StoredPassage]) -> Embeddings:
    payloads = [passage.payload for passage in passages]
    tokens = [payload.tokens for payload in payloads]
    none, empty = np.zeros(0, np.int64), np.zeros(0, np.uint64)
    return Embeddings(
        passage_keys=np.array([passage.key for passage in passages], np.uint64),
        passage_vectors=_stacked([payload.vector[None] for payload in payloads]),
        first_sentences=firsts([len(one.counts) for one in tokens]),
        first_tokens=firsts(np.concatenate([none, *(one.counts for one in tokens)])),
        token_codes=np.concatenate([one.codes for one in tokens]) if tokens else np.zeros((0, 1), np.uint8),
        token_scales=np.concatenate([np.zeros(0, np.float16), *(one.scales for one in tokens)]),
        sentence_keys=np.concatenate([empty, *(payload.sentence_keys for payload in payloads)]),
        sentence_vectors=_stacked([payload.sentence_vectors for payload in payloads if len(payload.sentences)]),
    )


def _stacked(vectors: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate(vectors) if vectors else np.zeros((0, 1), STORED)
