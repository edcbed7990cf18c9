"""An expected sentence in a real browser: followed through every step, or not to be found."""

import re

from playwright.sync_api import Page, expect

from tests.browser import Reader, ask, expect_another, fits, in_browser, like
from tests.conftest import HOSTILE
from tests.test_page_source import IN_VIEW

pytestmark = in_browser

# Found and looked at, but not among the excerpts that answer the question.
PASSED_OVER = {"zh": "垂直不等于偏科", "en": "数据定上限，算法定下限"}


def test_an_expected_sentence_is_followed_through_every_step_and_opens_in_its_essay(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    traced = expect_another(page, PASSED_OVER[reader.code])
    expect(traced.locator(".verdict")).to_have_text(like(reader.words["why_lost"]))
    expect(traced.locator("li")).to_have_count(6)
    expect(traced.locator(".verdict")).to_be_in_viewport()
    assert fits(page)
    traced.locator("a.place").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_be_focused()
    expect(page.locator("#hit")).to_have_text(PASSED_OVER[reader.code])
    page.wait_for_function(IN_VIEW)
    page.go_back()
    expect(traced.locator("li")).to_have_count(6)


def test_an_expected_sentence_belongs_to_its_own_answer_and_stays_there(page: Page, reader: Reader) -> None:
    words = reader.words
    cited = words["why_cited"].format(n=1)
    ask(page, "李沐怎么看数据质量？")
    expect(expect_another(page, "數據定上限,算法定下限").locator(".verdict")).to_have_text(cited)
    ask(page, reader.says("capital"))
    expect(page.locator(".traced").first.locator(".verdict")).to_have_text(cited)
    expect(page.locator(".why").last).not_to_have_attribute("open", "")
    lost = expect_another(page, "数据定上限").locator(".verdict")
    steps = [words["why_lost"].format(step=words[step]) for step in ("step_refusal", "step_retrieval")]
    expect(lost).to_have_text(re.compile("|".join(map(re.escape, steps))))
    expect(page.locator(".traced").first.locator(".verdict")).to_have_text(cited)


def test_a_sentence_that_is_nowhere_is_one_line_and_the_nearest_can_be_taken_instead(
    page: Page, reader: Reader
) -> None:
    words = reader.words
    ask(page, reader.says("quality"))
    none = {"zh": "还没有写下期待的句子", "en": "The expected sentence has no word in it"}
    for sentence, said in (
        ("", none[reader.code]),
        ("问" * 100_000, "100,000"),
        (HOSTILE * 2, words["why_nowhere"]),
    ):
        expect(expect_another(page, sentence).locator(".verdict")).to_contain_text(said)
    hostile = expect_another(page, HOSTILE)
    expect(hostile.locator(".place")).to_contain_text("<script>alert(1)</script>")
    assert page.locator("#left img, #left script").count() == 0
    traced = expect_another(page, "数据定上限，算法只决定下限")
    expect(traced.locator(".place")).to_contain_text("数据定上限，算法定下限")
    traced.get_by_role("button", name=words["why_instead"]).press("Enter")
    expect(traced.locator("li")).to_have_count(6)
    expect(page.locator(".why textarea")).to_have_value(re.compile("总结里对数据的判断很明确"))
