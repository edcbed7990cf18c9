"""Essays asked from a program: what its objects are, how they show themselves, and that the examples are true."""

import asyncio
import contextlib
import doctest
import pickle
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError, fields, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

import rag
from index.encoder import SentenceEncoder
from index.index import Index
from index.types import Encoder, Passage
from rag import Answer, Citation, Essays, NoIndex, NotInEssays, YuanhuaError, excerpt_id, open_index
from rag.types import Correction, Evidence, Opposition, Reported
from tests.browser import QUESTION
from tests.conftest import HOSTILE, HOSTILE_NAME, ROOT

SHOWN = {"div", "p", "b", "bdi", "blockquote", "mark", "span", "table", "thead", "tbody", "tr", "td", "th"}
UNANSWERED = "北京今天的天气怎么样？"


@pytest.fixture(autouse=True)
def _one_encoder(monkeypatch: pytest.MonkeyPatch, encoder: Encoder) -> None:
    """The one that the other tests use, since loading one takes seconds."""
    monkeypatch.setattr("index.library.SentenceEncoder", lambda spec, report: encoder)


@pytest.fixture
def sample(seeds_index: Path) -> Essays:
    return open_index(seeds_index)


@pytest.fixture
def hostile(tmp_path: Path, encoder: SentenceEncoder) -> Essays:
    """Essays whose name, title, author and text would all like to be run."""
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / HOSTILE_NAME).write_text(
        f"---\ntitle: '{HOSTILE}'\nauthor: '{HOSTILE}'\n---\n\n紫砂壶养壶的窍门是 {HOSTILE} 天天用它泡茶。\n",
        encoding="utf-8",
    )
    essays = open_index(tmp_path / "index")
    essays.build(seeds)
    return essays


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[tuple[str, str | None]] = set()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= set(attrs)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(shown: object) -> _Tags:
    """What a notebook is given. Nothing in it runs, is fetched or leads away, and no colour is its own."""
    html = shown._repr_html_()  # type: ignore[attr-defined]
    tags = _Tags()
    tags.feed(html)
    tags.close()
    assert tags.open == []
    assert tags.tags <= SHOWN
    assert {name for name, _ in tags.attributes} <= {"style", "lang"}
    styles = " ".join(value or "" for name, value in tags.attributes if name == "style")
    assert not any(word in styles for word in ("url", "background", "#", "rgb", ";color", "position"))
    return tags


