"""The header of an essay: title, author, date and url, and where the header ends."""

import re
import string
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta

import yaml

FIELDS = {
    "title": ("title", "标题", "题目", "題目", "標題"),
    "author": ("author", "authors", "作者", "by"),
    "date": ("date", "日期", "时间", "時間", "创建时间", "发布时间", "发表时间", "published", "created"),
    "url": ("url", "link", "链接", "鏈接", "原文链接", "原文", "permalink", "source", "来源", "canonical"),
}
OTHER_KEYS = frozenset(
    [
        "类型",
        "赞数",
        "标签",
        "分类",
        "阅读",
        "评论数",
        "收藏",
        "编辑",
        "tags",
        "tag",
        "type",
        "category",
        "categories",
        "layout",
        "draft",
        "slug",
        "id",
        "weight",
        "description",
        "summary",
        "keywords",
        "cover",
        "image",
        "mathjax",
        "toc",
        "comments",
        "lang",
        "language",
        "aliases",
        "series",
        "subtitle",
        "excerpt",
        "updated",
        "modified",
    ]
)
BYTE_ORDER_MARK = "\ufeff"
LONGEST_TITLE = 80
LONGEST_HEADER = 20_000  # characters that are searched for a header
LONGEST_FIELD = 300  # characters of a title, an author or a date
LONGEST_URL = 2_000  # of which a part leads elsewhere
MOST_NAMED = 20  # items of a list, as of authors: one that names itself again and again has no end
_KNOWN = {key: field for field, keys in FIELDS.items() for key in keys}
_LINE = re.compile(r"[ \t]*([^\s:：]{1,12})[ \t]*[:：][ \t]*(.*)")
_RULE = re.compile(r"[ \t]*[-=*_—]{3,}[ \t]*")
_FENCES = (("---", "yaml"), ("+++", "toml"))
_BYLINE_KEYS = "作者|来源|日期|时间|发布时间|编辑|译者"
_BYLINE = re.compile(rf"(?:(?:{_BYLINE_KEYS})[ \t]*[:：][ \t]*\S[^:：]*?(?:[ \t|｜]+|$))+$")
_BYLINE_PART = re.compile(rf"({_BYLINE_KEYS})[ \t]*[:：][ \t]*(.*?)(?=[ \t|｜]+(?:{_BYLINE_KEYS})[ \t]*[:：]|$)")
_LINK_LINE = re.compile(r"[ \t]*[^\s:：]{0,6}(?:原文|链接|来源|出处)[^\s:：]{0,4}[ \t]*[:：][ \t]*(https?://\S+)[ \t]*")
_NAME = r"[A-Z][\w.'’-]*(?:[ \t]+(?:[A-Z][\w.'’-]*|and|de|da|van|von|der|la|le|al|bin)){0,6}"
_DATE = r"(?:\d{1,2}[ \t]+)?[A-Z][a-z]{2,8}\.?[ \t]+(?:\d{1,2},?[ \t]+)?\d{4}|\d{4}-\d{2}-\d{2}"
_BY = re.compile(rf"([^\n]{{2,80}})\n\s{{0,20}}[Bb][Yy][ \t]+({_NAME})[ \t]*(?:\n\s{{0,20}}({_DATE})[ \t]*)?(?:\n|$)")
_ALONE = re.compile(r"([^\W_][^\n。！？；，：,.!?;:]{1,59})[ \t]*\n[ \t]*\n(?=\s*\S)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ENGLISH_DATE = re.compile(r"(?:(\d{1,2})\s+)?([A-Za-z]{3})[a-z]*\.?\s+(?:(\d{1,2}),?\s+)?(\d{4})")
_SHANGHAI = timedelta(hours=8)
_LARGEST_NUMBER = 10**18  # Python writes out no number of 5000 digits


@dataclass(frozen=True, slots=True)
class Header:
    title: str = ""
    author: str = ""
    date: str = ""
    url: str = ""
    end: int = 0  # where the essay itself begins
    digest: bool = False  # somebody's summary, not the author's own words


def read_header(text: str) -> Header:
    """The header in any of the forms that essays are found with; an empty one where there is none."""
    text = text[:LONGEST_HEADER]
    start = len(text) - len(text.lstrip(BYTE_ORDER_MARK + string.whitespace))
    for read in (_front_matter, _key_lines, _title_and_byline, _english_byline, _markdown_title, _title_alone):
        header = read(text, start)
        if header is not None:
            return header if header.url else _with_link_line(header, text)
    return _with_link_line(Header(), text)


def _front_matter(text: str, start: int) -> Header | None:
    """YAML between `---`, TOML between `+++`."""
    for fence, kind in _FENCES:
        match = re.compile(rf"{re.escape(fence)}[ \t]*\n(.*?)(?<=\n){re.escape(fence)}[ \t]*(?:\n|$)", re.DOTALL).match(
            text, start
        )
        if match is None:
            continue
        values = _yaml(match[1]) if kind == "yaml" else _toml(match[1])
        if values is not None:
            return _header(values, match.end())
    return None


def _yaml(source: str) -> Mapping[str, object] | None:
    try:
        values = yaml.load(source, Loader=yaml.BaseLoader)  # noqa: S506 - strings only, nothing is constructed
    except (yaml.YAMLError, ValueError, OverflowError, RecursionError):
        values = _pairs(source.splitlines(), ":")
    known = isinstance(values, dict) and any(str(key).lower() in {*_KNOWN, *OTHER_KEYS} for key in values)
    return values if known else None  # prose between two rules is no header


def _toml(source: str) -> Mapping[str, object] | None:
    try:
        return tomllib.loads(source)
    except (ValueError, RecursionError):  # a number of 5000 digits is a ValueError
        return _pairs(source.splitlines(), "=") or None


def _pairs(lines: list[str], separator: str) -> dict[str, object]:
    """What can be saved of front matter that is broken."""
    pairs = (line.replace("：", ":").partition(separator) for line in lines)
    return {key.strip(): value.strip().strip("'\"") for key, _, value in pairs if key.strip().lower() in _KNOWN}


def _key_lines(text: str, start: int) -> Header | None:
    """`标题: …` and the like, a line each, up to a rule, an empty line or a line of another kind."""
    values: dict[str, object] = {}
    end = start
    for line in text[start:].splitlines(keepends=True)[:20]:
        match = _LINE.fullmatch(line.rstrip("\n"))
        if _RULE.fullmatch(line.rstrip("\n")) and values:
            return _header(values, end + len(line))
        if match is None or (match[1].lower() not in _KNOWN and match[1].lower() not in OTHER_KEYS):
            break
        values[match[1]] = match[2].strip()
        end += len(line)
    return (
        _header(values, end) if len(values) > 1 or any(_KNOWN.get(key.lower()) == "title" for key in values) else None
    )


def _title_and_byline(text: str, start: int) -> Header | None:
    """A title alone on the first line and `作者: … 来源: …` on the next."""
    lines = [line for line in text[start:].split("\n", 5)[:5] if line.strip()]
    if len(lines) < 2 or max(map(len, lines[:2])) > LONGEST_TITLE or not _BYLINE.match(lines[1].strip()):
        return None
    values: dict[str, object] = {key: value.strip() for key, value in _BYLINE_PART.findall(lines[1].strip())}
    values["title"] = lines[0].strip().lstrip("# ")
    return _header(values, text.index(lines[1], start) + len(lines[1]))


def _english_byline(text: str, start: int) -> Header | None:
    """A title, `By Somebody` on the next line, and perhaps a date after it."""
    match = _BY.match(text, start)
    if match is None:
        return None
    values: dict[str, object] = {"title": match[1].strip("# \t"), "author": match[2].strip()}
    return _header(values | ({"date": match[3]} if match[3] else {}), match.end())


def _title_alone(text: str, start: int) -> Header | None:
    """A short first line that is no sentence, with an empty line after it."""
    match = _ALONE.match(text, start)
    return Header(title=match[1].strip(), end=match.end()) if match else None


def _markdown_title(text: str, start: int) -> Header | None:
    match = re.compile(r"#[ \t]+(\S.*)\n").match(text, start)
    return Header(title=match[1].strip(" #\t"), end=match.end()) if match else None


def _with_link_line(header: Header, text: str) -> Header:
    """`原文: https://…` alone on one of the first lines names the essay's address."""
    for line in text[header.end :].lstrip().split("\n", 8)[:8]:
        if match := _LINK_LINE.fullmatch(line):
            return replace(header, url=match[1])
    return header


def _header(values: Mapping[str, object], end: int) -> Header:
    found: dict[str, str] = {}
    for key, value in values.items():
        field = _KNOWN.get(str(key).lower())
        text = _plain(value)
        if field and text and (field != "url" or text.startswith(("http://", "https://"))):
            found.setdefault(field, within(field, iso_date(text) if field == "date" else text))
    digest = _plain(values.get("digest")).lower() == "true"
    return Header(**found, digest=digest, end=end)


def _plain(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value[:MOST_NAMED] if not isinstance(item, list))
    if not isinstance(value, str | float | date | time) and not (
        isinstance(value, int) and abs(value) < _LARGEST_NUMBER
    ):
        return ""
    text = " ".join(str(value).split())
    return (
        text[: LONGEST_URL + 1].encode("utf-8", "replace").decode("utf-8")
    )  # an escape in YAML can be half a character


def within(field: str, value: str) -> str:
    """The value of a field, which is a line on the page and is read for names: no longer than a line may be."""
    if field == "url":
        return value if len(value) <= LONGEST_URL else ""
    return value[:LONGEST_FIELD].rstrip()


def iso_date(text: str) -> str:
    """`YYYY-MM-DD`, or as much of it as is given; "" for what is no date. Epochs are read in China's time, where
    such headers come from."""
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        return (datetime.fromtimestamp(int(text[:10]), UTC) + _SHANGHAI).date().isoformat()
    if english := _ENGLISH_DATE.fullmatch(text):
        first, month, second, year = english.groups()
        number = f"{_MONTHS.index(month.lower()) + 1:02}" if month.lower() in _MONTHS else ""
        day = (first or second or "").zfill(2) if first or second else ""
        return "-".join(part for part in (year, number, day if number else "") if part)
    match = re.match(
        r"(\d{4})(?:\s*[-/.年]\s*(1[0-2]|0?[1-9])(?!\d)(?:\s*[-/.月]\s*(3[01]|[12]\d|0?[1-9])(?!\d))?)?", text, re.ASCII
    )
    return "-".join(part.zfill(2) for part in match.groups() if part) if match else ""
