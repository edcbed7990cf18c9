"""The arguments that an assistant gives a tool, checked against the tool's own schema."""

import re
from collections.abc import Mapping
from typing import Any

from index.documents import printable
from index.types import YuanhuaError

Said = tuple[str, str]  # in English and in Chinese


class BadArguments(YuanhuaError):
    """A tool cannot be called like that."""


def checked(schema: Mapping[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, with the defaults of those that were left out or are null. Raises BadArguments."""
    fields: Mapping[str, Mapping[str, Any]] = schema["properties"]
    given = {name: value for name, value in given.items() if value is not None}
    for name in given:
        if name not in fields:
            raise _bad(name, ("there is no such argument", "没有这个参数"), fields)
    for name in schema["required"]:
        if name not in given:
            raise _bad(name, ("it is missing", "缺少这个参数"), fields)
    for name, value in given.items():
        if fault := _fault(fields[name], value):
            raise _bad(name, fault, fields)
    defaults = {name: field["default"] for name, field in fields.items() if "default" in field}
    return defaults | {name: int(value) if isinstance(value, float) else value for name, value in given.items()}


def _bad(name: str, fault: Said, fields: Mapping[str, object]) -> BadArguments:
    shown, english, chinese = printable(name[:100]), *fault
    return BadArguments(
        f"{shown}: {english}; the arguments are {', '.join(fields)}.",
        f"{shown}：{chinese}；参数有 {'、'.join(fields)}。",
    )


def _fault(field: Mapping[str, Any], value: object) -> Said | None:
    match field["type"]:
        case "string":
            return _fault_of_text(field, value)
        case "integer":
            return _fault_of_number(field, value)
        case _:
            return _fault_of_list(field, value)


def _fault_of_text(field: Mapping[str, Any], value: object) -> Said | None:
    if not isinstance(value, str):
        return "it has to be a text", "要的是一段文字"
    least, most = field.get("minLength", 0), field.get("maxLength", len(value))
    if len(value) < least:
        return "it is empty", "是空的"
    if len(value) > most:
        return f"it has {len(value):,} characters, and {most:,} at most are taken", (
            f"有 {len(value):,} 个字，最多 {most:,} 个"
        )
    if value and "pattern" in field and not re.fullmatch(field["pattern"], value):
        return "a date is written 2023, 2023-10 or 2023-10-15", "日期写成 2023、2023-10 或 2023-10-15"
    return None


def _fault_of_number(field: Mapping[str, Any], value: object) -> Said | None:
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if isinstance(value, bool) or not whole:
        return "it has to be a whole number", "要的是一个整数"
    least, most = field["minimum"], field.get("maximum", value)
    if not least <= value <= most:
        return (
            (f"it has to be from {least:,} to {most:,}", f"要在 {least:,} 到 {most:,} 之间")
            if "maximum" in field
            else (f"it has to be {least:,} or more", f"不能小于 {least:,}")
        )
    return None


def _fault_of_list(field: Mapping[str, Any], value: object) -> Said | None:
    if not isinstance(value, list):
        return "it has to be a list of texts", "要的是一列文字"
    if len(value) > field["maxItems"]:
        return f"it has {len(value):,} entries, and {field['maxItems']} at most are taken", (
            f"有 {len(value):,} 项，最多 {field['maxItems']} 项"
        )
    return next(filter(None, (_fault_of_text(field["items"], item) for item in value)), None)
