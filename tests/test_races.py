"""Builders of one store that sleep, die or meet at the worst moment, and whoever reads meanwhile."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pymysql
import pytest

from index import build as folders
from index import planner, remote
from index.current import Current
from index.joint import build, current_of
from index.mysql import Cursor, Database
from index.oceanbase import OceanBaseStore
from index.plan import Made, choose_generation, made_by
from index.store import load
from index.tables import Generation, drop_generation, generations
from tests.conftest import WordCountEncoder
from tests.seekdb import needs_seekdb

pytestmark = needs_seekdb


@pytest.fixture
def store(store_url: str) -> Iterator[OceanBaseStore]:
    with closing(OceanBaseStore.at(store_url)) as store:
        yield store


@pytest.fixture
def database(store: OceanBaseStore) -> Database:
    return store.database


def now(database: Database) -> Current:
    current, _ = current_of(database)
    assert current is not None
    return current


def once_at(step: str, do: Callable[[], object]) -> Callable[[str, int, int], None]:
    """A report that does something when a build first comes to a step, as if the builder slept so long."""
    waiting = [do]

    def report(now: str, _done: int, _total: int) -> None:
        if now == step and waiting:
            waiting.pop()()

    return report


def test_a_publisher_that_slept_removes_nothing_of_what_others_built_meanwhile(
    store: OceanBaseStore, database: Database, essays: Path, fake_encoder: WordCountEncoder
) -> None:
    def others() -> None:
        database.rows("UPDATE yuanhua_builders SET lease = NOW(6) - INTERVAL 1 SECOND")
        build(database, essays, fake_encoder)
        (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
        build(database, essays, fake_encoder)

    build(database, essays, fake_encoder, once_at("Saving", others))
    assert [entry.name for entry in store.load().entries] == ["bread.txt", "ink.txt", "tea.md"]
    assert store.verify() == []


def test_two_builders_with_different_encoders_never_fill_the_same_tables(
    database: Database, essays: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both choose their tables at the same moment."""
    build(database, essays, fake_encoder)
    (used,) = made_by(database)
    other = WordCountEncoder()
    other.fingerprint = "word-count-2"
    mine, others = (Made.by(encoder, 256, np.zeros(256, np.float32)) for encoder in (fake_encoder, other))
    chosen: list[Generation] = []

    def meanwhile(cursor: Cursor) -> list[Generation]:
        monkeypatch.setattr("index.plan.generations", generations)
        found = generations(cursor)
        chosen.append(choose_generation(database, others, None, Generation(used)))
        return found

    monkeypatch.setattr("index.plan.generations", meanwhile)
    first = choose_generation(database, mine, None, Generation(used))
    assert made_by(database)[first.number].fingerprint == "word-count-1"
    assert made_by(database)[chosen[0].number].fingerprint == "word-count-2"


def test_tables_that_were_dropped_when_their_builder_died_stop_no_build(
    store: OceanBaseStore, database: Database, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    """It died after it had dropped some of them, and before it had dropped the rest."""
    build(database, essays, fake_encoder)
    before = now(database).generation
    folders.build(essays, tmp_path / "index", fake_encoder)
    store.copy(load(tmp_path / "index"))
    database.rows(f"DROP TABLE {before.passages}")
    database.rows(f"DROP TABLE {before.documents}")
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    build(database, essays, fake_encoder)
    assert store.verify() == []
    assert database.rows(f"SHOW TABLES LIKE '{before.terms}'") == []
    assert list(made_by(database)) == [now(database).generation.number]


def test_a_helper_goes_on_where_older_tables_are_dropped_under_it(
    store: OceanBaseStore, database: Database, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(database, essays, fake_encoder)
    before = now(database).generation
    folders.build(essays, tmp_path / "index", fake_encoder)
    store.copy(load(tmp_path / "index"))
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")

    def drop() -> None:
        with database.cursor() as cursor:
            drop_generation(cursor, before)

    build(database, essays, fake_encoder, once_at("Embedding", drop))
    assert store.verify() == []


def test_what_is_embedded_for_the_next_index_hides_nothing_of_the_one_that_is_read(
    store: OceanBaseStore,
    database: Database,
    essays: Path,
    fake_encoder: WordCountEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Far more passages are on their way that are as near and have the same words than the engine is asked for."""
    monkeypatch.setattr(remote, "MOST", 8)
    monkeypatch.setattr(remote, "SPARE", 1)
    build(database, essays, fake_encoder)
    for number in range(20):
        (essays / f"a{number}.txt").write_text(f"泡绿茶的水温不要超过八十度。第{number}遍。\n", encoding="utf-8")

    def look() -> None:
        if len(database.rows(f"SELECT passage FROM {now(database).generation.passages}")) < 22:
            return
        index = store.load()
        query = fake_encoder.encode_query(["泡绿茶的水温不要超过八十度"])[0]
        asked.append([index.name_of(row) for row in index.nearest(query, 2, None)])
        asked.append([index.name_of(row) for row in index.with_terms(["绿茶"], 2, None)])

    asked: list[list[str]] = []
    build(database, essays, fake_encoder, once_at("Saving", look))
    assert asked == [["tea.md", "bread.txt"], ["tea.md"]]


def test_many_words_and_parts_of_work_are_stored_in_few_statements(
    database: Database, essays: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "PART", 1)
    (essays / "many.txt").write_text("".join(f"Word{chr(97 + n % 26)}{'x' * (n // 26)} is here. " for n in range(500)))
    asked = list[str]()
    execute = Cursor.execute

    def counted(cursor: Cursor, statement: Any, *values: object) -> int:
        asked.append(statement if isinstance(statement, str) else bytes(statement).decode())
        return execute(cursor, statement, *values)

    monkeypatch.setattr(Cursor, "execute", counted)
    built = build(database, essays, fake_encoder)
    assert built.passages > 3
    assert sum(one.startswith("INSERT INTO yuanhua_work") for one in asked) == 1
    assert sum("terms_1 (term, passages, word)" in one for one in asked) <= built.passages


def test_of_all_passages_only_those_of_the_documents_in_question_are_read(
    database: Database, essays: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where there are a million, the engine would else read all of them for every hundred documents."""
    for number in range(200):
        (essays / f"{number}.txt").write_text(
            f"第{number}壶茶要趁热喝。\n\n第{number}块面包要放凉。\n", encoding="utf-8"
        )
    asked, execute = list[str](), pymysql.cursors.Cursor.execute

    def keep(cursor: Any, query: Any, args: Any = None) -> int:
        if isinstance(query, str):  # and no rows that are written
            asked.append(cursor.mogrify(query, args))
        return execute(cursor, query, args)

    monkeypatch.setattr(pymysql.cursors.Cursor, "execute", keep)
    build(database, essays, fake_encoder)
    for number in range(100):
        (essays / f"{number}.txt").unlink()
    build(database, essays, fake_encoder)
    (essays / "101.txt").unlink()
    build(database, essays, fake_encoder)  # what went before is removed now
    monkeypatch.undo()
    some = [one for one in asked if "_passages_" in one and "document IN" in one]
    assert {one.split()[0] for one in some} == {"SELECT", "DELETE"}
    for statement in some:
        plan = "\n".join(line for (line,) in database.rows(f"EXPLAIN {statement}".replace("%", "%%")))
        assert "INDEX(" in statement  # so few are not enough for the engine to go wrong by itself
        assert "(of_document)" in plan, plan
        assert "FULL SCAN" not in plan, plan
