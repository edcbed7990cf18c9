"""What the browser keeps: nothing that a reader wrote is lost, and there is something to come back to."""

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser import QUESTION, READERS, Reader, Server, ask, in_browser, reading, whole
from tests.conftest import HOSTILE

pytestmark = in_browser
# Types as soon as there is a box for it.
FAST = """new MutationObserver((_, observer) => {
  const box = document.querySelector('#question textarea');
  if (!box) return;
  observer.disconnect();
  box.value = 'fast';
  box.dispatchEvent(new Event('input', { bubbles: true }));
}).observe(document, { childList: true, subtree: true });"""
# As soon as what was kept is put back, the reader presses somewhere and gradio draws the box anew, empty.
DRAWN_ANEW = """addEventListener('input', ({ target: box }) => {
  const body = document.body;
  %s.dispatchEvent(new Event('pointerdown', { bubbles: true }));
  setTimeout(() => {
    box.value = '';
    document.body.dataset.drawn = 'anew';
  });
}, { once: true });"""
# The page is never quite there: something of it is drawn all the time, until the reader has written and a while longer.
BUSY = """if (!sessionStorage.calm) {
  const drawing = setInterval(() => document.body?.append(document.createElement('i')), 20);
  addEventListener('input', ({ target: box }) => setTimeout(() => {
    %s
  }, 300), { once: true });
}"""
FURTHER = "What about cost?"


def box(page: Page) -> Locator:
    return page.locator("#question textarea")


def asked(page: Page, count: int) -> list[str]:
    """The questions of a conversation that is there again."""
    whole(page, count)
    return page.locator(".turn h2").all_inner_texts()


def test_what_is_half_typed_and_the_room_that_is_open_outlive_a_reload(page: Page, reader: Reader) -> None:
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


@pytest.mark.parametrize("pressed", ["body", "box"])
def test_what_is_half_typed_outlives_a_box_that_is_drawn_anew_under_the_reader_s_hand(page: Page, pressed: str) -> None:
    box(page).fill("half a sen")
    page.add_init_script(DRAWN_ANEW % pressed)
    page.reload()
    page.locator("body[data-drawn]").wait_for()
    expect(box(page)).to_have_value("half a sen")
    page.wait_for_timeout(500)
    expect(box(page)).to_have_value("half a sen")


def test_what_is_typed_before_the_page_is_quite_there_is_kept_too(page: Page) -> None:
    page.add_init_script(FAST)
    page.reload()
    expect(box(page)).to_have_value("fast")
    page.wait_for_function("Object.keys(sessionStorage).some((name) => name.startsWith('yuanhua.draft'))")


def test_what_is_typed_before_the_page_is_quite_there_outlives_a_reload_at_once(page: Page) -> None:
    page.add_init_script(BUSY % "")
    page.reload()
    box(page).fill("half a sen")
    page.evaluate("sessionStorage.calm = 'yes'")
    page.reload()
    expect(box(page)).to_have_value("half a sen")


def test_what_is_typed_before_the_page_is_quite_there_outlives_a_box_that_is_drawn_anew(page: Page) -> None:
    page.add_init_script(BUSY % "box.value = ''; clearInterval(drawing); document.body.dataset.drawn = 'anew';")
    page.reload()
    box(page).fill("half a sen")
    page.locator("body[data-drawn]").wait_for()
    expect(box(page)).to_have_value("half a sen")


def test_a_box_that_the_reader_has_emptied_stays_empty(page: Page) -> None:
    box(page).fill("half a sen")
    page.reload()
    expect(box(page)).to_have_value("half a sen")
    box(page).fill("")
    page.wait_for_timeout(1000)
    expect(box(page)).to_have_value("")


def test_a_question_that_is_sent_while_an_answer_is_on_its_way_is_answered_next(page: Page, reader: Reader) -> None:
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(box(page)).to_have_value("")
    box(page).fill(FURTHER)
    box(page).press("Enter")
    assert asked(page, 2) == [QUESTION, FURTHER]
    expect(box(page)).to_have_value("")


def test_a_question_asked_while_the_conversation_comes_back_is_answered_after_it(page: Page, reader: Reader) -> None:
    ask(page, QUESTION)
    ask(page, FURTHER)
    page.reload()
    box(page).wait_for()
    box(page).fill("Why?")
    box(page).press("Enter")
    assert asked(page, 3) == [QUESTION, FURTHER, "Why?"]
    page.reload()
    assert asked(page, 3) == [QUESTION, FURTHER, "Why?"]


