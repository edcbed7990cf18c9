"""What is in the tables of one generation, as a reader fetches it: rows that never change, so that what was fetched
once is true for as long as there are any."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from index.embeddings import STORED
from index.kept import Kept
from index.manifest import StaleIndex
from index.mysql import Cursor, Database, Vanished
from index.rows import (
    StoredPassage,
    document_of,
    row_of,
    select_document,
    select_facts,
    select_home,
    select_passages,
    select_vectors,
)
from index.tables import Generation
from index.types import Document, Span, Vectors

ROOM = 256_000_000  # bytes of passages' vectors and terms; of each some forty thousand
WALK = 16  # passages that are fetched where one is asked for alone, since the next will be
AT_ONCE = 128  # of a statement: some five million bytes

Value = TypeVar("Value")


class Holdings:
    """Of one generation. Any thread may ask."""

    def __init__(self, database: Database, generation: Generation) -> None:
        self.database, self.generation = database, generation
        self._passages: Kept[int, StoredPassage] = Kept(ROOM, size_of)
        self._facts: dict[int, str] = {}
        self._homes: Kept[int, int] = Kept(1_000_000, lambda _: 1)

    def know(self, documents: Iterable[int]) -> None:
        """The facts of all of these are wanted next."""
        unknown = [document for document in documents if document not in self._facts]
        if unknown:
            self._facts |= self._read(lambda cursor: select_facts(cursor, self.generation, unknown))

    def card(self, document: int, name: str) -> Document:
        """Without its text."""
        if document not in self._facts:
            self.know([document])
        if document not in self._facts:
            raise self._vanished()
        return self._whole(lambda: _document(self._facts[document], name, ""))

    def document(self, document: int, name: str) -> Document:
        stored = self._read(lambda cursor: select_document(cursor, self.generation, document))
        if stored is None:
            raise self._vanished()
        return _document(stored.facts, name, stored.text)

    def fetch(self, rows: Sequence[int]) -> dict[int, StoredPassage]:
        """All of these passages, by row. Raises Vanished."""
        found: dict[int, StoredPassage] = {}
        missing = []
        for row in dict.fromkeys(rows):
            held = self._passages.get(row)
            if held is None:
                missing.append(row)
            else:
                found[row] = held
        for at in range(0, len(missing), AT_ONCE):
            found |= self._fetched(missing[at : at + AT_ONCE])
        if any(row not in found for row in missing):
            raise self._vanished()
        return found

    def _fetched(self, rows: Sequence[int]) -> Mapping[int, StoredPassage]:
        fetched = self._read(lambda cursor: select_passages(cursor, self.generation, rows))
        for row, passage in fetched.items():
            self._passages.put(row, passage)
            first = row_of(document_of(row), passage.first_sentence)
            for sentence in range(len(passage.payload.sentences)):
                self._homes.put(first + sentence, row)
        return fetched

    def passage(self, row: int, end: int) -> StoredPassage:
        """`end`: of the rows of its document."""
        held = self._passages.get(row)
        return held or self.fetch(range(row, min(row + WALK, end)))[row]

    def home(self, sentence: int) -> int:
        """The row of the passage that a sentence is in."""
        row = self._homes.get(sentence)
        if row is None:
            row = self._read(lambda cursor: select_home(cursor, self.generation, sentence))
            if row is None:
                raise self._vanished()
            self._homes.put(sentence, row)
        return row

    def vectors(self, rows: Sequence[int]) -> Vectors:
        """(rows, dimension): of passages, without fetching all else of those that are not there yet."""
        held = {row: passage.payload.vector for row in set(rows) if (passage := self._passages.get(row)) is not None}
        missing = sorted(set(rows) - set(held))
        if missing:
            held |= self._read(lambda cursor: select_vectors(cursor, self.generation, missing))
        if any(row not in held for row in missing):
            raise self._vanished()
        return np.array([held[row] for row in rows], STORED).astype(np.float32)

    def ask(self, ask: Callable[[Cursor, Generation], Value]) -> Value:
        """Whatever else of the tables."""
        return self._read(lambda cursor: ask(cursor, self.generation))

    def _read(self, ask: Callable[[Cursor], Value]) -> Value:
        return self._whole(lambda: self.database.read(ask))

    def _whole(self, make: Callable[[], Value]) -> Value:
        """Raises StaleIndex."""
        try:
            return make()
        except (ValueError, TypeError, KeyError, AttributeError) as error:  # what is stored is not what was written
            raise StaleIndex.damaged(str(self.database.address), error) from error

    def _vanished(self) -> Vanished:
        place = self.database.address
        return Vanished(
            f"{place}: the index was replaced while it was read; ask again.",
            f"{place}：读取时索引刚好换了，请再问一次。",
        )


def size_of(passage: StoredPassage) -> int:
    """In memory, in bytes."""
    payload = passage.payload
    arrays = (payload.vector, payload.sentence_vectors, payload.tokens.codes, payload.terms, payload.sentence_terms)
    return sum(array.nbytes for array in arrays) + 3_000


def _document(facts: str, name: str, text: str) -> Document:
    values = json.loads(facts)
    furniture = tuple(Span(*span) for span in values.pop("furniture"))
    return Document(name=name, text=text, furniture=furniture, **values)
