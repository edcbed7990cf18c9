"""What a store is to become: a plan, the entries it ends in, and the parts that its work consists of. Any builder that
reads it can carry it on."""

import base64
import json
import zlib
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from index import builders
from index.builders import ALIVE, Builder
from index.changes import VERSIONS
from index.documents import FileState
from index.manifest import Entry
from index.mysql import Cursor, Database
from index.tables import FORMAT, MANIFEST, Generation, create_generation, create_manifest, generations
from index.types import Named, Vectors

_OPTIONS = "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
_TABLES = {
    "yuanhua_builders": builders.COLUMNS,
    "yuanhua_generations": "generation BIGINT PRIMARY KEY, made LONGTEXT NOT NULL, unsettled BIGINT NOT NULL",
    "yuanhua_damaged": "generation BIGINT NOT NULL, document BIGINT NOT NULL, PRIMARY KEY (generation, document)",
    "yuanhua_plan": "plan BIGINT AUTO_INCREMENT PRIMARY KEY, slot INT NOT NULL UNIQUE, ready INT NOT NULL,"
    " owner VARCHAR(96) NOT NULL, generation BIGINT NOT NULL, base BIGINT NOT NULL, facts LONGTEXT NOT NULL",
    "yuanhua_targets": "plan BIGINT NOT NULL, part INT NOT NULL, entries LONGBLOB NOT NULL, PRIMARY KEY (plan, part)",
    "yuanhua_work": "id BIGINT AUTO_INCREMENT PRIMARY KEY, plan BIGINT NOT NULL, slices LONGTEXT NOT NULL,"
    " passages INT NOT NULL, builder VARCHAR(96) NOT NULL, done INT NOT NULL, KEY of_plan (plan, done)",
}
_AT_ONCE = 5_000  # entries of a row
FREE = "FOR UPDATE SKIP LOCKED"  # nobody waits for a row that the transaction of a dead machine may hold for long
NO_INDEX, DAMAGED = 0, -1  # versions of an index that is not there, and of one that cannot be read


@dataclass(frozen=True, slots=True)
class Made:
    """By what the rows of a generation were made; rows made by the same are the same."""

    format: int  # of the tables
    encoder: str
    fingerprint: str
    versions: tuple[int, ...]
    dimension: int
    token_centre: str  # numbers of four bytes each, in base64

    @property
    def centre(self) -> Vectors:
        return np.frombuffer(base64.b64decode(self.token_centre), "<f4")

    @classmethod
    def by(cls, encoder: Named, dimension: int, centre: Vectors, versions: tuple[int, ...] = VERSIONS) -> "Made":
        text = base64.b64encode(np.asarray(centre, "<f4").tobytes()).decode()
        return cls(FORMAT, encoder.spec, encoder.fingerprint, versions, dimension, text)

    @classmethod
    def of_json(cls, text: str) -> "Made":
        values = json.loads(text)
        return cls(**{**values, "versions": tuple(values["versions"])})

    def is_like(self, other: "Made") -> bool:
        """Whether it is the same but for what its encoder is called."""
        return replace(self, encoder="") == replace(other, encoder="")


@dataclass(frozen=True, slots=True)
class Goal:
    """What the index says of itself when the plan is carried out."""

    seeds: str
    digest: str
    refused: dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Plan:
    """`base`: the version of the index that it starts from. `owner`: who makes it, and afterwards who publishes it."""

    number: int
    owner: str
    generation: Generation
    base: int
    made: Made
    goal: Goal | None = None  # None while it is being made


@dataclass(frozen=True, slots=True)
class Slice:
    """Passages `[first, end)` of a document. `before`: the document of the same name that was there before; else -1."""

    document: int
    first: int
    end: int
    before: int = -1


@dataclass(frozen=True, slots=True)
class Target:
    """An entry of the index to be, with the numbers of its document's passages and sentences."""

    entry: Entry
    passages: int
    sentences: int


@contextmanager
def committed(database: Database) -> Iterator[Cursor]:
    """A transaction that sees what others commit meanwhile, and holds on to the rows that it looks at FOR UPDATE."""
    with database.cursor() as cursor:
        cursor.execute("START TRANSACTION")
        yield cursor
        cursor.execute("COMMIT")


