"""An index copied into a database, from wherever it is kept: nothing is embedded again, and no essay read."""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import numpy as np

from index.builders import LEASE, Builder
from index.copying import NamedEncoder, embeddings_of, parts_of
from index.current import Current
from index.index import Index
from index.joint import POLL, current_of, is_in_hands, publish_plan, running
from index.manifest import Entry
from index.mysql import Database
from index.plan import (
    Goal,
    Made,
    Plan,
    Target,
    begin,
    choose_generation,
    committed,
    create_tables,
    make_ready,
    read_plan,
    take_over,
)
from index.publish import Overtaken
from index.rows import StoredDocument, StoredPassage, documents_of, insert_document, insert_passages, insert_words
from index.segment import fresh
from index.store import FolderIndex
from index.types import Report, silent

AT_ONCE = 512  # passages of a transaction
_WORDS = 10_000  # of a statement's

Stored = tuple[str, StoredDocument, list[StoredPassage]]
"""A document with its name and its passages."""


def copy_into(database: Database, index: Index, report: Report = silent, *, lease: float = LEASE) -> None:
    """Afterwards the database holds the same index, with the same digest. What was there stays until then, and what a
    copy that was stopped has brought is not brought again. Raises YuanhuaError."""
    create_tables(database)
    with Builder(database, lease) as builder:
        pending = read_plan(database)
        if pending is not None and is_in_hands(database, builder, pending):
            raise running(database)
        current, base = current_of(database)
        draft = _draft(database, index, current, base)
        plan = begin(database, builder, pending, draft)
        if plan is None:
            raise running(database)
        builder.takes_part_in(plan.number)
        targets = _Copy(database, plan, index, report).targets()
        manifest = index.manifest
        ready = make_ready(
            database, builder, plan, targets, Goal(manifest.seeds, manifest.digest, dict(manifest.refused))
        )
        if ready is None:
            raise running(database)
        _see_published(database, builder, ready, report)


def _draft(database: Database, index: Index, current: Current | None, base: int) -> Plan:
    manifest = index.manifest
    rows = next((rows for entry in index.entries if (rows := index.rows_of(entry.name))), None)
    dimension = index.passage_vectors(rows[:1]).shape[1] if rows else 1  # which no encoder has
    centre = index.token_centre if rows else np.zeros(1, np.float32)
    made = Made.by(NamedEncoder(manifest.encoder, manifest.fingerprint), dimension, centre, manifest.versions)
    generation = choose_generation(database, made, None, current.generation if current else None)
    return Plan(0, "", generation, base, made)


def _see_published(database: Database, builder: Builder, plan: Plan, report: Report) -> None:
    """Any builder may do it."""
    while (now := read_plan(database)) is not None and now.number == plan.number:
        if take_over(database, builder, plan):
            with suppress(Overtaken):
                publish_plan(database, builder, now, report)
        else:
            time.sleep(POLL)


class _Copy:
    def __init__(self, database: Database, plan: Plan, index: Index, report: Report) -> None:
        self._database, self._generation, self._index, self._report = database, plan.generation, index, report
        self._left = self._left_over()
        self._places: dict[str, tuple[int, int, int]] = {}  # by name, a document's number, passages and sentences

    def _left_over(self) -> dict[bytes, int]:
        """By checksum, the documents that are there with all their passages."""
        documents, passages = self._generation.documents, self._generation.passages
        rows = self._database.rows(
            f"SELECT d.checksum, d.document FROM {documents} d WHERE d.passages ="
            f" (SELECT COUNT(*) FROM {passages} p WHERE p.document = d.document)"
        )
        return dict(rows)

    def targets(self) -> list[Target]:
        waiting: list[Stored] = []
        done = size = 0
        for one in self._stored():
            waiting.append(one)
            size += len(one[2])
            if size >= AT_ONCE:
                self._store(waiting)
                waiting, done, size = [], done + size, 0
                self._report("Copying", done, self._index.manifest.passages)
        self._store(waiting)
        self._report("Copying", done + size, self._index.manifest.passages)
        return [self._target(entry) for entry in self._index.manifest.entries]

    def _target(self, entry: Entry) -> Target:
        if entry.twin:
            return Target(replace(entry, segment=-1, row=-1), 0, 0)
        number, passages, sentences = self._places[entry.name]
        return Target(replace(entry, segment=0, row=number), passages, sentences)

    def _store(self, documents: Sequence[Stored]) -> None:
        with committed(self._database) as cursor:
            for name, document, passages in documents:
                number = self._left.pop(document.checksum, None)
                if number is None:
                    number = insert_document(cursor, self._generation, document)
                    insert_passages(cursor, self._generation, number, passages)
                self._places[name] = number, document.passages, document.sentences

    def _stored(self) -> Iterator[Stored]:
        return self._of_folder(self._index) if isinstance(self._index, FolderIndex) else self._of_any()

    def _of_folder(self, index: FolderIndex) -> Iterator[Stored]:
        """From its segments, where terms are counted already."""
        for at, segment in enumerate(index.segments):
            names = {entry.row: entry.name for entry in index.entries if entry.segment == at}
            self._store_words(segment.latin_terms)
            for row, (document, passages) in enumerate(documents_of(segment)):
                if row in names:
                    yield names[row], document, passages

    def _of_any(self) -> Iterator[Stored]:
        index = self._index
        for names in parts_of(index):
            rows = [row for name in names for row in index.rows_of(name)]
            index.prepare(rows)
            passages = {name: [index.passage(row) for row in index.rows_of(name)] for name in names}
            made = embeddings_of(index, rows, [one for of_one in passages.values() for one in of_one])
            places = [
                {key: (made, row) for row, key in enumerate(keys.tolist())}
                for keys in (made.passage_keys, made.sentence_keys)
            ]
            documents = [(index.document_at(index.positions[name]), of_one) for name, of_one in passages.items()]
            contents = fresh(documents, places[0], places[1])
            self._store_words(contents.latin_terms)
            for name, (document, stored) in zip(names, documents_of(contents), strict=True):
                yield name, document, stored

    def _store_words(self, words: Sequence[str]) -> None:
        for at in range(0, len(words), _WORDS):
            with self._database.cursor() as cursor:
                insert_words(cursor, self._generation, [words[i] for i in range(at, min(at + _WORDS, len(words)))])
