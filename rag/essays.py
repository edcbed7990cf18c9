"""Essays and their index, to be asked from a program: what the page, the command line and every other face stand on."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.build import Built
from index.documents import printable
from index.index import Index
from index.library import Freshness, Library
from index.oceanbase import is_url
from index.problems import YuanhuaError
from index.types import Document, Passage, Report, Span, silent
from rag import answer as answering
from rag.opposed import oppositions
from rag.scope import EVERYTHING, Scope
from rag.types import Answer, Hit, Shown

MOST = 100  # passages of one search

_ID = re.compile(r"([0-9a-f]{16})-(\d{1,9})-(\d{1,9})")


class NotInEssays(YuanhuaError):
    """A document, or a place in one, that the index does not have."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and what it was made from."""

    answer: Answer
    index: Index
    left_out: tuple[str, ...]  # names of documents whose files are not as they were indexed, so that none is cited


@dataclass(frozen=True, slots=True)
class Excerpt(Shown):
    """A place in an essay, exact to the character, with what stands around it."""

    id: str
    document: Document
    span: Span
    passage: Passage  # that holds its beginning

    @property
    def text(self) -> str:
        return self.document.text[self.span.start : self.span.end]

    @property
    def before(self) -> str:
        """What its passage says before it."""
        return self.document.text[min(self.passage.start, self.span.start) : self.span.start]

    @property
    def after(self) -> str:
        return self.document.text[self.span.end : max(self.passage.end, self.span.end)]

    def __repr__(self) -> str:
        return f"Excerpt({self.id!r}, document={self.document.name!r}, text={self.text!r})"


class Essays(Shown):
    """Follows the index: a finished build is seen by the very next call. May be asked by several threads at once."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def __repr__(self) -> str:
        return f"Essays({self.library.store.place!r})"

    def build(self, seeds: str | Path, report: Report = silent) -> Built:
        """Bring the index up to the essays in that folder, with the encoder that it has; only what is new or changed is
        embedded. Raises NoCorpus, BuildRunning, CannotWrite and EncoderUnavailable; the old index then stays."""
        encoder = self.library.encoder(self.library.spec())
        return self.library.store.build(Path(seeds).expanduser(), encoder, report)

    def asked(self, question: str, scope: Scope = EVERYTHING) -> Asked:
        """Raises BadQuestion, NoIndex, StaleIndex and EncoderUnavailable."""
        index = self.library.index
        readable = Freshness(self.library, index)
        encoder = self.library.encoder_of(index)
        inquiry = answering.inquire(
            index, encoder, question, readable=readable, scope=scope, reranker=self.library.reranker
        )
        answer = answering.answer_of(inquiry, empty=not index.documents)
        answer = replace(answer, opposed=tuple(oppositions(index, inquiry)))
        return Asked(answer, index, tuple(sorted(readable.stale)))

    def ask(self, question: str, scope: Scope = EVERYTHING) -> Answer:
        """What the essays say to the question, or that they say nothing. Raises as `asked`."""
        return self.asked(question, scope).answer

    def search(self, question: str, k: int = 10, scope: Scope = EVERYTHING) -> tuple[Hit, ...]:
        """The passages that come nearest, best first, whether or not one answers; at most MOST. Raises as `asked`."""
        index = self.library.index
        encoder = self.library.encoder_of(index)
        found = answering.search(index, encoder, question, readable=Freshness(self.library, index), scope=scope)
        rows = [row for row, _ in found.ranking.fused[: max(0, min(k, MOST))]]
        scores = dict(found.ranking.fused)
        index.prepare(rows)
        return tuple(Hit(index.passage(row), scores[row], rank) for rank, row in enumerate(rows, start=1))

    @property
    def documents(self) -> Sequence[Document]:
        """In the order of their names and without their texts, which `document` has."""
        return self.library.index.cards

    def document(self, name: str) -> Document:
        """Raises NotInEssays."""
        document = self.library.index.document(name)
        if document is None:
            raise _no_such(name)
        return document

    def excerpt(self, id: str) -> Excerpt:
        """What `excerpt_id` was made of. Raises NotInEssays, as it does once the essay has changed."""
        index = self.library.index
        match = _ID.fullmatch(id)
        name = index.names.get(match[1]) if match else None
        document = index.document(name) if name is not None else None
        if match is None or name is None or document is None:
            raise _no_such(id)
        span, rows = Span(int(match[2]), int(match[3])), index.rows_of(name)
        if not rows or not span.start < span.end <= len(document.text):
            raise _no_such(id)
        after = bisect_right(rows, span.start, key=lambda row: index.passage(row).start)
        return Excerpt(id, document, span, index.passage(rows[max(0, after - 1)]))

    def is_current(self, name: str) -> bool:
        """Whether an essay's file is still as it was indexed; not where it was taken out meanwhile."""
        index = self.library.index
        return name in index.positions and self.library.is_current(index, name)


def excerpt_id(document: Document, start: int, end: int) -> str:
    """The same as long as the essay's file is."""
    return f"{document.sha256[:16]}-{start}-{end}"


def _no_such(name: str) -> NotInEssays:
    shown = printable(name[:100])
    return NotInEssays(
        f"{shown}: the index has no such essay or passage; it may have changed since. List or search them again.",
        f"{shown}：索引里没有这篇或这一段，也许原文已经改过，请重新列出或检索。",
    )


def open_index(place: str | Path = ".index") -> Essays:
    """The index in that folder, or in the database of that URL. It is read when something is asked of it, which then
    raises NoIndex or StaleIndex."""
    return Essays(Library(place if is_url(str(place)) else Path(place).expanduser().absolute()))