def create_tables(database: Database) -> None:
    with database.cursor() as cursor:
        create_manifest(cursor)
        for name, columns in _TABLES.items():
            cursor.execute(f"CREATE TABLE IF NOT EXISTS {name} ({columns}) {_OPTIONS}")


def made_by(database: Database) -> dict[int, Made]:
    """By generation; none of another format."""
    rows = database.rows("SELECT generation, made FROM yuanhua_generations ORDER BY generation")
    return {int(number): Made.of_json(text) for number, text in rows if json.loads(text)["format"] == FORMAT}


def choose_generation(database: Database, made: Made, known: Generation | None, used: Generation | None) -> Generation:
    """The tables to write into: `known` ones, or those that a build left that went no further, or new ones. `used`: by
    readers, who must not see rows come that are made otherwise."""
    if known is not None:
        return known
    before = made_by(database)
    left = [Generation(n) for n, of_it in before.items() if of_it.is_like(made) and Generation(n) != used]
    with database.cursor() as cursor:
        numbers = [0, *before, *(generation.number for generation in generations(cursor))]
        generation = left[-1] if left else Generation(max(numbers) + 1)
        while not register(cursor, generation, made):  # another builder has just chosen the same
            generation = Generation(generation.number + 1)
    return generation


def register(cursor: Cursor, generation: Generation, made: Made) -> bool:
    """Whoever fills a generation says by what, so that later builders know. False where it is made otherwise."""
    cursor.execute(
        "INSERT IGNORE INTO yuanhua_generations (generation, made, unsettled) VALUES (%s, %s, 0)",
        (generation.number, json.dumps(asdict(made))),
    )
    cursor.execute("SELECT made FROM yuanhua_generations WHERE generation = %s", (generation.number,))
    found = cursor.fetchone()
    return found is not None and json.loads(found[0])["format"] == FORMAT and Made.of_json(found[0]).is_like(made)


def registered(cursor: Cursor) -> list[Generation]:
    """Whether there are tables or not."""
    cursor.execute("SELECT generation FROM yuanhua_generations ORDER BY generation")
    return [Generation(number) for (number,) in cursor.fetchall()]


def forget_generation(cursor: Cursor, generation: Generation) -> None:
    """Before its tables are dropped, so that no builder looks for what was embedded in tables that are gone."""
    cursor.execute("DELETE FROM yuanhua_generations WHERE generation = %s", (generation.number,))
    cursor.execute("DELETE FROM yuanhua_damaged WHERE generation = %s", (generation.number,))


def note_damage(database: Database, generation: Generation, documents: Collection[int]) -> None:
    """For the next build, which makes them anew."""
    if documents:
        with database.cursor() as cursor:
            cursor.executemany(
                "INSERT IGNORE INTO yuanhua_damaged (generation, document) VALUES (%s, %s)",
                [(generation.number, document) for document in documents],
            )


def damaged(database: Database, generation: Generation) -> Collection[int]:
    """Documents that were found not to be what was written; NO_DOCUMENT where terms are counted wrongly."""
    found = database.rows("SELECT document FROM yuanhua_damaged WHERE generation = %s", (generation.number,))
    return {number for (number,) in found}


def read_plan(database: Database) -> Plan | None:
    """The one that is pending."""
    rows = database.rows("SELECT plan, owner, generation, base, facts FROM yuanhua_plan WHERE slot = 1")
    if not rows:
        return None
    number, owner, generation, base, text = rows[0]
    facts = json.loads(text)
    goal = facts["goal"]
    if goal:
        refused = {key: (english, chinese) for key, (english, chinese) in goal["refused"].items()}
        goal = Goal(goal["seeds"], goal["digest"], refused)
    return Plan(int(number), owner, Generation(generation), base, Made.of_json(facts["made"]), goal)


def begin(database: Database, builder: Builder, instead: Plan | None, draft: Plan) -> Plan | None:
    """The plan with its number, whose tables are there then. `instead`: a pending one whose builders are dead. None
    where another was faster."""
    with committed(database) as cursor:
        if instead is not None and not _withdraw(cursor, instead):
            return None
        cursor.execute(
            "INSERT IGNORE INTO yuanhua_plan (slot, ready, owner, generation, base, facts)"
            " VALUES (1, 0, %s, %s, %s, %s)",
            (builder.name, draft.generation.number, draft.base, _facts(draft)),
        )
        if cursor.rowcount != 1:
            return None
        plan = replace(draft, number=int(cursor.lastrowid), owner=builder.name)
        if not (_is_at(cursor, plan.base) and register(cursor, plan.generation, plan.made)):
            forget(cursor, plan)
            return None
    with database.cursor() as cursor:  # now nobody else drops them
        create_generation(cursor, plan.generation, plan.made.dimension)
    return plan


