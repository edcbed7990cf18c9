"""Two texts side by side, by characters where they are Chinese and by words where they are not."""

import difflib
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from rag.particulars import negations, numbers
from rag.places import letters_of

ANCHOR = 4  # tokens; what is this long and stands once in either text, in the same order, belongs together
LARGEST = 250_000  # pairs of tokens; more between two anchors are another text
LATIN_WEIGHT = 2  # of a word, where a Chinese character weighs 1

_DIGIT = "0-9０-９¹²³⁰⁴-⁹½¼¾⅓⅔"
_TOKEN = re.compile(
    rf"(?:(?<![\w)\]%-])[-−–－](?=[0-9０-９]))?[0-9０-９][{_DIGIT}]*(?:[.,:/．，：^][{_DIGIT}]+)*(?:\s?[%％‰])?"
    r"|[\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7ff\U00020000-\U0003ffff]"
    r"|[^\W\d_\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7ff\U00020000-\U0003ffff]"
    r"(?:[\u0300-\u036f\u200b-\u200f\u2060\ufeff\u00ad'’]*[^\W\d_\u2e80-\u9fff\uf900-\ufaff\uac00-\ud7ff\U00020000-\U0003ffff])*"
    r"[\u0300-\u036f]*"
    r"|\S"
)


_CLAUSE = re.compile(r"[，。；：！？、,.;:!?—…（）()\n]")


class Block(NamedTuple):
    """Tokens that both texts have: `size` of them, from `source` in the one and from `quote` in the other."""

    source: int
    quote: int
    size: int


@dataclass(frozen=True, slots=True)
class Token:
    key: str  # tokens with the same key are the same
    start: int
    end: int

    @property
    def weight(self) -> int:
        return LATIN_WEIGHT if self.end - self.start > 1 else 1


def tokens_of(text: str, *, marks: bool = False) -> list[Token]:
    """`marks`: whether those that are no letters are tokens too."""
    found = ((match[0], match.start(), match.end()) for match in _TOKEN.finditer(text))
    return [Token(key, start, end) for word, start, end in found if (key := _key(word) or (word if marks else ""))]


@lru_cache(maxsize=65_536)
def _key(word: str) -> str:
    return ("".join(numbers(word)) if any(map(str.isdigit, word)) else "") or letters_of(word)


