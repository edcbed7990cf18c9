"""Which of gradio's routes are open: those that our page uses, and none of the many for what it has not."""

import re

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ui.prefix import route_path
from ui.words import LANGUAGES

_PAGE = r"(?:assets/.+|static/.+|config|theme\.css|favicon\.ico)?"
# Some are for moments that are rare: `reset` where an answer is stopped, `app_id` where a connection is back.
_GRADIO = (
    r"(?:queue/(?:join|data)|run/predict|cancel|reset|app_id|component_server/?|heartbeat/[^/]+"
    r"|upload|upload_progress|theme\.css)"
)
_OPEN = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(?:/(?:{_PAGE}|gradio_api/{_GRADIO}))?")
_GRADIOS = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(?:/|$)")


class Doors:
    """Answers for the rest that there is nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = route_path(scope) if scope["type"] == "http" else ""
        if _GRADIOS.match(path) and not _OPEN.fullmatch(path):
            await PlainTextResponse("Not Found\n", 404)(scope, receive, send)
            return
        await self._app(scope, receive, send)
