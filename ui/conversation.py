"""A conversation as it goes on: asked, followed up, taken up again after a reload, stopped."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from rag.followup import Asked
from rag.query import LONGEST
from ui.address import read_address
from ui.desk import TURNS, Desk
from ui.turn import Turn
from ui.words import Words

SHOWN = 5  # turns that come back at a time
LARGEST = 200_000  # characters of what the browser kept; memory.js sends half of that at most
LEAVING = '<i class="leaving" hidden></i>'  # on the page while a summary that was stopped has not ended

Turns = list[Turn]
Drawn = tuple[str, Any, Turns]
"""The conversation, the box for the next question, and the turns."""


class Conversation:
    """What the events of the left leaf do, in one language."""

    def __init__(self, desk: Desk, words: Words, box: Callable[..., Any]) -> None:
        """`box`: makes an update of the question box."""
        self._desk, self._words, self._box = desk, words, box
        self._busy: dict[str, Any] = {"submit_btn": False, "stop_btn": words["stop"]}
        self._ready: dict[str, Any] = {"submit_btn": words["ask"], "stop_btn": False}

    def ask(self, text: str, address: str, scope: str, kept: str, before: Turns) -> Iterator[Drawn]:
        """`kept`: the conversation as the browser has it, for when it is not known here: it was not restored yet, or
        the connection was away for too long."""
        text, address, scope, kept = map(text_of, (text, address, scope, kept))
        if not text.strip():
            yield self._desk.thread(before, self._words), self._box(value=""), before
            return
        before = before or [self._answered(turn) for turn in self._turns_in(_parsed(kept))]
        opened, choice = read_address(address).document, read_address(scope).scope
        turn = self._desk.understood(text[: 2 * LONGEST], before, opened, choice)
        box = {"value": ""}  # once: what is in it later is the next question
        if not _without_model(scope) and self._desk.writing.may_rewrite(turn, asked_in(before)):
            waiting = Turn(turn.question, note=self._words["rewriting"], at=turn.at)
            yield self._desk.thread([*before, waiting], self._words), self._box(**self._busy, **box), before
            turn, box = self._desk.writing.rewritten(turn, asked_in(before), choice), {}
        yield from self._growing(before, turn, **box)

    def ask_again(self, sent: object, before: Turns) -> Iterator[Drawn]:
        """A question that stood in the address bar."""
        yield from self._growing(before, self._desk.remembered("", read_address(field_of(sent, "at"))))

    def _growing(self, before: Turns, turn: Turn, **box: Any) -> Iterator[Drawn]:
        """`box`: what becomes of the question box at once; by the end the next question may be in it."""
        before, step = _ended(before), turn
        for step in self._desk.answering(turn, self._words):
            yield self._desk.thread([*before, step], self._words), self._box(**self._busy, **box), [*before, step]
            box = {}
        after = [*before, step][-TURNS:]
        yield self._desk.thread(after, self._words), self._box(**self._ready), after

    def summarise(self, sent: object, before: Turns) -> Iterator[Drawn]:
        """What the language model makes of the newest answer at that address."""
        wanted = read_address(field_of(sent, "at")).at()
        place = next((n for n in reversed(range(len(before))) if before[n].at == wanted), None)
        if place is None:
            return
        turns: Turns = []
        for turn in self._desk.writing.summarised(before[place], field_of(sent, "name")):
            turns = [*before[:place], turn, *before[place + 1 :]]
            yield self._desk.thread(turns, self._words), self._box(**self._busy), turns
        if turns:
            yield self._desk.thread(turns, self._words), self._box(**self._ready), turns

    def leave_summary(self, sent: object) -> None:
        """The one that is being written under that name."""
        self._desk.writing.leave(field_of(sent, "name"))

    def restore(self, sent: object) -> Iterator[Drawn]:
        """What the browser kept of a conversation, answered from the essays as they are now. Every page begins so, most
        with nothing kept."""
        turns: Turns = []
        for place, turn in enumerate(self._turns_in(sent)):
            steps = self._desk.answering(turn, self._words)
            step = next(steps)
            if place % SHOWN == 0:
                yield self._desk.thread([*turns, step], self._words), self._box(**self._busy), []
            *_, whole = step, *steps
            turns.append(whole)
        yield self._desk.thread(turns, self._words), self._box(**self._ready), turns

    def _turns_in(self, sent: object) -> Turns:
        return [self._desk.remembered(typed, read_address(address)) for typed, address in _kept_in(sent)]

    def _answered(self, turn: Turn) -> Turn:
        *_, whole = self._desk.answering(turn, self._words)
        return whole

    def stop(self, name: object, turns: Turns) -> Drawn:
        """`name`: of the summary that is being written, if one is; it is drawn once more when it has ended."""
        if name := text_of(name):
            self._desk.writing.leave(name)
        ended = _ended(turns)
        growing = any(one.summary is not other.summary for one, other in zip(ended, turns, strict=False))
        stopped = turns[len(ended) :]
        ended += [Turn(turn.question, note=self._words["stopped"], again=turn.at) for turn in stopped]
        thread = self._desk.thread(ended, self._words) + (LEAVING if name and growing else "")
        return thread, self._box(**self._ready), ended

    def show(self, sent: object, before: Turns) -> str:
        return self._desk.source(field_of(sent, "at"), before, self._words)


def _ended(turns: Turns) -> Turns:
    """Without the last one, where its answer is still on its way; and without what a model was still writing."""
    last = turns[-1] if turns else None
    on_its_way = last is not None and last.at.question and (last.answer is None or last.parts is not None)
    return [_written(turn) for turn in (turns[:-1] if on_its_way else turns)]


def _written(turn: Turn) -> Turn:
    summary = turn.summary
    if summary is None or summary.whole:
        return turn
    return replace(turn, summary=summary.stopped())


def asked_in(turns: Turns) -> list[Asked]:
    return [turn.asked for turn in turns if turn.asked is not None]


def _without_model(scope: str) -> bool:
    """Whether this reader wants none, as the browser says beside the choice of essays."""
    return "model=off" in scope.split("&")


def _kept_in(sent: object) -> list[tuple[str, str]]:
    """Questions as they were typed, each with the address of its answer."""
    turns = sent.get("turns") if isinstance(sent, dict) else None
    kept = [(field_of(turn, "typed"), field_of(turn, "at")) for turn in turns] if isinstance(turns, list) else []
    return [(typed[:LONGEST], at) for typed, at in kept if read_address(at).question][-TURNS:]


def _parsed(text: str) -> object:
    """The turns that the browser kept, as the event of a reload sends them."""
    try:
        return {"turns": json.loads(text[:LARGEST])}
    except (ValueError, RecursionError):
        return None


def field_of(data: object, field: str) -> str:
    """What the browser sent, which may be anything."""
    return text_of(data.get(field) if isinstance(data, dict) else None)


def text_of(value: object) -> str:
    """Text that can be sent back; JSON can have half a character."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""
