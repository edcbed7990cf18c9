"""What a reader would call the same word is the same term."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.terms import fold, terms_of


def test_a_compound_is_found_by_either_half() -> None:
    assert terms_of("数据质量") == ["数据", "质量"]
    assert {"数据", "质量"} <= set(terms_of("如何保证数据质量？"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("數據質量", "数据质量"),
        ("臺灣", "台湾"),
        ("ＧＰＴ－４", "GPT-4"),
        ("ﾃﾞｰﾀ", "データ"),
        ("Bread AND Tea", "bread and tea"),
        ("STRASSE", "Straße"),
        ("ﬁre", "fire"),
        ("①", "1"),
    ],
)
def test_width_case_and_script_make_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert terms_of(one) == terms_of(other)
    assert terms_of(one)


@pytest.mark.parametrize("text", ["", "   ", "，。！？", "的 了 什么 怎么", "What is the …?", "___", "——"])
def test_marks_and_function_words_are_no_terms(text: str) -> None:
    assert terms_of(text) == []


def test_terms_come_in_the_order_of_the_text_as_often_as_they_stand_there() -> None:
    assert terms_of("Tea, bread, tea") == ["tea", "bread", "tea"]


def test_half_a_character_is_not_a_crash() -> None:
    assert terms_of("\ud800茶叶\udfff") == ["茶叶"]
    assert terms_of("\udcff") == []


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=60))
def test_any_text_at_all_has_terms_that_can_be_stored(text: str) -> None:
    for term in terms_of(text):
        assert term.strip() == term != ""
        assert term.encode("utf-8")
