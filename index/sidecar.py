"""`essays.toml` in the corpus folder: titles, authors, dates and urls that a reader has set by hand."""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from index.types import YuanhuaError

NAME = "essays.toml"
FIELDS = ("title", "author", "date", "url")

Overrides = Mapping[str, Mapping[str, str]]
"""Document name → field → value."""


class BadSidecar(YuanhuaError):
    """essays.toml cannot be read."""


def read_sidecar(corpus: Path) -> Overrides:
    """The fields that override the essays' own headers; none where there is no such file. Raises BadSidecar."""
    path = corpus / NAME
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise BadSidecar(
            f"it cannot be read ({error}); until it is corrected the essays' own headers are used",
            f"读不了（{error}）；改好以前，用文章自己的头信息",
        ) from error
    return {name: _fields(values) for name, values in content.items() if isinstance(values, dict)}


def _fields(values: Mapping[str, object]) -> dict[str, str]:
    """Text and dates; a value of another kind says nothing."""
    return {field: str(values[field]).strip() for field in FIELDS if isinstance(values.get(field), str | date)}
