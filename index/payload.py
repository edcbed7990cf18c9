"""What is kept of a passage beside its text, as one run of bytes: vectors, tokens and terms."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from index.arrays import Array
from index.embeddings import STORED
from index.postings import Postings
from index.segment import Contents
from index.tokens import TokenVectors

MARK = b"YP1\n"  # another one when what follows changes

_SIZES = struct.Struct("<4s7I")


class DamagedPayload(ValueError):
    """Bytes that are no payload."""


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """Of one passage. `terms`: their hashes, each once, ascending."""

    vector: npt.NDArray[np.float16]  # (dimension,)
    sentences: npt.NDArray[np.int32]  # (sentences, 2), in characters of the document's text
    sentence_keys: npt.NDArray[np.uint64]  # (sentences,)
    sentence_vectors: npt.NDArray[np.float16]  # (sentences, dimension)
    tokens: TokenVectors  # of the sentences
    terms: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.uint16]  # how often the passage has each term
    sentence_terms: npt.NDArray[np.uint64]  # sentence after sentence
    sentence_term_counts: npt.NDArray[np.int32]  # (sentences,): of how many terms of its own each has

    @property
    def length(self) -> int:
        """Of its terms, with each as often as it stands there."""
        return int(self.counts.sum())

    def to_bytes(self) -> bytes:
        sizes = (
            len(self.vector),
            self.sentence_vectors.shape[1],
            len(self.sentences),
            len(self.tokens.codes),
            self.tokens.codes.shape[1],
            len(self.terms),
            len(self.sentence_terms),
        )
        parts = zip(_columns(*sizes), self._parts(), strict=True)
        return _SIZES.pack(MARK, *sizes) + b"".join(_bytes(part, *column) for column, part in parts)

    def _parts(self) -> tuple[Array, ...]:
        tokens = self.tokens
        return (
            *(self.vector, self.sentences, self.sentence_keys, self.sentence_vectors),
            *(tokens.codes, tokens.scales, tokens.counts, self.terms, self.counts),
            *(self.sentence_terms, self.sentence_term_counts),
        )

    @classmethod
    def of_bytes(cls, data: bytes) -> "Payload":
        """Raises DamagedPayload."""
        if len(data) < _SIZES.size or not data.startswith(MARK):
            raise DamagedPayload("it does not begin as one")
        _, *sizes = _SIZES.unpack_from(data)
        columns = _columns(*sizes)
        if _SIZES.size + sum(_length(*column) for column in columns) != len(data):
            raise DamagedPayload("it has another length than it says")
        parts, at = list[Array](), _SIZES.size
        for kind, shape in columns:
            parts.append(np.frombuffer(data, kind, int(np.prod(shape)), at).reshape(shape))
            at += _length(kind, shape)
        vector, sentences, keys, vectors, codes, scales, tokens, terms, counts, of_sentences, numbers = parts
        if tokens.sum() != len(codes) or numbers.sum() != len(of_sentences) or min([0, *tokens, *numbers]) < 0:
            raise DamagedPayload("its sentences have not as many tokens and terms as there are")
        token_vectors = TokenVectors(codes, scales, tokens)
        return cls(vector, sentences, keys, vectors, token_vectors, terms, counts, of_sentences, numbers)

    def sentences_with(self, term: int) -> npt.NDArray[np.int64]:
        """Which of the sentences have the term of that hash."""
        at = np.flatnonzero(self.sentence_terms == np.uint64(term))
        return np.searchsorted(np.cumsum(self.sentence_term_counts), at, "right")


_Column = tuple[str, tuple[int, ...]]


def _columns(
    dimension: int, of_sentences: int, sentences: int, tokens: int, width: int, terms: int, found: int
) -> tuple[_Column, ...]:
    """Of each part, in the order of the bytes, what its numbers are (low byte first) and how many."""
    return (
        ("<f2", (dimension,)),
        ("<i4", (sentences, 2)),
        ("<u8", (sentences,)),
        ("<f2", (sentences, of_sentences)),
        ("<u1", (tokens, width)),
        ("<f2", (tokens,)),
        ("<i4", (sentences,)),
        ("<u8", (terms,)),
        ("<u2", (terms,)),
        ("<u8", (found,)),
        ("<i4", (sentences,)),
    )


def _bytes(part: Array, kind: str, shape: tuple[int, ...]) -> bytes:
    if part.shape != shape:
        raise ValueError(f"{part.shape} where {shape} was announced")
    return np.ascontiguousarray(part, kind).tobytes()


def _length(kind: str, shape: tuple[int, ...]) -> int:
    """In bytes; in Python's own numbers, which a damaged size cannot make too large."""
    length = np.dtype(kind).itemsize
    for size in shape:
        length *= size
    return length


@dataclass(frozen=True, slots=True)
class _Forward:
    """Postings the other way round: the terms of each row."""

    starts: npt.NDArray[np.int64]
    terms: npt.NDArray[np.uint64]
    counts: npt.NDArray[np.uint16]

    @classmethod
    def of(cls, postings: Postings) -> "_Forward":
        order = np.argsort(postings.rows, kind="stable")  # so that terms ascend within a row
        terms = np.repeat(np.asarray(postings.terms), np.diff(postings.firsts))[order]
        starts = np.searchsorted(postings.rows[order], np.arange(len(postings.lengths) + 1))
        return cls(starts, terms, postings.counts[order])

    def row(self, row: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint16]]:
        within = slice(self.starts[row], self.starts[row + 1])
        return self.terms[within], self.counts[within]


def payloads_of(contents: Contents) -> Iterator[Payload]:
    """Of all its passages, in their order, whether they lie in a segment or were embedded just now."""
    passages, sentences = _Forward.of(contents.passage_terms), _Forward.of(contents.sentence_terms)
    for row in range(len(contents.spans)):
        begin, end = (int(first) for first in contents.first_sentences[row : row + 2])
        yield _payload(contents, row, (begin, end), passages, sentences)


def _payload(contents: Contents, row: int, bounds: tuple[int, int], passages: _Forward, sentences: _Forward) -> Payload:
    begin, end = bounds
    of_passage, of_sentences = contents.runs(np.array([row]), np.arange(begin, end))
    embeddings, at, _ = of_passage[0]
    vectors = [made.sentence_vectors[first:last] for made, first, last in of_sentences]
    terms, counts = passages.row(row)
    found = [sentences.row(sentence)[0] for sentence in range(begin, end)]
    return Payload(
        vector=np.asarray(embeddings.passage_vectors[at], STORED),
        sentences=np.asarray(contents.sentences[begin:end]),
        sentence_keys=np.asarray(contents.sentence_keys[begin:end]),
        sentence_vectors=np.concatenate(vectors) if vectors else np.zeros((0, 1), STORED),
        tokens=embeddings.tokens(at),
        terms=terms,
        counts=counts,
        sentence_terms=np.concatenate([np.zeros(0, np.uint64), *found]),
        sentence_term_counts=np.array([len(of_one) for of_one in found], np.int32),
    )
