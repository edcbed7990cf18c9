"""Token vectors: what is stored stands for what was read, and finds the sentence that has the words."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from index.tokens import TokenVectors, centre_of, centred
from index.types import Reading, Span, Vectors
from tests.conftest import WordCountEncoder


def reading(spans: list[tuple[int, int]], dimension: int = 8) -> Reading:
    tokens = np.random.default_rng(7).normal(size=(len(spans), dimension)).astype(np.float32)
    return Reading(np.ones(dimension, np.float32), tokens, tuple(Span(*span) for span in spans))


def vectors_of(read: Reading, sentences: list[tuple[int, int]]) -> TokenVectors:
    centre = np.zeros(read.tokens.shape[1], np.float32)
    return TokenVectors.of(read, [Span(*span) for span in sentences], centre)


def test_a_token_belongs_to_the_sentence_that_its_last_character_is_in() -> None:
    vectors = vectors_of(reading([(0, 2), (2, 4), (3, 6), (6, 7), (9, 12)]), [(0, 4), (4, 8)])
    assert vectors.counts.tolist() == [2, 2]  # the last token is in no sentence


@given(st.integers(1, 40), st.integers(0, 12), st.integers(1, 5))
def test_the_best_cosine_of_each_sentence_is_found(dimension: int, tokens: int, sentences: int) -> None:
    read = reading([(i, i + 1) for i in range(tokens)], dimension)
    bounds = [(i * 3, i * 3 + 3) for i in range(sentences)]
    centre = np.zeros(dimension, np.float32)
    question = centred(np.random.default_rng(1).normal(size=(3, dimension)).astype(np.float32), centre)
    found = vectors_of(read, bounds).matches(question)
    own = centred(read.tokens, centre)
    for row, (start, end) in enumerate(bounds):
        held = own[start:end]
        expected = (held @ question.T).max(axis=0) if len(held) else np.zeros(3)
        assert np.abs(found[row] - expected).max() < 0.15  # four bits a dimension, few dimensions


def test_four_bits_keep_the_cosines_of_a_real_encoder(encoder: SentenceEncoder) -> None:
    centre = centre_of(encoder)
    text = "数据的质量比数量更重要。Good data is worth more than much data."
    read = encoder.read_document([text])[0]
    assert {text[start:end].strip() for start, end in read.spans} >= {"数据", "质量"}
    matches = TokenVectors.of(read, [Span(0, 12), Span(12, len(text))], centre)
    question = centred(encoder.read_query(["数据质量重要吗"])[0].tokens, centre)
    exact = centred(read.tokens, centre) @ question.T
    homes = np.array([0 if span.end <= 12 else 1 for span in read.spans])
    for row in (0, 1):
        assert np.abs(matches.matches(question)[row] - exact[homes == row].max(axis=0)).max() < 0.03


def test_a_reading_has_the_vectors_that_encoding_gives(encoder: SentenceEncoder) -> None:
    texts = ["数据质量", "a longer text, in English, about nothing much", ""]
    for readings, vectors in (
        (encoder.read_document(texts), encoder.encode_document(texts)),
        (encoder.read_query(texts), encoder.encode_query(texts)),
    ):
        assert np.allclose([reading.vector for reading in readings], vectors, atol=1e-4)
        assert [len(reading.tokens) for reading in readings] == [len(reading.spans) for reading in readings]
        assert len(readings[0].tokens) > 0


def test_an_encoder_without_tokens_still_answers(essays: Path, tmp_path: Path) -> None:
    class Static(WordCountEncoder):
        fingerprint = "static"

        def _read(self, text: str, vector: Vectors) -> Reading:
            return Reading(vector, np.zeros((0, len(vector)), np.float32), ())

    from rag.answer import inquire

    build(essays, tmp_path / "static", Static())
    inquiry = inquire(Library(tmp_path / "static").index, Static(), "水太烫 茶叶")
    assert "水太烫" in inquiry.evidence[0].quote


@pytest.mark.parametrize("name", ["codes", "scales", "counts"])
def test_the_tokens_that_are_kept_are_those_of_a_new_build(
    essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder, name: str
) -> None:
    build(essays, tmp_path / "kept", fake_encoder)
    (essays / "aaa.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    build(essays, tmp_path / "kept", fake_encoder)
    build(essays, tmp_path / "new", fake_encoder)
    kept, new = (Library(tmp_path / folder).index for folder in ("kept", "new"))
    for essay in ("aaa.txt", "tea.md", "bread.txt"):
        for row, other in zip(kept.rows_of(essay), new.rows_of(essay), strict=True):
            assert np.array_equal(getattr(kept.tokens_of(row), name), getattr(new.tokens_of(other), name))
