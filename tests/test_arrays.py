"""Arrays on disk."""

import gc
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from index.arrays import Array, loaded, opened

TIMES = 1_500


class Litter:
    """Needs the garbage collector, which then runs Python, so that another thread may come in between anywhere."""

    def __init__(self) -> None:
        self.own = self

    def __del__(self) -> None:
        sum(number for number in range(300))


@pytest.fixture
def restless() -> Iterator[None]:
    threshold, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(10)
    sys.setswitchinterval(1e-6)
    yield
    gc.set_threshold(*threshold)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize("read", [opened, loaded])
def test_many_threads_read_at_once(tmp_path: Path, read: Callable[[Path, str], Array]) -> None:
    np.save(tmp_path / "numbers.npy", np.arange(5))

    def many(_: int) -> list[Array]:
        found = []
        for _ in range(TIMES):
            _litter = [Litter() for _ in range(5)]
            found.append(read(tmp_path, "numbers"))
        return found[-1:]

    with ThreadPoolExecutor(4) as threads:
        for (numbers,) in threads.map(many, range(4)):
            assert numbers.tolist() == [0, 1, 2, 3, 4]
