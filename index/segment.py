"""A segment: some documents and all that is known of them, written once and never changed."""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.arrays import Array, Draft, Strings, drafted, firsts, opened, ranges, runs
from index.dense import dense_bytes
from index.embeddings import (
    Embeddings,
    Run,
    passage_key,
    sentences_in,
    spans_in_text,
    text_key,
    text_of,
    write_embeddings,
)
from index.postings import Postings
from index.terms import is_latin, terms_of
from index.types import Document, Named, Passage, Span, sha256_of

FORMAT = 4  # raise it when what is written below, or in the manifest, changes
FACTS = "segment.json"
DENSE = "dense.faiss"

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Contents(ABC):
    """Documents, their passages and the passages' sentences, each in the order of the one before."""

    documents: Sequence[str]  # all but name and text, as JSON
    texts: Sequence[str]
    headings: Sequence[str]  # of the passages
    latin_terms: Sequence[str]
    first_passages: Rows  # (documents + 1,)
    spans: npt.NDArray[np.int32]  # (passages, 2), in characters of the document's text
    first_sentences: Rows  # (passages + 1,)
    sentences: npt.NDArray[np.int32]  # (sentences, 2)
    passage_keys: npt.NDArray[np.uint64]
    sentence_keys: npt.NDArray[np.uint64]
    passage_terms: Postings
    sentence_terms: Postings

    @abstractmethod
    def runs(self, passages: Rows, sentences: Rows) -> tuple[list[Run], list[Run]]:
        """Where the vectors of these rows are."""

    def passages_of(self, documents: Rows) -> Rows:
        return ranges(self.first_passages[documents], self.first_passages[documents + 1])

    def sentences_of(self, passages: Rows) -> Rows:
        return ranges(self.first_sentences[passages], self.first_sentences[passages + 1])


@dataclass(frozen=True)
class Fresh(Contents):
    """Documents that are in no segment yet. Their vectors may lie anywhere."""

    passage_places: Sequence[tuple[Embeddings, int]]
    sentence_places: Sequence[tuple[Embeddings, int]]

    def runs(self, passages: Rows, sentences: Rows) -> tuple[list[Run], list[Run]]:
        return _runs(self.passage_places, passages), _runs(self.sentence_places, sentences)


def _runs(places: Sequence[tuple[Embeddings, int]], rows: Rows) -> list[Run]:
    found: list[Run] = []
    for embeddings, row in (places[row] for row in rows.tolist()):
        if found and found[-1][0] is embeddings and found[-1][2] == row:
            found[-1] = embeddings, found[-1][1], row + 1
        else:
            found.append((embeddings, row, row + 1))
    return found


@dataclass(frozen=True)
class Facts:
    """What a segment is, and the SHA-256 of each of its files."""

    format: int
    encoder: str  # what to ask for to have it again
    fingerprint: str  # of the encoder
    documents: int
    passages: int
    sentences: int
    stored: Mapping[str, str]


@dataclass(frozen=True)
class Segment(Contents):
    folder: Path
    facts: Facts
    embeddings: Embeddings
    token_centre: npt.NDArray[np.float32]

    @property
    def name(self) -> str:
        return self.folder.name

    @classmethod
    def open(cls, folder: Path) -> "Segment":
        """Raises whatever reading a damaged file raises."""
        embeddings = Embeddings.open(folder)
        return cls(
            documents=Strings(folder, "documents"),
            texts=Strings(folder, "texts"),
            headings=Strings(folder, "headings"),
            latin_terms=Strings(folder, "latin_terms"),
            first_passages=opened(folder, "first_passages"),
            spans=opened(folder, "spans"),
            first_sentences=embeddings.first_sentences,
            sentences=opened(folder, "sentences"),
            passage_keys=embeddings.passage_keys,
            sentence_keys=embeddings.sentence_keys,
            passage_terms=Postings.open(folder, "passage_terms"),
            sentence_terms=Postings.open(folder, "sentence_terms"),
            folder=folder,
            facts=read_facts(folder),
            embeddings=embeddings,
            token_centre=opened(folder, "token_centre"),
        )

    def runs(self, passages: Rows, sentences: Rows) -> tuple[list[Run], list[Run]]:
        mine = self.embeddings
        return [(mine, *run) for run in runs(passages)], [(mine, *run) for run in runs(sentences)]

    @cached_property
    def documents_of_passages(self) -> npt.NDArray[np.int32]:
        """(passages,): the row of each one's document."""
        return np.repeat(np.arange(len(self.documents), dtype=np.int32), np.diff(self.first_passages))

    def document(self, row: int, name: str, *, text: bool = True) -> Document:
        values = json.loads(self.documents[row])
        furniture = tuple(Span(*span) for span in values.pop("furniture"))
        return Document(name=name, text=self.texts[row] if text else "", furniture=furniture, **values)

    def passage(self, row: int, document: Document) -> Passage:
        start, end = self.spans[row].tolist()
        sentences = self.sentences[self.first_sentences[row] : self.first_sentences[row + 1]].tolist()
        return Passage(document, start, end, tuple(Span(*span) for span in sentences), self.headings[row])


