"""The prefix of the page's address behind a proxy, such as `/essays`."""

from starlette.types import ASGIApp, Receive, Scope, Send


class Prefix:
    """Tells the app its prefix, whether the proxy took it off the path or left it there."""

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            path = scope["path"]
            left = path == self._prefix or path.startswith(f"{self._prefix}/")
            scope = {**scope, "root_path": self._prefix, "path": path if left else self._prefix + path}
        await self._app(scope, receive, send)


def route_path(scope: Scope) -> str:
    """The path without the prefix."""
    return str(scope["path"]).removeprefix(scope.get("root_path", ""))
