"""What runs beside the page: a rebuild that can be watched and stopped, and things that are made once."""

import threading
import time
from collections.abc import Callable

import pytest

from index.build import Built
from index.changes import Changes
from index.types import Report, YuanhuaError
from ui.jobs import Prepared, Rebuilds, Stopped

NOTHING = Built(Changes(), (), 0, 0, 0, "")


def until(true: Callable[[], object]) -> None:
    deadline = time.monotonic() + 20
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_rebuild_says_how_far_it_is_how_fast_and_how_long_it_will_take() -> None:
    go, reached = threading.Event(), threading.Event()

    def work(report: Report) -> Built:
        report("Embedding", 0, 100)
        time.sleep(0.2)
        report("Embedding", 50, 100)
        reached.set()
        go.wait(20)
        return NOTHING

    rebuilds = Rebuilds(work)
    assert rebuilds.start()
    assert not rebuilds.start()
    reached.wait(20)
    job = rebuilds.job
    assert (job.step, job.done, job.total) == ("Embedding", 50, 100)
    assert job.rate is not None
    assert job.left is not None
    assert 5 < job.rate <= 250
    assert 0.2 <= job.left < 10
    go.set()
    until(lambda: not rebuilds.job.running)
    assert rebuilds.job.built == NOTHING


def test_a_rebuild_can_be_stopped_and_started_again() -> None:
    stopped = threading.Event()

    def work(report: Report) -> Built:
        while not stopped.is_set():
            report("Embedding", 1, 100)
            time.sleep(0.01)
        return NOTHING

    rebuilds = Rebuilds(work)
    rebuilds.stop()  # nothing is running
    rebuilds.start()
    rebuilds.stop()
    until(lambda: not rebuilds.job.running)
    assert isinstance(rebuilds.job.error, Stopped)
    assert rebuilds.job.stopped
    stopped.set()
    assert rebuilds.start()
    until(lambda: not rebuilds.job.running)
    assert rebuilds.job.built == NOTHING


def test_many_changes_in_a_row_make_for_one_rebuild_and_those_during_it_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ui.jobs.QUIET", 1.0)
    runs, go = [], threading.Event()

    def work(_report: Report) -> Built:
        runs.append(1)
        go.wait(20)
        return NOTHING

    rebuilds, began = Rebuilds(work), time.monotonic()
    for _ in range(5):
        rebuilds.soon()
        time.sleep(0.02)
    assert not runs or time.monotonic() - began > 1.0
    until(lambda: runs and not rebuilds.expected)
    rebuilds.soon()
    rebuilds.soon()
    time.sleep(1.5)
    assert len(runs) == 1
    go.set()
    until(lambda: rebuilds.ended == 2)
    time.sleep(1.5)
    assert len(runs) == 2
    assert not rebuilds.under_way


def test_no_rebuild_begins_by_itself_that_is_not_needed_or_that_a_reader_has_stopped(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ui.jobs.QUIET", 0.05)
    needed = False

    def work(report: Report) -> Built:
        while True:
            report("Embedding", 1, 100)
            time.sleep(0.01)

    rebuilds = Rebuilds(work, lambda: needed)
    rebuilds.soon()
    until(lambda: not rebuilds.expected)
    assert rebuilds.ended == 0
    needed = True
    rebuilds.soon()
    until(lambda: rebuilds.job.running)
    rebuilds.soon()
    rebuilds.stop()
    until(lambda: not rebuilds.job.running)
    time.sleep(0.3)
    assert rebuilds.job.stopped
    assert rebuilds.ended == 1
    assert not rebuilds.under_way


def test_something_is_prepared_once_for_each_key_and_a_failure_is_not_waited_for() -> None:
    made: list[object] = []

    def make(key: object) -> str:
        made.append(key)
        if key == "bad":
            raise YuanhuaError("It cannot be made.")
        return f"made of {key}"

    prepared: Prepared[str] = Prepared(make, "nothing", kept=2)
    until(lambda: prepared.get("a"))
    until(lambda: prepared.get("bad"))
    until(lambda: prepared.get("b"))
    assert [prepared.get(key) for key in ("bad", "b")] == ["nothing", "made of b"]
    assert made == ["a", "bad", "b"]
