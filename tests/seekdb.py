"""A real server for the tests: seekdb, which is OceanBase's kernel in one process, started by a process that can be
killed and started anew over the same folder."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

import pytest

from index.current import Current, publish
from index.mysql import Address, Database
from index.oceanbase import OceanBaseStore
from index.rows import add_terms, documents_of, insert_document, insert_passages, insert_words
from index.store import FolderIndex
from index.tables import Generation, create_generation, create_indexes, create_manifest

try:
    import pylibseekdb
except ImportError:
    pylibseekdb = None  # on machines that it is not made for

needs_seekdb = pytest.mark.skipif(pylibseekdb is None, reason="there is no seekdb for this machine")

_PROGRAM = """
import json, sys, pylibseekdb
server = pylibseekdb.open(db_dir=sys.argv[1])
print(json.dumps(server.connection_options()), flush=True)
sys.stdin.read()
server.close()
"""


class Seekdb:
    """The server over one folder. It listens on a socket in that folder and nowhere else."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="yuanhua-"))  # paths of sockets must be short
        self._process: subprocess.Popen[str] | None = None
        self._databases = count(1)

    @property
    def socket(self) -> Path:
        return self.folder / "run" / "sql.sock"

    def start(self) -> None:
        environment = os.environ | {"TELEMETRY_ENABLED": "false"}
        command = [sys.executable, "-c", _PROGRAM, str(self.folder)]
        self._process = subprocess.Popen(
            command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=self.folder
        )
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline())["user"] == "root"

    @property
    def pid(self) -> int:
        """Of the server itself."""
        return int((self.folder / "run" / "seekdb.pid").read_text())

    def kill(self) -> None:
        """As a power cut ends it. What was committed is there again after `start`."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(None)

    def _end(self, how: signal.Signals | None) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        if how is not None:
            process.send_signal(how)
        late = threading.Timer(60, process.kill)
        late.start()
        process.communicate()  # closes what it waits for
        late.cancel()

    def url(self, name: str) -> str:
        return f"oceanbase://root@localhost/{name}?unix_socket={self.socket}"

    def fresh(self) -> str:
        """The URL of a database that nobody has used."""
        name = f"y{next(self._databases)}"
        database = Database(Address.of(self.url("test")))
        database.rows(f"CREATE DATABASE {name}")
        database.close()
        return self.url(name)


def store_of(index: FolderIndex, url: str) -> OceanBaseStore:
    """The same index in the database, as it would have been built there."""
    store, generation = OceanBaseStore.at(url), Generation(1)
    dimension = max(1, index.passage_vectors(index.rows_of(index.entries[0].name)).shape[1])
    with store.database.cursor() as cursor:
        create_manifest(cursor)
        create_generation(cursor, generation, dimension)
    entries, sizes, numbers, length = [], {}, Counter[int](), 0
    for entry, segment in ((entry, index.segments[entry.segment]) for entry in index.manifest.entries):
        if entry.twin:
            entries.append(entry)
            continue
        document, passages = next(islice(documents_of(segment), entry.row, None))
        with store.database.transaction() as cursor:
            row = insert_document(cursor, generation, document)
            insert_passages(cursor, generation, row, passages)
        entries.append(replace(entry, segment=0, row=row))
        sizes[row] = document.passages, document.sentences
        for passage in passages:
            numbers.update(passage.payload.terms.tolist())
            length += passage.payload.length
    with store.database.cursor() as cursor:
        create_indexes(cursor, generation)
    manifest = replace(index.manifest, segments=(), entries=tuple(entries))
    current = Current(1, generation, dimension, length, index.token_centre, sizes, manifest)
    with store.database.transaction() as cursor:
        for segment in index.segments:
            insert_words(cursor, generation, segment.latin_terms)
        add_terms(cursor, generation, numbers)
        assert publish(cursor, current, None)
    return store


@contextmanager
def running() -> Iterator[Seekdb]:
    """A server of one's own."""
    server = Seekdb()
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(server.folder, ignore_errors=True)


@pytest.fixture(scope="session")
def seekdb() -> Iterator[Seekdb]:
    with running() as server:
        yield server


@pytest.fixture
def store_url(seekdb: Seekdb) -> str:
    return seekdb.fresh()
