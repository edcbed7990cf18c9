"""A question that a program asks, answered in one piece or as the answer grows."""

import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from starlette.responses import StreamingResponse

from index.library import Library
from index.types import YuanhuaError
from rag.asking import Confirmed, Reading, Searching, Stage, Whole, asking
from rag.essays import Asked, Essays
from rag.prompt import in_line
from rag.query import clean
from rag.scope import EVERYTHING, Scope
from rag.summary import Summary
from ui import records
from ui.desk import Desk
from ui.faults import problem_record
from ui.limiter import Limiter
from ui.linked import Links
from ui.records import Record
from ui.schemas import Question
from ui.work import Work

MODELS = 16  # who waits for a language model at once
PAUSE = 5.0  # seconds without news of a model after which a stream says that it goes on

Stages = AsyncGenerator[Stage, None]
Event = tuple[str, Record]
"""What it is called, and what it says."""


class EventStream(StreamingResponse):
    """Server-sent events."""

    media_type: str = "text/event-stream"


class Unexpected(YuanhuaError):
    """Something that nobody can be told more of."""

    def __init__(self) -> None:
        super().__init__(
            "Something unexpected went wrong here; it is in the server's log.", "服务器出了意外的错误，详见它的日志。"
        )


@dataclass(frozen=True, slots=True)
class Asker:
    """Of one request."""

    question: Question
    links: Links
    language: str
    began: float  # by time.perf_counter


class Questions:
    """At most so many at once, those of a language model apart, so that nobody waits for it who did not ask it."""

    def __init__(self, desk: Desk, at_once: int, waiting: int) -> None:
        self._desk = desk
        self.work = Work(at_once, waiting)
        self._models = Work(MODELS, 0)

    async def stages(self, question: Question) -> Stages:
        """Raises as `asking`, and Refused where too many wait."""

        def make() -> Iterator[Stage]:
            return self._desk.limiter.each("api", _checked(self._desk.library, question))

        async with aclosing(self.work.each(make)) as stages:
            async for stage in stages:
                yield stage

    async def summary(self, whole: Whole) -> AsyncGenerator[Summary, None]:
        """As it grows."""
        async with aclosing(self._models.each(lambda: self._desk.writing.summaries(whole.answer))) as summaries:
            async for summary in summaries:
                yield summary

    async def answer(self, asker: Asker, gone: Callable[[], Awaitable[bool]]) -> Record | None:
        """None where whoever asked has gone."""
        whole = summary = None
        async with aclosing(self.stages(asker.question)) as stages:
            async for stage in stages:
                if await gone():
                    return None
                whole = stage if isinstance(stage, Whole) else None
        if whole is None:
            return None
        record = _record(asker, whole)
        if asker.question.summary:
            async with aclosing(self.summary(whole)) as summaries:
                async for one in summaries:
                    if await gone():
                        return None
                    summary = one
            record["summary"] = records.summary_record(summary) if summary else None
        return record

    async def events(
        self, asker: Asker, first: Stage, stages: AsyncGenerator[Stage, None]
    ) -> AsyncGenerator[str, None]:
        """`first`: of the stages. What goes wrong later is an event, too, and the last one."""
        try:
            yield _sent(_events(asker, first))
            whole = None
            async for stage in stages:
                if events := _events(asker, stage):
                    yield _sent(events)
                whole = stage if isinstance(stage, Whole) else whole
            if asker.question.summary and whole is not None:
                async for text in self._summed(whole):
                    yield text
        except YuanhuaError as error:
            yield _sent([("problem", problem_record(error, asker.language))])
        except Exception:
            logging.getLogger(__name__).exception("A stream broke off")
            yield _sent([("problem", problem_record(Unexpected(), asker.language))])

    async def _summed(self, whole: Whole) -> AsyncGenerator[str, None]:
        summary, said = None, time.monotonic()
        async with aclosing(self.summary(whole)) as summaries:
            async for one in summaries:
                summary = one
                if time.monotonic() - said > PAUSE:
                    said = time.monotonic()
                    yield ": being written\n\n"
        yield _sent([("summary", {"summary": records.summary_record(summary) if summary else None})])


class EssaysInTurn(Essays):
    """Whose questions are those of a face, beside others."""

    def __init__(self, library: Library, limiter: Limiter, face: str) -> None:
        super().__init__(library)
        self._limiter, self._face = limiter, face

    def asked(self, question: str, scope: Scope = EVERYTHING) -> Asked:
        (whole,) = [
            stage
            for stage in self._limiter.each(self._face, asking(self.library, question, scope))
            if isinstance(stage, Whole)
        ]
        return Asked(whole.answer, whole.index, whole.left_out)


def _checked(library: Library, question: Question) -> Iterator[Stage]:
    """As `asking`, but what is no question is found before anything else."""
    yield from asking(library, clean(question.question), question.scope.read())


def _events(asker: Asker, stage: Stage) -> list[Event]:
    match stage:
        case Searching():
            return [("searching", {"passages": stage.passages})]
        case Reading():
            return [("reading", {"passages": stage.passages, "essays": stage.essays})]
        case Confirmed():
            return [("citation", asker.links.citation(citation)) for citation in stage.citations]
        case Whole():
            return [("answer", _record(asker, stage))]
    return []


def _record(asker: Asker, whole: Whole) -> Record:
    elapsed, index = (time.perf_counter() - asker.began) * 1000, whole.index.manifest.digest
    return asker.links.answer(
        whole.answer, left_out=whole.left_out, id=asker.question.id, elapsed_ms=elapsed, index=index
    )


def _sent(events: list[Event]) -> str:
    """Some clients take more for the end of a line than there is, which would end an event within an essay's text."""
    return "".join(f"event: {name}\ndata: {in_line(record)}\n\n" for name, record in events)
