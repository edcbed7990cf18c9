"""Which essays a question is put to."""

import re
from dataclasses import asdict, dataclass, fields
from functools import cache
from typing import Any
from weakref import WeakKeyDictionary

from index.index import Index
from index.terms import fold
from index.types import Document

KEPT = 32  # scopes of an index whose essays are known

_BESIDE = re.compile(r"[（(\[【][^（(\[【)）\]】]*[)）\]】]")
_SPEAKER = re.compile(r"(?:--|——|—|–)\s*([\u3400-\u9fff]{2,4}|[A-Z]\w+ [A-Z]\w+)\s*》?$")  # “A talk -- Ann Miller”
_SEVERAL = re.compile(r"\s*(?:[,，、;；/&＆]|\band\b|和|与)\s*")


@dataclass(frozen=True, slots=True)
class Scope:
    """What is empty leaves nothing out. An essay without a date lies outside every time."""

    essays: tuple[str, ...] = ()  # names of documents, any of them
    authors: tuple[str, ...] = ()  # any of them
    since: str = ""  # a year, a month or a day, as 2024-08-23; the time it names is in, as is that of `until`
    until: str = ""
    without: tuple[str, ...] = ()  # names of documents

    def __bool__(self) -> bool:
        return self != Scope()

    def record(self) -> dict[str, Any]:
        """What it leaves out, for JSON."""
        return {name: value for name, value in asdict(self).items() if value}

    def holds(self, document: Document) -> bool:
        if document.name in self.without or (self.essays and document.name not in self.essays):
            return False
        if self.authors and not {fold(author) for author in self.authors} & _folded(document.author, document.title):
            return False
        date = document.date
        if (self.since or self.until) and not date:
            return False
        return date >= self.since[: len(date)] and (not self.until or date[: len(self.until)] <= self.until)


def scope_of(record: object) -> Scope:
    """What `Scope.record` made, by way of JSON. Raises ValueError."""
    if not isinstance(record, dict):
        raise ValueError("no object")
    known: dict[str, Any] = {}
    for field in fields(Scope):
        value = record.get(field.name, field.default)
        texts = value if isinstance(value, list | tuple) else [value]
        if isinstance(value, str) is not isinstance(field.default, str) or not all(isinstance(t, str) for t in texts):
            raise ValueError(field.name)
        known[field.name] = value if isinstance(value, str) else tuple(texts)
    return Scope(**known)


def authors_of(document: Document) -> tuple[str, ...]:
    """Whoever speaks in it, each once: the names in the author's line, without what stands beside them in brackets, and
    the speaker at the end of the title."""
    return _named_in(document.author, document.title)


@cache
def _named_in(author: str, title: str) -> tuple[str, ...]:
    names = [name.strip() for name in _SEVERAL.split(_BESIDE.sub("", author))]
    speakers = (_SPEAKER.search(part) for part in (title, *re.findall(r"《([^《》]+)》", title)))
    names += [speaker[1] for speaker in speakers if speaker]
    return tuple({fold(name): name for name in reversed(names) if name}.values())[::-1]


@cache
def _folded(author: str, title: str) -> frozenset[str]:
    return frozenset(map(fold, _named_in(author, title)))


EVERYTHING = Scope()

_known: "WeakKeyDictionary[Index, dict[Scope, frozenset[str]]]" = WeakKeyDictionary()


def outside(index: Index, scope: Scope) -> frozenset[str]:
    """The names of the documents that are not asked."""
    if not scope:
        return frozenset()
    of_index = _known.setdefault(index, {})
    if scope not in of_index:
        while len(of_index) >= KEPT:
            of_index.pop(next(iter(of_index)), None)
        of_index[scope] = frozenset(card.name for card in index.cards if not scope.holds(card))
    return of_index[scope]
