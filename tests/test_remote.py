"""The index in a database answers as the one in a folder does, and says what is wrong with it."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index import store
from index.build import build
from index.encoder import SentenceEncoder
from index.holdings import Holdings
from index.index import Index
from index.library import Library
from index.manifest import NoIndex, StaleIndex
from index.mysql import Cursor, StoreUnavailable, Vanished
from index.oceanbase import OceanBaseStore
from index.remote import RemoteIndex
from index.stores import FolderStore, open_store
from index.tables import Generation, drop_generation
from rag.answer import ask
from rag.query import understand
from rag.retrieve import rank
from tests.conftest import HOSTILE, HOSTILE_NAME, WordCountEncoder
from tests.seekdb import Seekdb, needs_seekdb

pytestmark = needs_seekdb

QUESTIONS = (
    "泡茶的水温是多少？",
    "How long should bread rise?",
    "谁反对加班？",
    "What do they say of walking?",
    "怎么看写作？",
    "What is the capital of Mongolia?",
)


@pytest.fixture(scope="module")
def folder(seeds_index: Path) -> store.FolderIndex:
    return store.load(seeds_index)


@pytest.fixture(scope="module")
def kept(seekdb: Seekdb, folder: store.FolderIndex) -> Iterator[OceanBaseStore]:
    """Holds the same as the folder; not to be changed."""
    place = OceanBaseStore.at(seekdb.fresh())
    place.copy(folder)
    yield place
    place.close()


@pytest.fixture
def small(store_url: str, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Iterator[OceanBaseStore]:
    """Two short essays, to be damaged at will."""
    build(essays, tmp_path / "index", fake_encoder)
    place = OceanBaseStore.at(store_url)
    place.copy(store.load(tmp_path / "index"))
    yield place
    place.close()


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is searched, so that the engine need not make its indexes, which takes seconds."""
    monkeypatch.setattr("index.publish.create_indexes", lambda cursor, generation: None)


@pytest.fixture
def remote(kept: OceanBaseStore) -> RemoteIndex:
    """Nothing of it is in memory."""
    current = kept.current()
    return RemoteIndex(current, Holdings(kept.database, current.generation))


def named(index: Index, rows: list[int]) -> list[tuple[str, int]]:
    """Rows as what they stand for, which is the same wherever they are."""
    return [(index.name_of(row), row - index.rows_of(index.name_of(row)).start) for row in rows]


def test_what_is_known_of_the_corpus_is_the_same(remote: RemoteIndex, folder: store.FolderIndex) -> None:
    assert remote.manifest.digest == folder.manifest.digest
    assert list(remote.documents) == list(folder.documents)
    assert list(remote.cards) == list(folder.cards)
    assert list(remote.passages()) == list(folder.passages())


def test_every_passage_has_the_same_vectors_tokens_and_terms(remote: RemoteIndex, folder: store.FolderIndex) -> None:
    assert np.array_equal(remote.token_centre, folder.token_centre)
    for name in folder.positions:
        here, there = list(folder.rows_of(name)), list(remote.rows_of(name))
        assert np.array_equal(remote.passage_vectors(there), folder.passage_vectors(here))
        for row, other in zip(here, there, strict=True):
            sentences, others = folder.sentences_of(row), remote.sentences_of(other)
            assert np.array_equal(remote.sentence_vectors(others), folder.sentence_vectors(sentences))
            assert np.array_equal(remote.tokens_of(other).codes, folder.tokens_of(row).codes)
            for term in ("的", "茶", "time", "没有"):
                has = folder.sentence_terms.has(term, np.array(sentences))
                assert np.array_equal(remote.sentence_terms.has(term, np.array(others)), has)


@pytest.mark.parametrize("hidden", [0, 1, -1])
def test_both_legs_rank_the_same(
    remote: RemoteIndex, folder: store.FolderIndex, encoder: SentenceEncoder, hidden: int
) -> None:
    """With all essays, without the first, and with the last one alone."""
    names = frozenset(sorted(folder.positions)[:hidden])
    for question in QUESTIONS:
        query = understand(question, encoder, folder.passage_terms)
        here, there = rank(folder, query, names), rank(remote, query, names)
        assert named(remote, list(there.dense)) == named(folder, list(here.dense))
        assert named(remote, list(there.lexical)) == named(folder, list(here.lexical))


def test_answers_are_the_same_to_the_last_figure(
    remote: RemoteIndex, folder: store.FolderIndex, encoder: SentenceEncoder
) -> None:
    answers = [ask(folder, encoder, question) for question in QUESTIONS]
    assert [ask(remote, encoder, question) for question in QUESTIONS] == answers
    assert {answer.answered for answer in answers} == {True, False}


