"""The map as it is drawn: where its dots are, and the marks of a question."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from index.index import Index
from index.types import Document, Passage, Span
from rag.map import Map, Point, Spot
from rag.types import Citation

LISTED = 40  # essays in the legend
MARGIN = 0.05  # of the drawing's width, on each side
FLATTEST, LARGEST, SMALLEST = 0.62, 5.0, 2.2  # height for a width of 1; radius of a dot in pixels
WIDTHS = (320.0, 600.0)  # of the drawing on a phone and beside the source, in pixels
TAG, RING = 26.0, 8.0  # width of a number, and radius of the ring around a hit, in pixels
AROUND = [(math.cos(turn * math.pi / 4), math.sin(turn * math.pi / 4)) for turn in (7, 0, 1, 6, 2, 5, 4, 3)]
DISTANCES = (22.0, 36.0, 50.0)  # of a number from what it numbers, in pixels


@dataclass(frozen=True, slots=True)
class Dot:
    """A passage; `x` and `y` in percent of the drawing's width and height."""

    x: float
    y: float
    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """An essay's dots, of all its passages as many as are drawn."""

    document: Document  # without its text
    passages: int
    dots: Sequence[Dot]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A map ready to be shown."""

    map: Map
    groups: Sequence[Group]

    @property
    def height(self) -> float:
        """For a width of 1."""
        return max(FLATTEST, self.map.height * (1 - 2 * MARGIN) + 2 * MARGIN)

    @property
    def radius(self) -> float:
        return min(LARGEST, max(SMALLEST, 70 / math.sqrt(len(self.map.rows) or 1)))

    @property
    def listed(self) -> Sequence[Group]:
        """The essays of the legend: all, or those with the most passages, in their order."""
        longest = sorted(range(len(self.groups)), key=lambda place: -self.groups[place].passages)[:LISTED]
        return [self.groups[place] for place in sorted(longest)]

    def percent(self, point: Point) -> Point:
        """Of a point of the map, in the drawing, where what the margin leaves of the height is above and below."""
        width = 1 - 2 * MARGIN
        y = 0.5 + (point[1] - self.map.height / 2) * width / self.height
        return round(100 * (MARGIN + point[0] * width), 2), round(100 * y, 2)


@dataclass(frozen=True, slots=True)
class Tag:
    """The number of a citation, `dx` and `dy` pixels beside what it numbers; of what is not cited, no number."""

    dx: int
    dy: int
    citation: Citation | None


@dataclass(frozen=True, slots=True)
class Mark:
    """A hit; `x` and `y` in percent."""

    x: float
    y: float
    passage: Passage
    tags: Sequence[Tag]


def drawing_of(index: Index, drawn: Map) -> Drawing:
    drawing = Drawing(drawn, ())
    dots: dict[int, list[Dot]] = {}
    for row, point in zip(drawn.rows, drawn.points.tolist(), strict=True):
        passage, (x, y) = index.passage(row), drawing.percent(point)
        dot = Dot(x, y, Span(passage.start, passage.end), passage.text)
        dots.setdefault(index.position(row), []).append(dot)
    cards = {position: index.cards[position] for position in dots}
    groups = [Group(card, len(index.rows_of(card.name)), dots[position]) for position, card in cards.items()]
    return replace(drawing, groups=groups)


def marks_of(drawing: Drawing, question: Point, hits: Sequence[Spot]) -> list[Mark]:
    """The hits, with their numbers where they cover each other, the hits and the question as little as may be, and
    then as few dots."""
    places = [drawing.percent(hit.point) for hit in hits]
    dots = [(dot.x, dot.y) for group in drawing.groups for dot in group.dots]
    crowd = _Crowd(drawing.height)
    crowd.add(dots, reach=TAG / 2 + drawing.radius, weight=0.1)
    crowd.add([question, *places], reach=TAG / 2 + RING)
    marks = []
    for hit, place in zip(hits, places, strict=True):
        tags = []
        for citation in hit.citations or (None,):
            best = min(_offsets(), key=lambda offset: crowd.around(place, offset))
            crowd.add([place], best, reach=TAG)
            tags.append(Tag(round(best[0]), round(best[1]), citation))
        marks.append(Mark(*place, hit.passage, tags))
    return marks


def _offsets() -> Iterator[Point]:
    """Those that are preferred come first."""
    return ((dx * distance, dy * distance) for distance in DISTANCES for dx, dy in AROUND)


class _Crowd:
    """What is on the drawing already, on a narrow page and on a wide one: a number's distance from its hit does not
    grow with the page, so that what is free on one may be taken on the other."""

    def __init__(self, height: float) -> None:
        self._sizes = [np.array([width, width * height]) for width in WIDTHS]
        self._taken = np.zeros((0, 6))  # percent, percent, pixels beside that, reach in pixels, weight

    def add(self, places: Sequence[Point], beside: Point = (0.0, 0.0), *, reach: float, weight: float = 1.0) -> None:
        """`reach`: how near the middle of a number may come, in pixels."""
        more = np.array([(*place, *beside, reach, weight) for place in places]).reshape(-1, 6)
        self._taken = np.concatenate([self._taken, more])

    def around(self, place: Point, offset: Point) -> float:
        """How much a number there would cover, or hang over the edge."""
        crowded = 0.0
        for size in self._sizes:
            at = np.array(place) / 100 * size + offset
            gaps = np.abs(self._taken[:, :2] / 100 * size + self._taken[:, 2:4] - at).max(axis=1)
            crowded += float((np.maximum(0, self._taken[:, 4] - gaps) * self._taken[:, 5]).sum())
            crowded += float(np.maximum(0, np.maximum(TAG / 2 - at, at + TAG / 2 - size)).sum())
        return crowded
