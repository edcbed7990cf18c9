"""What an index in a database is at one moment: its manifest, and the switch to another."""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np

from index.documents import FileState
from index.manifest import Entry, Manifest
from index.mysql import Cursor, Row
from index.rows import DamagedRow, checksum_of, parts
from index.tables import ENTRIES, FORMAT, MANIFEST, Generation
from index.types import Vectors


@dataclass(frozen=True, slots=True)
class Current:
    """What the index is at one moment. Of an entry `row` is the document's number; of a twin, -1."""

    version: int
    generation: Generation
    dimension: int
    length: int  # terms of all its passages together
    token_centre: Vectors
    sizes: Mapping[int, tuple[int, int]]  # by document, its passages and sentences
    manifest: Manifest


def select_current(cursor: Cursor) -> Current | None:
    """None where nothing was published yet. To be asked within one transaction. Raises DamagedRow, and Vanished where
    there are no tables."""
    cursor.execute(f"SELECT version, format, generation, head, checksum FROM {MANIFEST} WHERE id = 1")
    found = cursor.fetchone()
    if found is None:
        return None
    version, form, generation, head, checksum = found
    if form != FORMAT:
        raise OtherFormat(form)
    cursor.execute(f"SELECT id, document, passages, sentences, entry, checksum FROM {ENTRIES}")
    rows = sorted(cursor.fetchall())
    if checksum != checksum_of(generation, head, *(row[5] for row in rows)):
        raise DamagedRow("its manifest is not what was written")
    entries = sorted((_entry(row) for row in rows), key=lambda entry: entry.name)
    values = json.loads(head)
    sizes = {row[1]: (row[2], row[3]) for row in rows if row[1] >= 0}
    centre = np.frombuffer(base64.b64decode(values.pop("token_centre")), "<f4")
    dimension, length = values.pop("dimension"), values.pop("length")
    manifest = _manifest(values, entries)
    return Current(version, Generation(generation), dimension, length, centre, sizes, manifest)


def select_version(cursor: Cursor) -> tuple[int, bytes] | None:
    """Another one after each switch, also where numbers began anew since an index could not be read."""
    cursor.execute(f"SELECT version, checksum FROM {MANIFEST} WHERE id = 1")
    found = cursor.fetchone()
    return None if found is None else (int(found[0]), bytes(found[1]))


def select_head(cursor: Cursor) -> str | None:
    """As it is stored, damaged or not."""
    cursor.execute(f"SELECT head FROM {MANIFEST} WHERE id = 1")
    found = cursor.fetchone()
    return None if found is None else str(found[0])


class OtherFormat(Exception):
    """The tables are those of another version of this program."""

    def __init__(self, found: int) -> None:
        super().__init__(found)
        self.found = found


def publish(cursor: Cursor, current: Current, previous: Current | None) -> bool:
    """Switch to `current`, whose version is the previous one's and one more; False where another builder has switched
    meanwhile. The transaction is the caller's, and its end is the switch."""
    before = {entry.name: entry for entry in previous.manifest.entries} if previous else {}
    now = {entry.name: entry for entry in current.manifest.entries}
    rows = {name: _entry_row(entry, current.sizes) for name, entry in now.items()}
    head = _head(current)
    checksum = checksum_of(current.generation.number, head, *(row[5] for row in sorted(rows.values())))
    values = (current.version, FORMAT, current.generation.number, head, checksum)
    if previous is None:
        cursor.execute(
            f"INSERT IGNORE INTO {MANIFEST} (id, version, format, generation, head, checksum)"
            " VALUES (1, %s, %s, %s, %s, %s)",
            values,
        )
    else:
        cursor.execute(
            f"UPDATE {MANIFEST} SET version = %s, format = %s, generation = %s, head = %s, checksum = %s"
            " WHERE id = 1 AND version = %s",
            (*values, previous.version),
        )
    if cursor.rowcount != 1:
        return False
    if previous is None:
        cursor.execute(f"DELETE FROM {ENTRIES}")
    for some in parts([_id(name) for name in before if name not in now]):
        cursor.execute(f"DELETE FROM {ENTRIES} WHERE id IN %s", (some,))
    cursor.executemany(
        f"REPLACE INTO {ENTRIES} (id, document, passages, sentences, entry, checksum) VALUES (%s, %s, %s, %s, %s, %s)",
        [row for name, row in rows.items() if before.get(name) != now[name]],
    )
    return True


def _head(current: Current) -> str:
    manifest = {field.name: getattr(current.manifest, field.name) for field in fields(Manifest)}
    del manifest["entries"], manifest["segments"]
    centre = base64.b64encode(np.asarray(current.token_centre, "<f4").tobytes()).decode()
    return json.dumps({**manifest, "dimension": current.dimension, "length": current.length, "token_centre": centre})


def _manifest(values: dict[str, Any], entries: Sequence[Entry]) -> Manifest:
    refused = {sha256: (english, chinese) for sha256, (english, chinese) in values.pop("refused").items()}
    manifest = Manifest(**values, segments=(), entries=tuple(entries), refused=refused)
    return replace(manifest, versions=tuple(manifest.versions))


def _entry_row(entry: Entry, sizes: Mapping[int, tuple[int, int]]) -> Row:
    values = json.dumps([asdict(entry.state), entry.overrides, entry.essence, entry.twin])
    passages, sentences = sizes[entry.row] if not entry.twin else (0, 0)
    row = (_id(entry.name), entry.row, passages, sentences, values)
    return (*row, checksum_of(*row))


def _entry(row: Row) -> Entry:
    if checksum_of(*row[:5]) != row[5]:
        raise DamagedRow("an entry of its manifest is not what was written")
    state, overrides, essence, twin = json.loads(row[4])
    return Entry(FileState(**state), overrides, essence, twin, segment=-1 if twin else 0, row=row[1])


def _id(name: str) -> bytes:
    """A name of any length and any characters as a key."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=16).digest()
