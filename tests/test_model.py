"""Which language model there is, who may name it, and who gets its key."""

import os
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from index.library import Library
from rag.chat import ModelFault
from rag.endpoint import BadEndpoint, Endpoint
from tests.conftest import Run
from tests.scripted import KEY
from ui.access import Login
from ui.model import Model, NotSettable, endpoint_from
from ui.origins import is_proxied
from ui.server import warnings_of

HERE, THERE = "http://127.0.0.1:11434/v1", "https://api.example.com/v1"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("YUANHUA_LLM_URL", "YUANHUA_LLM_MODEL", "YUANHUA_LLM_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_there_is_none_unless_one_is_named() -> None:
    assert endpoint_from(None, None) is None
    assert Model().writer is None


def test_the_environment_names_one_and_its_key_is_taken_out_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", THERE), ("MODEL", "deepseek-chat"), ("KEY", KEY)):
        monkeypatch.setenv(f"YUANHUA_LLM_{name}", value)
    assert endpoint_from(None, None) == Endpoint(THERE, "deepseek-chat", KEY)
    assert "YUANHUA_LLM_KEY" not in os.environ


def test_a_key_goes_only_where_it_was_given_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUANHUA_LLM_KEY", KEY)
    assert endpoint_from(HERE, "qwen") == Endpoint(HERE, "qwen", KEY)
    monkeypatch.setenv("YUANHUA_LLM_KEY", KEY)
    monkeypatch.setenv("YUANHUA_LLM_URL", THERE)
    with pytest.raises(BadEndpoint) as refused:
        endpoint_from(HERE, "qwen")
    assert KEY not in refused.value.said("en") + refused.value.said("zh")
    model = Model(Endpoint(THERE, "deepseek-chat", KEY), settable=True)
    model.choose(THERE, "deepseek-reasoner", "")
    assert model.endpoint == Endpoint(THERE, "deepseek-reasoner", KEY)
    model.choose(HERE, "qwen", "")
    assert model.endpoint == Endpoint(HERE, "qwen")


def test_half_of_one_is_none() -> None:
    with pytest.raises(BadEndpoint):
        endpoint_from(HERE, None)
    with pytest.raises(BadEndpoint):
        endpoint_from(None, "qwen")


def test_on_a_page_that_others_read_only_whoever_started_it_names_one() -> None:
    model = Model(Endpoint(HERE, "qwen"))
    with pytest.raises(NotSettable):
        model.choose(THERE, "spy", "")
    with pytest.raises(NotSettable):
        model.leave()
    assert model.name == "qwen"


@pytest.mark.parametrize(
    ("headers", "proxied"),
    [
        ({}, False),
        ({"origin": "http://127.0.0.1:7860"}, False),
        ({"origin": "http://localhost:7860", "host": "localhost:7860"}, False),
        ({"origin": "https://essays.example", "host": "127.0.0.1:7860"}, True),
        ({"X-Forwarded-For": "192.0.2.7"}, True),
        ({"Forwarded": "for=192.0.2.7"}, True),
        ({"Via": "1.1 proxy"}, True),
    ],
    ids=str,
)
def test_who_comes_through_a_proxy_is_not_at_this_machine(headers: dict[str, str], proxied: bool) -> None:
    assert is_proxied(Headers(headers)) is proxied


def test_whoever_starts_a_page_is_told_where_questions_go() -> None:
    login = Login("reader", "a password")
    assert warnings_of("127.0.0.1", 7860, None) == []
    (said,) = warnings_of("127.0.0.1", 7860, None, Endpoint(HERE, "qwen", KEY))
    assert "127.0.0.1:11434" in said
    assert "qwen" in said
    clear = warnings_of("127.0.0.1", 7860, login, Endpoint("http://gpu.example.com/v1", "qwen", KEY))
    assert "not encrypted" in clear[1]
    assert KEY not in "".join([said, *clear])


def test_the_command_line_says_what_is_wrong_with_a_model_and_answers_without_it(run: Run, seeds_index: Path) -> None:
    asked = ["ask", "这些作者怎么看数据质量？", "--index", seeds_index]
    code, plain, _ = run(*asked)
    assert code == 0
    code, out, said = run(*asked, "--llm", "http://127.0.0.1:9/v1", "--llm-model", "nobody")
    assert (code, out) == (0, plain)
    assert str(ModelFault("down")) in said
    code, _, said = run(*asked, "--llm", "not an address", "--llm-model", "qwen")
    assert code == 1
    assert len(said.strip().splitlines()) == 1
    assert run(*asked, "--llm", "not an address", "--no-llm")[0] == 0


def test_an_index_that_is_not_there_has_no_summaries(tmp_path: Path) -> None:
    from rag.types import Answer
    from ui.writing import Writing

    writing = Writing(Library(tmp_path), Model(Endpoint(HERE, "qwen")))
    assert list(writing.summaries(Answer("问？", True, "", (), ()))) == []
