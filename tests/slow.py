"""`python -m tests.slow serve …`: the page, but its answers and lists take seconds, so that a test can come between."""

import sys
import time
from collections.abc import Sequence
from typing import Any
from unittest import mock

from rag import asking
from rag.answer import Inquiry, by_essay, weigh
from rag.types import Citation
from ui import room
from ui.cli import main

SECONDS = 5.0
LIST = 1.5  # seconds until the list of the essays is there
PART = 1.0  # seconds until one more essay is compared with its file


def _slowly(*arguments: Any, **options: Any) -> Inquiry:
    time.sleep(SECONDS)
    return weigh(*arguments, **options)


class _InParts(dict[str, list[Citation]]):
    """The citations by essay, of which each takes its time."""

    def items(self) -> Any:
        for item in super().items():
            time.sleep(PART)
            yield item


def _compared_slowly(citations: Sequence[Citation]) -> _InParts:
    return _InParts(by_essay(citations))


def _listed_slowly(asked: room.Room) -> room.Drawn:
    drawn = _open(asked)
    time.sleep(LIST)
    return drawn


_open = room.Room.open

if __name__ == "__main__":
    with (
        mock.patch.object(asking, "weigh", _slowly),
        mock.patch.object(asking, "by_essay", _compared_slowly),
        mock.patch.object(room.Room, "open", _listed_slowly),
    ):
        sys.exit(main())
