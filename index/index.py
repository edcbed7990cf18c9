"""The index as whoever asks it sees it, wherever it is kept."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Any, Protocol, overload

import numpy as np
import numpy.typing as npt

from index.kept import Kept
from index.manifest import Entry, Manifest
from index.tokens import TokenVectors
from index.types import Document, Passage, Vectors

READ = 64_000_000  # characters of documents that are kept in memory for the next question

Out = Any
"""Which passages may not be found, as the index itself writes it down; None for none."""


class Lexicon(Protocol):
    """What the terms of a corpus are, and which of its rows have them."""

    def number(self, term: str) -> int:
        """Of rows that have the term."""
        ...

    def idf(self, term: str) -> float:
        """How much it says that a row has the term; most for one that no row has."""
        ...

    def has(self, term: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of the rows have the term."""
        ...

    def latin_terms(self, initial: str) -> Sequence[str]:
        """The terms of four and more Latin letters that begin so, those of the most rows first."""
        ...


class Presence(Protocol):
    """Which rows have a term, and no more than that."""

    def has(self, term: str, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]: ...


class Index(ABC):
    """All that is known of a corpus. A row stands for a passage, or for a sentence; those of one document follow one
    another, in its order."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest

    @property
    def documents(self) -> "Documents":
        """In the order of their names; of the same essay in several files only the first."""
        return Documents(len(self.entries), self.document_at)

    @property
    def cards(self) -> "Documents":
        """The documents without their texts, which are not read for them."""
        return Documents(len(self.entries), self._card)

    @cached_property
    def entries(self) -> Sequence[Entry]:
        """Of the documents, in their order."""
        return [entry for entry in self.manifest.entries if not entry.twin]

    @cached_property
    def positions(self) -> dict[str, int]:
        """By name, where in `documents` each is."""
        return {entry.name: position for position, entry in enumerate(self.entries)}

    @cached_property
    def names(self) -> dict[str, str]:
        """Of the documents, by the first sixteen digits of their files' digests."""
        return {entry.state.sha256[:16]: entry.name for entry in reversed(self.entries)}

    @cached_property
    def _read(self) -> Kept[int, Document]:
        return Kept(READ, lambda document: len(document.text) + 1000)

    def document_at(self, position: int) -> Document:
        document = self._read.get(position)
        if document is None:
            document = self._document(position)
            self._read.put(position, document)
        return document

    def document(self, name: str) -> Document | None:
        position = self.positions.get(name)
        return None if position is None else self.document_at(position)

    def entry(self, name: str) -> Entry:
        return self.entries[self.positions[name]]

    def passages(self) -> Iterator[Passage]:
        """All of them, document after document."""
        return (self.passage(row) for entry in self.entries for row in self.rows_of(entry.name))

    def name_of(self, row: int) -> str:
        """Of a passage's document."""
        return self.entries[self.position(row)].name

    @abstractmethod
    def _document(self, position: int) -> Document:
        """Read from where it is kept."""

    @abstractmethod
    def _card(self, position: int) -> Document:
        """The same without its text."""

    @abstractmethod
    def rows_of(self, name: str) -> range:
        """The passages of a document."""

    @abstractmethod
    def passage(self, row: int) -> Passage: ...

    @abstractmethod
    def position(self, row: int) -> int:
        """Of a passage's document in `documents`."""

    @abstractmethod
    def sentences_of(self, row: int) -> range:
        """The rows of a passage's sentences."""

    @abstractmethod
    def passage_vectors(self, rows: Sequence[int]) -> Vectors:
        """(rows, dimension)"""

    @abstractmethod
    def sentence_vectors(self, rows: Sequence[int]) -> Vectors: ...

    @abstractmethod
    def tokens_of(self, row: int) -> TokenVectors:
        """Of the sentences of a passage."""

    @property
    @abstractmethod
    def token_centre(self) -> Vectors:
        """(dimension,)"""

    @property
    @abstractmethod
    def passage_terms(self) -> Lexicon: ...

    @property
    @abstractmethod
    def sentence_terms(self) -> Presence: ...

    @abstractmethod
    def without(self, names: Collection[str]) -> Out:
        """For `nearest` and `with_terms`: nothing of these documents, nor of any that is in the corpus no more."""

    @abstractmethod
    def nearest(self, vector: Vectors, k: int, out: Out) -> list[int]:
        """The rows of the nearest passages, best first, none of them in `out`."""

    @abstractmethod
    def with_terms(self, terms: Sequence[str], k: int, out: Out) -> list[int]:
        """The rows of the best passages for the terms."""

    def prepare(self, rows: Sequence[int]) -> None:  # noqa: B027 - most have nothing to prepare
        """All of these passages, and their sentences, are looked at next: whoever is far from them fetches them at
        once."""

    def _in_order(self, found: Sequence[tuple[int, float]], k: int) -> list[int]:
        """Equally good ones in the order of their documents, wherever they are stored."""
        return [row for row, _ in sorted(found, key=lambda hit: (-round(hit[1], 6), self.position(hit[0]), hit[0]))][:k]


class Documents(Sequence[Document]):
    """Read when they are asked for."""

    def __init__(self, size: int, read: Callable[[int], Document]) -> None:
        self._size, self._read = size, read

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, at: int) -> Document: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Document]: ...
    def __getitem__(self, at: int | slice) -> Document | Sequence[Document]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        if not -len(self) <= at < len(self):
            raise IndexError(at)
        return self._read(at % len(self))