def test_a_misspelt_word_is_read_as_the_same_word(remote: RemoteIndex, folder: store.FolderIndex) -> None:
    for initial in ("t", "w", "%", "_", "\\"):
        assert list(remote.passage_terms.latin_terms(initial)) == list(folder.passage_terms.latin_terms(initial))
    assert remote.passage_terms.latin_terms("t")
    for term in ("time", "茶", "没有这个词"):
        assert remote.passage_terms.number(term) == folder.passage_terms.number(term)
        assert remote.passage_terms.idf(term) == pytest.approx(folder.passage_terms.idf(term))


def test_what_was_prepared_is_not_asked_for_again(remote: RemoteIndex, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = list(remote.rows_of(remote.entries[0].name))
    asked: list[object] = []
    read = remote.holdings.database.read

    def counted(ask: Callable[[Cursor], object]) -> object:
        asked.append(ask)
        return read(ask)

    monkeypatch.setattr(remote.holdings.database, "read", counted)
    remote.prepare(rows)
    assert len(asked) == 1
    for row in rows:
        remote.tokens_of(row)
        remote.sentence_vectors(remote.sentences_of(row))
        remote.sentence_terms.has("茶", np.array(remote.sentences_of(row)))
    assert remote.passage_terms.has("茶", np.array(rows)).shape == (len(rows),)
    assert len(asked) == 1


def test_what_is_whole_is_found_whole(kept: OceanBaseStore) -> None:
    assert kept.verify() == []


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE {0.passages} SET payload = INSERT(payload, 40, 1, 'x') LIMIT 1",
            r"passage \d+ is not what was written",
        ),
        ("UPDATE {0.passages} SET ends = ends + 1 LIMIT 1", r"passage \d+ is not what was written"),
        ("UPDATE {0.passages} SET heading = 'x' LIMIT 1", r"passage \d+ is not what was written"),
        ("UPDATE {0.passages} SET tokens = 'x' LIMIT 1", r"the terms of passage \d+ are not what was written"),
        ("DELETE FROM {0.passages} LIMIT 1", r"passage \d+ is missing"),
        ("UPDATE {0.documents} SET text = 'x' LIMIT 1", r"the text of document \d+ is not what was written"),
        ("UPDATE {0.documents} SET facts = '{{}}' LIMIT 1", r"document \d+ is not what was written"),
        ("DELETE FROM {0.documents} LIMIT 1", r"document \d+ is missing"),
        ("UPDATE {0.terms} SET passages = 7 LIMIT 1", r"1 terms are counted wrongly"),
    ],
)
def test_a_changed_row_is_found_and_named(small: OceanBaseStore, statement: str, said: str) -> None:
    assert small.verify() == []
    small.database.rows(statement.format(small.current().generation))
    wrong = small.verify()
    assert wrong
    assert wrong[0].startswith(f"{small.place}: ")
    assert wrong[0].endswith("rebuild with: yuanhua index build")
    assert any(re.search(said, fault) for fault in wrong), wrong


@pytest.mark.usefixtures("bare")
def test_a_damaged_passage_is_never_read_as_whole(small: OceanBaseStore) -> None:
    index = small.load()
    generation = small.current().generation
    small.database.rows(f"UPDATE {generation.passages} SET payload = INSERT(payload, 60, 1, 'x')")
    with pytest.raises(StaleIndex, match=r"the index is damaged .*rebuild it with") as damaged:
        list(index.passages())
    assert "索引损坏了" in damaged.value.chinese


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("facts", ["{}", "x", "[]", '{"furniture": []}', '{"furniture": 7}'])
def test_a_damaged_title_is_said_to_be_damaged(small: OceanBaseStore, facts: str) -> None:
    index = small.load()
    small.database.rows(f"UPDATE {small.current().generation.documents} SET facts = %s", (facts,))
    with pytest.raises(StaleIndex, match="the index is damaged"):
        list(index.cards)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE yuanhua_manifest SET head = REPLACE(head, 'word', 'bird')",
        "UPDATE yuanhua_manifest SET head = 'x'",
        "UPDATE yuanhua_entries SET entry = REPLACE(entry, 'tea', 'pea')",
        "DELETE FROM yuanhua_entries LIMIT 1",
    ],
)
def test_a_damaged_manifest_is_no_index(small: OceanBaseStore, statement: str) -> None:
    small.database.rows(statement)
    for read in (small.load, small.manifest, small.verify):
        with pytest.raises(StaleIndex, match="the index is damaged"):
            read()


