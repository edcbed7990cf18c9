"""What the engine is asked for: nearest vectors, passages with some words, and how many have a term."""

from collections.abc import Sequence

import numpy.typing as npt

from index.mysql import Cursor
from index.rows import parts, vector_of
from index.tables import Generation

Found = list[tuple[int, float]]
"""Rows of passages and their scores; higher is better."""


def select_nearest(cursor: Cursor, generation: Generation, vector: npt.ArrayLike, k: int) -> Found:
    """By the engine's graph of neighbours, which finds nearly all of the best."""
    query = vector_of(vector)
    cursor.execute(
        f"SELECT passage, negative_inner_product(dense, %s) FROM {generation.passages}"
        " ORDER BY negative_inner_product(dense, %s) APPROXIMATE LIMIT %s",
        (query, query, k),
    )
    return [(row, -distance) for row, distance in cursor.fetchall()]


def select_nearest_of(
    cursor: Cursor, generation: Generation, vector: npt.ArrayLike, k: int, documents: Sequence[int]
) -> Found:
    """Of these documents, each of whose passages is compared."""
    found: Found = []
    for some in parts(documents):
        query = vector_of(vector)
        cursor.execute(
            f"SELECT passage, negative_inner_product(dense, %s) AS distance FROM {generation.passages}"
            " WHERE document IN %s ORDER BY distance LIMIT %s",
            (query, some, k),
        )
        found += [(row, -distance) for row, distance in cursor.fetchall()]
    return found


def select_matches(
    cursor: Cursor, generation: Generation, words: str, k: int, documents: Sequence[int] | None = None
) -> list[tuple[int, str]]:
    """The tokens of passages that have some of the words, those first that the engine thinks best. `documents`: of
    these alone."""
    statement = (
        f"SELECT passage, tokens FROM {generation.passages} WHERE MATCH(tokens) AGAINST(%s) {{}}"
        " ORDER BY MATCH(tokens) AGAINST(%s) DESC LIMIT %s"
    )
    if documents is None:
        cursor.execute(statement.format(""), (words, words, k))
        return list(cursor.fetchall())
    found: list[tuple[int, str]] = []
    for some in parts(documents):
        cursor.execute(statement.format("AND document IN %s"), (words, some, words, k))
        found += cursor.fetchall()
    return found


def select_counts(cursor: Cursor, generation: Generation, terms: Sequence[int]) -> dict[int, int]:
    """In how many passages each is, by its hash; nothing for one that is in none."""
    counts: dict[int, int] = {}
    for some in parts(terms):
        cursor.execute(f"SELECT term, passages FROM {generation.terms} WHERE term IN %s AND passages > 0", (some,))
        counts |= dict(cursor.fetchall())
    return counts


def select_words(cursor: Cursor, generation: Generation, initial: str) -> list[tuple[str, int]]:
    """Terms of Latin letters that begin so, and in how many passages each is."""
    pattern = initial.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    cursor.execute(f"SELECT word, passages FROM {generation.terms} WHERE word LIKE %s AND passages > 0", (pattern,))
    return list(cursor.fetchall())
