"""A build beside readers who go on asking: a large one in a process of its own, which gives way to them.

In a thread it would compute where they do, whatever the priorities: a Python process runs one thread's code at a time,
and a thread that may and has no processor keeps all the others from it.
"""

import contextlib
import multiprocessing
import os
import signal
from multiprocessing.connection import Connection
from pathlib import Path

from index.build import Built, bytes_to_read
from index.encoder import SentenceEncoder
from index.library import Library
from index.stores import Store, previous
from index.types import Report, YuanhuaError, silent

LIGHT = 50_000  # bytes of essays that are embedded in the time in which an encoder is loaded
NICENESS = 10  # where questions want the processor too, it gets a tenth of it; so it ends all the same


class Broken(YuanhuaError):
    """The process ended before the build did."""


def rebuild(seeds: Path, library: Library, report: Report = silent) -> Built:
    """As `Store.build`, with the encoder that the index has now."""
    spec = library.spec()
    encoder = library.encoder(spec)
    if bytes_to_read(seeds, previous(library.store), encoder) <= LIGHT:
        return library.store.build(seeds, encoder, report)
    return build_apart(seeds, library.store, spec, report)


def build_apart(seeds: Path, store: Store, spec: str, report: Report = silent) -> Built:
    """As `Store.build`, with the encoder of that name. What `report` raises is raised here when the build has ended,
    which it does at its next step."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_build, args=(theirs, seeds, store, spec), name="build", daemon=True)
    process.start()
    theirs.close()
    with ours:
        return _followed(ours, store, report)  # and its process, which takes a second to end, ends by itself


def _followed(child: Connection, store: Store, report: Report) -> Built:
    stopped: Exception | None = None
    try:
        while True:
            told = child.recv()
            if isinstance(told, Built):
                return told
            if isinstance(told, _Failed):
                raise stopped or YuanhuaError(told.english, told.chinese)
            if stopped is None:
                stopped = _raised(report, told)
                if stopped:
                    child.send("stop")
    except (EOFError, OSError) as error:
        raise stopped or Broken(
            f"{store.place}: the process that built the index was ended from outside, maybe for want of memory; the "
            "old index is unchanged. Rebuild again.",
            f"{store.place}：重建索引的进程被系统中断了，也许是内存不够；旧索引没有动，请再重建一次。",
        ) from error


def _raised(report: Report, told: tuple[str, int, int]) -> Exception | None:
    try:
        report(*told)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is raised once the build has ended in order
        return error
    return None


class _Failed:
    """A YuanhuaError on its way between the processes."""

    def __init__(self, english: str, chinese: str) -> None:
        self.english, self.chinese = english, chinese


class _Stopped(Exception):
    """The other process has had enough, or is no more."""


def _build(parent: Connection, seeds: Path, store: Store, spec: str) -> None:
    """All of what the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other process, which ends this one
    if hasattr(os, "nice"):
        os.nice(NICENESS)

    def report(step: str, done: int, total: int) -> None:
        if parent.poll():
            raise _Stopped
        parent.send((step, done, total))

    told: Built | _Failed
    try:
        told = store.build(seeds, SentenceEncoder(spec, report=report), report)
    except YuanhuaError as error:
        told = _Failed(str(error), error.chinese)
    except Exception as error:  # noqa: BLE001 - a page waits to hear of it
        told = _Failed(f"An unexpected error: {error!r}.", f"意外的错误：{error!r}。")
    with contextlib.suppress(OSError):
        parent.send(told)
