"""Two sentences side by side, in a real browser."""

from playwright.sync_api import Page, expect

from tests.browser import Reader, ask, fits, in_browser, on_phones, put_down

pytestmark = in_browser

OPPOSED = {"zh": "数据的质量和数量哪个更重要？", "en": "Is data quality more important than quantity?"}


def test_two_sides_stand_side_by_side_or_one_under_the_other(page: Page, reader: Reader) -> None:
    turn = ask(page, OPPOSED[reader.code])
    against = turn.get_by_role("region", name=reader.words["against"])
    sides = against.locator(".side")
    expect(sides).to_have_count(2)
    expect(against).to_contain_text(reader.words["against_note"])
    one, other = (side.bounding_box() for side in sides.all())
    assert one is not None
    assert other is not None
    if reader.wide:
        assert one["y"] == other["y"]
        assert one["x"] + one["width"] < other["x"]
    else:
        assert one["x"] == other["x"]
        assert one["y"] + one["height"] <= other["y"]
    assert fits(page)


def test_each_side_opens_in_its_essay_with_the_sentence_marked(page: Page, reader: Reader) -> None:
    turn = ask(page, OPPOSED[reader.code])
    titles = set()
    for side in turn.locator(".side").all():
        quoted = side.locator(".words").inner_text()
        side.locator(".seat").click()
        expect(page.locator("#hit")).to_be_focused()
        expect(page.locator("#hit")).to_be_in_viewport()
        assert "".join(page.locator("mark:not(.also)").all_inner_texts()) == quoted.replace("\n", "")
        titles.add(page.locator(".reader h2").inner_text())
        put_down(page)
    assert len(titles) == 2


def test_where_nothing_is_opposed_there_is_no_such_place(page: Page, reader: Reader) -> None:
    for question in ("capital", "tuning"):
        turn = ask(page, reader.says(question))
        expect(turn.locator(".against")).to_have_count(0)


@on_phones
def test_the_keyboard_opens_the_second_side_and_comes_back_to_it(page: Page, reader: Reader) -> None:
    turn = ask(page, OPPOSED[reader.code])
    seat = turn.locator(".side .seat").last
    seat.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_be_focused()
    page.locator(".close").focus()
    page.keyboard.press("Enter")
    expect(seat).to_be_focused()