def read_facts(folder: Path) -> Facts:
    return Facts(**json.loads((folder / FACTS).read_text(encoding="utf-8")))


def write_facts(draft: Draft, encoder: Named, counts: Sequence[int]) -> None:
    """The last file of a folder. `counts`: of documents, passages and sentences."""
    documents, passages, sentences = counts
    stored = dict(draft.stored)
    facts = Facts(FORMAT, encoder.spec, encoder.fingerprint, documents, passages, sentences, stored)
    draft.data(FACTS, json.dumps(asdict(facts), indent=1).encode())


def fresh(
    documents: Sequence[tuple[Document, Sequence[Passage]]],
    passage_places: Mapping[int, tuple[Embeddings, int]],
    sentence_places: Mapping[int, tuple[Embeddings, int]],
) -> Fresh:
    """`passage_places`, `sentence_places`: by their keys."""
    passages = [passage for _, of_one in documents for passage in of_one]
    sentences = [text for passage in passages for text in sentences_in(passage)]
    passage_keys = [passage_key(passage) for passage in passages]
    sentence_keys = [text_key(text) for text in sentences]
    sentence_terms = [terms_of(text) for text in sentences]
    terms = list(_passage_terms(passages, iter(sentence_terms)))
    spans = [span for passage in passages for span in passage.sentences]
    return Fresh(
        documents=[_json_of(document) for document, _ in documents],
        texts=[document.text for document, _ in documents],
        headings=[passage.heading for passage in passages],
        latin_terms=sorted({term for of_one in terms for term in of_one if is_latin(term)}),
        first_passages=firsts([len(of_one) for _, of_one in documents]),
        spans=np.array([(passage.start, passage.end) for passage in passages], np.int32).reshape(-1, 2),
        first_sentences=firsts([len(passage.sentences) for passage in passages]),
        sentences=np.array(spans, np.int32).reshape(-1, 2),
        passage_keys=np.array(passage_keys, np.uint64),
        sentence_keys=np.array(sentence_keys, np.uint64),
        passage_terms=Postings.of(terms),
        sentence_terms=Postings.of(sentence_terms),
        passage_places=[passage_places[key] for key in passage_keys],
        sentence_places=[sentence_places[key] for key in sentence_keys],
    )


def _passage_terms(passages: Sequence[Passage], of_sentences: Iterator[list[str]]) -> Iterator[list[str]]:
    """The sentences' and what stands around them; cutting Chinese is what takes the time, so each is cut once."""
    for passage in passages:
        text, start, terms = text_of(passage), 0, list[str]()
        for span in spans_in_text(passage):
            terms += terms_of(text[start : span.start]) + next(of_sentences)
            start = span.end
        yield terms + terms_of(text[start:])


def _json_of(document: Document) -> str:
    values = asdict(document)
    del values["name"], values["text"]
    return json.dumps(values, ensure_ascii=False)


Piece = tuple[Contents, Rows]
"""Some documents of a segment, or of what is in none yet, by their rows."""


def write_segment(folder: Path, pieces: Sequence[Piece], encoder: Named, token_centre: Array) -> Segment:
    """All pieces one after another. The folder is there whole or not at all. Raises OSError."""
    passages = [contents.passages_of(documents) for contents, documents in pieces]
    sentences = [contents.sentences_of(rows) for (contents, _), rows in zip(pieces, passages, strict=True)]
    with drafted(folder) as draft:
        _write_documents(draft, pieces, passages, sentences)
        _write_terms(draft, pieces, passages, sentences)
        _write_vectors(draft, pieces, passages, sentences)
        draft.array("token_centre", token_centre)
        documents = [rows for _, rows in pieces]
        counts = [sum(map(len, rows)) for rows in (documents, passages, sentences)]
        write_facts(draft, encoder, counts)
    return Segment.open(folder)


