"""Building: only what changed is embedded, one builder at a time, and a build that dies leaves the old index whole."""

import multiprocessing
import os
import resource
import time
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import docx
import pytest

from index import embedder, manifest, store
from index.build import BuildRunning, CannotWrite, build, nothing_to_build
from index.library import Library
from index.manifest import NoIndex, StaleIndex
from index.scan import NoCorpus
from index.segment import Segment
from index.types import Vectors
from rag.answer import inquire
from tests.conftest import WordCountEncoder
from tests.made import chapter, epub


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
    assert list(store.load(tmp_path / "index").passages()) == []


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


class Slow(WordCountEncoder):
    """Stays at its first text, long enough for another to come."""

    def __init__(self, reached: Path) -> None:
        super().__init__()
        self.reached = reached

    def encode_document(self, texts: Sequence[str], /) -> Vectors:
        self.reached.touch()
        time.sleep(60)
        return super().encode_document(texts)


def _hold_lock(essays: Path, folder: Path, reached: Path) -> None:
    build(essays, folder, Slow(reached))


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
    stored = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "lock"]
    assert len(stored) > 20
    for path in stored:
        whole = path.read_bytes()
        for place in {0, len(whole) // 2, len(whole) - 1} if whole else set():
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
            assert faults_found(folder), (path, place)
        path.write_bytes(whole)
    assert store.verify(folder) == []


def faults_found(folder: Path) -> bool:
    try:
        return bool(store.verify(folder))
    except StaleIndex:
        return True


def test_an_index_of_another_format_says_how_to_rebuild(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    monkeypatch.setattr(manifest, "FORMAT", 99)
    with pytest.raises(StaleIndex, match="rebuild it with: yuanhua index build"):
        store.load(tmp_path / "index")


def test_an_index_of_the_version_before_is_replaced(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    folder = tmp_path / "index"
    (folder / "versions" / "x").mkdir(parents=True)
    (folder / "CURRENT").write_text("x", encoding="utf-8")
    with pytest.raises(StaleIndex, match="format 2 or older"):
        store.load(folder)
    assert build(essays, folder, fake_encoder).documents == 2
    assert sorted(path.name for path in folder.iterdir()) == ["MANIFEST", "lock", "segments"]


def test_what_is_saved_is_what_is_loaded(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    index = store.load(tmp_path / "index")
    passages = list(index.passages())
    for passage in passages:
        assert passage.document.text[passage.start : passage.end] == passage.text
        for start, end in passage.sentences:
            assert passage.start <= start < end <= passage.end
    assert len(passages) == index.manifest.passages > 1
    assert sum(len(passage.sentences) for passage in passages) == index.manifest.sentences
    assert index.passage_terms.search(["茶叶"], 3)


def test_a_rename_embeds_nothing_and_is_called_one(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    fake_encoder.encoded.clear()
    (essays / "deep").mkdir()
    (essays / "tea.md").rename(essays / "deep" / "Tee.md")
    built = build(essays, tmp_path / "index", fake_encoder)
    assert (built.changes.renamed, built.changes.added, built.changes.removed) == ((("tea.md", "deep/Tee.md"),), (), ())
    assert fake_encoder.encoded == []
    assert [document.name for document in store.load(tmp_path / "index").documents] == ["bread.txt", "deep/Tee.md"]


def test_files_that_change_places_are_read_as_they_are_now(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    one, two = (essays / "tea.md").read_bytes(), (essays / "bread.txt").read_bytes()
    (essays / "tea.md").write_bytes(two)
    (essays / "bread.txt").write_bytes(one)
    fake_encoder.encoded.clear()
    assert build(essays, tmp_path / "index", fake_encoder).changes.changed == ("bread.txt", "tea.md")
    index = store.load(tmp_path / "index")
    assert [document.title for document in index.documents] == ["论茶", ""]
    assert fake_encoder.encoded == []


@pytest.mark.parametrize("copy", ["zzz.txt", "deep/copy.md", "web.html", "word.docx", "book.epub", "all.zip"])
def test_the_same_essay_twice_is_cited_once(
    copy: str, essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    text = (essays / "bread.txt").read_text(encoding="utf-8")
    lines = text.strip().split("\n")
    place = essays / copy
    place.parent.mkdir(exist_ok=True)
    if copy.endswith((".txt", ".md")):
        place.write_bytes((essays / "bread.txt").read_bytes())
    elif copy.endswith(".html"):
        place.write_text("<html><body>" + "".join(f"<p>{line}</p>" for line in lines), encoding="utf-8")
    elif copy.endswith(".docx"):
        made = docx.Document()
        for line in lines:
            made.add_paragraph(line)
        made.save(str(place))
    elif copy.endswith(".epub"):
        place.write_bytes(epub({"one.xhtml": chapter("".join(f"<p>{line}</p>" for line in lines))}))
    else:
        with zipfile.ZipFile(place, "w") as archive:
            archive.writestr("notes/bread.txt", text)
    built = build(essays, tmp_path / "index", fake_encoder)
    assert built.problems == ()
    index = store.load(tmp_path / "index")
    assert len(index.documents) == built.documents == 2
    assert len(built.changes.duplicates) == 1
    kept, other = built.changes.duplicates[0][1], built.changes.duplicates[0][0]
    assert kept < other

    removed = essays / kept.split("/")[0] if ".zip/" in kept else essays / kept
    removed.unlink()
    rebuilt = build(essays, tmp_path / "index", fake_encoder)  # what is left of the two is cited then
    assert rebuilt.documents == 2
    assert {document.name for document in store.load(tmp_path / "index").documents} == {other, "tea.md"}


def test_essays_in_an_archive_are_documents_of_their_own(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    with zipfile.ZipFile(essays / "old.zip", "w") as archive:
        archive.writestr("ink.txt", "磨墨要慢，心急的人磨不出好墨。\n")
        archive.writestr("../out.txt", "外面。")
        archive.writestr("picture.png", b"\x89PNG")
    built = build(essays, tmp_path / "index", fake_encoder)
    assert built.changes.added == ("bread.txt", "old.zip/ink.txt", "tea.md")
    assert {problem.name for problem in built.problems} == {"old.zip/../out.txt", "old.zip/picture.png"}
    library = Library(tmp_path / "index")
    document = library.index.document("old.zip/ink.txt")
    assert document is not None
    assert document.text.startswith("磨墨")
    assert library.is_current(library.index, document.name)
    fake_encoder.encoded.clear()
    assert not build(essays, tmp_path / "index", fake_encoder).changes
    with zipfile.ZipFile(essays / "old.zip", "w") as archive:
        archive.writestr("ink.txt", "磨墨要快。\n")
    assert not library.is_current(library.index, document.name)
    assert build(essays, tmp_path / "index", fake_encoder).changes.changed == ("old.zip/ink.txt",)


def test_what_was_embedded_before_a_stop_is_not_embedded_again(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "KEPT", 2)
    monkeypatch.setattr("index.encoder.BATCH", 1)
    long = "\n\n".join(f"# 第{n}节\n\n第{n}件事要说得清楚一点，多写几个字也无妨。" for n in range(12))
    (essays / "long.md").write_text(long, encoding="utf-8")

    def stop(step: str, done: int, _total: int) -> None:
        if step == "Embedding" and done >= 13:
            raise KeyboardInterrupt

    folder = tmp_path / "index"
    with pytest.raises(KeyboardInterrupt):
        build(essays, folder, fake_encoder, stop)
    before = list(fake_encoder.encoded)
    with pytest.raises(NoIndex):
        store.load(folder)
    fake_encoder.encoded.clear()
    build(essays, folder, fake_encoder)
    again = set(before) & set(fake_encoder.encoded)
    assert len(before) > 26 + 12  # the sample, and some of the texts
    assert again == set()
    scratch = build(essays, tmp_path / "scratch", WordCountEncoder())
    assert store.load(folder).manifest.digest == scratch.digest
    assert not (folder / "pending").exists()


def test_a_refused_file_is_not_read_again_until_it_changes(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    (essays / "broken.pdf").write_bytes(b"%PDF-1.7 and nothing else")
    first = build(essays, tmp_path / "index", fake_encoder)
    assert [problem.name for problem in first.problems] == ["broken.pdf"]
    monkeypatch.setattr("index.extract.extract", lambda data, suffix: pytest.fail("it was read again"))
    assert build(essays, tmp_path / "index", fake_encoder).problems == first.problems


def test_an_open_library_sees_a_finished_build_and_a_removed_or_edited_file(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    library = Library(tmp_path / "index")
    before = library.index
    documents = {document.name: document for document in before.documents}
    assert all(library.is_current(before, name) for name in documents)

    (essays / "tea.md").unlink()
    assert not library.is_current(before, "tea.md")
    bread = essays / "bread.txt"
    os.utime(bread, ns=(1, 1))
    assert library.is_current(before, "bread.txt")  # touched, and still the same text
    bread.write_text(bread.read_text(encoding="utf-8").replace("Bread", "Dough"), encoding="utf-8")
    assert not library.is_current(before, "bread.txt")

    build(essays, tmp_path / "index", fake_encoder)
    assert [document.name for document in library.index.documents] == ["bread.txt"]
    assert library.is_current(library.index, "bread.txt")


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
    assert library.left_out(index) == ["bread.txt", "tea.md"]


def test_a_build_mends_a_damaged_index(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    folder = tmp_path / "index"
    whole = build(essays, folder, fake_encoder)
    for damage in (b"", b"PK", b"null", b"\xff\xfe"):
        for name in ("passage_vectors.npy", "documents.ends.npy", "texts.utf8", "segment.json", "MANIFEST"):
            for path in folder.rglob(name):
                path.write_bytes(damage)
            with pytest.raises(StaleIndex, match="rebuild it with: yuanhua index build"):
                store.load(folder)
            fake_encoder.encoded.clear()
            again = build(essays, folder, fake_encoder)
            # Nothing damaged is used again; without a manifest the segments are still what they say they are.
            if name == "MANIFEST":
                assert (again.embedded, again.mended) == (0, ())
            else:
                assert (again.embedded, again.mended) == (whole.embedded, ("bread.txt", "tea.md"))
                assert not again.changes
            assert again.digest == whole.digest
            assert store.verify(folder) == []


@pytest.mark.parametrize("damage", [b"", b"\xff\xfe", b"null"])
def test_a_damaged_manifest_does_not_make_a_rebuild_forget_its_encoder(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, damage: bytes
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    (tmp_path / "index" / "MANIFEST").write_bytes(damage)
    (tmp_path / "index" / "segments" / "0000000000000000").mkdir()
    (tmp_path / "index" / "segments" / "0000000000000000" / "segment.json").write_bytes(damage)
    assert Library(tmp_path / "index").spec() == fake_encoder.spec


CHANGES: dict[str, Callable[[Path], object]] = {
    "edited": lambda essays: (essays / "tea.md").write_text("Tea is boiled.", encoding="utf-8"),
    "added": lambda essays: (essays / "milk.txt").write_text("Milk is white.", encoding="utf-8"),
    "renamed": lambda essays: (essays / "tea.md").rename(essays / "tee.md"),
    "removed": lambda essays: (essays / "tea.md").unlink(),
    "given a title": lambda essays: (essays / "essays.toml").write_text('["tea.md"]\ntitle = "Tea"', encoding="utf-8"),
    "made unreadable": lambda essays: (essays / "tea.md").write_bytes(b"\0\1\2"),
    "moved": lambda essays: essays.rename(essays.with_name("elsewhere")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_start_does_not_build_where_there_is_nothing_to_build(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, change: str
) -> None:
    (essays / "scan.pdf").write_bytes(b"%PDF")
    folder = tmp_path / "index"
    build(essays, folder, fake_encoder)
    built = build(essays, folder, fake_encoder)
    index = store.load(folder)
    assert nothing_to_build(essays, index, fake_encoder) == built
    assert [problem.name for problem in built.problems] == ["scan.pdf"]
    (essays / "tea.md").touch()  # which changes its times and nothing else
    assert nothing_to_build(essays, index, fake_encoder) == built
    fake_encoder.fingerprint = "word-count-2"
    assert nothing_to_build(essays, index, fake_encoder) is None
    fake_encoder.fingerprint = "word-count-1"
    CHANGES[change](essays)
    seeds = essays if essays.exists() else essays.with_name("elsewhere")
    assert nothing_to_build(seeds, index, fake_encoder) is None


def test_a_reader_that_is_overtaken_by_a_build_reads_the_new_index_whole(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "index"
    build(essays, folder, fake_encoder)
    read = store._opened
    overtaken: list[Path] = []

    def late(segment: Path) -> Segment:
        if not overtaken:
            overtaken.append(segment)
            (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
            monkeypatch.setattr(store, "_opened", read)
            build(essays, folder, fake_encoder)
        return read(segment)

    monkeypatch.setattr(store, "_opened", late)
    index = store.load(folder)
    assert len(index.documents) == 3
    assert index.passage_terms.search(["茶叶"], 3)
    assert not overtaken[0].exists()


def test_a_file_that_could_not_be_read_for_a_moment_is_read_by_the_next_build(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    def away(step: str, done: int, total: int) -> None:
        if step == "Reading" and done == total and (essays / "tea.md").exists():
            (essays / "tea.md").rename(tmp_path / "tea.md")

    built = build(essays, tmp_path / "index", fake_encoder, away)
    assert [problem.name for problem in built.problems] == ["tea.md"]
    (tmp_path / "tea.md").rename(essays / "tea.md")
    assert build(essays, tmp_path / "index", fake_encoder).documents == 2


def test_what_is_no_word_file_may_be_a_text(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    (essays / "ink.docx").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    assert len(build(essays, tmp_path / "index", fake_encoder).problems) == 1
    (essays / "ink.docx").rename(essays / "ink.txt")
    assert build(essays, tmp_path / "index", fake_encoder).problems == ()


def test_essays_of_different_numbers_are_different_essays(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    (essays / "one.txt").write_text("The dose is 1.5 mg. Never use C.\n", encoding="utf-8")
    (essays / "two.txt").write_text("The dose is 15 mg. Never use C++.\n", encoding="utf-8")
    (essays / "same.md").write_text("**The dose** is 1.5 mg. [Never](https://example.org/a) use C.\n", encoding="utf-8")
    built = build(essays, tmp_path / "index", fake_encoder)
    assert built.changes.duplicates == (("same.md", "one.txt"),)


def test_a_folder_that_holds_other_things_is_not_built_into(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    for name in ("pending/mine.txt", "versions/mine.txt", "CURRENT"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).write_text("mine", encoding="utf-8")
    with pytest.raises(CannotWrite, match="holds CURRENT and no index"):
        build(essays, tmp_path / "mine", fake_encoder)
    build(essays, tmp_path / "index", fake_encoder)
    (tmp_path / "index" / "notes.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "index" / "segments" / "mine").mkdir()
    (essays / "tea.md").unlink()
    build(essays, tmp_path / "index", fake_encoder)
    assert (tmp_path / "index" / "notes.txt").exists()
    assert (tmp_path / "index" / "segments" / "mine").exists()
    assert len(list((tmp_path / "mine").rglob("*"))) == 5


def test_an_index_that_was_opened_before_a_build_answers_after_it(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    index = Library(tmp_path / "index").index
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    assert inquire(index, fake_encoder, "水太烫 茶叶").evidence[0].quote.startswith("水太烫")


def test_an_essay_of_nothing_but_headings_beside_a_segment_of_passages(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.build.to_merge", lambda sizes: [])
    for path in list(essays.iterdir()):
        path.rename(tmp_path / path.name)
    (essays / "bare.md").write_text("# 只有标题\n", encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    (tmp_path / "tea.md").rename(essays / "tea.md")
    build(essays, tmp_path / "index", fake_encoder)
    index = store.load(tmp_path / "index")
    assert [segment.facts.passages for segment in index.segments] == [0, 1]
    assert inquire(index, fake_encoder, "水太烫 茶叶").evidence[0].quote.startswith("水太烫")


def test_many_parts_need_few_open_files(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "KEPT", 1)
    sections = (f"# 第{n}节\n\n第{n}件事要说得清楚一点，多写几个字也无妨。" for n in range(300))
    (essays / "long.md").write_text("\n\n".join(sections), encoding="utf-8")
    before, opened = resource.getrlimit(resource.RLIMIT_NOFILE), len(list(Path("/proc/self/fd").iterdir()))
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(opened + 400, before[1]), before[1]))
    try:
        build(essays, tmp_path / "index", fake_encoder)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert store.verify(tmp_path / "index") == []


def test_an_essay_that_is_set_back_is_judged_by_what_the_index_has(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    first = (essays / "bread.txt").read_text(encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    library = Library(tmp_path / "index")
    old = library.index
    (essays / "bread.txt").write_text(first.replace("Bread", "Dough"), encoding="utf-8")
    build(essays, tmp_path / "index", fake_encoder)
    (essays / "bread.txt").write_text(first, encoding="utf-8")
    assert library.is_current(old, "bread.txt")
    assert not library.is_current(library.index, "bread.txt")


def test_an_edit_that_keeps_size_and_time_is_seen(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    library = Library(tmp_path / "index")
    path = essays / "bread.txt"
    times = path.stat()
    path.write_text(path.read_text(encoding="utf-8").replace("Bread", "Dough"), encoding="utf-8")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert not library.is_current(library.index, "bread.txt")
