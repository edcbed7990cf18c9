"""What chance can score: how well an index seems to answer questions that have nothing to do with it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from index.documents import language_of
from index.index import Index
from index.types import Encoder
from rag.features import candidates
from rag.model import topical
from rag.query import Query, understood
from rag.retrieve import hits_of, rank

PASSAGES = 5  # whose sentences are looked at; more do not change the figure

_known: "WeakKeyDictionary[Index, dict[str, Mapping[str, float]]]" = WeakKeyDictionary()
_measuring = Lock()


def background(index: Index, encoder: Encoder, language: str) -> Mapping[str, float]:
    """By language of the essays: the median over unrelated questions in `language` of their best sentence's score.
    It says where the scale of this very corpus begins: a large or varied one seems to answer more."""
    known = _known.setdefault(index, {})
    if language not in known:
        with (
            _measuring
        ):  # whoever else asks first of a new index waits for the figure, and does not work it out as well
            if language not in known:
                known[language] = _measured(index, encoder, language)
    return known[language]


def _measured(index: Index, encoder: Encoder, language: str) -> Mapping[str, float]:
    questions = [line for line in _unrelated() if language_of(line) == language]
    readings = encoder.read_query(questions)
    queries = [
        understood(question, question, (), reading) for question, reading in zip(questions, readings, strict=True)
    ]
    return {of_essays: _median(index, queries, of_essays) for of_essays in _languages(index)}


def _languages(index: Index) -> set[str]:
    return {document.language for document in index.cards if index.rows_of(document.name)}


def _median(index: Index, queries: Sequence[Query], language: str) -> float:
    hidden = {document.name for document in index.cards if document.language != language}
    best = []
    for query in queries:
        rows = list(hits_of(index, rank(index, query, hidden)))[:PASSAGES]
        if not rows:
            continue
        best.append(float(topical(candidates(index, query, rows).numbers).max()))
    return float(np.median(best)) if best else 0.0


@cache
def _unrelated() -> tuple[str, ...]:
    lines = (Path(__file__).parent / "unrelated.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("#"))
