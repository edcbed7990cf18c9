"""The nearest vectors are the nearest ones: compared with brute force."""

import numpy as np
import pytest

from index.dense import DenseIndex
from index.types import Vectors


@pytest.fixture
def vectors() -> Vectors:
    rows = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("row", [0, 17, 199])
def test_search_gives_what_brute_force_gives(vectors: Vectors, row: int) -> None:
    mixture = 2 * vectors[row] + vectors[3]  # near a row, and like no row
    query = np.asarray(mixture / np.linalg.norm(mixture), np.float32)
    cosines = vectors @ query
    found = DenseIndex(vectors).search(query, 10)
    assert [nearest for nearest, _ in found] == np.argsort(-cosines)[:10].tolist()
    assert [score for _, score in found] == pytest.approx(np.sort(cosines)[::-1][:10].tolist(), abs=1e-5)


def test_a_vector_is_nearest_to_itself_with_cosine_one(vectors: Vectors) -> None:
    ((row, score),) = DenseIndex(vectors).search(vectors[42], 1)
    assert row == 42
    assert score == pytest.approx(1.0, abs=1e-5)


def test_asking_for_more_than_there_are_gives_all_of_them_once(vectors: Vectors) -> None:
    found = DenseIndex(vectors[:5]).search(vectors[0], 100)
    assert sorted(row for row, _ in found) == [0, 1, 2, 3, 4]


def test_asking_for_none_gives_none(vectors: Vectors) -> None:
    assert DenseIndex(vectors).search(vectors[0], 0) == []


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex(np.zeros((0, 16), np.float32)).search(np.ones(16, np.float32), 5) == []


def test_the_layout_of_the_matrix_in_memory_makes_no_difference(vectors: Vectors) -> None:
    assert DenseIndex(np.asfortranarray(vectors)).search(vectors[7], 5) == DenseIndex(vectors).search(vectors[7], 5)
