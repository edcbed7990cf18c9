"""The numbers in a sentence that somebody else wrote, and whether the excerpts that it cites have them."""

import re
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import combinations

from index.documents import language_of
from index.terms import terms_of
from rag.particulars import numbers
from rag.scope import authors_of
from rag.support import stem
from rag.types import Citation

# Where a numeral counts nothing that an essay would have to say.
_IDLE = re.compile(
    r"(?<![十百千万亿第几零〇一二三四五六七八九\d])[一1]\s?(?=[个種种位篇项条名家类款段句部本套组份门番整支只座间场群批])(?![一1]\s?[个][月])"
    r"|(?<![\w-])one(?![\w-])(?! (?:hundred|thousand|million|billion|half|third|quarter))"
    r"|^\s*(?:第[一二三四五六七八九十]+[，,、是点]|(?:first|second|third)(?:ly)?,)"
    r"|(?:其|之)[一二三四五六七八九](?=[，,是：:])",
    re.IGNORECASE,
)
_SAID = (
    r"(?:[都均也则全皆]|一致|分别|同样|共同|各自){0,3}(?:认为|觉得|指出|提到|谈[到及论]|强调|主张|表示|说|写|同意|赞成|反对|支持"
    r"|的?(?:看法|观点|立场|意见|说法))"
)
_SPEAKERS = re.compile(  # of whoever else the excerpts may count, they would have to say so
    rf"[两二三四五六七八九十\d]+\s?(?:[位名个]?(?=(?:作|讲|笔)者|博主)|篇(?!论文|小说|诗)|者|[位人名](?={_SAID}))"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|\d+) (?:authors|essays|writers|sources"
    r"|of them(?= (?:both |all |also )?(?:say|think|argue|agree|believe|hold|write|point|note|mention)s?\b))\b",
    re.IGNORECASE,
)
_MONTHS = [
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
]
_MONTH = re.compile(rf"\b(?:{'|'.join(month for month in _MONTHS if month != 'May')}|May(?=,? \d)|(?<=\d )May)\b")
_DATED = re.compile(  # 10月, 15日, and after _alike October 15 and 15 October, with the month put first or last
    r"(?P<month>\d{1,2}|[一二三四五六七八九十]{1,2})\s?月(?:\s+(?P<after>\d{1,2})(?:st|nd|rd|th)?(?![\d.%月]))?"
    r"|(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})\s?[日号]"
    r"|(?P<before>\d{1,2})(?:st|nd|rd|th)?\s+(?=\d{1,2}月)"
)
_CLAUSE = re.compile(r"[，；;：:。！？!?、\n（）()]|[,.]\s|\s(?:and|but|while|whereas)\s")
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
    plain = _alike(_IDLE.sub(" ", _without_speakers(_without_names(text, citations), citations)))
    for number in numbers(_without_dates(plain, citations)):
        ends = _ends(number)
        if number not in known and not (ends and all(end in known for end in ends)):
            return _as_written(number, text)
    swapped = _swapped(plain, citations)
    return _as_written(swapped, text) if swapped else ""


def _swapped(text: str, citations: Sequence[Citation]) -> str:
    """One of two numbers that have changed places: what stands with each in the text, and not with both, stands with
    the other one in the excerpts."""
    ours = _beside([text])
    theirs = _beside(_alike(citation.quote) for citation in citations) if len(ours) > 1 else {}
    for one, other in combinations((number for number in ours if number in theirs), 2):
        first, second = ours[one] - ours[other], ours[other] - ours[one]
        here, there = theirs[one] - theirs[other], theirs[other] - theirs[one]
        if first & there and second & here and not (first & here or second & there):
            return one
    return ""


def _beside(texts: Iterable[str]) -> dict[str, set[str]]:
    """By number, the terms of its clauses."""
    found: dict[str, set[str]] = {}
    for clause in (clause for text in texts for clause in _CLAUSE.split(text)):
        terms = {stem(term) for term in terms_of(clause) if not _is_numeral(term)}
        for number in numbers(clause):
            found.setdefault(number, set()).update(terms)
    return found


def _as_written(number: str, text: str) -> str:
    """The text's own way to write it, where that can be told."""
    written = (match[0].strip("，,. ") for match in _WRITTEN.finditer(text))
    return next((one for one in written if number in numbers(_alike(one))), number)


def _stated(citation: Citation) -> Iterator[str]:
    yield from numbers(_alike(citation.quote))
    yield from numbers(citation.document.title)
    yield from numbers(citation.document.date)
    yield from re.findall(r"\d{4}", citation.document.date)


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


def _is_numeral(term: str) -> bool:
    """三星 has one and is none."""
    return bool(numbers(term)) and (
        term.isascii() or bool(re.fullmatch("[零〇一二两三四五六七八九十百千万亿半]+", term))
    )


def _without_names(text: str, citations: Sequence[Citation]) -> str:
    """赵六 is no six."""
    names = {name for citation in citations for name in authors_of(citation.document) if len(name) > 1}
    return re.sub("|".join(map(re.escape, sorted(names, key=len, reverse=True))), " ", text) if names else text


def _without_dates(text: str, citations: Sequence[Citation]) -> str:
    """Without the month and the day of an essay where they are told as such: the 15th accounts for no 15 people."""
    dates = [re.findall(r"\d+", citation.document.date)[1:3] for citation in citations]
    months = {str(int(date[0])) for date in dates if date}
    days = {str(int(date[1])) for date in dates if len(date) > 1}

    def told(match: re.Match[str]) -> str:
        parts = ((match["month"], months), *((match[name], days) for name in ("after", "day", "before")))
        return " " if all(set(numbers(part)) <= known for part, known in parts if part) else match[0]

    return _DATED.sub(told, text)


def _without_speakers(text: str, citations: Sequence[Citation]) -> str:
    """“Two authors” is our count, and right where two are cited."""
    counts = {
        str(len(citations)),
        str(len({citation.document.name for citation in citations})),
        str(len({citation.document.author for citation in citations})),
    } - {"1"}
    return _SPEAKERS.sub(lambda match: " " if set(numbers(match[0])) <= counts else match[0], text)
