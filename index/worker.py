"""The process in which files are read: one after the other from standard input, until that ends.

Run as a file by index.extract, with its limits as the only argument."""

import contextlib
import importlib
import json
import os
import struct
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

READERS = {
    ".html": "index.webpage:read_page",
    ".htm": "index.webpage:read_page",
    ".xhtml": "index.webpage:read_page",
    ".mhtml": "index.webpage:read_saved",
    ".mht": "index.webpage:read_saved",
    ".pdf": "index.pdf:read_pdf",
    ".docx": "index.word:read_word",
    ".epub": "index.epub:read_epub",
}
DAMAGED = {
    "reason": "it is damaged or no such file; open it in another program and save it anew",
    "chinese": "文件已损坏，或者不是这种格式，请用别的程序打开后重新保存",
}
EMPTY = {"reason": "it is empty", "chinese": "文件是空的"}
TOO_MUCH = {
    "reason": "reading it takes too much memory; save it as .txt or split it",
    "chinese": "读它所需的内存太多，请另存为 .txt 或拆开",
    "last": "1",
}


def main() -> None:
    limits = json.loads(sys.argv[1])
    sys.path[:0] = limits["path"]
    source, sink = sys.stdin.buffer, _own_output()
    limit_memory(limits["memory"])
    while head := source.read(8):
        suffix = source.read(*struct.unpack(">Q", head)).decode("utf-8")
        with _until(limits["seconds"]):
            reply = read(source.read(*struct.unpack(">Q", source.read(8))), suffix, limits["text"])
        data = json.dumps(reply).encode("ascii")
        sink.write(struct.pack(">Q", len(data)) + data)
        sink.flush()


def _own_output() -> IO[bytes]:
    """Standard output for nobody but us: what a library prints goes nowhere."""
    sink = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return sink


def limit_memory(beyond: int) -> None:
    """Of address space, in bytes, beyond what is taken already; nothing where the system knows no such limit."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - before anything else is imported
            taken = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + beyond, taken + beyond))


@contextlib.contextmanager
def _until(seconds: float) -> Any:
    """Ends this process some time after its parent should have done so, which may have been killed itself."""
    alarm = threading.Timer(seconds + 5, os._exit, [1])
    alarm.daemon = True
    alarm.start()
    with contextlib.suppress(ImportError, AttributeError):  # a thread waits for a library that does not let go
        import signal

        signal.setitimer(signal.ITIMER_REAL, seconds + 10)
    try:
        yield
    finally:
        alarm.cancel()
        with contextlib.suppress(ImportError, AttributeError):
            signal.setitimer(signal.ITIMER_REAL, 0)


def read(data: bytes, suffix: str, most: int) -> dict[str, str]:
    """The fields of an Extract, or `reason` and `chinese`."""
    from index import claims
    from index.problems import YuanhuaError

    try:
        fields = _reader(suffix)(data)
        fields["title"] = claims.title_of(fields.get("title", ""))
        fields["author"] = claims.author_of(fields.get("author", ""))
        text = fields["text"] = fields["text"].replace("\r\n", "\n").replace("\r", "\n")
    except YuanhuaError as error:
        return {"reason": str(error), "chinese": error.chinese}
    except MemoryError:
        return TOO_MUCH
    except Exception:  # noqa: BLE001 - whatever a library raises over a broken file
        return DAMAGED
    if len(text) > most:
        return {
            "reason": f"its text is longer than {most:,} characters; split it",
            "chinese": f"正文超过 {most:,} 字，请拆开",
        }
    return fields if text.strip() else EMPTY


def _reader(suffix: str) -> Callable[[bytes], dict[str, str]]:
    """Imported when the first file of its kind comes, so that each kind costs only itself."""
    module, name = READERS[suffix].split(":")
    reader: Callable[[bytes], dict[str, str]] = getattr(importlib.import_module(module), name)
    return reader


if __name__ == "__main__":
    main()
