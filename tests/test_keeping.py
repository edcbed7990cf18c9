"""Answers that a reader keeps: what the page does when one is saved, pinned, or seen to have changed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from rag.proof import imprint
from rag.scope import Scope
from tests.conftest import HOSTILE
from ui import pinboard
from ui.address import Address
from ui.keeping import Keeping, Look, file_name
from ui.model import Model
from ui.words import EN, ZH
from ui.writing import Writing

AT = Address("泡绿茶的水温要多少度？")


@pytest.fixture
def rebuild(essays: Path, tmp_path: Path, encoder: SentenceEncoder) -> Callable[[], None]:
    def rebuild() -> None:
        build(essays, tmp_path / "index", encoder)

    return rebuild


@pytest.fixture
def library(
    tmp_path: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch, rebuild: Callable[[], None]
) -> Library:
    monkeypatch.setattr("index.library.SentenceEncoder", lambda spec, report: encoder)
    rebuild()
    return Library(tmp_path / "index")


@pytest.fixture
def keeping(essays: Path, library: Library) -> Keeping:
    return Keeping(essays, library, Writing(library, Model()))


def shown(library: Library, at: Address = AT) -> str:
    """What stands beside the answer that a reader has before them."""
    return imprint(pinboard.answered(library, library.index, at.question, at.scope, at.known)[0])


def look(keeping: Keeping) -> Look:
    found = keeping.look(20)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("泡绿茶的水温要多少度？", "yuanhua-泡绿茶的水温要多少度.json"),
        ("../../etc/passwd", "yuanhua-etc-passwd.json"),
        ("con", "yuanhua-con.json"),
        ("？？", "yuanhua.json"),
        (HOSTILE, "yuanhua-script-alert-1-script-img-src-x-onerror-alert-1-点这里-javascr.json"),
        ("问" * 2000, f"yuanhua-{'问' * 60}.json"),
    ],
)
def test_a_file_has_a_name_that_every_system_takes(question: str, name: str) -> None:
    assert file_name(question) == name
    assert len(name.encode()) < 255


def test_only_the_answer_that_is_shown_is_saved_and_pinned(
    keeping: Keeping, library: Library, essays: Path, rebuild: Callable[[], None]
) -> None:
    before = shown(library)
    assert "problem" not in keeping.saved(AT, before, ZH)
    (essays / "tea.md").write_text("泡绿茶的水温以七十度为宜。\n", encoding="utf-8")
    for _ in range(2):  # while the index is behind, and after it has caught up
        assert keeping.saved(AT, before, EN) == {
            "problem": "The essays have changed meanwhile, and this is not what they say any more; ask again first."
        }
        assert keeping.pin(AT, before, ZH).startswith("文章在这期间有了改动")
        rebuild()
    assert pinboard.read_pins(essays) == ()
    assert json.loads(keeping.saved(AT, shown(library), ZH)["text"])["index"] == library.index.manifest.digest


def test_a_file_that_was_changed_in_secret_is_noticed(keeping: Keeping, library: Library, essays: Path) -> None:
    import os

    before, tea = shown(library), essays / "tea.md"
    state = tea.stat()
    tea.write_text(tea.read_text(encoding="utf-8").replace("八十度", "九十度"), encoding="utf-8")
    os.utime(tea, ns=(state.st_atime_ns, state.st_mtime_ns))
    assert "problem" in keeping.saved(AT, before, ZH)


@pytest.mark.parametrize("at", [Address(), Address("？"), Address("a", Scope(authors=("nobody",)))])
def test_whatever_a_browser_sends_is_answered_in_a_sentence(keeping: Keeping, at: Address) -> None:
    assert set(keeping.saved(at, "", ZH)) == {"problem"}
    assert keeping.pin(at, "", ZH)
    assert keeping.unpin(at, ZH) == "这个问题已经不在钉住的问题里了。"
    assert keeping.accept(at, "", ZH) in ("", "文章在这期间有了改动，回答和页面上的已经不同；请先再问一次。")


def test_each_index_is_asked_once_and_in_the_background(
    keeping: Keeping, library: Library, rebuild: Callable[[], None], essays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Address("How long should bread rise?")
    assert keeping.pin(AT, shown(library), ZH) == ""
    assert keeping.pin(other, shown(library, other), ZH) == ""
    asked: list[Any] = []
    really = pinboard.answered

    def answered(*arguments: Any, **options: Any) -> Any:
        asked.append(arguments[2])
        return really(*arguments, **options)

    monkeypatch.setattr(pinboard, "answered", answered)
    assert [bool(change) for change in look(keeping).changes] == [False, False]
    assert asked == []  # these answers were known when they were pinned
    (essays / "white.md").write_text("泡白茶和泡绿茶的水温不同，白茶要九十度。\n", encoding="utf-8")
    rebuild()
    assert keeping.look() is None  # whoever looks does not wait
    assert look(keeping).changes[0].appeared
    assert keeping.unpin(other, ZH) == ""
    assert len(look(keeping).changes) == 1
    assert sorted(asked) == sorted([AT.question, other.question])


def test_an_unpinned_answer_is_not_kept_in_memory(keeping: Keeping, library: Library) -> None:
    keeping.pin(AT, shown(library), ZH)
    assert list(keeping._answers[1]) == [(AT.question, AT.scope)]
    keeping.unpin(AT, ZH)
    assert keeping._answers[1] == {}


def test_what_a_reader_has_not_seen_is_not_accepted(
    keeping: Keeping, library: Library, rebuild: Callable[[], None], essays: Path
) -> None:
    keeping.pin(AT, shown(library), ZH)
    old = look(keeping).digest
    (essays / "white.md").write_text("泡白茶和泡绿茶的水温不同，白茶要九十度。\n", encoding="utf-8")
    rebuild()
    assert look(keeping).changed == 1
    assert keeping.accept(AT, old, ZH)
    assert look(keeping).changed == 1
    assert keeping.accept(AT, look(keeping).digest, ZH) == ""
    assert look(keeping).changed == 0


def test_what_was_pinned_elsewhere_is_seen_and_a_lost_file_is_no_fault(
    keeping: Keeping, library: Library, essays: Path
) -> None:
    assert keeping.look() == Look()
    assert Keeping(essays, library, Writing(library, Model())).pin(AT, shown(library), ZH) == ""
    assert [change.pin.question for change in look(keeping).changes] == [AT.question]
    (essays / pinboard.NAME).unlink()
    assert keeping.look() == Look()
