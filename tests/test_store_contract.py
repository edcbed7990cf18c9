"""What every store of an index promises, wherever it is: a folder, or a database that a real server keeps."""

import multiprocessing
import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np
import pytest

from index import build as building
from index import planner
from index.build import BuildRunning
from index.encoder import SentenceEncoder
from index.index import Index
from index.library import Library
from index.manifest import NoIndex
from index.mysql import Address, StoreUnavailable
from index.oceanbase import OceanBaseStore, is_url
from index.stores import open_store
from index.terms import terms_of
from index.types import Reading, YuanhuaError
from rag.answer import ask
from tests.conftest import WordCountEncoder, lexical_index
from tests.seekdb import Seekdb, needs_seekdb, running
from tests.test_builders import wait_for

LEFT_OUT = [(), ("0-0.txt", "2-3.txt"), tuple(f"{step}-{number}.txt" for step in (1, 2) for number in (0, 1))]
FOLDER, DATABASE = "folder", pytest.param("database", marks=needs_seekdb)
QUESTIONS = ("这些作者怎么看数据质量？", "什么样的水泡绿茶？", "How long should bread rise?", "怎么养猫？")


@pytest.fixture(params=[FOLDER, DATABASE])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Of a store in which there is nothing yet."""
    if request.param == FOLDER:
        return str(tmp_path / "index")
    seekdb: Seekdb = request.getfixturevalue("seekdb")
    return seekdb.fresh()


@pytest.fixture(autouse=True)
def closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever stores a test opens, they hold no connection when it ends."""
    opened, made = list[OceanBaseStore](), OceanBaseStore.__init__

    def keep(store: OceanBaseStore, address: Address) -> None:
        made(store, address)
        opened.append(store)

    monkeypatch.setattr(OceanBaseStore, "__init__", keep)
    yield
    for store in opened:
        store.close()


def names(index: Index) -> list[str]:
    return [document.name for document in index.documents]


def test_a_place_without_an_index_says_how_to_make_one(place: str) -> None:
    with pytest.raises(NoIndex, match="make one with: yuanhua index build"):
        open_store(place).load()


def test_documents_are_added_changed_renamed_and_removed(
    place: str, essays: Path, fake_encoder: WordCountEncoder
) -> None:
    store = open_store(place)
    assert store.build(essays, fake_encoder).changes.added == ("bread.txt", "tea.md")
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    assert store.build(essays, fake_encoder).changes.added == ("ink.txt",)
    (essays / "ink.txt").write_text("磨墨要快。\n", encoding="utf-8")
    assert store.build(essays, fake_encoder).changes.changed == ("ink.txt",)
    (essays / "ink.txt").rename(essays / "墨.txt")
    renamed = store.build(essays, fake_encoder)
    assert (renamed.changes.renamed, renamed.embedded) == ((("ink.txt", "墨.txt"),), 0)
    (essays / "bread.txt").unlink()
    assert store.build(essays, fake_encoder).changes.removed == ("bread.txt",)
    index = store.load()
    assert names(index) == ["tea.md", "墨.txt"]
    assert [document.text for document in index.documents][1] == "磨墨要快。\n"
    assert index.document("bread.txt") is None
    assert index.with_terms(terms_of("bread skill"), 5, index.without([])) == []
    assert store.verify() == []


def test_an_essay_that_is_there_twice_is_found_once(place: str, essays: Path, fake_encoder: WordCountEncoder) -> None:
    (essays / "a-copy.txt").write_bytes((essays / "bread.txt").read_bytes())
    store = open_store(place)
    assert store.build(essays, fake_encoder).changes.duplicates == (("bread.txt", "a-copy.txt"),)
    index = store.load()
    assert names(index) == ["a-copy.txt", "tea.md"]
    (essays / "a-copy.txt").unlink()
    store.build(essays, fake_encoder)
    index = store.load()
    assert names(index) == ["bread.txt", "tea.md"]
    assert {index.name_of(row) for row in index.with_terms(["bread"], 9, index.without([]))} == {"bread.txt"}


