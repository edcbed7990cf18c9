"""Token vectors of the sentences, four bits a dimension: what late interaction compares a question's words with."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.types import Encoder, Reading, Span, Vectors

_LEVELS = 16
_HALF = (_LEVELS - 1) / 2
_SAMPLE = Path(__file__).parent / "sample.txt"


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of consecutive sentences. Cosines of what is stored differ by about .007 from those of the original,
    at an eighth of its size; measured, evidence is the same."""

    codes: npt.NDArray[np.uint8]  # (tokens, half the dimension), two dimensions a byte
    scales: npt.NDArray[np.float16]  # (tokens,)
    counts: npt.NDArray[np.int32]  # (sentences,): the tokens of each

    @classmethod
    def of(cls, reading: Reading, sentences: Sequence[Span], centre: Vectors) -> "TokenVectors":
        """`sentences`: in characters of the text that was read. A token belongs to the sentence of its last character,
        since tokenizers put a space before a word into it."""
        homes = [
            next((row for row, (start, end) in enumerate(sentences) if start < span.end <= end), -1)
            for span in reading.spans
        ]
        rows = np.array(homes, np.int64)
        order = np.argsort(rows, kind="stable")[np.count_nonzero(rows < 0) :]
        codes, scales = _packed(centred(reading.tokens[order], centre))
        return cls(codes, scales, np.bincount(rows[order], minlength=len(sentences)).astype(np.int32))

    def matches(self, question: Vectors) -> Vectors:
        """(sentences, question's tokens): the best cosine that any token of each sentence has to each of the question;
        0 where a sentence has none. `question`: centred. The MaxSim of ColBERT (Khattab and Zaharia, 2020)."""
        best = np.zeros((len(self.counts), len(question)), np.float32)
        held = np.flatnonzero(self.counts)
        if len(held) and len(question):
            even = np.pad(question, ((0, 0), (0, question.shape[1] % 2)))
            low, high = (self.codes & _LEVELS - 1).astype(np.float32), (self.codes >> 4).astype(np.float32)
            cosines = low @ even[:, ::2].T + high @ even[:, 1::2].T - _HALF * question.sum(axis=1)
            cosines *= self.scales.astype(np.float32)[:, None]
            begins = np.concatenate([[0], np.cumsum(self.counts[held])[:-1]])
            best[held] = np.maximum.reduceat(cosines, begins, axis=0)
        return best


def centre_of(encoder: Encoder) -> Vectors:
    """The mean token of ordinary text. Encoders put all tokens into one corner of their space; seen from the middle of
    it they are told apart better (Mu and Viswanath, ICLR 2018)."""
    readings = encoder.read_document(_SAMPLE.read_text(encoding="utf-8").split("\n\n"))
    tokens = np.concatenate([reading.tokens for reading in readings])
    return np.asarray(tokens.sum(axis=0) / max(1, len(tokens)), np.float32)


def centred(tokens: Vectors, centre: Vectors) -> Vectors:
    """Of length 1, seen from the centre."""
    moved = tokens - centre
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-12), np.float32)


def _packed(vectors: Vectors) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float16]]:
    """Codes and scales; an odd dimension gets one more."""
    even = np.pad(vectors, ((0, 0), (0, vectors.shape[1] % 2)))
    scales = (np.abs(even).max(axis=1, initial=0) / (_LEVELS / 2)).astype(np.float16)
    levels = np.floor(even / np.maximum(scales.astype(np.float32), 1e-6)[:, None] + _LEVELS / 2)
    codes = np.clip(levels, 0, _LEVELS - 1).astype(np.uint8)
    return codes[:, ::2] | codes[:, 1::2] << 4, scales
