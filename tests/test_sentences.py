"""A sentence is what a reader would call one, to the character, and no word of the essay is outside of all of them."""

import re
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
        ["他走了。", '"你好。"她说。'],
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
    "parts",
    [
        ["他说：“她告诉我‘别等了。’然后走了。”", "我没动。"],
        ["他问：“‘够了吗？’是谁说的？”", "没人答。"],
        ["他把它叫作‘慢。就是快’。", "我同意。"],
        ["那句「水要热！」和『茶要新！』都对。", "试试看。"],
        ["「先看水。」他说。", "「再看茶。」她答道。"],
        ["“水够吗？”老师问。", "没人知道。"],
        ["“真的吗？”她说，“我不信。”", "他笑了。"],
        ["“走吧。”", "他站了起来。"],
        ["“谁来？”", "的确没人来。"],
        ["“谁来？”和“几时来？”都没有答案。", "等吧。"],
        ["他说：“走吧！”", "老师说：“好。”"],
        ["“Is it ready?” asked Ann. ", "Nobody knew."],
        ['"It works." ', "Then it broke."],
        ['It is a 5" pot. ', "It leaks. ", 'He said "no."'],
        ["所谓“大力出奇迹！”的说法不可靠。", "要看火候。"],
        ["那句“你行吗？”让他停了下来。", "他想了很久。"],
        ["「为什么？」是最好的问题。", "多问它。"],
        ["他（真的吗？）走了。", "雨停了。"],
        ["He (really?) left. ", "It rained."],
        ["他说：“走吧。", "雨停了。"],
        ["雨停了。”", "他走了。"],
        ["他说：“" + "茶要慢慢泡，" * 20 + "急不得。", "水也要清。", "我说完了。”", "大家鼓掌。"],
        ["他写道：「先烧水。", "再洗杯。", "最后泡茶。"],
        ["路是人走出来的。——鲁迅《故乡》"],
        ["The students' tea is cold. ", "It's bitter."],
    ],
    ids="".join,
)
def test_a_quotation_stays_with_the_sentence_it_is_part_of(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    "parts",
    [
        ["结果很好（见表二。数据来自作者。），但是慢。", "下一步是快。"],
        ["结果很好。（见表二。）", "下一步是快。"],
        ["结果很好(见表二。)", "下一步是快。"],
        ["结果很好【注：只有一次。】。", "下一步是快。"],
        ["结果很好（见表二。", "下一步是快。"],
        ["It works (see Fig. 3. Really). ", "We go on."],
        ["It works. ", "(See the table.) ", "We go on."],
        ["It is known (“it is good.”) ", "We go on."],
        ["结果很好。[1]", "下一步是快。[2][3]", "完了。"],
        ["结果很好。[需要引证]", "下一步是快。"],
        ["结果很好[1]。", "下一步是快[2]。"],
        ["It is known.[12] ", "We go on.[citation needed] ", "It ends.¹ ", "Really."],
        ["It is known [1, 2]. ", "We go on."],
        ["他读了《为什么？什么？》和《怎么办》。", "都不错。"],
        ["他在《茶经！》节目里泡茶。", "都不错。"],
    ],
    ids="".join,
)
def test_a_remark_a_note_or_a_title_is_no_sentence_of_its_own(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    "parts",
    [
        ["要点有三：（1）水要清；（2）茶要新；（3）杯要热。", "缺一不可。"],
        ["要点有三：①水要清；②茶要新；③杯要热。", "缺一不可。"],
        ["一是水，二是茶，三是杯。", "缺一不可。"],
        ["它要做到：(1) 水清, (2) 茶新, (3) 杯热。", "缺一不可。"],
        ["It has (1) water; (2) tea; and (3) 1.5 cups. ", "All matter."],
        ["首先，水要清；其次，茶要新。", "最后，杯要热。"],
        ["①水要清。", "②茶要新。"],
    ],
    ids="".join,
)
def test_a_list_in_a_sentence_is_one_sentence(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("line", "parts"),
    [
        ("要点有三：（1）水要清。（2）茶要新。（3）杯要热。", ["要点有三：（1）水要清。", "茶要新。", "杯要热。"]),
        ("9. 水要清。10. 茶要新。11. 杯要热。", ["水要清。", "茶要新。", "杯要热。"]),
        ("1. Clean water. 2. New tea. 10. Hot cups.", ["Clean water.", "New tea.", "Hot cups."]),
        ("> 水要清。茶要新。", ["水要清。", "茶要新。"]),
    ],
)
def test_every_item_of_a_list_that_ends_is_a_sentence(line: str, parts: list[str]) -> None:
    assert sentences(line) == parts


