"""The page for everyone: both languages, light and dark, wide and narrow, by keyboard, by ear, magnified."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from typing import Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from playwright.sync_api import TimeoutError as TookTooLong

from tests import browser as browsers
from tests.axe import GRAVE, small_targets, violations
from tests.browser import QUESTION, Reader, Server, ask, expect_another, in_browser
from tests.conftest import HOSTILE, HOSTILE_NAME

pytestmark = in_browser
UNANSWERED = "北京今天的天气怎么样？"
PHONE = 390


@contextmanager
def reading(
    browser: Browser,
    server: Server,
    locale: str = "zh-CN",
    width: int = 1360,
    height: int = 860,
    scheme: Literal["light", "dark"] = "light",
    *,
    plain: bool = False,
) -> Iterator[Page]:
    """A fresh reader. `plain`: one who wants no motion, and has colours of their own."""
    with browsers.reading(
        browser,
        server[0],
        Reader(locale, width),
        height=height,
        color_scheme=scheme,
        reduced_motion="reduce" if plain else "no-preference",
        forced_colors="active" if plain else "none",
    ) as page:
        expect(page.locator(".welcome")).to_be_visible()
        page.wait_for_function("document.querySelector('#left')?.getAttribute('role') === 'main'")
        yield page


def open_corpus(page: Page) -> None:
    page.get_by_role("tab").nth(1).click()
    expect(page.locator(".corpus tbody tr").first).to_be_visible()


def open_map(page: Page) -> None:
    page.get_by_role("tab").nth(2).click()
    expect(page.locator("#map .dots a").first).to_be_visible()
    expect(page.locator(".sought")).to_be_visible()


def essay_row(page: Page) -> Locator:
    return page.locator(".corpus tbody tr").filter(has_text="thoughts-on-llm.md")


def walk(page: Page, look: Callable[[str], None], question: str = QUESTION) -> None:
    """Through every state of the page; `look` is called in each."""
    expect(page.locator(".suggestions a").first).to_be_visible(timeout=60_000)
    look("welcome")
    ask(page, question)
    look("an answer")
    page.locator(".board summary").click()
    look("the board")
    expect_another(page, "垂直不等于偏科")
    look("a traced sentence")
    page.locator(".scope summary").click()
    look("the choice of essays")
    page.locator(".scope summary").click()
    page.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_focused()
    look("an essay with its sentence marked")
    page.locator(".close").click()
    expect(page.locator(".reader")).to_have_count(0)
    ask(page, UNANSWERED)
    look("silence")
    open_map(page)
    look("the map with a question")
    open_corpus(page)
    essay_row(page).locator(".edit").click()
    look("the corpus with a line being edited")
    page.keyboard.press("Escape")
    essay_row(page).locator(".remove").click()
    expect(page.locator(".undo")).to_be_visible()
    look("a removal that can be undone")
    page.locator(".undo").click()
    expect(essay_row(page)).to_have_count(1)


@pytest.mark.parametrize(
    ("locale", "width", "scheme"), [("zh-CN", 1360, "light"), ("en-US", PHONE, "dark")], ids=["zh-wide", "en-phone"]
)
def test_no_state_of_the_page_breaks_a_rule_of_accessibility(
    browser: Browser, server: Server, locale: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    found: list[str] = []
    with reading(browser, server, locale, width, scheme=scheme) as page:

        def look(state: str) -> None:
            page.wait_for_timeout(250)  # colours change in a moment, not at once
            found.extend(f"{state}: {line}" for line in violations(page, (*GRAVE, "moderate")))
            found.extend(f"{state}: {line}" for line in small_targets(page))

        walk(page, look)
    assert found == [], "\n".join(found)


# What is cut off, or makes the page scroll sideways; a table may scroll by itself.
CUT_OFF = """() => [...document.querySelectorAll('body *')]
  .filter((each) => each.checkVisibility({ visibilityProperty: true }) && !each.closest('.scroll *, svg, .hidden, .sr-only, [aria-hidden=true]'))
  .filter((each) => each.closest('#right') || !document.querySelector('.source-open') || innerWidth > 992)
  .map((each) => [each.getBoundingClientRect(), each])
  .filter(([box]) => box.width && (box.right > innerWidth + 1 || box.left < -1))
  .map(([box, each]) => `${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth} px | ${each.outerHTML.slice(0, 160)}`)
  .concat(['#left', '#right'].map((leaf) => document.querySelector(leaf))
    .filter((leaf) => leaf.scrollWidth > leaf.clientWidth + 1).map((leaf) => `${leaf.id} scrolls sideways`))"""  # noqa: E501


@pytest.mark.parametrize(("width", "height"), [(320, 640), (640, 430)], ids=["320 px", "1280 px at 200 %"])
def test_nothing_is_cut_off_where_the_page_is_magnified(
    browser: Browser, server: Server, width: int, height: int
) -> None:
    found: list[str] = []
    with reading(browser, server, "en-US", width, height) as page:

        def look(state: str) -> None:
            page.wait_for_timeout(250)
            found.extend(f"{state}: {line}" for line in page.evaluate(CUT_OFF))

        walk(page, look)
    assert found == [], "\n".join(found)


def test_at_four_hundred_percent_there_is_room_to_read(browser: Browser, server: Server) -> None:
    with reading(browser, server, "en-US", 320, 256) as page:
        ask(page, QUESTION)
        page.locator(".cite").first.scroll_into_view_if_needed()
        still = "() => [...document.querySelectorAll('#asking, .tab-wrapper')].map((e) => getComputedStyle(e).position)"
        assert "sticky" not in page.evaluate(still)


# By keyboard alone

# Where the focus is, if it is nowhere, without a ring, or behind something else.
UNSEEN = """() => {
  const element = document.activeElement;
  if (element === document.body) return 'the focus is nowhere';
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2 && outlineColor !== 'rgb(255, 255, 255)';
  const boxes = [...element.getClientRects()];
  const free = boxes.some(({ left, top, width, height }) => [.1, .5, .9].some((share) => {
    const front = document.elementFromPoint(left + width * share, top + height * share);
    return front && (element.contains(front) || front.contains(element));
  }));
  return ring && free ? '' : `${ring ? 'covered' : 'no ring'}: ${element.outerHTML.slice(0, 200)}`;
}"""


class Keyboard:
    """A reader without a mouse, who looks after every key where the focus is."""

    def __init__(self, page: Page) -> None:
        self._page = page

    def press(self, key: str, *then: Locator) -> None:
        """`then`: what has the focus afterwards."""
        self._page.keyboard.press(key)
        for locator in then:
            expect(locator).to_be_focused(timeout=15_000)
        self._page.wait_for_timeout(150)
        with suppress(TookTooLong):  # what is drawn anew takes a moment
            self._page.wait_for_function(f"({UNSEEN})() === ''", timeout=15_000)
        assert self._page.evaluate(UNSEEN) == "", key

    def go(self, target: Locator, key: str = "Tab") -> None:
        for _ in range(90):
            if target.evaluate("(element) => element === document.activeElement"):
                return
            self._page.keyboard.press(key)
            unseen = self._page.evaluate(UNSEEN)
            assert unseen in ("", "the focus is nowhere"), unseen  # between the page's end and its beginning: nowhere
        raise AssertionError(f"the keyboard does not reach {target}")

    def choose(self, target: Locator, *then: Locator) -> None:
        self.go(target)
        self.press("Enter", *then)

    def ask(self, question: str) -> Locator:
        box = self._page.locator("#question textarea")
        count = self._page.locator(".turn").count() + 1
        expect(self._page.locator("#question .submit-button")).to_be_visible()
        self.go(box)
        self._page.keyboard.type(question)
        self.press("Enter", box)
        expect(self._page.locator(".turn[data-whole]")).to_have_count(count, timeout=30_000)
        expect(box).to_be_focused()
        return self._page.locator(".turn").nth(count - 1)


def test_a_conversation_needs_no_mouse(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        keys = Keyboard(page)
        keys.ask(QUESTION)
        keys.ask("只看李沐的")
        cites = keys.ask("其他人呢？").locator(".voice .cite")
        keys.choose(cites.first, page.locator("#hit"))
        expect(page.locator(".steps")).to_contain_text("1 / ")
        keys.press("ArrowRight")
        expect(page.locator(".steps")).to_contain_text("2 / ")
        keys.press("Escape", cites.nth(1))
        keys.press("Enter", page.locator("#hit"))
        page.go_back()
        expect(cites.nth(1)).to_be_focused()
        keys.press("Enter", page.locator("#hit"))
        page.locator(".close").focus()
        keys.press("Enter", cites.nth(1))
        title = page.locator(".turn").last.locator(".voice h3 a").first
        keys.choose(title, page.locator(".reader h2"))
        keys.press("Escape", title)
        keys.choose(page.locator(".fresh"), page.locator("#question textarea"))
        keys.choose(page.locator(".suggestions a").first, page.locator("#question textarea"))


def test_choices_the_board_and_the_tabs_need_no_mouse(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        keys = Keyboard(page)
        keys.choose(page.locator(".scope summary"))
        keys.go(page.get_by_role("checkbox", name="黄文灏"))
        keys.press("Space")
        expect(page.locator(".chosen")).to_have_text("黄文灏")
        keys.choose(page.locator(".scope button[type=reset]"), page.locator(".scope button[type=reset]"))
        turn = keys.ask("这些作者怎么看微调？")
        keys.choose(turn.locator(".board summary"))
        by_date = turn.locator(".by-date")
        keys.choose(by_date, by_date)
        expect(turn.locator("[aria-sort]")).to_have_attribute("aria-sort", "descending")
        tabs = page.get_by_role("tab")
        keys.choose(tabs.first)
        keys.press("ArrowRight", tabs.nth(1))
        expect(page.get_by_role("tabpanel", name="文章与索引")).to_be_visible()
        keys.press("ArrowRight", tabs.nth(2))
        expect(page.get_by_role("tabpanel", name="地图")).to_be_visible()
        keys.press("ArrowRight", tabs.nth(3))
        expect(page.get_by_role("tabpanel", name="核对引文")).to_be_visible()
        keys.press("ArrowRight", tabs.nth(0))
        keys.go(page.locator(".language"))
        page.keyboard.press("Enter")
        expect(page.locator("#masthead h1")).to_have_text("Yuanhua")
        expect(page.locator("#question textarea")).to_be_focused()


def test_essays_are_edited_removed_and_rebuilt_without_a_mouse(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        keys = Keyboard(page)
        row, title = essay_row(page), page.locator("tr.editing").get_by_label("标题")
        edit, remove = row.locator(".edit"), row.locator(".remove")
        keys.choose(page.get_by_role("tab").nth(1))
        keys.choose(edit, title)
        keys.press("Escape", edit)
        keys.press("Enter", title)
        keys.choose(page.locator("tr.editing .cancel"), edit)
        keys.press("Enter", title)
        keys.press("Enter", edit)  # saves
        expect(page.locator(".status .note")).to_contain_text("已保存")
        keys.choose(remove, page.locator(".undo"))
        keys.press("Enter", remove)
        expect(page.locator(".status .note")).to_contain_text("已放回原处")
        rebuild = page.locator("#rebuild")
        keys.choose(rebuild, rebuild)
        expect(page.locator(".status .done")).to_be_visible(timeout=60_000)
        expect(rebuild).to_be_focused()


def test_a_rebuild_is_stopped_without_a_mouse(browser: Browser, server: Server) -> None:
    essay = server[1] / "long.txt"
    with reading(browser, server) as page:
        keys = Keyboard(page)
        essay.write_text(
            "\n\n".join(f"第{n}天，园里下雨，我在第{n * 7}棵树下记账。" for n in range(900)), encoding="utf-8"
        )
        try:
            keys.choose(page.get_by_role("tab").nth(1))
            keys.choose(page.locator("#rebuild"), page.locator("#rebuild"))
            expect(page.locator("progress[max]")).to_be_visible(timeout=120_000)
            stop = page.locator(".stop-job")
            keys.go(stop)
            page.wait_for_timeout(1_200)  # the numbers go on, and the button stays the same one
            expect(stop).to_be_focused()
            keys.press("Enter")
            expect(stop).to_have_count(0, timeout=60_000)
            expect(page.locator("#rebuild")).to_be_focused()
        finally:
            essay.unlink()
        expect(page.locator("progress")).to_have_count(0, timeout=60_000)
        page.locator("#rebuild").press("Enter")
        expect(page.locator(".status")).to_contain_text("索引是最新的", timeout=60_000)


# Where the focus comes by, with what is needed to say whether that is how the page is read.
STOP = """() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const leaf = element.closest('#left, #right');
  const still = Boolean(element.closest('#asking, .tab-wrapper, .bar'));
  return [leaf ? leaf.id : 'head', still ? null : Math.round(element.getBoundingClientRect().top + leaf?.scrollTop)];
}"""


def test_tab_goes_through_the_page_as_it_is_read_and_out_of_it(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        page.wait_for_function("document.querySelector('#scope details')")
        turn = ask(page, QUESTION)
        turn.locator(".cite").first.press("Enter")
        expect(page.locator("#hit")).to_be_focused(timeout=15_000)
        page.locator(".language").focus()
        stops: list[tuple[str, int | None]] = [("head", None)]
        for _ in range(90):
            page.keyboard.press("Tab")
            stop = page.evaluate(STOP)
            if stop is None:
                break
            stops.append((stop[0], stop[1] if stop[0] != "head" else None))
        else:
            raise AssertionError("Tab never leaves the page")
    leaves = [leaf for leaf, _ in stops]
    assert leaves == sorted(leaves, key=("head", "left", "right").index)
    for leaf in ("left", "right"):
        heights = [height for place, height in stops if place == leaf and height is not None]
        assert all(after > before - 30 for before, after in pairwise(heights)), heights


@pytest.mark.parametrize("essay", ["with its sentence", "whole"])
def test_on_a_phone_the_keyboard_is_where_the_eye_is(browser: Browser, server: Server, essay: str) -> None:
    with reading(browser, server, width=PHONE) as page:
        keys = Keyboard(page)
        turn = keys.ask(QUESTION)
        link = turn.locator(".cite" if essay == "with its sentence" else ".voice h3 a").first
        keys.choose(link, page.locator("#hit" if essay == "with its sentence" else ".reader h2"))
        page.wait_for_timeout(300)
        for _ in range(12):
            page.keyboard.press("Tab")
            assert page.evaluate("!document.activeElement.closest('#left')")
        page.locator(".close").focus()
        keys.press("Enter", link)


# By ear


def listen(page: Page) -> None:
    """From now on, what a screen reader says by itself is kept."""
    page.evaluate(
        """() => {
          window.said = [];
          new MutationObserver(() => { const text = document.querySelector('#said').textContent; if (text) said.push(text); })
            .observe(document.querySelector('#said'), { childList: true });
        }"""  # noqa: E501
    )


def test_what_changes_by_itself_is_said_once_and_briefly(browser: Browser, server: Server) -> None:
    with reading(browser, server) as page:
        listen(page)
        turn = ask(page, QUESTION)
        page.wait_for_function("said.at(-1)?.startsWith('已作答')")
        said = page.evaluate("said")
        essays = turn.locator(".voice").count()
        assert said[-1] == f"已作答，摘自 {essays} 篇文章"
        assert said.count(said[-1]) == 1
        assert len(said) <= 4  # the encoder is loaded, essays are searched and read, and that is the answer
        assert turn.locator("[aria-live], [role=status], [role=alert]").count() == 0
        ask(page, UNANSWERED)
        page.wait_for_function("said.at(-1) === '这些文章没有谈到这个问题'")
        expect_another(page, "垂直不等于偏科")
        page.wait_for_function("/没有引用，停在/.test(said.at(-1))")
        page.locator(".copy").last.click()
        page.wait_for_function("said.at(-1) === '已复制'")


def test_of_a_rebuild_each_step_is_said_and_not_each_number(browser: Browser, server: Server) -> None:
    essay = server[1] / "ledger.txt"
    essay.write_text("\n\n".join(f"第{n}天，茶园里下着雨，我记了一笔账。" for n in range(300)), encoding="utf-8")
    with reading(browser, server) as page:
        open_corpus(page)
        expect(page.locator("tr.new")).to_contain_text(essay.name)
        listen(page)
        page.locator("#rebuild").click()
        page.wait_for_function("said.at(-1)?.startsWith('完成：7 篇')", timeout=60_000)
        said = page.evaluate("said")
        essay.unlink()
        page.locator("#rebuild").click()
        expect(page.locator(".status .done")).to_contain_text("6 篇文章", timeout=60_000)
    assert len(said) == len(set(said)) <= 7, said
    assert "编码" in said


@pytest.mark.parametrize("width", [1360, PHONE])
def test_the_page_has_landmarks_and_headings_in_order(browser: Browser, server: Server, width: int) -> None:
    with reading(browser, server, width=width) as page:
        expect(page.get_by_role("banner")).to_have_count(1)
        expect(page.get_by_role("main")).to_have_count(1)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.get_by_role("navigation", name="可以这样问")).to_be_visible(timeout=60_000)
        if width > PHONE:
            expect(page.get_by_role("complementary", name="原文")).to_be_visible()
        turn = ask(page, QUESTION)
        turn.locator(".cite").first.click()
        expect(page.get_by_role("complementary").get_by_role("navigation", name="出处")).to_be_visible()
        page.locator(".close").click()
        for tab in range(4):
            page.get_by_role("tab").nth(tab).click()
            expect(page.get_by_role("main").get_by_role("heading", level=2).first).to_be_attached()
            headings = page.locator("h1, h2, h3").filter(visible=True).all()
            levels = [int(heading.evaluate("(heading) => heading.localName[1]")) for heading in headings]
            assert all(after <= before + 1 for before, after in pairwise(levels)), levels


NAMES = """() => [...document.querySelectorAll('button, input, textarea, summary, [role=tab]')]
  .filter((each) => (each.checkVisibility() || each.type === 'file') && !each.closest('[aria-hidden=true]') && !each.closest('[lang] [lang]'))
  .map((each) => each.getAttribute('aria-label') || each.labels?.[0]?.innerText || each.innerText)"""  # noqa: E501


@pytest.mark.parametrize(("locale", "own"), [("zh-CN", r"[㐀-鿿]"), ("en-US", r"^[^㐀-鿿]+$")], ids=["zh", "en"])
def test_every_control_is_named_in_the_language_of_the_page(
    browser: Browser, server: Server, locale: str, own: str
) -> None:
    with reading(browser, server, locale) as page:
        names: list[str] = page.evaluate(NAMES)
        ask(page, QUESTION)
        names += page.evaluate(NAMES)
        open_corpus(page)
        essay_row(page).locator(".edit").click()
        expect(page.locator("#upload button")).to_have_accessible_name(re.compile("加入文件|Add files"))
        names += page.evaluate(NAMES)
    assert len(names) > 20
    assert [name for name in names if not re.search(own, name) and HOSTILE_NAME not in name] == []


# Texts in Chinese that a screen reader would read as English.
MISREAD = """() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    const shown = parentElement.checkVisibility() && !parentElement.closest('.understood, svg');
    if (shown && /[㐀-鿿]{2}/.test(data) && !parentElement.closest('[lang]').lang.startsWith('zh')) found.push(data);
  }
  return found;
}"""


def test_chinese_on_the_english_page_is_marked_as_chinese_and_the_other_way_round(
    browser: Browser, server: Server
) -> None:
    with reading(browser, server, "en-US") as page:
        found: list[str] = page.evaluate(MISREAD)
        ask(page, QUESTION).locator(".board summary").click()
        page.locator(".cite").first.click()
        expect(page.locator("#hit")).to_be_visible()
        found += page.evaluate(MISREAD)
        page.locator(".close").click()
        ask(page, UNANSWERED)
        found += page.evaluate(MISREAD)
        open_map(page)
        found += page.evaluate(MISREAD)
        open_corpus(page)
        found += page.evaluate(MISREAD)
    assert [text for text in found if text != HOSTILE] == [], found  # that one is mostly English
    with reading(browser, server) as page:
        expect(ask(page, "What about data?").locator("h2 bdi")).to_have_attribute("lang", "en")
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


# Their own colours, and no motion


def test_without_our_colours_the_sentence_and_the_focus_are_still_marked_and_nothing_moves(
    browser: Browser, server: Server
) -> None:
    with reading(browser, server, width=PHONE, plain=True) as page:
        keys = Keyboard(page)
        turn = keys.ask(QUESTION)
        keys.choose(turn.locator(".cite").first, page.locator("#hit"))
        assert page.evaluate("document.getAnimations().length") == 0
        paint = "(mark) => [mark, mark.parentElement].map((e) => getComputedStyle(e).backgroundColor)"
        behind, around = page.locator("#hit").evaluate(paint)
        assert behind not in (around, "rgba(0, 0, 0, 0)")
        keys.press("Tab")
