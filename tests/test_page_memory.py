"""What the browser keeps: nothing that a reader wrote is lost, and there is something to come back to."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests import test_page
from tests.conftest import HOSTILE
from tests.test_page import CHROMIUM, QUESTION, ask
from ui.words import WORDS

browser, page = test_page.browser, test_page.page
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium (on Debian: apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
everywhere = pytest.mark.parametrize(
    "page",
    [("zh-CN", 1360), ("zh-CN", 390), ("en-US", 1360), ("en-US", 390)],
    indirect=True,
    ids=["zh-wide", "zh-phone", "en-wide", "en-phone"],
)
FURTHER = "What about cost?"


def box(page: Page) -> Locator:
    return page.locator("#question textarea")


def whole(page: Page, count: int) -> Locator:
    turns = page.locator(".turn[data-whole]")
    expect(turns).to_have_count(count)
    return turns


def words(page: Page) -> dict[str, str]:
    return dict(WORDS["zh" if "/zh/" in page.url else "en"])


@everywhere
def test_what_is_half_typed_and_the_room_that_is_open_outlive_a_reload(page: Page) -> None:
    box(page).fill("half a sen")
    page.get_by_role("tab").nth(1).click()
    listed = page.locator(".corpus tbody tr").first
    expect(listed).to_be_visible()
    page.reload()
    expect(listed).to_be_visible()
    expect(page.get_by_role("tab").nth(1)).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab").nth(0).click()
    expect(box(page)).to_have_value("half a sen")
    page.reload()
    expect(page.get_by_role("tab").nth(0)).to_have_attribute("aria-selected", "true")


@everywhere
def test_a_question_that_is_sent_while_an_answer_is_on_its_way_is_answered_next(page: Page) -> None:
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    box(page).fill(FURTHER)
    box(page).press("Enter")
    turns = whole(page, 2)
    expect(turns.nth(1).locator("h2")).to_have_text(FURTHER)
    expect(box(page)).to_have_value("")


@everywhere
def test_a_question_asked_while_the_conversation_comes_back_is_answered_after_it(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, FURTHER)
    page.reload()
    box(page).wait_for()
    box(page).fill("Why?")
    box(page).press("Enter")
    turns = whole(page, 3)
    assert turns.locator("h2").all_inner_texts() == [QUESTION, FURTHER, "Why?"]
    page.reload()
    assert whole(page, 3).locator("h2").all_inner_texts() == [QUESTION, FURTHER, "Why?"]


@everywhere
def test_an_earlier_conversation_can_be_taken_up_and_all_can_be_forgotten(page: Page) -> None:
    first = HOSTILE[:60]
    ask(page, first)
    ask(page, QUESTION)
    page.locator(".fresh").click()
    expect(page.locator(".welcome")).to_be_visible()
    earlier = page.locator(".past .take-up")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text(first)
    expect(earlier).to_contain_text(words(page)["past_several"].format(n=2))
    assert page.locator(".past script, .past img").count() == 0
    ask(page, FURTHER)
    page.locator(".fresh").click()
    expect(earlier).to_have_count(2)  # newest first
    expect(earlier.first).to_contain_text(FURTHER)
    earlier.nth(1).click()
    assert whole(page, 2).locator("h2").all_inner_texts() == [first, QUESTION]
    expect(page.locator(".past")).to_be_hidden()
    page.reload()
    whole(page, 2)
    page.locator(".fresh").click()
    page.locator(".past .forget").click()
    expect(page.locator(".past")).to_be_hidden()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".past")).to_be_hidden()


@pytest.mark.parametrize("page", [("zh-CN", 1360), ("en-US", 1360)], indirect=True, ids=["zh", "en"])
def test_an_open_essay_stays_open_when_something_else_is_asked(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_visible()
    marked = page.locator("#hit").inner_text()
    ask(page, FURTHER)
    expect(page.locator("#hit")).to_have_text(marked)
    page.reload()
    whole(page, 2)
    expect(page.locator("#hit")).to_have_text(marked)


@everywhere
def test_the_tab_is_named_after_the_question(page: Page) -> None:
    ask(page, QUESTION)
    expect(page).to_have_title(f"{QUESTION} · {words(page)['title']}")
    ask(page, FURTHER)
    expect(page).to_have_title(f"{FURTHER} · {words(page)['title']}")
    page.go_back()
    expect(page).to_have_title(f"{QUESTION} · {words(page)['title']}")
    page.locator(".fresh").click()
    expect(page).to_have_title(words(page)["title"])


@everywhere
def test_a_time_that_is_none_is_said_and_the_choice_is_cleared_with_one_click(page: Page) -> None:
    page.locator(".scope summary").click()
    page.locator(".scope input[name=from]").fill("2024-13")
    expect(page.locator("#bad-time")).to_be_hidden()  # as far as its form goes
    page.locator(".scope input[name=from]").fill("last year")
    expect(page.locator("#bad-time")).to_have_text(words(page)["scope_bad_time"])
    page.locator(".scope input[name=from]").fill("2024")
    expect(page.locator("#bad-time")).to_be_hidden()
    ask(page, QUESTION)
    turn = page.locator(".turn").last
    expect(page.locator(".scope form")).to_be_hidden()  # it has done its service
    expect(page.locator(".chosen")).to_contain_text("2024")
    expect(turn.locator(".understood")).to_contain_text("2024")
    page.get_by_role("button", name=words(page)["scope_clear"]).click()
    expect(page.locator(".chosen")).to_have_text(words(page)["scope_all"])
    expect(box(page)).to_be_focused()


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("width", [1360, 390])
def test_without_a_connection_nothing_is_called_exact_and_nothing_written_is_lost(
    browser: Browser, server: tuple[str, Path], locale: str, width: int
) -> None:
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 860})
    page = context.new_page()
    page.goto(server[0])
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, QUESTION)
    page.locator(".cite").first.click()
    expect(page.locator(".reader .exact")).to_be_visible()
    if width < 1000:
        page.go_back()
        expect(page.locator("#right")).to_be_hidden()
    box(page).fill("written before")
    context.set_offline(True)
    page.locator(".cite").nth(1).click()
    expect(page.locator(".unread")).to_have_text(words(page)["unread"])
    expect(page.locator(".reader .exact")).to_be_hidden()
    expect(page.locator(".toast-body")).to_contain_text(words(page)["away"], timeout=60_000)
    context.set_offline(False)
    expect(page.locator("#hit")).to_be_visible(timeout=60_000)
    expect(page.locator(".unread")).to_be_hidden()
    expect(page.locator(".reader .exact")).to_be_visible()
    whole(page, 1)
    expect(box(page)).to_have_value(re.compile("written before"))
    context.close()
