"""What an encoder made of passages and their sentences, in columns that stay on the disk."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.arrays import Array, Draft, firsts, opened
from index.tokens import TokenVectors
from index.types import Passage, Span

STORED = np.float16  # cosines differ from those of float32 by less than .0001


@dataclass(frozen=True, slots=True)
class Embeddings:
    """Rows by their keys: what was read once is found again and not read twice. The sentences that have vectors of
    their own need not be the sentences of the passages."""

    passage_keys: npt.NDArray[np.uint64]
    passage_vectors: npt.NDArray[np.float16]  # (passages, dimension), of length 1
    first_sentences: npt.NDArray[np.int64]  # (passages + 1,): the first sentence of each, in the tokens' order
    first_tokens: npt.NDArray[np.int64]  # (their sentences + 1,)
    token_codes: npt.NDArray[np.uint8]  # as in TokenVectors
    token_scales: npt.NDArray[np.float16]
    sentence_keys: npt.NDArray[np.uint64]
    sentence_vectors: npt.NDArray[np.float16]  # (sentences, dimension)

    @classmethod
    def open(cls, folder: Path) -> "Embeddings":
        return cls(*(opened(folder, column.name) for column in fields(cls)))

    def tokens(self, passage: int) -> TokenVectors:
        """Of the sentences of the passage in that row."""
        sentences = slice(self.first_sentences[passage], self.first_sentences[passage + 1])
        tokens = slice(self.first_tokens[sentences.start], self.first_tokens[sentences.stop])
        counts = np.diff(self.first_tokens[sentences.start : sentences.stop + 1])
        return TokenVectors(self.token_codes[tokens], self.token_scales[tokens], counts.astype(np.int32))


Run = tuple[Embeddings, int, int]
"""The rows `[start, end)` of one of them."""


def write_embeddings(
    draft: Draft,
    passage_keys: Array,
    sentence_keys: Array,
    passages: Sequence[Run],
    sentences: Sequence[Run],
) -> None:
    """Rows from anywhere, put one after another."""
    dimension = max([1, *(e.passage_vectors.shape[1] for e, start, end in passages if start < end)])
    dimension = max([dimension, *(e.sentence_vectors.shape[1] for e, start, end in sentences if start < end)])
    codes = max((run[0].token_codes.shape[1] for run in passages), default=1)
    tokens = [run for run in map(_tokens_of, passages) if run[1] < run[2]]
    counts = [
        np.diff(e.first_tokens[e.first_sentences[start] : e.first_sentences[end] + 1]) for e, start, end in passages
    ]
    of_passages = [np.diff(e.first_sentences[start : end + 1]) for e, start, end in passages]
    length = sum(end - start for _, start, end in tokens)
    none = np.zeros(0, np.int64)
    draft.array("passage_keys", passage_keys)
    draft.column("passage_vectors", STORED, (len(passage_keys), dimension), _rows("passage_vectors", passages))
    draft.array("first_sentences", firsts(np.concatenate([none, *of_passages])))
    draft.array("first_tokens", firsts(np.concatenate([none, *counts])))
    draft.column("token_codes", np.uint8, (length, codes), _rows("token_codes", tokens))
    draft.column("token_scales", np.float16, (length,), _rows("token_scales", tokens))
    draft.array("sentence_keys", sentence_keys)
    draft.column("sentence_vectors", STORED, (len(sentence_keys), dimension), _rows("sentence_vectors", sentences))


def _tokens_of(passages: Run) -> Run:
    embeddings, start, end = passages
    sentences = embeddings.first_sentences[start], embeddings.first_sentences[end]
    return embeddings, int(embeddings.first_tokens[sentences[0]]), int(embeddings.first_tokens[sentences[1]])


def _rows(column: str, runs: Iterable[Run]) -> Iterator[Array]:
    return (getattr(embeddings, column)[start:end] for embeddings, start, end in runs)


def text_of(passage: Passage) -> str:
    """What the encoder reads."""
    return f"{passage.context}\n{passage.text.rstrip()}".lstrip("\n")


def spans_in_text(passage: Passage) -> tuple[Span, ...]:
    """Where the sentences stand in `text_of` it."""
    shift = len(text_of(passage)) - len(passage.text.rstrip()) - passage.start
    return tuple(Span(start + shift, end + shift) for start, end in passage.sentences)


def sentences_in(passage: Passage) -> list[str]:
    return [passage.document.text[start:end] for start, end in passage.sentences]


def passage_key(passage: Passage) -> int:
    """Of all that decides what its row holds."""
    return text_key(f"{text_of(passage)}\n{[tuple(span) for span in spans_in_text(passage)]}")


def text_key(text: str) -> int:
    """64 bits: among a hundred million texts two share one with a probability of one in four thousand, and then one
    of them is found less well."""
    data = text.encode("utf-8", "replace")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
