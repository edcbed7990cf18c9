"""Many readers at once: nobody waits for a rebuild, nobody is shown another's answer, and who has left is forgotten."""

import asyncio
import shutil
import threading
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import httpx
from gradio.state_holder import StateHolder

from index.build import build
from index.library import Library
from index.types import Reading
from rag.background import background
from tests.bench_scale import write_essays
from tests.conftest import ROOT, WordCountEncoder, serving
from tests.readers import Asked, Calls, Dialogue, Reader, connected, dialogues
from ui.page import CLOSED, forget_closed

READERS = 20


async def _talk(client: httpx.AsyncClient, calls: dict[str, Calls], seeds: Path, talk: Dialogue) -> list[Asked]:
    async with Reader(client, calls[talk.language], talk.language, seeds) as reader:
        return [await reader.ask(question) for question in talk.questions]


def _health(address: str, ended: threading.Event, slowest: list[float]) -> None:
    """In a thread, which does not wait for the readers of this process."""
    while not ended.wait(0.1):
        began = time.perf_counter()
        urllib.request.urlopen(f"{address}/health", timeout=120).close()
        slowest.append(time.perf_counter() - began)


async def _twenty_during_a_rebuild(address: str, folder: Path) -> tuple[list[list[Asked]], float, bool]:
    """What they were told, the longest wait for the health route 98 times in 100, and whether the rebuild outlasted
    them."""
    talks, slowest = dialogues(ROOT / "tests" / "questions.jsonl", 3)[:READERS], [0.0]
    before = (folder / "index" / "MANIFEST").read_bytes()
    async with connected(address) as (client, calls), Reader(client, calls["zh"], "zh", folder / "seeds") as librarian:
        await _talk(client, calls, folder / "seeds", talks[0])  # the encoder is loaded
        await librarian.trigger("rebuilt")
        ended = threading.Event()
        watch = threading.Thread(target=_health, args=(address, ended, slowest))
        watch.start()
        told = await asyncio.gather(*(_talk(client, calls, folder / "seeds", talk) for talk in talks))
        running = (folder / "index" / "MANIFEST").read_bytes() == before
        ended.set()
        watch.join()
        await librarian.trigger("halted")
    return told, sorted(slowest)[int(0.98 * len(slowest))], running


def test_twenty_readers_are_answered_during_a_rebuild_each_their_own_question(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(tmp_path) as address:
        write_essays(tmp_path / "seeds" / "made up", 300, 320)
        told, slowest, running = asyncio.run(_twenty_during_a_rebuild(address, tmp_path))
    assert running
    assert [len(asked) for asked in told] == [3] * READERS
    assert sum(one.citations > 0 for asked in told for one in asked) >= READERS  # each is exact, or there is an error
    assert slowest < 5.0  # seconds; the rebuild takes many more


def test_of_closed_pages_only_the_last_are_remembered() -> None:
    pages = {f"open {n}": SimpleNamespace(is_closed=False) for n in range(30)}
    pages |= {f"closed {n}": SimpleNamespace(is_closed=True) for n in range(CLOSED + 5)}
    holder = StateHolder()  # type: ignore[no-untyped-call]
    holder.session_data.update(pages)  # type: ignore[arg-type]
    forget_closed(holder)
    assert len(holder.session_data) == 30 + CLOSED
    assert [f"closed {n}" in holder.session_data for n in (0, 4, 5)] == [False, False, True]


class SlowEncoder(WordCountEncoder):
    """Counts how often the unrelated questions are read."""

    def __init__(self) -> None:
        super().__init__()
        self.readings = 0

    def read_query(self, texts: Sequence[str], /) -> list[Reading]:
        self.readings += 1
        time.sleep(0.2)
        return super().read_query(texts)


def test_the_first_readers_of_an_index_measure_its_background_once(essays: Path, tmp_path: Path) -> None:
    encoder = SlowEncoder()
    build(essays, tmp_path / "index", encoder)
    index = Library(tmp_path / "index").index
    threads = [threading.Thread(target=background, args=(index, encoder, "zh")) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert encoder.readings == 1
