"""The two fitted scores of a sentence, from the numbers that `rag.features` gives; `make fit` makes the file anew."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from rag.features import NAMES, Matrix

FILE = Path(__file__).parent / "model.json"

# How much a sentence is about the question, the same for every question: rounded slopes of a logistic regression of
# questions on their own texts against the same questions on other texts. The rest of the numbers say nothing of that.
TOPICAL: Mapping[str, float] = {"sentence": 57, "passage": 50, "words": 4, "passage_words": 4, "match": 35}
SHARE = 0.45  # of that score beside the logarithm of the share that the network gives a sentence, to rank by


@dataclass(frozen=True, slots=True)
class Scale:
    """Per language of question and essays: where, above the background, an answer begins, and how sharply."""

    begins: float
    slope: float


@dataclass(frozen=True, slots=True)
class Model:
    """A network of one hidden layer, and the scales."""

    mean: Matrix
    deviation: Matrix
    hidden: Matrix  # (numbers, units)
    bias: Matrix
    out: Matrix  # (units,)
    certain: float  # how often the first excerpt is right where all signs are good
    scales: Mapping[tuple[str, str], Scale]

    @np.errstate(invalid="ignore")  # see rag.features.candidates
    def ranking(self, numbers: Matrix) -> Matrix:
        """Higher is better; comparable within one question only."""
        units = np.tanh((numbers - self.mean) / self.deviation @ self.hidden + self.bias)
        scores = units @ self.out
        return np.asarray(SHARE * topical(numbers) + scores - np.logaddexp.reduce(scores), np.float32)


@np.errstate(invalid="ignore")  # see rag.features.candidates
def topical(numbers: Matrix) -> Matrix:
    return np.asarray(numbers @ np.array([TOPICAL.get(name, 0.0) for name in NAMES], np.float32), np.float32)


@cache
def fitted() -> Model:
    values = json.loads(FILE.read_text(encoding="utf-8"))
    if values["names"] != list(NAMES):
        raise ValueError(f"{FILE}: it was fitted to other numbers; make it anew with: make fit")
    arrays = {name: np.array(values[name], np.float32) for name in ("mean", "deviation", "hidden", "bias", "out")}
    scales = {tuple(pair.split("-")): Scale(**scale) for pair, scale in values["scales"].items()}
    return Model(**arrays, certain=values["certain"], scales=scales)
