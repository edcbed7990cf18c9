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
_BY_AT_END = re.compile(r"[^\n]{0,400}?(?:——|—)[ \t]*(?P<who>[^\n—]{1,30})$")
_BODY = re.compile(r"^(?!#)[^\n]*\w", re.MULTILINE)
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
    last, below = line_of(text, max(block.start, block.end - 1)), line_of(text, min(len(text), block.end + 1))
    signed = _BY.match(text, *last) or _BY_AT_END.match(text, *last) or _BY.match(text, *below)
    return Span(*signed.span("who")) if signed else None


def is_note(document: Document, block: Span) -> bool:
    """Whether a block quote is rather the author's own remark: at the head or the foot of an essay, or labelled so."""
    text, furniture = document.text, document.furniture
    if _CALLOUT.match(text, *block):
        return True
    header = max((piece.end for piece in furniture if piece.end <= block.start and piece.start == 0), default=0)
    footer = min((piece.start for piece in furniture if piece.start >= block.end), default=len(text))
    before, after = text[max(header, block.start - FAR) : block.start], text[block.end : min(footer, block.end + FAR)]
    return not _BODY.search(before) or not _BODY.search(after)


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
