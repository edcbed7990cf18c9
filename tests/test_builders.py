"""Many builders of one store: work is shared, nothing is done twice, and any of them may die at any time."""

import json
import multiprocessing
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest

from index import build as folders
from index import planner, publish
from index.build import BuildRunning, Built
from index.current import Current
from index.embeddings import passage_key
from index.encoder import SentenceEncoder
from index.joint import Worked, build, current_of, work
from index.mysql import Address, Cursor, Database
from index.oceanbase import OceanBaseStore
from index.plan import read_plan
from index.rows import PASSAGE, StoredPassage, stored_passage, vector_of
from index.store import load
from index.tables import Generation, create_indexes, generations, rebuild_dense
from index.types import Encoder, Reading
from index.work import OtherProgram
from tests.conftest import Run, WordCountEncoder
from tests.seekdb import needs_seekdb

pytestmark = needs_seekdb

LEASE = 6.0  # seconds
SAMPLE = 26  # texts that say where the middle of an encoder's space is …
SIZE = 1  # … and one that says how large it is


@pytest.fixture
def database(store_url: str) -> Iterator[Database]:
    with closing(Database(Address.of(store_url))) as database:
        yield database


@pytest.fixture
def long_essays(essays: Path) -> Path:
    """Three essays of some twenty passages, which no two of them share."""
    for essay in ("钟", "鼓", "琴"):
        sections = (
            f"# 第{n}节\n\n{essay}的第{n}件事要说得清楚一点。多写几个字也无妨，{n}次都听得见。" for n in range(7)
        )
        (essays / f"{essay}.md").write_text("\n\n".join(sections), encoding="utf-8")
    return essays


def stored(database: Database) -> list[StoredPassage]:
    """All passages of the index, whether their documents are in it or not."""
    current = now(database)
    return [stored_passage(row) for row in database.rows(f"SELECT {PASSAGE} FROM {current.generation.passages}")]


def now(database: Database) -> Current:
    current, _ = current_of(database)
    assert current is not None
    return current


def faults(database: Database, essays: Path, scratch: Path, encoder: Encoder | None = None) -> list[str]:
    """In what the index differs from one that was made in a folder, from scratch."""
    folders.build(essays, scratch, encoder or WordCountEncoder())
    index, current = load(scratch), now(database)
    found = [] if current.manifest.digest == index.manifest.digest else ["the digest"]
    counts = (current.manifest.documents, current.manifest.passages, current.manifest.sentences)
    if counts != (index.manifest.documents, index.manifest.passages, index.manifest.sentences):
        found.append(f"counts: {counts}")
    living = set(current.sizes)
    rows = database.rows(f"SELECT document, {PASSAGE} FROM {current.generation.passages}")
    passages = [stored_passage(row[1:]) for row in rows if row[0] in living]
    if Counter(one.key for one in passages) != Counter(passage_key(passage) for passage in index.passages()):
        found.append("passages")
    by_key = {passage_key(index.passage(row)): row for e in index.entries for row in index.rows_of(e.name)}
    for one in passages:
        vector = index.passage_vectors([by_key[one.key]])[0]
        if abs(float(vector @ one.payload.vector.astype("f4")) - 1) > 1e-3:
            found.append(f"the vector of {one.key}")
    terms = Counter(term for one in passages for term in one.payload.terms.tolist())
    counted = database.rows(f"SELECT term, passages FROM {current.generation.terms} WHERE passages <> 0")
    if dict(counted) != terms:
        found.append("terms")
    if current.length != sum(one.payload.length for one in passages):
        found.append("length")
    words = {
        word for (word,) in database.rows(f"SELECT word FROM {current.generation.terms} WHERE passages > 0") if word
    }
    if words != {term for segment in index.segments for term in segment.latin_terms}:
        found.append("words")
    return found


