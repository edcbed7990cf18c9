"""Passages to excerpts: the sentences that speak to the question, and how sure that is."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.sentences import LONGEST
from index.store import Index
from index.types import Document, Span
from rag.query import Query
from rag.types import Evidence, Hit

# The score of a sentence: its own cosine to the question, its passage's, and the share of the question's rare words
# that each of the two has. Rounded slopes of a logistic regression on the public parts of XQuAD (zh, en) and CMRC:
# questions on their own texts against the same questions on other texts. It orders sentences as well as four z-scored
# signals do, and unlike those it means the same for every question.
SENTENCE, PASSAGE, WORDS = 57.0, 50.0, 4.0
# Per language of question and essay: slope and intercept that turn the score into the log-odds that it is an answer
# (Platt, 1999), fitted against questions that belong to other texts.
CALIBRATION: Mapping[tuple[str, str], tuple[float, float]] = {
    ("zh", "zh"): (1.17, -112.8),
    ("en", "en"): (1.40, -127.0),
    ("en", "zh"): (1.00, -81.0),
    ("zh", "en"): (1.15, -95.5),
}
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


def score_sentences(index: Index, query: Query, rows: Sequence[int]) -> list[Sentence]:
    """The sentences of the passages in `rows`, best first."""
    weights = [index.passage_terms.idf(term) for term in query.terms]
    in_passages = index.passage_terms.coverage(query.terms, weights)
    in_sentences = index.sentence_terms.coverage(query.terms, weights)
    sentences = []
    for row in rows:
        passage, first = index.passages[row], index.first_sentences[row]
        own = slice(first, first + len(passage.sentences))
        cosines = index.sentence_vectors[own] @ query.vector
        words = in_sentences[own] + in_passages[row]
        scores = SENTENCE * cosines + PASSAGE * float(index.passage_vectors[row] @ query.vector) + WORDS * words
        slope, intercept = CALIBRATION[query.language, passage.document.language]
        sentences += [
            Sentence(first + i, passage.document, span, slope * float(scores[i]) + intercept)
            for i, span in enumerate(passage.sentences)
        ]
    return sorted(sentences, key=lambda sentence: (-sentence.score, sentence.row))


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
    return one.document is not other.document or joined.end - joined.start > LONGEST or bool(gap.search(between))


def _joined(one: Span, other: Span) -> Span:
    return Span(min(one.start, other.start), max(one.end, other.end))


def confidence(log_odds: float) -> float:
    """In [0, 1]."""
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))


def log_odds(confidence: float) -> float:
    return math.log(confidence / (1 - confidence)) if 0 < confidence < 1 else math.copysign(50.0, confidence - 0.5)


def find_evidence(index: Index, query: Query, hits: Mapping[int, Hit]) -> list[Evidence]:
    """Every excerpt of the hits, best first."""
    return excerpts(score_sentences(index, query, list(hits))) if hits else []
