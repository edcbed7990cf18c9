"""How an essay sets the words of others apart: block quotes, turns of a conversation, lists under a line that names a
speaker."""

import re

from index.types import Document, Span
from rag.speakers import OWN, own_names, speaker_in
from rag.types import Reported

FAR = 4_000  # characters that are looked through for the ends of a block
TURNS = 6_000  # and for other turns of a conversation
ITEMS = 20  # of a list, above the one that was cited
LISTED = re.compile(r"[ \t]*(?:[-*+•·▪◦●○>][ \t]+|\d{1,3}[.．)）、][ \t]*|[（(]\d{1,2}[）)][ \t]*)")

_ENDS_PARAGRAPH = re.compile(r"\n[ \t]*\n|\n(?=[ \t]*(?:[-*+•>#]|\d{1,3}[.)、]))|(?<=[.!?:”\"])[ \t]*\n")
_QUOTED_LINE = re.compile(r"[ \t]{0,3}>")
_BY = re.compile(r"[ \t>]*(?:——|—|--|–)[ \t]*(?P<who>[^\n]{1,40}?)[ \t]*$")
_CALLOUT = re.compile(
    r"[ \t>]*(?:\*\*|\[!)?(?:注|提示|说明|更新|编者按|声明|摘要|本文|Note|Tip|TL;?DR|Update|Warning|Important)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"[ \t]*(?:\*\*)?(?P<who>[^\s*：:，。,.|#>-][^*：:，。,|\n]{0,20}?)(?:\*\*)?[：:](?:\*\*)?[ \t]*(?=[^\s/])"
)
_LATIN_NAME = re.compile(r"[A-Z][\w.’'-]*(?: [A-Z][\w.’'-]*){0,3}")


def paragraph_start(document: Document, at: int, most: int) -> int:
    """Of the paragraph that `at` is in. In Chinese a line is one; in English it may be wrapped."""
    text, least = document.text, max(0, at - most)
    if document.language == "zh":
        return max(least, text.rfind("\n", least, at) + 1)
    ends = [match.end() for match in _ENDS_PARAGRAPH.finditer(text, least, at)]
    return ends[-1] if ends else least


def line_of(text: str, at: int) -> Span:
    """As far as it is within reach."""
    start = text.rfind("\n", max(0, at - FAR), at) + 1
    end = text.find("\n", at, at + FAR)
    return Span(max(start, at - FAR), end if end >= 0 else min(len(text), at + FAR))


def line_before(text: str, at: int) -> Span | None:
    """The nearest line above the one that begins at `at` and is not empty."""
    end = at
    while end > max(0, at - FAR):
        line = line_of(text, end - 1)
        if text[line.start : line.end].strip():
            return line
        end = line.start
    return None


def introduced_by(document: Document, at: int) -> Span | None:
    """The line with a colon at its end that the line or the list of `at` stands under."""
    text, line = document.text, line_of(document.text, at)
    is_item = LISTED.match(text, *line)
    for _ in range(ITEMS):
        above = line_before(text, line.start)
        if above is None:
            return None
        if text[above.start : above.end].rstrip("*_ \t").endswith(("：", ":")):
            return above
        if not (is_item and LISTED.match(text, *above)):
            return None
        line = above
    return None


def block_quote(document: Document, span: Span) -> Span | None:
    """The lines around the excerpt that begin with `>`."""
    text, first = document.text, line_of(document.text, span.start)
    if not _QUOTED_LINE.match(text, *first):
        return None
    start, end = first
    while start > max(0, span.start - FAR):
        above = line_of(text, start - 1)
        if not _QUOTED_LINE.match(text, *above):
            break
        start = above.start
    while end < min(len(text), span.end + FAR):
        below = line_of(text, end + 1)
        if below.end <= end or not _QUOTED_LINE.match(text, *below):
            break
        end = below.end
    return Span(start, end)


def quoted_by(document: Document, block: Span) -> Span | None:
    """Who a block quote is signed by, in its last line or in the one below."""
    text = document.text
    lines = [line_of(text, max(block.start, block.end - 1))]
    below = line_of(text, min(len(text), block.end + 1))
    for line in (*lines, below):
        signed = _BY.match(text, *line) or re.compile(r"[^\n]{0,400}?(?:——|—)[ \t]*(?P<who>[^\n—]{1,30})$").match(
            text, *line
        )
        if signed and (line != below or _BY.match(text, *line)):
            return Span(*signed.span("who"))
    return None


def is_note(document: Document, block: Span) -> bool:
    """Whether a block quote is rather the author's own remark: at the head or the foot of an essay, or labelled so."""
    text = document.text
    if _CALLOUT.match(text, *block):
        return True
    before, after = text[max(0, block.start - FAR) : block.start], text[block.end : block.end + FAR]
    furniture = sum(f.end - f.start for f in document.furniture if f.end <= block.start)
    first = block.start < FAR and not re.search(
        r"^(?!#)[^\n]*\w", before[furniture:] if furniture <= len(before) else before, re.MULTILINE
    )
    last = not re.search(r"\w", after) or any(
        f.start <= block.end + 2 and f.end >= len(text.rstrip()) for f in document.furniture
    )
    return first or last


def turn_of(document: Document, start: int) -> Reported | None:
    """What a paragraph says that begins with a speaker's name, in an essay where speakers take turns."""
    text = document.text
    label = _LABEL.match(text, start, min(len(text), start + 40))
    who = Span(*label.span("who")) if label else None
    if who is None or not is_name(document, who):
        return None
    around = text[max(0, start - TURNS) : start + TURNS]
    heads = [match["who"] for match in map(_LABEL.match, around.split("\n")) if match]
    mine = text[who.start : who.end]
    others = {head for head in heads if head != mine and heads.count(head) > 1} if len(heads) < 500 else set()
    if heads.count(mine) < 2 or not others:
        return None
    return Reported("quoted", mine, who, who)


def is_name(document: Document, who: Span) -> bool:
    name = document.text[who.start : who.end]
    if re.fullmatch(rf"问|答|Q|A|{OWN}", name) or any(own in name for own in own_names(document.author)):
        return False
    speaker = speaker_in(document.text, *who)
    return bool((speaker and speaker.sort == "named") or _LATIN_NAME.fullmatch(name))
