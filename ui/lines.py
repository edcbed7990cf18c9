"""Files of lines that a command reads."""

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from index.types import YuanhuaError


class BadInput(YuanhuaError):
    """A file or standard input that a command cannot use."""


def numbered_lines(path: Path | None) -> Iterator[tuple[int, str]]:
    """The lines that are not empty, numbered from 1; of standard input where there is no path. Raises BadInput."""
    try:
        text = sys.stdin.read() if path is None else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path}: it cannot be read ({reason}); check its name and save it as UTF-8.") from error
    return ((number, line) for number, line in enumerate(io.StringIO(text), start=1) if line.strip())
