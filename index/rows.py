"""The rows of an index in a database, as objects, and back; each with a checksum of what was written."""

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from index.mysql import Cursor, Row
from index.payload import Payload, payloads_of
from index.postings import term_hash
from index.segment import Contents
from index.tables import Generation

WITHIN = 24  # bits of a row that count passages, or sentences, within their document
_AT_ONCE = 1_000  # keys of a statement

Key = TypeVar("Key", int, bytes)


class DamagedRow(ValueError):
    """A row that is not what was written."""


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """All of a document but its name, which may change."""

    facts: str  # all but name and text, as JSON
    text: str
    passages: int
    sentences: int

    @property
    def checksum(self) -> bytes:
        return checksum_of(self.facts, self.text, self.passages, self.sentences)


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """`number` and `first_sentence` are counted within the document."""

    number: int
    start: int
    end: int
    heading: str
    key: int
    first_sentence: int
    payload: Payload


def row_of(document: int, number: int) -> int:
    """Of a passage or a sentence."""
    if not 0 <= number < 1 << WITHIN:
        raise ValueError(f"{number}: an essay has at most {1 << WITHIN} passages and sentences")
    return document << WITHIN | number


def document_of(row: int) -> int:
    return row >> WITHIN


def within(row: int) -> int:
    """Which of its document's passages, or sentences, it is."""
    return row & (1 << WITHIN) - 1


def token_of(term: int) -> str:
    """A term's hash as a word to the engine, which no collation, stop word or length of its own can change."""
    return f"{term:016x}"


def tokens_of(payload: Payload) -> str:
    """What the engine's full text index reads."""
    pairs = zip(payload.terms.tolist(), payload.counts.tolist(), strict=True)
    return " ".join(token_of(term) for term, count in pairs for _ in range(count))


def vector_of(values: npt.ArrayLike) -> str:
    """As the engine writes vectors."""
    return "[" + ",".join(f"{value:.9g}" for value in np.asarray(values, np.float32).tolist()) + "]"


def vector_from(text: str) -> npt.NDArray[np.float16]:
    """Back again: the engine keeps four bytes of a number that had two, and writes enough of it."""
    return np.array(json.loads(text), np.float16)


def documents_of(contents: Contents) -> Iterator[tuple[StoredDocument, list[StoredPassage]]]:
    """What is in a segment, or was embedded just now, as rows."""
    payloads = payloads_of(contents)
    for document, facts in enumerate(contents.documents):
        first, end = (int(row) for row in contents.first_passages[document : document + 2])
        begins = int(contents.first_sentences[first])
        passages = [
            StoredPassage(
                number=row - first,
                start=int(contents.spans[row][0]),
                end=int(contents.spans[row][1]),
                heading=contents.headings[row],
                key=int(contents.passage_keys[row]),
                first_sentence=int(contents.first_sentences[row]) - begins,
                payload=next(payloads),
            )
            for row in range(first, end)
        ]
        sentences = int(contents.first_sentences[end]) - begins
        yield StoredDocument(facts, contents.texts[document], len(passages), sentences), passages


def insert_document(cursor: Cursor, generation: Generation, document: StoredDocument) -> int:
    """Its number."""
    cursor.execute(
        f"INSERT INTO {generation.documents} (facts, text, passages, sentences, checksum) VALUES (%s, %s, %s, %s, %s)",
        (document.facts, _packed(document.text), document.passages, document.sentences, document.checksum),
    )
    return int(cursor.lastrowid)


def insert_passages(cursor: Cursor, generation: Generation, document: int, passages: Iterable[StoredPassage]) -> None:
    cursor.executemany(
        f"INSERT INTO {generation.passages} (passage, document, begins, ends, heading, passage_key, first_sentence,"
        " dense, tokens, payload, checksum) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [_passage_row(document, passage) for passage in passages],
    )


def _passage_row(document: int, passage: StoredPassage) -> Row:
    payload = passage.payload.to_bytes()
    row = row_of(document, passage.number)
    named = (passage.start, passage.end, passage.heading, passage.key, passage.first_sentence)
    dense, tokens = vector_of(passage.payload.vector), tokens_of(passage.payload)
    return (row, document, *named, dense, tokens, payload, checksum_of(row, *named, payload))


DOCUMENT = "facts, text, passages, sentences, checksum"


def select_document(cursor: Cursor, generation: Generation, document: int) -> StoredDocument | None:
    """Raises DamagedRow."""
    cursor.execute(f"SELECT {DOCUMENT} FROM {generation.documents} WHERE document = %s", (document,))
    found = cursor.fetchone()
    if found is None:
        return None
    return stored_document(document, found)


def stored_document(document: int, row: Row) -> StoredDocument:
    """Of the columns DOCUMENT. Raises DamagedRow."""
    facts, text, passages, sentences, checksum = row
    try:
        stored = StoredDocument(facts, zlib.decompress(text).decode("utf-8"), passages, sentences)
    except (zlib.error, UnicodeDecodeError) as error:
        raise DamagedRow(f"the text of document {document} is not what was written") from error
    if stored.checksum != checksum:
        raise DamagedRow(f"document {document} is not what was written")
    return stored