@pytest.mark.parametrize(
    "parts",
    [
        ["见[这篇文章](https://example.org/a.b?c=1)。", "然后再看。"],
        ["See [the paper. It is long.](https://example.org/a.b) for more. ", "Then go."],
        ["读[什么是茶？](https://example.org/a)这篇。", "然后再看。"],
        ["Run `a. B` first. ", "Then go."],
        ["水要清。", "**茶**要新。"],
        ["| 水 | 要清。要热 |"],
        ["**1. 水**：要清。"],
        ["见 https://example.org/a.b?c=1.5&d=2. ", "Then go."],
        ["See https://example.org/?q=a!b for it. ", "Then go."],
        ["看https://example.org/a.", "然后走。"],
        ["See www.example.org. ", "Write to a.b@example.org. ", "Then go."],
        ["改 config.yaml 和 main.py。", "Then edit v2.0.1. ", "Go."],
        ["用 character.ai 的接口。", "端口是 192.168.0.1:80。"],
    ],
    ids="".join,
)
def test_markup_and_addresses_are_left_whole(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    "parts",
    [
        ["水很热,但是慢.", "接下来看茶."],
        ["水很热;茶很少;杯没有.", "怎么办?!", "不慢!!", "好."],
        ["参数是7B.", "数据是2T."],
        ["先装 Node.js,再装 Vue.js.", "然后运行."],
        ["准确率是3.14,召回率是0.5.", "都不高."],
        ["It works.", "然后坏了。"],
        ["用水泡!", "It works. ", "好。"],
        ["水很热｡", "但是慢｡"],
        ["准确率是３．１４。", "约翰．史密斯来了。"],
        ["他说U.S. 然后回来。", "天黑了。"],
        ["ＧＰＴ很大。", "ＢＥＲＴ很小。"],
        ["他……没有走。", "天黑了。"],
        ["他想了很久……。", "“我想……”他停了一下。", "天黑了。。"],
        ["水、茶、杯……都要看。", "缺一不可。"],
        ["He waited ... and waited. ", "Then it rained... ", "It was dark… ", "He left."],
        ["他走了——没有人知道。", "He left — nobody knew. ", "It was dark."],
        ["今天真好。😀", "明天再来！👍🏻", "好。"],
    ],
    ids="".join,
)
def test_width_script_dots_and_pictures_make_no_difference(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    "parts",
    [
        ["Small pots, i.e. Yixing, work. ", "See Fig. 3. ", "It is clear."],
        ["The U.S. Army paid. ", "He came from the U.S. ", "She did not."],
        ["J. K. Rowling wrote it. ", "J.K. Rowling sold it."],
        ["Symphony No. 5 is loud. ", "He said no. ", "She left."],
        ["Smith et al. (2020) did it. ", "Smith et al. did it. ", "It worked."],
        ["It opens at 9 a.m. on Monday. ", "It shuts at 5 p.m. ", "Come early."],
        ["He has a Ph.D. in physics. ", "He moved to Washington, D.C. ", "Then he left."],
        ["I bought tea, milk, etc. ", "Mary left."],
        ["It is plan B. ", "We have no other."],
        ["It boils at 100 °C. ", "This is hot."],
        ["Google Inc. bought it. ", "See p. 5 and pp. 7-9. ", "Go."],
        ["On Jan. 5 it rained. ", "On Sept. 6 it did not."],
        ["Gen. Lee met Gov. Hill and Sen. Day. ", "They ate."],
        ["GPT vs. BERT 的比较。", "例如 e.g. BERT 就很小。"],
        ["He paid $1,000.5. ", "She paid 5%. ", "It was built in 1990. ", "It fell."],
        ["The sum is 1,000.5 and .5 is half. ", "So it is."],
    ],
    ids="".join,
)
def test_a_full_stop_that_abbreviates_ends_nothing_unless_a_sentence_begins(parts: list[str]) -> None:
    assert sentences("".join(parts)) == [part.strip() for part in parts]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("- 列表里的话。", "列表里的话。"),
        ("- [ ] 要做的事。", "要做的事。"),
        ("1）第一条。", "第一条。"),
        ("1．第一条。", "第一条。"),
        ("2. 3D models are large.", "3D models are large."),
        ("（1999）年的茶。", "（1999）年的茶。"),
        ("1.1 茶与水", "1.1 茶与水"),
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


@pytest.mark.parametrize(
    "text",
    ["这是一个没有分号的长句，" * 20 + "完。", "It has water; it has tea; " * 10 + "it has cups."],
    ids=["commas", "English semicolons"],
)
def test_a_long_sentence_that_is_no_list_stays_whole(text: str) -> None:
    assert sentences(text) == [text]


def test_a_sentence_that_is_too_long_is_not_cut_in_a_number_a_time_or_an_address() -> None:
    cut = sentences("共有158,349户人家在11:30看https://example.org/a " * 12)
    assert len(cut) > 1
    assert all(part.count("158,349") == part.count("11:30") == part.count("https://example.org/a") for part in cut)


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
@given(MARKUP, st.integers(0, 300), st.integers(0, 300))
@example("1. a茶**。“茶", 0, 300)
def test_sentences_keep_to_their_block_and_leave_out_marks_and_markers_only(text: str, one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    edge, left_out = start, ""
    for span in [*sentences_of(text, Span(start, end)), Span(end, end)]:
        assert edge <= span.start <= span.end <= end
        left_out += " " + text[edge : span.start]
        edge = span.end
    words = re.sub(r"\d{1,3}[.．)）、]|[（(]\d{1,2}[）)]|\[[xX]\]", " ", left_out)
    assert not re.search(r"[茶水的话]|[^\W_]{2}", words)


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


HOSTILE = [
    *" !.|说，；",
    *(
        "“（《",
        "1.",
        " 。",
        "… ",
        "A. ",
        "。[",
        "。（a",
        "**",
        "。**",
        " |",
        "。”说",
        "`a",
        "- [ ] ",
        "*_",
        "> ",
        "http://",
    ),
    *("“" + "a" * 119, "[a](" + "a" * 280, "https://" + "a" * 290 + " "),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_text_takes_no_longer_than_its_length(unit: str) -> None:
    start = time.process_time()
    sentences("a" + unit * (100_000 // len(unit)) + "x")
    assert time.process_time() - start < 10  # the square of it would be minutes


def test_a_hostile_heading_takes_no_longer_than_its_length() -> None:
    start = time.process_time()
    assert heading_of("# a" + " " * 30_000 + "b").endswith("b")
    assert time.process_time() - start < 3
