"""Readers of the page without a browser: they ask over HTTP what gradio's own script in a browser would ask."""

import asyncio
import contextlib
import itertools
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import lxml.html

TICK = 3.0  # seconds between two looks of an open page at the rebuild, as in ui/page.py
PATIENCE = 120.0  # seconds; then something hangs
FOLLOW_UPS = {"zh": ("还有别的吗？", "其他人呢？", "为什么？"), "en": ("What else?", "And the others?", "Why?")}

State = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and what came of it; times are in seconds from when it was sent."""

    question: str
    turn: str  # HTML of its part of the conversation
    first: float  # until there was an excerpt, or that there is none
    whole: float
    citations: int


class Mixed(AssertionError):
    """An answer is not the reader's own, or not exact."""


@dataclass(frozen=True, slots=True)
class Calls:
    """The numbers that gradio gave to the page's events."""

    config: State

    def __call__(self, event: str) -> list[State]:
        return [call for call in self.config["dependencies"] if call["targets"] and call["targets"][0][1] == event]


class Reader:
    """One open page: its session, its conversation, and the looks at the rebuild that every open page takes."""

    def __init__(self, client: httpx.AsyncClient, calls: Calls, language: str, seeds: Path) -> None:
        self._client, self._calls, self._seeds = client, calls, seeds
        self._root = f"/{language}/gradio_api"
        self._session = secrets.token_hex(6)
        self._tasks: list[asyncio.Task[None]] = []
        self._asked: list[str] = []

    async def __aenter__(self) -> "Reader":
        self._tasks = [asyncio.create_task(self._stay()), asyncio.create_task(self._look())]
        for call in [*self._calls("load"), *self._calls("restored")]:
            await self._join(call, {"turns": []})
        async for _ in self._heard():
            pass
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def ask(self, question: str) -> Asked:
        """Raises Mixed."""
        began = time.perf_counter()
        (call,) = (call for call in self._calls("submit") if call["backend_fn"])  # the other one stops a restoration
        await self._join(call, None, question, "", "", "", None)
        thread, first = "", 0.0
        async for message in self._heard():
            if message["msg"] not in ("process_generating", "process_completed"):
                continue
            if not message["success"]:
                raise Mixed(f"{question}: {message}")
            thread = _grown(thread, message)
            now = thread[thread.rfind('<section class="turn"') :]
            first = first or ("<blockquote" in now or "verdict" in now) * (time.perf_counter() - began)
        whole = time.perf_counter() - began
        self._asked.append(question)
        turn, citations = self._checked(thread)
        return Asked(question, turn, first or whole, whole, citations)

    def _checked(self, thread: str) -> tuple[str, int]:
        """Of the last turn its HTML, and how many excerpts it has."""
        page = lxml.html.fromstring(f"<div>{thread}</div>")
        questions = [" ".join(title.text_content().split()) for title in page.iter("h2")]
        if questions != self._asked:
            raise Mixed(f"asked {self._asked}, and the page shows {questions}")
        turn = page.find_class("turn")[-1]
        if "data-whole" not in turn.attrib:
            raise Mixed(f"{questions[-1]}: {turn.text_content()}")
        quotes = list(turn.iter("blockquote"))
        for quote in quotes:
            (words,), (link,) = quote.find_class("words"), quote.find_class("cite")
            self._compare(words.text_content(), link.get("href") or "")
        return lxml.html.tostring(turn, encoding="unicode"), len(quotes)

    def _compare(self, quote: str, link: str) -> None:
        place = {name: values[0] for name, values in parse_qs(link.removeprefix("#")).items()}
        text = (self._seeds / place["d"]).read_text(encoding="utf-8")
        if text[int(place["s"]) : int(place["e"])] != quote:
            raise Mixed(f"not in the file: {quote}")

    async def trigger(self, event: str) -> None:
        """A click that has no answer of its own."""
        await self._join(self._calls(event)[0], None)
        async for _ in self._heard():
            pass

    async def _join(self, call: State, event: object, *data: object) -> None:
        inputs = data or [None] * len(call["inputs"])
        response = await self._client.post(f"{self._root}/queue/join", json=self._body(call, inputs, event))
        response.raise_for_status()

    def _body(self, call: State, data: Sequence[object], event: object) -> dict[str, object]:
        number, target = call["id"], call["targets"][0][0]
        body = {"data": data, "event_data": event, "fn_index": number, "trigger_id": target}
        return body | {"session_hash": self._session}

    async def _heard(self) -> AsyncIterator[dict[str, Any]]:
        """The messages of all events that are under way, until none is."""
        parameters = {"session_hash": self._session}
        async with self._client.stream("GET", f"{self._root}/queue/data", params=parameters) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    message = json.loads(line.removeprefix("data:"))
                    if message["msg"] == "unexpected_error":
                        raise Mixed(str(message))
                    yield message

    async def _stay(self) -> None:
        """What tells the server that the page is open."""
        with contextlib.suppress(httpx.TransportError):
            async with self._client.stream("GET", f"{self._root}/heartbeat/{self._session}", timeout=None) as stream:
                async for _ in stream.aiter_raw():
                    pass

    async def _look(self) -> None:
        while True:
            await asyncio.sleep(TICK)
            for call in self._calls("tick"):
                body = self._body(call, [None] * len(call["inputs"]), None)
                response = await self._client.post(f"{self._root}/run/predict", json=body)
                response.raise_for_status()


def _grown(thread: str, message: State) -> str:
    """The conversation as a browser shows it now: after the first message only what changed is sent."""
    change = message["output"]["data"][0]
    if isinstance(change, str):
        return change
    for action, place, value in change or ():
        if place or action not in ("append", "replace"):
            raise Mixed(f"{action} at {place}")
        thread = thread + value if action == "append" else value
    return thread


@contextlib.asynccontextmanager
async def connected(address: str) -> AsyncIterator[tuple[httpx.AsyncClient, dict[str, Calls]]]:
    """A client for any number of readers, and by language the events of the page."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=PATIENCE) as client:
        configs = {language: (await client.get(f"/{language}/config")).json() for language in ("zh", "en")}
        yield client, {language: Calls(config) for language, config in configs.items()}


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What one reader asks, in order."""

    language: str
    questions: tuple[str, ...]


def dialogues(path: Path, length: int) -> list[Dialogue]:
    """As many as the file has judged questions, each with a follow-up after its first and its third question."""
    questions = [json.loads(line)["question"] for line in path.read_text(encoding="utf-8").splitlines() if line]
    around = questions + questions
    found = []
    for n in range(len(questions)):
        language = "zh" if n % 2 else "en"
        follow_ups = itertools.cycle(FOLLOW_UPS[language][n % 3 :] + FOLLOW_UPS[language][: n % 3])
        mixed = itertools.chain.from_iterable(zip(around[n::7][:length], follow_ups, strict=False))
        found.append(Dialogue(language, tuple(" ".join(text.split()) for text in itertools.islice(mixed, length))))
    return found
