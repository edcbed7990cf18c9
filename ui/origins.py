"""Pages of other sites, in a reader's browser: what they may not ask of us."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.faults import Refused, is_of_program, refuse

LOOPBACK = ("127.0.0.1", "localhost", "::1")
SAFE = ("GET", "HEAD")
FORWARDED = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}

_ELSEWHERE = Refused(
    400,
    "This page answers to its own machine only; behind a proxy, start it with --login.",
    "这个页面只回答本机；要放在代理后面，请用 --login 启动。",
)
_FOREIGN = Refused(
    403,
    "Pages of other sites are not answered; a proxy has to pass on the Host that the browser sent.",
    "不回答别的网站的页面；代理要原样传递浏览器发来的 Host。",
)


class LoopbackOnly:
    """Refuses requests for another host: a page elsewhere whose name was made to point here must not read answers.

    It stands wherever we listen on this machine only and there is no login. A login takes its place, since the browser
    has no cookie of ours for that other name. A prefix does not: the name under which a proxy is reached is unknown
    here, and all that would tell its requests from such a page's are headers that the page can send as well. A proxy
    in front of a page without a login says `Host: 127.0.0.1`, and the name that readers use in `X-Forwarded-Host`.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and _host(Headers(scope=scope).get("host", "")) not in LOOPBACK:
            await refuse(_ELSEWHERE, scope, receive, send)
            return
        await self._app(scope, receive, send)


class OwnPagesOnly:
    """Refuses what a page of another site sends with a reader's browser. Programs, which are no browsers, may ask."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket") and is_foreign(scope):
            await refuse(_FOREIGN, scope, receive, send)
            return
        await self._app(scope, receive, send)


def is_foreign(scope: Scope) -> bool:
    """Browsers say so themselves where the connection is safe (Sec-Fetch-Site), and otherwise name the page's origin.
    Reading counts as well: gradio lets every origin read what is not on a loopback address."""
    headers = Headers(scope=scope)
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site in ("same-origin", "none"):
        return False
    if origin is None:
        # A picture or a frame that is a search cannot be read there, and would keep us at work all the same.
        worked = is_of_program(scope) and headers.get("sec-fetch-dest") != "document"
        return site is not None and (worked or scope.get("method", "GET") not in SAFE)
    # No page elsewhere can send the second of these: it would have to ask first, with a request that is refused here.
    ours = {headers.get("host", ""), headers.get("x-forwarded-host", "").split(",")[0].strip()}
    return origin.partition("://")[2].lower() not in {host.lower() for host in ours if host}


def is_proxied(headers: Mapping[str, str]) -> bool:
    """Whether a request came through a proxy, as far as that can be told: most say so, and behind the others the
    browser's own page is not of this machine. A program can pretend not to be behind such a one."""
    names = {name.lower() for name in headers}
    origin = urlsplit(headers.get("origin", "")).hostname
    return bool(names & FORWARDED) or origin not in (None, *LOOPBACK)


def _host(netloc: str) -> str | None:
    try:
        return urlsplit(f"//{netloc}").hostname
    except ValueError:
        return None
