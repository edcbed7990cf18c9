"""The corpus against the index in a store: what is new goes there as documents, and as work for whoever embeds it."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.build import digest_of, usable
from index.builders import Builder
from index.changes import Changes, Compared, changes_of, compare, problems_of, refusal_key
from index.current import Current
from index.documents import Problem
from index.manifest import Entry, Manifest
from index.mysql import Cursor, Database
from index.passages import split
from index.plan import Goal, Plan, Slice, Target, committed, damaged, make_ready
from index.rows import WITHIN, StoredDocument, insert_document
from index.scan import Scan
from index.segment import json_of
from index.types import Document, Encoder, Passage

PART = 128  # passages; so many are embedded before they are stored, some seconds' work
WINDOW = 2_048  # passages of documents that are stored in one go …
AT_MOST = 8_000_000  # … or so many characters of them


@dataclass(frozen=True, slots=True)
class Outlook:
    """A corpus compared with the index."""

    changes: Changes
    problems: tuple[Problem, ...]
    digest: str
    goal: Goal
    entries: tuple[Entry, ...]  # of a document that is to be stored yet `row` is -1
    mended: tuple[str, ...] = ()  # names of documents that are made anew because what was stored of them is damaged


def look(seeds: Path, looked_at: Scan, encoder: Encoder, previous: Manifest | None, sound: Manifest | None) -> Outlook:
    """Nothing is written. `sound`: of the previous manifest, what can be kept."""
    compared = [replace(one, document=None) for one in _with_sha256(compare(seeds, looked_at, sound))]
    return _outlook(seeds, looked_at, compared, encoder, previous)


def _with_sha256(compared: Iterable[Compared]) -> Iterator[Compared]:
    """With the state that a document had when it was read, which may not be the one that was looked at."""
    for one in compared:
        if one.document is not None:
            state = replace(one.found.state, sha256=one.document.sha256)
            one = replace(one, found=replace(one.found, state=state))
        yield one


def _outlook(
    seeds: Path, looked_at: Scan, compared: Sequence[Compared], encoder: Encoder, previous: Manifest | None
) -> Outlook:
    entries = tuple(_entry(one) for one in compared if one.problem is None)
    refused = {
        refusal_key(one.found): (one.problem.reason, one.problem.chinese)
        for one in compared
        if one.problem and one.always
    }
    digest = digest_of(entries, encoder)
    goal = Goal(str(seeds.resolve()), digest, refused)
    return Outlook(changes_of(compared, previous), problems_of(looked_at, compared), digest, goal, entries)


def _entry(one: Compared) -> Entry:
    row = one.entry.row if one.entry is not None and not one.twin else -1
    return Entry(one.found.state, one.found.overrides, one.essence, one.twin, segment=-1 if one.twin else 0, row=row)


def is_as_it_was(outlook: Outlook, current: Current | None, plan: Plan) -> bool:
    """Whether there is nothing to publish."""
    if current is None or current.generation != plan.generation:
        return False
    manifest, goal = current.manifest, outlook.goal
    same = (manifest.digest, manifest.seeds, manifest.refused) == (goal.digest, goal.seeds, goal.refused)
    return same and manifest.entries == outlook.entries


class Planner:
    """Carries a draft to where it is ready; others may embed what it has stored already."""

    def __init__(self, database: Database, builder: Builder, plan: Plan, current: Current | None) -> None:
        """`current`: what the plan starts from; None where there is no index that can be read."""
        self._database, self._builder, self._plan = database, builder, plan
        self._current = current
        self._sizes = dict(current.sizes) if current and current.generation == plan.generation else {}
        same = current.manifest.entries if current and current.generation == plan.generation else ()
        self._before = {entry.name: entry.row for entry in same}
        self._left = self._left_over(damaged(database, plan.generation))
        self._rows: dict[str, int] = {}  # by name, the documents that were read anew
        self._waiting: list[tuple[str, StoredDocument, Sequence[Passage]]] = []

    def _left_over(self, bad: Collection[int]) -> dict[bytes, int]:
        """By checksum, documents that builds stored which went no further."""
        generation = self._plan.generation
        rows = self._database.rows(f"SELECT document, checksum FROM {generation.documents}")
        return {checksum: number for number, checksum in rows if number not in self._sizes and number not in bad}

    def run(
        self, seeds: Path, looked_at: Scan, encoder: Encoder, sound: Manifest | None
    ) -> tuple[Outlook, Plan | None]:
        """No plan where another builder has taken it over."""
        compared = []
        for one in _with_sha256(compare(seeds, looked_at, sound)):
            compared.append(replace(one, document=None))
            if one.document is not None:
                self._add(one.found.name, one.document)
        self._store()
        previous = self._current.manifest if self._current else None
        outlook = _outlook(seeds, looked_at, compared, encoder, previous)
        entries = tuple(replace(e, row=self._rows[e.name]) if e.name in self._rows else e for e in outlook.entries)
        targets = [Target(entry, *self._sizes.get(entry.row, (0, 0))) for entry in entries]
        ready = make_ready(self._database, self._builder, self._plan, targets, outlook.goal)
        kept = {entry.name for entry in sound.entries} if sound else set(self._before)
        mended = tuple(e.name for e in entries if e.name in self._before and e.name not in kept and not e.twin)
        return replace(outlook, entries=entries, mended=mended), ready

    def _add(self, name: str, document: Document) -> None:
        passages = split(document)
        sentences = sum(len(passage.sentences) for passage in passages)
        self._waiting.append(
            (name, StoredDocument(json_of(document), document.text, len(passages), sentences), passages)
        )
        characters = sum(len(stored.text) for _, stored, _ in self._waiting)
        if sum(len(of_one) for *_, of_one in self._waiting) >= WINDOW or characters >= AT_MOST:
            self._store()

    def _store(self) -> None:
        slices: list[Slice] = []
        with committed(self._database) as cursor:
            for name, stored, _ in self._waiting:
                number = self._left.pop(stored.checksum, None)
                missing = [(0, stored.passages)]
                if number is None:
                    number = insert_document(cursor, self._plan.generation, stored)
                else:
                    missing = self._missing(cursor, number, stored.passages)
                self._rows[name], self._sizes[number] = number, (stored.passages, stored.sentences)
                before = self._before.get(name, -1)
                slices += [Slice(number, first, end, before) for first, end in missing if first < end]
            self._add_work(cursor, slices)
        self._waiting.clear()

    def _missing(self, cursor: Cursor, document: int, passages: int) -> list[tuple[int, int]]:
        """The passages of a document that was left, as ranges, which nobody has embedded."""
        cursor.execute(
            f"SELECT passage FROM {self._plan.generation.passages} WHERE document = %s ORDER BY passage", (document,)
        )
        there = [row & (1 << WITHIN) - 1 for (row,) in cursor.fetchall()]
        starts, ends = [0, *(number + 1 for number in there)], [*there, passages]
        return [(first, end) for first, end in zip(starts, ends, strict=True) if first < end]

    def _add_work(self, cursor: Cursor, slices: Sequence[Slice]) -> None:
        cursor.executemany(
            "INSERT INTO yuanhua_work (plan, slices, passages, builder, done) VALUES (%s, %s, %s, %s, %s)",
            [
                (self._plan.number, json.dumps([list(asdict(one).values()) for one in part]), _size(part), "", 0)
                for part in parts_of(slices)
            ],
        )


def _size(slices: Iterable[Slice]) -> int:
    return sum(one.end - one.first for one in slices)


def parts_of(slices: Sequence[Slice]) -> Iterator[list[Slice]]:
    """Of up to PART passages each: pieces of one long document, or many short ones.

    >>> [[(one.first, one.end) for one in part] for part in parts_of([Slice(1, 0, 200), Slice(2, 0, 10)])]
    [[(0, 128)], [(128, 200), (0, 10)]]
    """
    part: list[Slice] = []
    for one in slices:
        first = one.first
        while first < one.end:
            end = min(one.end, first + PART - _size(part))
            part.append(replace(one, first=first, end=end))
            first = end
            if _size(part) == PART:
                yield part
                part = []
    if part:
        yield part


def sound_manifest(manifest: Manifest, encoder: Encoder, damaged: Collection[int]) -> Manifest | None:
    """Without the documents that are damaged."""
    if usable(manifest, encoder) is None:
        return None
    return replace(
        manifest, entries=tuple(entry for entry in manifest.entries if entry.row not in damaged or entry.twin)
    )
