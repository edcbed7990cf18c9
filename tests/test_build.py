"""Building: only what changed is embedded, one builder at a time, and a build that dies leaves the old index whole."""

import multiprocessing
import os
import shutil
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from index import build as building
from index import documents, store
from index.build import BuildRunning, CannotWrite, build
from index.library import Library
from index.scan import NoCorpus
from index.types import Report, Vectors
from tests.conftest import WordCountEncoder


def test_a_second_build_embeds_nothing(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    first = build(essays, tmp_path / "index", fake_encoder)
    assert first.documents == 2
    sample = 26  # texts that say where the middle of the encoder's space is
    assert first.embedded == len(fake_encoder.encoded) - sample > 0
    fake_encoder.encoded.clear()
    again = build(essays, tmp_path / "index", fake_encoder)
    assert (again.embedded, fake_encoder.encoded, bool(again.changes)) == (0, [], False)
    assert again.digest == first.digest


def test_only_what_changed_is_embedded(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    fake_encoder.encoded.clear()
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    (essays / "bread.txt").unlink()
    built = build(essays, tmp_path / "index", fake_encoder)
    assert (built.changes.added, built.changes.removed, built.changes.unchanged) == (("ink.txt",), ("bread.txt",), 1)
    assert set(fake_encoder.encoded) == {"磨墨要慢，心急的人磨不出好墨。"}


def test_a_title_set_by_hand_reaches_the_index(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    (essays / "essays.toml").write_text('["bread.txt"]\ntitle = "On bread"\nauthor = "Ann Miller"\n', encoding="utf-8")
    assert build(essays, tmp_path / "index", fake_encoder).changes.changed == ("bread.txt",)
    document = store.load(tmp_path / "index").document("bread.txt")
    assert document is not None
    assert (document.title, document.author) == ("On bread", "Ann Miller")


def test_another_encoder_embeds_everything_anew(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    first = build(essays, tmp_path / "index", fake_encoder)
    fake_encoder.fingerprint = "word-count-2"
    assert build(essays, tmp_path / "index", fake_encoder).embedded == first.embedded


def test_an_empty_folder_gives_an_empty_index(tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    (tmp_path / "none").mkdir()
    assert build(tmp_path / "none", tmp_path / "index", fake_encoder).documents == 0
    assert store.load(tmp_path / "index").passages == []


def test_a_folder_that_is_not_there_leaves_the_old_index(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    with pytest.raises(NoCorpus, match="there is no such folder"):
        build(tmp_path / "elsewhere", tmp_path / "index", fake_encoder)
    assert len(store.load(tmp_path / "index").documents) == 2


def test_an_index_folder_that_cannot_be_made_is_one_clear_line(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    (tmp_path / "file").write_text("not a folder", encoding="utf-8")
    with pytest.raises(CannotWrite, match="cannot be written"):
        build(essays, tmp_path / "file" / "index", fake_encoder)


STEPS = ("reading", "embedding", "writing", "before the switch", "after the switch")


class Slow(WordCountEncoder):
    """Stays where it is told to, long enough to be killed there."""

    def __init__(self, step: str, reached: Path) -> None:
        super().__init__()
        self.step, self.reached = step, reached

    def pause(self, step: str) -> None:
        if step == self.step:
            self.reached.touch()
            time.sleep(60)

    def encode_document(self, texts: Sequence[str], /) -> Vectors:
        self.pause("embedding")
        return super().encode_document(texts)


def _build_until(step: str, essays: Path, folder: Path, reached: Path) -> None:
    slow = Slow(step, reached)
    read, write, replace, rmtree = documents.read_corpus, store._write, Path.replace, shutil.rmtree

    def reading(folder: Path, report: Report) -> documents.Corpus:
        slow.pause("reading")
        return read(folder, report)

    def writing(index: store.Index, draft: Path) -> None:
        write(index, draft)
        slow.pause("writing")

    def switching(path: Path, target: Path) -> Path:
        slow.pause("before the switch")
        return replace(path, target)

    def cleaning(path: Path, ignore_errors: bool = False) -> None:
        slow.pause("after the switch")
        rmtree(path, ignore_errors=ignore_errors)

    patches = [(building, "read_corpus", reading), (store, "_write", writing)]
    for owner, name, patch in [*patches, (Path, "replace", switching), (shutil, "rmtree", cleaning)]:
        setattr(owner, name, patch)
    build(essays, folder, slow)


@pytest.mark.parametrize("step", STEPS)
def test_kill_9_during_a_build_leaves_an_index_that_answers(
    step: str, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    folder, reached = tmp_path / "index", tmp_path / "reached"
    build(essays, folder, fake_encoder)
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    builder = multiprocessing.get_context("spawn").Process(target=_build_until, args=(step, essays, folder, reached))
    builder.start()
    deadline = time.monotonic() + 30
    while not reached.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert reached.exists(), f"the build never came to {step}"
    assert builder.pid is not None
    os.kill(builder.pid, signal.SIGKILL)
    builder.join()

    names = {document.name for document in store.load(folder).documents}
    assert names == ({"tea.md", "bread.txt", "ink.txt"} if step == "after the switch" else {"tea.md", "bread.txt"})
    assert store.verify(folder) == []
    assert build(essays, folder, fake_encoder).documents == 3  # the lock went with the process
    assert len(list((folder / store.VERSIONS).iterdir())) == 1  # and so did what it left behind


def _hold_lock(essays: Path, folder: Path, reached: Path) -> None:
    build(essays, folder, Slow("embedding", reached))


def test_a_second_builder_is_told_to_wait(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    folder, reached = tmp_path / "index", tmp_path / "reached"
    holder = multiprocessing.get_context("spawn").Process(target=_hold_lock, args=(essays, folder, reached))
    holder.start()
    try:
        while not reached.exists():
            time.sleep(0.01)
        with pytest.raises(BuildRunning, match="another build is running here"):
            build(essays, folder, fake_encoder)
    finally:
        holder.kill()
        holder.join()


def test_a_flipped_byte_anywhere_is_found(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    folder = tmp_path / "index"
    build(essays, folder, fake_encoder)
    version = folder / store.VERSIONS / store.current_version(folder)
    stored = [path for path in sorted(version.rglob("*")) if path.is_file() and path.name != "manifest.json"]
    assert len(stored) > 4
    for path in stored:
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert any(path.name in line for line in store.verify(folder)), path
        path.write_bytes(whole)
    assert store.verify(folder) == []


def test_an_index_of_another_format_says_how_to_rebuild(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    monkeypatch.setattr(store, "FORMAT", 99)
    with pytest.raises(store.StaleIndex, match="rebuild it with: yuanhua index build"):
        store.load(tmp_path / "index")


def test_what_is_saved_is_what_is_loaded(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    index = store.load(tmp_path / "index")
    for passage in index.passages:
        assert passage.document.text[passage.start : passage.end] == passage.text
        for start, end in passage.sentences:
            assert passage.start <= start < end <= passage.end
    assert index.passage_vectors.shape[0] == len(index.passages)
    assert index.sentence_vectors.shape[0] == index.first_sentences[-1]
    assert index.passage_terms.search(["茶叶"], 3)


def test_an_open_library_sees_a_finished_build_and_a_removed_or_edited_file(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    library = Library(tmp_path / "index")
    before = library.index
    documents = {document.name: document for document in before.documents}
    assert all(library.is_current(before, document) for document in documents.values())

    (essays / "tea.md").unlink()
    assert not library.is_current(before, documents["tea.md"])
    bread = essays / "bread.txt"
    os.utime(bread, ns=(1, 1))
    assert library.is_current(before, documents["bread.txt"])  # touched, and still the same text
    bread.write_text(bread.read_text(encoding="utf-8").replace("Bread", "Dough"), encoding="utf-8")
    assert not library.is_current(before, documents["bread.txt"])

    build(essays, tmp_path / "index", fake_encoder)
    assert [document.name for document in library.index.documents] == ["bread.txt"]
    assert library.is_current(library.index, library.index.documents[0])


def test_a_file_edited_while_it_is_being_embedded_is_not_taken_for_current(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    def edit(step: str, _done: int, _total: int) -> None:
        if step == "Embedding":
            (essays / "tea.md").write_text("我改主意了，水要滚烫。\n", encoding="utf-8")
            (essays / "bread.txt").unlink(missing_ok=True)

    build(essays, tmp_path / "index", fake_encoder, edit)
    library = Library(tmp_path / "index")
    index = library.index
    assert [library.is_current(index, document) for document in index.documents] == [False, False]


def test_a_build_mends_a_damaged_index(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    folder = tmp_path / "index"
    whole = build(essays, folder, fake_encoder)
    for damage in (b"", b"PK", b"null", b"\xff\xfe"):
        for name in ("passage_vectors.npy", "documents.jsonl", "vocab.index.json", "manifest.json"):
            for path in folder.rglob(name):
                path.write_bytes(damage)
            with pytest.raises(store.StaleIndex, match="rebuild it with: yuanhua index build"):
                store.load(folder)
            fake_encoder.encoded.clear()
            assert build(essays, folder, fake_encoder).embedded == whole.embedded  # nothing damaged is used again
            assert store.verify(folder) == []
    (folder / store.CURRENT).write_bytes(b"\xff\xff")
    assert build(essays, folder, fake_encoder).documents == 2
    assert store.verify(folder) == []


def test_a_reader_that_is_overtaken_by_a_build_reads_the_new_index_whole(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    build(essays, folder, fake_encoder)
    load = store._load
    overtaken: list[Path] = []

    def late(version: Path) -> store.Index:
        if not overtaken:
            overtaken.append(version)
            (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
            monkeypatch.setattr(store, "_load", load)
            build(essays, folder, fake_encoder)
        return load(version)

    monkeypatch.setattr(store, "_load", late)
    index = store.load(folder)
    assert len(index.documents) == 3
    assert index.passage_terms.search(["茶叶"], 3)
    assert not overtaken[0].exists()
