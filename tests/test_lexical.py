"""The lexical leg finds what shares words with the question, with the numbers of the textbook."""

import math
from pathlib import Path

import bm25s
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.arrays import Draft
from index.lexical import K1, B, LexicalIndex, LexicalPart
from index.postings import Postings
from index.terms import terms_of
from tests.conftest import lexical_index

ESSAYS = [
    "泡绿茶的水温不要超过八十度，水太烫叶子会发苦。",
    "训练模型之前先看数据，数据的质量比数量要紧。",
    "Bread needs time more than it needs skill.",
    "写作要慢，慢才看得清自己在想什么。",
]
ROWS = [["tea", "water", "tea"], ["water"], ["bread", "bread"], []]
TEXTS = st.lists(st.lists(st.sampled_from(["tea", "water", "bread", "ink", "数据"]), max_size=6), max_size=8)


@pytest.fixture
def essays() -> LexicalIndex:
    return lexical_index([terms_of(text) for text in ESSAYS])


@pytest.fixture
def rows() -> LexicalIndex:
    return lexical_index(ROWS)


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


@given(
    TEXTS.filter(lambda texts: any(texts)), st.lists(st.sampled_from(["tea", "ink", "数据"]), min_size=1, unique=True)
)
def test_scores_are_those_of_another_implementation(texts: list[list[str]], question: list[str]) -> None:
    other = bm25s.BM25(k1=K1, b=B)
    other.index(texts, show_progress=False)
    known = [term for term in question if term in other.vocab_dict]
    expected = other.get_scores(known) if known else np.zeros(len(texts))
    found = dict(lexical_index(texts).search(question, len(texts)))
    assert [found.get(row, 0.0) for row in range(len(texts))] == pytest.approx(expected.tolist(), abs=1e-5)


@given(TEXTS, TEXTS, TEXTS, st.sets(st.integers(0, 23)))
def test_segments_and_dead_rows_make_no_difference(
    one: list[list[str]], two: list[list[str]], three: list[list[str]], dead: set[int]
) -> None:
    """Whatever a corpus went through, it is ranked as one that was indexed at once."""
    apart = lexical_index(one, two, three, dead=sorted(dead))
    living = [row for row in range(len(one) + len(two) + len(three)) if row not in dead]
    at_once = lexical_index([[*one, *two, *three][row] for row in living])
    question = ["tea", "ink", "数据"]
    expected = [(living[row], score) for row, score in at_once.search(question, 100)]
    assert apart.search(question, 100) == expected
    assert [apart.idf(term) for term in question] == [at_once.idf(term) for term in question]
    assert apart.latin_terms("t") == at_once.latin_terms("t")


@given(TEXTS, TEXTS, st.sets(st.integers(0, 15)))
def test_postings_that_are_merged_are_those_of_the_rows_that_are_kept(
    one: list[list[str]], two: list[list[str]], dropped: set[int]
) -> None:
    kept = [row for row in range(len(one) + len(two)) if row not in dropped]
    new = np.full(len(one) + len(two), -1, np.int32)
    new[kept] = np.arange(len(kept))
    joined = Postings.joined([(Postings.of(one), new[: len(one)]), (Postings.of(two), new[len(one) :])], len(kept))
    anew = Postings.of([[*one, *two][row] for row in kept])
    for column in Postings.__slots__:
        assert getattr(joined, column).tolist() == getattr(anew, column).tolist(), column


def test_best_comes_first_and_equals_of_the_last_come_with_it() -> None:
    rows = lexical_index([["tea", "water"], ["water"], ["ink", "water"], ["ink"]])
    assert [row for row, _ in rows.search(["water"], 10)] == [1, 0, 2]  # the shorter row says it more densely
    assert [row for row, _ in rows.search(["water"], 1)] == [1]
    assert [row for row, _ in rows.search(["water"], 2)] == [1, 0, 2]  # whoever asked decides between equals


def test_rows_that_are_left_out_are_not_found_but_count(rows: LexicalIndex) -> None:
    out = np.array([False, True, False, False])
    assert [row for row, _ in rows.search(["water"], 10, out)] == [0]
    assert dict(rows.search(["water"], 10, out))[0] == dict(rows.search(["water"], 10))[0]


def test_rows_and_idf_are_as_counted_by_hand(rows: LexicalIndex) -> None:
    assert [rows.number(term) for term in ("water", "tea", "zebra")] == [2, 1, 0]
    assert [rows.idf(term) for term in ("water", "tea", "zebra")] == pytest.approx(
        [math.log(2), math.log(10 / 3), math.log(10)]
    )
    every = np.arange(4)
    assert rows.has("water", every).tolist() == [True, True, False, False]
    assert rows.has("zebra", every).tolist() == [False] * 4
    assert rows.has("water", np.array([3, 1])).tolist() == [False, True]


def test_latin_terms_are_those_of_the_most_rows_first() -> None:
    rows = lexical_index([["tuna", "tree", "tea"], ["tree", "茶叶", "bread2"], ["breads"]])
    assert (rows.latin_terms("t"), rows.latin_terms("b"), rows.latin_terms("x")) == (["tree", "tuna"], ["breads"], [])


def test_saved_postings_answer_as_before(tmp_path: Path) -> None:
    made = Postings.of(ROWS)
    made.save(Draft(tmp_path / "terms"), "x")
    read = LexicalIndex([LexicalPart(Postings.open(tmp_path / "terms", "x"), 0, None)])
    for term in ("tea", "water", "bread", "zebra"):
        assert read.search([term], 10) == lexical_index(ROWS).search([term], 10)


@pytest.mark.parametrize("texts", [[], [[]], [[], []]])
def test_an_index_without_words_finds_nothing(texts: list[list[str]]) -> None:
    assert lexical_index(texts).search(["tea"], 10) == []
    assert LexicalIndex([]).search(["tea"], 10) == []
    assert lexical_index(texts).idf("tea") > 0
