"""The stretches of the essays that a quotation is put together from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.types import Document, Span
from rag.alignment import Block, Token, align, tokens_of
from rag.places import fold_text, letters_of

BITS = 20  # of a shingle's hash
SHINGLES = {"zh": 3, "en": 6}  # letters; three Latin ones in a row are in every text
WINDOWS = 6  # that are compared of those with most in common, and as many of those with the longest run
LONG = 2_000  # tokens; of a longer quotation fewer windows are compared
LOOKUPS = 7  # of one quotation and what is left of it
SMALLEST = 5  # weight of what a stretch has in common with the quotation, at least
ALIKE = 0.5  # share of its part of the quotation that a stretch has, at least
LEFT_OUT = 8  # tokens; to leave out more of the source costs no more
UNMATCHED = 0.7  # what a token of the quotation costs that is not in the source, where one that is there earns 1

Codes = npt.NDArray[np.uint32]
Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Stretch:
    """`quote`: the quotation's characters that it is a source of; `weight`: of what both have."""

    document: Document
    span: Span
    quote: Span
    weight: int


class Essays:
    """Essays in the order of their names, laid out so that what is like a quotation is found without reading them all.
    Takes ten to fifteen bytes a character."""

    def __init__(self, documents: Sequence[Document]) -> None:
        self.documents = sorted(documents, key=lambda document: document.name)
        self.folded = [fold_text(document.text) for document in self.documents]
        sizes = [len(folded.letters) + 1 for folded in self.folded]
        self._starts = np.cumsum([0, *sizes])
        self.letters = "\0".join([*(folded.letters for folded in self.folded), ""])
        self._hashes: dict[int, tuple[Codes, Weights]] = {}

    def home(self, at: int) -> int:
        """Which document has this letter."""
        return int(np.searchsorted(self._starts, at, side="right")) - 1

    def span(self, start: int, end: int) -> tuple[Document, Span]:
        """Of letters, the characters."""
        row = self.home(start)
        first = int(self._starts[row])
        return self.documents[row], self.folded[row].span(start - first, end - first)

    def cover(self, quote: str) -> list[Stretch]:
        """From the quotation's beginning to its end; what no stretch covers is in no essay."""
        tokens = tokens_of(quote)
        found: list[Stretch] = []
        left = [Span(0, len(tokens))]
        for _ in range(LOOKUPS):
            if not left:
                break
            start, end = left.pop(0)
            best = self._best(quote, tokens[start:end])
            if best is None:
                continue
            stretch, part = best
            found.append(stretch)
            rest = [Span(start, start + part.start), Span(start + part.end, end)]
            left += [span for span in rest if sum(token.weight for token in tokens[span.start : span.end]) >= SMALLEST]
        return sorted(found, key=lambda stretch: stretch.quote)

    def _best(self, quote: str, tokens: Sequence[Token]) -> tuple[Stretch, Span] | None:
        """The stretch that covers most of these tokens, and which of them."""
        best: tuple[float, Stretch, Span] | None = None
        for document, window in self._windows(quote[tokens[0].start : tokens[-1].end], len(tokens)):
            source = tokens_of(document.text[window.start : window.end])
            core = _core(align(source, tokens), tokens)
            if core is None:
                continue
            score, weight, blocks = core
            first, last = blocks[0], blocks[-1]
            part = Span(first.quote, last.quote + last.size)
            inside = sum(token.weight for token in tokens[part.start : part.end])
            if weight >= SMALLEST and weight >= ALIKE * inside and (best is None or score > best[0]):
                span = Span(
                    window.start + source[first.source].start, window.start + source[last.source + last.size - 1].end
                )
                characters = Span(tokens[part.start].start, tokens[part.end - 1].end)
                best = score, Stretch(document, span, characters, weight), part
        return best[1:] if best else None

    def _windows(self, quote: str, count: int) -> Iterator[tuple[Document, Span]]:
        """Where most of the quotation's shingles are, and where the longest runs of them."""
        letters = letters_of(quote)
        latin = 2 * sum(letter < "\u2e80" for letter in letters) > len(letters)
        size = min(SHINGLES["en" if latin else "zh"], len(letters))
        if size < 2 or len(self.letters) <= size:
            return
        codes, rarity = self._shingles(size)
        wanted = np.zeros(1 << BITS, np.float32)
        asked = _hashes(letters, size)
        wanted[asked] = rarity[asked]
        hits = wanted[codes]
        length, most = len(letters) + 2 * size, WINDOWS if count <= LONG else 1
        margin = length // 4
        seen: set[tuple[int, int]] = set()
        dense = [(at, margin) for at in self._densest(hits, length, most)]
        for at, before in [*dense, *((at, length) for at in _runs(hits, most))]:
            row = self.home(at)
            key = row, (at - before) // max(1, margin)
            if key not in seen:
                seen.add(key)
                yield self.documents[row], self._window(row, at - before, at + length + margin)

    def _window(self, row: int, start: int, end: int) -> Span:
        """Of letters, the characters, as far as they are in that document."""
        first, last = int(self._starts[row]), int(self._starts[row + 1]) - 1
        start, end = max(start, first), min(end, last)
        return self.folded[row].span(start - first, end - first)

    def _densest(self, hits: Weights, length: int, most: int) -> list[int]:
        sums = np.concatenate([[0], np.cumsum(hits, dtype=np.float64)])
        ends = np.minimum(np.arange(len(hits)) + length, len(hits))
        counts = sums[ends] - sums[:-1]
        firsts = np.minimum(self._starts[:-1], len(hits) - 1)
        best = np.maximum.reduceat(counts, firsts)
        rows = [row for row in np.argsort(-best, kind="stable")[:most].tolist() if best[row] > 0]
        found = []
        for row in rows:
            start = int(firsts[row])
            found.append(start + int(np.argmax(counts[start : max(start + 1, int(self._starts[row + 1]))])))
        return [min(at, len(self.letters) - 2) for at in found if self.letters[at] != "\0"]

    def _shingles(self, size: int) -> tuple[Codes, Weights]:
        """Every letter's shingle, and how much each says about where a text is from: less, the more often it is
        there."""
        if size not in self._hashes:
            codes = _hashes(self.letters, size)
            rarity = 1 / np.sqrt(np.maximum(np.bincount(codes, minlength=1 << BITS), 1))
            self._hashes[size] = codes, rarity.astype(np.float32)
        return self._hashes[size]


