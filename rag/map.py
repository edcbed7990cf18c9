"""The map: every passage a point, near those that say the like; and where a question would lie among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index.projection import Points, project
from index.store import Index
from index.types import Passage, Vectors
from rag.answer import Inquiry, answer_of
from rag.types import Citation

DRAWN = 3_000  # passages; more would be neither told apart nor quickly placed
NEIGHBOURS = 8  # passages by which is placed what is no passage

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Map:
    """Of one index, and of no question."""

    rows: Sequence[int]  # of the passages that are drawn, essay after essay
    points: Points  # of each; in [0, 1] × [0, height]
    vectors: Vectors  # of each

    @cached_property
    def height(self) -> float:
        """Of the least box around the points, whose width is 1."""
        return float(self.points[:, 1].max(initial=0.0))

    @cached_property
    def _places(self) -> Mapping[int, int]:
        return {row: place for place, row in enumerate(self.rows)}

    def at(self, index: Index, row: int) -> Point:
        """Of a passage; of one that is not drawn, where it would be."""
        place = self._places.get(row)
        return self.beside(index.passage_vectors([row])[0]) if place is None else _point(self.points[place])

    def beside(self, vector: Vectors) -> Point:
        """Where a vector would be that had no part in the drawing: in t-SNE nothing else has a place of its own. The
        mean of the points of the nearest passages, each weighted by how much nearer it is than the first that has no
        say; squared, so that a vector between two distant groups lies by the nearer one."""
        cosines = self.vectors @ vector
        order = np.argsort(-cosines, kind="stable")
        near, beyond = order[:NEIGHBOURS], order[NEIGHBOURS : NEIGHBOURS + 1]
        floor = cosines[beyond[0]] if len(beyond) else cosines.min() - 1e-3
        weights = np.square(cosines[near] - floor) + 1e-12
        return _point(weights @ self.points[near] / weights.sum())


@dataclass(frozen=True, slots=True)
class Found:
    """A passage that a question found, where it is on the map, and what is cited of it; where the essays do not say,
    nothing is."""

    point: Point
    passage: Passage
    citations: tuple[Citation, ...] = ()


def draw(index: Index, most: int = DRAWN) -> Map:
    """Takes seconds, for thousands of passages half a minute."""
    rows = sample([index.rows_of(entry.name) for entry in index.entries], most)
    vectors = index.passage_vectors(rows) if rows else np.zeros((0, 1), np.float32)
    return Map(rows, project(vectors), vectors)


def sample(essays: Sequence[range], most: int) -> list[int]:
    """At most `most` of the rows, as many of each essay as of any other while it has them, evenly spaced in it.

    >>> sample([range(0, 2), range(2, 12)], 5)
    [0, 1, 2, 6, 9]
    """
    spaced = np.linspace(0, len(essays), most, endpoint=False).astype(int).tolist()
    chosen = essays if len(essays) <= most else [essays[place] for place in spaced]
    shares, left = [0] * len(chosen), most
    for taken, place in enumerate(sorted(range(len(chosen)), key=lambda place: len(chosen[place]))):
        shares[place] = min(len(chosen[place]), left // (len(chosen) - taken))
        left -= shares[place]
    return [rows[i * len(rows) // share] for rows, share in zip(chosen, shares, strict=True) for i in range(share)]


def found(drawn: Map, index: Index, inquiry: Inquiry) -> list[Found]:
    """The passages that the answer cites, or the nearest ones, each once and best first."""
    answer = answer_of(inquiry)
    if not answer.answered:
        nearest = list(inquiry.hits)[: len(answer.nearest)]
        return [Found(drawn.at(index, row), inquiry.hits[row].passage) for row in nearest]
    cited: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        cited.setdefault(_row_of(citation, inquiry), []).append(citation)
    return [Found(drawn.at(index, row), inquiry.hits[row].passage, tuple(of)) for row, of in cited.items()]


def _row_of(citation: Citation, inquiry: Inquiry) -> int:
    """Every excerpt is of a passage that was found."""
    return next(
        row
        for row, hit in inquiry.hits.items()
        if hit.passage.document.name == citation.document.name and hit.passage.start <= citation.start < hit.passage.end
    )


def _point(of: Points) -> Point:
    return float(of[0]), float(of[1])
