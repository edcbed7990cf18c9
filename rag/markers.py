"""The [n] in a text that a model wrote, in the many ways that models write them, and its sentences with theirs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from index.sentences import sentences_of as spans_of
from index.types import Span

MOST = 1_000  # numbers of a sentence; one that names more names all and nothing

_NUMBERS = r"\^?\d{1,4}(?:\s?(?:[,，、;；]|[-–—~～至到])\s?\^?\d{1,4}){0,40}"
_MARKER = re.compile(
    rf"(?:[（(]\s?)?(?:\[\s?{_NUMBERS}\s?\]|【\s?{_NUMBERS}\s?】|［\s?{_NUMBERS}\s?］)(?:\s?[）)])?(?!\()"
)
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_PART = re.compile(r"(\d+)(?:\s?[-–—~～至到]\s?\^?(\d+))?")
_TAIL = re.compile(rf"(?:[ \t]{{0,4}}{_MARKER.pattern})+[。.!！?？]?")
_BEGUN = re.compile(r"[\s\[\]【】［］（）()^0-9,，、;；.。~～–—-]*")
_ENDS = re.compile(r"[。｡！？!?.…：:][^\w\s]{0,8}(?:\s{0,4}" + _MARKER.pattern + r"){0,40}$")


@dataclass(frozen=True, slots=True)
class Marked:
    """A sentence without its markers, and the numbers in these, each once."""

    words: str
    numbers: tuple[int, ...]


def marked(sentence: str) -> Marked:
    found = dict.fromkeys(n for match in _MARKER.finditer(sentence) for n in _named(match[0]))
    return Marked(re.sub(r"[ \t]{1,4}(?=[。，；！？.,;!?])", "", _MARKER.sub("", sentence)), tuple(found)[:MOST])


def _named(marker: str) -> Iterator[int]:
    for first, last in _PART.findall(marker):
        begin, end = int(first), int(last or first)
        # 1-3 are three; a range that runs backwards or far is taken for its two ends.
        yield from range(begin, end + 1) if begin <= end < begin + MOST else (begin, end)


def sentences_of(text: str) -> tuple[list[str], str]:
    """What is complete, and what is still being written; joined they are the text again. A sentence has the markers,
    white space and line breaks that follow it. The last of a line is not complete before the line is: markers may
    follow it, so that a text that is complete is given with a line break at its end.

    >>> sentences_of("水温很要紧。[1] 茶也是")
    (['水温很要紧。[1] '], '茶也是')
    """
    done: list[str] = []
    for line in _LINE.findall(text):
        parts = _parts(line) if line.strip() else [line]
        whole = line.endswith("\n")
        done += parts if whole else parts[:-1]
        if not whole:
            return _without_blanks(done), parts[-1]
    return _without_blanks(done), ""


def _parts(line: str) -> list[str]:
    """The line, cut before each sentence but the first."""
    spans = spans_of(line, Span(0, len(line)))
    cuts = [0]
    for span in spans[:-1]:
        tail = _TAIL.match(line, span.end)
        end = tail.end() if tail else span.end
        end += len(line[end:]) - len(line[end:].lstrip())
        if (
            end > cuts[-1]
            and _ENDS.search(line[max(cuts[-1], end - 300) : end].rstrip())
            and not _BEGUN.fullmatch(line, end)
        ):
            cuts.append(end)
    return [line[start:end] for start, end in zip(cuts, [*cuts[1:], len(line)], strict=True)]


def _without_blanks(parts: list[str]) -> list[str]:
    """Empty lines belong to what is before them."""
    joined: list[str] = []
    for part in parts:
        if joined and not part.strip():
            joined[-1] += part
        else:
            joined.append(part)
    return joined
