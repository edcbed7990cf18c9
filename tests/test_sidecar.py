"""What a reader writes into essays.toml counts more than what the essays say of themselves."""

from pathlib import Path

import pytest

from index.scan import Corpus, read_corpus
from index.sidecar import BadField, BadSidecar, checked, read_sidecar, write_fields


def corpus_with(folder: Path, sidecar: str | bytes) -> Corpus:
    (folder / "essays.toml").write_bytes(sidecar if isinstance(sidecar, bytes) else sidecar.encode())
    return read_corpus(folder)


def test_what_is_set_by_hand_wins_and_the_rest_of_the_header_stands(essays: Path) -> None:
    corpus = corpus_with(essays, '["tea.md"]\ntitle = "茶论"\nurl = "https://example.org/tea"\n')
    bread, tea = corpus.documents
    assert (tea.title, tea.author, tea.date) == ("茶论", "陆小羽", "2021-03-04")
    assert tea.url == "https://example.org/tea"
    assert (bread.title, bread.author) == ("", "")
    assert corpus.problems == ()


def test_an_essay_without_a_header_gets_one(essays: Path) -> None:
    bread, _ = corpus_with(essays, '["bread.txt"]\ntitle = " Bread "\nauthor = "Ann"\ndate = 2020-05-06\n').documents
    assert (bread.title, bread.author, bread.date, bread.label) == ("Bread", "Ann", "2020-05-06", "Bread")


def test_a_field_set_to_nothing_hides_what_the_essay_says(essays: Path) -> None:
    assert corpus_with(essays, '["tea.md"]\nauthor = ""\n').documents[1].author == ""


def test_an_essay_in_a_folder_is_named_by_its_path(essays: Path) -> None:
    (essays / "more").mkdir()
    (essays / "tea.md").rename(essays / "more" / "tea.md")
    corpus = corpus_with(essays, '["more/tea.md"]\ntitle = "茶论"\n')
    assert [(document.name, document.title) for document in corpus.documents] == [
        ("bread.txt", ""),
        ("more/tea.md", "茶论"),
    ]


@pytest.mark.parametrize(
    "sidecar",
    [
        '["tea.md"\ntitle = "茶论"',
        '["tea.md"]\ntitle = 茶论',
        "not toml at all",
        '["tea.md"]\ntitle = "茶论"'.encode("gb18030"),
        f'["tea.md"]\ntitle = "茶论"\nx = {"1" * 5000}',
        f"x = {'[' * 5000}",
        b"\x00\xff",
    ],
    ids=["bracket", "quotes", "prose", "gb18030", "number", "nesting", "binary"],
)
def test_a_broken_one_is_one_problem_and_the_headers_stand(essays: Path, sidecar: str | bytes) -> None:
    corpus = corpus_with(essays, sidecar)
    assert [document.title for document in corpus.documents] == ["", "论茶"]
    (problem,) = corpus.problems
    assert problem.name == "essays.toml"
    assert "until it is corrected" in problem.reason
    assert len(str(problem).splitlines()) == 1
    with pytest.raises(BadSidecar):
        read_sidecar(essays)


def test_where_there_is_none_nothing_is_overridden(essays: Path) -> None:
    assert read_sidecar(essays) == {}
    assert read_corpus(essays).problems == ()


def test_a_byte_order_mark_and_what_concerns_no_essay_do_no_harm(essays: Path) -> None:
    sidecar = '\ufeffnote = "mine"\n["gone.md"]\ntitle = "gone"\n["tea.md"]\ntitle = "茶论"\ncolour = "green"\n'
    corpus = corpus_with(essays, sidecar)
    assert [document.title for document in corpus.documents] == ["", "茶论"]
    assert corpus.problems == ()


def test_a_name_without_quotes_is_one_problem_and_says_how_to_write_it(essays: Path) -> None:
    corpus = corpus_with(essays, '[tea.md]\ntitle = "茶论"\n')
    assert [str(problem) for problem in corpus.problems] == [
        'essays.toml: it has a section [tea] that names no file; write names in quotes, as ["essay.txt"].'
    ]


def test_what_is_set_on_the_page_leaves_the_rest_of_the_file_as_it_was(essays: Path) -> None:
    own = '# Mine.\n["bread.txt"]  # a note\ntitle = "Old"\nurl = "https://example.org/"\n\n[other]\nkey = [1, 2]\n'
    (essays / "essays.toml").write_text(own, encoding="utf-8")
    write_fields(essays, "bread.txt", {"title": 'On "bread"\\', "author": "Ann", "date": None})
    write_fields(essays, "a/b c.md", {"date": "2023-10"})
    text = (essays / "essays.toml").read_text(encoding="utf-8")
    for line in ("# Mine.", "# a note", 'url = "https://example.org/"', "key = [1, 2]"):
        assert line in text
    fields = read_sidecar(essays)
    assert fields["bread.txt"] == {"title": 'On "bread"\\', "author": "Ann", "url": "https://example.org/"}
    assert fields["a/b c.md"] == {"date": "2023-10"}
    write_fields(essays, "a/b c.md", {"date": None, "title": None})
    assert "a/b c.md" not in (essays / "essays.toml").read_text(encoding="utf-8")


def test_a_broken_file_is_not_written_over(essays: Path) -> None:
    (essays / "essays.toml").write_text("[bread", encoding="utf-8")
    with pytest.raises(BadSidecar):
        write_fields(essays, "bread.txt", {"title": "x"})
    assert (essays / "essays.toml").read_text(encoding="utf-8") == "[bread"


@pytest.mark.parametrize("value", ["2023-13", "yesterday", "2023/1/2", "23"])
def test_what_is_no_date_is_not_taken_for_one(value: str) -> None:
    with pytest.raises(BadField, match="write it as 2023-10-15"):
        checked("date", value)


def test_a_field_is_one_line_of_a_bounded_length() -> None:
    assert checked("title", "  A\n\x1b[31m title\u202e ") == "A [31m title"
    assert [checked("date", value) for value in ("", "2023", "2023-10", "2023-10-05")] == [
        "",
        "2023",
        "2023-10",
        "2023-10-05",
    ]
    with pytest.raises(BadField, match="at most 300"):
        checked("title", "字" * 301)
