"""One at a time, across processes; the only importer of filelock."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import filelock


@contextmanager
def locked(path: Path, seconds: float = 0.0) -> Iterator[None]:
    """Hold the lock that the file is; it goes with its process, however that ends. Raises TimeoutError where another
    one still holds it after so many seconds, and OSError."""
    lock = filelock.FileLock(path)
    try:
        lock.acquire(timeout=seconds)
    except filelock.Timeout as error:
        raise TimeoutError(f"{path} is locked") from error
    try:
        yield
    finally:
        lock.release()
