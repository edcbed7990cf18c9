"""`python -m tests.bench_store [PASSAGES]`: one corpus in a folder and in a database, built, asked and compared.

The essays are made up as for `tests.bench_scale`; the database is seekdb, the kernel of OceanBase on one machine, over
a socket. Both are asked the same questions in turn, so that whatever else the machine does falls on both."""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from index.build import build
from index.index import Index
from index.mysql import Address, Database
from index.store import FolderIndex, load
from index.stores import open_store
from rag.query import Query, understood
from rag.retrieve import hits_of, rank
from tests.bench_scale import CHARACTERS, MadeUp, _nearest_by_parts, _questions, most_memory, write_essays
from tests.seekdb import Seekdb, running

BUILT = "built.json"
TOP = 10


def build_folder(scratch: Path, passages: int, characters: int) -> dict[str, Any]:
    """What was built there before is taken as it is, with its figures."""
    if (scratch / BUILT).is_file():
        known: dict[str, Any] = json.loads((scratch / BUILT).read_text(encoding="utf-8"))
        return known
    write_essays(scratch / "essays", passages, characters)
    encoder, began = MadeUp(), time.perf_counter()
    with most_memory() as most:
        build(scratch / "essays", scratch / "index", encoder)
    row = {
        "build_s": round(time.perf_counter() - began - encoder.seconds),
        "build_MB": most[0] // 1000,
        "disk_MB": _size(scratch / "index"),
    }
    (scratch / BUILT).write_text(json.dumps(row), encoding="utf-8")
    return row


class Steps:
    """A Report that keeps how long each step took, in seconds."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._step, self._began = "", time.perf_counter()

    def __call__(self, step: str, done: int, total: int) -> None:
        now = time.perf_counter()
        self.seconds[step] = self.seconds.get(step, 0.0) + now - self._began
        self._step, self._began = step, now


def copy_to(server: Seekdb, url: str, index: Index) -> dict[str, Any]:
    steps, began = Steps(), time.perf_counter()
    open_store(url).copy(index, steps)
    row: dict[str, Any] = {"copy_s": round(time.perf_counter() - began)}
    row |= {f"{step.lower().replace(' ', '_')}_s": round(seconds) for step, seconds in steps.seconds.items()}
    return row | {"disk_MB": _size(server.folder), "server_MB": server_memory(server)}


def give_room(url: str, memory: str, log: str) -> None:
    """What the server may take: by default 1 GB, and 2 GB of disk for its log. For a million passages both are too
    little: it writes the graph of their vectors in one transaction, and one that its log has no room for never ends."""
    with closing(Database(Address.of(url))) as database:
        database.rows("ALTER SYSTEM SET memory_budget = %s", (memory,))
        database.rows("ALTER SYSTEM SET log_disk_size = %s", (log,))


def server_memory(server: Seekdb) -> int:
    status = Path(f"/proc/{server.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) // 1000


def _size(folder: Path) -> int:
    """In MB, as it takes on the disk."""
    return int(subprocess.run(["du", "-sm", str(folder)], capture_output=True, text=True, check=True).stdout.split()[0])


LEGS = ("dense", "lexical", "hybrid")
Found = dict[str, set[tuple[str, int]]]
"""By leg, the first TOP passages."""


class Side:
    """One of the two, and what its answers took, in milliseconds."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.taken: dict[str, list[float]] = {leg: [] for leg in LEGS}

    def ask(self, query: Query) -> Found:
        index, out = self.index, self.index.without(())
        found = {
            "dense": self._timed("dense", lambda: index.nearest(query.vector, TOP, out)),
            "lexical": self._timed("lexical", lambda: index.with_terms(query.terms, TOP, out)),
            "hybrid": self._timed("hybrid", lambda: list(hits_of(index, rank(index, query)))[:TOP]),
        }
        return {leg: named(index, rows) for leg, rows in found.items()}

    def _timed(self, leg: str, work: Callable[[], list[int]]) -> list[int]:
        began = time.perf_counter()
        made = work()
        self.taken[leg].append(1000 * (time.perf_counter() - began))
        return made

    def row(self) -> dict[str, float]:
        return {
            f"{leg}_{mark}_ms": round(value, 1)
            for leg, taken in self.taken.items()
            for mark, value in (("p50", statistics.median(taken)), ("p95", statistics.quantiles(taken, n=20)[-1]))
        }


