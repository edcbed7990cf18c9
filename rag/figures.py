"""The numbers in a sentence that somebody else wrote, and whether the excerpts that it cites have them."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from index.documents import language_of
from rag.particulars import numbers
from rag.types import Citation

# Where a numeral counts nothing that an essay would have to say.
_IDLE = re.compile(
    r"(?<![十百千万亿第几零〇一二三四五六七八九\d])[一1]\s?(?=[个種种位篇项条名家类款段句部本套组份门番整支只座间场群批])(?![一1]\s?[个][月])"
    r"|(?<![\w-])one(?![\w-])(?! (?:hundred|thousand|million|billion|half|third|quarter))"
    r"|^\s*(?:第[一二三四五六七八九十]+[，,、是点]|(?:first|second|third)(?:ly)?,)"
    r"|(?:其|之)[一二三四五六七八九](?=[，,是：:])",
    re.IGNORECASE,
)
_SPEAKERS = re.compile(
    r"(?P<zh>[两二三四五六七八九十\d]+)\s?(?:位|篇|者|人|名)"
    r"|\b(?P<en>two|three|four|five|six|seven|eight|nine|ten|\d+) (?:authors|essays|writers|sources|of them)\b",
    re.IGNORECASE,
)
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_MONTH = re.compile(rf"\b(?:{'|'.join(month for month in _MONTHS if month != 'May')}|May(?=,? \d)|(?<=\d )May)\b")
_SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SCALED = re.compile(rf"(?<![\d.,])(\d{{1,6}}(?:\.\d{{1,6}})?) ({'|'.join(_SCALES)})(?![a-z])", re.IGNORECASE)
_WRITTEN = re.compile(
    rf"[\d０-９][\d０-９.,，]*(?:\s?[十百千万亿]+|\s(?:{'|'.join(_SCALES)}))?\s?[%％‰倍成]?|[第百千万亿一二两三四五六七八九十零〇半]+(?:分之[一二两三四五六七八九十百]+)?[倍成]?",
    re.IGNORECASE,
)
_RANGE = re.compile(r"(?P<first>\d[\d.]*)(?P<unit>%|‰)?-(?P<last>\d[\d.]*)(?P<last_unit>%|‰)?")


def foreign_number(text: str, citations: Sequence[Citation]) -> str:
    """The first number of the text that no excerpt has, nor the title or the date of its essay; "" if there is none.
    The neighbouring sentences do not count: a figure from there is a figure of something else."""
    known = {part for citation in citations for number in _stated(citation) for part in (number, *_ends(number))}
    abroad = all(language_of(citation.quote) != language_of(text) for citation in citations)
    known |= {"1"} if abroad else set()  # 首次 is first, and a is 一
    for number in numbers(_alike(_IDLE.sub(" ", _without_speakers(text, citations)))):
        ends = _ends(number)
        if number not in known and not (ends and all(end in known for end in ends)):
            return _as_written(number, text)
    return ""


def _as_written(number: str, text: str) -> str:
    """The text's own way to write it, where that can be told."""
    written = (match[0].strip("，,. ") for match in _WRITTEN.finditer(text))
    return next((one for one in written if number in numbers(_alike(one))), number)


def _stated(citation: Citation) -> Iterator[str]:
    yield from numbers(_alike(citation.quote))
    yield from numbers(citation.document.title)
    yield from (str(int(part)) for part in re.findall(r"\d{1,4}", citation.document.date))


def _alike(text: str) -> str:
    """As both languages have it: 1.4 million is 1400000, as 140万 is, and October 10月."""
    scaled = _SCALED.sub(lambda match: f"{Decimal(match[1]) * _SCALES[match[2].lower()]:.0f}", text)
    return _MONTH.sub(lambda match: f" {_MONTHS.index(match[0]) + 1}月 ", scaled)


def _ends(number: str) -> tuple[str, ...]:
    """Of a range, its two numbers: 70-80% is from 70% to 80%."""
    found = _RANGE.fullmatch(number)
    if not found:
        return ()
    unit = found["last_unit"] or ""
    return found["first"] + (found["unit"] or unit), found["last"] + unit


def _without_speakers(text: str, citations: Sequence[Citation]) -> str:
    """“Two authors” is our count, and right where two are cited."""
    counts = {
        str(len(citations)),
        str(len({citation.document.name for citation in citations})),
        str(len({citation.document.author for citation in citations})),
    } - {"1"}
    return _SPEAKERS.sub(lambda match: " " if set(numbers(match[0])) <= counts else match[0], text)
