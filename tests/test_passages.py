"""Every sentence that can be cited is in exactly one passage, and a passage keeps to its section."""

import itertools
import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.documents import document_of
from index.passages import TARGET, split, weight
from index.sentences import sentences_of
from index.types import Document, Passage, Span

LONG = "".join(f"第{n}句话说的是泡茶的水温与时间。" for n in range(100))
PIECES = [
    *(
        "泡茶要慢。",
        "水太烫",
        "，",
        "！",
        " ",
        "\n",
        "\n\n",
        "Bread needs time. ",
        "a slow rise overnight and then some more",
    ),
    *(
        "## 小节\n",
        "\n# 大节\n",
        "- 一条。\n",
        "1. 二条\n",
        "**重点**",
        "![图](a.png)",
        "<!--more-->",
        "<p>",
        "-----\n",
    ),
    *("标题: 论茶\n", "评论\n", "“", "”", "（", "https://example.org/a", "\u3000", LONG[:400]),
]


def document(text: str) -> Document:
    return document_of("a.md", text, "")


def sentences(passage: Passage) -> list[str]:
    return [passage.document.text[start:end] for start, end in passage.sentences]


def lines_of(text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(r"[^\n]+", text)]


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_passages_are_whole_sentences_in_order_and_nothing_twice(text: str) -> None:
    essay = document(text)
    edge = 0
    for passage in split(essay):
        assert edge <= passage.start <= passage.sentences[0].start
        assert passage.end == passage.sentences[-1].end
        edge = passage.start
        for start, end in passage.sentences:
            assert edge <= start < end
            assert not [span for span in essay.furniture if span.start < end and start < span.end]
            edge = end


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
@example("an English line that is as long as a wrapped one\n## 小节\n正文。")
def test_no_passage_reaches_into_the_next_section(text: str) -> None:
    for passage in split(document("开头。\n" + text)):
        assert not re.search(r"(?<=\n)#+ +[大小]节", passage.text)


def test_every_sentence_of_every_line_is_in_a_passage() -> None:
    text = f"{LONG}\n\n雨停了。天黑了。\n- 一条。\n{LONG}"
    expected = [span for line in lines_of(text) for span in sentences_of(text, line)]
    assert [span for passage in split(document(text)) for span in passage.sentences] == expected


def test_a_long_section_becomes_passages_of_about_one_size() -> None:
    weights = [weight(passage.text) for passage in split(document(LONG))]
    assert len(weights) > 2
    assert max(weights) <= 1.2 * TARGET
    assert min(weights) >= 0.7 * max(weights)


def test_short_paragraphs_of_one_section_share_a_passage() -> None:
    (passage,) = split(document("泡茶要慢。\n\n水要清。\n\n叶子要新。"))
    assert sentences(passage) == ["泡茶要慢。", "水要清。", "叶子要新。"]


def test_a_passage_knows_the_headings_it_stands_under() -> None:
    text = "# 论茶\n\n开头。\n\n## 水\n\n水要清。\n\n### 水温\n\n八十度。\n\n## 茶\n\n叶子要新。\n"
    found = [(passage.heading, sentences(passage)) for passage in split(document(text))]
    assert found == [("", ["开头。"]), ("水", ["水要清。"]), ("水 水温", ["八十度。"]), ("茶", ["叶子要新。"])]


def test_a_heading_is_shown_with_its_passage_but_is_no_sentence() -> None:
    first, second = split(document(f"开头。\n## 水\n{LONG}"))[:2]
    assert first.text == "开头。"
    assert second.text.startswith("## 水\n第0句话")
    assert sentences(second)[0].startswith("第0句话")


def test_the_title_and_the_author_are_context_of_every_passage() -> None:
    passages = split(document(f"---\ntitle: 论茶\nauthor: 陆小羽\n---\n开头。\n## 水\n{LONG}"))
    assert {passage.context for passage in passages} == {"论茶 陆小羽", "论茶 陆小羽 水"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "A loaf of bread needs time more than it needs\nskill, and a slow rise helps. Wait.",
            ["A loaf of bread needs time more than it needs\nskill, and a slow rise helps.", "Wait."],
        ),
        ("A loaf of bread needs time and patience, said Ann\n\nSo wait for it.", None),
        ("A loaf of bread needs time and patience, said Ann\n- So wait for it.", None),
        ("A loaf of bread needs time and patience, said Ann  \nSo wait for it.", None),
        ("A short line\nand another line", None),
        ("这一行没有句号，写得足够长，长到看起来像是在某一列被折断了的样子，其实并没有折断\n这是另一行", None),
    ],
)
def test_wrapped_english_lines_are_joined_and_other_lines_are_not(text: str, expected: list[str] | None) -> None:
    by_line = [line.removeprefix("- ").strip() for line in text.split("\n") if line]
    found = itertools.chain.from_iterable(sentences(passage) for passage in split(document(text)))
    assert list(found) == (expected or by_line)


def test_an_image_in_the_middle_of_a_line_parts_two_sentences() -> None:
    (passage,) = split(document("泡茶要慢![图](a.png)水要清。<!--more-->叶子要新。"))
    assert sentences(passage) == ["泡茶要慢", "水要清。", "叶子要新。"]


@pytest.mark.parametrize("text", ["", "\n\n", "# 只有标题", "标题: 论茶\n-----\n", "![图](a.png)", "-----\n"])
def test_an_essay_without_a_sentence_has_no_passage(text: str) -> None:
    assert split(document(text)) == []
