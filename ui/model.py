"""The language model that a page or a command has, if any: named at its start, or on the page by whoever sits here."""

import os
import threading
from typing import TYPE_CHECKING

from index.types import YuanhuaError
from rag.endpoint import BadEndpoint, Endpoint

if TYPE_CHECKING:
    from rag.chat import ChatModel

URL, NAME, KEY = "YUANHUA_LLM_URL", "YUANHUA_LLM_MODEL", "YUANHUA_LLM_KEY"


class NotSettable(YuanhuaError):
    """Somebody who is not at this machine would name a model for all others, and with it who reads their questions."""

    def __init__(self) -> None:
        super().__init__(
            "Whoever starts this page names its language model, since others read here too; see --llm.",
            "这个页面还有别人在用，语言模型由启动它的人指定，见 --llm。",
        )


def endpoint_from(url: str | None, model: str | None) -> Endpoint | None:
    """As the flags say, or else the environment, out of which the key is taken, so that no program that we start has
    it. None where neither names one. Raises BadEndpoint."""
    key, its = os.environ.pop(KEY, ""), os.environ.get(URL, "")
    url, model = url or its, model or os.environ.get(NAME, "")
    if not url and not model:
        return None
    if key and its not in ("", url):
        raise BadEndpoint(
            f"{KEY} is the key of {URL}, and --llm names another address, which must not get it; set {URL} to that "
            "address, or leave one of them out.",
            f"{KEY} 是 {URL} 那里的密钥，不能交给 --llm 写的另一个地址；请把 {URL} 改成同一个地址，或者去掉一个。",
        )
    if not url:
        raise BadEndpoint(
            f"{model}: where is this language model? Give its address with --llm or {URL}.",
            f"{model}：还要用 --llm 或 {URL} 写明这个语言模型的地址。",
        )
    return Endpoint(url, model, key)


def forget_key() -> None:
    """No program that we start has it."""
    os.environ.pop(KEY, None)


class Model:
    """One for all readers of a page."""

    def __init__(self, endpoint: Endpoint | None = None, *, settable: bool = False) -> None:
        """`settable`: whether it can be named on the page."""
        self.settable = settable
        self._endpoint, self._lock = endpoint, threading.Lock()
        self._writer: ChatModel | None = None

    @property
    def endpoint(self) -> Endpoint | None:
        return self._endpoint

    @property
    def name(self) -> str:
        """ "" where there is none."""
        endpoint = self._endpoint
        return endpoint.model if endpoint else ""

    @property
    def writer(self) -> "ChatModel | None":
        with self._lock:
            if self._endpoint is None:
                return None
            if self._writer is None or self._writer.endpoint != self._endpoint:
                from rag.chat import ChatModel  # its client takes a while to import, and most pages have no model

                self._writer = ChatModel(self._endpoint)
            return self._writer

    def choose(self, url: str, name: str, key: str) -> None:
        """Until the page is stopped; it is written down nowhere. Without a `key` the one before stays, if the model is
        at the same address: nobody else is given it. Raises BadEndpoint and NotSettable."""
        self._check()
        before = self._endpoint
        if not key and before and before.url == url:
            key = before.key
        self._endpoint = Endpoint(url, name, key)

    def leave(self) -> None:
        """Raises NotSettable."""
        self._check()
        self._endpoint = None

    def _check(self) -> None:
        if not self.settable:
            raise NotSettable
