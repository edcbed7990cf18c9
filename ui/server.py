"""The web server around the page: languages, headers, health."""

import asyncio
import gzip
import logging
import os
import re
import socket
import sys
from pathlib import Path

import uvicorn
from fastapi import FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.library import Library
from index.types import YuanhuaError
from rag.endpoint import Endpoint
from ui import __version__, terminal
from ui.access import PASSWORD, Login, LoginRequired
from ui.api import make_api
from ui.asked import EssaysInTurn
from ui.desk import Desk
from ui.doors import Doors
from ui.mcp_server import mount_mcp
from ui.metrics import CONTENT_TYPE, Counted
from ui.model import Model
from ui.origins import LOOPBACK, LoopbackOnly, OwnPagesOnly
from ui.page import UPLOADS, mount_page
from ui.prefix import Prefix, route_path
from ui.uploads import Uploads
from ui.words import LANGUAGES, WORDS, preferred

# gradio needs inline scripts and styles, and evaluates its templates.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; "
    "object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
SWITCH = 0.0005  # seconds that a thread computes while others wait; of Python's own ten times as many, each answer's
# messages would wait several times for every other question and for the rebuild
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all, a browser does not say of a form that it is ours
}
FOR_EVER = b"private, max-age=31536000, immutable"  # gradio's scripts have a hash of their content in their names
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="5" fill="#9a3324"/>'
    '<path fill="#fff" d="M8 9h6v7c0 4-2 6-5 7v-3c2-1 3-2 3-4H8zM18 9h6v7c0 4-2 6-5 7v-3c2-1 3-2 3-4h-4z"/></svg>'
)


class PortTaken(YuanhuaError):
    """Another program listens there."""


class Shell:
    """Puts our headers on every response and the page's language into its HTML, before gradio's scripts run; and makes
    the page smaller, as gradio does with its scripts only."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        first, _, rest = route_path(scope).strip("/").partition("/")
        words, zips = WORDS.get(first), "gzip" in Headers(scope=scope).get("accept-encoding", "")
        kept = words is not None and rest.startswith("assets/")
        start: Message | None = None
        body = b""

        async def forward(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *((k.encode(), v.encode()) for k, v in HEADERS.items())]
                if kept and message["status"] == 200:
                    message["headers"].append((b"cache-control", FOR_EVER))
                is_page = any(k == b"content-type" and v.startswith(b"text/html") for k, v in message["headers"])
                if is_page and words:
                    start = message  # held back until the body, and so its length, is known
                    return
            elif start is not None:
                body += message.get("body", b"")
                if message.get("more_body"):
                    return
                page = in_language(body, words["lang"] if words else "en")
                start["headers"] = [(k, v) for k, v in start["headers"] if k != b"content-length"]
                start["headers"].append((b"vary", b"Accept-Encoding"))
                if zips:
                    page = gzip.compress(page, 6)
                    start["headers"].append((b"content-encoding", b"gzip"))
                start["headers"].append((b"content-length", str(len(page)).encode()))
                await send(start)
                await send({"type": "http.response.body", "body": page})
                return
            await send(message)

        await self._app(scope, receive, forward)


def in_language(page: bytes, tag: str) -> bytes:
    """The page told that its browser speaks `tag`, so that gradio's own few words follow."""
    script = (
        f"<script>Object.defineProperty(navigator,'language',{{get:()=>'{tag}'}});"
        f"Object.defineProperty(navigator,'languages',{{get:()=>['{tag}']}})</script>"
    ).encode()
    page = re.sub(rb'(<html[^>]*?)\s+lang="[^"]*"', rb"\1", page, count=1)
    page = page.replace(b"<html", b'<html lang="' + tag.encode() + b'"', 1)
    return page.replace(b"<head>", b"<head>" + script, 1)


