"""A build that is killed, or finds the disk full, at any of its steps: what was there still opens and is whole."""

import errno
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from index import build as building
from index import embedder, store
from index.build import CannotWrite, build
from index.manifest import NoIndex
from index.types import YuanhuaError
from tests.conftest import WordCountEncoder

EVENTS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir")
INK = "磨墨要慢，心急的人磨不出好墨。\n"
FULL, KILLED = "disk full", "killed"
NO_SUCH_STEP = 99


def at_step(number: int, folder: Path, act: Callable[[], None]) -> Callable[[], bool]:
    """Call `act` when this process touches the folder for the n-th time. Says whether it has been called."""
    left = number

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if event in EVENTS and str(arguments[0]).startswith(str(folder)) and (event != "open" or _writes(arguments)):
            left -= 1
            if left == 0:
                act()

    sys.addaudithook(hook)
    return lambda: left <= 0


def _writes(arguments: tuple[Any, ...]) -> bool:
    return bool(arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)) if isinstance(arguments[2], int) else False


def kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fill_disk() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _in_child(work: Callable[[], int]) -> int:
    """The child's exit code, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _build(essays: Path, folder: Path, number: int, how: str) -> int:
    came_to_it = at_step(number, folder, kill if how == KILLED else fill_disk)
    try:
        build(essays, folder, WordCountEncoder())
    except CannotWrite as error:
        return 0 if "No space left" in str(error) and "the old one is unchanged" in str(error) else 71
    return 0 if came_to_it() else NO_SUCH_STEP


def _try_every_step(essays: Path, first: Path | None, scratch: Path, how: str, report: Path) -> None:
    """For each step of a build on a copy of `first`: what it left. Stops at the first build that comes to its end
    without coming to that step."""
    building.WINDOW, embedder.KEPT = 2, 1
    build(essays, scratch / "whole", WordCountEncoder())  # everything is imported before the first fork
    wrong: list[str] = []
    number = 0
    while True:
        number += 1
        folder = scratch / "index"
        shutil.rmtree(folder, ignore_errors=True)
        if first is not None:
            shutil.copytree(first, folder)
        reached = scratch / "reached"
        reached.unlink(missing_ok=True)
        code = _in_child(partial(_build, essays, folder, number, how))
        if code == NO_SUCH_STEP:
            break
        if code not in (0, -signal.SIGKILL):
            wrong.append(f"step {number}: exit {code}")
        wrong += [f"step {number}: {fault}" for fault in _faults(folder, old=first is not None)]
    again = build(essays, scratch / "index", WordCountEncoder())
    wrong += [] if again.documents == 3 else ["it could not be built afterwards"]
    report.write_text(json.dumps({"steps": number - 1, "wrong": wrong}), encoding="utf-8")


def _faults(folder: Path, *, old: bool) -> list[str]:
    try:
        index = store.load(folder)
    except NoIndex:
        return ["the index that was there is gone"] if old else []
    except YuanhuaError as error:
        return [str(error)]
    names = [document.name for document in index.documents]
    known = [["bread.txt", "ink.txt", "tea.md"], ["bread.txt", "tea.md"]]
    return store.verify(folder) + ([] if names in known else [f"{names} are in it"])


@pytest.mark.parametrize("how", [KILLED, FULL])
@pytest.mark.parametrize("first", [False, True], ids=["first build", "rebuild"])
def test_every_step_of_a_build_may_be_its_last(
    how: str, first: bool, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    if first:
        build(essays, tmp_path / "first", fake_encoder)
    (essays / "ink.txt").write_text(INK, encoding="utf-8")
    (tmp_path / "scratch").mkdir()
    report = tmp_path / "report"
    arguments = essays, tmp_path / "first" if first else None, tmp_path / "scratch", how, report
    tried = multiprocessing.get_context("spawn").Process(target=_try_every_step, args=arguments)
    tried.start()
    tried.join(240)
    assert tried.exitcode == 0
    found = json.loads(report.read_text(encoding="utf-8"))
    assert found["wrong"] == []
    assert found["steps"] > 40
