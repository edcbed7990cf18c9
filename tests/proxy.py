"""A reverse proxy of the kind that people put in front of a page, on loopback, for the tests."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Proxy:
    """`strips`: whether it takes the prefix off the path; `keeps_host`: whether it passes on the name that the reader
    used; `forwards_host`: whether it tells it in a header; `scheme`: what it says the reader came by."""

    upstream: int  # port
    prefix: str = ""
    strips: bool = True
    keeps_host: bool = True
    forwards_host: bool = False
    scheme: str = "http"

    @contextlib.contextmanager
    def running(self) -> Iterator[int]:
        """Its port."""
        threads: list[threading.Thread] = []
        readers: list[socket.socket] = []
        with socket.create_server(("127.0.0.1", 0)) as listening:
            accepting = threading.Thread(target=self._accept, args=(listening, readers, threads), daemon=True)
            accepting.start()
            try:
                yield listening.getsockname()[1]
            finally:
                with contextlib.suppress(OSError):
                    listening.shutdown(socket.SHUT_RDWR)
                accepting.join(10)
                for reader in readers:
                    _hang_up(reader)
                for thread in threads:
                    thread.join(10)

    def _accept(self, listening: socket.socket, readers: list[socket.socket], threads: list[threading.Thread]) -> None:
        with contextlib.suppress(OSError):
            while True:
                reader, _ = listening.accept()
                readers.append(reader)
                threads.append(threading.Thread(target=self._answer, args=(reader,), daemon=True))
                threads[-1].start()

    def _answer(self, reader: socket.socket) -> None:
        """One request a connection."""
        with reader, contextlib.suppress(OSError, EOFError):
            head, rest = _head(reader)
            with socket.create_connection(("127.0.0.1", self.upstream)) as page:
                page.sendall(self._rewritten(head) + rest)
                sending = threading.Thread(target=_pipe, args=(reader, page), daemon=True)
                sending.start()
                _pipe(page, reader)
                _hang_up(reader)
                sending.join(10)

    def _rewritten(self, head: bytes) -> bytes:
        first, *fields = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
        method, path, version = first.split(" ")
        headers = dict(field.split(": ", 1) for field in fields)
        host = next(value for name, value in headers.items() if name.lower() == "host")
        headers = {name: value for name, value in headers.items() if name.lower() not in ("host", "connection")}
        headers["Host"] = host if self.keeps_host else f"127.0.0.1:{self.upstream}"
        headers |= {"Connection": "close", "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": self.scheme}
        if self.forwards_host:
            headers["X-Forwarded-Host"] = host
        if self.strips:
            path = path.removeprefix(self.prefix) or "/"
        lines = [f"{method} {path} {version}", *(f"{name}: {value}" for name, value in headers.items())]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _head(reader: socket.socket) -> tuple[bytes, bytes]:
    """Of a request, and what came of its body with it. Raises EOFError."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = reader.recv(65536)
        if not more:
            raise EOFError
        data += more
    head, end, rest = data.partition(b"\r\n\r\n")
    return head + end, rest


def _pipe(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    _hang_up(target)


def _hang_up(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
