"""Text to sentences, by offset, in Chinese and English."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from index.types import Span

LONGEST = 300  # characters; a longer sentence is cut where it breathes
COMFORTABLE = 150  # a longer one is cut at its Chinese semicolons

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSERS = "”’」』)）】］\\]》〉\"'*_\U0001f300-\U0001faff\u200d\ufe0f"  # an emoji closes what it comments on
_NOTE = r"(?:\[[^\[\]\n]{1,20}\](?!\()|[¹²³⁰-⁹]{1,3})"  # [1] or [citation needed], but no Markdown link
_END = re.compile(
    rf"""
    (?: [。｡！？]+
      | (?<=[{_CJK}])[!?]+
      | (?<![!?])[!?]+(?=[\s{_CLOSERS}{_CJK}]|{_NOTE}|$)
      | (?<![.\s])\.(?:(?={_NOTE})|(?![.\w])(?=[\s{_CLOSERS}]|$))
      | (?<=[\w)])\.(?=[{_CJK}])
      | (?:…{{1,2}}|\.{{3,6}})(?=\s|$)
    )
    [{_CLOSERS}]*{_NOTE}*
    """,
    re.VERBOSE,
)
# What stands between these belongs together, so a sentence does not end inside, and with a name or an address neither;
# bounded, since a mark may be unpaired.
_PAIR = re.compile(
    r"“[^“”\n]{0,120}”|‘[^‘’\n]{0,120}’|「[^「」\n]{0,120}」|『[^『』\n]{0,120}』|(?<![0-9A-Za-z.,!?])\"[^\"\n]{0,120}\""
    r"|（[^（）\n]{0,120}）|【[^【】\n]{0,120}】|\([^()\n]{0,120}\)"
    r"|(?P<name>《[^《》\n]{0,80}》|`[^`\n]{1,120}`|\[[^\[\]\n]{0,120}\]\([^()\s]{0,300}\)|https?://[!-~]{0,300}[0-9A-Za-z/])"
)
_ABBREVIATION = re.compile(
    r"(?:^|[^A-Za-z])(?:e\.g|i\.e|cf|vs|al|[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Vv]ols?|pp?|approx|resp|Mr|Mrs|Ms|Dr|Prof|Gen|Gov"
    r"|Sen|Rep|Col|Capt|Lt|Sgt|Rev|St|Mt|Ft|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\.$"
)
_NUMBER = re.compile(r"(?:^|[^A-Za-z])[Nn]os?\.$")  # an abbreviation before a figure only
_INITIALS = re.compile(r"(?:^|[^A-Za-z0-9])(?:[A-Z](?:\.[A-Z])*|Inc|Ltd|Co|Corp|Jr|Sr)\.$")  # may end a sentence too
_STARTER = re.compile(
    r"\s{1,3}(?:The|This|That|These|Those|There|Then|It|Its|He|His|She|Her|We|Our|They|Their|You|In|On|At|For|From|With"
    r"|But|And|So|If|When|While|As|After|Although|However|A(?!\.)|An|I(?!\.))\b"
)
_LISTED = r"(?:[-*+•·▪◦●○][ \t]+(?:\[[ xX]\][ \t]+)?|\d{1,3}[.．)）、][ \t]*(?=\D)|[（(]\d{1,2}[）)][ \t]*)?"
_MARKER = re.compile(rf"[\s>\ufeff]*{_LISTED}[\s>]*")
_OPENING = re.compile(rf"[\s>\ufeff*_]*{_LISTED}")
_TABLE_ROW = re.compile(r"\s*\|[^\n]*\|\s*$")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(.*)")
_WORD = re.compile(rf"[{_CJK}]|\w\w")
_GOES_ON = tuple("，。、；：！？,;:—")  # before these a mark did not end the sentence
_ASIDE = re.compile(r"（(?!\d{1,2}）)[^（）\n]{1,40}[。！？]）")  # a remark that says little without what it remarks on
_AFTER_QUOTE = re.compile(  # what carries a sentence on behind a quotation that is a sentence itself
    r"的(?!确)|是(?!的|啊)|[和与](?![其此平])|或(?!许)|这[个句种类样]|[^\W\d_]{0,8}?(?:说|问|喊|叫|(?<!知)道)(?:着|了)?[，。！？,.]"
)
_BREATHS = (
    re.compile(rf"；\s*|(?<=[{_CJK}]);\s*|(?=（\d{{1,2}}）)"),
    re.compile(r";\s+"),
    re.compile(rf"[，：]\s*|[,:](?=[\s{_CJK}])\s*"),
    re.compile(r"、\s*"),
    re.compile(r"\s+"),
)


def heading_of(line: str) -> str:
    """The words of a Markdown heading; "" for any other line."""
    match = _HEADING.match(line)
    words = match[1].rstrip(" \t") if match else ""
    without = words.rstrip("#")  # `# Words #` closes; `# C#` does not
    return without.strip() if without != words and without[-1:] in ("", " ", "\t") else words


def sentences_of(text: str, block: Span) -> list[Span]:
    """The sentences of one paragraph, without list markers and surrounding space; nothing but exact spans of `text`."""
    spans = (_trimmed(text, span) for span in _cut(text, block))
    short = (piece for span in spans for piece in _shortened(text, span))
    return [span for span in short if _WORD.search(text, span.start, span.end)]


class _Pair(NamedTuple):
    """Two marks and what stands between them."""

    start: int
    end: int
    is_name: bool


def _cut(text: str, block: Span) -> Iterator[Span]:
    if _TABLE_ROW.match(text, block.start, block.end):
        yield block
        return
    start, opened = block.start, _opened(text, block)
    bold, counted = False, start
    for match, pair in _ends(text, block):
        bold ^= text.count("**", counted, match.start()) % 2 == 1
        counted = match.start()
        if match.start() < opened or _goes_on(text, match, pair):
            continue
        end = _before_opening_marks(match, pair, bold=bold)
        yield Span(start, end)
        start, opened = end, _opened(text, Span(end, block.end))
    yield Span(start, block.end)


def _opened(text: str, rest: Span) -> int:
    """Where the marker of a list ends; its own full stop ends no sentence."""
    match = _OPENING.match(text, rest.start, rest.end)
    return match.end() if match else rest.start


def _ends(text: str, block: Span) -> Iterator[tuple[re.Match[str], _Pair]]:
    """Where a sentence may end, and the pair of marks that this is in or in front of."""
    pairs = (_Pair(*match.span(), bool(match["name"])) for match in _PAIR.finditer(text, block.start, block.end))
    none = _Pair(block.end, block.end, is_name=False)
    pair = next(pairs, none)
    for match in _END.finditer(text, block.start, block.end):
        while pair.end <= match.start() and pair is not none:
            pair = next(pairs, none)
        yield match, pair


def _before_opening_marks(match: re.Match[str], pair: _Pair, *, bold: bool) -> int:
    """Straight quotes and the marks of bold look the same where they open; those belong to the next sentence."""
    if match.start() < pair.start < match.end():
        return pair.start
    return match.end() - 2 if match[0].endswith("**") and not bold else match.end()


def _goes_on(text: str, match: re.Match[str], pair: _Pair) -> bool:
    """Whether the sentence has not ended here after all."""
    if pair.start < match.start() and match.end() < pair.end + pair.is_name:
        return True
    after = text[match.end() : match.end() + 16]
    quoted = match[0][-1] in '”"’」』)）'
    if after.startswith(_GOES_ON) or _ASIDE.match(text, match.end()):
        return True
    if (quoted or match[0][0] in ".…") and after[:2].lstrip()[:1].islower():
        return True
    if quoted and (_AFTER_QUOTE.match(after) or _is_in_passing(text, match, pair)):
        return True
    return match[0][0] == "." and _is_abbreviation(text, match.start())


def _is_in_passing(text: str, match: re.Match[str], pair: _Pair) -> bool:
    """那句“行吗？”让他停下: a question or an exclamation that a sentence mentions on its way."""
    mentioned = pair.start < match.start() < pair.end and text[pair.start - 1 : pair.start].isalnum()
    return mentioned and match[0][0] in "！？!?" and text[match.end() : match.end() + 1].isalnum()


def _is_abbreviation(text: str, stop: int) -> bool:
    """Whether the full stop at `stop` belongs to the word in front of it."""
    before, after = text[max(0, stop - 12) : stop + 1], text[stop + 1 : stop + 12]
    if _NUMBER.search(before):
        return after.lstrip()[:1].isdigit()
    return bool(_ABBREVIATION.search(before) or (_INITIALS.search(before) and not _STARTER.match(after)))


def _trimmed(text: str, span: Span) -> Span:
    """Without list markers in front and space around."""
    marker = _MARKER.match(text, span.start, span.end)
    start = marker.end() if marker else span.start
    end = start + len(text[start : span.end].rstrip())
    return _without_bold(text, Span(start, end))


def _without_bold(text: str, span: Span) -> Span:
    """Without the Markdown marks of a bold run that is the whole sentence, or that another sentence shares."""
    start, end = span
    marks = text.count("**", start, end)
    opens, closes = text.startswith("**", start), text.endswith("**", start, end)
    if opens and (marks % 2 or (closes and marks == 2)):
        start += 2
    if closes and start < end and (marks % 2 or (opens and marks == 2)):
        end -= 2
    inner = text[start:end]
    return (
        Span(start + len(inner) - len(inner.lstrip()), start + len(inner.rstrip()))
        if inner.strip()
        else Span(start, start)
    )


def _shortened(text: str, span: Span) -> Iterator[Span]:
    """Halve what is too long at the best break near its middle, until every piece can be an excerpt."""
    length = span.end - span.start
    breaths = _BREATHS if length > LONGEST else _BREATHS[:1] if length > COMFORTABLE else ()
    middle = (span.start + span.end) // 2
    at = next(filter(None, (_break_near(text, span, middle, breath) for breath in breaths)), None)
    if at is None and length <= LONGEST:
        yield span
        return
    at = at or middle
    for half in (Span(span.start, at), Span(at, span.end)):
        yield from _shortened(text, _trimmed(text, half))


def _break_near(text: str, span: Span, middle: int, breath: re.Pattern[str]) -> int | None:
    """The break nearest the middle; none in the outer quarters, which would leave a scrap."""
    quarter = (span.end - span.start) // 4
    ends = [match.end() for match in breath.finditer(text, span.start + quarter, span.end - quarter)]
    return min(ends, key=lambda end: abs(end - middle), default=None)
