"""Which segments are to be merged, so that there are few of them and no vector is copied often (as in O'Neil et al.,
The log-structured merge-tree, 1996)."""

import math
from collections.abc import Sequence
from typing import NamedTuple

LARGEST = 65_536  # passages of a segment; a build holds some columns of one in memory
SMALLEST = 512  # passages; all segments below are one class, and so are those of each eight times more
FACTOR = 8
BESIDE = 3  # segments of one class that may stay as they are; of the smallest class only one


class Size(NamedTuple):
    """How many passages a segment has, and how many of them are still in the corpus."""

    passages: int
    living: int


def to_merge(sizes: Sequence[Size]) -> list[int]:
    """The segments that are to be written anew, by their place in `sizes`. One that is half dead is, and whatever is
    too many of its class."""
    half_dead = {at for at, size in enumerate(sizes) if 2 * size.living < size.passages}
    classes = [_class(size.living) for size in sizes]
    movable = [at for at, size in enumerate(sizes) if size.living <= LARGEST // 2]
    chosen: set[int] = set()
    for level in sorted({classes[at] for at in movable}):
        below = [at for at in movable if classes[at] <= level]
        crowd = sum(1 for at in below if classes[at] == level and at not in half_dead)
        if crowd > (BESIDE if level else 1):
            chosen.update(below)
    return sorted(chosen | half_dead) if len(chosen | half_dead) > 1 or half_dead else []


def _class(passages: int) -> int:
    return 0 if passages < SMALLEST else 1 + int(math.log(passages / SMALLEST, FACTOR))
