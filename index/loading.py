"""An index copied into a database, from wherever it is kept: nothing is embedded again, and no essay read."""

from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from index.copying import contents_of
from index.current import Current, publish, select_current
from index.index import Index
from index.manifest import Entry
from index.mysql import Database
from index.postings import term_hash
from index.segment import Contents
from index.tables import (
    Generation,
    StoredDocument,
    StoredPassage,
    add_terms,
    create_generation,
    create_indexes,
    create_manifest,
    documents_of,
    drop_generation,
    generations,
    insert_document,
    insert_passages,
    insert_words,
)
from index.types import Report, silent

AT_ONCE = 20  # documents that are written in one transaction

Rows = tuple[str, StoredDocument, list[StoredPassage]]


@dataclass(slots=True)
class _Loaded:
    """What was written so far, and is nobody's yet."""

    numbers: dict[str, int]  # of the documents, by their names
    sizes: dict[int, tuple[int, int]]
    terms: Counter[int]
    words: set[str]
    length: int = 0
    passages: int = 0


def copy_into(database: Database, index: Index, report: Report = silent) -> None:
    """Afterwards the database holds the same index, with the same digest; what was there stays until then. For whoever
    holds the database as its only builder. Raises YuanhuaError."""
    with database.cursor() as cursor:
        create_manifest(cursor)
    previous = database.snapshot(select_current)
    generation = Generation(max([0, *(one.number for one in database.read(generations))]) + 1)
    try:
        current = _filled(database, generation, index, report)
        with database.transaction() as cursor:
            version = previous.version + 1 if previous else 1
            publish(cursor, replace(current, version=version), previous)
    except BaseException:
        with database.cursor() as cursor:
            drop_generation(cursor, generation)
        raise
    if previous is not None:
        with database.cursor() as cursor:
            drop_generation(cursor, previous.generation)


def _filled(database: Database, generation: Generation, index: Index, report: Report) -> Current:
    row = next((row for entry in index.entries for row in index.rows_of(entry.name)), None)
    dimension = index.passage_vectors([row]).shape[1] if row is not None else 1
    with database.cursor() as cursor:
        create_generation(cursor, generation, dimension)
    loaded = _Loaded({}, {}, Counter(), set())
    total = index.manifest.passages
    for names, contents in contents_of(index):
        loaded.words |= set(contents.latin_terms)
        of_these = _rows(contents, names)
        while some := list(islice(of_these, AT_ONCE)):
            _write(database, generation, some, loaded)
            report("Copying", loaded.passages, total)
    _write_terms(database, generation, loaded, report)
    report("Indexing", 0, 1)
    with database.cursor() as cursor:
        create_indexes(cursor, generation)
    report("Indexing", 1, 1)
    centre = index.token_centre if total else np.zeros(1, np.float32)
    entries = tuple(_placed(entry, loaded.numbers) for entry in index.manifest.entries)
    manifest = replace(index.manifest, segments=(), entries=entries)
    return Current(0, generation, dimension, loaded.length, centre, loaded.sizes, manifest)


def _rows(contents: Contents, names: Sequence[str]) -> Iterator[Rows]:
    """`names`: of the documents; "" for one that is not copied."""
    for name, (document, passages) in zip(names, documents_of(contents), strict=True):
        if name:
            yield name, document, passages


def _write(database: Database, generation: Generation, some: Sequence[Rows], loaded: _Loaded) -> None:
    with database.transaction() as cursor:
        for name, document, passages in some:
            number = insert_document(cursor, generation, document)
            insert_passages(cursor, generation, number, passages)
            loaded.numbers[name] = number
            loaded.sizes[number] = document.passages, document.sentences
            loaded.passages += len(passages)
            loaded.length += sum(passage.payload.length for passage in passages)
            for passage in passages:
                loaded.terms.update(passage.payload.terms.tolist())


def _write_terms(database: Database, generation: Generation, loaded: _Loaded, report: Report) -> None:
    terms, done = iter(sorted(loaded.terms.items())), 0
    while some := dict(islice(terms, 10_000)):
        with database.transaction() as cursor:
            add_terms(cursor, generation, some)
        done += len(some)
        report("Writing terms", done, len(loaded.terms))
    with database.transaction() as cursor:
        insert_words(cursor, generation, _known(loaded.words, loaded.terms))


def _known(words: Set[str], terms: Counter[int]) -> list[str]:
    """Of documents that were copied."""
    return [word for word in words if terms[term_hash(word)]]


def _placed(entry: Entry, numbers: dict[str, int]) -> Entry:
    return replace(entry, segment=-1 if entry.twin else 0, row=numbers.get(entry.name, -1))
