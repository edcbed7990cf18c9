"""The manifest: which segments an index consists of, and what became of every file. To replace it is to switch."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from index.arrays import sync
from index.documents import FileState
from index.scan import MANIFEST
from index.segment import FORMAT
from index.types import YuanhuaError


class NoIndex(YuanhuaError):
    """There is no index in the folder."""

    @classmethod
    def at(cls, folder: Path | str) -> "NoIndex":
        return cls(
            f"{folder}: there is no index here; make one with: yuanhua index build",
            f"{folder}：还没有索引，请先重建索引。",
        )


class StaleIndex(YuanhuaError):
    """The index was made by another version of this program or with another encoder, or is damaged."""

    @classmethod
    def damaged(cls, folder: Path | str, reason: object) -> "StaleIndex":
        return cls(
            f"{folder}: the index is damaged ({reason}); rebuild it with: yuanhua index build",
            f"{folder}：索引损坏了（{reason}），请重建索引。",
        )

    @classmethod
    def of_format(cls, folder: Path | str, found: object, read: int) -> "StaleIndex":
        return cls(
            f"{folder}: this index has format {found} and this version reads {read}; "
            "rebuild it with: yuanhua index build",
            f"{folder}：索引的格式是 {found}，这个版本读的是 {read}，请重建索引。",
        )


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of the corpus, and where its document is."""

    state: FileState
    overrides: str  # what essays.toml says of it, as JSON
    essence: str  # the same for two files that hold the same essay
    twin: str = ""  # the name of the document that stands for this one too, being the same essay
    segment: int = -1  # of a twin, none
    row: int = -1

    @property
    def name(self) -> str:
        return self.state.name


@dataclass(frozen=True, slots=True)
class Manifest:
    """`versions`: of whatever makes passages of a file. `refused`: by their bytes and kind, why files
    were left out that always will be, in English and Chinese."""

    digest: str  # of everything that decides an answer; two indexes with one digest answer alike
    created: str
    seeds: str
    encoder: str
    fingerprint: str
    versions: tuple[int, ...]
    passages: int
    sentences: int
    segments: tuple[tuple[str, str], ...]  # the name of each and the SHA-256 of its facts
    entries: tuple[Entry, ...]  # in the order of their names
    refused: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def documents(self) -> int:
        return sum(1 for entry in self.entries if not entry.twin)


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """From here on readers see the new index: the file is replaced in one step. Raises OSError."""
    body = json.dumps({"format": FORMAT, **_record(manifest)}, separators=(",", ":"))
    draft = folder / f"{MANIFEST}.draft"
    try:
        draft.write_text(f"{_checksum(body)}\n{body}\n", encoding="utf-8")
        sync(draft)
        draft.replace(folder / MANIFEST)
    finally:
        draft.unlink(missing_ok=True)
    sync(folder)


def read_manifest(folder: Path) -> Manifest:
    """Raises NoIndex and StaleIndex."""
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise StaleIndex.damaged(folder, f"{MANIFEST} is not text") from error
    except FileNotFoundError as error:
        if (folder / "CURRENT").exists():  # as versions before format 3 called it
            raise StaleIndex.of_format(folder, "2 or older", FORMAT) from error
        raise NoIndex.at(folder) from error
    except OSError as error:
        raise NoIndex(
            f"{folder}: the index cannot be read ({error.strerror}); check the folder, or name another with --index.",
            f"{folder}：读不了索引（{error.strerror}），请检查这个目录，或用 --index 指定别的目录。",
        ) from error
    checksum, _, body = text.partition("\n")
    if text != f"{checksum}\n{body.rstrip()}\n" or checksum != _checksum(body.rstrip("\n")):
        raise StaleIndex.damaged(folder, f"{MANIFEST} is not what was written")
    values = json.loads(body)
    if values.pop("format") != FORMAT:
        raise StaleIndex.of_format(folder, json.loads(body)["format"], FORMAT)
    return _manifest(values)


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()


def _record(manifest: Manifest) -> dict[str, Any]:
    """Entries as short rows: there may be a hundred thousand of them."""
    values = {name: getattr(manifest, name) for name in Manifest.__slots__ if name != "entries"}
    rows = [
        [s.name, s.sha256, s.size, s.modified, s.touched, s.archive, e.overrides, e.essence, e.twin, e.segment, e.row]
        for e, s in ((entry, entry.state) for entry in manifest.entries)
    ]
    return {**values, "entries": rows}


def _manifest(values: dict[str, Any]) -> Manifest:
    entries = tuple(Entry(FileState(*row[:6]), *row[6:]) for row in values.pop("entries"))
    manifest = Manifest(**values, entries=entries)
    return replace(
        manifest,
        versions=tuple(manifest.versions),
        segments=tuple((name, sha256) for name, sha256 in manifest.segments),
        refused={sha256: (english, chinese) for sha256, (english, chinese) in manifest.refused.items()},
    )
