"""Is a quotation what an essay says? Exact, the same but for its marks, altered, or absent."""

import difflib
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.terms import fold
from index.types import Document, Span

SHINGLE = 3  # characters; a quotation and its source share some runs of this length
LONGEST = 2_000  # characters; a longer quotation is looked up, and not compared letter by letter
ALIKE = 0.6  # share of characters that an altered quotation still has in common with its source


@dataclass(frozen=True, slots=True)
class Checked:
    """`verdict`: exact; normalised (only width, case, spacing, punctuation, Traditional or Simplified differ);
    altered; absent."""

    quote: str
    verdict: str
    document: Document | None = None
    span: Span | None = None
    difference: str = ""  # what the quotation drops as [-…-] and adds as {+…+}


@dataclass(frozen=True, slots=True)
class _Folded:
    """A text's letters and digits in their one form, and where each of them stands in the text."""

    letters: str
    places: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        return Span(self.places[start], self.places[end - 1] + 1)


def check(quote: str, documents: Sequence[Document]) -> Checked:
    """Compare one quotation with every essay."""
    found = locate(quote, documents)
    if found is not None:
        document, span = found
        same = document.text[span.start : span.end] == quote.strip()
        return Checked(quote, "exact" if same else "normalised", document, span)
    near = closest(quote, documents) if len(quote) <= LONGEST else None
    if near is None:
        return Checked(quote, "absent")
    document, span = near
    return Checked(quote, "altered", document, span, difference(document.text[span.start : span.end], quote))


def locate(quote: str, documents: Sequence[Document]) -> tuple[Document, Span] | None:
    """Where the quotation stands first, exactly if it does so anywhere, otherwise but for its marks."""
    return next(places(quote, documents), None)


def places(quote: str, documents: Sequence[Document]) -> Iterator[tuple[Document, Span]]:
    """Every place where the quotation stands exactly; where there is none, every one where only its marks differ."""
    wanted, letters = quote.strip(), _folded(quote.strip()).letters
    if not letters:
        return
    exact = False
    for document in documents:
        for at in _starts(wanted, document.text):
            exact = True
            yield document, Span(at, at + len(wanted))
    if exact:
        return
    for document in documents:
        text = _folded(document.text)
        for at in _starts(letters, text.letters):
            yield document, text.span(at, at + len(letters))


def _starts(wanted: str, text: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + len(wanted))


@lru_cache(maxsize=64)
def _folded(text: str) -> _Folded:
    letters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        for letter in _letter(character):
            letters.append(letter)
            places.append(place)
    return _Folded("".join(letters), tuple(places))


@lru_cache(maxsize=65_536)
def _letter(character: str) -> str:
    return "".join(c for c in fold(character) if unicodedata.category(c)[0] in "LNS" and c not in "`~^")


def closest(quote: str, documents: Sequence[Document]) -> tuple[Document, Span] | None:
    """The stretch of text that has most in common with the quotation, if that is enough."""
    letters = _folded(quote).letters
    best: tuple[float, Document, Span] | None = None
    for document in documents:
        text = _folded(document.text)
        window = _densest(letters, text.letters)
        if window is None:
            continue
        matcher = difflib.SequenceMatcher(None, letters, text.letters[window.start : window.end], autojunk=False)
        blocks = [block for block in matcher.get_matching_blocks() if block.size]
        shared = sum(block.size for block in blocks)
        if shared >= ALIKE * len(letters) and (best is None or shared > best[0]):
            last = blocks[-1]
            best = (shared, document, text.span(window.start + blocks[0].b, window.start + last.b + last.size))
    return best[1:] if best else None


def _densest(letters: str, text: str) -> Span | None:
    """The window of about the quotation's length in which most of its shingles occur."""
    shingles = {letters[i : i + SHINGLE] for i in range(len(letters) - SHINGLE + 1)}
    length = len(letters) + 2 * SHINGLE
    places = [i for i in range(len(text) - SHINGLE + 1) if text[i : i + SHINGLE] in shingles]
    if not places:
        return None
    counts, first = [], 0
    for last, place in enumerate(places):
        while place - places[first] > length:
            first += 1
        counts.append((last - first + 1, places[first]))
    start = max(counts)[1]
    return Span(max(0, start - length // 4), min(len(text), start + length + length // 4))


def difference(source: str, quote: str) -> str:
    """The quotation with what it dropped from its source as [-…-] and what it added as {+…+}."""
    parts = []
    for kind, i, j, k, m in difflib.SequenceMatcher(None, source, quote, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(source[i:j])
            continue
        parts += [f"[-{source[i:j]}-]"] if i < j else []
        parts += [f"{{+{quote[k:m]}+}}"] if k < m else []
    return "".join(parts)
