"""The build: files in, index out, and only what changed is embedded."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import filelock
import numpy as np

from index import store
from index.documents import READER_VERSION, Corpus, Problem, read_corpus
from index.encoder import batches
from index.lexical import LexicalIndex
from index.passages import SPLITTER_VERSION, split
from index.terms import TERMS_VERSION, terms_of
from index.tokens import TokenIndex, TokenVectors, centre_of
from index.types import Document, Encoder, Passage, Report, Span, Vectors, YuanhuaError, silent


class BuildRunning(YuanhuaError):
    """Another process is building into the same folder."""


class CannotWrite(YuanhuaError):
    """The index folder cannot be written."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Names of documents, compared with the index that was there before."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    unchanged: int = 0

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did."""

    changes: Changes
    problems: tuple[Problem, ...]
    documents: int
    passages: int
    embedded: int  # texts that the encoder had to read: passages and sentences
    digest: str


def build(seeds: Path, folder: Path, encoder: Encoder, report: Report = silent) -> Built:
    """Bring the index in `folder` up to the corpus in `seeds`. Raises YuanhuaError; the old index then stays."""
    with _only_builder(folder):
        store.tidy(folder)
        corpus = read_corpus(seeds, report)
        previous = _previous(folder)
        changes = changes_of(corpus.documents, previous)
        digest = digest_of(corpus.documents, encoder)
        if (
            previous is not None
            and previous.manifest.digest == digest
            and previous.manifest.seeds == str(seeds.resolve())
        ):
            return Built(changes, corpus.problems, len(corpus.documents), len(previous.passages), 0, digest)
        index, embedded = _made(corpus, seeds, encoder, digest, previous, report)
        report("Saving", 0, 1)
        with _writing(folder):
            store.save(index, folder)
        report("Saving", 1, 1)
        return Built(changes, corpus.problems, len(index.documents), len(index.passages), embedded, digest)


@contextmanager
def _only_builder(folder: Path) -> Iterator[None]:
    """One build at a time, across processes; the lock goes with its process, however that ends."""
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / "lock")
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise BuildRunning(
                f"{folder}: another build is running here; wait until it has finished.",
                f"{folder}：另一个重建正在进行，请等它完成。",
            ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CannotWrite(
            f"{folder}: the index cannot be written ({error.strerror}); the old one is unchanged. Free some space, "
            "allow writing, or name another folder with --index.",
            f"{folder}：索引写不进去（{error.strerror}），旧索引没有动；请腾出空间或检查写入权限。",
        ) from error


def _previous(folder: Path) -> store.Index | None:
    try:
        return None if store.verify(folder) else store.load(folder)
    except (store.NoIndex, store.StaleIndex):
        return None  # an index that is damaged is replaced, and nothing in it is used again


def changes_of(documents: Sequence[Document], previous: store.Index | None) -> Changes:
    before = {document.name: document for document in previous.documents} if previous else {}
    names = {document.name for document in documents}
    return Changes(
        added=tuple(document.name for document in documents if document.name not in before),
        changed=tuple(d.name for d in documents if d.name in before and before[d.name] != d),
        removed=tuple(name for name in before if name not in names),
        unchanged=sum(1 for document in documents if before.get(document.name) == document),
    )


def digest_of(documents: Sequence[Document], encoder: Encoder) -> str:
    """Of all that decides an answer; two indexes with one digest answer alike."""
    facts = [
        [store.FORMAT, READER_VERSION, SPLITTER_VERSION, TERMS_VERSION, encoder.fingerprint],
        [[d.name, d.sha256, d.title, d.author, d.date, d.url] for d in documents],
    ]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:16]


def _made(
    corpus: Corpus, seeds: Path, encoder: Encoder, digest: str, previous: store.Index | None, report: Report
) -> tuple[store.Index, int]:
    passages = [passage for document in corpus.documents for passage in split(document)]
    known = (
        previous if previous and previous.passages and previous.manifest.fingerprint == encoder.fingerprint else None
    )
    embedded = _embedded(passages, known, encoder, report)
    report("Counting words", 0, 1)
    sentences = [text for passage in passages for text in _sentences_of(passage)]
    manifest = store.Manifest(
        digest=digest,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seeds=str(seeds.resolve()),
        encoder=encoder.spec,
        fingerprint=encoder.fingerprint,
        files=corpus.files,
        passages=len(passages),
        sentences=len(sentences),
    )
    index = store.Index(
        manifest,
        corpus.documents,
        passages,
        embedded.passages,
        embedded.sentences,
        embedded.tokens,
        LexicalIndex.of([terms_of(_text_of(passage)) for passage in passages]),
        LexicalIndex.of([terms_of(text) for text in sentences]),
    )
    report("Counting words", 1, 1)
    return index, embedded.texts


@dataclass(frozen=True, slots=True)
class _Embedded:
    passages: Vectors
    sentences: Vectors
    tokens: TokenIndex
    texts: int  # that the encoder had to read


_Key = tuple[str, tuple[Span, ...]]


def _key(passage: Passage) -> _Key:
    """What the encoder sees of a passage, and where its sentences stand in that."""
    text = _text_of(passage)
    shift = len(text) - len(passage.text.rstrip()) - passage.start
    return text, tuple(Span(start + shift, end + shift) for start, end in passage.sentences)


def _text_of(passage: Passage) -> str:
    return f"{passage.context}\n{passage.text.rstrip()}".lstrip("\n")


def _sentences_of(passage: Passage) -> list[str]:
    return [passage.document.text[start:end] for start, end in passage.sentences]


def _embedded(passages: Sequence[Passage], previous: store.Index | None, encoder: Encoder, report: Report) -> _Embedded:
    """What is in the index that was there before is not embedded again."""
    keys = [_key(passage) for passage in passages]
    texts = [text for passage in passages for text in _sentences_of(passage)]
    sentences = _known_sentences(previous) if previous else {}
    read = _known_passages(previous) if previous else {}
    new_keys = sorted({key for key in keys if key not in read})
    new_texts = sorted({text for text in texts if text not in sentences})
    centre = previous.tokens.centre if previous else centre_of(encoder) if new_keys else np.zeros(1, np.float32)
    total, done = len(new_keys) + len(new_texts), 0
    for rows in batches([text for text, _ in new_keys]):
        report("Embedding", done, total)
        readings = encoder.read_document([new_keys[row][0] for row in rows])
        for row, reading in zip(rows, readings, strict=True):
            read[new_keys[row]] = reading.vector, TokenVectors.of(reading, new_keys[row][1], centre)
        done += len(rows)
    for rows in batches(new_texts):
        report("Embedding", done, total)
        batch = [new_texts[row] for row in rows]
        sentences |= zip(batch, encoder.encode_document(batch), strict=True)
        done += len(rows)
    if total:
        report("Embedding", total, total)
    return _Embedded(
        _stacked([read[key][0] for key in keys]),
        _stacked([sentences[text] for text in texts]),
        TokenIndex(centre, TokenVectors.joined([read[key][1] for key in keys])),
        total,
    )


def _stacked(vectors: Sequence[Vectors]) -> Vectors:
    return np.stack(vectors) if vectors else np.zeros((0, 1), np.float32)


def _known_sentences(previous: store.Index) -> dict[str, Vectors]:
    texts = (text for passage in previous.passages for text in _sentences_of(passage))
    return dict(zip(texts, previous.sentence_vectors, strict=True))


def _known_passages(previous: store.Index) -> dict[_Key, tuple[Vectors, TokenVectors]]:
    firsts = previous.first_sentences
    return {
        _key(passage): (previous.passage_vectors[row], previous.tokens.part(firsts[row], firsts[row + 1]))
        for row, passage in enumerate(previous.passages)
    }
