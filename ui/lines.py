"""Files of lines that a command reads."""

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from index.types import YuanhuaError


class BadInput(YuanhuaError):
    """A file or standard input that a command cannot use."""


def numbered_lines(path: Path | None, *, blank: bool = False) -> Iterator[tuple[int, str]]:
    """The lines that are not empty (or `blank` ones too), numbered from 1; of standard input where there is no path.
    Raises BadInput."""
    try:
        text = sys.stdin.read() if path is None else path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise BadInput(f"{path}: it cannot be read ({reason}); check its name and save it as UTF-8.") from error
    return ((number, line) for number, line in enumerate(io.StringIO(text), start=1) if blank or line.strip())


class Rows:
    """The JSON objects of a file of lines that have a text in a certain field, to be gone through once. A line that is
    none is named and counted, and the rest goes on."""

    def __init__(self, lines: Iterable[tuple[int, str]], field: str, say: Callable[[str], None]) -> None:
        """`lines`: numbered from 1."""
        self._lines, self._field, self._say = lines, field, say
        self.bad = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for number, line in self._lines:
            if not line.strip("\ufeff \t\r\n"):
                continue
            row = object_in(line.removeprefix("\ufeff"))
            if row is not None and isinstance(row.get(self._field), str):
                yield row
            else:
                self.bad += 1
                self._say(f'Line {number} is not {{"id": …, "{self._field}": "…"}}; it gets no answer.')


def object_in(line: str) -> dict[str, Any] | None:
    """The JSON object that it holds, if it does."""
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None
