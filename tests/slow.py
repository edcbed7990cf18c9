"""`python -m tests.slow serve …`: the page, but its answers and lists take seconds, so that a test can come between."""

import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from unittest import mock

from rag import asking
from rag.answer import Inquiry, answer_of, by_essay, weigh
from rag.types import Answer, Citation
from ui import room
from ui.cli import main

SECONDS = 5.0
LIST = 1.5  # seconds until the list of the essays is there
PART = 1.5  # seconds until one more essay is compared with its file, where the question is about
LINGERING = ("微调", "agents")


def _slowly(*arguments: Any, **options: Any) -> Inquiry:
    time.sleep(SECONDS)
    return weigh(*arguments, **options)


class _Lingering(tuple[Citation, ...]):
    """Those of an answer that is compared slowly."""


def _answered(inquiry: Inquiry, **options: Any) -> Answer:
    answer = answer_of(inquiry, **options)
    lingers = any(word in inquiry.query.question for word in LINGERING)
    return replace(answer, citations=_Lingering(answer.citations)) if lingers else answer


class _InParts(dict[str, list[Citation]]):
    """The citations by essay, of which each takes its time."""

    def items(self) -> Any:
        for item in super().items():
            time.sleep(PART)
            yield item


def _compared_slowly(citations: Iterable[Citation]) -> dict[str, list[Citation]]:
    return (_InParts if isinstance(citations, _Lingering) else dict)(by_essay(citations))


def _listed_slowly(asked: room.Room) -> room.Drawn:
    drawn = _open(asked)
    time.sleep(LIST)
    return drawn


_open = room.Room.open

if __name__ == "__main__":
    with (
        mock.patch.object(asking, "weigh", _slowly),
        mock.patch.object(asking, "answer_of", _answered),
        mock.patch.object(asking, "by_essay", _compared_slowly),
        mock.patch.object(room.Room, "open", _listed_slowly),
    ):
        sys.exit(main())
