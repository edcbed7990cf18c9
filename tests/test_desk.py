"""What the page says of the folder of essays."""

import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.build import build
from index.library import Library
from index.sidecar import read_sidecar
from tests.conftest import WordCountEncoder
from ui.address import read_address
from ui.desk import Desk
from ui.words import EN, ZH


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
    assert "<mark" in desk.source(read_address("d=long.txt&s=0&e=5000"), [], EN)
    leaf = desk.source(read_address("d=long.txt&s=0&e=5001"), [], EN)
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
