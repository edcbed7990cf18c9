"""`essays.toml` in the corpus folder: titles, authors, dates and urls that a reader has set by hand; the only importer
of tomlkit, which writes into a file without losing what else stands there."""

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import tomlkit
import tomlkit.exceptions

from index.drafts import write_whole
from index.headers import LONGEST_FIELD as LONGEST
from index.types import YuanhuaError

NAME = "essays.toml"
FIELDS = ("title", "author", "date", "url")

DATE = re.compile(r"\d{4}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?")

Overrides = Mapping[str, Mapping[str, str]]
"""Document name → field → value."""


class BadSidecar(YuanhuaError):
    """essays.toml cannot be read, or not be written."""


class BadField(YuanhuaError):
    """A value that a title, an author or a date cannot have."""

    def __init__(self, field: str, english: str, chinese: str) -> None:
        super().__init__(english, chinese)
        self.field = field


def read_sidecar(corpus: Path) -> Overrides:
    """The fields that override the essays' own headers; none where there is no such file. Raises BadSidecar."""
    path = corpus / NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadSidecar(
            f"it cannot be read ({reason}); until it is corrected the essays' own headers are used",
            f"读不了（{reason}）；改好以前，用文章自己的头信息",
        ) from error
    return {name: _fields(values) for name, values in content.items() if isinstance(values, dict)}


def _fields(values: Mapping[str, object]) -> dict[str, str]:
    """Text and dates; a value of another kind says nothing."""
    return {field: str(values[field]).strip() for field in FIELDS if isinstance(values.get(field), str | date)}


def checked(field: str, value: str) -> str:
    """The value on one line. Raises BadField."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if len(text) > LONGEST:
        raise BadField(
            field,
            f"The {field} has {len(text):,} characters; give it at most {LONGEST}.",
            f"{len(text):,} 个字太长了，最多 {LONGEST} 个字。",
        )
    if field == "date" and text and not DATE.fullmatch(text):
        raise BadField(
            field,
            f"{text} is no date; write it as 2023-10-15, 2023-10 or 2023.",
            f"“{text}”不是日期，请写成 2023-10-15、2023-10 或 2023。",
        )
    return text


def write_fields(corpus: Path, name: str, fields: Mapping[str, str | None]) -> None:
    """Set what stands there of one document; None takes a field away. The rest of the file stays as it was written,
    with its comments. Raises BadSidecar; the file is then unchanged."""
    read_sidecar(corpus)
    path = corpus / NAME
    try:
        content = tomlkit.parse(path.read_text(encoding="utf-8-sig") if path.exists() else "")
        section = content.setdefault(name, tomlkit.table())
        for field, value in fields.items():
            if value is None:
                section.pop(field, None)
            else:
                section[field] = value
        if not section:
            del content[name]
        write_whole(path, tomlkit.dumps(content))
    except (OSError, tomlkit.exceptions.TOMLKitError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise BadSidecar(
            f"{NAME}: it cannot be written ({reason}); it is unchanged.", f"{NAME}：写不进去（{reason}），没有改动。"
        ) from error
