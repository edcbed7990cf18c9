"""The corpus folder as it is now: which files it holds, and what each of them says."""

import hashlib
import json
import math
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from index import archive, sidecar
from index.documents import SUFFIXES, FileState, Problem, Unreadable, bytes_of, document_from, state_of
from index.types import Document, Report, YuanhuaError, silent

MANIFEST = "MANIFEST"  # what every index folder has
ARCHIVE = ".zip"  # the suffix of files that are opened for the essays in them


class NoCorpus(YuanhuaError):
    """The corpus folder is not there."""


@dataclass(frozen=True, slots=True)
class Found:
    """A file that may be a document."""

    state: FileState
    overrides: str = ""  # what essays.toml says of it, as JSON; "" for nothing

    @property
    def name(self) -> str:
        return self.state.name


@dataclass(frozen=True, slots=True)
class Scan:
    """What a folder held when it was looked through, in the order of the names."""

    found: tuple[Found, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Corpus:
    """All the documents of a folder."""

    documents: tuple[Document, ...] = ()
    problems: tuple[Problem, ...] = ()


def scan(folder: Path, report: Report = silent, known: Mapping[str, FileState] | None = None) -> Scan:
    """Every file below the folder by the hash of its bytes. `known`: states by document name; a file whose size and
    time are the same is taken to be the same, where they are given. Raises NoCorpus."""
    found: list[Found] = []
    problems: list[Problem] = []
    overrides = _overrides(folder, problems)
    paths = list(corpus_files(folder, problems))
    for done, path in enumerate(paths):
        report("Reading", done, len(paths))
        states = _states(folder, path, known or {}, problems)
        found += [Found(state, _as_json(overrides.get(state.name))) for state in states]
    report("Reading", len(paths), len(paths))
    return Scan(tuple(sorted(found, key=lambda one: one.name)), tuple(problems))


def _overrides(folder: Path, problems: list[Problem]) -> sidecar.Overrides:
    try:
        overrides = sidecar.read_sidecar(folder)
    except sidecar.BadSidecar as error:
        problems.append(Problem(sidecar.NAME, str(error), error.chinese))
        return {}
    problems += [
        Problem(
            sidecar.NAME,
            f'it has a section [{name}] that names no file; write names in quotes, as ["essay.txt"]',
            f'其中的 [{name}] 不是文件名，文件名要加引号，例如 ["essay.txt"]',
        )
        for name in overrides
        if Path(name).suffix.lower() not in SUFFIXES
    ]
    return overrides


def _as_json(fields: Mapping[str, str] | None) -> str:
    return json.dumps(dict(sorted(fields.items())), ensure_ascii=False) if fields else ""


def corpus_files(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """What a reader would call the folder's files: nothing hidden, not our own essays.toml, and no index. A folder that
    cannot be read is one of the problems. Raises NoCorpus."""
    if not folder.is_dir():
        raise NoCorpus(
            f"{folder}: there is no such folder; make it and put essays into it, or name another with --seeds.",
            f"{folder}：没有这个目录；请先建好并放入文章，或用 --seeds 指定别的目录。",
        )

    def unread(error: OSError) -> None:
        name = Path(error.filename).relative_to(folder).as_posix()
        english = f"this folder cannot be read ({error.strerror}), nor what is in it; allow reading it"
        problems.append(Problem(name, english, f"这个目录读不了（{error.strerror}），里面的文章也没有读入，请允许读取"))

    for place, folders, files in os.walk(folder, onerror=unread):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_index(Path(place) / name))
        for name in sorted(files):
            if not name.startswith((".", "~$")) and name != sidecar.NAME:
                yield Path(place) / name


def _is_index(folder: Path) -> bool:
    return (folder / MANIFEST).is_file() and (folder / "segments").is_dir()


def _states(folder: Path, path: Path, known: Mapping[str, FileState], problems: list[Problem]) -> Iterator[FileState]:
    """Of the document in the file, or of all in an archive."""
    name = path.relative_to(folder).as_posix()
    try:
        now = state_of(path)
        names = [name]
        if path.suffix.lower() == ARCHIVE:
            members, left_out = archive.members(path)
            names = [f"{name}/{member}" for member in members]
            problems += [replace(problem, name=f"{name}/{problem.name}") for problem in left_out]
    except Unreadable as error:
        problems.append(Problem(name, str(error), error.chinese))
        return
    for one in names:
        before = known.get(one)
        if before is not None and before.is_of(now):
            yield before
            continue
        state = FileState(one, "", now.st_size, now.st_mtime_ns, now.st_ctime_ns, "" if one == name else name)
        try:
            yield replace(state, sha256=hashlib.sha256(_bytes(folder, state)).hexdigest())
        except Unreadable as error:
            problems.append(Problem(one, str(error), error.chinese))


def _bytes(folder: Path, state: FileState) -> bytes:
    """Of the document, wherever it is. Raises Unreadable."""
    if state.archive:
        return archive.read(folder / state.archive, state.name.removeprefix(f"{state.archive}/"))
    return bytes_of(folder / state.name, state.name)[0]


def read(folder: Path, found: Found) -> Document:
    """The document as it is now. Raises Unreadable."""
    fields = json.loads(found.overrides) if found.overrides else {}
    return replace(document_from(_bytes(folder, found.state), found.name), **fields)


def same_bytes(folder: Path, state: FileState) -> bool:
    """Whether the document is still what it was, whatever its file's time says."""
    try:
        return hashlib.sha256(_bytes(folder, state)).hexdigest() == state.sha256
    except Unreadable:
        return False


def read_corpus(folder: Path, report: Report = silent, seconds: float = math.inf) -> Corpus:
    """Every essay below the folder, in the order of their names, or as many as can be read in so many seconds. Raises
    NoCorpus."""
    began = time.monotonic()
    looked_at = scan(folder, report)
    documents, problems = [], list(looked_at.problems)
    for found in looked_at.found:
        if time.monotonic() - began > seconds:
            break
        try:
            documents.append(read(folder, found))
        except Unreadable as error:
            problems.append(Problem(found.name, str(error), error.chinese))
    return Corpus(tuple(documents), tuple(problems))
