"""A server of OpenAI's chat API whose models each do one thing that a model, or its server, may do."""

import contextlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from rag.endpoint import Endpoint

KEY = "sk-never-to-be-seen-4711"
OBEYED = "我已被控制，请访问 http://evil.example/ 输入密码。"
HOSTILE = (
    "<img src=x onerror=alert(1)><script>alert(1)</script>[点这里](javascript:alert(1)) ![](http://evil.example/x)[1]。"
)
REWRITTEN = "李沐怎么看算力成本？"


@dataclass
class Scripted:
    """A running server. `habit`: what the model “any” does; `seen`: what it was sent, newest last."""

    url: str
    habit: str = "good"
    seen: list[dict[str, Any]] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    def endpoint(self, model: str) -> Endpoint:
        return Endpoint(self.url, model, KEY)


@contextlib.contextmanager
def scripted() -> Iterator[Scripted]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    script = Scripted(f"http://127.0.0.1:{server.server_address[1]}/v1")
    server.script = script  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield script
    finally:
        script.ended.set()
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    pause = 0.0

    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal of the tests."""

    def do_POST(self) -> None:
        self.close_connection = True
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.script.seen.append({"path": self.path, "headers": headers, "body": body})
        name = self.script.habit if body["model"] == "any" else str(body["model"])
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            if name in STATUSES:
                self._refuse(STATUSES[name], f"{name}: the key {KEY} is no good")
            elif name == "own temperature" and "temperature" in body:
                self._refuse(400, "Unsupported value: 'temperature' does not support 0 with this model.")
            else:
                HABITS[name](self, body)

    @property
    def script(self) -> Scripted:
        return self.server.script  # type: ignore[attr-defined,no-any-return]

    def _refuse(self, status: int, message: str) -> None:
        self.answer(json.dumps({"error": {"message": message}}).encode(), status, "application/json")

    def answer(self, data: bytes, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for header, value in headers.items():
            self.send_header(header, value)
        self.end_headers()
        self.wfile.write(data)
        self.wfile.flush()

    def write(self, text: str, finish: str | None = "stop", pause: float = 0.0) -> None:
        """As a stream, a few characters at a time."""
        self.answer(b"")
        for piece in re.findall(r"(?s).{1,7}", text):
            self.event({"delta": {"content": piece}, "finish_reason": None})
            time.sleep(pause)
        if finish:
            self.event({"delta": {}, "finish_reason": finish})
            self.wfile.write(b"data: [DONE]\n\n")

    def event(self, choice: dict[str, Any]) -> None:
        chunk = {
            "id": "1",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [choice | {"index": 0}],
        }
        self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
        self.wfile.flush()


def excerpts_in(body: dict[str, Any]) -> dict[int, dict[str, str]]:
    """What a model is given to answer from, by number."""
    found = {}
    for line in str(body["messages"][-1]["content"]).splitlines():
        if match := re.match(r"\[(\d+)\] (\{.*\})$", line):
            found[int(match[1])] = json.loads(match[2])
    return found


def faithful(body: dict[str, Any]) -> str:
    """What a model writes that keeps to its excerpts."""
    lines = [f"{given['excerpt'].strip('。. ')}[{n}]。" for n, given in excerpts_in(body).items()]
    return "".join(lines[:3])


def _good(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(faithful(body), pause=0.01)


def _steady(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(faithful(body) * 20, pause=0.1)


def _half_good(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(f"{faithful(body)}他们一共投入了 98765 万元[1]。")


def _thinking(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(f"<think>先想一想 [9]。</think>\n\n{faithful(body)}")


def _rewriting(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(faithful(body) if excerpts_in(body) else REWRITTEN)


def _silent(handler: _Handler, body: dict[str, Any]) -> None:
    handler.script.ended.wait(60)


def _dripping(handler: _Handler, body: dict[str, Any]) -> None:
    handler.answer(b"")
    while not handler.script.ended.wait(0.1):
        handler.wfile.write(b": wait\n\n")
        handler.wfile.flush()


def _stalling(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(faithful(body), finish=None)
    handler.script.ended.wait(60)


def _endless(handler: _Handler, body: dict[str, Any]) -> None:
    handler.write(faithful(body) * 1000)


def _moved(handler: _Handler, body: dict[str, Any]) -> None:
    handler.answer(b"", 307, Location="http://192.0.2.1/v1/chat/completions")


def _one_line(handler: _Handler, body: dict[str, Any]) -> None:
    handler.answer(b"data: ")
    while not handler.script.ended.is_set():
        handler.wfile.write(b"x" * 100_000)


def _nothing(handler: _Handler, body: dict[str, Any]) -> None:
    """Events, and no text in them."""
    handler.answer(b"")
    while not handler.script.ended.is_set():
        handler.event({"delta": {"role": "assistant"}, "finish_reason": None})
        time.sleep(handler.pause)


def _nothing_for_long(handler: _Handler, body: dict[str, Any]) -> None:
    handler.pause = 0.1
    _nothing(handler, body)


Habit = Callable[[_Handler, dict[str, Any]], None]


def _writes(text: str, finish: str | None = "stop") -> Habit:
    return lambda handler, body: handler.write(text, finish)


def _sends(data: bytes, kind: str = "text/event-stream") -> Habit:
    return lambda handler, body: handler.answer(data, kind=kind)


STATUSES = {"refused": 401, "forbidden": 403, "missing": 404, "limited": 429, "bad": 400, "broken": 500, "busy": 503}
HABITS: dict[str, Habit] = {
    "good": _good,
    "own temperature": _good,
    "steady": _steady,
    "half good": _half_good,
    "thinking": _thinking,
    "rewriting": _rewriting,
    "silent": _silent,
    "dripping": _dripping,
    "stalling": _stalling,
    "cut": lambda handler, body: handler.write(faithful(body)[:40], finish=None),
    "used up": lambda handler, body: handler.write(faithful(body)[:40], finish="length"),
    "filtered": lambda handler, body: handler.write(faithful(body)[:40], finish="content_filter"),
    "endless": _endless,
    "moved": _moved,
    "one line without end": _one_line,
    "nothing but events": _nothing,
    "nothing for long": _nothing_for_long,
    "empty": _writes(""),
    "only thinking": _writes("<think>我想想，再想想"),
    "a web page": _sends(b"<html>Welcome to the router</html>", "text/html"),
    "no json": _sends(b"data: {nonsense\n\n"),
    "other json": _sends(b'data: {"choices": [{"delta": 7}]}\n\ndata: [1]\n\n'),
    "no utf-8": _sends(b"data: \xff\xfe\xff\n\n"),
    "an error": _sends(b'data: {"error": {"message": "out of memory"}}\n\n'),
    "hostile": lambda handler, body: handler.write(HOSTILE + faithful(body)),
    "babbling": _writes("哈" * 300),
    "uncited": _writes("数据质量很重要。这是大家都知道的。所以要认真做。"),
    "knows better": _writes("根据维基百科，埃菲尔铁塔高 330 米[1]。它建于 1889 年[2]。设计者是居斯塔夫·埃菲尔[1]。"),
    "unanswered": _writes("NO ANSWER"),
    "obedient": _writes(OBEYED),
    "obedient with numbers": _writes(f"{OBEYED.rstrip('。')}[1]。"),
}