def test_an_earlier_conversation_can_be_taken_up_and_all_can_be_forgotten(page: Page, reader: Reader) -> None:
    first = HOSTILE[:60]
    ask(page, first)
    ask(page, QUESTION)
    page.locator(".fresh").click()
    expect(page.locator(".welcome")).to_be_visible()
    earlier = page.locator(".past .take-up")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text(first)
    expect(earlier).to_contain_text(reader.words["past_several"].format(n=2))
    assert page.locator(".past script, .past img").count() == 0
    ask(page, FURTHER)
    page.locator(".fresh").click()
    expect(earlier).to_have_count(2)  # newest first
    expect(earlier.first).to_contain_text(FURTHER)
    earlier.nth(1).click()
    assert asked(page, 2) == [first, QUESTION]
    expect(page.locator(".past")).to_be_hidden()
    page.reload()
    whole(page, 2)
    page.locator(".fresh").click()
    page.locator(".past .forget").click()
    expect(page.locator(".past")).to_be_hidden()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".past")).to_be_hidden()


on_wide_pages = pytest.mark.parametrize("reader", [reader for reader in READERS if reader.wide], ids=str)


@on_wide_pages
def test_an_open_essay_stays_open_when_something_else_is_asked(page: Page, reader: Reader) -> None:
    ask(page, QUESTION)
    page.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_visible()
    marked = page.locator("#hit").inner_text()
    ask(page, FURTHER)
    expect(page.locator("#hit")).to_have_text(marked)
    page.reload()
    whole(page, 2)
    expect(page.locator("#hit")).to_have_text(marked)


def test_the_tab_is_named_after_the_question(page: Page, reader: Reader) -> None:
    ask(page, QUESTION)
    expect(page).to_have_title(f"{QUESTION} · {reader.words['title']}")
    ask(page, FURTHER)
    expect(page).to_have_title(f"{FURTHER} · {reader.words['title']}")
    page.go_back()
    expect(page).to_have_title(f"{QUESTION} · {reader.words['title']}")
    page.locator(".fresh").click()
    expect(page).to_have_title(reader.words["title"])


def test_a_time_that_is_none_is_said_and_the_choice_is_cleared_with_one_click(page: Page, reader: Reader) -> None:
    page.locator(".scope summary").click()
    page.locator(".scope input[name=from]").fill("2024-13")
    expect(page.locator("#bad-time")).to_be_hidden()  # as far as its form goes
    page.locator(".scope input[name=from]").fill("last year")
    expect(page.locator("#bad-time")).to_have_text(reader.words["scope_bad_time"])
    page.locator(".scope input[name=from]").fill("2024")
    expect(page.locator("#bad-time")).to_be_hidden()
    ask(page, QUESTION)
    turn = page.locator(".turn").last
    expect(page.locator(".scope form")).to_be_hidden()  # it has done its service
    expect(page.locator(".chosen")).to_contain_text("2024")
    expect(turn.locator(".understood")).to_contain_text("2024")
    page.get_by_role("button", name=reader.words["scope_clear"]).click()
    expect(page.locator(".chosen")).to_have_text(reader.words["scope_all"])
    expect(box(page)).to_be_focused()


def test_without_a_connection_nothing_is_called_exact_and_nothing_written_is_lost(
    browser: Browser, server: Server, reader: Reader
) -> None:
    wrong: list[str] = []
    with reading(browser, server[0], reader, wrong) as page:
        ask(page, QUESTION)
        page.locator(".cite").first.click()
        expect(page.locator(".reader .exact")).to_be_visible()
        if not reader.wide:
            page.go_back()
            expect(page.locator("#right")).to_be_hidden()
        box(page).fill("written before")
        page.context.set_offline(True)
        page.locator(".cite").nth(1).click()
        expect(page.locator(".unread")).to_have_text(reader.words["unread"])
        expect(page.locator(".reader .exact")).to_be_hidden()
        expect(page.locator(".toast-body")).to_contain_text(reader.words["away"], timeout=60_000)
        page.context.set_offline(False)
        expect(page.locator("#hit")).to_be_visible(timeout=60_000)
        expect(page.locator(".unread")).to_be_hidden()
        expect(page.locator(".reader .exact")).to_be_visible()
        whole(page, 1)
        expect(box(page)).to_have_value("written before")
        assert {line.split(":")[0] for line in wrong} <= {"console"}
        page.close()
        wrong.clear()  # of being without a connection, the browser has much to say
