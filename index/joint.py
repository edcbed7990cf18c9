"""A build that several processes and machines share: they have nothing in common but the store, and any may die."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from index.build import BuildRunning, Built, usable
from index.builders import LEASE, Builder, is_alive
from index.current import Current, OtherFormat, select_current
from index.manifest import Manifest
from index.mysql import Database
from index.plan import (
    DAMAGED,
    NO_INDEX,
    Made,
    Plan,
    begin,
    choose_generation,
    create_tables,
    damaged,
    made_by,
    read_plan,
    take_over,
    withdraw,
)
from index.planner import Outlook, Planner, is_as_it_was, look, sound_manifest
from index.publish import Overtaken, Publisher
from index.rows import DamagedRow
from index.scan import Scan, scan
from index.tokens import centre_of
from index.types import Encoder, Report, silent
from index.work import Worker, is_done

POLL = 0.2  # seconds between two looks at what others do


@dataclass(frozen=True, slots=True)
class Worked:
    """What a builder did that has no essays of its own. `left`: a plan that its own builder has to finish first."""

    passages: int = 0
    embedded: int = 0  # texts that the encoder had to read: passages and sentences
    published: int = 0  # plans
    left: bool = False


def build(database: Database, seeds: Path, encoder: Encoder, report: Report = silent, *, lease: float = LEASE) -> Built:
    """Bring the index up to the corpus, together with whoever else does. Raises YuanhuaError; the old index then stays,
    and what was embedded is kept for the next build. `embedded` of what it returns was embedded here."""
    looked_at = scan(seeds, report)
    create_tables(database)
    with Builder(database, lease) as builder:
        return _Build(database, builder, seeds, encoder, report).run(looked_at)


def work(
    database: Database,
    encoder_of: Callable[[str], Encoder],
    report: Report = silent,
    *,
    wait: bool = False,
    lease: float = LEASE,
) -> Worked:
    """Help with the build that is under way, to its end; `wait`: and with every one that comes. `encoder_of`: what a
    plan's encoder is called to the encoder. Raises YuanhuaError."""
    create_tables(database)
    did = Worked()
    with Builder(database, lease) as builder:
        while True:
            plan = read_plan(database)
            if plan is not None:
                one = _carried_out(database, builder, encoder_of(plan.made.encoder), report, plan)
                did = Worked(
                    did.passages + one.passages, did.embedded + one.embedded, did.published + one.published, one.left
                )
            if not wait and (plan is None or did.left):
                return did
            if plan is None or did.left:
                report("Waiting", 0, 1)
                time.sleep(POLL)


def current_of(database: Database) -> tuple[Current | None, int]:
    """The index as it is, and its version; what cannot be read is none."""
    try:
        current = database.snapshot(select_current)
    except (DamagedRow, OtherFormat, ValueError, TypeError, KeyError):  # whatever a changed byte makes of it
        return None, DAMAGED
    return current, current.version if current else NO_INDEX


def is_in_hands(database: Database, builder: Builder, plan: Plan) -> bool:
    """Whether somebody else is at it who is alive."""
    return is_alive(database, plan.owner) if plan.goal is None else builder.others_in(plan.number)


