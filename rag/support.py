"""Whether excerpts say a sentence that somebody else wrote: by its words, and by the vectors of its tokens.

Each clause of it is judged, since what a model adds of its own stands beside what it took from the excerpts. The model
is a logistic regression on numbers of a clause and on their products; `python -m tests.fit_claims` makes its file anew.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.documents import language_of
from index.terms import fold, terms_of
from index.tokens import centred
from index.types import Encoder, Reading, Vectors
from rag.types import Citation

FILE = Path(__file__).parent / "support.json"
AROUND = 200  # characters to both sides of an excerpt that are its context
CLAUSE = 4  # terms; what is shorter is judged with what follows

Numbers = npt.NDArray[np.float64]

NAMES = (
    "cosine",  # of the sentence's vector to that of the excerpt
    "match",  # mean over the clause's tokens of the best cosine to one of the excerpts'
    "content",  # the same of those that stand in its terms
    "hard",  # the same of the third that it matches worst
    "worst",  # the same of one
    "words",  # share of the clause's terms that the excerpts have
    "letters",  # the same, counted in letters
    "context",  # share of the terms that they lack, and that stand around them
    "length",  # logarithm of its terms
)

_BREAK = re.compile(r"[，,；;：:。！？!?、（）()—]+|\.\s|\s(?:and|but|while|which|because|or)\s")
_ENDING = re.compile(r"(?:'s|ies|es|s|ed|ing|ly|er|d|e|y)$")
_LATIN = re.compile(r"[a-z]")


@dataclass(frozen=True, slots=True)
class Source:
    """An excerpt, read."""

    citation: Citation
    language: str
    vector: Vectors  # (dimension,)
    tokens: Vectors  # (tokens, dimension), centred
    folded: str
    stems: frozenset[str]
    around: str  # folded: what stands before and behind it
    stems_around: frozenset[str]


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, read."""

    vector: Vectors
    tokens: Vectors  # (tokens, dimension), centred
    texts: tuple[str, ...]  # of the clauses
    clauses: tuple[tuple[str, ...], ...]  # the terms of each
    clause_of: npt.NDArray[np.int64]  # (tokens,)
    content: npt.NDArray[np.bool_]  # (tokens,): whether it stands in a term
    language: str


@dataclass(frozen=True, slots=True)
class Model:
    """For texts of one language, or for two languages."""

    mean: Numbers
    deviation: Numbers
    weights: Numbers  # of the standardised numbers, and of their products
    bias: float
    says: Mapping[str, float]  # by language of the sentence: from which score on a clause is said
    touches: Mapping[str, float]  # from which on an excerpt has at least to do with it

    def scores(self, clauses: Numbers) -> Numbers:
        """(clauses,)"""
        return np.asarray(expanded((clauses - self.mean) / self.deviation) @ self.weights + self.bias, np.float64)


def expanded(standardised: Numbers) -> Numbers:
    """With the product of every two of them, and their squares."""
    first, second = np.triu_indices(standardised.shape[1])
    return np.hstack([standardised, standardised[:, first] * standardised[:, second]])


@cache
def fitted() -> Mapping[str, Model]:
    """By "same" and "across"."""
    values = json.loads(FILE.read_text(encoding="utf-8"))
    if values["names"] != list(NAMES):
        raise ValueError(f"{FILE}: it was fitted to other numbers; make it anew with: python -m tests.fit_claims")
    return {kind: model_of(values[kind]) for kind in ("same", "across")}


def model_of(values: Mapping[str, Any]) -> Model:
    arrays = {name: np.array(values[name], np.float64) for name in ("mean", "deviation", "weights")}
    return Model(**arrays, bias=values["bias"], says=values["says"], touches=values["touches"])


def lacking(of: Said, sources: Sequence[Source], models: Mapping[str, Model]) -> int | None:
    """The number of the clause that none of the sources says; None where they say all of them."""
    together = [*_by_language(sources), *([one] for one in sources if len(sources) > 1)]
    margins = np.max([_margins(of, part, models) for part in together], axis=0)
    return None if (margins >= 0).all() else int(margins.argmin())


def idle(of: Said, sources: Sequence[Source], models: Mapping[str, Model]) -> Source | None:
    """One of several sources that has nothing to do with the sentence."""
    return next((one for one in sources if (_margins(of, [one], models, touching=True) < 0).all()), None)


def _by_language(sources: Sequence[Source]) -> list[list[Source]]:
    languages = dict.fromkeys(source.language for source in sources)
    return [[source for source in sources if source.language == language] for language in languages]


