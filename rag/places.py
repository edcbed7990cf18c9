"""Where a quotation stands in the essays: exactly, but for its marks, or nearly."""

import difflib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from index.terms import fold
from index.types import Document, Span

SHINGLE = 3  # characters; a quotation and its source share some runs of this length
ALIKE = 0.6  # share of characters that an altered quotation still has in common with its source


@dataclass(frozen=True, slots=True)
class Folded:
    """A text's letters and digits in their one form, and where each of them stands in the text."""

    letters: str
    places: npt.NDArray[np.int32]

    def span(self, start: int, end: int) -> Span:
        return Span(int(self.places[start]), int(self.places[end - 1]) + 1)


class _Letters(dict[int, str]):
    """Characters to what is compared of them, for str.translate; each is folded once."""

    def __missing__(self, code: int) -> str:
        kept = "".join(c for c in fold(chr(code)) if _is_letter(c))
        self[code] = kept
        return kept


def _is_letter(character: str) -> bool:
    """Marks that combine with a letter are part of it; what is invisible is not."""
    return unicodedata.category(character)[0] in "LNSM" and character not in "`~^" and not _is_variation(character)


def _is_variation(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


_LETTERS = _Letters()
_COMBINING = re.compile("[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\u3099\u309a\ufe20-\ufe2f]")


def letters_of(text: str) -> str:
    """What is compared of it."""
    return (unicodedata.normalize("NFC", text) if _COMBINING.search(text) else text).translate(_LETTERS)


@lru_cache(maxsize=64)
def folded(text: str) -> Folded:
    return fold_text(text)


def fold_text(text: str) -> Folded:
    """Not remembered, for whoever keeps it."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    if _COMBINING.search(text):
        return _composed(text)
    letters = text.translate(_LETTERS)
    kinds, of = np.unique(codes, return_inverse=True)
    lengths = np.array([len(_LETTERS[code]) for code in kinds.tolist()], np.int64)
    places = np.repeat(np.arange(len(text), dtype=np.int32), lengths[of]) if len(text) else np.zeros(0, np.int32)
    return Folded(letters, places)


def _composed(text: str) -> Folded:
    """A letter with the marks that combine with it is one, in whichever of both ways it is written."""
    letters: list[str] = []
    places: list[int] = []
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and _COMBINING.match(text[end]):
            end += 1
        kept = unicodedata.normalize("NFC", text[at:end]).translate(_LETTERS)
        letters.append(kept)
        places += [at] * (len(kept) - 1) + [end - 1] * bool(kept)
        at = end
    return Folded("".join(letters), np.array(places, np.int32))


def locate(quote: str, documents: Sequence[Document]) -> tuple[Document, Span] | None:
    """Where the quotation stands first, exactly if it does so anywhere, otherwise but for its marks."""
    return next(places(quote, documents), None)


def places(quote: str, documents: Sequence[Document]) -> Iterator[tuple[Document, Span]]:
    """Every place where the quotation stands exactly; where there is none, every one where only its marks differ."""
    wanted, letters = quote.strip(), folded(quote.strip()).letters
    if not letters:
        return
    exact = False
    for document in documents:
        for at in starts(wanted, document.text):
            exact = True
            yield document, Span(at, at + len(wanted))
    if exact:
        return
    for document in documents:
        text = folded(document.text)
        for at in starts(letters, text.letters):
            yield document, text.span(at, at + len(letters))


def starts(wanted: str, text: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + len(wanted))


def closest(quote: str, documents: Sequence[Document]) -> tuple[Document, Span] | None:
    """The stretch of text that has most in common with the quotation, if that is enough."""
    letters = folded(quote).letters
    best: tuple[float, Document, Span] | None = None
    for document in documents:
        text = folded(document.text)
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
