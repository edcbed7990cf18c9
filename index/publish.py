"""The end of a plan: what searches need is made, and the index is switched to what the plan says, once."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce

import numpy as np
import numpy.typing as npt

from index.builders import Builder
from index.current import Current, publish
from index.manifest import Manifest, StaleIndex
from index.mysql import Cursor, Database
from index.plan import (
    DAMAGED,
    NO_INDEX,
    Goal,
    Plan,
    committed,
    damaged,
    forget,
    forget_generation,
    is_ours,
    registered,
    targets_of,
)
from index.rows import add_terms, delete_documents
from index.tables import MANIFEST, create_indexes, drop_generation, generations, has_indexes, rebuild_dense
from index.types import Report, YuanhuaError

UNSETTLED, SHARE = 5_000, 0.1  # passages added one by one, and of all, after which their index is made anew
_DOCUMENTS = 200  # that are deleted in one go
_PASSAGES = 5_000  # whose terms are counted in one go, some twenty million bytes
_TERMS = 20_000  # of a transaction


class Overtaken(Exception):
    """Another builder owns the plan by now, or it is carried out."""


@dataclass(frozen=True, slots=True)
class Terms:
    """`numbers`: for each term in how many passages it is. `length`: terms of all passages together."""

    terms: npt.NDArray[np.uint64]  # ascending
    numbers: npt.NDArray[np.int64]
    length: int = 0

    @classmethod
    def of(cls, tokens: Sequence[str]) -> "Terms":
        """Of what the full text index reads of passages."""
        hashes = [np.frombuffer(bytes.fromhex(text), ">u8").astype(np.uint64) for text in tokens]
        found = np.concatenate([np.zeros(0, np.uint64), *map(np.unique, hashes)])
        terms, numbers = np.unique(found, return_counts=True)
        return cls(terms, numbers.astype(np.int64), sum(map(len, hashes)))

    def plus(self, other: "Terms", sign: int = 1) -> "Terms":
        terms, at = np.unique(np.concatenate([self.terms, other.terms]), return_inverse=True)
        numbers = np.zeros(len(terms), np.int64)
        np.add.at(numbers, at, np.concatenate([self.numbers, sign * other.numbers]))
        return Terms(terms, numbers, self.length + sign * other.length)


NO_TERMS = Terms(np.zeros(0, np.uint64), np.zeros(0, np.int64))


class Publisher:
    """Of a plan that is the builder's own, with nothing left to embed."""

    def __init__(
        self, database: Database, builder: Builder, plan: Plan, goal: Goal, current: Current | None, report: Report
    ) -> None:
        self._database, self._builder, self._plan, self._goal = database, builder, plan, goal
        self._current, self._report = current, report
        self._same = current is not None and current.generation == plan.generation
        # Whether the terms are counted rightly as they are, so that only what changes has to be counted.
        self._counts = self._same and not damaged(database, plan.generation)
        self._targets = targets_of(database, plan)

    def publish(self) -> None:
        """Raises Overtaken."""
        self._report("Saving", 0, 1)
        wanted = {target.entry.row for target in self._targets if not target.entry.twin}
        held = set(self._current.sizes) if self._current and self._same else set()
        self._remove_dead(wanted | held)
        self._create_indexes()
        change = self._counted(wanted - held if self._counts else wanted)
        if self._counts:
            change = change.plus(self._counted(held - wanted), -1)
        elif not self._same:
            self._count_anew(change)
        unsettled = self._settled(sum(t.passages for t in self._targets if t.entry.row in wanted - held))
        self._switch(change, unsettled)
        self._report("Saving", 1, 1)

    @contextmanager
    def _as_owner(self) -> Iterator[Cursor]:
        """A transaction in which nobody else can become it. Raises Overtaken."""
        with committed(self._database) as cursor:
            if not is_ours(cursor, self._plan, self._builder):
                raise Overtaken
            yield cursor

    def _remove_dead(self, living: Collection[int]) -> None:
        """What is in the index no more since the last switch; until now somebody may have been reading it. Never
        without owning the plan: what is not in this one may be in that of whoever has overtaken it."""
        keep = {self._plan.generation, *((self._current.generation,) if self._current else ())}
        with self._as_owner(), self._database.cursor() as cursor:  # dropping tables would end the transaction
            for generation in {*generations(cursor), *registered(cursor)} - keep:
                forget_generation(cursor, generation)
                drop_generation(cursor, generation)
        with self._as_owner() as cursor:
            cursor.execute("DELETE FROM yuanhua_work WHERE plan <> %s", (self._plan.number,))
            cursor.execute(f"SELECT document FROM {self._plan.generation.documents}")
            dead = sorted(number for (number,) in cursor.fetchall() if number not in living)
        for start in range(0, len(dead), _DOCUMENTS):
            with self._as_owner() as cursor:
                delete_documents(cursor, self._plan.generation, dead[start : start + _DOCUMENTS])

    def _create_indexes(self) -> None:
        try:
            with self._database.cursor() as cursor:
                if not (self._same and has_indexes(cursor, self._plan.generation)):
                    create_indexes(cursor, self._plan.generation)
        except YuanhuaError:
            with self._as_owner():  # whoever has overtaken the plan makes them
                raise

    def _counted(self, documents: Collection[int]) -> Terms:
        sizes = {target.entry.row: target.passages for target in self._targets}
        if self._current and self._same:
            sizes |= {number: passages for number, (passages, _) in self._current.sizes.items()}
        parts = together(sorted(documents), sizes)
        return reduce(Terms.plus, map(self._terms_of, parts), NO_TERMS)

    def _terms_of(self, documents: tuple[int, ...]) -> Terms:
        made = self._plan.generation
        statement = f"SELECT {made.by_document} tokens FROM {made.passages} WHERE document IN %s"
        try:
            return Terms.of([tokens for (tokens,) in self._database.rows(statement, (documents,))])
        except ValueError as error:
            place = self._database.address
            raise StaleIndex(
                f"{place}: the terms of a passage are not what was written; find it with: yuanhua index verify, "
                "and then rebuild with: yuanhua index build",
                f"{place}：有段落的词不是当初写入的；请先用 yuanhua index verify 找出它，再重建索引。",
            ) from error

    def _count_anew(self, terms: Terms) -> None:
        """Before the switch, since there are many and nobody reads them yet."""
        with self._as_owner() as cursor:
            cursor.execute(f"UPDATE {self._plan.generation.terms} SET passages = 0 WHERE passages <> 0")
        for start in range(0, len(terms.terms), _TERMS):
            part = slice(start, start + _TERMS)
            with self._as_owner() as cursor:
                add_terms(cursor, self._plan.generation, _numbers(terms.terms[part], terms.numbers[part]))

    def _settled(self, added: int) -> int:
        """Passages that were added since the index of their vectors was made."""
        (before,), *_ = self._database.rows(
            "SELECT unsettled FROM yuanhua_generations WHERE generation = %s", (self._plan.generation.number,)
        )
        unsettled = before + added if self._same else 0
        if unsettled > max(UNSETTLED, SHARE * sum(target.passages for target in self._targets)):
            with self._database.cursor() as cursor:
                rebuild_dense(cursor, self._plan.generation)
            return 0
        return int(unsettled)

    def _switch(self, change: Terms, unsettled: int) -> None:
        plan, number = self._plan, self._plan.generation.number
        with self._as_owner() as cursor:
            if plan.base == DAMAGED:
                cursor.execute(f"DELETE FROM {MANIFEST}")
            if not publish(cursor, self._next(change), self._current):
                raise Overtaken
            if self._same and not self._counts:
                cursor.execute(f"UPDATE {plan.generation.terms} SET passages = 0 WHERE passages <> 0")
            if self._same:
                add_terms(cursor, plan.generation, _numbers(change.terms, change.numbers))
            cursor.execute("UPDATE yuanhua_generations SET unsettled = %s WHERE generation = %s", (unsettled, number))
            cursor.execute("DELETE FROM yuanhua_damaged WHERE generation = %s", (number,))
            forget(cursor, plan)

    def _next(self, change: Terms) -> Current:
        made, goal = self._plan.made, self._goal
        own = [target for target in self._targets if not target.entry.twin]
        manifest = Manifest(
            digest=goal.digest,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seeds=goal.seeds,
            encoder=made.encoder,
            fingerprint=made.fingerprint,
            versions=made.versions,
            passages=sum(target.passages for target in own),
            sentences=sum(target.sentences for target in own),
            segments=(),
            entries=tuple(target.entry for target in self._targets),
            refused=goal.refused,
        )
        length = change.length + (self._current.length if self._current and self._counts else 0)
        version = (self._current.version if self._current else NO_INDEX) + 1
        sizes = {target.entry.row: (target.passages, target.sentences) for target in own}
        return Current(version, self._plan.generation, made.dimension, length, made.centre, sizes, manifest)


def together(documents: Sequence[int], sizes: Mapping[int, int]) -> Iterator[tuple[int, ...]]:
    """As many as have some thousands of passages together. `sizes`: of each, in passages.

    >>> list(together([1, 2, 3, 4], {1: 4_000, 2: 4_000, 3: 10, 4: 10}))
    [(1, 2), (3, 4)]
    """
    part: list[int] = []
    for document in documents:
        part.append(document)
        if sum(sizes[one] for one in part) >= _PASSAGES or len(part) == _DOCUMENTS:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def _numbers(terms: npt.NDArray[np.uint64], numbers: npt.NDArray[np.int64]) -> dict[int, int]:
    return {term: number for term, number in zip(terms.tolist(), numbers.tolist(), strict=True) if number}