def _packed(text: str) -> bytes:
    """A third of its size, so that the longest essay is a statement that servers take."""
    return zlib.compress(text.encode("utf-8"))


PASSAGE = "passage, begins, ends, heading, passage_key, first_sentence, payload, checksum"


def stored_passage(row: Row) -> StoredPassage:
    """Of the columns PASSAGE. Raises DamagedRow."""
    passage, begins, ends, heading, key, first_sentence, payload, checksum = row
    if checksum_of(passage, begins, ends, heading, key, first_sentence, payload) != checksum:
        raise DamagedRow(f"passage {passage} is not what was written")
    return StoredPassage(within(passage), begins, ends, heading, key, first_sentence, Payload.of_bytes(payload))


def select_passages(cursor: Cursor, generation: Generation, rows: Sequence[int]) -> dict[int, StoredPassage]:
    """By row, those of them that are there. Raises DamagedRow."""
    statement = f"SELECT {PASSAGE} FROM {generation.passages} WHERE passage IN %s"
    return {row[0]: stored_passage(row) for row in _selected(cursor, statement, rows)}


def select_by_key(cursor: Cursor, generation: Generation, keys: Sequence[int]) -> dict[int, StoredPassage]:
    """By key, what was embedded of the same text before; of several, any. Raises DamagedRow."""
    statement = f"SELECT {PASSAGE} FROM {generation.passages} WHERE passage_key IN %s"
    return {row[4]: stored_passage(row) for row in _selected(cursor, statement, keys)}


def select_facts(cursor: Cursor, generation: Generation, documents: Sequence[int]) -> dict[int, str]:
    statement = f"SELECT document, facts FROM {generation.documents} WHERE document IN %s"
    return dict(_selected(cursor, statement, documents))


def select_home(cursor: Cursor, generation: Generation, sentence: int) -> int | None:
    """The row of the passage that a sentence is in."""
    cursor.execute(
        f"SELECT passage FROM {generation.passages} WHERE passage >= %s AND passage < %s AND first_sentence <= %s"
        " ORDER BY passage DESC LIMIT 1",
        (row_of(document_of(sentence), 0), row_of(document_of(sentence) + 1, 0), within(sentence)),
    )
    found = cursor.fetchone()
    return None if found is None else int(found[0])


def select_vectors(cursor: Cursor, generation: Generation, rows: Sequence[int]) -> dict[int, npt.NDArray[np.float16]]:
    statement = f"SELECT passage, dense FROM {generation.passages} WHERE passage IN %s"
    return {row: vector_from(dense) for row, dense in _selected(cursor, statement, rows)}


def delete_documents(cursor: Cursor, generation: Generation, documents: Sequence[int]) -> None:
    """With their passages. Their terms are for whoever does it."""
    for some in parts(documents):
        cursor.execute(f"DELETE {generation.by_document} FROM {generation.passages} WHERE document IN %s", (some,))
        cursor.execute(f"DELETE FROM {generation.documents} WHERE document IN %s", (some,))


def _selected(cursor: Cursor, statement: str, values: Sequence[int]) -> Iterator[Row]:
    for some in parts(values):
        cursor.execute(statement, (some,))
        yield from cursor.fetchall()


def parts(values: Sequence[Key]) -> Iterator[tuple[Key, ...]]:
    """As many as a statement should name."""
    return (tuple(values[at : at + _AT_ONCE]) for at in range(0, len(values), _AT_ONCE))


def insert_words(cursor: Cursor, generation: Generation, words: Iterable[str]) -> None:
    """Terms of Latin letters, by which a misspelt one is set right; no passage counts by this."""
    rows = [(term_hash(word), 0, word) for word in sorted(words) if len(word) <= 64]
    cursor.executemany(  # many in a statement, which PyMySQL makes of them only where there are no values but %s
        f"INSERT INTO {generation.terms} (term, passages, word) VALUES (%s, %s, %s)"
        " ON DUPLICATE KEY UPDATE word = VALUES(word)",
        rows,
    )


def add_terms(cursor: Cursor, generation: Generation, numbers: Mapping[int, int]) -> None:
    """`numbers`: by a term's hash, in how many more passages it is; negative for fewer."""
    cursor.executemany(
        f"INSERT INTO {generation.terms} (term, passages) VALUES (%s, %s)"
        " ON DUPLICATE KEY UPDATE passages = passages + VALUES(passages)",
        sorted(numbers.items()),  # in one order, so that two builders cannot wait for each other
    )


def checksum_of(*values: object) -> bytes:
    """What is stored beside them, so that a changed byte is seen."""
    digest = hashlib.blake2b(digest_size=16)
    for value in values:
        data = value if isinstance(value, bytes) else str(value).encode("utf-8")
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.digest()
