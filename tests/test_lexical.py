"""The lexical leg finds what shares words with the question, with the numbers of the textbook."""

import math
from pathlib import Path

import numpy as np
import pytest

from index.lexical import LexicalIndex
from index.terms import terms_of

ESSAYS = [
    "泡绿茶的水温不要超过八十度，水太烫叶子会发苦。",
    "训练模型之前先看数据，数据的质量比数量要紧。",
    "Bread needs time more than it needs skill.",
    "写作要慢，慢才看得清自己在想什么。",
]
ROWS = [["tea", "water", "tea"], ["water"], ["bread", "bread"], []]


@pytest.fixture
def essays() -> LexicalIndex:
    return LexicalIndex.of([terms_of(text) for text in ESSAYS])


@pytest.fixture
def rows() -> LexicalIndex:
    return LexicalIndex.of(ROWS)


@pytest.mark.parametrize(
    ("question", "row"),
    [("数据质量", 1), ("數據質量", 1), ("如何看待数据质量？", 1), ("绿茶水温", 0), ("BREAD", 2), ("写作", 3)],
)
def test_a_question_finds_the_essay_that_has_its_words(essays: LexicalIndex, question: str, row: int) -> None:
    assert [found for found, _ in essays.search(terms_of(question), 10)] == [row]


@pytest.mark.parametrize("question", ["区块链", "什么是什么", "", "zebra"])
def test_a_question_whose_words_no_essay_has_finds_nothing(essays: LexicalIndex, question: str) -> None:
    assert essays.search(terms_of(question), 10) == []


def test_an_unknown_term_beside_a_known_one_does_no_harm(rows: LexicalIndex) -> None:
    assert rows.search(["zebra", "bread"], 10) == rows.search(["bread"], 10) != []


def test_scores_are_those_of_bm25_worked_by_hand(rows: LexicalIndex) -> None:
    # Four rows of 3, 1, 2 and 0 terms, 1.5 on average; k1 = 1.2, b = 0.75.
    water = math.log(1 + 2.5 / 2.5)  # in two rows of four
    tea = math.log(1 + 3.5 / 1.5)  # in one
    first = tea * 2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 1.5)) + water * 1 / (1 + 1.2 * (0.25 + 0.75 * 3 / 1.5))
    second = water * 1 / (1 + 1.2 * (0.25 + 0.75 * 1 / 1.5))
    found = rows.search(["tea", "water"], 10)
    assert [row for row, _ in found] == [0, 1]
    assert [score for _, score in found] == pytest.approx([first, second], rel=1e-5)


def test_best_comes_first_and_never_more_than_k(rows: LexicalIndex) -> None:
    assert [row for row, _ in rows.search(["water"], 10)] == [1, 0]  # the shorter row says it more densely
    assert [row for row, _ in rows.search(["water"], 1)] == [1]


def test_rows_idf_and_coverage_are_as_counted_by_hand(rows: LexicalIndex) -> None:
    assert [rows.rows_with(term).tolist() for term in ("water", "tea", "zebra")] == [[0, 1], [0], []]
    assert [rows.idf(term) for term in ("water", "tea", "zebra")] == pytest.approx(
        [math.log(2), math.log(10 / 3), math.log(10)]
    )
    assert rows.coverage(["tea", "water", "zebra"], [2.0, 1.0, 1.0]).tolist() == [0.75, 0.25, 0.0, 0.0]
    assert rows.coverage([], []).tolist() == [0.0] * 4


def test_latin_terms_are_those_of_the_most_rows_first() -> None:
    rows = LexicalIndex.of([["tuna", "tree", "tea"], ["tree", "茶叶", "bread2"], ["breads"]])
    assert rows.latin_terms == {"t": ["tree", "tuna"], "b": ["breads"]}
    assert LexicalIndex.of([]).latin_terms == {}


def test_a_saved_index_answers_as_before(rows: LexicalIndex, tmp_path: Path) -> None:
    rows.save(tmp_path / "terms")
    loaded = LexicalIndex.load(tmp_path / "terms", len(ROWS))
    for term in ("tea", "water", "bread", "zebra"):
        assert loaded.search([term], 10) == rows.search([term], 10)
        assert loaded.idf(term) == rows.idf(term)
        assert np.array_equal(loaded.rows_with(term), rows.rows_with(term))


@pytest.mark.parametrize("texts", [[], [[]], [[], []]])
def test_an_index_without_words_finds_nothing_saved_or_not(texts: list[list[str]], tmp_path: Path) -> None:
    index = LexicalIndex.of(texts)
    index.save(tmp_path / "terms")
    for empty in (index, LexicalIndex.load(tmp_path / "terms", len(texts))):
        assert empty.search(["tea"], 10) == []
        assert empty.coverage(["tea"], [1.0]).tolist() == [0.0] * len(texts)
