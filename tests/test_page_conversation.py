"""The conversation in a real browser: asked, followed up, narrowed, stopped, copied, taken up again."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser import Reader, Server, ask, fits, in_browser, like, place, put_down, reading, whole
from tests.conftest import ROOT, serving
from tests.slow import SECONDS

pytestmark = in_browser
BYLINES = {
    "li-mu-talk.md": ("李沐", "2024-08-24"),
    "llm-internship-doubts.md": ("", "2024-07-18"),
    "nlp-research-directions.md": ("", ""),
    "one-year-of-large-models.md": ("黄文灏", ""),
    "thoughts-on-llm.md": ("", "2023-10-15"),
}

# Every state that the newest turn is seen in: how many essays have spoken, and whether that is all.
WATCH = """() => {
  window.states = [];
  new MutationObserver(() => {
    const turn = [...document.querySelectorAll('.turn')].at(-1);
    const now = turn && [turn.querySelectorAll('.voice').length, 'whole' in turn.dataset];
    if (now && String(now) !== String(states.at(-1))) states.push(now);
  }).observe(document.querySelector('#thread'), { childList: true, subtree: true, attributes: true });
}"""


def test_an_answer_grows_essay_by_essay(page: Page, reader: Reader) -> None:
    page.evaluate(WATCH)
    voices = ask(page, reader.says("quality")).locator(".voice").count()
    states = page.evaluate("states")
    assert states[0] == [0, False]  # the question stands there at once
    assert states[-1] == [voices, True]
    assert states == sorted(states)
    assert {spoken for spoken, _ in states} & set(range(1, voices)), states
    assert fits(page)


def test_an_answer_is_quotations_of_essays_with_author_title_and_date(
    page: Page, reader: Reader, server: Server
) -> None:
    turn = ask(page, reader.says("quality"))
    cites = turn.locator(".voice .cite")
    assert cites.all_inner_texts() == [str(n) for n in range(1, cites.count() + 1)]
    known = 0
    for voice in turn.locator(".voice").all():
        name = re.findall(r"d=([^&]+)", voice.locator(".cite").first.get_attribute("href") or "")[0]
        if name not in BYLINES:
            continue
        known += 1
        text = (server[1] / name).read_text(encoding="utf-8")
        for quotation in voice.locator("blockquote").all():
            assert quotation.locator(".words").inner_text() in text
            expect(quotation.locator(".cite")).to_have_count(1)
        author, date = BYLINES[name]
        title = re.findall(r"^title: (.*)$", text, re.MULTILINE)[0]
        expect(voice.locator("h3")).to_have_text(title)
        expect(voice.locator("header p")).to_contain_text(author or reader.words["unknown_author"])
        expect(voice.locator("header p")).to_contain_text(date)
    assert known == len(BYLINES)


def test_silence_is_said_and_the_nearest_passages_are_no_answer(page: Page, reader: Reader) -> None:
    turn = ask(page, reader.says("capital"))
    expect(turn.locator(".verdict")).to_have_text(reader.words["silent"])
    expect(turn.locator(".near")).to_have_count(3)
    expect(turn.locator(".cite")).to_have_count(0)
    turn.locator(".near a").first.click()
    expect(page.locator("#hit")).to_be_visible()


def test_an_empty_question_changes_nothing(page: Page) -> None:
    page.locator("#question textarea").fill("   ")
    page.locator("#question textarea").press("Enter")
    expect(page.locator("#question textarea")).to_have_value("")
    expect(page.locator(".welcome")).to_be_visible()
    page.wait_for_timeout(500)
    expect(page.locator("#question textarea")).to_have_value("")


def test_what_is_typed_while_an_answer_is_on_its_way_stays(page: Page, reader: Reader) -> None:
    box = page.locator("#question textarea")
    box.fill(reader.says("quality"))
    box.press("Enter")
    expect(box).to_have_value("")
    box.press_sequentially(reader.says("others"))
    whole(page, 1)
    expect(page.get_by_role("button", name=reader.words["ask"], exact=True)).to_be_visible()
    expect(box).to_have_value(reader.says("others"))


def test_the_back_button_returns_to_the_question_before(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    ask(page, reader.says("capital"))
    page.go_back()
    expect(page.locator(".turn h2").first).to_be_in_viewport()
    expect(page.locator(".turn")).to_have_count(2)
    assert place(page)["q"] == [reader.says("quality")]


def test_a_question_may_follow_the_one_before(page: Page, reader: Reader) -> None:
    words, question = reader.words, reader.says("quality")
    everyone = ask(page, question).locator(".voice").count()
    only = ask(page, reader.says("only"))
    expect(only.locator(".understood")).to_have_text(
        words["understood_in"].format(question=question, scope=words["only"].format(only="李沐"))
    )
    assert place(page)["a"] == ["李沐"]
    expect(only.locator(".voice")).to_have_count(1)
    others = ask(page, reader.says("others"))
    expect(others.locator(".understood")).to_have_text(like(words["understood_in"], question=question))
    expect(others.locator(".understood")).to_contain_text(words["except"].partition("{")[0])
    expect(others.locator(".voice")).to_have_count(everyone - 1)
    assert "李沐" not in "".join(others.locator(".voice header").all_inner_texts())
    said = set(others.locator(".voice .words").all_inner_texts())
    more = ask(page, reader.says("more"))
    expect(more.locator(".voice").first).to_be_visible()
    assert not said & set(more.locator(".voice .words").all_inner_texts())  # nothing is said twice


def test_the_conversation_outlives_a_reload_and_can_be_begun_anew(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    second = ask(page, reader.says("others")).inner_text()
    page.reload()
    assert whole(page, 2).inner_text() == second
    expect(page.locator(".turn h2").first).to_have_text(reader.says("quality"))
    expect(page.locator(".turn").nth(1).locator("h2")).to_be_in_viewport()
    page.get_by_role("button", name=reader.words["fresh"]).click()
    expect(page.locator(".welcome")).to_be_visible()
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)


def test_questions_that_these_essays_answer_are_suggested(page: Page) -> None:
    link = page.locator(".suggestions a").first
    expect(link).to_be_visible(timeout=60_000)
    text = link.inner_text()
    link.click()
    turn = whole(page, 1)
    expect(turn.locator("h2")).to_have_text(text)
    expect(turn.locator(".voice").first).to_be_visible()
    expect(link).to_be_hidden()


# Of whom it is asked


def test_only_a_chosen_author_is_asked_and_the_link_says_so(
    page: Page, reader: Reader, browser: Browser, server: Server
) -> None:
    words, question = reader.words, reader.says("quality")
    page.locator(".scope summary").click()
    page.get_by_role("checkbox", name="黄文灏").check()
    expect(page.locator(".chosen")).to_have_text("黄文灏")
    turn = ask(page, question)
    expect(turn.locator(".understood")).to_have_text(words["asked_only"].format(only="黄文灏"))
    expect(turn.locator(".voice")).to_have_count(1)
    with reading(browser, server[0], reader) as other:
        other.goto(page.url)
        assert whole(other, 1).inner_text() == turn.inner_text()
    page.locator(".everyone").click()
    expect(page.locator(".chosen")).to_have_text(words["scope_all"])
    assert ask(page, question).locator(".voice").count() > 1


def test_only_chosen_essays_are_asked_and_only_those_of_a_time(page: Page, reader: Reader) -> None:
    words, question = reader.words, reader.says("quality")
    page.locator(".scope summary").click()
    titles = page.locator(".scope label", has=page.locator("[name=n]"))
    first = titles.filter(has=page.locator("[value='li-mu-talk.md']"))
    second = titles.filter(has=page.locator("[value='thoughts-on-llm.md']"))
    first.click()
    second.click()
    chosen = [first.inner_text(), second.inner_text()]
    expect(page.locator(".chosen")).to_have_text(words["scope_join"].join(chosen))
    turn = ask(page, question)
    headings = turn.locator(".voice h3").all_inner_texts()
    assert sorted(headings) == sorted(chosen)
    assert sorted(place(page)["n"]) == ["li-mu-talk.md", "thoughts-on-llm.md"]
    page.locator(".scope summary").click()  # it was closed by the question
    page.locator(".scope button[type=reset]").click()
    expect(page.locator(".chosen")).to_have_text(words["scope_all"])
    page.locator(".scope input[name=from]").fill("2024-08")
    expect(page.locator(".chosen")).to_contain_text("2024")
    turn = ask(page, question)
    expect(turn.locator(".voice")).to_have_count(1)
    expect(turn.locator(".voice header")).to_contain_text("2024-08-24")
    page.locator(".scope summary").click()
    page.locator(".scope input[name=from]").fill("")
    page.locator(".scope input[name=to]").fill("1999")
    expect(page.locator(".chosen")).to_contain_text("1999")
    expect(ask(page, question).locator(".verdict")).to_have_text(words["nobody"])
    assert fits(page)


# What is taken away


# All that is said to who hears the page, though something else is said soon after.
HEARD = """() => {
  window.heard = [];
  const said = document.querySelector('#said');
  new MutationObserver(() => heard.push(said.textContent)).observe(said, { childList: true, characterData: true, subtree: true });
}"""  # noqa: E501


def test_an_answer_is_copied_with_its_sources(page: Page, reader: Reader) -> None:
    words = reader.words
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    turn = ask(page, reader.says("quality"))
    first = turn.locator(".voice .words").first.inner_text()
    page.evaluate(HEARD)
    turn.get_by_role("button", name=words["copy_markdown"]).click()
    copied_now = "async (text) => (await navigator.clipboard.readText()).includes(text)"
    page.wait_for_function(copied_now, arg=f"> {first} [^1]")
    page.wait_for_function("text => heard.includes(text)", arg=words["copied"])
    copied = page.evaluate("navigator.clipboard.readText()")
    assert f"> {first} [^1]" in copied
    note = words["place_join"].join([".*《.*》", like(words["place"]).pattern])
    assert re.search(rf"^\[\^1\]: {note}", copied, re.MULTILINE)
    turn.get_by_role("button", name=words["copy_footnotes"]).click()
    page.wait_for_function(copied_now, arg=f"“{first}” [1]")
    turn.get_by_role("button", name=words["copy_link"]).click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()) === location.href")


def test_a_link_reopens_the_answer_and_the_passage(
    page: Page, reader: Reader, browser: Browser, server: Server
) -> None:
    turn = ask(page, reader.says("quality"))
    answer, link = turn.inner_text(), page.url
    page.locator(".cite").nth(1).click()
    expect(page.locator("#hit")).to_be_visible()
    marked = page.locator("#hit").inner_text()
    with reading(browser, server[0], reader) as other:
        other.goto(link)
        assert whole(other, 1).inner_text() == answer
        other.goto(page.url)
        expect(other.locator("#hit")).to_have_text(marked)
        expect(other.locator("#hit")).to_be_in_viewport()
        put_down(other)
        expect(other.locator(".turn h2")).to_have_text(reader.says("quality"))


def test_the_language_can_be_switched_and_the_question_comes_along(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    page.locator(".language").click()
    expect(page.locator("#masthead h1")).to_have_text(reader.other_words["title"])
    expect(page.locator(".turn h2")).to_have_text(reader.says("quality"))
    assert f"/{reader.other_words['code']}/#q=" in page.url
    expect(page.locator("html")).to_have_attribute("lang", reader.other_words["lang"])
    page.locator(".cite").first.click()
    expect(page.locator(".reader .exact")).to_contain_text(reader.other_words["exact"])
    opened = page.locator("#hit").inner_text()
    if not reader.wide:  # there the essay lies over the question, not over the way to the other language
        expect(page.locator("#right")).to_be_visible()
    page.locator(".language").click()
    expect(page.locator("#masthead h1")).to_have_text(reader.words["title"])
    expect(page.locator("#hit")).to_have_text(opened)
    expect(page.locator(".reader .exact")).to_contain_text(reader.words["exact"])


LIGHT = """() => ['#left', '.turn h2', '#right'].map((place) => {
  const { backgroundColor, color } = getComputedStyle(document.querySelector(place));
  const light = (rgb) => rgb.match(/[\\d.]+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 765;
  return place === '.turn h2' ? 1 - light(color) : light(place === '#left' ? getComputedStyle(document.body).backgroundColor : backgroundColor);
})"""  # noqa: E501


def test_the_page_is_light_or_dark_as_its_reader_wants_it(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    assert min(page.evaluate(LIGHT)) > 0.6
    page.emulate_media(color_scheme="dark")
    page.reload()
    whole(page, 1)
    assert max(page.evaluate(LIGHT)) < 0.4


# Stopped


@pytest.fixture(scope="module")
def slow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a page whose answers take seconds."""
    folder = tmp_path_factory.mktemp("slow")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder, program="tests.slow") as address:
        yield address