def _write_documents(
    draft: Draft, pieces: Sequence[Piece], passages: Sequence[Rows], sentences: Sequence[Rows]
) -> None:
    def strings(column: str, rows_of: Sequence[Rows]) -> Iterator[str]:
        for (contents, _), rows in zip(pieces, rows_of, strict=True):
            values = getattr(contents, column)
            yield from (values[row] for row in rows.tolist())

    documents = [rows for _, rows in pieces]
    draft.strings("documents", strings("documents", documents))
    draft.strings("texts", strings("texts", documents))
    draft.strings("headings", strings("headings", passages))
    draft.array("first_passages", firsts(_each(pieces, "first_passages", documents, np.diff)))
    draft.array("spans", _each(pieces, "spans", passages))
    draft.array("sentences", _each(pieces, "sentences", sentences))


def _each(pieces: Sequence[Piece], column: str, rows_of: Sequence[Rows], change: Any = lambda values: values) -> Array:
    parts = zip(pieces, rows_of, strict=True)
    return np.concatenate([change(getattr(contents, column))[rows] for (contents, _), rows in parts])


def _write_terms(draft: Draft, pieces: Sequence[Piece], passages: Sequence[Rows], sentences: Sequence[Rows]) -> None:
    for column, rows_of in (("passage_terms", passages), ("sentence_terms", sentences)):
        parts, first = [], 0
        for (contents, _), rows in zip(pieces, rows_of, strict=True):
            postings = getattr(contents, column)
            new = np.full(len(postings.lengths), -1, np.int32)
            new[rows] = np.arange(first, first + len(rows), dtype=np.int32)
            parts.append((postings, new))
            first += len(rows)
        Postings.joined(parts, first).save(draft, column)
    draft.strings("latin_terms", sorted({term for contents, _ in pieces for term in contents.latin_terms}))


def _write_vectors(draft: Draft, pieces: Sequence[Piece], passages: Sequence[Rows], sentences: Sequence[Rows]) -> None:
    keys = _each(pieces, "passage_keys", passages), _each(pieces, "sentence_keys", sentences)
    of_passages: list[Run] = []
    of_sentences: list[Run] = []
    for (contents, _), *rows in zip(pieces, passages, sentences, strict=True):
        found = contents.runs(*rows)
        of_passages += found[0]
        of_sentences += found[1]
    write_embeddings(draft, *keys, of_passages, of_sentences)
    if len(keys[0]):
        draft.data(DENSE, dense_bytes(opened(draft.folder, "passage_vectors")))


def faults(folder: Path) -> list[str]:
    """What is wrong with a segment, a short phrase each that begins with a file's name: every byte and every offset is
    checked again."""
    return faults_of_files(folder) or _unsound(Segment.open(folder))


def faults_of_files(folder: Path) -> list[str]:
    try:
        facts = read_facts(folder)
    except Exception as error:  # noqa: BLE001 - there is no end to what a damaged file can make its reader raise
        return [f"{FACTS} cannot be read ({error})"]
    if facts.format != FORMAT:
        return [f"{FACTS} is of format {facts.format} and not {FORMAT}"]
    whole = (name for name, digest in facts.stored.items() if not _is_whole(folder / name, digest))
    return [f"{name} is not what was written" for name in whole]


def _is_whole(path: Path, digest: str) -> bool:
    try:
        return sha256_of(path) == digest
    except OSError:
        return False


def _unsound(segment: Segment) -> list[str]:
    """Every passage lies inside its document, and every sentence inside its passage, in order."""
    lengths = np.array([len(text) for text in segment.texts], np.int64)[segment.documents_of_passages]
    spans, sentences = segment.spans.astype(np.int64), segment.sentences.astype(np.int64)
    home = np.repeat(np.arange(len(spans)), np.diff(segment.first_sentences))
    inside = (spans[:, 0] >= 0) & (spans[:, 0] < spans[:, 1]) & (spans[:, 1] <= lengths)
    held = (
        (sentences[:, 0] >= spans[home, 0]) & (sentences[:, 0] < sentences[:, 1]) & (sentences[:, 1] <= spans[home, 1])
    )
    in_order = (home[1:] != home[:-1]) | (sentences[1:, 0] >= sentences[:-1, 1])
    wrong = [f"spans has a passage outside its essay at row {row}" for row in np.flatnonzero(~inside)[:1]]
    wrong += [f"sentences has one outside its passage at row {row}" for row in np.flatnonzero(~held)[:1]]
    return wrong + [f"sentences are out of order at row {row}" for row in np.flatnonzero(~in_order)[:1]]
