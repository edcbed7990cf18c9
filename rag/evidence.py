"""Passages to excerpts: the sentences that speak to the question, and how sure that is."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from index.index import Index
from index.sentences import LONGEST
from index.types import Document, Span
from rag.features import candidates
from rag.model import fitted, topical
from rag.query import Query
from rag.types import Evidence, Hit

MERGED = 5  # two neighbours are one excerpt where both are among this many best sentences
LABEL = 12  # characters; what is shorter is the label of the sentence that follows

_LEANS_BACK = re.compile(
    r"(?:因此|所以|但|然而|不过|而且|而|此外|这|此|该|其|他|她|它|于是|后来|然后|同时|也|因为|另外|否则|相反|反而|"
    r"(?:It|This|These|That|Those|They|He|She|However|But|Therefore|Thus|So|Hence|His|Her|Their|Its|Moreover|Instead)\b)"
)


_IMAGE = re.compile(r"[^\W\d_]|!\[")  # anything but white space, marks and a list's numbers
_BREAK = re.compile(r"[^\W_]|!\[|\n\s*\n|\n\s*[-*+•>]\s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that was looked at. `row` is its own, so that neighbours are one apart."""

    row: int
    document: Document
    span: Span
    score: float  # log-odds that it answers


def score_sentences(index: Index, query: Query, rows: Sequence[int], background: Mapping[str, float]) -> list[Sentence]:
    """The sentences of the passages in `rows`, best first. No sentence is surer than a better one."""
    model = fitted()
    found = candidates(index, query, rows)
    topic, ranking = topical(found.numbers), model.ranking(found.numbers)
    sentences: list[Sentence] = []
    sure = math.inf
    for i in np.argsort(-ranking, kind="stable"):
        language = found.documents[i].language
        scale = model.scales[query.language, language]
        sure = min(sure, scale.slope * (float(topic[i]) - background[language] - scale.begins))
        sentences.append(Sentence(found.rows[i], found.documents[i], found.spans[i], sure))
    return sentences


def excerpts(sentences: Sequence[Sentence]) -> list[Evidence]:
    """Each sentence once, best first, with its neighbour where one is not understood without the other."""
    by_row = {sentence.row: sentence for sentence in sentences}
    best = {sentence.row for sentence in sentences[:MERGED]}
    taken: set[int] = set()
    found = []
    for sentence in sentences:
        if sentence.row in taken:
            continue
        partner = next((p for p in _partners(sentence, by_row, best) if p.row not in taken), None)
        taken |= {sentence.row} | ({partner.row} if partner else set())
        span = _joined(sentence.span, partner.span) if partner else sentence.span
        found.append(Evidence(sentence.document, span, confidence(sentence.score)))
    return found


def _partners(sentence: Sentence, by_row: Mapping[int, Sentence], best: set[int]) -> list[Sentence]:
    """The neighbours that belong into the same excerpt, the likeliest first."""
    after, before = by_row.get(sentence.row + 1), by_row.get(sentence.row - 1)
    text = sentence.document.text[sentence.span.start : sentence.span.end]
    partners = []
    if (
        after
        and (len(text) <= LABEL or text.rstrip("*_ ").endswith(("：", ":")))
        and not _parted(sentence, after, _IMAGE)
    ):
        partners.append(after)
    partners += [near for near in (after, before) if near and near.row in best and not _parted(sentence, near, _BREAK)]
    if before and _LEANS_BACK.match(text) and not _parted(sentence, before, _BREAK):
        partners.append(before)
    return partners


def _parted(one: Sentence, other: Sentence, gap: re.Pattern[str]) -> bool:
    """Whether two neighbours cannot be one excerpt: for what lies between them, or for their length."""
    joined = _joined(one.span, other.span)
    between = one.document.text[min(one.span.end, other.span.end) : max(one.span.start, other.span.start)]
    return one.document.name != other.document.name or joined.end - joined.start > LONGEST or bool(gap.search(between))


def _joined(one: Span, other: Span) -> Span:
    return Span(min(one.start, other.start), max(one.end, other.end))


def confidence(log_odds: float) -> float:
    """In [0, 1]: that the first excerpt is right, where `log_odds` says that the essays speak of the matter at all."""
    return fitted().certain / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))


def log_odds(confidence: float) -> float:
    share = confidence / fitted().certain
    return math.log(share / (1 - share)) if 0 < share < 1 else math.copysign(50.0, share - 0.5)


def find_evidence(
    index: Index, query: Query, hits: Mapping[int, Hit], background: Mapping[str, float]
) -> list[Evidence]:
    """Every excerpt of the hits, best first."""
    return excerpts(score_sentences(index, query, list(hits), background)) if hits else []