def stop_one(page: Page, reader: Reader) -> None:
    page.locator("#question textarea").fill(reader.says("quality"))
    page.locator("#question textarea").press("Enter")
    on_its_way = re.compile("|".join(like(reader.words[word]).pattern for word in ("searching", "reading", "loading")))
    expect(page.locator(".turn .note")).to_have_text(on_its_way, timeout=60_000)
    page.get_by_role("button", name=reader.words["stop"], exact=True).click()
    expect(page.locator(".turn .note")).to_contain_text(reader.words["stopped"])
    expect(page.locator(".turn .again")).to_have_text(reader.words["again"])
    expect(page.locator(".turn h2")).to_have_text(reader.says("quality"))
    expect(page.get_by_role("button", name=reader.words["ask"], exact=True)).to_be_visible()


def test_an_answer_can_be_stopped_and_another_asked(browser: Browser, slow: str, reader: Reader) -> None:
    with reading(browser, slow, reader) as page:
        stop_one(page, reader)
        page.wait_for_timeout((SECONDS + 1) * 1000)
        expect(page.locator(".voice")).to_have_count(0)  # what was stopped does not come after all
        page.locator("#question textarea").fill(reader.says("power"))
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn[data-whole] h2")).to_have_text(reader.says("power"), timeout=60_000)
        expect(page.locator(".turn")).to_have_count(2)
        expect(page.locator(".turn").first.locator(".voice")).to_have_count(0)


def test_after_a_stop_the_next_question_is_taken_at_once(browser: Browser, slow: str, reader: Reader) -> None:
    with reading(browser, slow, reader) as page:
        stop_one(page, reader)
        page.locator("#question textarea").fill(reader.says("power"))
        page.locator("#question textarea").press("Enter")
        expect(page.locator(".turn h2").last).to_have_text(reader.says("power"), timeout=(SECONDS + 20) * 1000)
