"""`python -m tests.slow serve …`: the page, but its answers take seconds, so that a test can stop one."""

import sys
import time
from typing import Any
from unittest import mock

from rag import asking
from rag.answer import Inquiry, weigh
from ui.cli import main

SECONDS = 5.0


def _slowly(*arguments: Any, **options: Any) -> Inquiry:
    time.sleep(SECONDS)
    return weigh(*arguments, **options)


if __name__ == "__main__":
    with mock.patch.object(asking, "weigh", _slowly):
        sys.exit(main())
