"""`python -m tests.slow serve …`: the page, but its answers and lists take seconds, so that a test can come between."""

import sys
import time
from typing import Any
from unittest import mock

from rag import asking
from rag.answer import Inquiry, weigh
from ui import room
from ui.cli import main

SECONDS = 5.0
LIST = 1.5  # seconds until the list of the essays is there


def _slowly(*arguments: Any, **options: Any) -> Inquiry:
    time.sleep(SECONDS)
    return weigh(*arguments, **options)


def _listed_slowly(asked: room.Room) -> room.Drawn:
    drawn = _open(asked)
    time.sleep(LIST)
    return drawn


_open = room.Room.open

if __name__ == "__main__":
    with mock.patch.object(asking, "weigh", _slowly), mock.patch.object(room.Room, "open", _listed_slowly):
        sys.exit(main())