class _Build:
    def __init__(self, database: Database, builder: Builder, seeds: Path, encoder: Encoder, report: Report) -> None:
        self._database, self._builder, self._seeds = database, builder, seeds
        self._encoder, self._report = encoder, report
        self._embedded = 0

    def run(self, looked_at: Scan) -> Built:
        first: Outlook | None = None  # what was changed is what was seen at first
        while True:
            pending = read_plan(self._database)
            if pending is not None and pending.goal is None and is_alive(self._database, pending.owner):
                time.sleep(POLL)  # it is being made, and nothing of it can be told yet
                continue
            current, base = current_of(self._database)
            if pending is not None and is_in_hands(self._database, self._builder, pending):
                outlook = self._joined(looked_at, current, base, pending)
            else:
                outlook = self._planned(looked_at, current, base, pending)
            first = first or outlook
            if first and outlook:
                now, _ = current_of(self._database)
                if now is not None and now.manifest.digest == outlook.digest:
                    return self._built(first, now.manifest)
                looked_at = scan(self._seeds)  # another was faster, and may have seen what came since
            time.sleep(POLL)

    def _joined(self, looked_at: Scan, current: Current | None, base: int, pending: Plan) -> Outlook | None:
        """None where it is not the plan any more. Raises BuildRunning."""
        if pending.goal is None:
            return None
        sound = self._sound(current, pending)
        outlook = look(self._seeds, looked_at, self._encoder, current.manifest if current else None, sound)
        if outlook.digest != pending.goal.digest:
            if pending == read_plan(self._database) and pending.base == base:
                raise running(self._database)
            return None
        self._carry_out(pending)
        return outlook

    def _planned(self, looked_at: Scan, current: Current | None, base: int, pending: Plan | None) -> Outlook | None:
        """None where another one plans."""
        plan = begin(self._database, self._builder, pending, self._draft(current, base))
        if plan is None:
            return None
        self._builder.takes_part_in(plan.number)
        planner = Planner(self._database, self._builder, plan, current)
        outlook, ready = planner.run(self._seeds, looked_at, self._encoder, self._sound(current, plan))
        if ready is None:
            return None
        if is_as_it_was(outlook, current, plan) and not damaged(self._database, plan.generation):
            withdraw(self._database, ready)
        else:
            self._carry_out(ready)
        return outlook

    def _sound(self, current: Current | None, plan: Plan) -> Manifest | None:
        """What of the index need not be made anew; None where all of it must be."""
        if current is None or current.generation != plan.generation:
            return None
        return sound_manifest(current.manifest, self._encoder, damaged(self._database, plan.generation))

    def _draft(self, current: Current | None, base: int) -> Plan:
        keeps = current is not None and usable(current.manifest, self._encoder) is not None and current.dimension > 1
        made = self._made(current if keeps else None)
        used = current.generation if current else None
        generation = choose_generation(self._database, made, used if keeps else None, used)
        return Plan(0, self._builder.name, generation, base, made)

    def _made(self, current: Current | None) -> Made:
        if current is not None:
            return Made.by(self._encoder, current.dimension, current.token_centre)
        for before in made_by(self._database).values():
            if before.fingerprint == self._encoder.fingerprint and before.dimension > 1:
                return Made.by(self._encoder, before.dimension, before.centre)
        dimension = self._encoder.encode_document(["1"]).shape[1]
        return Made.by(self._encoder, dimension, centre_of(self._encoder))

    def _carry_out(self, plan: Plan) -> None:
        self._embedded += _carried_out(self._database, self._builder, self._encoder, self._report, plan).embedded

    def _built(self, outlook: Outlook, manifest: Manifest) -> Built:
        return Built(
            outlook.changes,
            outlook.problems,
            manifest.documents,
            manifest.passages,
            self._embedded,
            manifest.digest,
            outlook.mended,
        )


def _carried_out(database: Database, builder: Builder, encoder: Encoder, report: Report, plan: Plan) -> Worked:
    """To the end of the plan, whoever brings it about."""
    builder.takes_part_in(plan.number)
    worker = Worker(database, builder, encoder, plan, report)
    published, left = 0, False
    while True:
        if worker.work():
            continue
        now = read_plan(database)
        if now is None or now.number != plan.number:
            break
        if now.goal is None:
            left = not is_alive(database, now.owner)
            if left:
                break
        elif is_done(database, plan) and take_over(database, builder, plan):
            with suppress(Overtaken):
                published += publish_plan(database, builder, now, report)
            continue
        time.sleep(POLL)
    builder.takes_part_in(0)
    return Worked(worker.passages, worker.texts, published, left)


def publish_plan(database: Database, builder: Builder, plan: Plan, report: Report) -> int:
    """1, or 0 where it starts from an index that is there no more. Raises Overtaken."""
    current, base = current_of(database)
    plan = replace(plan, owner=builder.name)
    if base != plan.base or plan.goal is None:
        withdraw(database, plan)
        return 0
    Publisher(database, builder, plan, plan.goal, current, report).publish()
    return 1


def running(database: Database) -> BuildRunning:
    return BuildRunning(
        f"{database.address}: another build is running here, of other essays; wait until it has finished.",
        f"{database.address}：另一个重建正在进行，用的是另一些文章，请等它完成。",
    )
