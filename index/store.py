"""The index: passages, sentences and both searchers; saved as a whole or not at all."""

import json
import os
import secrets
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from index.dense import DenseIndex
from index.documents import FileState
from index.lexical import LexicalIndex
from index.tokens import TokenIndex, TokenVectors
from index.types import Document, Passage, Span, Vectors, YuanhuaError, sha256_of

FORMAT = 2  # raise it when what is written below changes
CURRENT = "CURRENT"
VERSIONS = "versions"

T = TypeVar("T")


class NoIndex(YuanhuaError):
    """There is no index in the folder."""


class StaleIndex(YuanhuaError):
    """The index was made by another version of this program or with another encoder, or is damaged."""

    @classmethod
    def damaged(cls, folder: Path, reason: object) -> "StaleIndex":
        return cls(
            f"{folder}: the index is damaged ({reason}); rebuild it with: yuanhua index build",
            f"{folder}：索引损坏了（{reason}），请重建索引。",
        )


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made from, and the SHA-256 of each file that it consists of."""

    digest: str  # of everything that decides an answer; two indexes with one digest answer alike
    created: str
    seeds: str
    encoder: str
    fingerprint: str
    files: tuple[FileState, ...]
    passages: int
    sentences: int
    format: int = FORMAT
    stored: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Index:
    """All that is known of a corpus. Row i of a matrix belongs to item i of the list beside it."""

    manifest: Manifest
    documents: Sequence[Document]
    passages: Sequence[Passage]
    passage_vectors: Vectors
    sentence_vectors: Vectors  # the sentences of all passages, in the passages' order
    tokens: TokenIndex  # of the same sentences
    passage_terms: LexicalIndex
    sentence_terms: LexicalIndex

    @cached_property
    def dense(self) -> DenseIndex:
        return DenseIndex(self.passage_vectors)

    @cached_property
    def first_sentences(self) -> list[int]:
        """For each passage the row of its first sentence; one more at the end."""
        counts = [len(passage.sentences) for passage in self.passages]
        return [0, *np.cumsum(counts, dtype=int).tolist()]

    def document(self, name: str) -> Document | None:
        return self._by_name.get(name)

    @cached_property
    def _by_name(self) -> dict[str, Document]:
        return {document.name: document for document in self.documents}

    @cached_property
    def states(self) -> dict[str, FileState]:
        return {state.name: state for state in self.manifest.files}


def save(index: Index, folder: Path) -> None:
    """Write a new version beside the old one, then switch. Whatever stops this, the folder holds a whole index."""
    versions = folder / VERSIONS
    versions.mkdir(parents=True, exist_ok=True)
    name = f"{index.manifest.digest}-{secrets.token_hex(4)}"
    draft = versions / f"{name}.draft"
    draft.mkdir()
    try:
        _write(index, draft)
        draft.rename(versions / name)
        _sync(versions)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    pointer = folder / f"{CURRENT}.draft"
    pointer.write_text(name, encoding="utf-8")
    _sync(pointer)
    pointer.replace(folder / CURRENT)
    _sync(folder)
    tidy(folder)


def tidy(folder: Path) -> None:
    """Remove what no reader can come to any more: older versions, and what a killed build left. Only for a builder."""
    try:
        name = current_version(folder)
    except (NoIndex, StaleIndex):
        name = ""
    for version in (folder / VERSIONS).glob("*"):
        if version.name != name:
            shutil.rmtree(version, ignore_errors=True)


def _write(index: Index, folder: Path) -> None:
    _write_lines(folder / "documents.jsonl", [asdict(document) for document in index.documents])
    rows = {document.name: row for row, document in enumerate(index.documents)}
    _write_lines(
        folder / "passages.jsonl",
        [[rows[p.document.name], p.start, p.end, p.heading, p.sentences] for p in index.passages],
    )
    np.save(folder / "passage_vectors.npy", index.passage_vectors)
    np.save(folder / "sentence_vectors.npy", index.sentence_vectors)
    np.save(folder / "token_codes.npy", index.tokens.vectors.codes)
    np.save(folder / "token_scales.npy", index.tokens.vectors.scales)
    np.save(folder / "token_counts.npy", index.tokens.vectors.counts)
    np.save(folder / "token_centre.npy", index.tokens.centre)
    index.passage_terms.save(folder / "passage_terms")
    index.sentence_terms.save(folder / "sentence_terms")
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    stored = {path.relative_to(folder).as_posix(): sha256_of(path) for path in paths}
    manifest = asdict(index.manifest) | {"stored": stored}
    (folder / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
    for path in (*paths, folder / "manifest.json", folder / "passage_terms", folder / "sentence_terms", folder):
        _sync(path)


def _write_lines(path: Path, rows: Sequence[Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _sync(path: Path) -> None:
    """To the disk itself, so that a power cut cannot leave a name without its content."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def current_version(folder: Path) -> str:
    """The name of the version in use. Raises NoIndex and StaleIndex."""
    try:
        return (folder / CURRENT).read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise StaleIndex.damaged(folder, f"{CURRENT} is not text") from error
    except OSError as error:
        raise NoIndex(
            f"{folder}: there is no index here; make one with: yuanhua index build",
            f"{folder}：还没有索引，请先重建索引。",
        ) from error


