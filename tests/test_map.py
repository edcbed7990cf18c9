"""The map of all passages: what lies where, what is drawn of it, and what a reader can do with it."""

import gc
import os
import re
import threading
import time
import weakref
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from index.build import build
from index.encoder import SentenceEncoder
from index.index import Index
from index.library import Library
from index.store import load
from rag.answer import inquire
from rag.map import Map, draw, found, sample
from tests.browser import QUESTION, Reader, ask, fits, in_browser, like, open_corpus, place
from tests.browser import rebuild as rebuild_in_the_corpus
from tests.conftest import HOSTILE, WordCountEncoder
from tests.test_render import Tags
from ui.address import Address
from ui.map import FLATTEST, RING, TAG, WIDTHS, drawing_of, marks_of
from ui.maps import Maps
from ui.words import EN, ZH


@pytest.fixture
def library_of(
    tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Library]:
    """Makes a corpus of these essays, by name, and its index."""
    monkeypatch.setattr("index.library.SentenceEncoder", lambda spec, report: fake_encoder)

    def make(**essays: str) -> Library:
        folder = tmp_path / "essays"
        folder.mkdir(exist_ok=True)
        for name, text in essays.items():
            (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        build(folder, tmp_path / "index", fake_encoder)
        return Library(tmp_path / "index")

    return make


def looked(maps: Maps, seen: str = "") -> dict[str, str]:
    """What a reader sees who looks until the map is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = maps.look(seen, EN)
        if "<progress" not in answer["html"]:
            return answer
        time.sleep(0.02)
    raise AssertionError("the map was never drawn")


# What lies where


@pytest.mark.parametrize(
    ("sizes", "most", "shares"),
    [
        ([3, 4], 10, [3, 4]),
        ([2, 50, 50], 12, [2, 5, 5]),
        ([1] * 10, 4, [1] * 4),
        ([100], 7, [7]),
        ([0, 5], 5, [0, 5]),
        ([], 5, []),
    ],
)
def test_of_too_many_passages_each_essay_has_as_many_drawn_as_any_other(
    sizes: list[int], most: int, shares: list[int]
) -> None:
    ends = np.cumsum([0, *sizes]).tolist()
    essays = [range(start, end) for start, end in pairwise(ends)]
    rows = sample(essays, most)
    assert len(set(rows)) == len(rows) <= most
    assert [n for n in (sum(row in essay for row in rows) for essay in essays) if n] == [n for n in shares if n]


@pytest.fixture(scope="module")
def index(seeds_index: Path) -> Index:
    return load(seeds_index)


@pytest.fixture(scope="module")
def drawn(index: Index) -> Map:
    return draw(index)


def test_passages_lie_by_those_that_say_the_like(index: Index, drawn: Map) -> None:
    from sklearn.manifold import trustworthiness

    assert len(drawn.rows) == index.manifest.passages
    assert trustworthiness(drawn.vectors, drawn.points, n_neighbors=5, metric="cosine") > 0.94
    assert np.array_equal(draw(index).points, drawn.points)


def test_what_is_no_passage_lies_by_the_passages_that_it_is_like(index: Index, drawn: Map) -> None:
    for row in (0, 9, 30):
        near = drawn.beside(drawn.vectors[row], "")
        gaps = np.linalg.norm(drawn.points - np.array(near), axis=1)
        assert np.argsort(gaps).tolist().index(row) < 5


def test_two_languages_share_the_map(tmp_path: Path, encoder: SentenceEncoder) -> None:
    pairs = {
        "泡绿茶的水温不要超过八十度，水太烫茶叶会发苦。": "Brew green tea below eighty degrees, or it will be bitter.",
        "面包要慢慢发酵，过一夜味道才好。": "Bread wants to rise slowly; overnight it gains its flavour.",
        "猫白天睡觉，夜里出去捉老鼠。": "Cats sleep by day and go out at night to catch mice.",
        "火车晚点了两个小时，旅客都很着急。": "The train was two hours late and the travellers grew anxious.",
        "医生说每天走路半小时对心脏有好处。": "The doctor says half an hour of walking a day is good for the heart.",
        "学钢琴要从小练起，每天不间断。": "Learning the piano takes daily practice from childhood on.",
    }
    for n, texts in enumerate(pairs.items()):
        for language, text in zip(("zh", "en"), texts, strict=True):
            (tmp_path / f"{language}{n}.txt").write_text(text, encoding="utf-8")
    build(tmp_path, tmp_path / ".index", encoder)
    drawn = draw(load(tmp_path / ".index"))
    english, chinese = drawn.points[:6], drawn.points[6:]
    nearest = np.linalg.norm(english[:, None] - chinese[None], axis=2).argmin(axis=1)
    assert sum(nearest == np.arange(6)) >= 4


@pytest.mark.parametrize("most", [3_000, 6])
def test_every_hit_has_a_place_drawn_or_not(index: Index, encoder: SentenceEncoder, most: int) -> None:
    part = draw(index, most)
    inquiry = inquire(index, encoder, QUESTION)
    hits = found(part, index, inquiry)
    assert sorted(citation.n for hit in hits for citation in hit.citations) == list(range(1, len(inquiry.shown) + 1))
    assert all(hit.passage.start <= one.start < hit.passage.end for hit in hits for one in hit.citations)
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in (hit.point for hit in hits))


def test_where_the_essays_do_not_say_the_nearest_passages_are_the_hits(index: Index, encoder: SentenceEncoder) -> None:
    hits = found(draw(index), index, inquire(index, encoder, "北京今天的天气怎么样？"))
    assert [len(hit.citations) for hit in hits] == [0, 0, 0]


# What is drawn of it


def test_numbers_cover_neither_each_other_nor_a_hit_on_a_narrow_page_and_a_wide_one(
    index: Index, drawn: Map, encoder: SentenceEncoder
) -> None:
    drawing, inquiry = drawing_of(index, drawn), inquire(index, encoder, QUESTION)
    question = drawing.percent(drawn.beside(inquiry.query.vector, inquiry.query.language))
    marks = marks_of(drawing, question, found(drawn, index, inquiry))
    assert sum(len(mark.tags) for mark in marks) >= 4
    for width in WIDTHS:
        size = np.array([width, width * drawing.height]) / 100
        numbers = [np.array([mark.x, mark.y]) * size + (tag.dx, tag.dy) for mark in marks for tag in mark.tags]
        hits = [np.array(place) * size for place in [question, *((mark.x, mark.y) for mark in marks)]]
        for n, number in enumerate(numbers):
            assert all(np.abs(number - other).max() >= TAG - 1 for other in numbers[:n])
            assert all(np.abs(number - hit).max() >= TAG / 2 + RING - 1 for hit in hits)
            assert (number >= TAG / 2 - 1).all() and (number <= size * 100 - TAG / 2 + 1).all()


@pytest.mark.parametrize(
    "essays",
    [
        {},
        {"one": "雨停了，院子里静了下来。"},
        {"one": "雨停了，院子里静了下来。", "two": "Bread needs time."},
        {f"e{n}": f"第{n}天，雨停了，院子里静了下来。" for n in range(9)},
    ],
    ids=len,
)
def test_a_corpus_of_any_size_has_a_map_and_a_question_a_place_on_it(
    library_of: Callable[..., Library], essays: dict[str, str]
) -> None:
    maps = Maps(library_of(**essays))
    html = looked(maps)["html"]
    assert html.count("<circle") == len(essays)
    assert ("There are no essays yet" in html) is not bool(essays)
    marks = maps.marks(Address("雨停了吗？"), ZH)
    assert ("lozenge" in marks) is bool(essays)
    percents = [float(number) for number in re.findall(r'c[xy]="([^"]*)%"', html + marks)]
    assert all(0 < percent < 100 for percent in percents)


def test_a_drawing_is_never_flatter_than_can_be_read(index: Index) -> None:
    line = Map([0, 1], np.array([[0.0, 0.0], [1.0, 0.0]]), index.passage_vectors([0, 1]), {})
    drawing = drawing_of(index, line)
    assert drawing.height == FLATTEST
    assert drawing.percent((0.0, 0.0))[1] == 50


def test_the_page_says_how_many_are_drawn(index: Index, library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.maps.draw", lambda index: draw(index, 10))
    html = looked(Maps(library))["html"]
    assert html.count("<circle") == 10
    assert f"of {index.manifest.passages}, 10 are drawn" in html


def test_hostile_text_on_the_map_stays_text(library_of: Callable[..., Library]) -> None:
    maps = Maps(library_of(tea=f"---\ntitle: '{HOSTILE}'\n---\n\n紫砂壶养壶的窍门是 {HOSTILE} 天天用它泡茶。\n"))
    for html in (looked(maps)["html"], maps.marks(Address(f"紫砂壶 {HOSTILE}"), ZH)):
        tags = Tags(html)
        assert "<script>alert(1)</script>" in tags.content
        allowed = {"p", "div", "svg", "g", "a", "title", "circle", "line", "ul", "li", "bdi", "span"}
        assert tags.tags <= allowed
        assert not [key for key, _ in tags.attributes if key.startswith("on")]
        assert all((value or "").startswith("#") for key, value in tags.attributes if key == "href")


# When it is drawn


def test_a_map_is_drawn_once_for_every_reader_and_anew_after_a_rebuild(
    library_of: Callable[..., Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Index] = []
    may_draw = threading.Event()

    def drawing(index: Index) -> Map:
        drawn.append(index)
        may_draw.wait(60)
        return draw(index)

    monkeypatch.setattr("ui.maps.draw", drawing)
    maps = Maps(library_of(tea="好茶不必贵。"))
    for _ in range(3):
        assert "Laying out the passages by what they mean, 1 in all" in maps.look("", EN)["html"]
    assert maps.marks(Address("好茶？"), EN) == ""
    may_draw.set()
    first = looked(maps)
    assert looked(maps) == first
    assert looked(maps, first["index"]) == {"index": first["index"], "html": ""}
    assert len(drawn) == 1
    library_of(bread="Bread needs time.")
    second = looked(maps, first["index"])
    assert (second["html"].count("<circle"), len(drawn)) == (2, 2)
    assert second["index"] != first["index"]


def test_a_file_that_was_only_touched_keeps_its_map_and_its_marks(library_of: Callable[..., Library]) -> None:
    library = library_of(tea="好茶不必贵。")
    maps = Maps(library)
    first = looked(maps)
    essay = Path(library.index.manifest.seeds) / "tea.txt"
    os.utime(essay, (1, 1))
    old = library.index
    library_of()
    assert library.index is not old
    deadline = time.monotonic() + 60
    while not maps.marks(Address("好茶？"), EN) and time.monotonic() < deadline:
        assert maps.look(first["index"], EN) == {"index": first["index"], "html": ""}
        time.sleep(0.02)
    assert "tag" in maps.marks(Address("好茶？"), EN)


def test_a_map_does_not_keep_the_index_that_a_rebuild_replaced(library_of: Callable[..., Library]) -> None:
    library = library_of(tea="好茶不必贵。")
    maps, old = Maps(library), weakref.ref(library.index)
    looked(maps)
    library_of(bread="Bread needs time.")
    assert len(library.index.entries) == 2
    gc.collect()
    assert old() is None


def test_a_map_that_cannot_be_drawn_says_so_and_is_not_tried_again(
    library_of: Callable[..., Library], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[Index] = []
    monkeypatch.setattr("ui.maps.draw", tried.append)
    maps = Maps(library_of(tea="好茶不必贵。"))
    for _ in range(3):
        assert EN["map_failed"] in looked(maps)["html"]
    assert len(tried) == 1
    assert maps.marks(Address("好茶？"), EN) == ""


def test_without_an_index_the_page_says_that_there_is_none(tmp_path: Path) -> None:
    maps = Maps(Library(tmp_path))
    assert "there is no index" in maps.look("", EN)["html"]
    assert "还没有索引" in maps.marks(Address("好茶？"), ZH)


# What a reader can do with it


def open_map(page: Page) -> Locator:
    page.get_by_role("tab").nth(2).click()
    dots = page.locator("#map .dots a")
    expect(dots.first).to_be_visible()
    return dots


def rebuild(page: Page, documents: int) -> None:
    """And back to the map."""
    open_corpus(page)
    rebuild_in_the_corpus(page, documents)
    page.get_by_role("tab").nth(2).click()


class TestInABrowser:
    pytestmark = in_browser

    def test_a_dot_opens_its_passage_and_the_back_button_returns(self, page: Page, reader: Reader) -> None:
        dots = open_map(page)
        expect(page.locator(".map > .said")).to_have_text(reader.words["map_all"].format(passages=dots.count()))
        if reader.wide:
            shelf = reader.words["shelf_note"].format(documents=6, passages=dots.count())
            expect(page.locator(".shelf .ours")).to_have_text(shelf)
        title = dots.last.locator("title").text_content() or ""
        dots.last.click()
        expect(page.locator("#hit")).to_be_focused()
        essay, _, words = title.partition("\n")
        expect(page.locator(".reader h2")).to_have_text(essay)
        shown = "".join(page.locator("mark").all_inner_texts())
        assert "".join(words.rstrip("…").split())[:20] in "".join(shown.split())
        assert set(place(page)) == {"d", "s", "e"}
        expect(page.locator(".dots a.here")).to_have_count(1)
        assert fits(page)
        page.go_back()
        expect(page.locator("#hit")).to_have_count(0)
        expect(dots.first).to_be_visible()

    def test_the_hits_of_the_question_have_the_numbers_of_its_citations(self, page: Page, reader: Reader) -> None:
        words, question = reader.words, reader.says("quality")
        ask(page, question)
        second = page.locator(".cite").nth(1).get_attribute("href")
        numbers = page.locator(".cite").all_inner_texts()
        open_map(page)
        tags = page.locator("#map .tag")
        expect(tags).to_have_count(len(numbers))
        assert sorted(tags.all_inner_texts()) == sorted(numbers)
        expect(page.locator(".sought")).to_contain_text(question)
        expect(page.locator(".sought")).to_contain_text(words["map_hits"])
        expect(page.get_by_role("img", name=words["map_question"])).to_be_visible()
        assert fits(page)
        tag = page.get_by_role("link", name=like(words["cite_digest"], n=2)).locator("visible=true")
        assert tag.get_attribute("href") == second
        tag.click()
        expect(page.locator("#hit")).to_be_focused()
        assert place(page)["q"] == [question]

    def test_a_dot_keeps_the_question_in_the_address(self, page: Page, reader: Reader) -> None:
        words, question = reader.words, reader.says("quality")
        ask(page, question)
        open_map(page).last.click()
        expect(page.locator("#hit")).to_be_visible()
        assert place(page)["q"] == [question]
        expect(page.locator(".turn")).to_have_count(1)
        page.go_back()
        page.get_by_role("tab").nth(0).click()
        ask(page, reader.says("capital"))
        open_map(page)
        expect(page.locator(".sought")).to_contain_text(words["map_nearest"])
        expect(page.locator("#map .tag")).to_have_count(3)
        page.go_back()
        expect(page.locator(".sought")).to_contain_text(question)

    def test_the_keyboard_reaches_the_hits_and_the_essays_and_no_dot(self, page: Page, reader: Reader) -> None:
        ask(page, reader.says("quality"))
        open_map(page)
        expect(page.locator("#map .tag").first).to_be_visible()
        stops = page.locator("#map .tag").count() + page.locator("#map .legend a").count()
        page.get_by_role("tab").last.focus()
        reached = []
        for _ in range(stops):
            page.keyboard.press("Tab")
            reached.append(page.evaluate("document.activeElement.closest('.tag, .legend a') !== null"))
        assert all(reached)
        page.keyboard.press("Tab")
        assert not page.evaluate("Boolean(document.activeElement.closest('#map'))")
        page.locator("#map .tag").first.focus()
        page.keyboard.press("Enter")
        expect(page.locator("#hit")).to_be_focused()

    def test_the_essay_that_is_pointed_at_or_open_stands_out(self, page: Page) -> None:
        open_map(page)
        faint = """() => [...document.querySelectorAll('#map g')]
            .filter((essay) => getComputedStyle(essay.querySelector('circle')).opacity < 1).length"""
        essays = page.locator("#map g").count()
        assert page.evaluate(faint) == 0
        page.locator("#map .legend a").first.hover()
        page.wait_for_function(f"({faint})() === {essays - 1}")
        page.locator("#map .legend a").first.focus()
        page.keyboard.press("Tab")
        expect(page.locator("#map .legend a").nth(1)).to_be_focused()
        page.wait_for_function(f"({faint})() === {essays - 1}")
        page.keyboard.press("Enter")
        expect(page.locator(".reader")).to_be_visible()
        page.locator(".reader").hover(position={"x": 5, "y": 5})
        page.locator(".essay").focus()
        page.wait_for_function(f"({faint})() === {essays - 1}")
        page.locator(".close").click()
        page.wait_for_function(f"({faint})() === 0")

    def test_hostile_titles_and_questions_are_text_on_the_map_too(self, page: Page, reader: Reader) -> None:
        ask(page, f"{reader.says('teapot')}{HOSTILE}")
        open_map(page)
        expect(page.locator("#map .legend")).to_contain_text("<script>alert(1)</script>")
        expect(page.locator(".sought")).to_contain_text("${alert(1)} {{7*7}}")
        page.locator("#map .tag").first.click()
        expect(page.locator("#hit")).to_be_focused()
        assert page.locator("#left img, #right img, #left script, #right script").count() == 0

    def test_the_map_follows_a_rebuild_without_a_reload(self, page: Page, seeds: Path) -> None:
        new = seeds / "ink.txt"
        dots = open_map(page)
        before = dots.count()
        new.write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
        rebuild(page, 7)
        expect(dots).to_have_count(before + 1)
        new.unlink()
        rebuild(page, 6)
        expect(dots).to_have_count(before)
