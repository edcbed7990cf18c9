"""Document to passages: whole sentences, one section, about a screen of text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.sentences import heading_of, sentences_of
from index.types import Document, Passage, Span

TARGET = 350.0  # in Chinese characters; with its context well below the 512 tokens that encoders read
LATIN_WEIGHT = 0.4  # a Latin letter takes this much of a Chinese character's tokens
WRAPPED = (40, 100)  # columns
SPLITTER_VERSION = 2  # raise it when the same text would be cut in another way

_STARTS_PARAGRAPH = re.compile(
    r"[ \t]*(?:$|[-*+•·▪◦●○>|][ \t]|#{1,6}[ \t]|\d{1,3}[.)、]|[（(]\d{1,2}[）)]|\*\*|```|　)"
)
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(slots=True)
class _Section:
    """What stands under one heading."""

    headings: tuple[str, ...]
    start: int | None = None  # of the heading's own line
    sentences: list[Span] = field(default_factory=list)


def split(document: Document) -> list[Passage]:
    """Every sentence that may be cited is in exactly one passage; passages do not overlap."""
    return [passage for section in _sections(document) for passage in _packed(document, section)]


def _sections(document: Document) -> list[_Section]:
    sections = [_Section(())]
    levels: dict[int, str] = {}
    for block in _blocks(document.text, document.furniture):
        heading = heading_of(document.text[block.start : block.end])
        if heading:
            level = _level(document.text, block)
            levels = {depth: words for depth, words in levels.items() if depth < level} | {level: heading}
            sections.append(_Section(tuple(levels.values()), block.start))
        else:
            sections[-1].sentences += sentences_of(document.text, block)
    return sections


def _level(text: str, block: Span) -> int:
    line = text[block.start : block.end].lstrip()
    return len(line) - len(line.lstrip("#"))


def _blocks(text: str, furniture: tuple[Span, ...]) -> Iterator[Span]:
    """Paragraphs between the furniture; a line is one unless it was wrapped."""
    start = 0
    for span in (*furniture, Span(len(text), len(text))):
        if span.start > start:
            yield from _paragraphs(text, Span(start, span.start))
        start = max(start, span.end)


def _paragraphs(text: str, block: Span) -> Iterator[Span]:
    start = offset = block.start
    for line in text[block.start : block.end].split("\n"):
        end = offset + len(line)
        following = text[end + 1 : min(block.end, end + 81)].split("\n")[0]
        if not _is_wrapped(line, following):
            if text[start:end].strip():
                yield Span(start, end)
            start = min(end + 1, block.end)
        offset = end + 1
    if text[start : block.end].strip():
        yield Span(start, block.end)


def _is_wrapped(line: str, following: str) -> bool:
    """Latin text is often wrapped at 60 to 100 columns; Chinese is not, and a short line is a line of its own."""
    return (
        WRAPPED[0] <= len(line) <= WRAPPED[1]
        and bool(following.strip())
        and not _CJK.search(line)
        and not line.endswith("  ")  # a line break in Markdown
        and not heading_of(line)
        and not _STARTS_PARAGRAPH.match(following)
    )


def weight(text: str) -> float:
    """Length in Chinese characters."""
    wide = len(_CJK.findall(text))
    return wide + LATIN_WEIGHT * (len(text) - wide)


def _packed(document: Document, section: _Section) -> Iterator[Passage]:
    """As many sentences as fit; the parts of a section are of about one size."""
    weights = [weight(document.text[start:end]) for start, end in section.sentences]
    total = sum(weights)
    target = total / max(1, -(-total // TARGET))
    pack: list[Span] = []
    filled, start = 0.0, section.start
    for span, size in zip(section.sentences, weights, strict=True):
        if pack and filled + size / 2 > target:
            yield _passage(document, section, start, pack)
            pack, filled, start = [], 0.0, None
        pack.append(span)
        filled += size
    if pack:
        yield _passage(document, section, start, pack)


def _passage(document: Document, section: _Section, start: int | None, pack: list[Span]) -> Passage:
    first = pack[0].start if start is None else start
    return Passage(document, first, pack[-1].end, tuple(pack), " ".join(section.headings))
