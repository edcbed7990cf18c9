"""Who computes now: the page, programs and assistants ask the same processors."""

import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing

from rag.asking import Stage
from ui.metrics import Metrics

AT_ONCE = max(2, os.cpu_count() or 1)  # questions; more make each other slower, and answer no more of them


class Limiter:
    """However many ask and wherever, `at_once` are computed at a time. A question gives way to others at each of its
    stages, so that a face that asks much delays the others and does not keep them from being answered."""

    def __init__(self, metrics: Metrics, at_once: int = AT_ONCE) -> None:
        self._metrics = metrics
        self._free = threading.Semaphore(at_once)

    def each(self, face: str, stages: Iterable[Stage]) -> Iterator[Stage]:
        """The stages of a question of that face, counted; without the time that they waited."""
        with closing(self._metrics.watched(face, stages)) as coming:
            while True:
                with self._free:
                    stage = next(coming, None)
                if stage is None:
                    return
                yield stage