def _margins(of: Said, sources: Sequence[Source], models: Mapping[str, Model], *, touching: bool = False) -> Numbers:
    """(clauses,): by how much each is said, or touched upon. `sources`: of one language."""
    model = models["same" if sources[0].language == of.language else "across"]
    return model.scores(numbers(of, sources)) - (model.touches if touching else model.says)[of.language]


def source_of(citation: Citation, evidence: str, encoder: Encoder, centre: Vectors) -> Source:
    """`evidence`: what of the excerpt counts."""
    reading = encoder.read_document([evidence])[0]
    text, start, end = citation.document.text, citation.start, citation.end
    around = fold(text[max(0, start - AROUND) : start] + "\n" + text[end : end + AROUND])
    tokens = centred(reading.tokens, centre) if len(reading.tokens) else reading.vector[None, :]
    language, stems = language_of(evidence), _stems(evidence)
    return Source(citation, language, reading.vector, tokens, fold(evidence), stems, around, _stems(around))


def said(text: str, encoder: Encoder, centre: Vectors) -> Said:
    reading = encoder.read_document([text])[0]
    bounds = _clauses(text)
    texts = tuple(text[start:end] for start, end in bounds)
    clauses = tuple(tuple(dict.fromkeys(terms_of(part))) for part in texts)
    tokens = centred(reading.tokens, centre) if len(reading.tokens) else reading.vector[None, :]
    content = [bool(terms_of(text[span.start : span.end])) for span in reading.spans] or [True]
    return Said(reading.vector, tokens, texts, clauses, _homes(reading, bounds), np.array(content), language_of(text))


def _clauses(text: str) -> list[tuple[int, int]]:
    """Long enough each to be judged by itself."""
    cuts = [match.end() for match in _BREAK.finditer(text)] + [len(text)]
    bounds: list[tuple[int, int]] = []
    start = 0
    for cut in cuts:
        if len(terms_of(text[start:cut])) >= CLAUSE:
            bounds.append((start, cut))
            start = cut
    if start < len(text) or not bounds:
        last = bounds.pop()[0] if bounds else 0
        bounds.append((last, len(text)))
    return bounds


def _homes(reading: Reading, bounds: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    ends = [end for _, end in bounds]
    homes = [min(int(np.searchsorted(ends, span.end)), len(ends) - 1) for span in reading.spans]
    return np.array(homes or [0], np.int64)


@lru_cache(maxsize=4096)
def stem(term: str) -> str:
    """Crude, and the same for the forms of one English word."""
    return _ENDING.sub("", _ENDING.sub("", term)) or term if _LATIN.match(term) and len(term) > 3 else term


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(term) for term in terms_of(text))


# OpenBLAS may raise the flag on lanes of a register that hold nothing; what it returns is finite all the same.
@np.errstate(invalid="ignore")
def numbers(of: Said, sources: Sequence[Source]) -> npt.NDArray[np.float64]:
    """(clauses, len(NAMES)). `sources`: at least one; together they may say it."""
    cosine = max(float(source.vector @ of.vector) for source in sources)
    best = np.max([(of.tokens @ source.tokens.T).max(axis=1) for source in sources], axis=0)
    return np.array(
        [
            _row(cosine, best[of.clause_of == i], of.content[of.clause_of == i], terms, sources)
            for i, terms in enumerate(of.clauses)
        ],
        np.float64,
    )


def _row(
    cosine: float, best: Vectors, content: npt.NDArray[np.bool_], terms: Sequence[str], sources: Sequence[Source]
) -> list[float]:
    """Of one clause; `best`: of its tokens."""
    worst = np.sort(best)[: max(1, len(best) // 3)]
    lacking = [term for term in terms if not _has(term, sources)]
    near = sum(_near(term, sources) for term in lacking)
    count = max(1, len(terms))
    letters = sum(map(len, terms)) or 1
    return [
        cosine,
        float(best.mean()) if len(best) else 0.0,
        float(best[content].mean()) if content.any() else 0.0,
        float(worst.mean()) if len(best) else 0.0,
        float(best.min()) if len(best) else 0.0,
        1 - len(lacking) / count,
        1 - sum(map(len, lacking)) / letters,
        near / count,
        math.log(count),
    ]


def _has(term: str, sources: Sequence[Source]) -> bool:
    if _LATIN.match(term):
        return any(stem(term) in source.stems for source in sources)
    return any(term in source.folded for source in sources)


def _near(term: str, sources: Sequence[Source]) -> bool:
    if _LATIN.match(term):
        return any(stem(term) in source.stems_around for source in sources)
    return any(term in source.around for source in sources)