def align(source: Sequence[Token], quote: Sequence[Token]) -> list[Block]:
    """What they have in common, in the order of both. Around anchors, so that long texts take no longer than they are
    long (patience diff, as Bram Cohen described it)."""
    old, new = [token.key for token in source], [token.key for token in quote]
    blocks: list[Block] = []
    i = j = 0
    for a, b in [*_anchors(old, new), (len(old), len(new))]:
        if a < i or b < j:
            continue
        blocks += (Block(i + x, j + y, n) for x, y, n in _between(old[i:a], new[j:b]))
        n = 0
        while a + n < len(old) and b + n < len(new) and old[a + n] == new[b + n]:
            n += 1
        blocks += [Block(a, b, n)] if n else []
        i, j = a + n, b + n
    return _joined(blocks)


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Places of runs that are unique in both, as many as can be had in one order."""
    mine, theirs = _unique(old), _unique(new)
    pairs = sorted((at, theirs[run]) for run, at in mine.items() if run in theirs)
    tails: list[int] = []
    ends: list[int] = []
    before: list[int] = []
    for place, (_, b) in enumerate(pairs):  # the longest increasing subsequence
        k = bisect_left(tails, b)
        before.append(ends[k - 1] if k else -1)
        tails[k:], ends[k:] = [b, *tails[k + 1 :]], [place, *ends[k + 1 :]]
    chain, at = [], ends[-1] if ends else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _unique(keys: Sequence[str]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = {}
    for at, run in enumerate(zip(*(keys[k:] for k in range(ANCHOR)), strict=False)):
        found[run] = -1 if run in found else at
    return {run: at for run, at in found.items() if at >= 0}


def _between(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    if not old or not new or len(old) * len(new) > LARGEST:
        return
    for block in difflib.SequenceMatcher(None, old, new, autojunk=False).get_matching_blocks():
        if block.size:
            yield block.a, block.b, block.size


def _joined(blocks: Sequence[Block]) -> list[Block]:
    joined: list[Block] = []
    for block in blocks:
        last = joined[-1] if joined else Block(-1, -1, 0)
        if joined and (last.source + last.size, last.quote + last.size) == (block.source, block.quote):
            joined[-1] = Block(last.source, last.quote, last.size + block.size)
        else:
            joined.append(block)
    return joined


class Change(NamedTuple):
    """What stands in the source and what in the quotation; the same but for its marks if `same`."""

    before: str
    after: str
    same: bool
    at: int = 0  # where it stands in the source
    left_out: bool = False  # a whole clause, or what the quotation says it leaves out


def changes(source: str, quote: str) -> list[Change]:
    """The two texts from beginning to end. What differs by its marks alone is no change, unless nothing else does."""
    found = _changes(source, quote, marks=False)
    if all(change.same for change in found) and _spaceless(source) != _spaceless(quote):
        return _changes(source, quote, marks=True)
    return found


def changed_marks(source: str, quote: str) -> list[Change]:
    """The two texts where nothing but a mark tells them apart, as in 不，能用 and 不能用."""
    found = _changes(source, quote, marks=True)
    return [one._replace(same=_spaceless(one.before) == _spaceless(one.after)) for one in found]


def _spaceless(text: str) -> str:
    return "".join(text.split())


def _changes(source: str, quote: str, *, marks: bool) -> list[Change]:
    old, new = tokens_of(source, marks=marks), tokens_of(quote, marks=marks)
    found: list[Change] = []
    i = j = at = 0
    for block in [*align(old, new), Block(len(old), len(new), 0)]:
        if block.source > i or block.quote > j:
            # What was left out stands behind the marks that the quotation has there.
            begin = new[j].start if j < len(new) else at
            found += _same(quote[at:begin])
            before, after = _slice(source, old[i : block.source]), _slice(quote, new[j : block.quote])
            left_out = not after and (_is_clause(source, old, i, block.source) or _is_said(quote, new, j))
            if not after and quote[:begin].endswith(" "):
                before += " "
            start = old[i].start if before else 0
            found.append(Change(before, after, _alike(before, after), start, left_out))
            at = begin + len(after)
        if block.size:
            end = new[block.quote + block.size - 1].end
            found += _same(quote[at:end])
            at = end
        i, j = block.source + block.size, block.quote + block.size
    return [*found, *_same(quote[at:])]


def _is_clause(text: str, tokens: Sequence[Token], start: int, end: int) -> bool:
    """Whether marks stand before these tokens and after them."""
    before = text[tokens[start - 1].end if start else 0 : tokens[start].start]
    after = text[tokens[end - 1].end : tokens[end].start if end < len(tokens) else len(text)]
    return (not start or bool(_CLAUSE.search(before))) and (end == len(tokens) or bool(_CLAUSE.search(after)))


def _is_said(text: str, tokens: Sequence[Token], at: int) -> bool:
    """Whether dots stand before this token."""
    between = text[tokens[at - 1].end if at else 0 : tokens[at].start if at < len(tokens) else len(text)]
    return "…" in between or "..." in between


def _same(text: str) -> list[Change]:
    return [Change(text, text, True)] if text else []


def _slice(text: str, tokens: Sequence[Token]) -> str:
    return text[tokens[0].start : tokens[-1].end] if tokens else ""


def _alike(before: str, after: str) -> bool:
    """Data set and dataset, but not not able and notable, nor 10² and 102."""
    return (
        letters_of(before) == letters_of(after)
        and numbers(before) == numbers(after)
        and negations(before) == negations(after)
    )
