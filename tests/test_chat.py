"""A language model at the other end of a real socket, and everything that may go wrong there."""

import logging
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from rag import chat
from rag.chat import ChatModel, ModelFault
from rag.endpoint import BadEndpoint, Endpoint
from tests.scripted import KEY, Scripted, scripted

ASKED = [{"role": "user", "content": '[1] {"excerpt": "好茶不必贵，新鲜最要紧。"}'}]


@pytest.fixture(scope="module")
def script() -> Iterator[Scripted]:
    with scripted() as script:
        yield script


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chat, "FIRST", 0.5)
    monkeypatch.setattr(chat, "BETWEEN", 0.5)


def written(script: Scripted, model: str) -> str:
    return "".join(ChatModel(script.endpoint(model)).stream(ASKED))


def fault(script: Scripted, model: str) -> ModelFault:
    with pytest.raises(ModelFault) as raised:
        written(script, model)
    assert KEY not in raised.value.detail
    return raised.value


@pytest.mark.parametrize("model", ["good", "own temperature"])
def test_what_a_model_writes_comes_piece_by_piece(script: Scripted, model: str) -> None:
    pieces = list(ChatModel(script.endpoint(model)).stream(ASKED))
    assert "".join(pieces) == "好茶不必贵，新鲜最要紧[1]。"
    assert len(pieces) > 1


def test_the_first_piece_is_there_before_the_last_one_is_written(script: Scripted) -> None:
    began = time.monotonic()
    stream = ChatModel(script.endpoint("steady")).stream(ASKED)
    next(stream)
    first = time.monotonic() - began
    assert len(list(stream)) > 20
    assert first < (time.monotonic() - began) / 2


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("refused", "refused"),
        ("forbidden", "refused"),
        ("missing", "missing"),
        ("limited", "limited"),
        ("bad", "failed"),
        ("broken", "failed"),
        ("busy", "failed"),
        ("moved", "failed"),
        ("cut", "cut"),
        ("used up", "cut"),
        ("filtered", "cut"),
        ("a web page", "nonsense"),
        ("no json", "nonsense"),
        ("other json", "nonsense"),
        ("no utf-8", "nonsense"),
        ("an error", "failed"),
        ("one line without end", "nonsense"),
        ("nothing but events", "nonsense"),
        ("endless", "nonsense"),
    ],
)
def test_whatever_goes_wrong_has_its_name(
    script: Scripted, model: str, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chat, "LARGEST", 400_000)  # what is endless takes its time
    assert fault(script, model).kind == kind


@pytest.mark.parametrize("model", ["silent", "dripping", "stalling"])
@pytest.mark.usefixtures("impatient")
def test_nobody_waits_for_a_server_that_only_keeps_the_connection_open(script: Scripted, model: str) -> None:
    began = time.monotonic()
    assert fault(script, model).kind == "slow"
    assert time.monotonic() - began < 30


def test_it_all_has_its_time_however_steadily_a_model_writes(script: Scripted) -> None:
    with pytest.raises(ModelFault) as raised:
        list(ChatModel(script.endpoint("steady")).stream(ASKED, seconds=1))
    assert raised.value.kind == "slow"


def test_no_thread_stays_behind_when_a_reader_has_stopped(script: Scripted) -> None:
    stream = ChatModel(script.endpoint("steady")).stream(ASKED)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    nobody_waits_in_vain()


@pytest.mark.parametrize("model", ["silent", "dripping", "stalling", "nothing for long"])
@pytest.mark.usefixtures("impatient")
def test_no_thread_stays_behind_a_model_that_was_too_slow(script: Scripted, model: str) -> None:
    fault(script, model)
    script.ended.set()
    nobody_waits_in_vain()
    script.ended.clear()


def nobody_waits_in_vain() -> None:
    deadline = time.monotonic() + 10
    while any(thread.name == "language-model" for thread in threading.enumerate()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_server_that_is_down_is_said_to_be() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(ModelFault) as raised:
        list(ChatModel(Endpoint(f"http://127.0.0.1:{port}/v1", "any")).stream(ASKED))
    assert raised.value.kind == "down"


def test_only_what_is_meant_for_the_model_is_sent_there(
    script: Scripted, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "OPENAI_ORG_ID", "OPENAI_PROJECT_ID", "OPENAI_BASE_URL"):
        monkeypatch.setenv(name, "http://192.0.2.1/somebody-else-s")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "Authorization: Bearer somebody-else-s\nX-Gateway: somebody-else-s")
    for name in ("HTTP_PROXY", "ALL_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # nobody is there
    with caplog.at_level(logging.DEBUG):
        written(script, "good")
    sent = script.seen[-1]
    assert sent["headers"]["authorization"] == f"Bearer {KEY}"
    assert "somebody-else-s" not in str(sent)
    assert sent["path"] == "/v1/chat/completions"
    assert KEY not in caplog.text
    assert KEY not in repr(script.endpoint("good"))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "",
            "localhost:11434",
            "ftp://host/v1",
            "http://",
            "file:///etc/passwd",
            "http://h/v1?key=1",
            "http://h:x/v1",
        ),
        *("http://h/v1\nHost: evil", "http://name:secret@host/v1", "http://a:secret@h\n", "http://" + "h" * 1000),
    ],
)
def test_what_is_no_address_of_a_model_is_one_clear_line(url: str) -> None:
    with pytest.raises(BadEndpoint) as refused:
        Endpoint(url, "qwen")
    for language in ("zh", "en"):
        assert "secret" not in refused.value.said(language)
        assert "\n" not in refused.value.said(language)


@pytest.mark.parametrize(("model", "key"), [("", ""), (" ", ""), ("a\nb", ""), ("m", "k\r\nX: y"), ("m", "密钥")])
def test_neither_a_name_nor_a_key_can_be_anything(model: str, key: str) -> None:
    with pytest.raises(BadEndpoint):
        Endpoint("http://127.0.0.1:11434/v1", model, key)


@pytest.mark.parametrize(
    ("url", "place", "clear"),
    [
        ("http://127.0.0.1:11434/v1", "127.0.0.1:11434", False),
        ("http://[::1]:8000/v1", "[::1]:8000", False),
        ("https://api.example.com/v1", "api.example.com", False),
        ("http://gpu.example.com/v1", "gpu.example.com", True),
    ],
)
def test_where_a_model_is_and_whether_others_can_listen_is_known(url: str, place: str, clear: bool) -> None:
    assert (Endpoint(url, "m").place, Endpoint(url, "m").in_the_clear) == (place, clear)
