"""What was read is kept in memory for the next question, as much of it as there is room for; the only importer of
cachetools."""

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

import cachetools

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Kept(Generic[Key, Value]):
    """What was used last stays longest. Any thread may use it."""

    def __init__(self, room: int, size_of: Callable[[Value], int]) -> None:
        """`room`: of all sizes together. What takes half of it is not kept."""
        self._room, self._size_of = room, size_of
        self._values: cachetools.LRUCache[Key, Value] = cachetools.LRUCache(room, getsizeof=size_of)
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            return self._values.get(key)

    def put(self, key: Key, value: Value) -> None:
        if self._size_of(value) < self._room // 2:
            with self._lock:
                self._values[key] = value