def _is_at(cursor: Cursor, base: int) -> bool:
    """Whether nobody has switched the index since it was of that version."""
    cursor.execute(f"SELECT version FROM {MANIFEST} WHERE id = 1")
    found = cursor.fetchone()
    return base == DAMAGED or (found[0] if found else NO_INDEX) == base


def _withdraw(cursor: Cursor, plan: Plan) -> bool:
    """False where its owner is another by now, or is at it."""
    cursor.execute(f"SELECT plan FROM yuanhua_plan WHERE plan = %s AND owner = %s {FREE}", (plan.number, plan.owner))
    if cursor.fetchone() is None:
        return False
    forget(cursor, plan)
    return True


def withdraw(database: Database, plan: Plan) -> None:
    """Give it up; what was embedded for it is kept."""
    with committed(database) as cursor:
        _withdraw(cursor, plan)


def forget(cursor: Cursor, plan: Plan) -> None:
    """What belongs to a plan that is carried out, or given up."""
    for table in ("yuanhua_plan", "yuanhua_targets", "yuanhua_work"):
        cursor.execute(f"DELETE FROM {table} WHERE plan = %s", (plan.number,))


def is_ours(cursor: Cursor, plan: Plan, builder: Builder) -> bool:
    """Whether the builder still owns the plan; nobody else can before the transaction ends."""
    cursor.execute("SELECT owner FROM yuanhua_plan WHERE plan = %s FOR UPDATE", (plan.number,))
    return cursor.fetchone() == (builder.name,)


def make_ready(database: Database, builder: Builder, plan: Plan, targets: Sequence[Target], goal: Goal) -> Plan | None:
    """From now on it can be published by anybody. None where another builder has taken it over."""
    ready = replace(plan, owner="", goal=goal)
    with committed(database) as cursor:
        if not is_ours(cursor, plan, builder):
            return None
        for part, start in enumerate(range(0, len(targets), _AT_ONCE)):
            cursor.execute(
                "INSERT INTO yuanhua_targets (plan, part, entries) VALUES (%s, %s, %s)",
                (plan.number, part, _packed(targets[start : start + _AT_ONCE])),
            )
        cursor.execute(
            "UPDATE yuanhua_plan SET ready = 1, owner = '', facts = %s WHERE plan = %s", (_facts(ready), plan.number)
        )
    return ready


def take_over(database: Database, builder: Builder, plan: Plan) -> bool:
    """To publish it, where nobody who is alive does."""
    with committed(database) as cursor:
        cursor.execute(
            "SELECT owner FROM yuanhua_plan WHERE plan = %s AND ready = 1"
            f" AND (owner IN ('', %s) OR owner NOT IN ({ALIVE})) {FREE}",
            (plan.number, builder.name),
        )
        if cursor.fetchone() is None:
            return False
        cursor.execute("UPDATE yuanhua_plan SET owner = %s WHERE plan = %s", (builder.name, plan.number))
    return True


def targets_of(database: Database, plan: Plan) -> list[Target]:
    rows = database.rows("SELECT entries FROM yuanhua_targets WHERE plan = %s ORDER BY part", (plan.number,))
    return [target for (entries,) in rows for target in _unpacked(entries)]


def _facts(plan: Plan) -> str:
    goal = asdict(plan.goal) if plan.goal else None
    return json.dumps({"made": json.dumps(asdict(plan.made)), "goal": goal})


def _packed(targets: Sequence[Target]) -> bytes:
    return zlib.compress(json.dumps([asdict(target) for target in targets]).encode())


def _unpacked(data: bytes) -> Iterator[Target]:
    for values in json.loads(zlib.decompress(data)):
        entry: dict[str, Any] = values["entry"]
        state = FileState(**entry.pop("state"))
        yield Target(Entry(state, **entry), values["passages"], values["sentences"])
