"""The login in front of the page."""

import asyncio
import base64
import hashlib
import hmac
import math
import os
import re
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote

from fastapi import Request
from fastapi.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.requests import ClientDisconnect, HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.types import YuanhuaError
from ui.faults import Refused, is_of_program, login_needed, problem, refuse
from ui.prefix import route_path
from ui.render import login_detour_html, login_html
from ui.sessions import AGE, Sessions
from ui.throttle import Throttle
from ui.words import WORDS, Words, preferred

PASSWORD = "YUANHUA_PASSWORD"  # noqa: S105 - where the password is, and not what it is
PASSWORD_FILE = "YUANHUA_PASSWORD_FILE"  # noqa: S105 - or the file that it is in, as services keep their secrets
SHORTEST = 8  # characters of a password
COOKIE = "yuanhua_session"
LOGIN, LOGOUT = "/login", "/logout"
OPEN = ("/health", "/favicon.ico")  # beside the login page
LARGEST_FORM = 8_192  # bytes
SLOWEST_FORM = 20.0  # seconds that it may take to come
# The page of the login runs no script at all.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; form-action 'self'; base-uri 'none'"

_FIRST = login_needed(
    "Log in first: send the name and the password with HTTP Basic, or the cookie of a login.",
    "请先登录：用 HTTP Basic 发送用户名和密码，或者带上登录后的 cookie。",
)
_PLACE = re.compile(r"/(?![/\\])[!-\[\]-~]*")  # a browser takes //host, and /\host, for another server


class NoPassword(YuanhuaError):
    """A login was asked for, and there is no password for it."""


@dataclass(frozen=True, slots=True)
class Login:
    """The one name and password that open the page."""

    name: str
    password: str = field(repr=False)
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def is_right(self, name: str, password: str) -> bool:
        """Takes the same time whatever is wrong, and however long it is."""
        right_name = hmac.compare_digest(self._digest(name), self._digest(self.name))
        right_password = hmac.compare_digest(self._digest(password), self._digest(self.password))
        return right_name & right_password

    def _digest(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode("utf-8", "surrogateescape"), hashlib.sha256)


def login_from_environment(name: str) -> Login:
    """Takes the password out of the environment, so that no program that we start has it. Raises NoPassword."""
    password = os.environ.pop(PASSWORD, "") or _password_in(os.environ.get(PASSWORD_FILE, ""))
    if len(password) < SHORTEST:
        raise NoPassword(
            f"--login needs a password of at least {SHORTEST} characters in the environment variable {PASSWORD}, or in "
            f"the file that {PASSWORD_FILE} names; set it and start again.",
            f"--login 需要环境变量 {PASSWORD}（或 {PASSWORD_FILE} 所指的文件）里有至少 {SHORTEST} 个字符的密码，"
            "请设好再启动。",
        )
    return Login(name, password)


def _password_in(file: str) -> str:
    """Without the line's end. Raises NoPassword."""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n") if file else ""
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise NoPassword(
            f"{file}: the password cannot be read ({reason}); mend the file that {PASSWORD_FILE} names.",
            f"{file}：密码读不出来（{reason}），请检查 {PASSWORD_FILE} 所指的文件。",
        ) from error


