"""The nearest vectors are the nearest ones: compared with brute force."""

from pathlib import Path

import numpy as np
import pytest

from index.dense import DenseIndex, dense_bytes
from index.types import Vectors


@pytest.fixture
def vectors() -> Vectors:
    rows = np.random.default_rng(0).standard_normal((200, 16)).astype(np.float32)
    return unit(rows)


def unit(rows: Vectors) -> Vectors:
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), np.float32)


def index_of(folder: Path, *parts: Vectors) -> DenseIndex:
    places, first = [], 0
    for number, part in enumerate(parts):
        (folder / str(number)).write_bytes(dense_bytes(part))
        places.append((folder / str(number), first))
        first += len(part)
    return DenseIndex(places)


@pytest.mark.parametrize("row", [0, 17, 199])
@pytest.mark.parametrize("cut", [0, 80])
def test_search_gives_what_brute_force_gives(vectors: Vectors, row: int, cut: int, tmp_path: Path) -> None:
    query = unit(2 * vectors[row] + vectors[3])  # near a row, and like no row
    cosines = vectors @ query
    parts = [vectors[:cut], vectors[cut:]] if cut else [vectors]
    found = index_of(tmp_path, *parts).search(query, 10)
    assert [nearest for nearest, _ in found] == np.argsort(-cosines)[:10].tolist()
    assert [score for _, score in found] == pytest.approx(np.sort(cosines)[::-1][:10].tolist(), abs=1e-5)


def test_rows_that_are_left_out_give_their_place_to_the_next(vectors: Vectors, tmp_path: Path) -> None:
    out = np.zeros(200, bool)
    best = [row for row, _ in index_of(tmp_path, vectors[:90], vectors[90:]).search(vectors[42], 5)]
    out[best[:3]] = True
    again = index_of(tmp_path, vectors[:90], vectors[90:]).search(vectors[42], 2, out)
    assert [row for row, _ in again] == best[3:]


def test_a_vector_is_nearest_to_itself_with_cosine_one(vectors: Vectors, tmp_path: Path) -> None:
    ((row, score),) = index_of(tmp_path, vectors).search(vectors[42], 1)
    assert row == 42
    assert score == pytest.approx(1.0, abs=1e-5)


def test_asking_for_more_than_there_are_gives_all_of_them_once(vectors: Vectors, tmp_path: Path) -> None:
    found = index_of(tmp_path, vectors[:5]).search(vectors[0], 100)
    assert sorted(row for row, _ in found) == [0, 1, 2, 3, 4]


def test_asking_for_none_gives_none(vectors: Vectors, tmp_path: Path) -> None:
    assert index_of(tmp_path, vectors).search(vectors[0], 0) == []


def test_an_empty_index_finds_nothing() -> None:
    assert DenseIndex([]).search(np.ones(16, np.float32), 5) == []


def test_many_vectors_are_searched_by_region_and_nearly_all_neighbours_found(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    centres = generator.standard_normal((60, 32)).astype(np.float32)
    rows = unit(centres[generator.integers(0, 60, 6000)] + generator.standard_normal((6000, 32)).astype(np.float32))
    (tmp_path / "regions").write_bytes(dense_bytes(rows, exact=1000))
    index = DenseIndex([(tmp_path / "regions", 0)])
    queries = unit(rows[:50] + 0.3 * generator.standard_normal((50, 32)).astype(np.float32))
    shares = []
    for query in queries:
        exact = set(np.argsort(-(rows @ query))[:10].tolist())
        shares.append(len(exact & {row for row, _ in index.search(query, 10)}) / 10)
    assert np.mean(shares) >= 0.98
    out = np.arange(6000) % 2 == 0
    assert all(row % 2 for row, _ in index.search(queries[0], 50, out))


def test_the_layout_of_the_matrix_in_memory_makes_no_difference(vectors: Vectors, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = index_of(tmp_path / "other", np.asfortranarray(vectors)).search(vectors[7], 5)
    assert other == index_of(tmp_path, vectors).search(vectors[7], 5)


def test_rows_that_are_left_out_hide_no_others_in_a_search_by_region(tmp_path: Path) -> None:
    rows = unit(np.random.default_rng(3).standard_normal((4000, 16)).astype(np.float32))
    (tmp_path / "regions").write_bytes(dense_bytes(rows, exact=1000))
    out = np.ones(4000, bool)
    out[[5, 3999]] = False
    found = DenseIndex([(tmp_path / "regions", 0)]).search(-rows[5], 10, out)
    assert sorted(row for row, _ in found) == [5, 3999]


def test_equals_of_the_last_come_with_it(vectors: Vectors, tmp_path: Path) -> None:
    """So that whoever asked decides between them, and not the order in which they were stored."""
    same = np.repeat(vectors[:1], 30, axis=0)
    found = index_of(tmp_path, np.concatenate([vectors[1:50], same]), same).search(vectors[0], 3)
    assert len(found) == 60
    assert {round(score, 5) for _, score in found} == {1.0}
