"""The build: files in, index out, and only what changed is done again."""

import errno
import hashlib
import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from index import store
from index.arrays import Array
from index.changes import (
    VERSIONS,
    Changes,
    Compared,
    Reading,
    changes_of,
    compare,
    problems_of,
    read_anew,
    refusal_key,
)
from index.documents import Problem, printable
from index.embedder import Embedder, left_over
from index.index import Index
from index.locking import locked
from index.manifest import Entry, Manifest, NoIndex, StaleIndex, read_manifest, write_manifest
from index.merging import LARGEST, Size, to_merge
from index.passages import split
from index.scan import Found, Scan, scan
from index.segment import FACTS, FORMAT, Piece, Rows, Segment, fresh, write_segment
from index.types import Document, Encoder, Passage, Report, YuanhuaError, sha256_of, silent

WINDOW = 16_384  # passages whose texts are in memory at once


class BuildRunning(YuanhuaError):
    """Another process is building into the same folder."""


class CannotWrite(YuanhuaError):
    """The index folder cannot be written."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    changes: Changes
    problems: tuple[Problem, ...]
    documents: int
    passages: int
    embedded: int  # texts that the encoder had to read: passages and sentences
    digest: str
    mended: tuple[str, ...] = ()  # names of documents that were made anew because what was stored of them was damaged


def build(seeds: Path, folder: Path, encoder: Encoder, report: Report = silent) -> Built:
    """Bring the index in `folder` up to the corpus in `seeds`. Raises YuanhuaError; the old index then stays, and what
    was embedded is kept for the next build, as it is where the build is stopped."""
    with only_builder(folder):
        previous = _previous(folder)
        damaged = frozenset(store.damaged_segments(folder, previous)) if previous else frozenset()
        looked_at = scan(seeds, report)
        with writing(folder):
            return _Build(seeds, folder, encoder, report, previous, damaged).run(looked_at)


def nothing_to_build(
    seeds: Path, index: Index, encoder: Encoder, report: Report = silent, reading: Reading = read_anew
) -> Built | None:
    """What `build` would return where there is nothing for it to do; None where there is. The page can start by this
    however large the index is: files are taken for what they were by their sizes and times, as they are when a
    question is answered, and what is stored is not checked."""
    manifest = index.manifest
    if usable(manifest, encoder) is None or manifest.seeds != str(seeds.resolve()):
        return None
    looked_at = scan(seeds, report, {entry.name: entry.state for entry in manifest.entries})
    compared = []
    for one in compare(seeds, looked_at, manifest, reading):
        if one.document is not None:
            return None
        compared.append(one)
    changes = changes_of(compared, manifest)
    if changes:
        return None
    problems = problems_of(looked_at, compared)
    return Built(changes, problems, manifest.documents, manifest.passages, 0, manifest.digest)


def bytes_to_read(seeds: Path, previous: Manifest | None, encoder: Encoder) -> int:
    """Of all files that a build would have to read and embed, by their sizes and times. Raises NoCorpus."""
    manifest = usable(previous, encoder)
    entries = manifest.entries if manifest else ()
    looked_at = scan(seeds, known={entry.name: entry.state for entry in entries})
    sha256 = {entry.state.sha256 for entry in entries}
    return sum(found.state.size for found in looked_at.found if found.state.sha256 not in sha256)


@contextmanager
def only_builder(folder: Path) -> Iterator[None]:
    """One build at a time, across processes; the lock goes with its process, however that ends."""
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _check_folder(folder)
        (folder / store.SEGMENTS).mkdir(exist_ok=True)
        held = ExitStack()
        try:
            held.enter_context(locked(folder / store.LOCK))
        except TimeoutError as error:
            raise BuildRunning(
                f"{folder}: another build is running here; wait until it has finished.",
                f"{folder}：另一个重建正在进行，请等它完成。",
            ) from error
    with held:
        yield


def _check_folder(folder: Path) -> None:
    """Nothing of a reader's own may come to harm in it. Raises CannotWrite."""
    strangers = store.strangers(folder)
    if strangers:
        name = printable(strangers[0])
        raise CannotWrite(
            f"{folder}: it holds {name} and no index; name an empty folder or a new one with --index.",
            f"{folder}：里面有 {name}，不是索引目录；请用 --index 指定一个空目录，或还不存在的目录。",
        )


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        raise CannotWrite(
            f"{folder}: the index cannot be written ({error.strerror}); the old one is unchanged. Free some space, "
            "allow writing, or name another folder with --index.",
            f"{folder}：索引写不进去（{error.strerror}），旧索引没有动；请腾出空间或检查写入权限。",
        ) from error


def _previous(folder: Path) -> Manifest | None:
    try:
        return read_manifest(folder)
    except (NoIndex, StaleIndex):
        return None


def _sound(manifest: Manifest, damaged: Collection[str]) -> Manifest:
    """Without the documents of damaged segments: these are made anew."""
    bad = {at for at, (name, _) in enumerate(manifest.segments) if name in damaged}
    return replace(manifest, entries=tuple(entry for entry in manifest.entries if entry.segment not in bad))


