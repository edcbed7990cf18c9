"""The tables of an index in a database: what they are called, what is in them, and how they come and go.

`yuanhua_manifest` (one row) and `yuanhua_entries` say what the index is; to change them is to switch. What they name
lies in the tables of one generation: documents, passages and terms, whose rows are written once and never changed."""

import time
from dataclasses import dataclass

from index.mysql import Cursor

FORMAT = 1  # raise it when what is written here, or in a row, changes
MANIFEST, ENTRIES = "yuanhua_manifest", "yuanhua_entries"

_OPTIONS = "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"
_INDEXES = {
    "of_tokens": "FULLTEXT INDEX of_tokens ON {} (tokens) WITH PARSER space"
    " PARSER_PROPERTIES=(min_token_size=1, max_token_size=84)",
    "of_dense": "VECTOR INDEX of_dense ON {} (dense)"
    " WITH (distance=inner_product, type=hnsw, lib=vsag, m=16, ef_construction=200)",
}
_STEADY, _ROUNDS = 3, 30  # looks, a second apart, in which indexes that another builder made have to be there


@dataclass(frozen=True, slots=True)
class Generation:
    """Tables that belong together. A whole rebuild makes new ones beside those that are read."""

    number: int

    @property
    def documents(self) -> str:
        return f"yuanhua_documents_{self.number:d}"

    @property
    def passages(self) -> str:
        return f"yuanhua_passages_{self.number:d}"

    @property
    def terms(self) -> str:
        return f"yuanhua_terms_{self.number:d}"

    @property
    def by_document(self) -> str:
        """What a statement about the passages of many documents says to the engine, which thinks it as cheap to read
        all there are: of a million, those of a hundred documents took it 9 s, and so .1 s."""
        return f"/*+ INDEX({self.passages} of_document) */"


def create_manifest(cursor: Cursor) -> None:
    """Where there are no tables yet."""
    _create(
        cursor,
        f"CREATE TABLE IF NOT EXISTS {MANIFEST} (id INT PRIMARY KEY, version BIGINT NOT NULL, format INT NOT NULL,"
        f" generation BIGINT NOT NULL, head LONGTEXT NOT NULL, checksum BINARY(16) NOT NULL) {_OPTIONS}",
        f"CREATE TABLE IF NOT EXISTS {ENTRIES} (id BINARY(16) PRIMARY KEY, document BIGINT NOT NULL,"
        " passages INT NOT NULL, sentences INT NOT NULL, entry LONGTEXT NOT NULL,"
        f" checksum BINARY(16) NOT NULL) {_OPTIONS}",
    )


def create_generation(cursor: Cursor, generation: Generation, dimension: int) -> None:
    """Without the indexes that searches need, so that it is filled faster."""
    _create(
        cursor,
        f"CREATE TABLE IF NOT EXISTS {generation.documents} (document BIGINT AUTO_INCREMENT PRIMARY KEY,"
        " facts LONGTEXT NOT NULL, text LONGBLOB NOT NULL, passages INT NOT NULL, sentences INT NOT NULL,"
        f" checksum BINARY(16) NOT NULL) {_OPTIONS}",
        f"CREATE TABLE IF NOT EXISTS {generation.passages} (passage BIGINT PRIMARY KEY, document BIGINT NOT NULL,"
        " begins INT NOT NULL, ends INT NOT NULL, heading LONGTEXT NOT NULL, passage_key BIGINT UNSIGNED NOT NULL,"
        f" first_sentence INT NOT NULL, dense VECTOR({dimension:d}), tokens LONGTEXT NOT NULL,"
        " payload LONGBLOB NOT NULL, checksum BINARY(16) NOT NULL,"
        f" KEY of_document (document), KEY of_key (passage_key)) {_OPTIONS}",
        f"CREATE TABLE IF NOT EXISTS {generation.terms} (term BIGINT UNSIGNED PRIMARY KEY, passages INT NOT NULL,"
        f" word VARCHAR(64), KEY of_word (word)) {_OPTIONS}",
    )


def create_indexes(cursor: Cursor, generation: Generation) -> None:
    """After the passages are there: some minutes for a million. Does nothing where they are made already. Where a
    builder was killed while it made them, the server may take one back a moment later that was there; so those that are
    found are looked at again."""
    looks = _STEADY
    for _ in range(_ROUNDS):
        before = _indexes(cursor, generation)
        for name, statement in _INDEXES.items():
            if name not in before:
                cursor.execute(f"CREATE {statement.format(generation.passages)}")
        whole = has_indexes(cursor, generation)
        looks = looks - 1 if whole else _STEADY
        if not looks or (whole and not before):
            return
        time.sleep(1)


def has_indexes(cursor: Cursor, generation: Generation) -> bool:
    return _indexes(cursor, generation) >= set(_INDEXES)


def _indexes(cursor: Cursor, generation: Generation) -> set[str]:
    cursor.execute(
        "SELECT DISTINCT index_name FROM information_schema.statistics"
        " WHERE table_schema = DATABASE() AND table_name = %s",
        (generation.passages,),
    )
    return {str(name).casefold() for (name,) in cursor.fetchall()} & set(_INDEXES)


def rebuild_dense(cursor: Cursor, generation: Generation) -> None:
    """After many passages were added one by one, since the engine would otherwise put them in order at the first
    question after a restart, which takes a minute where there are a hundred thousand."""
    cursor.execute("CALL dbms_vector.rebuild_index('of_dense', %s, 'dense')", (generation.passages,))


def drop_generation(cursor: Cursor, generation: Generation) -> None:
    for table in (generation.passages, generation.documents, generation.terms):
        cursor.execute(f"DROP TABLE IF EXISTS {table}")


def generations(cursor: Cursor) -> list[Generation]:
    """Of which there are tables, or some of them, in use or not."""
    cursor.execute("SHOW TABLES LIKE 'yuanhua\\_%'")
    names = [str(name) for (name,) in cursor.fetchall()]
    kinds = ("yuanhua_documents_", "yuanhua_passages_", "yuanhua_terms_")
    found = {name.rpartition("_")[2] for name in names if name.startswith(kinds)}
    return [Generation(number) for number in sorted(int(number) for number in found if number.isdecimal())]


def _create(cursor: Cursor, *statements: str) -> None:
    for statement in statements:
        cursor.execute(statement)
