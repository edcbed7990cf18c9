"""Hostile text stays text, wherever the page shows it: no script runs, no picture is fetched, no link is a script.

That nothing of the kind happened meanwhile is what the fixture `page` sees to.
"""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import Reader, ask, in_browser, open_corpus, place, put_down, rebuild
from tests.conftest import HOSTILE, HOSTILE_NAME

pytestmark = in_browser


def nothing_of_it_is_html(page: Page) -> None:
    assert page.locator("#left img, #right img, #left script, #right script").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_hostile_text_names_and_questions_stay_text(page: Page, reader: Reader) -> None:
    question = f"{reader.says('teapot')}{HOSTILE}"
    turn = ask(page, question)
    expect(turn.locator("h2")).to_have_text(question)
    voice = turn.locator(".voice", has_text="天天用它泡茶").first
    expect(voice).to_contain_text("${alert(1)} {{7*7}}")
    voice.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_focused()
    expect(page.locator(".essay")).to_contain_text(HOSTILE)
    expect(page.locator(".reader h2")).to_have_text(HOSTILE)
    nothing_of_it_is_html(page)
    put_down(page)
    open_corpus(page)
    expect(page.locator(".corpus")).to_contain_text(HOSTILE_NAME)
    nothing_of_it_is_html(page)
    page.reload()
    expect(page.locator(".turn[data-whole] h2")).to_have_text(question)
    nothing_of_it_is_html(page)


def test_an_address_that_someone_made_up_is_only_text(page: Page, reader: Reader, server: tuple[str, Path]) -> None:
    page.goto("about:blank")
    page.goto(
        f"{server[0]}/{reader.code}/#q=<img src=x onerror=alert(1)>&n=<script>alert(1)</script>&d=<b>x</b>&s=0&e=9"
    )
    expect(page.locator(".reader .ours")).to_have_text(reader.words["not_found"])
    put_down(page)
    expect(page.locator(".turn h2")).to_have_text("<img src=x onerror=alert(1)>")
    expect(page.locator(".understood")).to_contain_text("<script>alert(1)</script>")
    nothing_of_it_is_html(page)


def test_an_essay_cannot_be_given_a_title_an_author_or_a_link_that_runs(
    page: Page, reader: Reader, seeds: Path
) -> None:
    words = reader.words
    (seeds / "ink.md").write_text(
        "---\ntitle: 论墨\nurl: 'javascript:alert(1)'\n---\n\n磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8"
    )
    open_corpus(page)
    row = page.locator(".corpus tr").filter(has_text="ink.md")
    row.get_by_role("button", name=words["edit"]).click()
    form = page.locator("tr.editing form")
    form.get_by_label(words["column_title"]).fill(f"墨{HOSTILE}")
    form.get_by_label(words["column_author"]).fill(f"氏{HOSTILE}")
    page.keyboard.press("Enter")
    expect(row).to_contain_text(f"氏{HOSTILE}")
    nothing_of_it_is_html(page)
    rebuild(page, 7)
    page.get_by_role("tab").nth(0).click()
    expect(page.locator(".scope label", has_text="氏<script>alert")).to_have_count(1)  # whom to ask
    page.evaluate("location.hash = 'd=ink.md'")
    expect(page.locator(".reader h2")).to_have_text(f"墨{HOSTILE}")
    expect(page.locator(".reader .by").first).to_contain_text(f"氏{HOSTILE}")
    expect(page.locator(".reader header a")).to_have_count(0)
    assert place(page)["d"] == ["ink.md"]
    nothing_of_it_is_html(page)
