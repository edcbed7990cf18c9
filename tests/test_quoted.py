"""Which parts of a text are quotations."""

import pytest

from rag.quoted import lines_of, quotations_of


def texts(text: str) -> list[str]:
    found = quotations_of(text)
    for one in found:
        assert text[one.span.start : one.span.end].replace("> ", "").strip() == one.text.strip()
    return [one.text for one in found]


@pytest.mark.parametrize(
    ("text", "quotations"),
    [
        ("他说：“水太烫，茶叶会发苦。”然后走了。", ["水太烫，茶叶会发苦。"]),
        ("「好茶不必貴」和『新鮮最要緊』", ["好茶不必貴", "新鮮最要緊"]),
        ('He said "wait a little" and "knead less".', ["wait a little", "knead less"]),
        ("“He said ‘wait a little’ to me”", ["He said ‘wait a little’ to me"]),
        ("「他说『水太烫』就走了」", ["他说『水太烫』就走了"]),
        ("She’s sure: ‘it’s the baker’s patience’, isn’t it?", ["it’s the baker’s patience"]),
        ("It’s the bakers’ rule, don’t you think?", []),
        ("《论茶》说“新鲜最要紧”", ["新鲜最要紧"]),
        ("一段：\n> 水太烫，\n> 茶叶会发苦。\n\n完", ["水太烫，\n茶叶会发苦。"]),
        ("> 他说：“水太烫。”\n", ["他说：“水太烫。”"]),
        ("“水太烫，\n茶叶会发苦”", ["水太烫，\n茶叶会发苦"]),
        ("“没有关上的引号。\n\n下一段“好茶不必贵”。", ["好茶不必贵"]),
        ("“没有关上的引号，后面又有“好茶不必贵”。", ["好茶不必贵"]),
        ('A 12" disc, and "a slow rise overnight".', ["a slow rise overnight"]),
        ("关得太早”，后面“好茶不必贵”。", ["好茶不必贵"]),
        ("“”「」 \"\"", []),
        ("没有引号", []),
        ("", []),
    ],
)  # fmt: skip
def test_quotations_stand_between_their_marks(text: str, quotations: list[str]) -> None:
    assert texts(text) == quotations


def test_a_term_in_quotation_marks_is_short() -> None:
    found = quotations_of("所谓“智能”，他叫它“大模型”：“水太烫，茶叶会发苦”；so-called “AI” is “not what I meant”.")
    assert [(one.text, one.short) for one in found] == [
        ("智能", True),
        ("大模型", True),
        ("水太烫，茶叶会发苦", False),
        ("AI", True),
        ("not what I meant", False),
    ]


def test_a_text_without_marks_is_a_quotation_a_line() -> None:
    assert [one.text for one in lines_of("水太烫。\n\n  好茶不必贵 \n")] == ["水太烫。", "好茶不必贵"]


def test_many_quotations_between_many_blocks_take_no_time() -> None:
    import time

    text = "> 水太烫，“茶叶”会发苦\n\n“好茶不必贵”\n\n" * 10_000
    began = time.process_time()
    assert texts(text) == ["水太烫，“茶叶”会发苦", "好茶不必贵"] * 10_000
    assert time.process_time() - began < 10


@pytest.mark.parametrize("text", ["“", "”", '"', "‘", "’", "“a", "> ", "「『", '"\n\n'])
def test_marks_and_nothing_else_take_no_time(text: str) -> None:
    import time

    began = time.process_time()
    quotations_of(text * 50_000)
    assert time.process_time() - began < 10
