"""What comes late, or in another order than it was asked for, as over a slow line: nothing is lost, and nothing lies
over what a reader asked for after it."""

import re
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser import READERS, Reader, ask, in_browser, watch, whole
from tests.conftest import ROOT, serving
from tests.slow import PART

pytestmark = [*in_browser, pytest.mark.parametrize("reader", READERS[::3], ids=str)]
PATIENCE = 120_000  # milliseconds


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page behind a login, whose answers and lists take seconds."""
    folder = tmp_path_factory.mktemp("slow")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    for name, who in (("a.txt", "甲"), ("b.txt", "乙")):
        (folder / "seeds" / name).write_text(_alike(who), encoding="utf-8")
    with serving(folder, "--login", "mei", program="tests.slow", password="correct-horse") as address:
        yield address


def _alike(who: str) -> str:
    talk = "\n\n".join(f"第{n}段，{who}在这里随便写一点闲话，天气如何，路上看见什么。" * 6 for n in range(30))
    return f"{talk}\n\n磨墨要慢，心急的人磨不出好墨，这是{who}的看法。\n\n{talk}\n"


@contextmanager
def let_in(browser: Browser, address: str, reader: Reader) -> Iterator[Page]:
    context = browser.new_context(locale=reader.locale, viewport={"width": reader.width, "height": 860})
    context.set_default_timeout(60_000)
    wrong: list[str] = []
    watch(context, address, wrong)
    try:
        page = context.new_page()
        page.goto(address)
        page.locator("#name").fill("mei")
        page.locator("#password").fill("correct-horse")
        page.locator("button").click()
        expect(page.locator(".welcome")).to_be_visible()
        yield page
    finally:
        context.close()
    assert wrong == []


def send(page: Page, text: str) -> None:
    """As a reader does who waits for nothing."""
    page.locator("#question textarea").fill(text)
    page.locator("#question textarea").press("Enter")


def taken(page: Page) -> None:
    expect(page.locator("#question textarea")).to_have_value("", timeout=PATIENCE)


def follow(page: Page, question: str) -> None:
    """A link that asks."""
    page.evaluate("question => { location.hash = `q=${encodeURIComponent(question)}`; }", question)


def questions(page: Page) -> list[str]:
    return page.locator(".turn h2").all_inner_texts()


class Held:
    """The first request whose body has all of these words waits until it is let go."""

    def __init__(self, page: Page, where: str | re.Pattern[str], *words: str) -> None:
        self._page, self._words, self._routes = page, words, list[Route]()
        page.route(where, self._come)

    def _come(self, route: Route) -> None:
        body = route.request.post_data or ""
        if self._routes or not all(word in body for word in self._words):
            route.continue_()
        else:
            self._routes.append(route)

    def let_go(self) -> None:
        for _ in range(600):
            if self._routes:
                break
            self._page.wait_for_timeout(50)
        (route,) = self._routes
        route.continue_()


def test_an_essay_that_comes_late_does_not_lie_over_the_one_that_was_opened_after_it(
    page: Page, reader: Reader
) -> None:
    ask(page, reader.says("quality"))
    links = page.locator(".turn .cite").evaluate_all("(all) => all.map((link) => link.getAttribute('href'))")
    names = [re.findall("d=([^&]+)", link)[0] for link in links]
    other = next(place for place, name in enumerate(names) if name != names[0])
    late = Held(page, "**/gradio_api/**", '"at"', f"d={names[0]}")
    page.evaluate("link => { location.hash = link; }", links[0])
    page.wait_for_timeout(300)
    page.evaluate("link => { location.hash = link; }", links[other])
    expect(page.locator("#hit")).to_be_visible()
    late.let_go()
    page.wait_for_timeout(1_500)
    expect(page.locator(f"#source [data-at='{links[other][1:]}']")).to_have_count(1)
    expect(page.locator("#right.lost, #right.coming")).to_have_count(0)


def test_a_new_conversation_knows_nothing_of_the_one_that_was_left(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    late = Held(page, "**/queue/join*", '"turns":[]')
    page.locator(".fresh").click()
    page.wait_for_timeout(300)
    send(page, reader.says("power"))
    page.wait_for_timeout(1_000)
    late.let_go()
    expect(page.locator(".turn h2")).to_have_text([reader.says("power")])
    whole(page, 1)
    page.wait_for_timeout(1_000)
    assert questions(page) == [reader.says("power")]


def test_what_is_typed_while_a_line_is_saved_is_not_thrown_away(page: Page, reader: Reader, seeds: Path) -> None:
    page.get_by_role("tab").nth(1).click()
    page.locator(".corpus .edit").first.click()
    box = page.locator("tr.editing input[name=title]")
    box.fill("One")
    late = Held(page, re.compile("component_server"), "One")
    box.press("Enter")
    page.wait_for_timeout(300)
    box.press_sequentially(" and more")
    late.let_go()
    page.wait_for_timeout(1_000)
    expect(box).to_have_value("One and more")
    box.press("Enter")
    expect(box).to_have_count(0)
    expect(page.locator(".corpus tbody")).to_contain_text("One and more")


def test_of_two_links_in_a_row_the_second_is_asked_too(browser: Browser, slow: str, reader: Reader) -> None:
    with let_in(browser, slow, reader) as page:
        follow(page, reader.says("quality"))
        expect(page.locator(".turn .note")).to_be_visible()
        follow(page, reader.says("power"))
        expect(page.locator(".turn[data-whole]")).to_have_count(2, timeout=PATIENCE)
        assert questions(page) == [reader.says("quality"), reader.says("power")]


def test_what_a_link_asked_can_be_asked_again_when_it_was_stopped(browser: Browser, slow: str, reader: Reader) -> None:
    with let_in(browser, slow, reader) as page:
        follow(page, reader.says("quality"))
        expect(page.locator(".turn .note")).to_be_visible()
        page.get_by_role("button", name=reader.words["stop"], exact=True).click()
        page.locator(".turn .again").click()
        expect(page.locator(".turn[data-whole] h2").last).to_have_text(reader.says("quality"), timeout=PATIENCE)


def test_an_answer_that_is_stopped_stays_so_over_a_slow_line(browser: Browser, slow: str, reader: Reader) -> None:
    """Where what ends it comes late, it grows on for a while; none of that may be what is left on the page."""
    with let_in(browser, slow, reader) as page:
        page.route("**/cancel", lambda route: (time.sleep(1.5 * PART), route.continue_()))  # type: ignore[func-returns-value]
        send(page, reader.says("tuning"))
        expect(page.locator(".turn .cite").first).to_be_visible(timeout=PATIENCE)
        page.get_by_role("button", name=reader.words["stop"]).click()
        expect(page.locator(".turn .note")).to_contain_text(reader.words["stopped"])
        page.wait_for_timeout(4 * PART * 1000)
        expect(page.locator(".turn .note")).to_contain_text(reader.words["stopped"])
        expect(page.get_by_role("button", name=reader.words["ask"], exact=True)).to_be_visible()
        page.unroute("**/cancel")
        send(page, reader.says("tuning"))
        expect(page.locator(".turn[data-whole]")).to_have_count(1, timeout=PATIENCE)
        assert questions(page) == 2 * [reader.says("tuning")]


def test_a_question_that_waits_and_is_written_on_is_not_sent_half(browser: Browser, slow: str, reader: Reader) -> None:
    with let_in(browser, slow, reader) as page:
        send(page, reader.says("quality"))
        taken(page)
        send(page, reader.says("power"))
        page.wait_for_timeout(500)
        page.keyboard.type(" ?")
        expect(page.locator(".turn[data-whole]")).to_have_count(1, timeout=PATIENCE)
        page.wait_for_timeout(1_000)
        assert questions(page) == [reader.says("quality")]
        expect(page.locator("#question textarea")).to_have_value(f"{reader.says('power')} ?")
        page.keyboard.press("Enter")
        expect(page.locator(".turn[data-whole]")).to_have_count(2, timeout=PATIENCE)


def test_a_question_on_its_way_is_in_the_box_again_after_a_reload(browser: Browser, slow: str, reader: Reader) -> None:
    with let_in(browser, slow, reader) as page:
        send(page, reader.says("quality"))
        expect(page.locator(".turn .note")).to_be_visible()
        page.wait_for_timeout(1_000)  # as long as it takes to forget what was in the box
        page.reload()
        expect(page.locator("#question textarea")).to_have_value(reader.says("quality"))
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn[data-whole]")).to_have_count(1, timeout=PATIENCE)
        page.wait_for_function("!Object.keys(sessionStorage).some((name) => name.startsWith('yuanhua.draft'))")
        page.reload()
        expect(page.locator(".turn[data-whole]")).to_have_count(1, timeout=PATIENCE)
        expect(page.locator("#question textarea")).to_have_value("")


def test_who_logs_out_leaves_nothing_behind_though_an_answer_comes_late(
    browser: Browser, slow: str, reader: Reader
) -> None:
    with let_in(browser, slow, reader) as page:
        send(page, reader.says("tuning"))
        expect(page.locator(".turn .cite").first).to_be_visible(timeout=PATIENCE)
        page.evaluate(
            """() => document.addEventListener('submit', (event) => {
          event.preventDefault();
          const look = setInterval(() => {
            if (!document.querySelector('.turn[data-whole]')) return;
            clearInterval(look);
            setTimeout(() => event.target.submit(), 1000);
          }, 50);
        })"""
        )
        page.locator(".logout").click()
        page.locator("#password").wait_for(timeout=PATIENCE)  # its answer was whole by then
        assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]


def test_the_way_to_undo_outlives_a_list_that_was_asked_for_before(browser: Browser, slow: str, reader: Reader) -> None:
    with let_in(browser, slow, reader) as page:
        page.get_by_role("tab").nth(1).click()
        page.locator(".remove").first.wait_for()
        page.wait_for_timeout(2_500)
        page.get_by_role("tab").nth(0).click()
        page.get_by_role("tab").nth(1).click()
        page.wait_for_timeout(100)
        page.locator(".remove").first.click()
        expect(page.locator("tr.gone .undo")).to_be_visible()
        page.wait_for_timeout(2_500)
        page.locator("tr.gone .undo").click()
        expect(page.locator("tr.gone")).to_have_count(0)


def test_each_sentence_is_brought_into_view_though_two_essays_have_it_at_the_same_place(
    browser: Browser, slow: str, reader: Reader
) -> None:
    with let_in(browser, slow, reader) as page:
        send(page, "磨墨为什么要慢？")
        expect(page.locator(".turn[data-whole]")).to_have_count(1, timeout=PATIENCE)
        quotes = page.locator(".voice blockquote", has_text="磨墨要慢")
        links = quotes.locator(".cite").evaluate_all("(all) => all.map((link) => link.getAttribute('href'))")
        for name in ("a.txt", "b.txt"):
            link = next(link for link in links if f"d={name}" in link)
            page.evaluate("link => { location.hash = link; }", link)
            expect(page.locator(f"#source [data-at='{link[1:]}']")).to_have_count(1)
            expect(page.locator("#hit")).to_be_in_viewport()
            expect(page.locator("#hit")).to_be_focused()
            page.evaluate("document.querySelector('#right').scrollTop = 0")
