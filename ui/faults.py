"""What went wrong, as it is said to whoever asked: to programs as problem details (RFC 9457), to others as a line."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from index.manifest import NoIndex, StaleIndex
from index.mysql import StoreUnavailable, Vanished
from index.types import EncoderUnavailable, RerankerUnavailable, YuanhuaError
from rag.essays import NotInEssays
from rag.query import BadQuestion
from ui.prefix import route_path
from ui.words import preferred

PROBLEM = "application/problem+json"
REALM = 'Basic realm="Yuanhua", charset="UTF-8"'

_PROGRAMS = re.compile(r"/(?:api|metrics|mcp)(?:/|$)")
_STATUS: dict[type[YuanhuaError], int] = {
    BadQuestion: 422,
    NotInEssays: 404,
    NoIndex: 503,
    StaleIndex: 503,
    StoreUnavailable: 503,
    Vanished: 503,
    EncoderUnavailable: 503,
    RerankerUnavailable: 503,
}
_CODES = {
    400: "bad-request",
    401: "login-needed",
    403: "forbidden",
    404: "not-found",
    405: "method-not-allowed",
    408: "too-slow",
    409: "conflict",
    413: "too-large",
    415: "wrong-kind",
    422: "invalid",
    429: "too-many-attempts",
    503: "busy",
}


class Refused(YuanhuaError):
    """A request that is not taken in."""

    def __init__(
        self,
        status: int,
        english: str,
        chinese: str,
        *,
        retry_after: float = 0.0,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(english, chinese)
        self.status = status
        self.headers = dict(headers or {})
        if retry_after:
            self.headers["retry-after"] = str(round(retry_after))


def login_needed(english: str, chinese: str) -> Refused:
    """Says to programs how they log in."""
    return Refused(401, english, chinese, headers={"www-authenticate": REALM})


def is_of_program(scope: Scope) -> bool:
    """Whether a request is for what programs ask, rather than for the page. Not to be asked once a mounted app has the
    request, since that changes the scope."""
    return scope["type"] == "http" and _PROGRAMS.match(route_path(scope)) is not None


def problem(error: YuanhuaError, scope: Scope, **members: Any) -> Response:
    """In the language that is wanted; nothing of it names a folder."""
    return problem_in(preferred(Headers(scope=scope).get("accept-language", "")), error, **members)


def problem_in(language: str, error: YuanhuaError, **members: Any) -> Response:
    """`members`: of the problem, beside the usual ones."""
    record = problem_record(error, language) | members
    headers = error.headers if isinstance(error, Refused) else {}
    headers = {**headers, "content-language": "zh-CN" if language == "zh" else "en"}
    return JSONResponse(record, record["status"], headers, media_type=PROBLEM)


def problem_record(error: YuanhuaError, language: str) -> dict[str, Any]:
    status = status_of(error)
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": error.said(language),
        "code": code_of(error),
    }


def status_of(error: YuanhuaError) -> int:
    if isinstance(error, Refused):
        return error.status
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)


def code_of(error: YuanhuaError) -> str:
    """For programs, and the same in every version: what `detail` says may change."""
    if isinstance(error, Refused):
        return _CODES.get(error.status, "refused")
    name = next((kind.__name__ for kind in _STATUS if isinstance(error, kind)), "Unexpected")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


async def refuse(error: Refused, scope: Scope, receive: Receive, send: Send) -> None:
    """Before any route has the request."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": str(error)[:100]})
    elif is_of_program(scope):
        await problem(error, scope)(scope, receive, send)
    else:
        await PlainTextResponse(f"{error}\n", error.status, error.headers)(scope, receive, send)
