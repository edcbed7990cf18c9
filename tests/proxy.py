"""A reverse proxy of the kind that people put in front of a page, on loopback, for the tests."""

import asyncio
import contextlib
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
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, name="proxy", daemon=True)
        thread.start()
        listening = asyncio.start_server(self._answer, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            asyncio.run_coroutine_threadsafe(_end(server), loop).result(10)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request a connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = self._rewritten(await reader.readuntil(b"\r\n\r\n"))
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", self.upstream)
            upstream_writer.write(head)
            sending = asyncio.create_task(_pipe(reader, upstream_writer))
            await _pipe(upstream_reader, writer)
            sending.cancel()
            upstream_writer.close()
        writer.close()

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


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()


async def _end(server: asyncio.Server) -> None:
    server.close()
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
