"""A sentence is what a reader would call one, to the character, and no word of the essay is outside of all of them."""

import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index.sentences import heading_of, sentences_of
from index.types import Span

LONGEST = 300  # characters that an excerpt may have
MARKS = "茶水。，！？；：、…“”‘’「」（）《》\"'*_#>|[]-+.!?()1a \t\n\u3000\ufeff\U00020000"
RUNS = ["**", "1. ", "- ", "（1）", "……", "...", "Word", "e.g.", "U.S.", "3.14", "https://e.org/a.b?c=1", "的话"]
MARKUP = st.lists(st.sampled_from([*MARKS, *RUNS]), max_size=120).map(lambda pieces: "".join(pieces)[:300])
WORDS = st.sampled_from(["茶叶", "水", "Bread", "is", "the U.S. law", "3.14", "2024年", "Node.js", "重点"])
BETWEEN = st.sampled_from(["", " ", "，", "。", ". ", "! ", "？", "；", " “", "” ", "（", "）", '"', "**", "……", ": "])


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences_of(text, Span(0, len(text)))]


@pytest.mark.parametrize(
    "parts",
    [
        ["泡茶要慢。", "水太烫了！", "叶子就苦，是吗？"],
        ["He waited. ", "Then it rained! ", "Who knew?"],
        ["他说：“走吧。”", "然后走了。"],
        ["他说：“走吧。雨停了。”", "然后走了。"],
        ["“甲方来了！”，他说。", "没人答应。"],
        ["书名是《什么是茶？为什么》。", "没人读过。"],
        ["他（没人知道。真的）走了。", "雨停了。"],
        ["他走了。", '"你好。"', "她说。"],
        ["He left. ", '"Wait." ', "Nobody did."],
        ["“Really?” he asked. ", "She nodded."],
        ["I live in the U.S. and like it. ", "Really."],
        ["Use e.g. tea, i.e. leaves. ", "Done."],
        ["Dr. Wu met Mr. Li. ", "They ate."],
        ["S.G. Tallentyre wrote it. ", "Voltaire did not."],
        ["Pi is 3.14 or so. ", "Tau is 6.28."],
        ["版本是2.0。", "下一个是3.0。"],
        ["See https://example.org/a.html?b=1.2 for more. ", "Then go."],
        ["见 https://example.org/a?b=1。", "然后走。"],
        ["他来了.", "然后走了.", "真的!", "是吗?", "是的."],
        ["我喜欢Node.js和Vue.js。", "你呢？"],
        ["第一，茶要热。", "第二，水要清。"],
        ["等等……然后他走了。", "天黑了。"],
        ["他来了！！！", "走了？！"],
    ],
    ids="".join,
)
def test_sentences_end_where_a_reader_would_end_them(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("- 列表里的话。", "列表里的话。"),
        ("1. 第一条。", "第一条。"),
        ("12.保持简单。", "保持简单。"),
        ("3、保持简单。", "保持简单。"),
        ("（2）保持简单。", "保持简单。"),
        ("> 引用的话。", "引用的话。"),
        ("  • 圆点后的话。  ", "圆点后的话。"),
        ("**整句加粗。**", "整句加粗。"),
        ("** 整句加粗。 **", "整句加粗。"),
        ("**重点**：慢慢来。", "**重点**：慢慢来。"),
        ("这是**重点**。", "这是**重点**。"),
        ("12月13日是假期。", "12月13日是假期。"),
        ("3.5万人来了。", "3.5万人来了。"),
    ],
)
def test_a_list_marker_or_the_marks_of_bold_are_no_part_of_a_sentence(line: str, sentence: str) -> None:
    assert sentences(line) == [sentence]


def test_a_bold_run_of_two_sentences_leaves_no_half_of_its_marks() -> None:
    assert sentences("**泡茶要慢。水要清。**") == ["泡茶要慢。", "水要清。"]


@pytest.mark.parametrize("text", ["", "  ", "——", "。。。", "***", "- ", "？！"])
def test_marks_alone_are_no_sentence(text: str) -> None:
    assert sentences(text) == []


@pytest.mark.parametrize(
    "text", ["很长的句子，" * 80 + "完了。", "one more word " * 60, "茶" * 1000, "茶" * 310, "a" * 999]
)
def test_a_sentence_that_is_too_long_is_cut_and_loses_nothing(text: str) -> None:
    cut = sentences(text)
    assert max(map(len, cut)) <= LONGEST
    assert min(map(len, cut)) >= LONGEST / 6
    assert "".join(cut).replace(" ", "") == text.replace(" ", "")


def test_a_long_sentence_is_cut_at_its_semicolons_and_not_inside_a_clause() -> None:
    clause = "这一分句有二十来个字，说的是茶与水的关系；"
    assert len(sentences(clause * 10)) > 1
    assert {part[-1] for part in sentences(clause * 10)} == {"；"}


def test_only_the_block_that_is_asked_for_is_read() -> None:
    text = "前面的话。中间的话。后面的话。"
    assert sentences_of(text, Span(5, 10)) == [Span(5, 10)]


@settings(deadline=None, max_examples=300)
@given(MARKUP)
@example("** 茶 **")
@example("- **")
def test_every_sentence_is_an_exact_span_without_space_around(text: str) -> None:
    end = 0
    for span in sentences_of(text, Span(0, len(text))):
        quote = text[span.start : span.end]
        assert end <= span.start < span.end <= len(text)
        assert quote == quote.strip()
        assert len(quote) <= LONGEST
        end = span.end


@settings(deadline=None, max_examples=300)
@given(st.lists(st.tuples(WORDS, BETWEEN), max_size=30))
def test_no_letter_and_no_digit_is_lost(pairs: list[tuple[str, str]]) -> None:
    text = "".join(word + between for word, between in pairs)
    covered = {at for span in sentences_of(text, Span(0, len(text))) for at in range(*span)}
    assert [text[at] for at in range(len(text)) if text[at].isalnum() and at not in covered] == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("# 论茶", "论茶"),
        ("### 论 *茶* ###", "论 *茶*"),
        ("## Learning C#", "Learning C#"),
        ("#论茶", ""),
        ("#", ""),
        ("    # 代码", ""),
        ("####### 七层", ""),
        ("论茶", ""),
    ],
)
def test_a_heading_is_its_words(line: str, words: str) -> None:
    assert heading_of(line) == words


@pytest.mark.parametrize("hostile", [" " * 100_000, "“（《" * 30_000, "!" * 20_000 + "a", "." * 100_000, "1." * 50_000])
def test_hostile_text_takes_no_longer_than_its_length(hostile: str) -> None:
    start = time.perf_counter()
    sentences("a" + hostile)
    assert time.perf_counter() - start < 2


def test_a_hostile_heading_takes_no_longer_than_its_length() -> None:
    start = time.perf_counter()
    assert heading_of("# a" + " " * 30_000 + "b").endswith("b")
    assert time.perf_counter() - start < 1