def make_app(
    seeds: Path,
    library: Library,
    host: str = LOOPBACK[0],
    *,
    login: Login | None = None,
    prefix: str = "",
    endpoint: Endpoint | None = None,
) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    # Whoever names the model also says where all readers' questions are sent.
    alone = host in LOOPBACK and login is None and not prefix
    desk = Desk(seeds, library, Model(endpoint, settable=alone))

    @app.get("/")
    def choose_language(request: Request) -> Response:
        language = preferred(request.headers.get("accept-language", ""))
        return RedirectResponse(f"{prefix}/{language}/", status_code=307)

    @app.get("/health")
    async def health() -> JSONResponse:
        return JSONResponse({"status": "ok", "version": __version__})

    @app.get("/favicon.ico")
    def icon() -> Response:
        return Response(ICON, media_type="image/svg+xml")

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(desk.metrics.text(), media_type=CONTENT_TYPE)

    app.mount("/api", make_api(desk, login=login is not None))
    for language in LANGUAGES:
        mount_page(app, desk, language, login=login is not None)
    mount_mcp(app, EssaysInTurn(library, desk.limiter, "mcp"))
    # What is added later stands further out.
    app.add_middleware(Uploads, Path(UPLOADS))
    app.add_middleware(Doors)
    if login is not None:
        app.add_middleware(LoginRequired, login)
    app.add_middleware(OwnPagesOnly)
    if host in LOOPBACK and login is None:
        app.add_middleware(LoopbackOnly)
    app.add_middleware(Shell)
    app.add_middleware(Counted, desk.metrics)
    app.add_middleware(Prefix, prefix)
    desk.warm_up()
    return app


def check_port(host: str, port: int) -> None:
    """Raises PortTaken, before the minutes that a build may take."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"{host}:{port} cannot be listened on ({error.strerror}); stop what uses it or choose another --port."
            ) from error


def _is_news(record: logging.LogRecord) -> bool:
    """That open connections are cut when the server ends is none, and its traceback would look like a fault. Nor is it
    that one of a page's streams finds nothing more to send, because another of them has broken off."""
    error = record.exc_info[1] if record.exc_info else None
    cut = isinstance(error, asyncio.CancelledError)
    cause = error.__cause__ if isinstance(error, RuntimeError) else None
    cut = cut or (isinstance(cause, HTTPException) and cause.status_code == 404)
    return not cut and "timeout graceful shutdown exceeded" not in record.getMessage()


def warnings_of(host: str, port: int, login: Login | None, endpoint: Endpoint | None = None) -> list[str]:
    """What whoever starts the page should know of who can reach it, and of what is sent where."""
    said = []
    if endpoint is not None:
        said.append(f"Questions and excerpts are sent to {endpoint.model} at {endpoint.place}, which sums them up.")
        if endpoint.in_the_clear:
            said.append(f"Warning: what is sent to {endpoint.place} is not encrypted, and neither is its key.")
    if login is None and PASSWORD in os.environ:
        said.append(f"Warning: {PASSWORD} is set, but without --login nobody is asked for it.")
    if host not in LOOPBACK and login is None:
        said.append(
            f"Warning: everybody who can reach {host}:{port} can read, add and remove these essays; "
            "ask for a password with --login, or leave out --host."
        )
    elif host not in LOOPBACK:
        said.append(
            "Warning: passwords and essays travel in the clear; put a proxy with https in front, or trust the network."
        )
    return said


def serve(
    seeds: Path,
    library: Library,
    host: str,
    port: int,
    *,
    login: Login | None = None,
    prefix: str = "",
    endpoint: Endpoint | None = None,
) -> None:
    """Until Ctrl-C."""
    for warning in warnings_of(host, port, login, endpoint):
        terminal.say(warning)
    terminal.say("Starting the page")
    app = make_app(seeds, library, host, login=login, prefix=prefix, endpoint=endpoint)
    terminal.say(f"Ready: http://{host if ':' not in host else f'[{host}]'}:{port}{prefix} (Ctrl-C stops it)")
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    sys.setswitchinterval(SWITCH)
    # An open page holds a connection for ever; it gets a second to end when we do.
    uvicorn.run(
        app,
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
        # Who is believed who the client is, and whether it came by https.
        forwarded_allow_ips=os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1,::1"),
    )
