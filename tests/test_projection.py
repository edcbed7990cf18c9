"""Vectors on a plane: near what they are near to, the same each time, and whatever there is of them."""

import numpy as np
import pytest

from index.projection import Points, project
from index.types import Vectors


def groups(n: int, of: int, seed: int = 0) -> Vectors:
    """`n` bunches of `of` unit vectors each, in 64 dimensions."""
    random = np.random.default_rng(seed)
    middles = np.repeat(random.standard_normal((n, 64)), of, axis=0)
    vectors = (middles + 0.3 * random.standard_normal((n * of, 64))).astype(np.float32)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def neighbours(distances: Points, k: int) -> list[set[int]]:
    np.fill_diagonal(distances, np.inf)
    return [set(row[:k].tolist()) for row in np.argsort(distances, axis=1, kind="stable")]


@pytest.mark.parametrize(("n", "of"), [(2, 4), (4, 10), (6, 30)])
def test_neighbours_stay_neighbours(n: int, of: int) -> None:
    points = project(groups(n, of))
    near = neighbours(np.linalg.norm(points[:, None] - points[None], axis=2), 3)
    at_home = [len([other for other in found if other // of == place // of]) for place, found in enumerate(near)]
    assert sum(at_home) >= 0.97 * 3 * n * of


def test_the_same_vectors_have_the_same_points() -> None:
    vectors = groups(4, 12)
    assert np.array_equal(project(vectors), project(vectors.copy()))


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5, 9, 40])
@pytest.mark.parametrize("alike", [False, True])
def test_points_of_any_number_of_vectors_lie_in_the_frame_and_apart(n: int, alike: bool) -> None:
    vectors = groups(1, 1).repeat(n, axis=0) if alike else groups(n, 1)
    points = project(vectors)
    assert points.shape == (n, 2)
    assert points.min() >= 0 and points.max() <= 1
    assert len(np.unique(points.round(4), axis=0)) == n
    assert np.ptp(points[:, 0]) >= np.ptp(points[:, 1])


def test_no_vectors_have_no_points() -> None:
    assert project(np.zeros((0, 8), np.float32)).shape == (0, 2)


def test_some_equal_vectors_among_others_are_no_trouble() -> None:
    points = project(np.concatenate([groups(3, 5), groups(1, 1).repeat(5, axis=0)]))
    assert np.isfinite(points).all()


def test_vectors_of_two_kinds_only_lie_at_two_places() -> None:
    kinds = groups(2, 1).repeat(6, axis=0)
    points = project(kinds)
    first, second = points[:6], points[6:]
    apart = np.linalg.norm(first.mean(axis=0) - second.mean(axis=0))
    assert max(np.ptp(first), np.ptp(second)) < 2 * apart
