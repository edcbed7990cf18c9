"""A folder of files to documents, and a line on each file that cannot be one."""

import hashlib
import math
import re
import stat
import string
from dataclasses import dataclass
from os import stat_result
from pathlib import Path

from index import decoding, extract
from index.decoding import Undecodable, decode
from index.extract import Extract
from index.furniture import find_furniture
from index.headers import LONGEST_TITLE, Header, read_header, within
from index.problems import Problem as Problem
from index.problems import Unreadable as Unreadable
from index.problems import UnreadableContent
from index.problems import printable as printable
from index.types import Document, YuanhuaError

SUFFIXES = (*decoding.SUFFIXES, *extract.SUFFIXES)
LARGEST = 20_000_000  # bytes; an essay is some ten thousand
LARGEST_BINARY = 100_000_000  # of a file that holds pictures and fonts beside its text
READER_VERSION = 4  # raise it when the same file would give another document

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class FileState:
    """What a document's file was just before it was read."""

    name: str
    sha256: str  # of the document's bytes
    size: int  # of the file that they are in, as the next
    modified: int  # nanoseconds, as the next
    touched: int = 0  # when the file system last noted anything about it, which nobody can set back
    archive: str = ""  # the file's path inside the corpus, where it is an archive and holds more than this document

    @property
    def path(self) -> str:
        return self.archive or self.name

    def is_of(self, now: stat_result) -> bool:
        """Whether the file is surely still the same; if not, its bytes say."""
        return (self.size, self.modified, self.touched) == (now.st_size, now.st_mtime_ns, now.st_ctime_ns)


def read_document(path: Path, name: str) -> Document:
    """Raises Unreadable."""
    return document_from(bytes_of(path, name)[0], name)


def document_from(data: bytes, name: str) -> Document:
    """Of a file's bytes; the name says what kind of file they are. Raises Unreadable, and nothing else that the bytes
    could cause: one file never stops the others."""
    check_kind(name)
    _check_size(len(data), largest(name))
    try:
        return _document(data, name)
    except (YuanhuaError, MemoryError):
        raise
    except Exception as error:  # whatever a library makes of what no author wrote
        raise UnreadableContent(
            "it is too much for the reader; open it in another program and save it anew",
            "超出了读取能力，请用别的程序打开后重新保存",
        ) from error


def _document(data: bytes, name: str) -> Document:
    suffix = _suffix(name)
    said = Extract(_decoded(data)) if suffix in decoding.SUFFIXES else extract.extract(data, suffix)
    if not said.text.strip("\ufeff" + string.whitespace + "\u3000"):
        raise UnreadableContent("it is empty", "文件是空的")
    return document_of(name, said.text, hashlib.sha256(data).hexdigest(), said)


def _decoded(data: bytes) -> str:
    try:
        return decode(data)
    except Undecodable as error:
        raise UnreadableContent(str(error), error.chinese) from error


def document_of(name: str, text: str, sha256: str, said: Extract | None = None) -> Document:
    """What the text says of itself in a header goes before what its file says of it."""
    said = said or Extract(text)
    header = _header_beside(said)
    return Document(
        name=name,
        text=text,
        title=within("title", header.title or said.title or _first_heading(text, name)),
        author=within("author", header.author or said.author),
        date=within("date", header.date or said.date),
        url=within("url", header.url or said.url),
        language=language_of(text[header.end :]),
        sha256=sha256,
        furniture=find_furniture(text, header.end),
        digest=header.digest,
    )


def _header_beside(said: Extract) -> Header:
    """A first line that only might be a title is none where the file names another."""
    header = read_header(said.text)
    doubtful = not (header.author or header.date or header.digest)
    if doubtful and said.title and _letters(header.title) != _letters(said.title):
        return Header(url=header.url)
    return header


def _letters(title: str) -> str:
    return "".join(filter(str.isalnum, title)).casefold()


def _first_heading(text: str, name: str) -> str:
    """Of the first level, in a file that has such headings without having been written with them."""
    if _suffix(name) in decoding.SUFFIXES:
        return ""
    match = _TITLE.search(text)
    return match[1].strip() if match and len(match[1].strip()) <= LONGEST_TITLE else ""


def _suffix(name: str) -> str:
    return Path(name).suffix.lower()


def largest(name: str) -> int:
    """Bytes that a file of this name's kind may have."""
    return LARGEST if _suffix(name) in decoding.SUFFIXES else LARGEST_BINARY


def check_kind(name: str) -> None:
    """Raises Unreadable."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise Unreadable("its name is not valid text; rename it", "文件名不是有效的文字，请改名")
    if _suffix(name) not in SUFFIXES:
        raise Unreadable(*extract.not_read(_suffix(name)))


def check_offer(name: str, size: int) -> None:
    """What its name and size say already of a file that is not here yet. Raises Unreadable."""
    check_kind(name)
    _check_size(size, largest(name))


def _check_size(size: int, most: int) -> None:
    if size > most:
        megabytes, limit = math.ceil(size / 1e6), most // 1_000_000
        raise Unreadable(
            f"it is {megabytes} MB, more than the {limit} MB an essay may have; split it",
            f"文件有 {megabytes} MB，超过一篇文章 {limit} MB 的上限，请拆开",
        )


def bytes_of(path: Path, name: str) -> tuple[bytes, stat_result]:
    """The content, and the state from before it was read, so that a change meanwhile shows as one. Raises Unreadable,
    without reading it, where it can be no document."""
    check_kind(name)
    state = state_of(path)
    _check_size(state.st_size, largest(name))
    try:
        return path.read_bytes(), state
    except OSError as error:
        raise _unreadable(error) from error


def state_of(path: Path) -> stat_result:
    """Raises Unreadable for what is no regular file."""
    try:
        state = path.stat()
    except OSError as error:
        raise _unreadable(error) from error
    if not stat.S_ISREG(state.st_mode):
        raise Unreadable("it is not a regular file; it is left out", "不是普通文件，没有读入")
    return state


def _unreadable(error: OSError) -> Unreadable:
    return Unreadable(
        f"it cannot be read ({error.strerror}); check that it is there and may be read",
        f"读不了（{error.strerror}），请检查文件是否还在、有没有读取权限",
    )


def language_of(text: str) -> str:
    """ "zh" where at least one letter in ten is Chinese: Chinese essays are full of English names."""
    sample = text[:20_000]
    return "zh" if 10 * len(_CJK.findall(sample)) >= max(1, len(_LETTER.findall(sample))) else "en"
