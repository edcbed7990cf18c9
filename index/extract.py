"""Files other than plain text to text, in a process of its own: whatever such a file does, it does to that process."""

import atexit
import contextlib
import json
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from index.problems import Unreadable, UnreadableContent

SUFFIXES = (".html", ".htm", ".xhtml", ".mhtml", ".mht", ".pdf", ".docx", ".epub")
SECONDS = 60.0  # for one file
MEMORY = 2_000_000_000  # bytes of address space beyond what the process starts with, where the system can limit it
LARGEST_TEXT = 20_000_000  # characters
_LARGEST_REPLY = 400_000_000  # bytes; twelve for a character beyond the first 65,536, and room for the fields
_WORKER = Path(__file__).with_name("worker.py")
_OLDER = {
    **dict.fromkeys((".doc", ".rtf", ".odt", ".wps", ".pages"), ".docx"),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".fb2"), ".epub"),
    **dict.fromkeys((".djvu", ".ps", ".xps", ".caj"), ".pdf"),
}
_PACKED = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass(frozen=True, slots=True)
class Extract:
    """What a file says: paragraphs between empty lines, headings as Markdown has them, and what it calls itself."""

    text: str
    title: str = ""
    author: str = ""
    date: str = ""
    url: str = ""


def extract(data: bytes, suffix: str) -> Extract:
    """Raises Unreadable. May be called from several threads; files are read one after the other, or two at once, since
    one of them may take a minute."""
    reply = (_spare if _reader.busy else _reader).read(data, suffix.lower())
    if "reason" in reply:
        raise UnreadableContent(reply["reason"], reply["chinese"])
    return Extract(**reply)


def not_read(suffix: str) -> tuple[str, str]:
    """What to say of files of another kind, in English and Chinese."""
    if suffix in _OLDER:
        kind = _OLDER[suffix]
        return f"{suffix} files are not read; save it as {kind}", f"不读 {suffix} 文件，请另存为 {kind}"
    if suffix in _PACKED:
        return f"{suffix} files are not opened; pack it as .zip", f"不打开 {suffix} 文件，请改成 .zip"
    return "files of this kind are not read; save it as .txt or .md", "不读这种文件，请另存为 .txt 或 .md"


class _Died(Exception):
    """The process ended, or said what cannot be understood."""


class _Reader:
    """The process: started for the first file, kept for those after it, replaced when it hangs or dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def busy(self) -> bool:
        return self._lock.locked()

    def read(self, data: bytes, suffix: str) -> dict[str, str]:
        with self._lock:
            process = self._running()
            in_time = threading.Event()
            alarm = threading.Timer(SECONDS, _kill, [process, in_time])
            alarm.daemon = True
            alarm.start()
            try:
                reply = _ask(process, data, suffix)
            except (_Died, OSError, ValueError) as error:
                self.stop()
                raise _too_slow() if in_time.is_set() else _broken() from error
            except BaseException:  # an interrupt: what the process says next would be taken for another file's
                self.stop()
                raise
            finally:
                alarm.cancel()
            if reply.pop("last", ""):  # it goes on no further, for it may be out of memory
                self.stop()
            return reply

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.stop()
            try:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                    _command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
            except OSError as error:
                raise Unreadable(
                    f"no process can be started to read it in ({error.strerror}); try again when less is running",
                    f"无法启动读取它的进程（{error.strerror}），请在空闲时再试",
                ) from error
        return self._process


def _command() -> list[str]:
    """Isolated from the environment and the current folder, and told where our own packages lie."""
    here, places = str(Path.cwd()), [str(_WORKER.parent.parent)]
    places += [place for place in sys.path if place and place not in (here, *places) and Path(place).is_absolute()]
    limits = {"memory": MEMORY, "text": LARGEST_TEXT, "seconds": SECONDS, "path": places}
    return [sys.executable, "-I", "-X", "utf8", str(_WORKER), json.dumps(limits)]


def _kill(process: subprocess.Popen[bytes], in_time: threading.Event) -> None:
    in_time.set()
    process.kill()


def _ask(process: subprocess.Popen[bytes], data: bytes, suffix: str) -> dict[str, str]:
    """A length and the suffix, a length and the file; back come a length and JSON."""
    if process.stdin is None or process.stdout is None:
        raise _Died
    name = suffix.encode("utf-8", "replace")
    process.stdin.write(struct.pack(">Q", len(name)) + name + struct.pack(">Q", len(data)))
    process.stdin.write(data)
    process.stdin.flush()
    (size,) = struct.unpack(">Q", _exactly(process.stdout, 8))
    if size > _LARGEST_REPLY:
        raise _Died
    reply: dict[str, str] = json.loads(_exactly(process.stdout, size))
    return reply


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    data = pipe.read(size)
    if len(data) < size:
        raise _Died
    return data


def _too_slow() -> Unreadable:
    return Unreadable(
        f"reading it takes more than {SECONDS:g} seconds; save it as .txt or split it",
        f"读它要超过 {SECONDS:g} 秒，请另存为 .txt 或拆开",
    )


def _broken() -> Unreadable:
    return Unreadable(
        "it is damaged, or too much for the reader; open it in another program and save it anew or as .txt",
        "文件已损坏，或者超出了读取能力，请用别的程序打开后重新保存，或另存为 .txt",
    )


_reader, _spare = _Reader(), _Reader()
for _one in (_reader, _spare):
    atexit.register(_one.stop)  # otherwise it ends by itself, when its standard input does
