"""Who says what, in a real browser: a row for every essay that was asked."""

from playwright.sync_api import Page, expect

from tests.browser import Reader, ask, fits, in_browser, put_down

pytestmark = in_browser


def test_the_board_shows_who_says_what_and_sorts_by_date(page: Page, reader: Reader) -> None:
    words = reader.words
    turn = ask(page, reader.says("tuning"))
    board = turn.locator(".board")
    rows, silent = board.locator("tbody tr"), board.locator("tr.silent")
    spoke = turn.locator(".voice").count()
    faint = turn.locator(".voice.faint").count()
    counts = {"board_spoke": spoke - faint, "board_faint": faint, "board_without": silent.count()}
    said = words["clause"].join(words[word].format(n=n) for word, n in counts.items() if n)
    expect(board.locator("summary")).to_have_text(words["board"].format(counts=said))
    board.locator("summary").click()
    assert rows.count() == spoke + silent.count() == 6  # every essay
    assert silent.count() >= 1
    expect(silent.first).to_contain_text(words["board_silent"])
    expect(silent.first.locator(".place")).to_contain_text(words["board_nearest"])
    assert fits(page)

    def dates() -> list[str]:
        return [date for date in board.locator("tbody td:nth-child(2)").all_inner_texts() if date != "–"]

    as_answered = dates()
    assert len(as_answered) == 3
    by_date = board.get_by_role("button", name=words["column_date"])
    by_date.click()
    assert dates() == sorted(as_answered, reverse=True)
    by_date.click()
    assert dates() == sorted(as_answered)
    by_date.click()
    assert dates() == as_answered
    silent.first.locator(".place").click()
    expect(page.locator("#hit")).to_be_in_viewport()


def test_a_row_of_the_board_is_an_essay_with_its_best_excerpt(page: Page, reader: Reader) -> None:
    turn = ask(page, reader.says("quality"))
    turn.locator(".board summary").click()
    voices = turn.locator(".voice")
    rows = turn.locator(".board tbody tr:not(.silent)")
    assert rows.count() == voices.count()
    for voice, row in zip(voices.all(), rows.all(), strict=True):
        expect(row.locator("th a")).to_have_text(voice.locator("h3").inner_text())
        expect(row.locator(".words")).to_have_text(voice.locator(".words").first.inner_text())
        expect(row.locator(".seat")).to_have_text(voice.locator(".cite").first.inner_text())
    row = rows.filter(has_text="2024-08-24")
    expect(row.locator("th .by")).to_contain_text("李沐")
    quoted = row.locator(".words").inner_text()
    row.locator(".seat").click()
    expect(page.locator("#hit")).to_be_focused()
    assert "".join(page.locator("mark:not(.also)").all_inner_texts()) == quoted.replace("\n", "")
    put_down(page)
    row.locator("th a").click()
    expect(page.locator(".reader h2")).to_have_text(row.locator("th a").inner_text())
