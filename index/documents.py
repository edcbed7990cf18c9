"""A folder of files to documents, and a line on each file that cannot be one."""

import hashlib
import math
import re
import stat
import string
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

from index.decoding import Undecodable, decode
from index.furniture import find_furniture
from index.headers import read_header
from index.types import Document, YuanhuaError

TEXT_SUFFIXES = (".txt", ".md", ".markdown", ".text")
SUFFIXES = TEXT_SUFFIXES
LARGEST = 20_000_000  # bytes; an essay is some ten thousand
READER_VERSION = 2  # raise it when the same file would give another document

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")


class Unreadable(YuanhuaError):
    """A file that cannot become a document."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was left out, and why, as the end of a sentence that begins with its name."""

    name: str
    reason: str
    chinese: str

    def __str__(self) -> str:
        return f"{printable(self.name)}: {self.reason}."


@dataclass(frozen=True, slots=True)
class FileState:
    """What a document's file was just before it was read."""

    name: str
    sha256: str  # of the document's bytes
    size: int  # of the file that they are in, as the next
    modified: int  # nanoseconds
    archive: str = ""  # the file's path inside the corpus, where it is an archive and holds more than this document

    @property
    def path(self) -> str:
        return self.archive or self.name


def printable(name: str) -> str:
    """A file name as one line that can be shown anywhere."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name.encode("utf-8", "replace").decode("utf-8"))


def read_document(path: Path, name: str) -> Document:
    """Raises Unreadable."""
    check_name(name)
    return document_from(bytes_of(path)[0], name)


def check_name(name: str) -> None:
    """Raises Unreadable where no file of that name is a document."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise Unreadable("its name is not valid text; rename it", "文件名不是有效的文字，请改名")
    if Path(name).suffix.lower() not in SUFFIXES:
        raise Unreadable(
            "files of this kind are not read; save it as .txt or .md", "不读这种文件，请另存为 .txt 或 .md"
        )


def document_from(data: bytes, name: str) -> Document:
    """Raises Unreadable."""
    try:
        text = decode(data)
    except Undecodable as error:
        raise Unreadable(str(error), error.chinese) from error
    if not text.strip("\ufeff" + string.whitespace + "\u3000"):
        raise Unreadable("it is empty", "文件是空的")
    return document_of(name, text, hashlib.sha256(data).hexdigest())


def document_of(name: str, text: str, sha256: str) -> Document:
    header = read_header(text)
    return Document(
        name=name,
        text=text,
        title=header.title,
        author=header.author,
        date=header.date,
        url=header.url,
        language=language_of(text[header.end :]),
        sha256=sha256,
        furniture=find_furniture(text, header.end),
        digest=header.digest,
    )


def bytes_of(path: Path) -> tuple[bytes, stat_result]:
    """The content, and the state from before it was read, so that a change meanwhile shows as one."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise Unreadable("it is not a regular file; it is left out", "不是普通文件，没有读入")
        if state.st_size > LARGEST:
            size, most = math.ceil(state.st_size / 1e6), LARGEST // 1_000_000
            raise Unreadable(
                f"it is {size} MB, more than the {most} MB an essay may have; split it",
                f"文件有 {size} MB，超过一篇文章 {most} MB 的上限，请拆开",
            )
        return path.read_bytes(), state
    except OSError as error:
        raise Unreadable(
            f"it cannot be read ({error.strerror}); check that it is there and may be read",
            f"读不了（{error.strerror}），请检查文件是否还在、有没有读取权限",
        ) from error


def language_of(text: str) -> str:
    """ "zh" where at least one letter in ten is Chinese: Chinese essays are full of English names."""
    sample = text[:20_000]
    return "zh" if 10 * len(_CJK.findall(sample)) >= max(1, len(_LETTER.findall(sample))) else "en"
