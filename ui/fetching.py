"""gradio fetches whatever address a browser sends in the place of a file, from this machine and so from inside its
network. Our page sends none, and here nothing is fetched."""

from collections.abc import Callable
from types import ModuleType
from typing import Any, NoReturn

from fastapi import HTTPException

SAID = "Nothing is fetched from an address; upload the file on the page. 这里不按网址取文件，请在页面上传。"

_AT_ONCE = ("ssrf_protected_download", "save_url_to_cache", "unsafe_download")
_AWAITED = ("async_ssrf_protected_download", "async_ssrf_protected_get")


def fetch_nothing(processing: ModuleType, routes: ModuleType, refusal: Callable[[str], Exception]) -> None:
    """Of gradio: `processing` has its downloads by name, `routes` its way through to another site. `refusal`: what it
    shows to a reader as it is. Raises AttributeError where another version of it has no such function."""

    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise refusal(SAID)

    async def refuse_awaited(*_: Any, **__: Any) -> NoReturn:
        raise refusal(SAID)

    async def refuse_request(*_: Any, **__: Any) -> NoReturn:
        raise HTTPException(403, SAID)

    ways: list[tuple[ModuleType, str, Callable[..., Any]]] = [(processing, name, refuse) for name in _AT_ONCE]
    ways += [(processing, name, refuse_awaited) for name in _AWAITED]
    for module, name, instead in [*ways, (routes, "secure_url_stream_response", refuse_request)]:
        getattr(module, name)
        setattr(module, name, instead)