def test_an_empty_folder_gives_an_empty_index_that_can_be_added_to(
    place: str, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    (tmp_path / "none").mkdir()
    store = open_store(place)
    assert store.build(tmp_path / "none", fake_encoder).documents == 0
    index = store.load()
    assert list(index.passages()) == []
    assert not ask(index, fake_encoder, "绿茶？").answered
    (tmp_path / "none" / "tea.txt").write_text("泡绿茶的水温不要超过八十度。\n", encoding="utf-8")
    store.build(tmp_path / "none", fake_encoder)
    assert names(store.load()) == ["tea.txt"]


@pytest.fixture
def changed(place: str, tmp_path: Path, fake_encoder: WordCountEncoder) -> Index:
    """An index that was built in several steps, so that there are segments, and rows of what has left."""
    folder, store = tmp_path / "many", open_store(place)
    folder.mkdir()
    draw = random.Random(7)
    subjects = ["茶", "面包", "墨", "琴", "棋", "钟", "山", "ink", "bread", "paper"]
    for step in range(3):
        for number in range(4):
            sentences = [
                f"{draw.choice(subjects)}和{draw.choice(subjects)}的第{draw.randrange(30)}种做法要慢慢来。"
                for _ in range(draw.randrange(50, 90))
            ]
            (folder / f"{step}-{number}.txt").write_text("".join(sentences) + "\n", encoding="utf-8")
        store.build(folder, fake_encoder)
    for name in ("0-1.txt", "1-2.txt"):
        (folder / name).unlink()
    store.build(folder, fake_encoder)
    return store.load()


def rows_of(index: Index, *left_out: str) -> list[int]:
    return [row for entry in index.entries if entry.name not in left_out for row in index.rows_of(entry.name)]


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_the_nearest_passages_are_found_in_order(
    changed: Index, left_out: tuple[str, ...], fake_encoder: WordCountEncoder
) -> None:
    rows = rows_of(changed, *left_out)
    vectors = changed.passage_vectors(rows)
    for question in ("茶和墨", "bread ink", "琴的第3种做法"):
        query = fake_encoder.encode_query([question])[0]
        scores = (vectors @ query).round(6)
        best = [rows[at] for at in sorted(range(len(rows)), key=lambda at: (-scores[at], changed.position(rows[at])))]
        found = changed.nearest(query, 10, changed.without(left_out))
        of_row = dict(zip(rows, scores.tolist(), strict=True))
        assert [of_row[row] for row in found] == pytest.approx([of_row[row] for row in best[:10]], abs=2e-6)
        assert len(set(found)) == 10 < len(rows)


@pytest.mark.parametrize("left_out", LEFT_OUT)
def test_passages_with_terms_are_found_in_order_as_if_nothing_had_ever_left(
    changed: Index, left_out: tuple[str, ...]
) -> None:
    rows = rows_of(changed)
    reference = lexical_index([terms_of(changed.passage(row).text) for row in rows])
    out = np.array([changed.name_of(row) in left_out for row in rows])
    for question in ("茶和墨", "bread ink", "琴的第3种做法", "没有的词"):
        terms = list(dict.fromkeys(terms_of(question)))
        best = sorted(reference.search(terms, 10, out), key=lambda hit: (-round(hit[1], 6), hit[0]))[:10]
        assert changed.with_terms(terms, 10, changed.without(left_out)) == [rows[at] for at, _ in best]
        for term in terms:
            assert changed.passage_terms.number(term) == reference.number(term)
            assert changed.passage_terms.idf(term) == pytest.approx(reference.idf(term))
            assert (changed.passage_terms.has(term, np.array(rows)) == reference.has(term, np.arange(len(rows)))).all()
    assert sorted(changed.passage_terms.latin_terms("b")) == ["bread"]


def test_passages_and_sentences_are_cut_out_of_their_essays(changed: Index) -> None:
    sentences = list[int]()
    for passage, row in zip(changed.passages(), rows_of(changed), strict=True):
        assert changed.passage(row) == passage
        assert passage.document.text[passage.start : passage.end] == passage.text
        assert all(passage.start <= start < end <= passage.end for start, end in passage.sentences)
        assert len(changed.sentences_of(row)) == len(passage.sentences) == len(changed.tokens_of(row).counts)
        sentences += changed.sentences_of(row)
    assert len(set(sentences)) == len(sentences) == changed.manifest.sentences
    assert np.linalg.norm(changed.sentence_vectors(sentences), axis=1) == pytest.approx(1, abs=2e-3)


@needs_seekdb
def test_the_same_question_has_the_same_answer_wherever_the_index_is(
    tmp_path: Path, seekdb: Seekdb, seeds_index: Path, encoder: SentenceEncoder
) -> None:
    with closing(OceanBaseStore.at(seekdb.fresh())) as store:
        built = store.build(seeds_index.parent / "seeds", encoder)
        in_folder, in_database = open_store(seeds_index).load(), store.load()
        assert built.digest == in_folder.manifest.digest
        for question in QUESTIONS:
            one, other = ask(in_folder, encoder, question), ask(in_database, encoder, question)
            assert [(c.document.name, c.start, c.end, c.quote) for c in one.citations] == [
                (c.document.name, c.start, c.end, c.quote) for c in other.citations
            ]
            assert one.answered == other.answered
            assert [c.score for c in one.citations] == pytest.approx([c.score for c in other.citations], abs=0.01)


def test_a_reader_goes_on_while_all_is_made_anew(place: str, essays: Path, fake_encoder: WordCountEncoder) -> None:
    store, library = open_store(place), Library(place)
    store.build(essays, fake_encoder)
    before = library.index
    other = WordCountEncoder()
    other.fingerprint = "word-count-2"
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    store.build(essays, other)
    assert names(before) == ["bread.txt", "tea.md"]
    assert before.document("tea.md") is not None
    assert ask(before, fake_encoder, "泡绿茶的水温？").citations[0].document.name == "tea.md"
    assert names(library.index) == ["bread.txt", "ink.txt", "tea.md"]
    assert library.index.manifest.fingerprint == "word-count-2"


def damage(place: str) -> None:
    """Changes a byte of a vector."""
    if not is_url(place):
        path = next(Path(place).glob("segments/*/passage_vectors.npy"))
        whole = path.read_bytes()
        path.write_bytes(whole[:-3] + bytes([whole[-3] ^ 1]) + whole[-2:])
        return
    with closing(OceanBaseStore.at(place)) as store:
        generation = store.current().generation
        store.database.rows(
            f"UPDATE {generation.passages} SET payload = INSERT(payload, 40, 1, CHAR(ASCII(SUBSTR(payload, 40)) ^ 1))"
            " ORDER BY passage LIMIT 1"
        )


def test_a_changed_byte_is_found_and_mended(place: str, essays: Path, fake_encoder: WordCountEncoder) -> None:
    store = open_store(place)
    first = store.build(essays, fake_encoder)
    damage(place)
    wrong = store.verify()
    assert wrong
    assert "is not what was written; rebuild with: yuanhua index build" in wrong[0]
    assert store.place in wrong[0]
    mended = store.build(essays, fake_encoder)
    assert mended.mended
    assert mended.digest == first.digest
    assert open_store(place).verify() == []
    assert not store.build(essays, fake_encoder).mended


class Waiting(WordCountEncoder):
    """Says when it has come to its first passage, and waits there for a file."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder

    def read_document(self, texts: Sequence[str], /) -> list[Reading]:
        if any("墨" in text for text in texts):
            (self.folder / "reached").touch()
            wait_for((self.folder / "go").exists)
        return super().read_document(texts)


def _build(place: str, essays: Path, folder: Path) -> None:
    building.WINDOW = planner.PART = 1
    try:
        open_store(place).build(essays, Waiting(folder))
    except YuanhuaError as error:
        (folder / "error").write_text(str(error), encoding="utf-8")


@dataclass(frozen=True)
class UnderWay:
    """A build in another process, and the folder by which it is told to go on."""

    process: BaseProcess
    folder: Path

    def go_on(self) -> None:
        (self.folder / "go").touch()

    def end(self) -> None:
        self.go_on()
        self.process.join(60)


@pytest.fixture
def begin(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Iterator[Callable[[str], UnderWay]]:
    """Begins to add an essay to an index that there is."""
    begun = list[UnderWay]()

    def begin(place: str) -> UnderWay:
        open_store(place).build(essays, fake_encoder)
        (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
        folder = tmp_path / "process"
        folder.mkdir()
        process = multiprocessing.get_context("spawn").Process(target=_build, args=(place, essays, folder))
        process.start()
        begun.append(UnderWay(process, folder))
        wait_for((folder / "reached").exists)
        return begun[-1]

    yield begin
    for one in begun:
        one.end()


def test_a_writer_of_other_essays_is_told_to_wait(
    place: str, tmp_path: Path, begin: Callable[[str], UnderWay], fake_encoder: WordCountEncoder
) -> None:
    build, others = begin(place), tmp_path / "others"
    others.mkdir()
    (others / "tea.txt").write_text("茶要趁热喝。\n", encoding="utf-8")
    with pytest.raises(BuildRunning, match="another build is running here"):
        open_store(place).build(others, fake_encoder)
    build.go_on()
    wait_for(lambda: names(open_store(place).load()) == ["bread.txt", "ink.txt", "tea.md"])


def test_a_reader_sees_nothing_of_a_build_before_its_end(
    place: str, begin: Callable[[str], UnderWay], fake_encoder: WordCountEncoder
) -> None:
    build, library = begin(place), Library(place)
    assert names(library.index) == ["bread.txt", "tea.md"]
    assert "ink.txt" not in {library.index.name_of(row) for row in library.index.with_terms(["墨"], 5, None)}
    build.go_on()
    wait_for(lambda: names(library.index) == ["bread.txt", "ink.txt", "tea.md"])
    assert library.index.name_of(library.index.with_terms(["墨"], 5, library.index.without([]))[0]) == "ink.txt"


def test_readers_read_during_all_of_it(place: str, essays: Path, fake_encoder: WordCountEncoder) -> None:
    store, library = open_store(place), Library(place)
    store.build(essays, fake_encoder)
    stop, wrong, asked = threading.Event(), list[str](), [0]

    def read() -> None:
        while not stop.is_set():
            try:
                answer = ask(library.index, fake_encoder, "泡绿茶的水温不要超过多少度？")
            except Exception as error:  # noqa: BLE001 - whatever it is, a reader would have seen it
                wrong.append(repr(error))
                return
            if not answer.answered or any(c.document.text[c.start : c.end] != c.quote for c in answer.citations):
                wrong.append(answer.text)
            asked[0] += 1

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for step in range(4):
        (essays / "ink.txt").write_text(f"磨墨要慢，第{step}遍也一样。\n", encoding="utf-8")
        store.build(essays, fake_encoder)
    other = WordCountEncoder()
    other.fingerprint = "word-count-2"
    store.build(essays, other)
    (essays / "ink.txt").unlink()
    store.build(essays, other)
    stop.set()
    for reader in readers:
        reader.join(60)
    assert wrong == []
    assert asked[0] > 6


def let_leases_run_out(place: str) -> None:
    """As if the time had passed after which a builder of whom nothing is heard is dead."""
    if is_url(place):
        with closing(OceanBaseStore.at(place)) as store:
            store.database.rows("UPDATE yuanhua_builders SET lease = NOW(6) - INTERVAL 1 SECOND")


def test_a_build_that_is_killed_leaves_the_old_index_and_is_gone_on_with(
    place: str, essays: Path, begin: Callable[[str], UnderWay], fake_encoder: WordCountEncoder
) -> None:
    build = begin(place)
    build.process.kill()
    build.process.join()
    let_leases_run_out(place)
    assert names(open_store(place).load()) == ["bread.txt", "tea.md"]
    built = open_store(place).build(essays, fake_encoder)
    assert built.changes.added == ("ink.txt",)
    assert open_store(place).verify() == []


@pytest.fixture
def mortal() -> Iterator[Seekdb]:
    """A server that the test may kill: no other asks it."""
    with running() as server:
        yield server


@needs_seekdb
def test_a_server_that_is_killed_while_it_is_built_into_loses_nothing(
    essays: Path, mortal: Seekdb, begin: Callable[[str], UnderWay], fake_encoder: WordCountEncoder
) -> None:
    place = mortal.fresh()
    build = begin(place)
    library = Library(place)
    assert names(library.index) == ["bread.txt", "tea.md"]
    mortal.kill()
    build.end()
    said = (build.folder / "error").read_text(encoding="utf-8")
    assert said.startswith("oceanbase://root@localhost:2881/y1: the server of the index cannot be reached")
    with pytest.raises(StoreUnavailable, match="cannot be reached"):
        ask(library.index, fake_encoder, "泡绿茶的水温？")
    mortal.start()
    assert names(library.index) == ["bread.txt", "tea.md"]
    assert ask(library.index, fake_encoder, "泡绿茶的水温？").answered
    let_leases_run_out(place)
    store = open_store(place)
    assert store.build(essays, fake_encoder).changes.added == ("ink.txt",)
    assert store.verify() == []
    assert names(library.index) == ["bread.txt", "ink.txt", "tea.md"]


@needs_seekdb
def test_a_server_that_is_killed_in_the_middle_of_a_query_is_said_to_be_away(
    essays: Path, mortal: Seekdb, fake_encoder: WordCountEncoder
) -> None:
    place = mortal.fresh()
    open_store(place).build(essays, fake_encoder)
    database = OceanBaseStore.at(place).database
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(database.rows, "SELECT SLEEP(50)")
        wait_for(lambda: any("SLEEP" in str(row[-1]) for row in database.rows("SHOW PROCESSLIST") if row[4] == "Query"))
        mortal.kill()
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            asked.result(10)


@needs_seekdb
def test_readers_of_a_server_that_is_killed_under_them_are_told_and_answered_when_it_is_back(
    essays: Path, mortal: Seekdb, fake_encoder: WordCountEncoder
) -> None:
    place, question = mortal.fresh(), "泡绿茶的水温？"
    open_store(place).build(essays, fake_encoder)
    library, stop, told = Library(place), threading.Event(), {number: list[str]() for number in range(3)}
    answered = dict.fromkeys(told, 0)  # since the server was last away
    answer = ask(library.index, fake_encoder, question)
    assert answer.answered

    def read(number: int) -> None:
        while not stop.is_set():
            try:
                assert ask(library.index, fake_encoder, question) == answer
                answered[number] += 1
            except StoreUnavailable as error:
                told[number].append(str(error))
                answered[number] = 0
                time.sleep(0.1)

    def kill_until_told() -> None:
        before = {number: len(lines) for number, lines in told.items()}
        mortal.kill()
        wait_for(lambda: all(len(lines) > before[number] for number, lines in told.items()))

    with ThreadPoolExecutor(len(told)) as pool:
        readers = [pool.submit(read, number) for number in told]
        for _ in range(3):
            kill_until_told()
            mortal.start()
            assert ask(library.index, fake_encoder, question) == answer
        wait_for(lambda: all(answered.values()))
        stop.set()
        for reader in readers:
            reader.result(60)
    said = {line.split(" (")[0] for lines in told.values() for line in lines}
    assert said == {f"{library.store.place}: the server of the index cannot be reached"}


@needs_seekdb
@pytest.mark.parametrize("way", ["in", "out", "across"])
def test_an_index_moves_between_stores_without_embedding_again(
    way: str, essays: Path, tmp_path: Path, seekdb: Seekdb, fake_encoder: WordCountEncoder
) -> None:
    (essays / "copy.txt").write_bytes((essays / "tea.md").read_bytes())
    folder, database = str(tmp_path / "index"), seekdb.fresh()
    here, there = {"in": (folder, database), "out": (database, folder), "across": (database, seekdb.fresh())}[way]
    source, target = open_store(here), open_store(there)
    first = source.build(essays, fake_encoder)
    target.copy(source.load())
    assert target.verify() == []
    assert target.manifest().digest == first.digest
    fake_encoder.encoded.clear()
    assert target.build(essays, fake_encoder).embedded == 0
    (essays / "ink.txt").write_text("磨墨要慢。\n", encoding="utf-8")
    assert target.build(essays, fake_encoder).embedded == 2
    assert target.verify() == []
    assert set(fake_encoder.encoded) == {"磨墨要慢。"}