@pytest.mark.parametrize("name", ["PYTHON.md", "PYTHON.zh.md"])
def test_the_examples_are_true(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "seeds", tmp_path / "seeds", ignore=shutil.ignore_patterns(".*"))
    monkeypatch.chdir(tmp_path)
    tried = doctest.testfile(str(ROOT / "rag" / name), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert tried.failed == 0
    assert tried.attempted > 15


def test_the_two_languages_have_the_same_examples() -> None:
    def commands(name: str) -> list[str]:
        examples = doctest.DocTestParser().get_examples((ROOT / "rag" / name).read_text(encoding="utf-8"))
        return [example.source.split('"')[0] for example in examples]

    assert commands("PYTHON.md") == commands("PYTHON.zh.md")


def test_what_the_documents_name_is_there_to_be_imported() -> None:
    for name in ("PYTHON.md", "PYTHON.zh.md"):
        text = (ROOT / "rag" / name).read_text(encoding="utf-8")
        errors = [known for known in rag.__all__ if isinstance(getattr(rag, known), type) and f"`{known}`" in text]
        assert {"BadQuestion", "NoIndex", "StaleIndex", "EncoderUnavailable", "NotInEssays"} <= set(errors)


def test_users_of_the_packages_see_their_types() -> None:
    for room in ("index", "rag", "ui"):
        assert (ROOT / room / "py.typed").is_file()


def test_what_is_answered_cannot_be_changed_and_survives_a_pickle(sample: Essays) -> None:
    answer = sample.ask(QUESTION)
    hit = sample.search(QUESTION, 1)[0]
    citation = answer.citations[0]
    excerpt = sample.excerpt(excerpt_id(citation.document, citation.start, citation.end))
    for known in (answer, hit, citation, excerpt, sample.ask(UNANSWERED)):
        assert pickle.loads(pickle.dumps(known)) == known
        with pytest.raises(FrozenInstanceError):
            setattr(known, fields(known)[0].name, None)
    copied = pickle.loads(pickle.dumps(answer))
    assert {c.document.text[c.start : c.end] == c.quote for c in copied.citations} == {True}


def test_a_repr_is_one_short_line_without_the_essays(sample: Essays) -> None:
    answer = sample.ask(QUESTION)
    longest = max(len(document.text) for document in map(sample.document, (d.name for d in sample.documents)))
    citation = answer.citations[0]
    excerpt = sample.excerpt(excerpt_id(citation.document, citation.start, citation.end))
    shown = [answer, *answer.citations, excerpt, *sample.search(QUESTION, 3), sample, citation.document]
    for line in map(repr, shown):
        assert "\n" not in line
        assert len(line) < min(600, longest)
    assert QUESTION in repr(answer)
    assert repr(sample.search(QUESTION, 1)[0].passage).count(citation.document.text[:100]) == 0


def test_it_is_printed_as_the_terminal_shows_it_with_every_place(sample: Essays) -> None:
    answer = sample.ask(QUESTION)
    for citation in answer.citations:
        assert f"“{citation.quote}” [{citation.n}]" in str(answer)
        assert f"[{citation.n}] {citation.document.name}, {citation.start}–{citation.end}" in str(answer)
        assert citation.quote in str(citation)
    for hit in sample.ask(UNANSWERED).nearest:
        assert f"{hit.passage.document.name}, {hit.passage.start}–{hit.passage.end}" in str(sample.ask(UNANSWERED))
        assert hit.passage.text in str(hit)


def test_a_notebook_shows_every_excerpt_and_whose_it_is(sample: Essays) -> None:
    answer = sample.ask(QUESTION)
    text = parsed(answer).text
    assert QUESTION in text
    for citation in answer.citations:
        assert f"{citation.quote} [{citation.n}]" in text
        assert citation.document.title in text
    assert citation.quote in parsed(citation).text
    hit = sample.search(QUESTION, 1)[0]
    assert hit.passage.text in parsed(hit).text
    assert all(document.name in parsed(sample).text for document in sample.documents)
    assert "这些文章没有谈到" in parsed(sample.ask(UNANSWERED)).text


def test_an_excerpt_is_in_the_passage_that_has_its_beginning_and_few_are_read_for_it(
    sample: Essays, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = sample.library.index
    name = max(index.positions, key=lambda name: len(index.rows_of(name)))
    passages = [index.passage(row) for row in index.rows_of(name)]
    document, read = passages[0].document, list[int]()
    places = [(one.start, end) for one in passages for end in (one.start + 1, one.end)]
    places += [(one.end - 1, one.end) for one in passages] + [(0, len(document.text))]
    passage_of = type(index).passage

    def counted(index: Index, row: int) -> Passage:
        read.append(row)
        return passage_of(index, row)

    monkeypatch.setattr(type(index), "passage", counted)
    for start, end in places:
        read.clear()
        excerpt = sample.excerpt(excerpt_id(document, start, end))
        began = [one for one in passages if one.start <= start]
        assert excerpt.passage == (began or passages)[-1 if began else 0]
        assert len(read) <= len(passages).bit_length() + 1 < len(passages)


def test_an_excerpt_is_marked_among_what_stands_around_it(sample: Essays) -> None:
    citation = sample.ask(QUESTION).citations[0]
    excerpt = sample.excerpt(excerpt_id(citation.document, citation.start, citation.end))
    assert f"<mark>{excerpt.text}</mark>" in excerpt._repr_html_()
    assert excerpt.before.strip() in parsed(excerpt).text
    assert excerpt.text in str(excerpt)


def test_whose_view_it_is_and_who_differs_is_shown_too(sample: Essays) -> None:
    answer = sample.ask(QUESTION)
    first = answer.citations[0]
    told = replace(first, reported=Reported("rebutted", first.quote[:2], rag.Span(0, 1)))
    answer = replace(answer, citations=(told, *answer.citations[1:]))
    for shown in (str(answer), parsed(answer).text, str(told), parsed(told).text):
        assert f"作者转述后反驳：{first.quote[:2]}" in shown
    assert answer.opposed, "the sample essays differ on this"
    for shown in (str(answer), parsed(answer).text):
        assert "可能不同" in shown
        other = answer.opposed[0].other.quote
        assert shown.count(other) == 2


def test_nothing_of_an_essay_or_a_question_is_markup(hostile: Essays) -> None:
    answer = hostile.ask(f"紫砂壶养壶的窍门是什么？{HOSTILE}")
    assert answer.answered
    citation = answer.citations[0]
    hit = hostile.search("紫砂壶", 1)[0]
    excerpt = hostile.excerpt(excerpt_id(citation.document, citation.start, citation.end))
    told = replace(citation, reported=Reported("reported", HOSTILE, rag.Span(0, 1)))
    side = Evidence(hit.passage.document, excerpt.span, 1.0)
    opposed = replace(answer, opposed=(Opposition(side, side, 1.0),))
    silent = Answer(HOSTILE, False, "", (), (hit,), corrections=(Correction(HOSTILE, HOSTILE),))
    for shown in (answer, citation, told, hit, excerpt, hostile, silent, opposed):
        assert "alert(1)" in parsed(shown).text


def test_an_essay_moves_no_cursor_when_it_is_printed(sample: Essays) -> None:
    document = replace(sample.document("li-mu-talk.md"), title="\x1b[2J", text="\x1b]0;甲\x07\u202e乙")
    citation = Citation(1, document, 0, 8, document.text[:8], 1.0)
    answer = Answer("？\x1b", True, citation.quote, (citation,), ())
    for shown in (str(citation), str(answer)):
        assert not {"\x1b", "\x07", "\u202e"} & set(shown)


def test_several_threads_and_a_running_loop_get_the_same_answer(sample: Essays) -> None:
    alone = sample.ask(QUESTION)
    with ThreadPoolExecutor(8) as threads:
        assert set(map(repr, threads.map(sample.ask, [QUESTION] * 24))) == {repr(alone)}

    async def inside() -> tuple[Answer, Answer]:
        return sample.ask(QUESTION), await asyncio.to_thread(sample.ask, QUESTION)

    assert asyncio.run(inside()) == (alone, alone)


def test_it_follows_its_essays_without_being_opened_again(essays: Path, tmp_path: Path) -> None:
    opened = open_index(tmp_path / "index")
    assert opened.build(essays).documents == 2
    assert opened.ask("泡绿茶的水温是多少？").answered
    (essays / "salt.md").write_text("# 论盐\n\n腌萝卜的盐要放三成。\n", encoding="utf-8")
    built = opened.build(essays)
    assert (built.documents, built.changes.added) == (3, ("salt.md",))
    (citation, *_) = opened.ask("腌萝卜的盐要放多少？").citations
    assert citation.quote == "腌萝卜的盐要放三成。"
    (essays / "tea.md").write_text("改过了。", encoding="utf-8")
    asked = opened.asked("泡绿茶的水温是多少？")
    assert "tea.md" in asked.left_out


def test_the_index_stays_the_same_where_the_program_goes_elsewhere(
    essays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    opened = open_index("index")
    opened.build("essays")
    monkeypatch.chdir("/")
    assert len(opened.documents) == 2


WRONG: list[Callable[[Essays], object]] = [
    lambda essays: essays.document("nowhere.md"),
    lambda essays: essays.excerpt("0123456789abcdef-0-1"),
    lambda essays: essays.ask(""),
    lambda essays: essays.build(HOSTILE_NAME),
    lambda _: open_index("/nowhere").ask("为什么？"),
]


@pytest.mark.parametrize("wrong", WRONG)
def test_what_goes_wrong_says_what_to_do_in_both_languages(
    sample: Essays, wrong: Callable[[Essays], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(YuanhuaError) as raised:
        wrong(sample)
    assert len(str(raised.value)) > 20
    assert any("一" <= character <= "鿿" for character in raised.value.said("zh"))


def test_a_notebook_without_an_index_shows_why_and_no_traceback(tmp_path: Path) -> None:
    essays = open_index(tmp_path / "<b>nowhere")
    assert "there is no index here" in parsed(essays).text
    with pytest.raises(NoIndex):
        essays.search("甲")
    with contextlib.suppress(NoIndex), pytest.raises(NotInEssays):
        essays.document("甲.md")


CELLS = [
    "from rag import open_index\nessays = open_index('index')\nbuilt = essays.build('essays')",
    "essays",
    "answer = essays.ask('泡绿茶的水温是多少？')\nanswer",
    "answer.citations[0]",
    "essays.search('茶')[0]",
]


def _shown(cells: list[str]) -> Iterator[str]:
    """As a notebook runs them: each in the names of those before, and its last line is what is shown."""
    names: dict[str, object] = {}
    for cell in cells:
        *lines, last = cell.split("\n")
        exec("\n".join(lines), names)
        if "=" in last:
            exec(last, names)
        else:
            yield eval(last, names)._repr_html_()


def test_cells_of_a_notebook_show_what_they_end_in(
    essays: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table, *shown = _shown(CELLS)
    assert "tea.md" in table
    for html in shown:
        assert "水温不要超过八十度" in html
