"""Text to sentences, by offset, in Chinese and English."""

import re
from collections.abc import Iterator

from index.types import Span

LONGEST = 300  # characters; a longer sentence is cut where it breathes
COMFORTABLE = 150  # a longer one is cut at its semicolons

_CJK = r"\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_CLOSERS = "”’」』）)】］\\]》〉\"'*_"
_END = re.compile(
    rf"(?:[。！？]+|(?<=[{_CJK}])[!?]+|(?<![!?])[!?]+(?=[\s{_CLOSERS}{_CJK}]|$)|(?<![.\s])\.(?![.\w])(?=[\s{_CLOSERS}]|$)"
    rf"|(?<=[\w)])\.(?=[{_CJK}])|(?:…{{2}}|\.{{3,6}})(?=\s|$))[{_CLOSERS}]*"
)
# What stands between these belongs together, so a sentence does not end inside; bounded, since a mark may be unpaired.
_PAIRS = re.compile(
    r"“[^“”\n]{0,120}”|「[^「」\n]{0,120}」|『[^『』\n]{0,120}』|（[^（）\n]{0,120}）|《[^《》\n]{0,80}》|\"[^\"\n]{0,120}\"|\([^()\n]{0,120}\)"
)
_ABBREVIATION = re.compile(
    r"(?:^|[^A-Za-z])(?:[A-Z]|e\.g|i\.e|cf|vs|etc|al|[Ff]igs?|[Ee]qs?|[Ss]ecs?|[Vv]ols?|[Nn]os?|pp?|approx|resp|Mr|Mrs|Ms|Dr|Prof"
    r"|Sr|Jr|St|Inc|Ltd|Co|Corp|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|[A-Z](?:\.[A-Z])+)\.$"
)
_MARKER = re.compile(r"[\s>\ufeff]*(?:[-*+•·▪◦●○][ \t]+|\d{1,3}[.)、][ \t]*(?=\D)|[（(]\d{1,2}[）)][ \t]*)?[\s>]*")
_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(.*)")
_WORD = re.compile(rf"[{_CJK}]|\w\w")
_GOES_ON = tuple("，。、；：！？,;:的")  # after these a closing mark did not end the sentence
_BREATHS = (re.compile(r"[；;]\s*|(?=（\d{1,2}）)"), re.compile(r"[，,：:、]\s*"), re.compile(r"\s+"))


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


def _cut(text: str, block: Span) -> Iterator[Span]:
    kept_together = [match.span() for match in _PAIRS.finditer(text, block.start, block.end)]
    start, pair = block.start, 0
    marker = _MARKER.match(text, block.start, block.end)  # its own full stop ends nothing
    for match in _END.finditer(text, marker.end() if marker else block.start, block.end):
        while pair < len(kept_together) and kept_together[pair][1] <= match.start():
            pair += 1
        opens, closes = kept_together[pair] if pair < len(kept_together) else (block.end, block.end)
        inside = opens < match.start() and match.end() < closes
        goes_on = text[match.end() : match.end() + 1] in _GOES_ON
        if inside or goes_on or _is_abbreviation(text, match):
            continue
        # a straight quote that opens closes nothing
        end = opens if match.start() < opens < match.end() else match.end()
        yield Span(start, end)
        start = end
    yield Span(start, block.end)


def _is_abbreviation(text: str, match: re.Match[str]) -> bool:
    quoted = match[0][-1] in "”\"’'"
    if match[0][0] != "." and not quoted:
        return False
    before = text[max(0, match.start() - 12) : match.start() + 1]
    follows = text[match.end() : match.end() + 2].lstrip()
    return (match[0][0] == "." and bool(_ABBREVIATION.search(before))) or follows[:1].islower()


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