def test_a_store_holds_what_a_folder_holds_whatever_became_of_its_essays(
    long_essays: Path, tmp_path: Path, database: Database
) -> None:
    def step(number: int) -> tuple[Built, Built]:
        encoder, other = WordCountEncoder(), WordCountEncoder()
        built = build(database, long_essays, encoder)
        as_folder = folders.build(long_essays, tmp_path / "index", other)
        assert faults(database, long_essays, tmp_path / f"scratch-{number}") == []
        return built, as_folder

    built, as_folder = step(0)
    assert built == as_folder
    (long_essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。Patience.\n", encoding="utf-8")
    assert [built.changes.added for built in step(1)] == [("ink.txt",)] * 2
    (long_essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。 Be quick.\n", encoding="utf-8")
    assert [built.changes.changed for built in step(2)] == [("ink.txt",)] * 2
    (long_essays / "ink.txt").rename(long_essays / "zzz.txt")
    renamed, _ = step(3)
    assert (renamed.changes.renamed, renamed.embedded) == ((("ink.txt", "zzz.txt"),), 0)
    (long_essays / "copy.txt").write_bytes((long_essays / "zzz.txt").read_bytes())
    assert [built.changes.duplicates for built in step(4)] == [(("zzz.txt", "copy.txt"),)] * 2
    (long_essays / "钟.md").unlink()
    assert [built.changes.removed for built in step(5)] == [("钟.md",)] * 2
    build(database, long_essays, WordCountEncoder())
    assert now(database).version == 6  # nothing was new, and no reader has to look


def test_only_new_sentences_of_a_changed_essay_are_embedded(
    long_essays: Path, database: Database, fake_encoder: WordCountEncoder
) -> None:
    build(database, long_essays, fake_encoder)
    fake_encoder.encoded.clear()
    essay = long_essays / "钟.md"
    essay.write_text(essay.read_text(encoding="utf-8") + "末了再添一句。", encoding="utf-8")
    built = build(database, long_essays, fake_encoder)
    assert built.embedded == len(fake_encoder.encoded) == 2  # the last passage, and its new sentence
    assert "末了再添一句。" in fake_encoder.encoded


def test_another_encoder_makes_tables_beside_those_that_are_read(
    essays: Path, tmp_path: Path, database: Database, fake_encoder: WordCountEncoder
) -> None:
    first = build(database, essays, fake_encoder)
    before = now(database)
    fake_encoder.fingerprint = "word-count-2"

    def look(step: str, done: int, _total: int) -> None:
        if (step, done) == ("Saving", 1):
            return  # it has been switched
        assert now(database).generation == before.generation
        assert len(database.rows(f"SELECT passage FROM {before.generation.passages}")) == first.passages

    second = build(database, essays, fake_encoder, look)
    assert second.embedded == first.embedded
    assert now(database).generation != before.generation
    (essays / "bread.txt").unlink()
    build(database, essays, fake_encoder)  # whoever read the old tables has done so by now
    with database.cursor() as cursor:
        assert generations(cursor) == [now(database).generation]


def test_what_left_the_index_leaves_the_store_with_the_next_change(
    essays: Path, database: Database, fake_encoder: WordCountEncoder
) -> None:
    build(database, essays, fake_encoder)
    (essays / "bread.txt").unlink()
    build(database, essays, fake_encoder)
    (essays / "ink.txt").write_text("磨墨要慢。\n", encoding="utf-8")
    build(database, essays, fake_encoder)
    current = now(database)
    assert {row[0] for row in database.rows(f"SELECT document FROM {current.generation.documents}")} == set(
        current.sizes
    )
    assert len(stored(database)) == current.manifest.passages


def test_a_build_that_was_stopped_is_gone_on_with(
    long_essays: Path, tmp_path: Path, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(planner, "PART", 3)

    def stop(step: str, done: int, _total: int) -> None:
        if step == "Embedding" and done >= 9:
            raise KeyboardInterrupt

    first, second = WordCountEncoder(), WordCountEncoder()
    with pytest.raises(KeyboardInterrupt):
        build(database, long_essays, first, stop)
    assert current_of(database) == (None, 0)
    build(database, long_essays, second)
    assert faults(database, long_essays, tmp_path / "scratch") == []
    assert len(first.encoded) > SAMPLE + SIZE + 9
    assert set(first.encoded[SAMPLE + SIZE :]) & {text for text in second.encoded if "\n" in text} == set()
    assert database.rows("SELECT * FROM yuanhua_plan") == database.rows("SELECT * FROM yuanhua_work") == []


class Staged(WordCountEncoder):
    """Says when it has come to its first passage, and waits there for a file, `go`."""

    def __init__(self, reached: Path, go: Path) -> None:
        super().__init__()
        self.reached, self.go = reached, go

    def read_document(self, texts: Sequence[str], /) -> list[Reading]:
        if len(texts) < SAMPLE - SIZE:  # not the sample, which is the planner's
            self.reached.touch()
            wait_for(self.go.exists)
        return super().read_document(texts)


def wait_for(condition: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _builder(url: str, essays: Path | None, folder: Path, name: str, go: str) -> None:
    """A process of its own; with essays it builds, without it helps. What it did is in the folder under its name."""
    planner.PART = 3
    encoder = Staged(folder / f"{name}.reached", folder / go)
    with closing(Database(Address.of(url))) as database:
        if essays is not None:
            did: Built | Worked = build(database, essays, encoder, lease=LEASE)
        else:
            did = work(database, lambda spec: encoder, lease=LEASE)
    (folder / f"{name}.json").write_text(json.dumps(asdict(did)), encoding="utf-8")


def started(url: str, essays: Path | None, folder: Path, name: str, go: str) -> BaseProcess:
    process = multiprocessing.get_context("spawn").Process(target=_builder, args=(url, essays, folder, name, go))
    process.start()
    return process


def did(folder: Path, name: str) -> dict[str, object]:
    values: dict[str, object] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return values


def test_of_four_builders_two_are_killed_and_the_others_finish(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str
) -> None:
    """The one that planned the build is among the dead."""
    folder = tmp_path / "builders"
    folder.mkdir()
    builders = {"planner": started(store_url, long_essays, folder, "planner", "never")}
    wait_for((folder / "planner.reached").exists)
    for name, go in (("doomed", "never"), ("third", "go"), ("fourth", "go")):
        builders[name] = started(store_url, None, folder, name, go)
    for name in builders:
        wait_for((folder / f"{name}.reached").exists)
    held = database.rows("SELECT builder FROM yuanhua_work WHERE builder <> ''")
    assert len(set(held)) == len(held) == 4
    for name in ("planner", "doomed"):
        builders[name].kill()
    (folder / "go").touch()
    for name, builder in builders.items():
        builder.join(60)
        assert builder.exitcode == (-signal.SIGKILL if name in ("planner", "doomed") else 0)
    assert faults(database, long_essays, tmp_path / "scratch") == []
    assert len(stored(database)) == now(database).manifest.passages
    helped = [did(folder, name) for name in ("third", "fourth")]
    assert all(int(str(one["passages"])) >= 3 for one in helped)
    assert sum(int(str(one["passages"])) for one in helped) == now(database).manifest.passages
    assert sum(int(str(one["published"])) for one in helped) == 1


def test_two_builds_of_the_same_essays_share_the_work(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str
) -> None:
    folder = tmp_path / "builders"
    folder.mkdir()
    builders = [started(store_url, long_essays, folder, name, "go") for name in ("one", "other")]
    for name in ("one", "other"):
        wait_for((folder / f"{name}.reached").exists)
    (folder / "go").touch()
    for builder in builders:
        builder.join(60)
        assert builder.exitcode == 0
    one, other = did(folder, "one"), did(folder, "other")
    assert one["digest"] == other["digest"]
    assert one["changes"] == other["changes"]
    assert now(database).version == 1
    assert faults(database, long_essays, tmp_path / "scratch") == []


def test_a_build_of_other_essays_is_told_to_wait(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str, fake_encoder: WordCountEncoder
) -> None:
    folder, others = tmp_path / "builders", tmp_path / "others"
    folder.mkdir()
    others.mkdir()
    (others / "ink.txt").write_text("磨墨要慢。\n", encoding="utf-8")
    first = started(store_url, long_essays, folder, "first", "go")
    try:
        wait_for((folder / "first.reached").exists)
        with pytest.raises(BuildRunning, match="another build is running here"):
            build(database, others, fake_encoder)
    finally:
        (folder / "go").touch()
        first.join(60)
    assert now(database).manifest.digest == did(folder, "first")["digest"]


def test_a_dead_build_of_other_essays_is_given_up(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str, fake_encoder: WordCountEncoder
) -> None:
    folder, others = tmp_path / "builders", tmp_path / "others"
    folder.mkdir()
    others.mkdir()
    (others / "ink.txt").write_text("磨墨要慢。\n", encoding="utf-8")
    first = started(store_url, long_essays, folder, "first", "never")
    wait_for((folder / "first.reached").exists)
    first.kill()
    first.join()
    wait_for(lambda: not database.rows("SELECT builder FROM yuanhua_builders WHERE lease > NOW(6)"))
    build(database, others, fake_encoder)
    assert faults(database, others, tmp_path / "scratch") == []


def test_a_builder_that_slept_and_was_taken_for_dead_does_no_harm(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str
) -> None:
    folder = tmp_path / "builders"
    folder.mkdir()
    sleeper = started(store_url, long_essays, folder, "sleeper", "go")
    wait_for((folder / "sleeper.reached").exists)
    assert sleeper.pid is not None
    os.kill(sleeper.pid, signal.SIGSTOP)
    try:
        helped = work(database, lambda spec: WordCountEncoder(), lease=LEASE)
        assert helped.passages == now(database).manifest.passages
        (folder / "go").touch()
    finally:
        os.kill(sleeper.pid, signal.SIGCONT)
        sleeper.join(60)
    assert sleeper.exitcode == 0
    assert did(folder, "sleeper")["digest"] == now(database).manifest.digest
    assert len(stored(database)) == now(database).manifest.passages
    assert faults(database, long_essays, tmp_path / "scratch") == []


def test_who_has_nothing_to_help_with_ends(database: Database) -> None:
    assert work(database, lambda spec: pytest.fail("no encoder is needed")) == Worked()


def test_a_helper_with_another_encoder_is_told_so(
    long_essays: Path, tmp_path: Path, database: Database, store_url: str, fake_encoder: WordCountEncoder
) -> None:
    folder = tmp_path / "builders"
    folder.mkdir()
    first = started(store_url, long_essays, folder, "first", "go")
    try:
        wait_for((folder / "first.reached").exists)
        fake_encoder.fingerprint = "word-count-2"
        with pytest.raises(OtherProgram, match="for the encoder word-count-1, and this is word-count-2"):
            work(database, lambda spec: fake_encoder)
    finally:
        (folder / "go").touch()
        first.join(60)
    assert first.exitcode == 0


def test_the_command_that_helps_says_what_it_did(
    essays: Path, tmp_path: Path, store_url: str, run: Run, encoder: SentenceEncoder
) -> None:
    assert run("index", "work", "--index", store_url)[:2] == (
        0,
        "There is nothing to help with; begin a build with: yuanhua index build\n",
    )
    code, _, err = run("index", "work", "--index", tmp_path / "index")
    assert (code, "only a build into a database can be helped with" in err) == (1, True)
    with closing(Database(Address.of(store_url))) as database:
        plan_and_leave(database, essays, encoder)
        code, out, _ = run("index", "work", "--index", store_url, "--json")
        assert code == 0
        assert json.loads(out)["published"] == 1
        assert faults(database, essays, tmp_path / "scratch", encoder) == []
    code, out, _ = run("ask", "绿茶的水温是多少？", "--index", store_url)
    assert (code, "[1]" in out) == (0, True)


def plan_and_leave(database: Database, essays: Path, encoder: Encoder) -> None:
    """A build that ends when it has planned what is to be done."""

    def stop(step: str, _done: int, _total: int) -> None:
        if step == "Embedding":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(database, essays, encoder, stop)


def _killed_at(statement: int, url: str, essays: Path) -> int:
    """The exit code of a process that builds, or minus the signal that ended it at its n-th statement."""
    child = os.fork()
    if child == 0:
        code = 70
        try:
            left, execute = statement, Cursor.execute

            def counted(cursor: Cursor, query: Any, args: Any = None) -> int:
                nonlocal left
                left -= "yuanhua_builders (" not in str(query)  # which another thread renews
                if not left:
                    os.kill(os.getpid(), signal.SIGKILL)
                return execute(cursor, query, args)

            Cursor.execute = counted  # type: ignore[method-assign,assignment]
            with closing(Database(Address.of(url))) as database:
                build(database, essays, WordCountEncoder())
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_every_statement_of_a_build_may_be_its_last(
    essays: Path, tmp_path: Path, store_url: str, database: Database, fake_encoder: WordCountEncoder
) -> None:
    """What is there then is the old index or the new one, and the next build makes it the new one."""
    build(database, essays, fake_encoder)
    digests = [now(database).manifest.digest]
    statement = seen = 0
    code = -signal.SIGKILL
    with closing(OceanBaseStore.at(store_url)) as store:
        while code == -signal.SIGKILL:
            statement += 1
            (essays / "ink.txt").write_text(f"磨墨要慢，第{statement}遍 {'patience ' * statement}\n", encoding="utf-8")
            code = _killed_at(statement, store_url, essays)
            left = now(database).manifest.digest
            database.rows("UPDATE yuanhua_builders SET lease = NOW(6) - INTERVAL 1 SECOND")  # as if time had passed
            digests.append(build(database, essays, fake_encoder).digest)
            assert left in digests[-2:], f"after statement {statement}"
            seen += left == digests[-1]
            assert store.verify() == [], f"after statement {statement}"
    assert code == 0
    assert len(set(digests)) == statement + 1 > 30
    assert seen < statement
    assert faults(database, essays, tmp_path / "scratch") == []


def test_after_many_small_additions_the_vectors_are_put_in_order_anew(
    long_essays: Path,
    tmp_path: Path,
    database: Database,
    fake_encoder: WordCountEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ordered = list[int]()

    def noted(cursor: Cursor, generation: Generation) -> None:
        ordered.append(now(database).version)
        rebuild_dense(cursor, generation)

    monkeypatch.setattr(publish, "rebuild_dense", noted)
    monkeypatch.setattr(publish, "UNSETTLED", 2)
    build(database, long_essays, fake_encoder)
    for number in range(6):
        (long_essays / f"{number}.txt").write_text(f"第{number}张纸要先裁好。\n", encoding="utf-8")
        build(database, long_essays, fake_encoder)
    assert ordered == [3, 6]  # each time when there are more than two
    assert faults(database, long_essays, tmp_path / "scratch") == []
    current = now(database)
    vector = vector_of(fake_encoder.encode_query(["第4张纸要先裁好。"])[0])
    statement = "ORDER BY negative_inner_product(dense, %s) APPROXIMATE LIMIT 1"
    ((document,),) = database.rows(f"SELECT document FROM {current.generation.passages} {statement}", (vector,))
    assert document == next(entry.row for entry in current.manifest.entries if entry.name == "4.txt")


def test_an_index_half_made_by_a_builder_that_was_killed_is_made_whole(
    long_essays: Path, tmp_path: Path, database: Database, fake_encoder: WordCountEncoder
) -> None:
    """As where the server takes one back: the others are there, and this one is missing."""

    def stop(step: str, _done: int, _total: int) -> None:
        if step == "Saving":
            (generation,) = (plan.generation for plan in [read_plan(database)] if plan)
            with database.cursor() as cursor:
                create_indexes(cursor, generation)
                cursor.execute(f"DROP INDEX of_tokens ON {generation.passages}")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(database, long_essays, fake_encoder, stop)
    build(database, long_essays, fake_encoder)
    found = {row[2] for row in database.rows(f"SHOW INDEX FROM {now(database).generation.passages}")}
    assert {"of_tokens", "of_dense"} <= found
    assert faults(database, long_essays, tmp_path / "scratch") == []