class LoginRequired:
    """Lets nobody further who is not logged in, and is the login page itself."""

    def __init__(self, app: ASGIApp, login: Login, throttle: Throttle | None = None) -> None:
        self._app, self._login = app, login
        self._throttle = throttle or Throttle()
        self._sessions = Sessions()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] != "http" or route_path(scope) in OPEN:
            await self._app(scope, receive, send)
        else:
            await self._http(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._sessions.is_open(_cookie(scope)):
            await self._app(scope, receive, send)
        else:
            await refuse(_FIRST, scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        is_open = self._sessions.is_open(_cookie(scope))
        if route_path(scope) == LOGIN:
            response = await self._login_page(request, is_open=is_open)
        elif not is_open and is_of_program(scope):
            refused = self._refused(request)
            if refused is None:
                await self._app(scope, receive, _kept_private(send))
                return
            response = problem(refused, scope)
        elif not is_open:
            response = _refusal(request)
        elif route_path(scope) == LOGOUT:
            response = self._logout(request)
        else:
            await self._app(scope, receive, _kept_private(send))
            return
        response.headers["cache-control"] = "no-store"
        await response(scope, receive, send)

    async def _login_page(self, request: Request, *, is_open: bool) -> Response:
        if request.method == "POST":
            return await self._attempt(request)
        if request.method not in ("GET", "HEAD"):
            return PlainTextResponse("Method Not Allowed\n", 405, {"allow": "GET, HEAD, POST"})
        return _welcome(request) if is_open else _page(request)

    async def _attempt(self, request: Request) -> Response:
        form = await _form(request)
        if form is None:
            return PlainTextResponse("This is no login.\n", 413)
        name, password = form
        address = request.client.host if request.client else ""
        # Nothing is awaited from here on, so that of many attempts at once each is counted before the next.
        if wait := self._wait(address):
            said = _words(request)["login_wait"].format(seconds=wait)
            return _page(request, said, name, status=429, headers={"retry-after": str(wait)})
        if not self._login.is_right(name, password):
            self._throttle.failed(address)
            return _page(request, _words(request)["login_wrong"], name, status=401)
        self._throttle.succeeded(address)
        response = _welcome(request)
        _set_cookie(request, response, self._sessions.begin(), AGE)
        return response

    def _refused(self, request: Request) -> Refused | None:
        """A program, which sends name and password along with every request, rather than a cookie. None where they are
        right. A right one does not make others' wrong ones forgotten: it comes as often as the program asks."""
        sent = _basic(request)
        if sent is None:
            return _FIRST
        address = request.client.host if request.client else ""
        if wait := self._wait(address):
            said = (WORDS[language]["login_wait"].format(seconds=wait) for language in ("en", "zh"))
            return Refused(429, *said, retry_after=wait)
        if self._login.is_right(*sent):
            self._throttle.right(address)
            return None
        self._throttle.failed(address)
        return login_needed(WORDS["en"]["login_wrong"], WORDS["zh"]["login_wrong"])

    def _wait(self, address: str) -> int:
        return math.ceil(self._throttle.wait(address))

    def _logout(self, request: Request) -> Response:
        if request.method != "POST":  # a link, or an image, on another page must not log anybody out
            return PlainTextResponse("Method Not Allowed\n", 405, {"allow": "POST"})
        self._sessions.end(_cookie(request.scope))
        response = RedirectResponse(_root(request) + LOGIN, 303)
        _set_cookie(request, response, "", 0)
        return response


def _basic(request: Request) -> tuple[str, str] | None:
    """The name and the password in the request's headers (RFC 7617)."""
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(sent.strip(), validate=True).decode("utf-8", "surrogateescape")
    except ValueError:
        return None
    name, colon, password = decoded.partition(":")
    return (name, password) if colon else None


def _kept_private(send: Send) -> Send:
    """What is behind the login stays out of shared caches, and its pages out of every one."""

    async def forward(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = {key.lower(): value for key, value in message["headers"]}
            if b"cache-control" not in headers:
                is_page = headers.get(b"content-type", b"").startswith(b"text/html")
                control = b"no-store" if is_page else b"private, no-cache"
                message = {**message, "headers": [*message["headers"], (b"cache-control", control)]}
        await send(message)

    return forward


def _refusal(request: Request) -> Response:
    """A reader is shown the way to the login, a program is told."""
    words = _words(request)
    if "json" in request.headers.get("content-type", ""):  # gradio, on a page whose login is over
        return JSONResponse({"error": words["login_over"]}, 401)
    if request.method not in ("GET", "HEAD") or "text/html" not in request.headers.get("accept", ""):
        return PlainTextResponse(f"{words['login_first']}\n", 401)
    login = f"{_root(request)}{LOGIN}?next={quote(_place_of(request), safe='/')}"
    # A browser that follows a link from elsewhere does not send the cookie of somebody who is logged in; when our own
    # page sends it on, it does.
    if request.headers.get("sec-fetch-site") == "cross-site":
        return HTMLResponse(login_detour_html(login, words))
    # The browser itself takes the fragment of the address along, to the login page and back.
    return RedirectResponse(login, 303)


def _place_of(request: Request) -> str:
    """What was asked for, without the prefix of the address, as it stood in the request."""
    path = quote(route_path(request.scope), safe="/!$&'()*+,;=:@")
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


def _welcome(request: Request) -> Response:
    """On to what the reader had asked for, which is never on another server."""
    place = request.query_params.get("next", "")
    return RedirectResponse(_root(request) + (place if _PLACE.fullmatch(place) else "/"), 303)


def _page(
    request: Request, note: str = "", name: str = "", *, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    page = login_html(note, name, _root(request), _words(request))
    return HTMLResponse(page, status, {"content-security-policy": POLICY, **(headers or {})})


async def _form(request: Request) -> tuple[str, str] | None:
    """The name and the password that were sent; None for what is no form of ours."""
    body = b""
    try:
        async with asyncio.timeout(SLOWEST_FORM):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_FORM:
                    return None
    except (ClientDisconnect, TimeoutError):
        return None
    try:
        fields = parse_qs(body.decode("ascii"), errors="surrogateescape", max_num_fields=10)
    except ValueError:
        return None
    return fields.get("name", [""])[0], fields.get("password", [""])[0]


def _words(request: Request) -> Words:
    return WORDS[preferred(request.headers.get("accept-language", ""))]


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", ""))


def _cookie(scope: Scope) -> str:
    return HTTPConnection(scope).cookies.get(COOKIE, "")


def _set_cookie(request: Request, response: Response, value: str, age: int) -> None:
    response.set_cookie(
        COOKIE,
        value,
        max_age=age,
        path=_root(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