@pytest.mark.usefixtures("bare")
def test_an_index_of_another_format_says_so(small: OceanBaseStore) -> None:
    small.database.rows("UPDATE yuanhua_manifest SET format = 77")
    with pytest.raises(StaleIndex, match="this index has format 77 and this version reads 1"):
        small.load()
    assert list(small.encoders()) == ["word-count"]


def test_a_database_without_an_index_says_how_to_make_one(store_url: str) -> None:
    empty = OceanBaseStore.at(store_url)
    for read in (empty.version, empty.load, empty.manifest, empty.verify):
        with pytest.raises(NoIndex, match="there is no index here; make one with: yuanhua index build"):
            read()
    assert list(empty.encoders()) == []
    empty.close()


@pytest.mark.usefixtures("bare")
def test_a_reader_whose_tables_were_dropped_is_told_to_ask_again(small: OceanBaseStore) -> None:
    index = small.load()
    with small.database.cursor() as cursor:
        drop_generation(cursor, Generation(small.current().generation.number))
    with pytest.raises(Vanished, match="ask again"):
        list(index.passages())


@pytest.mark.usefixtures("bare")
def test_a_reader_whose_rows_were_removed_is_told_to_ask_again(small: OceanBaseStore) -> None:
    index = small.load()
    small.database.rows(f"DELETE FROM {small.current().generation.passages}")
    with pytest.raises(Vanished, match="ask again"):
        index.prepare(list(index.rows_of("tea.md")))


def test_a_server_that_was_killed_is_said_to_be_away_and_answers_again_when_it_is_back(
    seekdb: Seekdb, kept: OceanBaseStore, encoder: SentenceEncoder
) -> None:
    library = Library(seekdb.url(kept.address.name))
    before = ask(library.index, encoder, QUESTIONS[0])
    index = library.index
    seekdb.kill()
    try:
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            _ = library.index
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            index.nearest(np.ones(384, np.float32), 5, None)
    finally:
        seekdb.start()
    assert ask(library.index, encoder, QUESTIONS[0]) == before
    assert kept.verify() == []


def test_a_copy_back_into_a_folder_is_the_index_it_was(
    kept: OceanBaseStore, folder: store.FolderIndex, tmp_path: Path, encoder: SentenceEncoder
) -> None:
    FolderStore(tmp_path / "back").copy(kept.load())
    back = store.load(tmp_path / "back")
    assert store.verify(tmp_path / "back") == []
    assert back.manifest.digest == folder.manifest.digest
    for question in QUESTIONS:
        assert ask(back, encoder, question) == ask(folder, encoder, question)


def test_a_copy_replaces_what_was_there_and_another_builds_on_it(
    small: OceanBaseStore, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    (essays / "new.md").write_text("面要揉到光滑。\n", encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    was = small.version()
    small.copy(store.load(tmp_path / "index"))
    assert small.version() != was
    assert [entry.name for entry in small.load().entries] == ["bread.txt", "new.md", "tea.md"]
    assert small.verify() == []
    built = small.build(essays, fake_encoder)
    assert (built.embedded, bool(built.changes)) == (0, False)


def test_texts_and_names_may_hold_anything(store_url: str, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    essays = tmp_path / "hostile"
    essays.mkdir()
    (essays / HOSTILE_NAME).write_text(
        f"# {HOSTILE}\n\n{HOSTILE} '; DROP TABLE yuanhua_entries; -- 茶。\n", encoding="utf-8"
    )
    (essays / "%s %(x)s '\\.md").write_text("# 百分之 %s\n\n\\' \" %d \U0001f375 \u0001 茶 \\0。\n", encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    folder = store.load(tmp_path / "index")
    place = OceanBaseStore.at(store_url)
    place.copy(folder)
    index = place.load()
    assert list(index.documents) == list(folder.documents)
    assert list(index.passages()) == list(folder.passages())
    assert named(index, index.with_terms(["茶"], 5, None)) == named(folder, folder.with_terms(["茶"], 5, None))
    assert place.verify() == []
    place.close()


def test_an_empty_index_is_one_too(store_url: str, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", tmp_path / "index", fake_encoder)
    place = OceanBaseStore.at(store_url)
    place.copy(store.load(tmp_path / "index"))
    index = place.load()
    assert len(index.documents) == 0
    assert index.with_terms(["茶"], 5, index.without([])) == []
    assert index.nearest(np.ones(1, np.float32), 5, index.without([])) == []
    assert place.verify() == []
    place.close()


def test_a_url_opens_the_store_and_a_path_the_folder(store_url: str, tmp_path: Path) -> None:
    assert isinstance(open_store(store_url), OceanBaseStore)
    assert isinstance(open_store(str(tmp_path)), FolderStore)
    assert isinstance(open_store(tmp_path), FolderStore)
