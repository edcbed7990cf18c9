"""A folder of files to documents, and a line on each file that cannot be one."""

import hashlib
import math
import os
import re
import stat
import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from index import decoding, extract, sidecar
from index.decoding import Undecodable, decode
from index.extract import Extract
from index.furniture import find_furniture
from index.headers import LONGEST_TITLE, Header, read_header
from index.problems import Problem as Problem
from index.problems import Unreadable as Unreadable
from index.problems import YuanhuaError
from index.problems import printable as printable
from index.types import Document, Report, silent

SUFFIXES = (*decoding.SUFFIXES, *extract.SUFFIXES)
LARGEST = 20_000_000  # bytes; an essay is some ten thousand
LARGEST_BINARY = 100_000_000  # of a file that holds pictures and fonts beside its text
READER_VERSION = 3  # raise it when the same file would give another document

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)


class NoCorpus(YuanhuaError):
    """The corpus folder is not there."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What a document's file was just before it was read."""

    name: str
    sha256: str
    size: int
    modified: int  # nanoseconds


@dataclass(frozen=True, slots=True)
class Corpus:
    """What a folder held when it was read. `files` has a state for each document, in the same order."""

    documents: tuple[Document, ...] = ()
    files: tuple[FileState, ...] = ()
    problems: tuple[Problem, ...] = ()


def read_corpus(folder: Path, report: Report = silent) -> Corpus:
    """Every essay below the folder, in the order of their names. Raises NoCorpus."""
    documents: list[Document] = []
    files: list[FileState] = []
    problems: list[Problem] = []
    overrides: sidecar.Overrides = {}
    try:
        overrides = sidecar.read_sidecar(folder)
    except sidecar.BadSidecar as error:
        problems.append(Problem(sidecar.NAME, str(error), error.chinese))
    paths = list(corpus_files(folder))
    for done, path in enumerate(paths):
        report("Reading", done, len(paths))
        name = path.relative_to(folder).as_posix()
        try:
            document, state = read_document(path, name)
        except Unreadable as error:
            problems.append(Problem(name, str(error), error.chinese))
        else:
            documents.append(_overridden(document, overrides.get(name, {})))
            files.append(state)
    report("Reading", len(paths), len(paths))
    problems += [
        Problem(
            sidecar.NAME,
            f'it has a section [{name}] that names no file; write names in quotes, as ["essay.txt"]',
            f'其中的 [{name}] 不是文件名，文件名要加引号，例如 ["essay.txt"]',
        )
        for name in overrides
        if Path(name).suffix.lower() not in SUFFIXES
    ]
    return Corpus(tuple(documents), tuple(files), tuple(problems))


def _overridden(document: Document, fields: Mapping[str, str]) -> Document:
    return replace(
        document,
        title=fields.get("title", document.title),
        author=fields.get("author", document.author),
        date=fields.get("date", document.date),
        url=fields.get("url", document.url),
    )


def corpus_files(folder: Path) -> Iterator[Path]:
    """What a reader would call the folder's files: nothing hidden, and not our own essays.toml. Raises NoCorpus."""
    if not folder.is_dir():
        raise NoCorpus(
            f"{folder}: there is no such folder; make it and put essays into it, or name another with --seeds.",
            f"{folder}：没有这个目录；请先建好并放入文章，或用 --seeds 指定别的目录。",
        )
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(files):
            if not name.startswith((".", "~$")) and name != sidecar.NAME:
                yield Path(place) / name


def read_document(path: Path, name: str) -> tuple[Document, FileState]:
    """Raises Unreadable."""
    if any("\ud800" <= character <= "\udfff" for character in name):
        raise Unreadable("its name is not valid text; rename it", "文件名不是有效的文字，请改名")
    _check_kind(name)
    data, state = _bytes_of(path, _largest(name))
    document = document_from(data, name)
    return document, FileState(name, document.sha256, state.st_size, state.st_mtime_ns)


def document_from(data: bytes, name: str) -> Document:
    """Of a file's bytes; the name says what kind of file they are. Raises Unreadable."""
    _check_kind(name)
    _check_size(len(data), _largest(name))
    suffix = _suffix(name)
    said = Extract(_decoded(data)) if suffix in decoding.SUFFIXES else extract.extract(data, suffix)
    if not said.text.strip("\ufeff" + string.whitespace + "\u3000"):
        raise Unreadable("it is empty", "文件是空的")
    return document_of(name, said.text, hashlib.sha256(data).hexdigest(), said)


def _decoded(data: bytes) -> str:
    try:
        return decode(data)
    except Undecodable as error:
        raise Unreadable(str(error), error.chinese) from error


def document_of(name: str, text: str, sha256: str, said: Extract | None = None) -> Document:
    """What the text says of itself in a header goes before what its file says of it."""
    said = said or Extract(text)
    header = _header_beside(said)
    return Document(
        name=name,
        text=text,
        title=header.title or said.title or _first_heading(text, name),
        author=header.author or said.author,
        date=header.date or said.date,
        url=header.url or said.url,
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


def _largest(name: str) -> int:
    return LARGEST if _suffix(name) in decoding.SUFFIXES else LARGEST_BINARY


def _check_kind(name: str) -> None:
    if _suffix(name) not in SUFFIXES:
        raise Unreadable(*extract.not_read(_suffix(name)))


def _check_size(size: int, most: int) -> None:
    if size > most:
        megabytes, limit = math.ceil(size / 1e6), most // 1_000_000
        raise Unreadable(
            f"it is {megabytes} MB, more than the {limit} MB an essay may have; split it",
            f"文件有 {megabytes} MB，超过一篇文章 {limit} MB 的上限，请拆开",
        )


def _bytes_of(path: Path, most: int) -> tuple[bytes, os.stat_result]:
    """The content, and the state from before it was read, so that a change meanwhile shows as one."""
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise Unreadable("it is not a regular file; it is left out", "不是普通文件，没有读入")
        _check_size(state.st_size, most)
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