def usable(manifest: Manifest | None, encoder: Encoder | None = None) -> Manifest | None:
    """The manifest where its documents need not be read and embedded anew."""
    if manifest is None or manifest.versions != VERSIONS:
        return None
    return None if encoder is not None and manifest.fingerprint != encoder.fingerprint else manifest


def foreseen(
    seeds: Path, looked_at: Scan, manifest: Manifest | None, reading: Reading = read_anew
) -> Iterator[Compared]:
    """Every file of the corpus, and what a build would make of it."""
    return compare(seeds, looked_at, usable(manifest), reading)


@dataclass(slots=True)
class _Window:
    """Documents that are to be embedded together."""

    names: list[str] = field(default_factory=list)
    documents: list[tuple[Document, Sequence[Passage]]] = field(default_factory=list)
    passages: list[Passage] = field(default_factory=list)  # of all of them
    size: int = 0  # of their files, in bytes

    def add(self, found: Found, document: Document) -> None:
        passages = split(document)
        self.names.append(found.name)
        self.documents.append((document, passages))
        self.passages += passages
        self.size += found.state.size


class _Build:
    """One build. New segments are written as it goes; none of them counts before the manifest is replaced."""

    def __init__(
        self,
        seeds: Path,
        folder: Path,
        encoder: Encoder,
        report: Report,
        previous: Manifest | None,
        damaged: Collection[str],
    ) -> None:
        """`damaged`: the names of segments of the previous index that are not to be used."""
        self._seeds, self._folder, self._encoder, self._report = seeds, folder, encoder, report
        self._previous = previous
        self._usable = usable(previous and _sound(previous, damaged), encoder)
        self._segments: list[Segment] = []
        self._before: dict[str, tuple[int, int]] = {}  # by name, a document's segment and its row there …
        self._places: dict[str, tuple[int, int]] = {}  # … and those of the index that is being made
        self._sha256: dict[str, str] = {}  # of documents that were read anew, as they were then
        self._open_segments()
        self._embedder = self._make_embedder()

    def _open_segments(self) -> None:
        """Of the previous index; only those that have documents are left of it."""
        if self._usable is None:
            return
        entries = [entry for entry in self._usable.entries if not entry.twin]
        numbers = {old: new for new, old in enumerate(sorted({entry.segment for entry in entries}))}
        self._segments = [Segment.open(self._path(self._usable.segments[old][0])) for old in numbers]
        self._before = {entry.name: (numbers[entry.segment], entry.row) for entry in entries}

    def _path(self, name: str) -> Path:
        return self._folder / store.SEGMENTS / name

    def _make_embedder(self) -> Embedder:
        """It knows what this encoder made before, in segments that are in use and in what stopped builds left."""
        fingerprint = self._encoder.fingerprint
        sound = {segment.folder for segment in self._segments}
        others = [path for path in store.segment_folders(self._folder) if path not in sound]
        left = left_over([*others, *(self._folder / store.PENDING).glob("*")], fingerprint)
        known = [(segment.embeddings, segment.token_centre) for segment in self._segments] + left
        centre = next((centre for embeddings, centre in known if len(embeddings.passage_keys)), None)
        pending = self._folder / store.PENDING
        return Embedder(self._encoder, pending, [embeddings for embeddings, _ in known], centre, self._report)

    def run(self, looked_at: Scan) -> Built:
        compared = self._read(looked_at)
        changes = changes_of(compared, self._previous)
        entries = self._entries(compared)
        refused = {
            refusal_key(one.found): (one.problem.reason, one.problem.chinese)
            for one in compared
            if one.problem and one.always
        }
        merging = to_merge(self._sizes(entries))
        if merging:
            entries = self._merge(entries, merging)
        manifest = self._manifest(entries, refused)
        if self._previous is None or not _is_same(manifest, self._previous):
            write_manifest(manifest, self._folder)
        store.tidy(self._folder, [name for name, _ in manifest.segments])
        return Built(
            changes,
            problems_of(looked_at, compared),
            manifest.documents,
            manifest.passages,
            self._embedder.texts,
            manifest.digest,
            self._mended(manifest),
        )

    def _mended(self, manifest: Manifest) -> tuple[str, ...]:
        if self._previous is None or self._usable is None:
            return ()
        lost = {entry.name for entry in self._previous.entries} - {entry.name for entry in self._usable.entries}
        return tuple(entry.name for entry in manifest.entries if entry.name in lost and not entry.twin)

    def _read(self, looked_at: Scan) -> list[Compared]:
        """Every file compared with the index, and what was new among them embedded."""
        known = {entry.state.sha256 for entry in self._usable.entries} if self._usable else set()
        to_read = sum(found.state.size for found in looked_at.found if found.state.sha256 not in known)
        compared, window, done = [], _Window(), 0
        for one in compare(self._seeds, looked_at, self._usable):
            compared.append(replace(one, document=None))
            if one.entry is not None:
                self._places[one.found.name] = self._before[one.entry.name]
            if one.document is None:
                continue
            window.add(one.found, one.document)
            self._sha256[one.found.name] = one.document.sha256
            if len(window.passages) >= WINDOW or len(window.names) >= WINDOW:
                done += window.size
                self._embed(window, done / max(to_read, done))
                window = _Window()
        if window.names:
            self._embed(window, 1.0)
        return compared

    def _embed(self, window: _Window, share: float) -> None:
        places = self._embedder.embedded(window.passages, share)
        self._report("Saving", 0, 1)
        centre = self._embedder.centre if window.passages else np.zeros(1, np.float32)
        piece = fresh(window.documents, *places), np.arange(len(window.documents))
        self._places |= {name: (len(self._segments), row) for row, name in enumerate(window.names)}
        self._segments.append(self._write([piece], centre))
        self._embedder.forget_parts()
        self._report("Saving", 1, 1)

    def _write(self, pieces: Sequence[Piece], centre: Array) -> Segment:
        return write_segment(self._path(secrets.token_hex(8)), pieces, self._encoder, centre)

    def _entries(self, compared: Sequence[Compared]) -> list[Entry]:
        """In the order of their names."""
        entries = []
        for one in compared:
            if one.problem is not None:
                continue
            name = one.found.name
            state = replace(one.found.state, sha256=self._sha256.get(name, one.found.state.sha256))
            segment, row = (-1, -1) if one.twin else self._places[name]
            entries.append(Entry(state, one.found.overrides, one.essence, one.twin, segment, row))
        return entries

    def _living(self, entries: Sequence[Entry]) -> list[Rows]:
        """Of each segment the rows of the documents that are in the corpus."""
        rows: list[list[int]] = [[] for _ in self._segments]
        for entry in entries:
            if not entry.twin:
                rows[entry.segment].append(entry.row)
        return [np.array(sorted(of_one), np.int64) for of_one in rows]

    def _sizes(self, entries: Sequence[Entry]) -> list[Size]:
        parts = zip(self._segments, self._living(entries), strict=True)
        return [Size(segment.facts.passages, len(segment.passages_of(rows))) for segment, rows in parts]

    def _merge(self, entries: Sequence[Entry], chosen: Sequence[int]) -> list[Entry]:
        living = self._living(entries)
        moved: dict[tuple[int, int], tuple[int, int]] = {}
        for done, group in enumerate(_groups(self._segments, living, chosen)):
            self._report("Merging", done, done + 1)
            pieces = [(self._segments[at], rows) for at, rows in group]
            centre = next((segment.token_centre for segment, _ in pieces if segment.facts.passages), np.zeros(1))
            places = [(at, row) for at, rows in group for row in rows.tolist()]
            moved |= {place: (len(self._segments), row) for row, place in enumerate(places)}
            self._segments.append(self._write(pieces, centre))
            self._report("Merging", done + 1, done + 1)
        return [_moved(entry, moved.get((entry.segment, entry.row))) for entry in entries]

    def _manifest(self, entries: Sequence[Entry], refused: Mapping[str, tuple[str, str]]) -> Manifest:
        used = sorted({entry.segment for entry in entries if not entry.twin})
        numbers = {old: new for new, old in enumerate(used)}
        segments = [self._segments[old] for old in used]
        living = [rows for rows in self._living(entries) if len(rows)]
        passages = [segment.passages_of(rows) for segment, rows in zip(segments, living, strict=True)]
        sentences = [segment.sentences_of(rows) for segment, rows in zip(segments, passages, strict=True)]
        return Manifest(
            digest=digest_of(entries, self._encoder),
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            seeds=str(self._seeds.resolve()),
            encoder=self._encoder.spec,
            fingerprint=self._encoder.fingerprint,
            versions=VERSIONS,
            passages=sum(map(len, passages)),
            sentences=sum(map(len, sentences)),
            segments=tuple((segment.name, sha256_of(segment.folder / FACTS)) for segment in segments),
            entries=tuple(_moved(e, (numbers[e.segment], e.row)) if not e.twin else e for e in entries),
            refused=refused,
        )


def _groups(
    segments: Sequence[Segment], living: Sequence[Rows], chosen: Sequence[int]
) -> Iterator[list[tuple[int, Rows]]]:
    """The living documents of the chosen segments, in parts of about as many passages as a segment may have."""
    group: list[tuple[int, Rows]] = []
    size = 0
    for at in chosen:
        count = len(segments[at].passages_of(living[at]))
        if group and size + count > LARGEST:
            yield group
            group, size = [], 0
        if len(living[at]):
            group.append((at, living[at]))
            size += count
    if group:
        yield group


def _moved(entry: Entry, place: tuple[int, int] | None) -> Entry:
    return entry if place is None else replace(entry, segment=place[0], row=place[1])


def _is_same(one: Manifest, other: Manifest) -> bool:
    return replace(one, created="") == replace(other, created="")


def digest_of(entries: Sequence[Entry], encoder: Encoder) -> str:
    """Of all that decides an answer; two indexes with one digest answer alike."""
    facts = [
        [FORMAT, *VERSIONS, encoder.fingerprint],
        [[entry.name, entry.state.sha256, entry.overrides, entry.twin] for entry in entries],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]
