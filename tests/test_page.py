"""The page in a real browser: ask, check a citation, add an essay, rebuild; and nothing leaves the machine."""

import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request, expect, sync_playwright

from tests.bench_scale import write_essays
from tests.conftest import HOSTILE, HOSTILE_NAME, ROOT, serving

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium (on Debian: apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
]
QUESTION = "这些作者怎么看数据质量？"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def _context(browser: Browser, locale: str, width: int) -> BrowserContext:
    context = browser.new_context(locale=locale, viewport={"width": width, "height": 860})
    context.set_default_timeout(60_000)
    return context


@pytest.fixture
def page(request: pytest.FixtureRequest, browser: Browser, server: tuple[str, Path]) -> Iterator[Page]:
    """A fresh reader, Chinese on a wide screen unless the test says (locale, width); any request to another host, any
    dialog that the page did not ask for and any error in the console fail the test."""
    locale, width = getattr(request, "param", ("zh-CN", 1360))
    wrong: list[str] = []
    context = _context(browser, locale, width)
    page = context.new_page()

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    def requested(request: Request) -> None:
        if not request.url.startswith((server[0], "data:", "blob:")):
            wrong.append(f"request: {request.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", requested)
    page.goto(server[0])
    expect(page.locator(".welcome, .turn").first).to_be_visible()
    yield page
    context.close()
    assert wrong == []


def ask(page: Page, question: str) -> None:
    box = page.locator("#question textarea")
    turns = page.locator(".turn").count()
    box.fill(question)
    box.press("Enter")
    expect(page.locator(".turn")).to_have_count(turns + 1)
    expect(page.locator(".turn").last.and_(page.locator("[data-whole]"))).to_be_visible()


IN_VIEW = """() => {
  const hit = document.querySelector('#hit').getBoundingClientRect();
  const leaf = document.querySelector('#right').getBoundingClientRect();
  const below = Math.min(leaf.bottom, innerHeight);
  return leaf.left >= 0 && leaf.right <= innerWidth && hit.top >= leaf.top && hit.bottom <= below;
}"""


both = pytest.mark.parametrize(
    "page", [("zh-CN", 1360), ("zh-CN", 390), ("en-US", 1360)], indirect=True, ids=["zh-wide", "zh-phone", "en-wide"]
)


@both
def test_the_second_citation_opens_its_essay_with_the_sentence_marked(page: Page) -> None:
    ask(page, QUESTION)
    citation = page.locator(".cite").nth(1)
    quoted = citation.locator("xpath=preceding-sibling::span").inner_text()
    citation.click()
    expect(page.locator("#hit")).to_be_visible()
    expect(page.locator("#hit")).to_be_focused()
    assert "".join(page.locator("mark:not(.also)").all_inner_texts()) == quoted.replace("\n", "")
    page.wait_for_function(IN_VIEW)
    expect(page.locator(".reader .exact")).to_be_visible()
    expect(page.locator(".reader .digest")).to_be_visible()  # the sample essays are not the authors' own words
    place = parse_qs(page.url.partition("#")[2])
    assert place["q"] == [QUESTION]
    assert place["d"][0].endswith(".md")


