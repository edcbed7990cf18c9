"""What is wrong with an index in a database: every row and every offset is checked again."""

from collections import Counter
from collections.abc import Iterator
from functools import partial

import numpy as np

from index.current import Current
from index.mysql import Database, Row
from index.payload import DamagedPayload, Payload
from index.rows import (
    PASSAGE,
    DamagedRow,
    StoredDocument,
    StoredPassage,
    parts,
    row_of,
    select_document,
    stored_passage,
    tokens_of,
    vector_from,
)
from index.searching import select_counts

AT_ONCE = 64  # passages that are in memory at once
NO_DOCUMENT = -1


def faults(database: Database, current: Current) -> list[tuple[int, str]]:
    """A phrase each, with the document that has to be made anew, or NO_DOCUMENT where terms have to be counted anew."""
    check = _Check(database, current)
    documents = [entry.row for entry in current.manifest.entries if not entry.twin]
    wrong = [(document, fault) for document in documents for fault in check.document(document)]
    return wrong or [(NO_DOCUMENT, fault) for fault in check.terms()]


class _Check:
    def __init__(self, database: Database, current: Current) -> None:
        self._database, self._current, self._generation = database, current, current.generation
        self._numbers: Counter[int] = Counter()  # by term, the passages that have it
        self._length = 0

    def document(self, number: int) -> Iterator[str]:
        try:
            stored = self._database.read(lambda cursor: select_document(cursor, self._generation, number))
        except DamagedRow as error:
            yield str(error)
            return
        if stored is None:
            yield f"document {number} is missing"
            return
        if (stored.passages, stored.sentences) != self._current.sizes[number]:
            yield f"document {number} has another number of passages than its manifest says"
        yield from self._passages(number, stored)

    def _passages(self, number: int, document: StoredDocument) -> Iterator[str]:
        sentences = 0
        for at in range(0, document.passages, AT_ONCE):
            rows = range(row_of(number, at), row_of(number, min(at + AT_ONCE, document.passages)))
            found = {row[0]: row for row in self._rows(rows)}
            for row in rows:
                if row not in found:
                    yield f"passage {row} is missing"
                    continue
                try:
                    stored = stored_passage(found[row][:8])
                    yield from self._unsound(row, stored, sentences, document.text)
                    yield from self._unlike(row, stored.payload, *found[row][8:])
                except (DamagedRow, DamagedPayload, ValueError) as error:
                    yield str(error)
                    continue
                sentences += len(stored.payload.sentences)
        if sentences != document.sentences:
            yield f"document {number} has {sentences} sentences and not {document.sentences}"

    def _rows(self, rows: range) -> list[Row]:
        statement = f"SELECT {PASSAGE}, dense, tokens FROM {self._generation.passages} WHERE passage IN %s"
        return self._database.rows(statement, (tuple(rows),))

    def _unsound(self, row: int, passage: StoredPassage, sentences: int, text: str) -> Iterator[str]:
        """Every passage lies inside its document, and every sentence inside its passage, in order."""
        spans = passage.payload.sentences.astype(np.int64)
        ends = np.concatenate([[passage.start], spans[:-1, 1]])
        if not 0 <= passage.start < passage.end <= len(text):
            yield f"passage {row} lies outside its essay"
        if (spans[:, 0] < ends).any() or (spans[:, 1] <= spans[:, 0]).any() or (spans[-1:, 1] > passage.end).any():
            yield f"a sentence of passage {row} lies outside of it, or out of order"
        if passage.first_sentence != sentences:
            yield f"the sentences of passage {row} do not follow those of the one before"

    def _unlike(self, row: int, payload: Payload, dense: str, tokens: str) -> Iterator[str]:
        """What the engine searches is what was made of the passage."""
        if not np.array_equal(vector_from(dense), payload.vector):
            yield f"the vector of passage {row} is not what was written"
        if tokens != tokens_of(payload):
            yield f"the terms of passage {row} are not what was written"
        self._numbers.update(payload.terms.tolist())
        self._length += payload.length

    def terms(self) -> list[str]:
        """Only where all passages are whole."""
        counts: dict[int, int] = {}
        for some in parts(list(self._numbers)):
            counts |= self._database.read(partial(select_counts, generation=self._generation, terms=some))
        wrong = sum(counts.get(term, 0) != number for term, number in self._numbers.items())
        found = [f"{wrong} terms are counted wrongly"] if wrong else []
        return found + (["the length of all passages is wrong"] if self._length != self._current.length else [])
