"""A language model behind an endpoint, and whatever goes wrong with it; the only importer of openai."""

import queue
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import openai

from index.types import YuanhuaError
from rag import words
from rag.endpoint import Endpoint

Messages = Sequence[Mapping[str, str]]
"""Each with its `role` (system, user or assistant) and its `content`."""

CONNECTING = 5.0  # seconds until somebody answers at all
FIRST, BETWEEN, IN_ALL = 45.0, 20.0, 180.0  # until the first piece, from one to the next, and until the last one
TICK = 0.25  # seconds that nothing may come until it is said that nothing did
MOST = 12_000  # characters; no answer made of a dozen excerpts has so many
LARGEST = 8_000_000  # bytes in which they come


class ModelFault(YuanhuaError):
    """Why there is nothing of the model's. `kind`: down, slow, limited, refused (the key), missing (no such model),
    failed, cut (it broke off), nonsense, disobedient, unanswered or stopped."""

    def __init__(self, kind: str, detail: str = "") -> None:
        """`detail`: what its server said of it, for whoever runs it and not for readers."""
        super().__init__(words.MODEL_FAULTS["en"][kind], words.MODEL_FAULTS["zh"][kind])
        self.kind, self.detail = kind, detail


class Writer(Protocol):
    """Whoever writes text to messages, piece by piece."""

    @property
    def endpoint(self) -> Endpoint: ...
    def stream(self, messages: Messages, *, seconds: float = IN_ALL) -> Iterator[str]: ...


class ChatModel:
    """Never asks a second time, since a reader waits, and never goes where another server sends it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        timeout = openai.Timeout(BETWEEN, connect=CONNECTING, read=FIRST)
        self._client = openai.OpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key or "none",  # servers at home want none, and the client wants one
            max_retries=0,
            timeout=timeout,
            # A proxy that the environment names would have what is meant for this machine.
            http_client=openai.DefaultHttpxClient(
                timeout=timeout, follow_redirects=False, trust_env=not endpoint.is_here
            ),
        )
        # It takes them from the environment, where they are for somebody else.
        self._client.organization = self._client.project = self._client.admin_api_key = None
        self._client._custom_headers = {}

    def stream(self, messages: Messages, *, seconds: float = IN_ALL) -> Iterator[str]:
        """What the model writes, as it comes; "" a few times a second while nothing does. Raises ModelFault, also in
        the middle, and at once where it does not come in time, whatever its server does to keep the connection open."""
        pieces: queue.SimpleQueue[str | ModelFault | None] = queue.SimpleQueue()
        request = _Request(self._client, self.endpoint, messages, pieces)
        threading.Thread(target=request.run, name="language-model", daemon=True).start()
        began = time.monotonic()
        deadline, due = began + seconds, began + FIRST
        try:
            while (piece := _next(pieces)) is not None:
                if time.monotonic() > (deadline if piece else min(deadline, due)):
                    raise ModelFault("slow")
                if piece:
                    due = time.monotonic() + BETWEEN
                yield piece
        finally:
            request.end()


def _next(pieces: "queue.SimpleQueue[str | ModelFault | None]") -> str | None:
    """Raises ModelFault."""
    try:
        piece = pieces.get(timeout=TICK)
    except queue.Empty:
        return ""
    if isinstance(piece, ModelFault):
        raise piece
    return piece


class _Request:
    """One question to the model, in a thread of its own, which whoever waits for it can leave behind."""

    def __init__(
        self,
        client: openai.OpenAI,
        endpoint: Endpoint,
        messages: Messages,
        pieces: "queue.SimpleQueue[str | ModelFault | None]",
    ) -> None:
        self._client, self._endpoint, self._messages, self._pieces = client, endpoint, messages, pieces
        self._ended = threading.Event()
        self._stream: openai.Stream[Any] | None = None
        self._length = 0  # characters that were written

    def end(self) -> None:
        self._ended.set()
        if self._stream is not None:
            self._stream.close()

    def run(self) -> None:
        try:
            for piece in self._written():
                self._pieces.put(piece)
            self._pieces.put(None)
        except ModelFault as fault:
            self._pieces.put(fault)
        except Exception as error:  # noqa: BLE001 - whatever its server sends, a reader is waiting
            kind = next((kind for kinds, kind in _KINDS if isinstance(error, kinds)), "nonsense")
            broke = self._length and kind in ("down", "nonsense")
            self._pieces.put(ModelFault("cut" if broke else kind, _said(error, self._endpoint)))
        finally:
            if self._stream is not None:
                self._stream.close()

    def _written(self) -> Iterator[str]:
        """Raises ModelFault, and whatever openai raises for what its server sends."""
        finish = ""
        self._stream = _bounded(self._begun())
        for chunk in self._stream:
            if self._ended.is_set():
                return
            for choice in chunk.choices[:1]:
                finish = choice.finish_reason or finish
                if choice.delta and choice.delta.content:
                    self._length += len(choice.delta.content)
                    if self._length > MOST:
                        raise ModelFault("nonsense", "it does not stop writing")
                    yield str(choice.delta.content)
        if finish != "stop":  # its length was used up, its server's filter stopped it, or the connection broke
            raise ModelFault("cut" if self._length else "nonsense", finish)

    def _begun(self) -> "openai.Stream[Any]":
        ask = self._client.chat.completions.create
        wanted: dict[str, Any] = {"model": self._endpoint.model, "messages": list(self._messages), "stream": True}
        try:
            return ask(**wanted, temperature=0)  # type: ignore[no-any-return]
        except openai.BadRequestError as error:
            if "temperature" not in str(error):
                raise
            return ask(**wanted)  # type: ignore[no-any-return]  # some models have one of their own


def _bounded(stream: "openai.Stream[Any]") -> "openai.Stream[Any]":
    """Without it, a line that never ends would be kept in memory as long as somebody waits."""
    response, read = stream.response, stream.response.iter_bytes

    def iter_bytes(*arguments: Any) -> Iterator[bytes]:
        size = 0
        for data in read(*arguments):
            size += len(data)
            if size > LARGEST:
                raise ModelFault("nonsense", "it sends without end")
            yield data

    response.iter_bytes = iter_bytes  # type: ignore[method-assign, assignment]
    return stream


_KINDS: tuple[tuple[type[Exception], str], ...] = (
    (openai.APITimeoutError, "slow"),
    (openai.APIConnectionError, "down"),
    (openai.RateLimitError, "limited"),
    (openai.AuthenticationError, "refused"),
    (openai.PermissionDeniedError, "refused"),
    (openai.NotFoundError, "missing"),
    (openai.APIResponseValidationError, "nonsense"),
    (openai.APIError, "failed"),
)


def _said(error: Exception, endpoint: Endpoint) -> str:
    """One line, without the key, which some servers repeat, whole or in part."""
    text = " ".join(str(error).split())
    if endpoint.key and (endpoint.key in text or endpoint.key[:6] in text or endpoint.key[-4:] in text):
        return type(error).__name__
    return "".join(c if c.isprintable() else "\ufffd" for c in text)[:200]