def compare(folder: FolderIndex, database: Index, count: int) -> dict[str, dict[str, float]]:
    """Both asked in turn: times, how much of what one finds the other finds, and of the nearest of all."""
    encoder, one, other = MadeUp(), Side(folder), Side(database)
    shares: dict[str, list[float]] = {leg: [] for leg in (*LEGS, "folder_recall", "database_recall")}
    for question in islice(_questions(folder), count):
        query = understood(question, question, (), encoder.read_query([question])[0])
        exact = named(folder, sorted(_nearest_by_parts(folder, query.vector)))
        here, there = one.ask(query), other.ask(query)
        for leg in LEGS:
            shares[leg].append(len(here[leg] & there[leg]) / max(1, len(here[leg])))
        shares["folder_recall"].append(len(exact & here["dense"]) / TOP)
        shares["database_recall"].append(len(exact & there["dense"]) / TOP)
    agreement = {leg: round(statistics.mean(of), 4) for leg, of in shares.items()}
    return {"folder asked": one.row(), "database asked": other.row(), "agreement": agreement}


def named(index: Index, rows: Iterable[int]) -> set[tuple[str, int]]:
    """Passages as both know them: the document, and which one of it."""
    names = ((index.name_of(row), row) for row in rows)
    return {(name, row - index.rows_of(name).start) for name, row in names}


def first_question(url: str, question: str) -> dict[str, float]:
    """After a restart of the server: how long the index takes to open, and the first question and the second."""
    encoder, began = MadeUp(), time.perf_counter()
    index = open_store(url).load()
    taken = [time.perf_counter() - began]
    query = understood(question, question, (), encoder.read_query([question])[0])
    for _ in range(2):
        began = time.perf_counter()
        hits_of(index, rank(index, query))
        taken.append(time.perf_counter() - began)
    return dict(zip(("open_s", "first_s", "second_s"), (round(seconds, 2) for seconds in taken), strict=True))


@contextmanager
def _scratch(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main(passages: int, characters: int, asked: int, kept: Path | None, memory: str, log: str) -> None:
    with _scratch(kept) as scratch:
        show("folder", build_folder(scratch, passages, characters))
        folder = load(scratch / "index")
        with running() as server:
            url = server.fresh()
            give_room(url, memory, log)
            show("database", copy_to(server, url, folder))
            for name, row in compare(folder, open_store(url).load(), asked).items():
                show(name, row)
            show("server", {"server_MB": server_memory(server)})
            server.stop()
            server.start()
            show("after a restart", first_question(url, next(_questions(folder))))


def show(name: str, row: dict[str, Any]) -> None:
    print(f"{name:16}" + "  ".join(f"{key} {value:,}" for key, value in row.items()), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("passages", nargs="?", type=int, default=10_000)
    parser.add_argument("--characters", type=int, default=CHARACTERS)
    parser.add_argument("--asked", type=int, default=100)
    parser.add_argument("--kept", type=Path, help="a folder for the essays and their index, for another run")
    parser.add_argument("--memory", default="12G", help="of the server")
    parser.add_argument("--log", default="20G", help="of the server, on the disk")
    parser.add_argument("--only-folder", action="store_true", help="build that and no more")
    options = parser.parse_args()
    if options.only_folder:
        with _scratch(options.kept) as place:
            show("folder", build_folder(place, options.passages, options.characters))
        sys.exit()
    main(options.passages, options.characters, options.asked, options.kept, options.memory, options.log)
