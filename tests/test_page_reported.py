"""An excerpt that is not its author's own view, in a real browser: who reads it is told so, beside it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.axe import violations
from tests.browser import Reader, Server, ask, fits, in_browser
from tests.conftest import serving

pytestmark = in_browser

CLAY = """---
title: 和泥
author: 甲
---

老李认为和好的泥要先醒一夜，第二天再揉。

烧窑的火要慢慢加，我烧坏的碗都是加得太快的那几窑。

很多人觉得釉上得越厚越亮，但我最亮的几只碗釉都很薄。

<b>王师傅的团队指出，拉坯时手要蘸水。
"""
QUESTIONS = {
    "zh": ("这些作者怎么看醒泥？", "烧窑的火怎么加？", "釉上得越厚越亮吗？", "拉坯时手要蘸水吗？"),
    "en": (
        "What do these authors say about clay that rests overnight before it is kneaded?",
        "How should the fire of a kiln be raised?",
        "Is a glaze brighter when it is thicker?",
        "Should the hands be wet when throwing clay?",
    ),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("reported")
    (folder / "seeds").mkdir()
    (folder / "seeds" / "clay.md").write_text(CLAY, encoding="utf-8")
    (folder / "seeds" / "salt.md").write_text("盐要最后放，放早了菜会老。\n", encoding="utf-8")
    with serving(folder) as address:
        yield address, folder / "seeds"


def test_what_is_told_of_somebody_says_so_wherever_it_is_shown(page: Page, reader: Reader) -> None:
    words = reader.words
    said = words["told_reported_by"].format(speaker="老李")
    turn = ask(page, QUESTIONS[reader.code][0])
    excerpt = turn.locator("blockquote", has_text="先醒一夜")
    mark = turn.locator(".voice .told", has_text=said)
    expect(mark).to_have_text(said)
    # In front of the excerpt, so that it is heard first.
    assert excerpt.evaluate("(quote) => quote.previousElementSibling.className") == "told"
    turn.locator(".board summary").click()
    expect(turn.locator(".board td", has_text="先醒一夜").locator(".told")).to_have_text(said)
    assert fits(page)
    assert said in (turn.locator("[data-copy]").first.get_attribute("data-copy") or "")
    excerpt.locator(".cite").click()
    expect(page.locator(".reader .told")).to_have_text(said)
    expect(page.locator(".reader .told")).to_be_in_viewport()
    expect(page.locator("#hit")).to_be_in_viewport()
    assert fits(page)
    assert violations(page) == []


def test_what_the_author_says_himself_has_no_mark(page: Page, reader: Reader) -> None:
    turn = ask(page, QUESTIONS[reader.code][1])
    excerpt = turn.locator("blockquote", has_text="慢慢加")
    expect(excerpt).to_be_visible()
    assert excerpt.evaluate("(quote) => quote.previousElementSibling?.className") != "told"
    excerpt.locator(".cite").click()
    expect(page.locator("#hit")).to_be_in_viewport()
    expect(page.locator(".reader .told")).to_have_count(0)


def test_what_is_contradicted_says_so(page: Page, reader: Reader) -> None:
    turn = ask(page, QUESTIONS[reader.code][2])
    expect(turn.locator(".told", has_text="很多人")).to_have_text(
        reader.words["told_rebutted_by"].format(speaker="很多人")
    )


def test_a_hostile_speaker_stays_text(page: Page, reader: Reader) -> None:
    turn = ask(page, QUESTIONS[reader.code][3])
    expect(turn.locator(".told", has_text="王师傅")).to_contain_text("<b>王师傅的团队")
    assert turn.locator(".told b").count() == 0
