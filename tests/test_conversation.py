"""A conversation goes on whatever the browser sends in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from index.library import Library
from tests.browser import QUESTION
from tests.conftest import ROOT
from tests.scripted import scripted
from ui.conversation import LEAVING, Conversation, Drawn
from ui.desk import Desk
from ui.model import Model
from ui.turn import Turn
from ui.words import ZH


@pytest.fixture
def talk(essays: Path, tmp_path: Path) -> Conversation:
    """Over essays without an index, so that each question is answered by that."""
    return Conversation(Desk(essays, Library(tmp_path / "nowhere")), ZH, dict)


def last(steps: Any) -> Drawn:
    *_, drawn = steps
    drawn[0].encode("utf-8")
    return drawn  # type: ignore[no-any-return]


def test_half_a_character_is_asked_as_one_that_can_be_sent_back(talk: Conversation) -> None:
    thread, _, turns = last(talk.ask("数据\ud800质量", "q=a&d=\ud800", "a=\udfff", '[{"typed": "\ud800"}', []))
    assert "数据?质量" in thread
    assert [turn.question for turn in turns] == ["数据?质量"]
    last(talk.ask_again({"at": "q=\ud800&n=\udfff"}, []))
    last(talk.restore({"turns": [{"typed": "\ud800", "at": "q=\ud800&d=\ud800&k=0-1:\ud800"}]}))
    talk.show({"at": "q=\ud800&d=\ud800"}, []).encode("utf-8")


@pytest.mark.parametrize("sent", [None, 7, [], {}, "", " \n"])
def test_what_is_no_question_is_none(talk: Conversation, sent: Any) -> None:
    assert last(talk.ask(sent, sent, sent, sent, []))[2] == []


@pytest.mark.parametrize("sent", [None, 7, [], {"at": 7}, {"turns": 7}, {"turns": [7, {"at": None}]}])
def test_what_is_no_address_leads_nowhere(talk: Conversation, sent: Any) -> None:
    last(talk.restore(sent))
    last(talk.ask_again(sent, []))
    talk.show(sent, [])


def test_what_the_browser_kept_comes_before_a_question_where_nothing_else_is_known(talk: Conversation) -> None:
    kept = json.dumps([{"typed": "甲？", "at": "q=%E7%94%B2%EF%BC%9F"}, {"typed": "乙", "at": "nowhere"}])
    assert [turn.question for turn in last(talk.ask("丙？", "", "", kept, []))[2]] == ["甲？", "丙？"]
    known = [Turn("丁？")]
    assert [turn.question for turn in last(talk.ask("丙？", "", "", kept, known))[2]] == ["丁？", "丙？"]


def test_a_summary_that_is_stopped_is_drawn_so_at_once_and_last_of_all(library: Library) -> None:
    with scripted() as script:
        talk = Conversation(Desk(ROOT / "seeds", library, model=Model(script.endpoint("stalling"))), ZH, dict)
        turns = last(talk.ask(QUESTION, "", "", "", []))[2]
        growing = talk.summarise({"at": str(turns[-1].at), "name": "one"}, turns)
        written = next(drawn for drawn in growing if (s := drawn[2][-1].summary) and s.claims)
        thread, box, stopped = talk.stop("one", written[2])
        assert ZH["ask"] in box.values()
        assert [turn.summary.fault for turn in stopped if turn.summary] == ["stopped"]
        *_, (ended, ready, after) = growing
        assert (thread, box) == (ended + LEAVING, ready)
        assert talk.stop("one", after)[0] == ended, "nothing is waited for any more"


def test_what_is_written_while_a_follow_up_is_rewritten_is_left_in_the_box(library: Library) -> None:
    with scripted() as script:
        talk = Conversation(Desk(ROOT / "seeds", library, model=Model(script.endpoint("rewriting"))), ZH, dict)
        turns = last(talk.ask("李沐怎么看算力？", "", "", "", []))[2]
        thread, *later = talk.ask("他成本方面的看法是什么", "", "", "", turns)
        assert ZH["rewriting"] in thread[0]
        assert thread[1]["value"] == ""
        assert len(later) > 2
        assert not any("value" in box for _, box, _ in later)


@pytest.mark.parametrize("name", [None, 7, "", "\ud800", "x" * 1000])
def test_where_no_summary_is_written_there_is_none_to_stop(talk: Conversation, name: Any) -> None:
    thread, _, turns = talk.stop(name, [Turn("甲？")])
    assert LEAVING not in thread
    assert [turn.question for turn in turns] == ["甲？"]
