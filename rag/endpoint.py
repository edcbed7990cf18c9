"""Where a language model answers, as whoever runs the page or the command names it."""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from index.problems import printable
from index.types import YuanhuaError

LONGEST = 500  # characters of an address, a name or a key
_HERE = ("localhost", "127.0.0.1", "::1")


class BadEndpoint(YuanhuaError):
    """What was named is no place where a language model could answer."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Of the chat API that OpenAI's clients speak, as Ollama, vLLM, llama.cpp and most services offer it. The key is
    shown nowhere, not even by `repr`."""

    url: str  # up to and with /v1, or whatever stands before /chat/completions
    model: str
    key: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        """Raises BadEndpoint."""
        if "@" in self.url:
            raise BadEndpoint(
                "A name or password in a model's address would be shown; leave them out and give the key by itself.",
                "模型地址里的用户名和密码会显示出来，请去掉，密钥另外填写。",
            )
        if not _place_of(self.url):
            shown = printable(self.url[:100])
            raise BadEndpoint(
                f"“{shown}” is no address of a language model; write it like http://127.0.0.1:11434/v1.",
                f"“{shown}”不是语言模型的地址，请写成 http://127.0.0.1:11434/v1 这样。",
            )
        if not self.model.strip() or len(self.model) > LONGEST or not self.model.isprintable():
            raise BadEndpoint(
                "A language model needs its name, as its server calls it: qwen2.5:7b, deepseek-chat, …",
                "还要写明模型的名称，照它的服务所用的写法，例如 qwen2.5:7b、deepseek-chat。",
            )
        if len(self.key) > LONGEST or not self.key.isascii() or not self.key.isprintable():
            raise BadEndpoint(
                "The model's key has characters that no key has; copy it again, on one line.",
                "模型的密钥里有密钥不该有的字符，请重新复制，写成一行。",
            )

    @property
    def place(self) -> str:
        """Host and port, to be shown."""
        return _place_of(self.url)

    @property
    def is_here(self) -> bool:
        """On this machine."""
        return urlsplit(self.url).hostname in _HERE

    @property
    def in_the_clear(self) -> bool:
        """Whether what is sent there, the key too, can be read on the way."""
        return self.url.startswith("http:") and not self.is_here


def _place_of(url: str) -> str:
    """ "" where it is no address."""
    if len(url) > LONGEST or not url.isprintable() or " " in url:
        return ""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{host}:{port}" if port else host
