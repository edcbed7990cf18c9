"""An index copied into a database, and out of one."""

from pathlib import Path

import pytest

from index import store
from index.build import build
from index.current import Current, select_current
from index.mysql import Address, Database
from index.problems import YuanhuaError
from index.rows import documents_of, select_document, select_passages
from index.tables import generations
from index.transfer import copy_into
from tests.conftest import WordCountEncoder
from tests.seekdb import needs_seekdb

pytestmark = needs_seekdb


@pytest.fixture
def database(store_url: str) -> Database:
    return Database(Address.of(store_url))


def now(database: Database) -> Current:
    current = database.snapshot(select_current)
    assert current is not None
    return current


def test_every_row_of_a_copy_is_what_the_segment_has(seeds_index: Path, database: Database) -> None:
    index = store.load(seeds_index)
    steps: list[tuple[str, int, int]] = []
    copy_into(database, index, lambda *step: steps.append(step))
    current = now(database)
    assert current.manifest.digest == index.manifest.digest
    assert [entry.name for entry in current.manifest.entries] == [entry.name for entry in index.manifest.entries]
    numbers = {entry.name: entry.row for entry in current.manifest.entries}
    stored = documents_of(index.segments[0])
    for entry, (document, passages) in zip(index.entries, stored, strict=True):
        rows = [numbers[entry.name] << 24 | passage.number for passage in passages]
        with database.cursor() as cursor:
            assert select_document(cursor, current.generation, numbers[entry.name]) == document
            found = select_passages(cursor, current.generation, rows)
        assert [one.payload.to_bytes() for one in found.values()] == [one.payload.to_bytes() for one in passages]
    assert ("Copying", index.manifest.passages, index.manifest.passages) in steps


def test_a_copy_takes_the_place_of_what_was_there_and_only_when_it_is_whole(
    essays: Path, tmp_path: Path, database: Database, fake_encoder: WordCountEncoder
) -> None:
    (essays / "twin.md").write_bytes((essays / "tea.md").read_bytes())
    build(essays, tmp_path / "one", fake_encoder)
    copy_into(database, store.load(tmp_path / "one"))
    was = now(database)

    def stop(step: str, *_: object) -> None:
        if step == "Saving":
            raise YuanhuaError("stopped")

    (essays / "bread.txt").unlink()
    build(essays, tmp_path / "other", fake_encoder)
    with pytest.raises(YuanhuaError, match="stopped"):
        copy_into(database, store.load(tmp_path / "other"), stop)
    assert (now(database).version, now(database).manifest) == (was.version, was.manifest)
    copy_into(database, store.load(tmp_path / "other"))
    assert now(database).version == was.version + 1
    assert now(database).manifest.digest == store.load(tmp_path / "other").manifest.digest
    assert database.read(generations) == [was.generation, now(database).generation]  # it may be read still


def test_an_empty_index_is_copied_too(tmp_path: Path, database: Database, fake_encoder: WordCountEncoder) -> None:
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", tmp_path / "index", fake_encoder)
    copy_into(database, store.load(tmp_path / "index"))
    assert now(database).manifest.documents == 0
