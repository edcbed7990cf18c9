"""An index copied into a database, from wherever it is kept: nothing is embedded again, and no essay read."""

import base64
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from index.build import BuildRunning
from index.builders import Builder, is_alive
from index.copying import embeddings_of, parts_of
from index.index import Index
from index.joint import current_of
from index.mysql import Database
from index.plan import (
    Goal,
    Made,
    Plan,
    Target,
    begin,
    committed,
    create_tables,
    make_ready,
    open_generation,
    read_plan,
    take_over,
)
from index.publish import Overtaken, Publisher
from index.segment import Fresh, fresh
from index.tables import (
    FORMAT,
    Generation,
    documents_of,
    insert_document,
    insert_passages,
    insert_words,
)
from index.types import Passage, Report, silent


def copy_into(database: Database, index: Index, report: Report = silent) -> None:
    """Afterwards the database holds the same index, with the same digest. What was there stays until then. Raises
    YuanhuaError."""
    create_tables(database)
    with Builder(database) as builder:
        current, base = current_of(database)
        pending = read_plan(database)
        if pending is not None and (builder.others_in(pending.number) or is_alive(database, pending.owner)):
            raise _running(database)
        made = _made(index)
        generation = open_generation(database, made, None, current.generation if current else None)
        plan = begin(database, builder, pending, Plan(0, builder.name, generation, base, made))
        if plan is None:
            raise _running(database)
        builder.takes_part_in(plan.number)
        goal = Goal(index.manifest.seeds, index.manifest.digest, dict(index.manifest.refused))
        ready = make_ready(database, builder, plan, _copied(database, generation, index, report), goal)
        if ready is None or not take_over(database, builder, ready):
            raise _running(database)
        try:
            Publisher(database, builder, ready, goal, current, report).publish()
        except Overtaken as error:
            raise _running(database) from error


def _made(index: Index) -> Made:
    manifest, rows = index.manifest, next((index.rows_of(entry.name)[:1] for entry in index.entries), range(0))
    dimension = index.passage_vectors(rows).shape[1] if rows else 1
    centre = index.token_centre if rows else np.zeros(1, np.float32)
    text = base64.b64encode(np.asarray(centre, "<f4").tobytes()).decode()
    return Made(FORMAT, manifest.encoder, manifest.fingerprint, manifest.versions, dimension, text)


def _copied(database: Database, generation: Generation, index: Index, report: Report) -> list[Target]:
    targets = {entry.name: Target(entry, 0, 0) for entry in index.manifest.entries}
    done = 0
    for names in parts_of(index):
        contents = _contents(index, names)
        rows = list(documents_of(contents))
        with committed(database) as cursor:
            insert_words(cursor, generation, contents.latin_terms)
            for name, (document, passages) in zip(names, rows, strict=True):
                entry = replace(index.entry(name), segment=0, row=insert_document(cursor, generation, document))
                insert_passages(cursor, generation, entry.row, passages)
                targets[name] = Target(entry, document.passages, document.sentences)
        done += sum(len(passages) for _, passages in rows)
        report("Copying", done, index.manifest.passages)
    return list(targets.values())


def _contents(index: Index, names: Sequence[str]) -> Fresh:
    rows = [row for name in names for row in index.rows_of(name)]
    index.prepare(rows)
    by_name: dict[str, list[Passage]] = {name: [] for name in names}
    passages = [index.passage(row) for row in rows]
    for passage in passages:
        by_name[passage.document.name].append(passage)
    made = embeddings_of(index, rows, passages)
    of_passages = {key: (made, at) for at, key in enumerate(made.passage_keys.tolist())}
    of_sentences = {key: (made, at) for at, key in enumerate(made.sentence_keys.tolist())}
    documents = [(index.document_at(index.positions[name]), of_one) for name, of_one in by_name.items()]
    return fresh(documents, of_passages, of_sentences)


def _running(database: Database) -> BuildRunning:
    return BuildRunning(
        f"{database.address}: a build is running here; wait until it has finished, and copy then.",
        f"{database.address}：另一个重建正在进行，请等它完成后再复制。",
    )