@pytest.mark.parametrize("page", [("zh-CN", 390)], indirect=True)
def test_on_a_phone_the_back_button_returns_to_the_answer(page: Page) -> None:
    ask(page, QUESTION)
    expect(page.locator("#right")).to_be_hidden()
    page.locator(".cite").first.click()
    expect(page.locator(".reader")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.go_back()
    expect(page.locator("#right")).to_be_hidden()
    expect(page.locator(".cite").first).to_be_visible()


def test_the_keyboard_alone_opens_a_citation(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".cite").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_be_focused()


def test_a_link_reopens_the_answer_and_the_passage(page: Page, browser: Browser) -> None:
    ask(page, QUESTION)
    page.locator(".cite").nth(1).click()
    expect(page.locator("#hit")).to_be_visible()
    marked = page.locator("#hit").inner_text()
    context = _context(browser, "zh-CN", 1360)
    other = context.new_page()
    other.goto(page.url)
    expect(other.locator(".turn h2")).to_have_text(QUESTION)
    expect(other.locator("#hit")).to_have_text(marked)
    context.close()


def test_silence_is_said_and_the_nearest_passages_are_no_answer(page: Page) -> None:
    ask(page, "北京今天的天气怎么样？")
    expect(page.locator(".verdict")).to_have_text("这些文章没有谈到这个问题")
    expect(page.locator(".near")).to_have_count(3)
    expect(page.locator(".cite")).to_have_count(0)
    page.locator(".near a").first.click()
    expect(page.locator("#hit")).to_be_visible()


def test_what_is_typed_while_an_answer_is_on_its_way_stays(page: Page) -> None:
    box = page.locator("#question textarea")
    box.fill(QUESTION)
    box.press("Enter")
    expect(box).to_have_value("")
    box.press_sequentially("下一个问题")
    expect(page.locator(".voice").first).to_be_visible()
    page.wait_for_timeout(500)
    expect(box).to_have_value("下一个问题")


def test_the_back_button_returns_to_the_question_before(page: Page) -> None:
    ask(page, QUESTION)
    ask(page, "北京今天的天气怎么样？")
    page.go_back()
    expect(page.locator(".turn h2").first).to_be_in_viewport()
    expect(page.locator(".turn")).to_have_count(2)


def expect_another(page: Page, sentence: str) -> Locator:
    """Ask the last answer, with the keyboard alone, what became of a sentence; what it says."""
    why = page.locator(".why").last
    if why.get_attribute("open") is None:
        why.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    box = why.get_by_label(re.compile("你期待的句子|you expected"))
    expect(box).to_be_focused()
    box.fill(sentence)
    page.keyboard.press("Enter")
    expect(why.locator(".traced .verdict")).to_be_visible()
    return why.locator(".traced")


@both
def test_an_expected_sentence_is_followed_through_every_step_and_opens_in_its_essay(page: Page) -> None:
    ask(page, QUESTION)
    traced = expect_another(page, "垂直不等于偏科")
    expect(traced.locator(".verdict")).to_have_text(re.compile("停在“挑选”|lost at “selection”"))
    expect(traced.locator("li")).to_have_count(6)
    expect(traced.locator(".verdict")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    traced.locator("a.place").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_be_focused()
    expect(page.locator("#hit")).to_have_text("垂直不等于偏科")
    page.wait_for_function(IN_VIEW)
    page.go_back()
    expect(traced.locator("li")).to_have_count(6)


def test_an_expected_sentence_belongs_to_its_own_answer_and_stays_there(page: Page) -> None:
    ask(page, "李沐怎么看数据质量？")
    expect(expect_another(page, "數據定上限,算法定下限").locator(".verdict")).to_have_text("已经引用，就是出处 [1]。")
    ask(page, "北京今天的天气怎么样？")
    expect(page.locator(".traced").first.locator(".verdict")).to_have_text("已经引用，就是出处 [1]。")
    expect(page.locator(".why").last).not_to_have_attribute("open", "")
    expect(expect_another(page, "数据定上限").locator(".verdict")).to_contain_text(re.compile("停在“(能否作答|检索)”"))
    expect(page.locator(".traced").first.locator(".verdict")).to_have_text("已经引用，就是出处 [1]。")


def test_a_sentence_that_is_nowhere_is_one_line_and_the_nearest_can_be_taken_instead(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    ask(page, QUESTION)
    for sentence, said in (("", "还没有写下"), ("问" * 100_000, "100,000 个字"), (HOSTILE * 2, "没有哪篇文章有这句话")):
        traced = expect_another(page, sentence)
        expect(traced.locator(".verdict")).to_contain_text(said)
    hostile = expect_another(page, HOSTILE)
    expect(hostile.locator(".place")).to_contain_text("<script>alert(1)</script>")
    assert page.locator("#left img, #left script").count() == 0
    traced = expect_another(page, "数据定上限，算法只决定下限")
    expect(traced.locator(".place")).to_contain_text("数据定上限，算法定下限")
    traced.get_by_role("button", name="改查这一句").press("Enter")
    expect(traced.locator("li")).to_have_count(6)
    expect(page.locator(".why textarea")).to_have_value(re.compile("总结里对数据的判断很明确"))


def test_an_empty_question_changes_nothing(page: Page) -> None:
    page.locator("#question textarea").fill("   ")
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".welcome")).to_be_visible()


def test_hostile_text_names_and_questions_stay_text(page: Page) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    ask(page, f"紫砂壶养壶的窍门是什么？{HOSTILE}")
    expect(page.locator(".turn h2")).to_contain_text("<script>alert(1)</script>")
    voice = page.locator(".voice", has_text="天天用它泡茶").first
    expect(voice).to_contain_text("${alert(1)} {{7*7}}")
    voice.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_focused()
    expect(page.locator(".essay")).to_contain_text(HOSTILE)
    page.get_by_role("tab").nth(1).click()
    expect(page.locator(".corpus")).to_contain_text(HOSTILE_NAME)
    assert page.locator("#left img, #right img, #left script, #right script").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_upload_rebuild_ask_remove(page: Page, server: tuple[str, Path], tmp_path: Path) -> None:
    seeds = server[1]
    first, second = tmp_path / "calligraphy.txt", tmp_path / "broken.txt"
    first.write_text("磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n", encoding="utf-8")
    second.write_bytes(bytes(range(256)) * 20)
    page.get_by_role("tab").nth(1).click()
    upload = page.locator("#upload input[type=file]")
    upload.set_input_files(str(second))
    expect(page.locator(".status .note")).to_contain_text("broken.txt：不是 UTF-8")
    assert not (seeds / "broken.txt").exists()

    upload.set_input_files(str(first))
    expect(page.locator(".status .note")).to_contain_text("calligraphy.txt")
    expect(page.locator(".status .behind")).to_contain_text("1")
    expect(page.locator("tr.new")).to_contain_text("calligraphy.txt")
    page.locator("#rebuild").click()
    expect(page.locator(".status .done")).to_contain_text("7")
    expect(page.locator("tr.new")).to_have_count(0)

    page.get_by_role("tab").nth(0).click()
    ask(page, "磨墨为什么要慢？")
    expect(page.locator(".turn").last.locator("blockquote").first).to_contain_text("磨墨要慢，心急的人磨不出好墨")

    page.get_by_role("tab").nth(1).click()
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("button.remove[data-name='calligraphy.txt']").click()
    expect(page.locator(".status .note")).to_contain_text("calligraphy.txt")
    assert (seeds / ".removed" / "calligraphy.txt").is_file()
    page.get_by_role("tab").nth(0).click()
    ask(page, "磨墨为什么要慢？")
    expect(page.locator(".turn").last).not_to_contain_text("心急的人")
    page.get_by_role("tab").nth(1).click()
    page.locator("#rebuild").click()
    expect(page.locator(".status .done")).to_contain_text("6")


def test_an_archive_is_taken_and_removed_whole_and_an_essay_in_it_says_what_it_was(
    page: Page, server: tuple[str, Path], tmp_path: Path
) -> None:
    known = next(path for path in sorted(server[1].glob("*.md")) if path.name != HOSTILE_NAME)
    pack = tmp_path / "pack.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("z.md", known.read_bytes())
        archive.writestr(
            "ink.html", "<html><body><p>磨墨要慢，心急的人磨不出好墨。写字之前先静一静。</p></body></html>"
        )
    page.get_by_role("tab").nth(1).click()
    page.locator("#upload input[type=file]").set_input_files(str(pack))
    expect(page.locator(".status .note")).to_contain_text("pack.zip")
    expect(page.locator("tr.new")).to_contain_text("pack.zip/ink.html")
    expect(page.locator("tr.twin")).to_contain_text(f"内容同 {known.name}")
    page.locator("#rebuild").click()
    expect(page.locator(".status .done")).to_contain_text("7")
    page.evaluate("location.hash = '#d=pack.zip/ink.html'")
    expect(page.locator(".reader header")).to_contain_text("从 pack.zip/ink.html 里提取的文字")
    page.on("dialog", lambda dialog: dialog.accept())
    page.locator("tr.twin button.remove").click()
    expect(page.locator(".status .behind")).to_contain_text("移走 2")
    expect(page.locator("tr.twin, tr.new")).to_have_count(0)
    page.locator("#rebuild").click()
    expect(page.locator(".status .done")).to_contain_text("6")


def test_every_reader_sees_a_rebuild_and_a_second_one_waits(
    page: Page, browser: Browser, server: tuple[str, Path]
) -> None:
    seeds = server[1]
    (seeds / "long.txt").write_text(
        "\n\n".join(f"第{n}天，茶园里下着雨，我在第{n * 7}棵树下记了一笔账。" for n in range(400)), encoding="utf-8"
    )
    ask(page, QUESTION)
    page.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_visible()
    page.get_by_role("tab").nth(1).click()
    page.locator("#rebuild").click()
    expect(page.locator("progress[max]")).to_be_visible()
    context = _context(browser, "en-US", 1360)
    other = context.new_page()
    other.goto(server[0])
    other.get_by_role("tab").nth(1).click()
    expect(other.locator("progress")).to_be_visible()
    other.locator("#rebuild").click()
    expect(other.locator(".status .note")).to_contain_text("A rebuild is running", timeout=20_000)
    expect(page.locator(".status .done")).to_be_visible(timeout=120_000)
    expect(other.locator(".status .done")).to_be_visible()
    expect(page.locator("#hit")).to_be_visible()  # the rebuild took nothing from the reader's hands
    (seeds / "long.txt").unlink()
    context.close()


def test_the_language_can_be_switched_and_the_question_comes_along(page: Page) -> None:
    ask(page, QUESTION)
    page.locator(".language").click()
    expect(page.locator(".turn h2")).to_have_text(QUESTION)
    expect(page.locator("#masthead h1")).to_have_text("Yuanhua")
    assert re.search(r"/en/#q=", page.url)
    assert page.locator("html").get_attribute("lang") == "en"


def whole(page: Page, count: int) -> Locator:
    """The last of so many turns, when its answer is complete."""
    expect(page.locator(".turn[data-whole]")).to_have_count(count)
    return page.locator(".turn").nth(count - 1)


def say(page: Page, text: str) -> Locator:
    count = page.locator(".turn").count() + 1
    page.locator("#question textarea").fill(text)
    page.locator("#question textarea").press("Enter")
    return whole(page, count)


def test_a_question_may_follow_the_one_before(page: Page) -> None:
    say(page, QUESTION)
    only = say(page, "只看李沐的")
    expect(only.locator(".understood")).to_have_text(f"接着上文，查的是：{QUESTION}（只查李沐）")
    assert "a=%E6%9D%8E%E6%B2%90" in page.url
    expect(only.locator(".voice")).to_have_count(1)
    others = say(page, "其他人呢？")
    expect(others.locator(".understood")).to_contain_text("（不查")
    assert others.locator(".voice").count() > 1
    assert "李沐" not in "".join(others.locator(".voice header").all_inner_texts())


@pytest.mark.parametrize("page", [("en-US", 1360)], indirect=True, ids=["en-wide"])
def test_what_was_said_before_is_not_said_again(page: Page) -> None:
    first = say(page, "What do these authors think about data quality?")
    said = set(first.locator(".voice .words").all_inner_texts())
    more = say(page, "What else?")
    assert not said & set(more.locator(".voice .words").all_inner_texts())


def test_the_conversation_outlives_a_reload_and_can_be_begun_anew(page: Page) -> None:
    say(page, QUESTION)
    second = say(page, "其他人呢？").inner_text()
    page.reload()
    assert whole(page, 2).inner_text() == second
    expect(page.locator(".turn h2").first).to_have_text(QUESTION)
    expect(page.locator(".turn").nth(1).locator("h2")).to_be_in_viewport()
    page.locator(".fresh").click()
    expect(page.locator(".welcome")).to_be_visible()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_only_the_chosen_essays_are_asked_and_the_link_says_so(page: Page, browser: Browser) -> None:
    page.locator(".scope summary").click()
    page.get_by_role("checkbox", name="黄文灏").check()
    expect(page.locator(".chosen")).to_have_text("黄文灏")
    turn = say(page, QUESTION)
    expect(turn.locator(".understood")).to_have_text("只查黄文灏")
    expect(turn.locator(".voice")).to_have_count(1)
    context = _context(browser, "zh-CN", 1360)
    other = context.new_page()
    other.goto(page.url)
    assert whole(other, 1).inner_text() == turn.inner_text()
    context.close()
    page.locator(".scope button[type=reset]").click()
    expect(page.locator(".chosen")).to_have_text("全部文章")
    assert say(page, QUESTION).locator(".voice").count() > 1


def test_a_time_in_which_nobody_wrote_is_said_to_be_empty(page: Page) -> None:
    page.locator(".scope summary").click()
    page.locator(".scope input[name=to]").fill("1999")
    expect(page.locator(".chosen")).to_have_text("到 1999 年为止的文章")
    expect(say(page, QUESTION).locator(".verdict")).to_have_text("没有符合条件的文章")


def test_an_answer_is_copied_with_its_sources(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = say(page, QUESTION)
    first = turn.locator(".voice .words").first.inner_text()
    turn.get_by_role("button", name="复制为 Markdown").click()
    expect(turn.get_by_role("button", name="已复制")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"> {first} [^1]" in copied
    assert re.search(r"^\[\^1\]: .*《.*》，.*\.md，第 \d+–\d+ 字", copied, re.MULTILINE)
    turn.get_by_role("button", name="复制为脚注").click()
    assert f"“{first}” [1]" in page.evaluate("navigator.clipboard.readText()")
    turn.get_by_role("button", name="复制链接").click()
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_the_board_shows_who_says_what_and_sorts_by_date(page: Page) -> None:
    turn = say(page, "这些作者怎么看微调？")
    turn.locator(".board summary").click()
    rows = turn.locator(".board tbody tr")
    assert rows.count() >= 5
    silent = turn.locator(".board tr.silent")
    assert rows.count() - silent.count() == turn.locator(".voice").count()
    expect(silent.first).to_contain_text("没有谈到")

    def dates() -> list[str]:
        return [date for date in turn.locator(".board tbody td:nth-child(2)").all_inner_texts() if date != "–"]

    as_answered = dates()
    turn.locator(".by-date").click()
    assert dates() == sorted(as_answered, reverse=True)
    turn.locator(".by-date").click()
    assert dates() == sorted(as_answered)
    turn.locator(".by-date").click()
    assert dates() == as_answered
    silent.first.locator(".place").click()
    expect(page.locator("#hit")).to_be_in_viewport()


def test_the_arrow_keys_go_from_source_to_source(page: Page) -> None:
    turn = say(page, QUESTION)
    cites = turn.locator(".voice .cite")
    cites.first.click()
    expect(page.locator(".steps")).to_contain_text(f"1 / {cites.count()}")
    for n in range(2, cites.count() + 1):
        page.keyboard.press("ArrowRight")
        expect(page.locator(".steps")).to_contain_text(f"{n} / ")
        expect(page.locator("#hit")).to_be_focused()
        expect(cites.nth(n - 1)).to_have_attribute("aria-current", "true")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".steps")).to_contain_text(f"{cites.count() - 1} / ")


def test_the_other_excerpts_of_an_essay_are_marked_fainter(page: Page) -> None:
    turn = say(page, QUESTION)
    voice = turn.locator(".voice:has(.cite ~ .cite, blockquote + blockquote)").first
    quotes = voice.locator(".words").all_inner_texts()
    voice.locator(".cite").first.click()
    expect(page.locator("mark.also")).to_have_count(len(quotes) - 1)
    assert page.locator("mark.also").first.inner_text() in quotes[1:]


def test_questions_that_these_essays_answer_are_suggested(page: Page) -> None:
    link = page.locator(".suggestions a").first
    expect(link).to_be_visible(timeout=60_000)
    text = link.inner_text()
    link.click()
    turn = whole(page, 1)
    expect(turn.locator("h2")).to_have_text(text)
    expect(turn.locator(".voice").first).to_be_visible()
    expect(link).to_be_hidden()


def test_an_essay_is_edited_in_its_line_and_a_removal_is_undone(page: Page, server: tuple[str, Path]) -> None:
    seeds = server[1]
    page.get_by_role("tab").nth(1).click()
    page.locator("#rebuild").click()
    expect(page.locator(".status")).to_contain_text("索引是最新的", timeout=60_000)
    row = page.locator(".corpus tr").filter(has_text="thoughts-on-llm.md")
    row.get_by_role("button", name="编辑").click()
    form = page.locator("tr.editing form")
    expect(form.get_by_label("标题")).to_be_focused()
    form.get_by_label("作者").fill("无名氏")
    form.get_by_label("日期").fill("昨天")
    page.keyboard.press("Enter")
    expect(page.locator(".status .note")).to_contain_text("“昨天”不是日期")
    row.get_by_role("button", name="编辑").click()
    form.get_by_label("作者").fill("无名氏")
    page.keyboard.press("Enter")
    expect(page.locator(".status .note")).to_contain_text("已保存 thoughts-on-llm.md")
    expect(row).to_contain_text("无名氏")
    expect(row).to_contain_text("已改动")
    assert 'author = "无名氏"' in (seeds / "essays.toml").read_text(encoding="utf-8")
    page.get_by_role("tab").first.click()
    expect(page.locator("#behind")).to_contain_text("索引还没有跟上", timeout=30_000)
    page.get_by_role("button", name="去重建索引").click()
    (seeds / "essays.toml").unlink()
    page.on("dialog", lambda dialog: dialog.accept())
    row.get_by_role("button", name="移走").click()
    expect(page.locator(".status .behind")).to_contain_text("移走 1")
    page.locator(".status .undo").click()
    expect(page.locator(".status .note")).to_contain_text("已放回原处")
    expect(page.locator(".status")).to_contain_text("索引是最新的")
    expect(row).to_contain_text("已索引")


def test_an_answer_can_be_stopped_and_another_asked(browser: Browser, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(tmp_path, program="tests.slow") as address:
        context = _context(browser, "zh-CN", 1360)
        page = context.new_page()
        page.goto(address)
        page.locator("#question textarea").fill(QUESTION)
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn .note")).to_contain_text("正在", timeout=60_000)
        page.get_by_role("button", name="停止").click()
        expect(page.locator(".turn .note")).to_have_text("已停止，这个问题没有作答。")
        expect(page.locator(".turn h2")).to_have_text(QUESTION)
        expect(page.get_by_role("button", name="提问", exact=True)).to_be_visible()
        page.wait_for_timeout(9000)
        expect(page.locator(".voice")).to_have_count(0)  # what was stopped does not come after all
        page.locator("#question textarea").fill("这些作者怎么看算力？")
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn[data-whole] h2")).to_have_text("这些作者怎么看算力？", timeout=60_000)
        expect(page.locator(".turn")).to_have_count(2)
        context.close()


@both
def test_an_essay_that_has_changed_since_says_so_instead_of_exact(page: Page, server: tuple[str, Path]) -> None:
    ask(page, QUESTION)
    page.locator(".voice .cite").first.click()
    expect(page.locator(".reader .exact")).to_be_visible()
    name = parse_qs(page.url.partition("#")[2])["d"][0]
    path = server[1] / name
    before = path.read_bytes()
    try:
        path.write_bytes(before.replace("。".encode(), "！".encode(), 1))
        page.reload()
        expect(page.locator(".reader .warning")).to_be_visible()
        expect(page.locator(".reader .exact")).to_have_count(0)
        expect(page.locator(".turn .note").last).to_contain_text(re.compile("1 篇文章|1 of the essays"))
    finally:
        path.write_bytes(before)
    page.reload()
    expect(page.locator(".reader .exact")).to_be_visible()


@pytest.mark.parametrize(("locale", "width"), [("zh-CN", 390), ("en-US", 1360)])
def test_a_rebuild_says_how_far_it_is_outlives_a_reload_and_can_be_stopped(
    browser: Browser, tmp_path: Path, locale: str, width: int
) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(tmp_path) as address:
        context = _context(browser, locale, width)
        page = context.new_page()
        page.goto(address)
        write_essays(tmp_path / "seeds" / "made up", 200, 320)
        page.get_by_role("tab").nth(1).click()
        page.locator("#rebuild").click()
        running = page.locator(".status .by")
        expect(running).to_contain_text(
            re.compile(r"\d / [\d,]+ · (每秒|[\d.,]+ a second).*(还需约|left)"), timeout=60_000
        )
        page.reload()
        page.get_by_role("tab").nth(1).click()
        expect(running).to_contain_text(re.compile(r"\d / [\d,]+"))
        page.get_by_role("button", name=re.compile("停止重建|Stop the rebuild")).click()
        expect(page.locator(".status")).to_contain_text(
            re.compile("重建已停止|The rebuild was stopped"), timeout=60_000
        )
        expect(page.locator(".status .behind")).to_be_visible()
        context.close()
