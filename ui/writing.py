"""What a language model adds to a turn: a summary of its excerpts, and what a follow-up means."""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from index.documents import language_of
from index.library import Library
from index.types import Document, YuanhuaError
from rag.followup import Asked, is_pointing, remark_on
from rag.scope import Scope
from rag.types import Answer
from ui.address import Address
from ui.model import Model

if TYPE_CHECKING:
    from rag.summary import Summary
    from ui.turn import Turn

KEPT = 200  # summaries that can be saved with their answers
LONGEST_NAME = 64  # characters
LEFT = 1000  # summaries that were left, of which is known that they were
RESTING = 60.0  # seconds without it for follow-ups, after it once was no help: each would be waited for in vain


class Writing:
    """Nothing here keeps an answer from its reader: it stands before the model is asked."""

    def __init__(self, library: Library, model: Model) -> None:
        self._library, self._model = library, model
        self._resting, self._lock = -RESTING, threading.Lock()
        self._whole: dict[str, Summary] = {}
        self._left: deque[str] = deque(maxlen=LEFT)

    def summarised(self, turn: "Turn", name: str = "") -> "Iterator[Turn]":
        """The turn as its summary grows. `name`: by which it can be left."""
        drawn = False
        for summary in self.summaries(turn.answer) if turn.answer else ():
            if name and name[:LONGEST_NAME] in self._left:
                if drawn:  # where nothing is, the reader may have asked on meanwhile
                    yield replace(turn, summary=summary.stopped())
                return
            drawn = True
            yield replace(turn, summary=summary)

    def leave(self, name: str) -> None:
        """A summary that its reader does not wait for."""
        self._left.append(name[:LONGEST_NAME])

    def summaries(self, answer: Answer) -> "Iterator[Summary]":
        """One and the same, as it grows. None where there is no model, or no answer. Never raises for what a model can
        cause."""
        writer = self._model.writer
        if writer is None or not answer.answered:
            return
        from rag.claims import Checker
        from rag.summary import summarise

        try:
            encoder = self._library.encoder_of(self._library.index)
        except YuanhuaError:
            return  # whoever asks next is told why
        for summary in summarise(writer, answer, Checker(answer.citations, _cited(answer), encoder)):
            if summary.whole and not summary.fault:
                with self._lock:
                    self._whole = dict([*self._whole.items(), (summary.name, summary)][-KEPT:])
            yield summary

    def kept(self, name: str) -> "Summary | None":
        """One of the last that were written, by its name."""
        with self._lock:
            return self._whole.get(name)

    def may_rewrite(self, turn: "Turn", before: Sequence[Asked]) -> bool:
        """Whether it is a follow-up, by the rules, which more than another choice of essays was made of."""
        by_itself = turn.at.question == turn.question and not is_pointing(turn.question)
        if not self._model.name or not before or by_itself or turn.at.question in {asked.topic for asked in before}:
            return False
        with self._lock:
            return time.monotonic() - self._resting >= RESTING

    def rewritten(self, turn: "Turn", before: Sequence[Asked], scope: Scope) -> "Turn":
        """A follow-up as the model understands it, or else as the rules do. `scope`: what was chosen for all
        questions."""
        writer = self._model.writer
        if writer is None:
            return turn
        from rag.chat import ModelFault
        from rag.rewrite import rewritten

        try:
            question = rewritten(writer, turn.question, before, language_of(turn.question))
        except ModelFault:
            with self._lock:
                self._resting = time.monotonic()
            return turn
        at = replace(turn.at, question=question) if turn.at.question else Address(question, scope)
        asked = turn.asked or Asked(question, scope)
        return replace(turn, at=at, asked=asked, remark=remark_on(turn.question, question, at.known))


def _cited(answer: Answer) -> list[Document]:
    return list({citation.document.name: citation.document for citation in answer.citations}.values())
