"""A language model on the page: what it writes is checked before the reader's eyes, and never stands in the way."""

import os
import re
import shutil
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rag.words import MODEL_FAULTS
from tests.axe import violations
from tests.browser import READERS, Reader, Server, ask, fits, in_browser, like, place, reading, whole
from tests.conftest import ROOT, serving
from tests.scripted import KEY, REWRITTEN, Scripted, scripted

pytestmark = in_browser
SLOW = 0.7  # seconds


@pytest.fixture(scope="module")
def script() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, script: Scripted) -> Iterator[Server]:
    """A page that has a language model from its start."""
    folder = tmp_path_factory.mktemp("model")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    os.environ["YUANHUA_LLM_KEY"] = KEY
    try:
        with serving(folder, "--llm", script.url, "--llm-model", "any") as address:
            yield address, folder / "seeds"
        assert KEY not in (folder / "log").read_text(encoding="utf-8")
    finally:
        del os.environ["YUANHUA_LLM_KEY"]


@pytest.fixture
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page that has none."""
    folder = tmp_path_factory.mktemp("plain")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder) as address:
        yield address


def written(page: Page, reader: Reader) -> None:
    """Wait until the summary is."""
    said = "|".join(like(reader.words[words]).pattern for words in ("summary_holds", "summary_partly"))
    expect(page.locator(".summary .checked")).to_have_text(re.compile(said))


def test_a_summary_stands_above_the_excerpts_with_what_does_not_hold_marked(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "half good"
    turn = ask(page, reader.says("quality"))
    expect(turn.locator(".summary")).to_be_visible()  # it is begun when the answer is whole
    excerpts = turn.locator("blockquote").all_inner_texts()
    assert excerpts
    written(page, reader)
    doubtful = turn.locator(".claim.doubtful")
    expect(doubtful.last).to_contain_text(reader.words["claim_number"].format(detail="98765 万"))
    expect(turn.locator(".summary .ours").first).to_contain_text(reader.words["summary_note"])
    expect(turn.locator(".claim:not(.doubtful)").first).to_be_visible()
    assert turn.locator("blockquote").all_inner_texts() == excerpts
    assert fits(page)
    assert violations(page) == []
    link = turn.locator(".claim:not(.doubtful) a.cite").first
    link.click()
    expect(page.locator("#hit")).to_be_visible()
    assert place(page)["d"][0].endswith(".md")
    assert KEY not in page.content()


def test_after_a_reload_a_model_is_asked_only_where_the_reader_wants_it(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "good"
    ask(page, reader.says("quality"))
    written(page, reader)
    before = len(script.seen)
    page.reload()
    turn = whole(page, 1)
    button = turn.get_by_role("button", name=reader.words["summarise"])
    expect(button).to_be_visible()
    page.wait_for_timeout(1000)
    assert len(script.seen) == before
    button.press("Enter")
    written(page, reader)


def test_whoever_wants_no_summaries_gets_none(page: Page, reader: Reader, script: Scripted) -> None:
    script.habit = "good"
    page.locator(".model summary").click()
    page.get_by_label(reader.words["model_wanted"]).uncheck()
    page.locator(".model summary").click()
    turn = ask(page, reader.says("quality"))
    expect(turn.get_by_role("button", name=reader.words["summarise"])).to_be_visible()
    page.wait_for_timeout(1000)
    expect(turn.locator(".summary")).to_have_count(0)


@pytest.mark.parametrize(("habit", "kind"), [("limited", "limited"), ("cut", "cut"), ("obedient", "disobedient")])
def test_where_a_model_is_no_help_the_answer_stands_and_one_line_says_so(
    page: Page, reader: Reader, script: Scripted, habit: str, kind: str
) -> None:
    script.habit = habit
    turn = ask(page, reader.says("quality"))
    expect(turn.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code][kind])
    expect(turn.locator("blockquote").first).to_be_visible()
    expect(turn.locator(".summary")).to_have_count(0)
    expect(page.locator("#thread")).not_to_contain_text("evil.example")


def test_what_a_model_writes_is_text_and_nothing_else(page: Page, reader: Reader, script: Scripted) -> None:
    script.habit = "hostile"
    turn = ask(page, reader.says("quality"))
    written(page, reader)
    expect(turn.locator(".summary")).to_contain_text("<script>alert(1)</script>")
    assert page.locator("#thread img, #thread script").count() == 0
    assert turn.locator(".summary a:not(.cite)").count() == 0


def test_a_model_that_writes_for_long_can_be_stopped_and_does_not_keep_the_next_question_waiting(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "steady"
    turn = ask(page, reader.says("quality"))
    expect(turn.locator(".summary.growing .claim").first).to_be_visible()
    page.get_by_role("button", name=reader.words["stop"]).click()
    expect(turn.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code]["stopped"])
    second = ask(page, reader.says("tuning"))
    expect(second.locator(".summary.growing .claim").first).to_be_visible()
    script.habit = "good"
    third = ask(page, reader.says("power"))
    expect(second.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code]["stopped"])
    expect(third.locator(".summary:not(.growing)")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(3)


def test_a_model_that_is_stopped_stays_so_over_a_slow_line(
    browser: Browser, server: Server, script: Scripted, wrong: list[str]
) -> None:
    """Where what ends it comes late, it writes on for a while; none of that may be what is left on the page."""
    script.habit = "steady"
    reader = Reader("zh-CN", 1360)
    with reading(browser, server[0], reader, wrong) as page:
        page.route("**/cancel", lambda route: (time.sleep(SLOW), route.continue_()))  # type: ignore[func-returns-value]
        turn = ask(page, reader.says("quality"))
        expect(turn.locator(".summary.growing .claim").first).to_be_visible()
        page.get_by_role("button", name=reader.words["stop"]).click()
        expect(turn.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code]["stopped"])
        expect(page.locator("#thread .leaving")).to_have_count(0)
        page.wait_for_timeout(3 * SLOW * 1000)
        expect(turn.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code]["stopped"])
        expect(page.get_by_role("button", name=reader.words["ask"], exact=True)).to_be_visible()
        script.habit = "good"
        ask(page, reader.says("tuning"))
        assert page.locator(".turn h2").all_inner_texts() == [reader.says("quality"), reader.says("tuning")]


def test_whoever_stops_a_model_that_has_fallen_silent_is_answered_at_once_and_loses_no_question(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "stalling"
    turn = ask(page, reader.says("quality"))
    expect(turn.locator(".summary.growing .claim").first).to_be_visible()
    page.get_by_role("button", name=reader.words["stop"]).click()
    script.habit = "good"
    page.locator("#question textarea").fill(reader.says("tuning"))
    page.locator("#question textarea").press("Enter")
    second = whole(page, 2)
    written(page, reader)
    expect(turn.locator(".note.unwritten")).to_have_text(MODEL_FAULTS[reader.code]["stopped"])
    expect(second.locator(".summary:not(.growing)")).to_be_visible()
    assert page.locator(".turn h2").all_inner_texts() == [reader.says("quality"), reader.says("tuning")]


def test_a_follow_up_that_rules_cannot_tell_is_put_in_full_by_the_model(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "rewriting"
    ask(page, "李沐怎么看算力？")
    expect(page.locator(".summary:not(.growing)")).to_have_count(1)
    ask(page, "他成本方面的看法是什么")
    expect(page.locator(".turn").last.locator(".understood").first).to_contain_text(REWRITTEN)
    expect(page.locator(".turn").last.locator("blockquote").first).to_be_visible()


def test_a_model_is_named_on_the_page_and_its_key_never_comes_back(
    browser: Browser, plain: str, script: Scripted, wrong: list[str]
) -> None:
    script.habit = "good"
    reader = Reader("zh-CN", 1360)
    with reading(browser, plain, reader, wrong) as page:
        words = reader.words
        expect(page.locator(".model summary")).to_contain_text(words["model_none"])
        page.locator(".model summary").click()
        assert violations(page) == []
        page.get_by_label(words["model_url"], exact=True).fill("http://name:secret@127.0.0.1/v1")
        page.get_by_label(words["model_name"], exact=True).fill("any")
        page.get_by_label(words["model_key"], exact=True).fill(KEY)
        page.get_by_role("button", name=words["model_use"]).click()
        expect(page.locator(".model [role=alert]")).to_be_visible()
        page.get_by_label(words["model_url"], exact=True).fill(script.url)
        page.get_by_label(words["model_name"], exact=True).fill("any")
        page.get_by_label(words["model_key"], exact=True).fill(KEY)
        page.get_by_label(words["model_key"], exact=True).press("Enter")
        expect(page.locator(".model .named")).to_have_text("any")
        expect(page.get_by_label(words["model_key"], exact=True)).to_have_value("")
        page.locator(".model summary").click()
        ask(page, reader.says("quality"))
        written(page, reader)
        assert script.seen[-1]["headers"]["authorization"] == f"Bearer {KEY}"
        page.reload()
        expect(page.locator(".model .named")).to_have_text("any")
        assert KEY not in page.content()
        page.locator(".model summary").click()
        page.get_by_role("button", name=words["model_leave"]).click()
        expect(page.locator(".model .named")).to_have_text(words["model_none"])


def one_after_the_other(page: Page, *questions: str) -> None:
    """Each sent as soon as the one before is out of the box."""
    for question in questions:
        expect(page.locator("#question textarea")).to_have_value("")
        page.locator("#question textarea").fill(question)
        page.locator("#question textarea").press("Enter")


@pytest.mark.parametrize("reader", READERS[::3], ids=str)
def test_an_answer_is_not_covered_by_the_summary_of_the_one_before(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "steady"
    questions = [reader.says("quality"), reader.says("power")]
    one_after_the_other(page, *questions)
    expect(page.locator(".turn[data-whole]")).to_have_count(2, timeout=60_000)
    expect(page.locator(".turn").last.locator(".summary.growing .claim").first).to_be_visible()
    page.wait_for_timeout(1_000)
    assert page.locator(".turn h2").all_inner_texts() == questions
    expect(page.locator(".turn").first.locator(".summary")).to_have_count(0)


@pytest.mark.parametrize("reader", READERS[::3], ids=str)
def test_of_two_summaries_asked_for_in_a_row_the_second_is_written_alone(
    page: Page, reader: Reader, script: Scripted
) -> None:
    script.habit = "good"
    for count, question in enumerate(("quality", "power"), start=1):
        ask(page, reader.says(question))
        expect(page.locator(".summary:not(.growing)")).to_have_count(count)
    page.reload()
    whole(page, 2)
    script.habit = "steady"
    page.locator(".summarise").first.click()
    expect(page.locator(".summary.growing")).to_be_visible()
    script.habit = "good"
    page.locator(".summarise").last.click()
    expect(page.locator(".turn").last.locator(".summary:not(.growing) .claim").first).to_be_visible()
    page.wait_for_timeout(3_000)
    expect(page.locator(".turn")).to_have_count(2)
    expect(page.locator(".turn").last.locator(".summary:not(.growing) .claim").first).to_be_visible()
    expect(page.locator(".summary.growing")).to_have_count(0)


@pytest.mark.parametrize("reader", READERS[::3], ids=str)
def test_what_is_unfolded_stays_so_while_a_summary_is_written(page: Page, reader: Reader, script: Scripted) -> None:
    script.habit = "steady"
    turn = ask(page, reader.says("quality"))
    expect(turn.locator(".summary.growing .claim").first).to_be_visible()
    turn.locator(".why summary").click()
    expect(turn.locator(".why")).to_have_attribute("open", "")
    page.wait_for_timeout(1_000)
    expect(turn.locator(".summary.growing")).to_have_count(1)  # it is still being drawn
    expect(turn.locator(".why")).to_have_attribute("open", "")
    turn.locator(".why summary").click()
    expect(turn.locator(".why")).not_to_have_attribute("open", "")
