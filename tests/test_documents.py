"""Whatever lies in the folder: what can be read is read, and what cannot has one clear line that says why."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from index import documents
from index.changes import compare
from index.documents import Problem, Unreadable, document_from, language_of, printable, read_document
from index.headers import LONGEST_FIELD
from index.passages import split
from index.scan import NoCorpus, read_corpus, scan
from index.types import Span
from tests.made import WATER, chapter, epub, pdf, word

WECHAT = f"""<html><head><meta charset="gbk"><meta property="og:title" content="论茶的水温"></head><body>
<div id="js_content"><p>{WATER}</p></div></body></html>"""
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"


def names(folder: Path) -> list[str]:
    return [document.name for document in read_corpus(folder).documents]


def only_problem(folder: Path) -> str:
    """The one line about the one file that was left out, while the two essays are read."""
    corpus = read_corpus(folder)
    assert [document.name for document in corpus.documents] == ["bread.txt", "tea.md"]
    (problem,) = corpus.problems
    assert len(str(problem).splitlines()) == 1
    return str(problem)


def test_a_document_is_its_file_to_the_character(essays: Path) -> None:
    bread, tea = read_corpus(essays).documents
    data = (essays / "tea.md").read_bytes()
    assert tea.text == data.decode()
    assert tea.sha256 == hashlib.sha256(data).hexdigest()
    assert (tea.title, tea.author, tea.date, tea.url, tea.language) == ("论茶", "陆小羽", "2021-03-04", "", "zh")
    assert tea.text[tea.furniture[0].end :].lstrip().startswith("泡绿茶")
    assert (bread.title, bread.label, bread.language, bread.furniture) == ("", "bread", "en", ())


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "it is empty"),
        ("a.txt", b" \r\n\t\n", "it is empty"),
        ("a.txt", b"\xef\xbb\xbf", "it is empty"),
        ("a.txt", b"\xff\xfe", "it is empty"),
        ("a.txt", PNG, "save it as UTF-8"),
        ("a.md", bytes(1000), "save it as UTF-8"),
        ("a.pptx", b"PK", "files of this kind are not read; save it as .txt or .md"),
        ("a.doc", b"\xd0\xcf\x11\xe0", ".doc files are not read; save it as .docx"),
        ("a.MOBI", b"BOOKMOBI", ".mobi files are not read; save it as .epub"),
        ("a.pdf", b"%PDF-1.7", "it is damaged or no PDF; open it in another program and save it anew"),
        ("a.docx", b"PK", "the archive is damaged"),
        ("a.html", b"<p> </p>", "it is empty"),
        ("a.jpg", PNG, "files of this kind are not read"),
        ("README", b"text", "files of this kind are not read"),
        ("a\nb.jpg", PNG, "a\ufffdb.jpg: files of this kind"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_line_and_the_rest_is_read(
    essays: Path, name: str, content: bytes, reason: str
) -> None:
    (essays / name).write_bytes(content)
    assert reason in only_problem(essays)


def test_a_file_larger_than_any_essay_is_not_even_opened(essays: Path) -> None:
    with (essays / "huge.txt").open("wb") as file:
        file.truncate(21_000_000)
    assert only_problem(essays) == "huge.txt: it is 21 MB, more than the 20 MB an essay may have; split it."


def test_a_file_of_just_the_largest_size_is_read(essays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    size = max(path.stat().st_size for path in essays.iterdir())
    monkeypatch.setattr(documents, "LARGEST", size)
    assert names(essays) == ["bread.txt", "tea.md"]
    monkeypatch.setattr(documents, "LARGEST", size - 1)
    assert len(read_corpus(essays).documents) == 1


def test_a_link_to_nothing_is_one_line(essays: Path) -> None:
    (essays / "gone.txt").symlink_to(essays / "nowhere.txt")
    assert only_problem(essays).startswith("gone.txt: it cannot be read (No such file or directory); check")


def test_a_link_to_an_essay_is_that_essay(essays: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.txt").write_text("雨停了。", encoding="utf-8")
    (essays / "link.txt").symlink_to(tmp_path / "elsewhere.txt")
    assert names(essays) == ["bread.txt", "link.txt", "tea.md"]


def test_a_pipe_is_one_line_and_nobody_waits_for_it(essays: Path) -> None:
    os.mkfifo(essays / "pipe.txt")
    assert only_problem(essays) == "pipe.txt: it is not a regular file; it is left out."


def test_a_folder_that_is_named_like_a_file_is_a_folder(essays: Path) -> None:
    (essays / "x.txt").mkdir()
    (essays / "x.txt" / "rain.txt").write_text("雨停了。", encoding="utf-8")
    assert names(essays) == ["bread.txt", "tea.md", "x.txt/rain.txt"]
    assert read_corpus(essays).problems == ()
    with pytest.raises(Unreadable, match="not a regular file"):
        read_document(essays / "x.txt", "x.txt")


def test_a_name_of_two_lines_is_read_and_shown_in_one(essays: Path) -> None:
    (essays / "a\nb.txt").write_text("雨停了。", encoding="utf-8")
    assert names(essays) == ["a\nb.txt", "bread.txt", "tea.md"]
    assert printable("a\nb\u202e\ud800.txt") == "a\ufffdb\ufffd?.txt"


def test_a_name_that_is_not_text_is_one_line(essays: Path) -> None:
    Path(os.fsdecode(os.fsencode(essays) + b"/\xff.txt")).write_text("雨停了。", encoding="utf-8")
    assert only_problem(essays) == "?.txt: its name is not valid text; rename it."


@pytest.mark.parametrize("name", [".notes.txt", ".git/a.txt", ".removed/tea.md", "~$tea.md", "more/.hidden/a.txt"])
def test_hidden_files_are_not_there(essays: Path, name: str) -> None:
    (essays / name).parent.mkdir(parents=True, exist_ok=True)
    (essays / name).write_text("雨停了。", encoding="utf-8")
    assert names(essays) == ["bread.txt", "tea.md"]
    assert read_corpus(essays).problems == ()


def test_essays_come_in_the_order_of_their_names_from_every_folder_below(essays: Path) -> None:
    for name in ("b/2.txt", "b/1.TXT", "a/x.markdown"):
        (essays / name).parent.mkdir(exist_ok=True)
        (essays / name).write_text("雨停了。", encoding="utf-8")
    assert names(essays) == ["a/x.markdown", "b/1.TXT", "b/2.txt", "bread.txt", "tea.md"]


def test_a_folder_that_is_not_there_says_so_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoCorpus, match=r"no such folder.*--seeds"):
        read_corpus(tmp_path / "nowhere")


def test_reading_reports_how_far_it_is(essays: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    read_corpus(essays, lambda *step: steps.append(step))
    assert steps == [("Reading", 0, 2), ("Reading", 1, 2), ("Reading", 2, 2)]


def test_a_problem_is_a_sentence_that_begins_with_the_name() -> None:
    assert str(Problem("a\tb.pdf", "it is empty", "文件是空的")) == "a\ufffdb.pdf: it is empty."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("泡茶要慢。", "zh"),
        ("我用 Python 和 NumPy 写了一个小工具，很好用。", "zh"),
        ("Bread needs time.", "en"),
        ("The word 茶 is read cha, and everybody drinks it.", "en"),
        ("", "en"),
        ("123", "en"),
    ],
)
def test_the_language_is_the_one_most_of_it_is_written_in(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("tea.html", WECHAT.encode("utf-8")),
        ("tea.docx", word()),
        ("tea.pdf", pdf([WATER * 4] * 3)),
        ("tea.epub", epub({"a.xhtml": chapter(f"<p>{WATER}</p>")}, "<dc:title>论茶</dc:title>")),
    ],
)
def test_every_kind_of_file_is_a_document(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    corpus = read_corpus(tmp_path)
    (document,) = corpus.documents
    assert corpus.problems == ()
    assert document == document_from(data, name)
    assert document.sha256 == hashlib.sha256(data).hexdigest()
    assert (document.title[:2], document.language) == ("论茶", "zh")
    sentences = [document.text[a:b] for passage in split(document) for a, b in passage.sentences]
    assert any("茶" in sentence for sentence in sentences)
    assert "论茶的水温" not in sentences


def test_a_header_in_the_text_goes_before_what_the_file_says() -> None:
    page = "<title>站点</title><meta name=author content=编辑><p>标题: 论茶<br>作者: 陆小羽</p><p>茶要热。</p>"
    document = document_from(page.encode(), "a.html")
    assert (document.title, document.author) == ("论茶", "陆小羽")
    assert document.text[document.furniture[0].end :].strip() == "茶要热。"


def test_a_first_line_is_no_title_where_the_file_names_another() -> None:
    page = "<title>论茶</title><p>楔子</p><p>茶要热。</p>"
    document = document_from(page.encode(), "a.html")
    assert (document.title, document.furniture) == ("论茶", ())
    assert document_from(page.replace("论茶", "").encode(), "a.html").title == "楔子"


def test_without_a_title_the_first_large_heading_is_one() -> None:
    page = "<p>茶要热，水要好。</p><h2>小</h2><h1>论茶</h1><h1>论水</h1>"
    assert document_from(page.encode(), "a.html").title == "论茶"
    assert document_from(b"Tea is hot, and water is good.\n\n# Tea\n", "a.md").title == ""


def test_what_a_file_says_of_itself_is_no_longer_than_a_line() -> None:
    heading, link = "论茶" * 5000, f"https://example.org/{'a' * 9000}"
    for data, name in (
        (f"# {heading}\n原文：{link}\n\n茶要热。\n", "a.md"),
        (f"<title>论茶</title><link rel=canonical href={link}><h1>{heading}</h1><p>茶要热。</p>", "a.html"),
    ):
        document = document_from(data.encode(), name)
        fields = (document.title, document.author, document.date, document.url)
        assert max(map(len, fields)) <= LONGEST_FIELD
        assert document.url == ""


def test_whatever_goes_wrong_over_one_file_the_others_are_read(essays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with zipfile.ZipFile(essays / "old.zip", "w") as archive:
        archive.writestr("ink.txt", "磨墨要慢。\n")

    def fail(text: str, end: int) -> tuple[Span, ...]:
        if "磨墨" in text:
            raise ValueError("Exceeds the limit (4300 digits)")
        return ()

    monkeypatch.setattr(documents, "find_furniture", fail)
    assert "old.zip/ink.txt: it is too much for the reader" in only_problem(essays)
    (problem,) = [one.problem for one in compare(essays, scan(essays), None) if one.problem]
    assert problem.name == "old.zip/ink.txt"


def test_other_kinds_may_be_larger_than_text(essays: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "LARGEST", 10_000)
    monkeypatch.setattr(documents, "LARGEST_BINARY", 1_000_000)
    (essays / "a.html").write_bytes(b"<p>Tea is hot.</p>" + b" " * 900_000)
    assert "a.html" in names(essays)
    (essays / "a.html").write_bytes(b"<p>Tea is hot.</p>" + b" " * 1_000_000)
    assert only_problem(essays) == "a.html: it is 2 MB, more than the 1 MB an essay may have; split it."
    with pytest.raises(Unreadable, match="it is 1 MB, more than the 0 MB"):
        document_from(b"x" * 10_001, "a.txt")