def _runs(hits: Weights, most: int) -> list[int]:
    """Where the longest runs of shingles begin."""
    misses = np.concatenate([[-1], np.flatnonzero(hits == 0), [len(hits)]])
    sizes = np.diff(misses) - 1
    longest = np.argsort(-sizes, kind="stable")[:most] if len(sizes) < 1000 else _largest(sizes, most)
    return [max(int(misses[k]) + 1, 0) for k in longest.tolist() if sizes[k] > 0]


def _largest(sizes: npt.NDArray[np.int64], most: int) -> npt.NDArray[np.int64]:
    top = np.sort(np.argpartition(-sizes, most)[:most])
    return np.asarray(top[np.argsort(-sizes[top], kind="stable")], np.int64)


def _hashes(letters: str, size: int) -> Codes:
    codes = np.frombuffer(letters.encode("utf-32-le", "surrogatepass"), np.uint32)
    found = np.zeros(max(0, len(codes) - size + 1), np.uint32)
    for k in range(size):
        found = found * np.uint32(1_000_003) + codes[k : k + len(found)]
    return found * np.uint32(2_654_435_761) >> np.uint32(32 - BITS)


def _core(blocks: Sequence[Block], quote: Sequence[Token]) -> tuple[float, int, Sequence[Block]] | None:
    """The run of blocks that has most in common and least between: its score, its weight, the run."""
    best: tuple[float, int, Sequence[Block]] | None = None
    score, weight, first = 0.0, 0, 0
    for place, block in enumerate(blocks):
        if place > first:
            last = blocks[place - 1]
            added = sum(token.weight for token in quote[last.quote + last.size : block.quote])
            score -= UNMATCHED * added + 0.5 * min(LEFT_OUT, block.source - last.source - last.size)
        if score <= 0:
            score, weight, first = 0.0, 0, place
        of_block = sum(token.weight for token in quote[block.quote : block.quote + block.size])
        score, weight = score + of_block, weight + of_block
        if best is None or score > best[0]:
            best = score, weight, blocks[first : place + 1]
    return best
