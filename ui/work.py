"""What takes a processor for a while: a few at a time in threads of their own, a few more waiting, nobody else."""

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Generic, TypeVar

from ui.faults import Refused

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Made(Generic[T]):
    """One thing that was made; or, without it, the end, and what it ended with."""

    thing: tuple[T, ...] = ()
    error: BaseException | None = None


class Work:
    """`at_once`: how many are worked at; `waiting`: how many more may wait for that."""

    def __init__(self, at_once: int, waiting: int, *, retry_after: float = 5.0) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="work")
        self._most, self._retry_after = at_once + waiting, retry_after
        self._taken, self._lock = 0, threading.Lock()

    @property
    def taken(self) -> int:
        """How many are worked at or wait."""
        return self._taken

    async def each(self, make: Callable[[], Iterable[T]]) -> AsyncGenerator[T, None]:
        """What `make` makes, as it comes, and raising what it raises. Whoever stops listening stops it, at the next
        thing that it makes; until then its place is not free. Raises Refused where too many wait."""
        self._take()
        loop, made, left = asyncio.get_running_loop(), asyncio.Queue[_Made[T]](), threading.Event()

        def tell(one: _Made[T]) -> None:
            if not left.is_set():
                loop.call_soon_threadsafe(made.put_nowait, one)

        def work() -> None:
            try:
                error = _worked(make, left, tell)
            finally:
                self._give_back()
            tell(_Made(error=error))

        self._threads.submit(work)
        try:
            while (one := await made.get()).thing:
                yield one.thing[0]
        finally:
            left.set()
        if one.error is not None:
            raise one.error

    async def one(self, make: Callable[[], T]) -> T:
        """As `each`, for a single thing."""
        (thing,) = [thing async for thing in self.each(lambda: [make()])]
        return thing

    def _take(self) -> None:
        with self._lock:
            if self._taken >= self._most:
                raise Refused(
                    503,
                    "Too many questions are waiting already; ask again in a moment.",
                    "等待回答的问题太多，请稍后再问。",
                    retry_after=self._retry_after,
                )
            self._taken += 1

    def _give_back(self) -> None:
        with self._lock:
            self._taken -= 1


def _worked(
    make: Callable[[], Iterable[T]], left: threading.Event, tell: Callable[[_Made[T]], None]
) -> BaseException | None:
    """What it ended with."""
    if left.is_set():
        return None
    try:
        for thing in make():
            tell(_Made((thing,)))
            if left.is_set():
                break
    except Exception as error:  # noqa: BLE001 - raised again where somebody waits for it
        return error
    return None
