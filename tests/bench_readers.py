"""`python -m tests.bench readers`: twenty readers at once, and how long a reader waits for the page and an answer.

The real server, on a copy of the sample essays; its readers are programs that ask over HTTP what a browser would ask
(tests/readers.py), for the first load a real browser. They share the machine with the server. Each answer is compared
with what one reader alone was told, and each excerpt with its file.
"""

import argparse
import asyncio
import itertools
import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import httpx
from playwright.sync_api import Page, sync_playwright

from tests.bench_scale import write_essays
from tests.conftest import ROOT, serving
from tests.readers import Asked, Calls, Dialogue, Mixed, Reader, connected, dialogues

READERS = 20
QUESTIONS = 2_000
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
QUESTION = "这些作者怎么看数据质量？"
LENGTH = 5  # questions of a conversation; then its reader closes the page, and another one opens it
LOOKS = (200, 1_000, 2_000)  # questions, after which memory is looked at
MADE_UP, CHARACTERS = 100, 320  # passages of the essays that are added for a rebuild, and their length


@dataclass(slots=True)
class Told:
    """What became of the questions of some readers."""

    asked: list[Asked] = field(default_factory=list)
    seconds: float = 0.0
    memory: dict[int, int] = field(default_factory=dict)  # MB of the server's own, by the number of questions
    slowest_health: float = 0.0  # seconds
    processor: float = 0.0  # seconds that the server computed

    def __str__(self) -> str:
        whole, first = sorted(one.whole for one in self.asked), [one.first for one in self.asked]
        median, late = statistics.median(whole), whole[int(0.95 * len(whole))]
        figures = {
            "questions": f"{len(whole):,}",
            "a second": f"{len(whole) / self.seconds:.1f}",
            "median": _ms(median),
            "to the first excerpt": _ms(statistics.median(first)),
            "95 %": _ms(late),
            "slowest": _ms(whole[-1]),
            "health at most": _ms(self.slowest_health),
            "processor, each": _ms(self.processor / len(whole)),
            "refused": str(sum(not one.citations for one in self.asked)),
        }
        return "; ".join(f"{name} {value}" for name, value in figures.items())


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms"


Expected = dict[tuple[Dialogue, int], str]
"""By conversation and place in it, what a reader alone was told; filled by the first who asks."""


@dataclass(frozen=True, slots=True)
class Hall:
    """A server and who reads there. `until`: whether those who are there should leave after their question."""

    client: httpx.AsyncClient
    calls: dict[str, Calls]
    seeds: Path
    server: int  # process id

    async def read(
        self, talks: Iterator[Dialogue], told: Told, expected: Expected | None, until: Callable[[], bool]
    ) -> None:
        """One reader after the other, at one desk."""
        for talk in talks:
            if until():
                return
            async with Reader(self.client, self.calls[talk.language], talk.language, self.seeds) as reader:
                for place, question in enumerate(talk.questions):
                    asked = await reader.ask(question)
                    if expected is not None and expected.setdefault((talk, place), asked.turn) != asked.turn:
                        raise Mixed(f"{question}: another answer than to a reader alone")
                    told.asked.append(asked)
                    if len(told.asked) in LOOKS:
                        told.memory[len(told.asked)] = memory(self.server)
                    if until():
                        return

    async def fill(
        self, readers: int, talks: Iterator[Dialogue], expected: Expected | None, until: Callable[[], bool] = bool
    ) -> Told:
        """So many desks, until there is nothing more to ask."""
        told = Told()
        watch = asyncio.create_task(self._watch(told))
        began, used = time.perf_counter(), processor(self.server)
        async with asyncio.TaskGroup() as desks:
            for _ in range(readers):
                desks.create_task(self.read(talks, told, expected, until))
        told.seconds, told.processor = time.perf_counter() - began, processor(self.server) - used
        watch.cancel()
        return told

    async def _watch(self, told: Told) -> None:
        while True:
            began = time.perf_counter()
            (await self.client.get("/health")).raise_for_status()
            told.slowest_health = max(told.slowest_health, time.perf_counter() - began)
            await asyncio.sleep(0.2)


def memory(process: int) -> int:
    """MB that are its own."""
    lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("RssAnon")).split()[1]) // 1000