def load(folder: Path) -> Index:
    """Raises NoIndex and StaleIndex."""
    return _read(folder, _load)


def load_manifest(folder: Path) -> Manifest:
    """Raises NoIndex and StaleIndex."""
    return _read(folder, _load_manifest)


def _read(folder: Path, read: Callable[[Path], T]) -> T:
    """What `read` makes of the version in use. A build that switches meanwhile removes the files that are being read;
    then it is read anew, so that no reader sees a half of each."""
    while True:
        version = current_version(folder)
        try:
            result = read(folder / VERSIONS / version)
        except StaleIndex:
            raise
        except Exception as error:  # there is no end to what a damaged file can make its reader raise
            if current_version(folder) == version:
                raise StaleIndex.damaged(folder, error) from error
            continue
        if current_version(folder) == version:
            return result


def _load_manifest(version: Path) -> Manifest:
    values = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    if values.get("format") != FORMAT:
        folder = version.parents[1]
        raise StaleIndex(
            f"{folder}: this index has format {values.get('format')} and this version reads {FORMAT}; "
            "rebuild it with: yuanhua index build",
            f"{folder}：索引的格式是 {values.get('format')}，这个版本读的是 {FORMAT}，请重建索引。",
        )
    files = tuple(FileState(**state) for state in values.pop("files"))
    return Manifest(**values, files=files)


def _load(version: Path) -> Index:
    manifest = _load_manifest(version)
    documents = [_document(row) for row in _read_lines(version / "documents.jsonl")]
    passages = [
        Passage(documents[row], start, end, tuple(Span(*span) for span in sentences), heading)
        for row, start, end, heading, sentences in _read_lines(version / "passages.jsonl")
    ]
    return Index(
        manifest,
        documents,
        passages,
        np.load(version / "passage_vectors.npy", mmap_mode="r"),
        np.load(version / "sentence_vectors.npy", mmap_mode="r"),
        _load_tokens(version),
        LexicalIndex.load(version / "passage_terms", manifest.passages),
        LexicalIndex.load(version / "sentence_terms", manifest.sentences),
    )


def _load_tokens(version: Path) -> TokenIndex:
    parts = (np.load(version / f"token_{part}.npy", mmap_mode="r") for part in ("codes", "scales", "counts"))
    codes, scales, counts = parts
    return TokenIndex(np.load(version / "token_centre.npy"), TokenVectors(codes, scales, counts))


def _document(row: dict[str, Any]) -> Document:
    return Document(**row | {"furniture": tuple(Span(*span) for span in row["furniture"])})


def _read_lines(path: Path) -> list[Any]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def verify(folder: Path) -> list[str]:
    """What is wrong with the stored index, a sentence each: every byte and every offset is checked again."""
    return _read(folder, _verify)


def _verify(version: Path) -> list[str]:
    wrong = [
        f"{version / name}: it is not what was written; rebuild with: yuanhua index build"
        for name, digest in _load_manifest(version).stored.items()
        if not (version / name).is_file() or sha256_of(version / name) != digest
    ]
    return wrong or [
        f"{passage.document.name}: the passage at {passage.start} is not inside it; rebuild with: yuanhua index build"
        for passage in _load(version).passages
        if not _is_sound(passage)
    ]


def _is_sound(passage: Passage) -> bool:
    edges = [passage.start, *(edge for span in passage.sentences for edge in span), passage.end]
    return edges == sorted(edges) and 0 <= passage.start < passage.end <= len(passage.document.text)
