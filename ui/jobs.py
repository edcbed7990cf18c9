"""The rebuild: one at a time, in a thread of its own, seen alike by every open page."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from index.build import Built
from index.types import Report, YuanhuaError

ENOUGH = 0.05  # of the work; before that no time can be told
QUIET = 3.0  # seconds without another change, before a rebuild begins by itself
LOOK = 0.1  # seconds between two looks at whether it may


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Job:
    """The last rebuild, as it stands."""

    running: bool = False
    step: str = ""
    done: int = 0
    total: int = 0
    left: float | None = None  # seconds of this step
    rate: float | None = None  # of it, in a second
    stopping: bool = False
    seconds: float = 0.0
    built: Built | None = None
    error: YuanhuaError | None = None

    @property
    def stopped(self) -> bool:
        """Whether a reader wanted it to end so, which is no failure."""
        return isinstance(self.error, Stopped)


class Stopped(YuanhuaError):
    """A reader has stopped the rebuild."""

    def __init__(self) -> None:
        super().__init__(
            "The rebuild was stopped. The old index stays in use, and what was embedded is kept for the next one.",
            "重建已停止，旧索引照用；已编码的部分留给下一次。",
        )


class Rebuilds:
    """Runs `work`, which is given a Report, and keeps how far it is."""

    def __init__(self, work: Callable[[Report], Built], needed: Callable[[], bool] = lambda: True) -> None:
        """`needed`: whether there is anything to do, by the time that a rebuild would begin by itself."""
        self._work, self._needed, self._lock = work, needed, threading.Lock()
        self._job = Job()
        self._due: float | None = None  # when one begins by itself
        self._waiting = False  # whether a thread waits for that
        self.ended = 0  # rebuilds
        self.outcomes = dict.fromkeys(("built", "stopped", "failed"), 0)  # of those
        self._began = self._step_began = 0.0
        self._stop = threading.Event()

    @property
    def job(self) -> Job:
        return self._job

    @property
    def expected(self) -> bool:
        """Whether one is about to begin by itself."""
        return self._due is not None

    @property
    def under_way(self) -> bool:
        """Whether one is running, or about to."""
        return self._job.running or self.expected

    def soon(self) -> None:
        """Begin one when nothing more has changed for a moment, and after the one that is running; many changes in a
        row make for one rebuild."""
        with self._lock:
            self._due = time.monotonic() + QUIET
            if not self._waiting:
                self._waiting = True
                threading.Thread(target=self._wait, name="rebuild-soon", daemon=True).start()

    def _wait(self) -> None:
        while True:
            with self._lock:
                due = self._due
                if due is None:
                    self._waiting = False
                    return
            if self._job.running or time.monotonic() < due:
                time.sleep(LOOK)
            elif not self._is_needed() or not self.start():
                self._forget(due)

    def _is_needed(self) -> bool:
        try:
            return self._needed()
        except Exception:  # noqa: BLE001 - the thread that waits must not die, and whoever begins a rebuild is told
            return False

    def _forget(self, due: float) -> None:
        """That one was due, unless something has changed since."""
        with self._lock:
            if self._due == due and not self._job.running:
                self._due = None

    def start(self) -> bool:
        """False where one is running already."""
        with self._lock:
            if self._job.running:
                return False
            self._due = None
            self._job = Job(running=True)
            self._stop.clear()
            self._began = self._step_began = time.monotonic()
        threading.Thread(target=self._run, name="rebuild", daemon=True).start()
        return True

    def stop(self) -> None:
        """It ends at its next report; what it has embedded by then is kept for the next one, which does not begin by
        itself any more."""
        with self._lock:
            self._due = None
            if self._job.running:
                self._stop.set()
                self._job = replace(self._job, stopping=True)

    def _run(self) -> None:
        try:
            built = self._work(self._report)
        except YuanhuaError as error:
            self._end(error=error)
        except Exception as error:  # noqa: BLE001 - the page must not wait for ever for a thread that died
            self._end(error=YuanhuaError(f"An unexpected error: {error!r}.", f"意外的错误：{error!r}。"))
        else:
            self._end(built=built)

    def _end(self, *, built: Built | None = None, error: YuanhuaError | None = None) -> None:
        with self._lock:
            self._job = Job(built=built, error=error, seconds=time.monotonic() - self._began)
            self.ended += 1
            self.outcomes["stopped" if self._job.stopped else "failed" if error else "built"] += 1

    def _report(self, step: str, done: int, total: int) -> None:
        if self._stop.is_set():
            raise Stopped
        now = time.monotonic()
        if step != self._job.step:
            self._step_began = now
        share, taken = done / total if total else 0.0, now - self._step_began
        left = taken * (1 - share) / share if share >= ENOUGH else None
        rate = done / taken if share >= ENOUGH and taken > 0 else None
        with self._lock:
            self._job = replace(self._job, step=step, done=done, total=total, left=left, rate=rate)


class Prepared(Generic[T]):
    """What takes seconds to make: once for each key, in a thread of its own, one at a time."""

    def __init__(self, make: Callable[[Hashable], T], failed: T, kept: int = 4) -> None:
        """`failed`: what is given where `make` raised YuanhuaError."""
        self._make, self._failed, self._kept = make, failed, kept
        self._made: dict[Hashable, T] = {}
        self._lock, self._making = threading.Lock(), False

    def get(self, key: Hashable) -> T | None:
        """None while it is being made."""
        with self._lock:
            if key not in self._made and not self._making:
                self._making = True
                threading.Thread(target=self._run, args=(key,), name="prepare", daemon=True).start()
            return self._made.get(key)

    def _run(self, key: Hashable) -> None:
        made = self._failed
        try:
            made = self._make(key)
        except YuanhuaError:
            pass
        finally:
            with self._lock:
                while len(self._made) >= self._kept:
                    del self._made[next(iter(self._made))]
                self._made[key] = made
                self._making = False
