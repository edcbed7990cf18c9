"""What the page says of the folder of essays."""

import json
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import pytest
from markupsafe import escape

from index.build import build
from index.corpus import MOST_FILES, CannotRestore
from index.library import Library
from index.sidecar import read_sidecar
from index.types import Document
from rag.scope import EVERYTHING, Scope
from tests.conftest import WordCountEncoder
from tests.test_jobs import until
from ui.address import Address
from ui.desk import Desk, NotThere
from ui.jinja import link
from ui.room import Room, Shown
from ui.shelf import Removed, Shelf
from ui.turn import Turn
from ui.words import EN, ZH, Words


class Rows(HTMLParser):
    """Of the list of essays, by file name: the texts of the cells, without what stands there a second time for narrow
    pages, and what the button is for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._inside = 0  # of what stands there a second time
        self.cells: list[list[str]] = []
        self.buttons: list[str] = []
        self.feed(html.split("<template")[0])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "span" and (self._inside or ("class", "facts") in attrs):
            self._inside += 1
        if tag == "tr":
            self.cells.append([])
        elif tag in ("td", "th"):
            self.cells[-1].append("")
        elif tag == "button" and ("class", "remove") in attrs:
            self.buttons.append(dict(attrs)["data-name"] or "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "span" and self._inside:
            self._inside -= 1

    def handle_data(self, data: str) -> None:
        if self.cells and self.cells[-1] and data.strip() and not self._inside:
            self.cells[-1][-1] += f"{data.strip()}|"


@pytest.fixture
def desk(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """One that begins no rebuild by itself."""
    monkeypatch.setattr("ui.desk.LITTLE", -1)
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
    desk.remove("tea.md")
    status, corpus = desk.corpus(EN)
    assert "its essays: 1 removed." in status
    assert "same essay" not in corpus
    assert (essays / ".removed" / "tea.md").is_file()


def test_an_archive_is_removed_with_every_essay_in_it(desk: Desk) -> None:
    desk.remove("old.zip")
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
    assert "新增 2，改名 1。" in status


def test_title_author_and_date_are_edited_without_touching_the_essay(desk: Desk, essays: Path) -> None:
    before = (essays / "copy.txt").read_bytes()
    desk.edit("copy.txt", {"title": "论茶（修订）", "author": "陆小羽", "date": "2022"})
    assert read_sidecar(essays) == {"copy.txt": {"title": "论茶（修订）", "date": "2022"}}  # the author was right
    status, corpus = desk.corpus(ZH)
    assert "改动 1" in status
    by_name = {cells[0].split("|")[1]: cells for cells in Rows(corpus).cells[1:]}
    assert by_name["copy.txt"][:3] == ["论茶（修订）|copy.txt|", "陆小羽|", "2022|"]
    desk.edit("copy.txt", {"title": "论茶", "author": "陆小羽", "date": "2021-03-04"})
    assert read_sidecar(essays) == {}
    assert (essays / "copy.txt").read_bytes() == before


@pytest.mark.parametrize("name", ["nothing.txt", "../tea.md", "essays.toml", ""])
def test_only_an_essay_can_be_edited(desk: Desk, essays: Path, name: str) -> None:
    with pytest.raises(NotThere):
        desk.edit(name, {"title": "x"})
    assert not (essays / "essays.toml").exists()


def test_an_essay_in_an_archive_can_be_given_a_title(desk: Desk, essays: Path) -> None:
    desk.edit("old.zip/tea.txt", {"title": "新鲜", "author": "", "date": ""})
    assert read_sidecar(essays) == {"old.zip/tea.txt": {"title": "新鲜"}}


def test_what_was_removed_can_be_put_back(desk: Desk, essays: Path) -> None:
    removed = desk.remove("tea.md")
    assert removed == Removed("tea.md", "tea.md", "tea.md")  # copy.txt is the one that has a title in the index
    assert desk.remove("copy.txt").label == "论茶"
    desk.restore(removed)
    desk.restore(Removed("copy.txt", "copy.txt"))
    assert "up to date" in desk.corpus(EN)[0]
    with pytest.raises(CannotRestore):
        desk.restore(removed)


def test_a_date_that_is_none_is_refused_in_its_field_and_in_the_reader_s_language(desk: Desk, essays: Path) -> None:
    room, sent = Room(desk, ZH), {"name": "tea.md", "title": "茶", "author": "", "date": "昨天"}
    text = "“昨天”不是日期，请写成 2023-10-15、2023-10 或 2023。"
    assert room.save(sent) == {"field": "date", "text": text}
    assert not (essays / "essays.toml").exists()
    assert room.save(sent | {"date": "2023"}) == {}
    assert room.save(sent | {"name": "gone.txt"}) == {"field": "", "text": "gone.txt 已经不在了。"}
    broken: list[object] = [None, "", [], {"name": 7}]
    for nonsense in broken:
        assert room.save(nonsense)["field"] == ""


def test_several_that_are_removed_in_a_row_each_keep_their_line_until_the_room_is_opened_anew(desk: Desk) -> None:
    room, shown = Room(desk, ZH), Shown()
    for name in ("tea.md", "bread.txt"):
        status, corpus, shown = room.remove({"name": name}, shown)
        assert "note" not in status  # which would move the list under the reader's hand
    assert [removed.name for removed in shown.gone] == ["tea.md", "bread.txt"]
    assert 'data-said="已移走 bread"' in status
    assert corpus.count('class="undo"') == room.again(shown)[1].count('class="undo"') == 2
    status, corpus, shown = room.undo({"name": "tea.md", "place": "tea.md"}, shown)
    assert "tea.md 已放回原处。" in status
    assert corpus.count('class="undo"') == 1
    assert "undo" not in room.open()[1]
    assert "放不回去" in room.undo({"name": "tea.md", "place": "tea.md"}, shown)[0]
    assert "没有这篇文章" in room.remove({"name": "nothing.txt"}, shown)[0]


def upload(folder: Path, name: str, data: bytes | str) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def test_of_an_upload_the_good_files_are_added_and_the_others_named(desk: Desk, essays: Path, tmp_path: Path) -> None:
    sent = [upload(tmp_path / "sent", f"{n}.txt", f"第{n}篇。") for n in range(31)]
    sent.append(upload(tmp_path / "sent", "broken.pdf", b"%PDF"))
    room = Room(desk, ZH)
    status, corpus, shown = room.add(sent, "", Shown())
    listed = "、".join(f"{n}.txt" for n in range(10))
    assert shown.note.startswith(f"已加入 31 个文件：{listed}，另有 21 个；没有加入 1 个：broken.pdf（文件已损坏")
    assert shown.note.endswith("）。")
    assert f'data-said="{shown.note}"' in status
    assert corpus.count('<tr class="new">') == 31
    assert not any(path.exists() for path in sent)
    assert not (essays / "broken.pdf").exists()


def test_what_was_not_sent_is_named_with_what_was_not_taken(desk: Desk, tmp_path: Path) -> None:
    room, left = Room(desk, EN), json.dumps([["old.doc", 10], ["long.txt", 30_000_000], ["prog.exe", 1]])
    note = room.add([upload(tmp_path / "sent", "rain.txt", "雨停了。")], left, Shown())[2].note
    assert note.splitlines() == [
        "Added rain.txt; 3 not added:",
        "old.doc (.doc files are not read; save it as .docx)",
        "long.txt (it is 30 MB, more than the 20 MB an essay may have; split it)",
        "prog.exe (files of this kind are not read; save it as .txt or .md)",
    ]
    assert Room(desk, ZH).leave_out({"files": json.dumps([["old.doc", 10]])}, Shown())[2].note == (
        "没有加入 old.doc：不读 .doc 文件，请另存为 .docx。"
    )
    many = json.dumps([[f"{n}.doc", 10] for n in range(13)])
    assert room.leave_out({"files": many}, Shown())[2].note.splitlines()[-1] == "and 3 more"


def test_a_browser_is_told_which_files_to_send(desk: Desk) -> None:
    offers: list[list[object]] = [["a.txt", 10], ["b.exe", 10], ["c.ZIP", 90_000_000], ["d.zip", 101_000_000]]
    assert Room(desk, EN).sift({"files": json.dumps(offers)}) == [0, 2]
    offers = [[f"{n}.txt", 10] for n in range(MOST_FILES + 3)]
    assert Room(desk, EN).sift({"files": json.dumps(offers)}) == list(range(MOST_FILES))
    offers = [[f"{n}.pdf", 99_000_000] for n in range(12)]
    assert Room(desk, EN).sift({"files": json.dumps(offers)}) == list(range(10))
    for nonsense in ("", "[", "{}", "[1]", '[["a.txt"]]', '[["a.txt", "x"]]', "[" * 100_000):
        assert Room(desk, EN).sift({"files": nonsense}) == []


def test_what_a_reader_changed_is_taken_into_the_index_by_itself_unless_it_is_much(
    desk: Desk, essays: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(desk._library, "encoder", lambda spec: WordCountEncoder())
    monkeypatch.setattr("ui.jobs.QUIET", 0.05)
    monkeypatch.setattr("ui.desk.LITTLE", 1000)
    desk.add([upload(tmp_path / "sent", "long.txt", "雨停了。" * 200)])
    assert not desk.rebuilds.expected
    assert "请重建索引" in desk.corpus(ZH)[0]
    desk.remove("long.txt")
    desk.add([upload(tmp_path / "sent", "rain.txt", "雨停了。")])
    assert desk.rebuilds.under_way
    assert not desk.behind()
    until(lambda: not desk.rebuilds.under_way)
    assert desk.rebuilds.ended == 1
    assert "索引是最新的" in desk.corpus(ZH)[0]


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
) -> list[Turn]:
    """A conversation."""
    monkeypatch.setattr(WordCountEncoder, "loaded", True, raising=False)
    monkeypatch.setattr(desk._library, "encoder", lambda spec: WordCountEncoder())
    turns: list[Turn] = []
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
    there = link(Address(turn.at.question, Scope(authors=("陆小羽",))))
    assert f'<a href="{escape(there)}"><bdi lang="zh-CN">陆小羽</bdi></a>' in html


@pytest.mark.parametrize("question", ["只看陆小羽的", "只看 1999 年的"])
def test_whoever_is_silent_among_some_essays_all_can_be_asked_instead(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, question: str
) -> None:
    _, turn = asked(desk, monkeypatch, ["？？", question])
    assert turn.at.scope
    anew = f'<a href="{escape(link(turn.at.question))}">{ZH["ask_all"]}</a>'
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
    shelf = Shelf(cards, {card.name: n for n, card in enumerate(cards)}, 3)
    assert shelf.authors(9) == ["李沐", "赵墨"]
    assert shelf.authors(1) == ["李沐"]
