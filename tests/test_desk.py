"""What the page says of the folder of essays."""

import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape

from index.build import build
from index.library import Library
from index.sidecar import read_sidecar
from index.types import Document
from rag.scope import EVERYTHING, Scope
from tests.conftest import WordCountEncoder
from ui import render
from ui.address import Address
from ui.desk import Desk
from ui.words import EN, ZH, Words


class Rows(HTMLParser):
    """Of the list of essays, by file name: the texts of the cells, and what the button is for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.cells: list[list[str]] = []
        self.buttons: list[str] = []
        self.feed(html.split("<template")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")
        elif tag == "button" and ("class", "remove") in attrs:
            self.buttons.append(dict(attrs)["data-name"] or "")

    def handle_data(self, data: str) -> None:
        if self.cells and self.cells[-1] and data.strip():
            self.cells[-1][-1] += f"{data.strip()}|"


@pytest.fixture
def desk(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Desk:
    (essays / "copy.txt").write_bytes((essays / "tea.md").read_bytes())
    with zipfile.ZipFile(essays / "old.zip", "w") as archive:
        archive.writestr("more/ink.txt", "磨墨要慢，心急的人磨不出好墨。\n")
        archive.writestr("tea.txt", "好茶不必贵，新鲜最要紧。\n")
    build(essays, tmp_path / "index", fake_encoder)
    return Desk(essays, Library(tmp_path / "index"))


def test_an_essay_that_is_there_twice_has_two_lines_and_one_is_marked(desk: Desk) -> None:
    rows = Rows(desk.corpus(EN)[1])
    by_name = {cells[0].split("|")[1]: cells for cells in rows.cells[1:]}
    assert list(by_name) == ["bread.txt", "copy.txt", "old.zip/more/ink.txt", "old.zip/tea.txt", "tea.md"]
    assert by_name["copy.txt"][3:6] == ["1 KB|", "1|", "indexed|"]
    assert by_name["tea.md"][:6] == ["论茶|tea.md|", "陆小羽|", "2021-03-04|", "1 KB|", "", "same essay as|copy.txt|"]
    assert rows.buttons == ["bread.txt", "copy.txt", "old.zip", "old.zip", "tea.md"]


def test_either_of_two_files_can_be_removed(desk: Desk, essays: Path) -> None:
    desk.remove("tea.md", EN)
    status, corpus = desk.corpus(EN)
    assert "0 renamed, 1 removed" in status
    assert "same essay" not in corpus
    assert (essays / ".removed" / "tea.md").is_file()


def test_an_archive_is_removed_with_every_essay_in_it(desk: Desk) -> None:
    desk.remove("old.zip", ZH)
    status, corpus = desk.corpus(ZH)
    assert "移走 2" in status
    assert "old.zip" not in corpus


def test_files_that_are_new_and_alike_are_told_apart_before_a_build(desk: Desk, essays: Path) -> None:
    for name in ("rain.txt", "snow.txt"):
        (essays / name).write_text("雨停了，院子里静了下来。\n", encoding="utf-8")
    (essays / "bread.txt").rename(essays / "loaf.txt")
    status, corpus = desk.corpus(ZH)
    by_name = {cells[0].split("|")[1]: cells for cells in Rows(corpus).cells[1:]}
    assert [by_name[name][5] for name in ("rain.txt", "snow.txt")] == ["未索引|", "内容同|rain.txt|"]
    assert "新增 2，改动 0，改名 1，移走 0" in status


def test_title_author_and_date_are_edited_without_touching_the_essay(desk: Desk, essays: Path) -> None:
    before = (essays / "copy.txt").read_bytes()
    note = desk.edit("copy.txt", {"title": "论茶（修订）", "author": "陆小羽", "date": "2022"}, ZH)
    assert note == "已保存 copy.txt 的标题、作者和日期。重建索引后生效。"
    assert read_sidecar(essays) == {"copy.txt": {"title": "论茶（修订）", "date": "2022"}}  # the author was right
    status, corpus = desk.corpus(ZH)
    assert "改动 1" in status
    by_name = {cells[0].split("|")[1]: cells for cells in Rows(corpus).cells[1:]}
    assert by_name["copy.txt"][:3] == ["论茶（修订）|copy.txt|", "陆小羽|", "2022|"]
    desk.edit("copy.txt", {"title": "论茶", "author": "陆小羽", "date": "2021-03-04"}, ZH)
    assert read_sidecar(essays) == {}
    assert (essays / "copy.txt").read_bytes() == before


@pytest.mark.parametrize("name", ["nothing.txt", "../tea.md", "essays.toml", ""])
def test_only_an_essay_can_be_edited(desk: Desk, essays: Path, name: str) -> None:
    assert desk.edit(name, {"title": "x"}, EN) == EN["not_found"]
    assert not (essays / "essays.toml").exists()


def test_a_date_that_is_none_is_refused_in_the_reader_s_language(desk: Desk) -> None:
    assert desk.edit("tea.md", {"date": "昨天"}, ZH) == "“昨天”不是日期，请写成 2023-10-15、2023-10 或 2023。"


def test_an_essay_in_an_archive_can_be_given_a_title(desk: Desk, essays: Path) -> None:
    desk.edit("old.zip/tea.txt", {"title": "新鲜", "author": "", "date": ""}, ZH)
    assert read_sidecar(essays) == {"old.zip/tea.txt": {"title": "新鲜"}}


def test_what_was_removed_can_be_put_back(desk: Desk, essays: Path) -> None:
    note, removed = desk.remove("tea.md", EN)
    assert removed is not None
    assert "no longer cited" in note
    assert f'data-place="{removed.place}"' in desk.corpus(EN, note, removed)[0]
    assert desk.restore(removed, EN) == "tea.md is back where it was."
    assert "up to date" in desk.corpus(EN)[0]
    assert "cannot be put back" in desk.restore(removed, EN)


def test_more_than_any_excerpt_is_no_passage(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> None:
    (essays / "long.txt").write_text("好茶不必贵，新鲜最要紧。\n" * 1000, encoding="utf-8")
    build(essays, tmp_path / "long", fake_encoder)
    desk = Desk(essays, Library(tmp_path / "long"))
    assert "<mark" in desk.source("d=long.txt&s=0&e=5000", [], EN)
    leaf = desk.source("d=long.txt&s=0&e=5001", [], EN)
    assert "<mark" not in leaf
    assert leaf.count("好茶不必贵") == 1000


def test_the_desk_says_when_the_index_has_fallen_behind(
    desk: Desk, essays: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.desk.LOOK_AGAIN", -60.0)
    monkeypatch.setattr(desk._library, "encoder", lambda spec: WordCountEncoder())
    assert not desk.behind()
    (essays / "milk.txt").write_text("牛奶要趁热喝。\n", encoding="utf-8")
    assert desk.behind()


def asked(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, questions: list[str], words: Words = ZH, scope: Scope = EVERYTHING
) -> list[render.Turn]:
    """A conversation."""
    monkeypatch.setattr(WordCountEncoder, "loaded", True, raising=False)
    monkeypatch.setattr(desk._library, "encoder", lambda spec: WordCountEncoder())
    turns: list[render.Turn] = []
    for question in questions:
        *_, turn = desk.answering(desk.understood(question, turns, "", scope), words)
        turns.append(turn)
    return turns


def test_what_rules_do_not_understand_is_said_and_not_searched(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    _, turn, after = asked(desk, monkeypatch, ["泡绿茶的水温是多少？", "所以呢？", "那面包呢？"], EN)
    assert (turn.answer, turn.note, turn.at.question) == (None, EN["unclear"], "")
    assert after.at.question == "面包"  # it follows on what was understood
    assert EN["unclear"] in desk.thread([turn], EN)


def test_who_disagrees_is_answered_with_a_word_on_how(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first, turn = asked(desk, monkeypatch, ["泡绿茶的水温是多少？", "谁不同意？"])
    assert first.asked is not None
    assert set(turn.at.scope.without) == {citation.document.name for citation in first.asked.citations} != set()
    assert ZH["opposed"] in desk.thread([turn], ZH)
    assert ZH["opposed"] in desk.thread([desk.remembered(turn.question, turn.at)], ZH)


def test_whoever_is_to_say_it_is_asked_whatever_was_chosen(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = Scope(essays=("bread.txt",))
    first, other = asked(desk, monkeypatch, ["陆小羽怎么看水温？", "面包要发酵多久？"], ZH, chosen)
    assert (first.at.question, first.at.scope) == ("陆小羽怎么看水温？", Scope(authors=("陆小羽",)))
    assert (other.at.question, other.at.scope) == ("面包要发酵多久？", chosen)


def test_where_nothing_is_left_to_cite_that_is_said_and_nothing_cited_is_shown_as_near(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = asked(desk, monkeypatch, ["泡绿茶的水温是多少？", *["还有吗？"] * 4])
    silent = turns[-1]
    assert silent.answer is not None
    assert not silent.answer.answered
    for name, span in silent.at.known:
        for hit in silent.answer.nearest:
            at = hit.passage
            assert at.document.name != name or at.end <= span.start or span.end <= at.start
    for words in (ZH, EN):
        html = desk.thread([silent], words)
        assert words["further"] in html
        assert words["further_note"].format(n=len(silent.at.known)) in html
        assert words["silent"] not in html


def test_where_nobody_fits_the_authors_that_there_are_can_be_asked(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    *_, turn = asked(desk, monkeypatch, ["泡绿茶的水温是多少？", "only Wang Wu"], EN)
    html = desk.thread([turn], EN)
    assert EN["nobody"] in html
    link = render.link(Address(turn.at.question, Scope(authors=("陆小羽",))))
    assert f'<a href="{escape(link)}"><bdi lang="zh-CN">陆小羽</bdi></a>' in html


@pytest.mark.parametrize("question", ["只看陆小羽的", "只看 1999 年的"])
def test_whoever_is_silent_among_some_essays_all_can_be_asked_instead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    _, turn = asked(desk, monkeypatch, ["？？", question])
    assert turn.at.scope
    anew = f'<a href="{escape(render.link(turn.at.question))}">{ZH["ask_all"]}</a>'
    assert anew in desk.thread([turn], ZH)
    assert anew not in desk.thread(asked(desk, monkeypatch, ["？？"]), ZH)


def test_who_can_be_chosen_to_ask_are_those_who_speak_and_want_to_be_named() -> None:
    cards = [
        Document(name, "", title, author, "", "", "zh", "")
        for name, title, author in [
            ("a", "一次演讲--李沐", ""),
            ("b", "论茶", "李沐（讲者）、赵墨"),
            ("c", "论水", "unsigned"),
        ]
    ]
    shelf = render.Shelf(cards, {card.name: n for n, card in enumerate(cards)}, 3)
    assert shelf.authors(9) == ["李沐", "赵墨"]
    assert shelf.authors(1) == ["李沐"]
