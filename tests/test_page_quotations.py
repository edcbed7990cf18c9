"""A pasted text in a real browser: each of its quotations is checked, and opens in its essay."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.axe import violations
from tests.browser import Reader, fits, in_browser
from tests.conftest import HOSTILE
from tests.test_page_source import IN_VIEW

pytestmark = in_browser

TEXT = (
    "他说“数据定上限，算法定下限”，又说“數據定上限,算法定下限”，还说“数据不定上限，算法定下限”。\n\n"
    "> 一年后大约只值三成\n\n有人说“这句话哪一篇文章里都没有写过”，所谓“炼金术”。"
)


def check(page: Page, text: str) -> Locator:
    """Paste a text and send it, with the keyboard alone."""
    tab = page.get_by_role("tab").last
    if tab.get_attribute("aria-selected") != "true":
        tab.click()
    box = page.locator(".quoting textarea")
    box.fill(text)
    page.evaluate("document.querySelector('.checked').innerHTML = ''")
    box.press("Control+Enter")
    expect(page.locator(".checked :is(.verdict, .quotation)").first).to_be_visible()
    return page.locator(".checked")


def test_every_quotation_has_its_verdict_in_words_and_its_place_in_the_essay(page: Page, reader: Reader) -> None:
    words = reader.words
    checked = check(page, TEXT)
    verdicts = ["exact", "normalised", "altered", "altered", "absent", "short"]
    findings = checked.locator(".finding")
    expect(findings).to_have_count(len(verdicts))
    for place, verdict in enumerate(verdicts):
        expect(findings.nth(place)).to_contain_text(words[f"quotes_{verdict}"])
    expect(findings.nth(2).locator(".alarm")).to_contain_text(words["quotes_negation"])
    expect(findings.nth(3).locator(".alarm")).to_contain_text(words["quotes_number"])
    expect(checked.locator(".alarm")).to_have_count(2)
    expect(checked.locator(".quotation").nth(2).locator("ins")).to_have_text(f"{words['quotes_added']}不")
    expect(checked.locator(".verdict")).to_contain_text(words["quotes_alarmed"].format(n=2))
    assert fits(page)
    assert violations(page) == []
    link = checked.locator("a.place").nth(2)
    link.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_have_text("数据定上限，算法定下限")
    page.wait_for_function(IN_VIEW)
    page.go_back()
    expect(checked.locator(".quotation")).to_have_count(len(verdicts))


def test_a_text_without_marks_is_a_quotation_a_line_and_says_so(page: Page, reader: Reader) -> None:
    checked = check(page, "数据定上限，算法定下限\n\n这句话哪一篇文章里都没有写过\n")
    expect(checked.locator(".quotation")).to_have_count(2)
    expect(checked.locator(".ours").first).to_have_text(reader.words["quotes_lines"])


@pytest.mark.parametrize("reader", [Reader("zh-CN", 1360)], ids=str)
def test_what_is_hostile_empty_or_too_long_is_text_and_a_sentence(page: Page, reader: Reader) -> None:
    words = reader.words
    checked = check(page, f"“{HOSTILE}”")
    expect(checked.locator(".quotation")).to_contain_text("<script>alert(1)</script>")
    assert checked.locator("img, script").count() == 0
    expect(check(page, f"“{HOSTILE.replace('点这里', '别点这里')}”").locator(".quotation")).to_contain_text("<img")
    assert checked.locator("img, script").count() == 0
    expect(check(page, " \n")).to_contain_text(words["quotes_empty"])
    expect(check(page, "字" * 20_001)).to_contain_text("20,001")
    many = check(page, "“数据定上限，算法定下限”" * 250)
    expect(many.locator(".quotation")).to_have_count(200)
    expect(many).to_contain_text(words["quotes_many"].format(n=200, more=50))
