"""A passage's vectors and terms as bytes: nothing is lost, and nothing damaged is taken for whole."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from index.payload import DamagedPayload, Payload, payloads_of
from index.postings import term_hash
from index.store import load


@pytest.fixture(scope="module")
def payloads(seeds_index: Path) -> list[Payload]:
    return [payload for segment in load(seeds_index).segments for payload in payloads_of(segment)]


def test_bytes_give_back_what_they_were_made_of(payloads: list[Payload]) -> None:
    for payload in payloads:
        again = Payload.of_bytes(payload.to_bytes())
        assert again.to_bytes() == payload.to_bytes()
        for field in fields(Payload):
            one, other = getattr(again, field.name), getattr(payload, field.name)
            if field.name == "tokens":
                assert all(np.array_equal(getattr(one, part.name), getattr(other, part.name)) for part in fields(one))
            else:
                assert np.array_equal(one, other), field.name


def test_a_payload_holds_what_the_index_in_a_folder_holds(payloads: list[Payload], seeds_index: Path) -> None:
    index = load(seeds_index)
    assert len(payloads) == index.manifest.passages
    for row, payload in enumerate(payloads):
        sentences = index.sentences_of(row)
        assert np.array_equal(payload.vector.astype(np.float32), index.passage_vectors([row])[0])
        assert np.array_equal(payload.sentence_vectors.astype(np.float32), index.sentence_vectors(sentences))
        assert np.array_equal(payload.tokens.codes, index.tokens_of(row).codes)
        assert [tuple(span) for span in payload.sentences.tolist()] == list(index.passage(row).sentences)
        assert payload.length == index.segments[0].passage_terms.lengths[row]


def test_the_terms_are_those_that_the_folder_finds_by(payloads: list[Payload], seeds_index: Path) -> None:
    index = load(seeds_index)
    for term in ("茶", "the", "time", "水", "没有这个词"):
        of_passages = {row for row, payload in enumerate(payloads) if term_hash(term) in payload.terms}
        assert of_passages == set(np.flatnonzero(index.passage_terms.has(term, np.arange(len(payloads)))).tolist())
        for row in of_passages:
            rows = np.array(index.sentences_of(row), np.int64)
            having = np.flatnonzero(index.sentence_terms.has(term, rows))
            assert payloads[row].sentences_with(term_hash(term)).tolist() == having.tolist()


@pytest.mark.parametrize("size", [0, 3, 30, 32, 100, -1])
def test_bytes_that_were_cut_are_refused(payloads: list[Payload], size: int) -> None:
    with pytest.raises(DamagedPayload):
        Payload.of_bytes(payloads[0].to_bytes()[:size])


def test_sizes_that_are_lies_are_refused_and_take_no_memory(payloads: list[Payload]) -> None:
    data = payloads[0].to_bytes()
    for at in range(4, 32):
        with pytest.raises(DamagedPayload):
            Payload.of_bytes(data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :])


def test_a_passage_without_sentences_terms_and_tokens_is_a_payload_as_any(payloads: list[Payload]) -> None:
    empty = Payload(
        *(np.ones(3, np.float16), np.zeros((0, 2), np.int32), np.zeros(0, np.uint64), np.zeros((0, 3), np.float16)),
        tokens=type(payloads[0].tokens)(np.zeros((0, 1), np.uint8), np.zeros(0, np.float16), np.zeros(0, np.int32)),
        terms=np.zeros(0, np.uint64),
        counts=np.zeros(0, np.uint16),
        sentence_terms=np.zeros(0, np.uint64),
        sentence_term_counts=np.zeros(0, np.int32),
    )
    assert Payload.of_bytes(empty.to_bytes()).vector.tolist() == [1, 1, 1]
