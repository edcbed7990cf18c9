"""What is known of each sentence of the passages that were found, as numbers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.index import Index
from index.tokens import centred
from index.types import Document, Span, Vectors
from rag.query import Query

Matrix = npt.NDArray[np.float32]

# What a question asks for, and what a sentence that says it has.
KINDS = (
    (
        re.compile(
            r"多少|几(?!乎)|多[大长高久远深重快]|第几|百分之|哪一?年|何时|什么时候"
            r"|\b(?:how (?:many|much|long|far|old|large|big|high|tall|often|fast)|when"
            r"|(?:what|which) (?:percentage|percent|number|amount|size|year|date|day|month|century|decade))\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\d|[一二两三四五六七八九十百千万亿]|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve"
            r"|hundred|thousand|million|billion|dozen|half|first|second|third)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(
            r"哪一?年|何时|什么时候|几[月日]|哪一?天|年份|日期"
            r"|\b(?:when|(?:what|which) (?:year|date|day|month|century|decade))\b",
            re.IGNORECASE,
        ),
        re.compile(
            r"\d{3,4}\s*年|\d+\s*[月日世]|世纪|年代|\b(?:1\d|20)\d\d\b|\bcentury\b"
            r"|\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
        ),
    ),
    (
        re.compile(r"为什么|为何|原因|怎么会|\b(?:why|what caused|reasons?)\b", re.IGNORECASE),
        re.compile(
            r"因为|由于|因此|所以|为了|以便|原因|导致|使得|从而"
            r"|\b(?:because|due to|since|in order to|so that|therefore|caused|reason|result)\b",
            re.IGNORECASE,
        ),
    ),
    (
        re.compile(r"哪些|分别|哪几|有什么|\b(?:(?:what|which) (?:are|were)|name)\b", re.IGNORECASE),
        re.compile(r"、.*、|,.*, |包括|\b(?:such as|includ\w*)\b", re.IGNORECASE),
    ),
)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The sentences of some passages, passage by passage, and a row of numbers for each."""

    rows: Sequence[int]  # of the sentences in the index
    documents: Sequence[Document]
    spans: Sequence[Span]
    numbers: Matrix  # (sentences, len(NAMES))


NAMES = (
    "sentence",  # cosine of its own vector to the question's
    "passage",  # cosine of its passage's
    "words",  # share, by rarity, of the question's words that it has
    "passage_words",
    "match",  # mean over the question's tokens of the best cosine to one of its own
    "passage_match",  # the same of its passage
    "told",  # the same of it and what its passage says before
    "told_words",
    "hard",  # match of the third of the question that it matches worst
    "contrast",  # match weighted by how much the question's tokens tell the sentences of the passage apart …
    "contrast_of_all",  # … or all sentences that were found
    "behind",  # by how much another sentence's own cosine is better …
    "behind_match",  # … and its match
    "first",  # whether its passage begins with it
    "length",  # logarithm of its characters
    *("number", "date", "cause", "list"),  # whether that was asked for and is there
)


# OpenBLAS may raise the flag on lanes of a register that hold nothing; what it returns is finite all the same.
@np.errstate(invalid="ignore")
def candidates(index: Index, query: Query, passages: Sequence[int]) -> Candidates:
    """`passages`: rows; at least one."""
    bounds = [index.sentences_of(row) for row in passages]
    sizes = [len(of_one) for of_one in bounds]
    rows = np.concatenate([np.arange(of_one.start, of_one.stop) for of_one in bounds])
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    cosines = index.sentence_vectors(rows.tolist()) @ query.vector
    of_passage = np.repeat(index.passage_vectors(passages) @ query.vector, sizes)
    has, weights = _words(index, query, rows)
    in_passages = _coverage(index, query, passages, weights)
    matches = _matches(index, query, passages, cosines)
    told, told_words = _so_far(matches, starts), _so_far(has, starts)
    whole = np.maximum.reduceat(matches, starts, axis=0)
    match = matches.mean(axis=1)
    found = [index.passage(row) for row in passages]
    spans = [span for passage in found for span in passage.sentences]
    documents = [passage.document for passage in found for _ in passage.sentences]
    texts = [document.text[start:end] for document, (start, end) in zip(documents, spans, strict=True)]
    columns = [
        cosines,
        of_passage,
        has @ weights / max(float(weights.sum()), 1e-9),
        np.repeat(in_passages, sizes),
        match,
        np.repeat(whole.mean(axis=1), sizes),
        told.mean(axis=1),
        told_words @ weights / max(float(weights.sum()), 1e-9),
        np.sort(matches, axis=1)[:, : max(1, matches.shape[1] // 3)].mean(axis=1),
        _contrast_by_passage(matches, whole, starts, sizes),
        matches @ _telling(matches, matches.max(axis=0)),
        cosines.max() - cosines,
        match.max() - match,
        np.isin(np.arange(len(rows)), starts),
        np.log([max(1, len(text)) for text in texts]),
        *_kinds(query.question, texts),
    ]
    return Candidates(rows.tolist(), documents, spans, np.column_stack(columns).astype(np.float32))


def _words(index: Index, query: Query, rows: npt.NDArray[np.int64]) -> tuple[Matrix, Matrix]:
    """Which of the question's terms each sentence has, and how rare each is."""
    has = np.zeros((len(rows), len(query.terms)), np.float32)
    for column, term in enumerate(query.terms):
        has[:, column] = index.sentence_terms.has(term, rows)
    return has, np.array([index.passage_terms.idf(term) for term in query.terms], np.float32)


def _coverage(index: Index, query: Query, passages: Sequence[int], weights: Matrix) -> Matrix:
    """For each passage the share, in [0, 1], of the terms' weight that it has."""
    shares = np.zeros(len(passages), np.float32)
    rows, total = np.array(passages, np.int64), max(float(weights.sum()), 1e-9)
    for term, weight in zip(query.terms, weights.tolist(), strict=True):
        shares[index.passage_terms.has(term, rows)] += weight / total
    return shares


def _matches(index: Index, query: Query, passages: Sequence[int], cosines: Vectors) -> Matrix:
    """(sentences, question's tokens). An encoder without token vectors has one token a text, the text."""
    if not len(query.tokens):
        return cosines[:, None]
    tokens = centred(query.tokens, index.token_centre)
    return np.concatenate([index.tokens_of(row).matches(tokens) for row in passages])


def _so_far(values: Matrix, starts: npt.NDArray[np.int64]) -> Matrix:
    """The best value of each column from the passage's beginning on."""
    parts = np.split(values, starts[1:])
    return np.concatenate([np.maximum.accumulate(part, axis=0) for part in parts])


def _telling(matches: Matrix, best: Matrix) -> Matrix:
    """Weights of the question's tokens: what all sentences match equally, as their subject, tells nothing."""
    spread = best - np.median(matches, axis=0)
    return np.asarray(spread / (spread.sum() + 1e-6), np.float32)


def _contrast_by_passage(matches: Matrix, whole: Matrix, starts: npt.NDArray[np.int64], sizes: Sequence[int]) -> Matrix:
    parts = zip(starts, sizes, whole, strict=True)
    return np.concatenate(
        [matches[start : start + size] @ _telling(matches[start : start + size], best) for start, size, best in parts]
    )


def _kinds(question: str, texts: Sequence[str]) -> list[Matrix]:
    return [
        np.array([bool(has.search(text)) for text in texts] if asks.search(question) else [False] * len(texts))
        for asks, has in KINDS
    ]
