"""Pinned questions: what each was answered with, and what of that appeared, moved or died since."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from index.index import Index
from index.types import Span
from rag.query import BadQuestion, clean
from rag.scope import Scope, outside, scope_of
from rag.types import Answer, Citation

ESSAY, UNREAD, OUTSIDE, WORDS, RECUT, PASSED = "essay", "unread", "outside", "words", "recut", "passed"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """A citation as it is remembered, so that it can be shown when its essay is gone."""

    document: str
    label: str
    sha256: str  # of the file's bytes
    span: Span
    quote: str


@dataclass(frozen=True, slots=True)
class Pin:
    """A question, to whom it is put, and its citations when it was pinned or last seen."""

    question: str
    scope: Scope
    pinned: str  # the time, as the next
    seen: str
    kept: tuple[Kept, ...]

    @property
    def key(self) -> tuple[str, Scope]:
        """What no two pins share."""
        return self.question, self.scope


@dataclass(frozen=True, slots=True)
class Moved:
    """The same words at another place of their essay, in a file of another name, or cut otherwise: with a neighbouring
    sentence, or without it."""

    was: Kept
    now: Kept

    @property
    def recut(self) -> bool:
        return self.was.quote != self.now.quote


@dataclass(frozen=True, slots=True)
class Died:
    """`why`: essay (it is gone), unread (its file has changed since the index was built), outside (it is not asked any
    more), words (they are not in it any more), recut (another excerpt has them by now), passed (they are there, and
    others come before them, or they do not answer)."""

    was: Kept
    why: str


@dataclass(frozen=True, slots=True)
class Change:
    """A pinned question as it is answered by now."""

    pin: Pin
    kept: tuple[Kept, ...]  # all that it is answered with, as it would be remembered
    same: tuple[Kept, ...]
    moved: tuple[Moved, ...]
    appeared: tuple[Kept, ...]
    died: tuple[Died, ...]

    def __bool__(self) -> bool:
        return bool(self.moved or self.appeared or self.died)

    def seen(self, when: str) -> Pin:
        """The pin, with what it is answered with by now."""
        return replace(self.pin, seen=when, kept=self.kept)


def pin_of(answer: Answer, scope: Scope, when: str) -> Pin:
    return Pin(answer.question, scope, when, when, tuple(map(_kept, answer.citations)))


def _kept(citation: Citation) -> Kept:
    document = citation.document
    return Kept(document.name, document.label, document.sha256, Span(citation.start, citation.end), citation.quote)


def compare(pin: Pin, answer: Answer, index: Index, readable: Callable[[str], bool] = lambda _: True) -> Change:
    """`answer`: to the pinned question, from that index; `readable`: as it was asked with."""
    now = [_kept(citation) for citation in answer.citations]
    same = tuple(was for was in pin.kept if _stays(was, now))
    names = {was: _name_now(was, index) for was in pin.kept if was not in same}
    left = [kept for kept in now if not _stays(kept, same)]
    moved: dict[Kept, Kept] = {}
    for alike in (_same_words, _cut_otherwise):
        for was, name in names.items():
            here = [kept for kept in left if was not in moved and kept.document == name and alike(was, kept)]
            if here:
                moved[was] = min(here, key=lambda kept: abs(kept.span.start - was.span.start))
                left.remove(moved[was])
    died = [
        Died(was, _why(was, name, now, pin.scope, index, readable)) for was, name in names.items() if was not in moved
    ]
    pairs = tuple(Moved(was, moved[was]) for was in names if was in moved)
    return Change(pin, tuple(now), same, pairs, tuple(left), tuple(died))


def _same_words(was: Kept, now: Kept) -> bool:
    return was.quote == now.quote


def _cut_otherwise(was: Kept, now: Kept) -> bool:
    """With a neighbouring sentence more, or without it."""
    return was.quote in now.quote or now.quote in was.quote


def _stays(was: Kept, now: Sequence[Kept]) -> bool:
    return any((was.document, was.span, was.quote) == (kept.document, kept.span, kept.quote) for kept in now)


def _name_now(was: Kept, index: Index) -> str | None:
    """Of its essay, which is known by its bytes, and by its name only where these are gone."""
    position = index.positions.get(was.document)
    if position is not None and index.entries[position].state.sha256 == was.sha256:
        return was.document
    renamed = next((entry.name for entry in index.entries if entry.state.sha256 == was.sha256), None)
    return renamed or (was.document if position is not None else None)


def _why(
    was: Kept, name: str | None, now: Sequence[Kept], scope: Scope, index: Index, readable: Callable[[str], bool]
) -> str:
    document = index.document(name) if name is not None else None
    if name is None or document is None:
        return ESSAY
    if not readable(name):
        return UNREAD
    if name in outside(index, scope):
        return OUTSIDE
    if was.quote not in document.text:
        return WORDS
    parts = (kept for kept in now if kept.document == name and not _same_words(was, kept))
    return RECUT if any(_cut_otherwise(was, part) for part in parts) else PASSED


def pin_record(pin: Pin) -> Record:
    return {
        "question": pin.question,
        "scope": pin.scope.record(),
        "pinned": pin.pinned,
        "seen": pin.seen,
        "citations": [kept_record(kept) for kept in pin.kept],
    }


def kept_record(kept: Kept) -> Record:
    return {
        "document": kept.document,
        "title": kept.label,
        "sha256": kept.sha256,
        "start": kept.span.start,
        "end": kept.span.end,
        "quote": kept.quote,
    }


def read_pin(record: object) -> Pin:
    """What `pin_record` made, by way of JSON. Raises ValueError."""
    match record:
        case {
            "question": str(question),
            "scope": scope,
            "pinned": str(pinned),
            "seen": str(seen),
            "citations": list(citations),
        }:
            try:
                return Pin(clean(question), scope_of(scope), pinned, seen, tuple(map(_read_kept, citations)))
            except BadQuestion as error:
                raise ValueError("question") from error
    raise ValueError("no pinned question")


def _read_kept(record: Mapping[str, object]) -> Kept:
    match record:
        case {
            "document": str(name),
            "title": str(label),
            "sha256": str(sha256),
            "start": int(start),
            "end": int(end),
            "quote": str(quote),
        } if 0 <= start < end:
            return Kept(name, label, sha256, Span(start, end), quote)
    raise ValueError("no citation")
