"""The map: every passage a point, near those that say the like; and where a question would lie among them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from index.index import Index
from index.projection import Points, project
from index.types import Passage, Vectors
from rag.answer import Inquiry, answer_of
from rag.types import Citation

DRAWN = 3_000  # passages; more would be neither told apart nor quickly placed
FEW = 5  # passages; of so few half of what they have in common is taken for their language's
NEIGHBOURS = 8  # passages by which is placed what is no passage

Point = tuple[float, float]


@dataclass(frozen=True, eq=False)
class Map:
    """Of one index, and of no question."""

    rows: Sequence[int]  # of the passages that are drawn, essay after essay
    points: Points  # of each; in [0, 1] × [0, height]
    vectors: Vectors  # of each, with what its language adds taken away
    accents: Mapping[str, Vectors]  # by language, what that is

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
        if place is not None:
            return _point(self.points[place])
        return self.beside(index.passage_vectors([row])[0], index.cards[index.position(row)].language)

    def beside(self, vector: Vectors, language: str) -> Point:
        """Where a vector would be that had no part in the drawing: in t-SNE nothing else has a place of its own. The
        mean of the points of the nearest passages, each weighted by how much nearer it is than the first that has no
        say; squared, so that a vector between two distant groups lies by the nearer one."""
        cosines = self.vectors @ (vector - self.accents.get(language, np.zeros_like(vector)))
        order = np.argsort(-cosines, kind="stable")
        near, beyond = order[:NEIGHBOURS], order[NEIGHBOURS : NEIGHBOURS + 1]
        floor = cosines[beyond[0]] if len(beyond) else cosines.min() - 1e-3
        weights = np.square(cosines[near] - floor) + 1e-12
        return _point(weights @ self.points[near] / weights.sum())


@dataclass(frozen=True, slots=True)
class Spot:
    """A passage that a question found, where it is on the map, and what is cited of it; where the essays do not say,
    nothing is."""

    point: Point
    passage: Passage
    citations: tuple[Citation, ...] = ()


def draw(index: Index, most: int = DRAWN) -> Map:
    """Takes a second or two, for thousands of passages half a minute."""
    rows = sample([index.rows_of(entry.name) for entry in index.entries], most)
    if not rows:
        return Map(rows, project(np.zeros((0, 1), np.float32)), np.zeros((0, 1), np.float32), {})
    vectors, cards = index.passage_vectors(rows), index.cards
    by_position = {position: cards[position].language for position in set(map(index.position, rows))}
    languages = [by_position[index.position(row)] for row in rows]
    accents = accents_of(vectors, languages)
    meant = vectors - np.stack([accents[language] for language in languages])
    meant /= np.linalg.norm(meant, axis=1, keepdims=True)
    return Map(rows, project(meant), meant, accents)


def accents_of(vectors: Vectors, languages: Sequence[str]) -> dict[str, Vectors]:
    """By language, how far the mean of its vectors is from the mean of all, and less far where it has few. Encoders
    keep languages apart, so that without this a map shows little else: of XQuAD's paragraphs 1 in 10 has its
    translation among the five nearest, with it 19 in 20. Within a language it keeps a little less (trustworthiness of
    XQuAD's Chinese .93 as before, of its English .90 for .94)."""
    everywhere, accents = vectors.mean(axis=0), {}
    for language in sorted(set(languages)):
        own = vectors[np.array(languages) == language]
        accents[language] = (own.mean(axis=0) - everywhere) * len(own) / (len(own) + FEW)
    return accents


def sample(essays: Sequence[range], most: int) -> list[int]:
    """At most `most` of the rows, as many of each essay as of any other while it has them, evenly spaced in it.

    >>> sample([range(0, 2), range(2, 12)], 5)
    [0, 1, 2, 5, 8]
    """
    spaced = np.linspace(0, len(essays), most, endpoint=False).astype(int).tolist()
    chosen = essays if len(essays) <= most else [essays[place] for place in spaced]
    shares, left = [0] * len(chosen), most
    for taken, place in enumerate(sorted(range(len(chosen)), key=lambda place: len(chosen[place]))):
        shares[place] = min(len(chosen[place]), left // (len(chosen) - taken))
        left -= shares[place]
    return [rows[i * len(rows) // share] for rows, share in zip(chosen, shares, strict=True) for i in range(share)]


def found(drawn: Map, index: Index, inquiry: Inquiry) -> list[Spot]:
    """The passages that the answer cites, or the nearest ones, each once and best first."""
    answer = answer_of(inquiry)
    if not answer.answered:
        nearest = list(inquiry.hits)[: len(answer.nearest)]
        return [Spot(drawn.at(index, row), inquiry.hits[row].passage) for row in nearest]
    cited: dict[int, list[Citation]] = {}
    for citation in answer.citations:
        cited.setdefault(_row_of(citation, inquiry), []).append(citation)
    return [Spot(drawn.at(index, row), inquiry.hits[row].passage, tuple(of)) for row, of in cited.items()]


def _row_of(citation: Citation, inquiry: Inquiry) -> int:
    """Every excerpt is of a passage that was found."""
    return next(
        row
        for row, hit in inquiry.hits.items()
        if hit.passage.document.name == citation.document.name and hit.passage.start <= citation.start < hit.passage.end
    )


def _point(of: Points) -> Point:
    return float(of[0]), float(of[1])
