"""The corpus as it is now against the index: what is new, what is known already, and what is there twice."""

import hashlib
import re
import time
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from index import decoding
from index.documents import READER_VERSION, Problem, Unreadable
from index.manifest import Entry, Manifest
from index.passages import SPLITTER_VERSION
from index.problems import UnreadableContent
from index.scan import Found, Scan, read, same_bytes
from index.terms import TERMS_VERSION
from index.types import Document

VERSIONS = (READER_VERSION, SPLITTER_VERSION, TERMS_VERSION)

LONGEST_ARCHIVE = 600.0  # seconds that its essays may take to read in one go

_TOO_SLOW = (
    "reading the archive takes too long; unpack it and leave out what is slow, or rebuild again to go on with it",
    "读这个压缩包用时太久，请解压后去掉读得慢的文件，或再重建一次接着读",
)
_ADDRESS = re.compile(r"(?<=\])\([^()\s]*\)")  # of a link in Markdown, which is none of the author's words
# Marks set a text in another way and say nothing else, but for those in numbers, and in names as C++.
_SAYS = re.compile(r"[^\W_]+|(?<=\d)[.,:/−-](?=\d)|(?<![^\W_])[−-](?=\d)|(?<=[^\W_])[+#%]+")


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of documents, compared with the index that was there before."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    renamed: tuple[tuple[str, str], ...] = ()  # from, to
    removed: tuple[str, ...] = ()
    duplicates: tuple[tuple[str, str], ...] = ()  # a file, and the one with the same essay that is cited for both
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.renamed or self.removed)


@dataclass(frozen=True, slots=True)
class Compared:
    """A file of the corpus and what is known of it. One of `twin`, `entry`, `document` and `problem` says what becomes
    of it: another file holds the same essay, the index has it, it was read anew, or it cannot be."""

    found: Found
    essence: str = ""
    twin: str = ""
    entry: Entry | None = None
    document: Document | None = None
    problem: Problem | None = None
    always: bool = False  # whether the problem is one of its bytes alone


Reading = Callable[[Path, Found], tuple[Document, str]]
"""A file of a folder to its document and that one's essence. Raises Unreadable."""


def read_anew(folder: Path, found: Found) -> tuple[Document, str]:
    """Raises Unreadable."""
    document = read(folder, found)
    return document, essence_of(document)


def compare(folder: Path, scan: Scan, previous: Manifest | None, reading: Reading = read_anew) -> Iterator[Compared]:
    """One after another, in the order of their names, since the first of several equal ones is cited. Only what the
    index does not know is read. `previous`: None where nothing of it can be used."""
    spent: dict[str, float] = defaultdict(float)  # seconds, by archive

    def read_in_time(folder: Path, found: Found) -> tuple[Document, str]:
        archive, began = found.state.archive, time.monotonic()
        if archive and spent[archive] > LONGEST_ARCHIVE:
            raise Unreadable(*_TOO_SLOW)
        try:
            return reading(folder, found)
        finally:
            spent[archive] += time.monotonic() - began

    known = _known(previous) if previous else {}
    refused = previous.refused if previous else {}
    by_bytes: dict[tuple[str, str], Compared] = {}
    by_essence: dict[str, str] = {}
    for found in scan.found:
        same = by_bytes.get(_bytes(found))
        if same is not None:
            yield Compared(found, same.essence, twin=same.twin or same.found.name)
            continue
        entry = known.get((*_bytes(found), found.overrides))
        one = _compared(folder, found, entry, refused, by_essence, read_in_time)
        if one.problem is None:
            seen = found if one.document is None else Found(replace(found.state, sha256=one.document.sha256))
            by_bytes[_bytes(seen)] = one  # it may have been edited since it was looked at
        if one.essence and not one.twin:
            by_essence[one.essence] = found.name
        yield one


def _known(manifest: Manifest) -> Mapping[tuple[str, str, str], Entry]:
    """By what decides a document but for its name; a twin only where nothing better is known."""
    known: dict[tuple[str, str, str], Entry] = {}
    for entry in manifest.entries:
        key = (*_bytes(Found(entry.state)), entry.overrides)
        if key not in known or known[key].twin:
            known[key] = entry
    return known


def _bytes(found: Found) -> tuple[str, str]:
    """Bytes, and how they are read."""
    suffix = Path(found.name).suffix.lower()
    return found.state.sha256, "" if suffix in decoding.SUFFIXES else suffix


def refusal_key(found: Found) -> str:
    return "".join(_bytes(found))


def _compared(
    folder: Path,
    found: Found,
    entry: Entry | None,
    refused: Mapping[str, tuple[str, str]],
    by_essence: Mapping[str, str],
    reading: Reading,
) -> Compared:
    if entry is not None and entry.essence in by_essence:
        return Compared(found, entry.essence, twin=by_essence[entry.essence])
    if entry is not None and not entry.twin:
        return Compared(found, entry.essence, entry=entry)
    if refusal_key(found) in refused:
        return Compared(found, problem=Problem(found.name, *refused[refusal_key(found)]), always=True)
    try:
        document, essence = reading(folder, found)
    except Unreadable as error:
        always = isinstance(error, UnreadableContent) and same_bytes(folder, found.state)
        return Compared(found, problem=Problem(found.name, str(error), error.chinese), always=always)
    if essence in by_essence:
        return Compared(found, essence, twin=by_essence[essence])
    return Compared(found, essence, document=document)


def essence_of(document: Document) -> str:
    """The same for the same essay, whatever format it is in: a hash of its letters and numbers, without header,
    footer and marks. "" where it has none."""
    pieces, start = [], 0
    for span in document.furniture:
        pieces.append(document.text[start : max(start, span.start)])
        start = max(start, span.end)
    pieces.append(document.text[start:])
    text = unicodedata.normalize("NFKC", "\n".join(pieces)).casefold()
    letters = "".join(_SAYS.findall(_ADDRESS.sub("", text)))
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest()[:32] if letters else ""


def problems_of(looked_at: Scan, compared: Iterable[Compared]) -> tuple[Problem, ...]:
    return (*looked_at.problems, *(one.problem for one in compared if one.problem))


def changes_of(compared: Iterable[Compared], previous: Manifest | None) -> Changes:
    """Reads what is new to the end."""
    before = {entry.name: entry for entry in previous.entries} if previous else {}
    now = {one.found.name: one for one in compared if one.problem is None}
    gone = {name: entry for name, entry in before.items() if name not in now}
    added, changed, renamed = [], [], []
    old_names = {_bytes(Found(entry.state)): name for name, entry in reversed(gone.items())}
    unchanged = 0
    for name, one in now.items():
        old = before.get(name)
        if old is None:
            from_name = old_names.pop(_bytes(one.found), None)
            if from_name is None:
                added.append(name)
            else:
                del gone[from_name]
                renamed.append((from_name, name))
        elif (old.state.sha256, old.overrides) != (one.found.state.sha256, one.found.overrides):
            changed.append(name)
        else:
            unchanged += 1
    twins = tuple((name, one.twin) for name, one in now.items() if one.twin)
    return Changes(tuple(added), tuple(changed), tuple(renamed), tuple(gone), twins, unchanged)
