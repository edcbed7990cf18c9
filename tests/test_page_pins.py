"""Pinned questions in a real browser: pinned with an answer, and after a rebuild seen to have changed, by everybody."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.axe import small_targets, violations
from tests.browser import READERS, Reader, Server, ask, fits, in_browser, open_corpus, place, put_down, reading, rebuild
from tests.conftest import HOSTILE

pytestmark = in_browser


def pin(turn: Locator, reader: Reader) -> None:
    turn.get_by_role("button", name=reader.words["pin"]).press("Enter")
    expect(turn.locator(".pin")).to_have_text(reader.words["unpin"])


def pins(page: Page) -> Locator:
    """All of them, unfolded."""
    if page.locator("details.pins").get_attribute("open") is None:
        page.locator("details.pins summary").press("Enter")
    expect(page.locator(".pinned").first).to_be_visible()
    return page.locator(".pinned")


def test_a_question_is_pinned_for_all_readers_and_unpinned(
    page: Page, browser: Browser, server: Server, reader: Reader, seeds: Path
) -> None:
    words = reader.words
    expect(page.locator("details.pins")).to_have_count(0)
    ask(page, reader.says("quality"))
    turn = ask(page, reader.says("only"))
    pin(turn, reader)
    expect(page.locator(".turn .pin").first).to_have_text(words["pin"])  # another question than the same to one author
    expect(page.locator("details.pins summary")).to_contain_text(words["pins_none_changed"].format(n=1))
    somebody = next(other for other in READERS if other.code != reader.code and other.width == reader.width)
    with reading(browser, server[0], somebody) as other:
        theirs = pins(other)
        expect(theirs.locator("h3")).to_have_text(reader.says("quality"))
        expect(theirs.locator(".by")).to_contain_text(somebody.words["only"].format(only="李沐"))
        expect(theirs.locator(".by")).to_contain_text(somebody.words["pin_same"])
        theirs.get_by_role("link").first.press("Enter")
        expect(other.locator(".turn[data-whole] .voice")).to_have_count(1)
        expect(other.locator(".turn .pin")).to_have_text(somebody.words["unpin"])
    pins(page).get_by_role("button", name=words["unpin"]).press("Enter")
    expect(page.locator("details.pins")).to_have_count(0)
    expect(turn.locator(".pin")).to_have_text(words["pin"])
    pin(turn, reader)
    turn.locator(".pin").click()
    expect(turn.locator(".pin")).to_have_text(words["pin"])
    assert json.loads((seeds / ".pinned.json").read_text(encoding="utf-8"))["pins"] == []


def test_after_a_rebuild_what_appeared_moved_and_died_is_seen_and_opened(
    page: Page, reader: Reader, seeds: Path, browser: Browser, server: Server
) -> None:
    words = reader.words
    pin(ask(page, "李沐怎么看数据质量？"), reader)
    turn = ask(page, reader.says("capital"))
    pin(turn, reader)
    expect(page.locator(".pinned")).to_have_count(2)
    expect(page.locator(".to-pins")).to_have_count(0)
    talk = seeds / "li-mu-talk.md"
    text = talk.read_text(encoding="utf-8")
    cited = "质量从何而来，文中列了标注、领域和多样性三个来源。"
    assert cited in text
    talk.write_text(text.replace("算法定下限", "算法定底线").replace(cited, f"先说一句。{cited}"), encoding="utf-8")
    open_corpus(page)
    rebuild(page)
    page.get_by_role("tab").nth(0).click()
    expect(page.locator("#pin-news")).to_contain_text(words["pins_news"].format(n=1), timeout=60_000)
    page.locator(".to-pins").press("Enter")
    expect(page.locator("details.pins summary")).to_be_focused()
    expect(page.locator("details.pins summary")).to_contain_text(words["pins_changed"].format(n=2, changed=1))
    changed = page.locator(".pinned").first
    expect(changed.locator(".died").filter(has_text="算法定下限")).to_contain_text(words["pin_words"])
    expect(changed.locator(".appeared").filter(has_text="算法定底线")).to_contain_text(words["pin_appeared"])
    expect(changed.locator(".died a")).to_have_count(0)
    expect(page.locator(".pinned").nth(1)).to_contain_text(words["pin_still_silent"])
    assert fits(page)
    assert violations(page) + small_targets(page) == []
    moved = changed.locator(".moved").filter(has_text=cited).locator("a")
    moved.click()
    expect(page.locator("#hit")).to_contain_text(cited)
    start = talk.read_text(encoding="utf-8").index(cited)
    assert (place(page)["s"], place(page)["d"]) == ([str(start)], ["li-mu-talk.md"])
    put_down(page)
    with reading(browser, server[0], reader) as other:
        expect(other.locator(".to-pins")).to_be_visible()
        pins(page).first.get_by_role("button", name=words["pin_seen"]).press("Enter")
        for each in (page, other):
            expect(each.locator(".to-pins")).to_have_count(0)
            expect(each.locator("details.pins summary")).to_contain_text(words["pins_none_changed"].format(n=2))
        expect(page.locator("details.pins")).to_have_attribute("open", "")


def test_what_is_pinned_is_text_however_hostile(page: Page, reader: Reader, seeds: Path) -> None:
    question = f"{HOSTILE} 紫砂壶养壶的窍门是什么？"
    pin(ask(page, question), reader)
    pinned = json.loads((seeds / ".pinned.json").read_text(encoding="utf-8"))
    citation = {"document": f"{HOSTILE}.md", "title": HOSTILE, "sha256": HOSTILE, "start": 0, "end": 5}
    pinned["pins"][0]["citations"] = [citation | {"quote": HOSTILE}]
    pinned["pins"][0]["seen"] = "<b>2026</b>"
    (seeds / ".pinned.json").write_text(json.dumps(pinned), encoding="utf-8")
    expect(page.locator(".to-pins")).to_be_visible()
    item = pins(page).locator(".died")
    expect(item).to_contain_text("<script>alert(1)</script> <img src=x onerror=alert(1)>")
    assert page.locator("#left img, #left script, .pins b").count() == 0
    assert fits(page)


def test_a_broken_file_of_pins_is_said_in_a_sentence(page: Page, reader: Reader, seeds: Path) -> None:
    turn = ask(page, reader.says("quality"))
    (seeds / ".pinned.json").write_text("{", encoding="utf-8")
    said = {"zh": "不是本版本写下的", "en": "no file of pinned questions"}[reader.code]
    expect(page.locator(".pins.warning")).to_contain_text(said)
    assert "/" not in page.locator(".pins.warning").inner_text()
    turn.locator(".pin").click()
    expect(turn.locator(".complaint")).to_contain_text(said)
    assert (seeds / ".pinned.json").read_text(encoding="utf-8") == "{"
