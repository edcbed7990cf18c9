"""An index copied from one place to another."""

from pathlib import Path

import pytest

from index import store
from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from index.problems import YuanhuaError
from index.stores import FolderStore, open_store
from index.types import Document
from rag.answer import ask
from tests.conftest import Run, WordCountEncoder
from tests.seekdb import needs_seekdb, seekdb, store_url  # noqa: F401 - fixtures

QUESTIONS = (
    "这些作者怎么看数据质量？",
    "李沐怎么看算力？",
    "What do these authors think about data quality?",
    "怎么养猫？",
)


def texts(index: store.FolderIndex) -> list[Document]:
    return list(index.documents)


def test_a_copy_answers_as_the_index_it_was_made_of(
    seeds_index: Path, tmp_path: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.copying.PART", 10)
    monkeypatch.setattr("index.copying.LARGEST", 30)
    was = store.load(seeds_index)
    FolderStore(tmp_path / "copy").copy(was)
    assert store.verify(tmp_path / "copy") == []
    now = store.load(tmp_path / "copy")
    assert len(now.segments) > 1
    assert now.manifest.digest == was.manifest.digest
    assert texts(now) == texts(was)
    for question in QUESTIONS:
        assert ask(now, encoder, question) == ask(was, encoder, question)


def test_a_build_goes_on_from_a_copy_and_embeds_only_what_is_new(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder
) -> None:
    (essays / "bare.md").write_text("# 只有标题\n", encoding="utf-8")
    (essays / "twin.md").write_bytes((essays / "tea.md").read_bytes())
    build(essays, tmp_path / "index", fake_encoder)
    FolderStore(tmp_path / "copy").copy(store.load(tmp_path / "index"))
    assert build(essays, tmp_path / "copy", fake_encoder).embedded == 0
    (essays / "new.md").write_text("面要揉到光滑。\n", encoding="utf-8")
    assert build(essays, tmp_path / "copy", fake_encoder).changes.added == ("new.md",)
    assert store.verify(tmp_path / "copy") == []


def test_an_empty_index_is_copied_too(tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    (tmp_path / "none").mkdir()
    build(tmp_path / "none", tmp_path / "index", fake_encoder)
    FolderStore(tmp_path / "copy").copy(store.load(tmp_path / "index"))
    assert store.verify(tmp_path / "copy") == []
    assert len(Library(tmp_path / "copy").index.documents) == 0


def test_a_copy_that_fails_leaves_what_was_there(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(essays, tmp_path / "index", fake_encoder)
    was = store.load(tmp_path / "index").manifest
    (essays / "tea.md").unlink()
    build(essays, tmp_path / "other", fake_encoder)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.copying.write_segment", full)
    with pytest.raises(YuanhuaError, match="cannot be written"):
        FolderStore(tmp_path / "index").copy(store.load(tmp_path / "other"))
    assert store.load(tmp_path / "index").manifest == was
    assert store.verify(tmp_path / "index") == []


def test_by_the_command_line(run: Run, seeds_index: Path, tmp_path: Path) -> None:
    to = tmp_path / "copy"
    code, out, _ = run("index", "copy", seeds_index, to)
    assert (code, out.startswith(f"Copied from {seeds_index} to {to}: 5 essays")) == (0, True)
    asked = [run("ask", QUESTIONS[0], "--index", place)[1] for place in (seeds_index, to)]
    assert asked[0] == asked[1]
    assert run("index", "copy", to, to)[0] == 1
    assert run("index", "copy", tmp_path / "nowhere", to)[:2] == (1, "")
    assert run("ask", QUESTIONS[0], "--index", to)[0] == 0


@needs_seekdb
def test_an_index_goes_into_a_database_and_comes_out_the_same(
    seeds_index: Path,
    tmp_path: Path,
    encoder: SentenceEncoder,
    store_url: str,  # noqa: F811
) -> None:
    was, there = store.load(seeds_index), open_store(store_url)
    there.copy(was)
    assert there.verify() == []
    far = there.load()
    FolderStore(tmp_path / "copy").copy(far)
    assert store.verify(tmp_path / "copy") == []
    back = store.load(tmp_path / "copy")
    assert back.manifest.digest == far.manifest.digest == was.manifest.digest
    for question in QUESTIONS:
        assert ask(far, encoder, question) == ask(back, encoder, question) == ask(was, encoder, question)
    assert [segment.facts.stored for segment in back.segments] == [segment.facts.stored for segment in was.segments]
