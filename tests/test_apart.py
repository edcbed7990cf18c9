"""A build beside readers: it gives way to them, can be stopped and may die, and nothing is lost by either."""

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest

from index import apart, store
from index.apart import NICENESS, Broken, build_apart, rebuild
from index.build import build
from index.encoder import DEFAULT, SentenceEncoder
from index.library import Library
from index.stores import FolderStore
from index.types import YuanhuaError
from tests.conftest import ROOT

NEW = "第二天下了雨，我在茶园里记了一笔账。\n" * 3


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    return tmp_path / "seeds"


def builder() -> int:
    """The process that builds."""
    (process,) = (child for child in multiprocessing.active_children() if child.name == "build")
    assert process.pid is not None
    return process.pid


def at_embedding(act: Callable[[], object]) -> Callable[[str, int, int], None]:
    """A Report that does something once, when a part of the texts is embedded."""
    acted: list[object] = []

    def report(step: str, done: int, _total: int) -> None:
        if step == "Embedding" and done and not acted:
            acted.append(act())

    return report


def test_it_gives_way_to_whoever_asks_and_makes_the_same_index(seeds: Path, tmp_path: Path, seeds_index: Path) -> None:
    priorities: list[int] = []
    report = at_embedding(lambda: priorities.append(os.getpriority(os.PRIO_PROCESS, builder())))
    built = build_apart(seeds, FolderStore(tmp_path / "index"), DEFAULT, report)
    assert priorities == [NICENESS]
    assert built.digest == store.load(seeds_index).manifest.digest
    assert len(built.changes.added) == built.documents == 5
    assert store.verify(tmp_path / "index") == []


def test_a_stopped_one_says_so_and_the_next_goes_on_from_there(
    seeds: Path, tmp_path: Path, encoder: SentenceEncoder
) -> None:
    class Enough(YuanhuaError):
        pass

    def stop() -> None:
        raise Enough("It was stopped.")

    with pytest.raises(Enough):
        build_apart(seeds, FolderStore(tmp_path / "index"), DEFAULT, at_embedding(stop))
    assert 0 < build(seeds, tmp_path / "index", encoder).embedded < 226  # which are all


def test_one_that_is_killed_is_one_sentence_and_the_old_index_stays(
    seeds: Path, seeds_index: Path, tmp_path: Path
) -> None:
    shutil.copytree(seeds_index, tmp_path / "index")
    before = store.load(tmp_path / "index").manifest.digest
    (seeds / "new.txt").write_text("\n\n".join(f"第{n}天。{NEW}" for n in range(60)), encoding="utf-8")
    kill = at_embedding(lambda: os.kill(builder(), signal.SIGKILL))
    with pytest.raises(Broken, match=r"the old index is unchanged. Rebuild again.$"):
        build_apart(seeds, FolderStore(tmp_path / "index"), DEFAULT, kill)
    assert store.load(tmp_path / "index").manifest.digest == before
    assert store.verify(tmp_path / "index") == []


def test_what_goes_wrong_in_it_is_said_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(YuanhuaError) as caught:
        build_apart(tmp_path / "nowhere", FolderStore(tmp_path / "index"), DEFAULT)
    assert "nowhere" in str(caught.value)
    assert caught.value.said("zh") != caught.value.said("en")


@pytest.mark.parametrize(("size", "is_apart"), [(10_000, False), (100_000, True)])
def test_a_few_new_pages_do_not_wait_for_another_process(
    seeds: Path, seeds_index: Path, tmp_path: Path, encoder: SentenceEncoder, size: int, is_apart: bool
) -> None:
    shutil.copytree(seeds_index, tmp_path / "index")
    build(seeds, tmp_path / "index", encoder)  # the same essays in another folder
    (seeds / "new.txt").write_bytes(b"tea " * (size // 4))
    with mock.patch.object(FolderStore, "build") as here, mock.patch.object(apart, "build_apart") as there:
        rebuild(seeds, Library(tmp_path / "index"))
    assert (here.called, there.called) == (not is_apart, is_apart)