def processor(process: int) -> float:
    """Seconds that it has computed."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_of(address: str) -> int:
    """The process that we started for it."""
    port = address.rpartition(":")[2].encode()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            if port in Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0"):
                return int(child)
    raise LookupError(address)


async def measure(address: str, folder: Path, questions: int) -> None:
    talks = dialogues(ROOT / "tests" / "questions.jsonl", LENGTH)
    async with connected(address) as (client, calls):
        hall = Hall(client, calls, folder / "seeds", server_of(address))
        expected: Expected = {}
        await hall.fill(1, iter(talks[:2]), None)  # the encoder is loaded, and all is used for once
        print(f"{'':22}own memory {memory(hall.server)} MB")
        print(f"{'one reader':22}{await hall.fill(1, iter(talks), expected)}", flush=True)
        print(f"{'':22}own memory {memory(hall.server)} MB")
        many = itertools.islice(itertools.cycle(talks), questions // LENGTH)
        told = await hall.fill(READERS, many, expected)
        print(f"{f'{READERS} readers':22}{told}", flush=True)
        print(f"{'':22}own memory after questions: " + ", ".join(f"{n:,}: {mb} MB" for n, mb in told.memory.items()))
        await asyncio.sleep(20)
        print(f"{'':22}and with all pages closed: {memory(hall.server)} MB", flush=True)
        await idle(hall)
        await rebuilding(hall, talks, folder)


async def idle(hall: Hall, seconds: float = 15) -> None:
    """What open pages cost that nobody asks anything."""
    readers = [Reader(hall.client, hall.calls["zh"], "zh", hall.seeds) for _ in range(READERS)]
    before_all = processor(hall.server)
    await asyncio.sleep(seconds)
    alone = processor(hall.server) - before_all
    await asyncio.gather(*(reader.__aenter__() for reader in readers))
    await asyncio.sleep(2)
    before = processor(hall.server)
    await asyncio.sleep(seconds)
    used = processor(hall.server) - before
    await asyncio.gather(*(reader.__aexit__() for reader in readers))
    print(f"{f'{READERS} idle pages':22}{used / seconds:.1%} of a processor; none: {alone / seconds:.1%}", flush=True)


def _has_changed(path: Path, before: bytes) -> bool:
    return path.read_bytes() != before


async def rebuilding(hall: Hall, talks: Sequence[Dialogue], folder: Path) -> None:
    for readers in (1, READERS):
        write_essays(folder / "seeds" / f"made-up-{readers}", MADE_UP, CHARACTERS + readers)
        before = (folder / "index" / "MANIFEST").read_bytes()
        async with Reader(hall.client, hall.calls["zh"], "zh", hall.seeds) as librarian:
            await librarian.trigger("rebuilt")
            told = await hall.fill(
                readers,
                itertools.cycle(talks),
                None,
                partial(_has_changed, folder / "index" / "MANIFEST", before),
            )
        print(f"{f'{readers} during a rebuild':22}{told}; it took {told.seconds:.0f} s", flush=True)
        print(f"{'':22}own memory {memory(hall.server)} MB", flush=True)
    shutil.rmtree(folder / "seeds" / f"made-up-{READERS}")


@dataclass(slots=True)
class Traffic:
    """What a browser loads."""

    requests: int = 0
    sent: int = 0  # bytes, as they came
    unpacked: int = 0  # bytes

    def follow(self, page: Page) -> None:
        """From now on."""
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.requestWillBeSent", lambda event: self._count(1, 0, 0))
        session.on("Network.dataReceived", lambda event: self._count(0, 0, event["dataLength"]))
        session.on("Network.loadingFinished", lambda event: self._count(0, event["encodedDataLength"], 0))

    def _count(self, requests: int, sent: float, unpacked: int) -> None:
        self.requests, self.sent = self.requests + requests, self.sent + round(sent)
        self.unpacked += unpacked

    def taken(self) -> str:
        """Since the last time."""
        text = f"{self.requests} requests, {self.sent / 1000:.0f} kB, unpacked {self.unpacked / 1000:.0f} kB"
        self.requests = self.sent = self.unpacked = 0
        return text


def first_load(address: str, times: int = 5) -> None:
    """In a new browser profile each time, with the encoder loaded."""
    ready, again, first, whole = [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for _ in range(times):
            page = browser.new_context(locale="zh-CN").new_page()
            traffic = Traffic()
            traffic.follow(page)
            ready.append(_seconds(partial(_open, page, f"{address}/zh/")))
            page.wait_for_timeout(1000)
            loaded = traffic.taken()
            box = page.locator("#question textarea")
            box.fill(QUESTION)
            began = time.perf_counter()
            box.press("Enter")
            page.locator(".cite").first.wait_for()
            first.append(time.perf_counter() - began)
            page.locator(".turn[data-whole]").wait_for()
            whole.append(time.perf_counter() - began)
            traffic.taken()
            again.append(_seconds(partial(_open, page, "")))
            page.wait_for_timeout(1000)
            reloaded = traffic.taken()
            page.context.close()
        browser.close()
    medians = [_ms(statistics.median(seconds)) for seconds in (ready, again, first, whole)]
    print(f"first load: ready for typing after {medians[0]}; {loaded}")
    print(f"reload, with one answer restored: {medians[1]}; {reloaded}")
    print(f"from Enter to the first excerpt {medians[2]}, to the whole answer {medians[3]}", flush=True)


def _open(page: Page, address: str) -> None:
    """Until the question box takes what is typed. Again, where no address is given."""
    if address:
        page.goto(address)
    else:
        page.reload()
    page.locator("#question textarea").wait_for()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main(questions: int = QUESTIONS) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
        with serving(folder) as address:
            asyncio.run(measure(address, folder, questions))
            if CHROMIUM:
                first_load(address)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--questions", type=int, default=QUESTIONS)
    main(parser.parse_args().questions)
