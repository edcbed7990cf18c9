"""Answers and places in essays as records of the HTTP API: as scripts have them, and with links to what they name."""

import json
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from index.types import Document
from rag.essays import Excerpt, excerpt_id
from rag.types import Answer, Citation, Hit
from ui import records
from ui.jobs import Rebuilds
from ui.records import Record

PIECE = 65_536  # characters of a long text that are sent at once


class Links:
    """`root`: of the addresses of the API, as whoever asks has them."""

    def __init__(self, root: str) -> None:
        self.root = root

    def place(self, document: Document, start: int, end: int) -> Record:
        name = excerpt_id(document, start, end)
        return {"id": name, "link": f"{self.root}/v1/passages/{name}"}

    def answer(
        self, answer: Answer, *, left_out: Iterable[str], id: str | None, elapsed_ms: float, index: str
    ) -> Record:
        record = records.answer_record(answer, id=id, elapsed_ms=elapsed_ms, index=index)
        cited, near = zip(record["citations"], answer.citations, strict=True), [hit.passage for hit in answer.nearest]
        pairs = zip(record["opposed"], answer.opposed, strict=True)
        return record | {
            "citations": [self.place(c.document, c.start, c.end) | one for one, c in cited],
            "nearest": [
                self.place(p.document, p.start, p.end) | one for one, p in zip(record["nearest"], near, strict=True)
            ],
            "opposed": [
                [self.place(e.document, *e.span) | one for one, e in zip(pair, (both.one, both.other), strict=True)]
                for pair, both in pairs
            ],
            "left_out": list(left_out),
        }

    def citation(self, citation: Citation) -> Record:
        place = self.place(citation.document, citation.start, citation.end)
        return place | records.citation_record(citation)

    def hit(self, hit: Hit) -> Record:
        passage = hit.passage
        where = {"rank": hit.rank, "score": round(hit.score, 6), "start": passage.start, "end": passage.end}
        place = self.place(passage.document, passage.start, passage.end)
        return place | where | _source(passage.document) | {"text": passage.text}

    def passage(self, excerpt: Excerpt, *, current: bool) -> Record:
        start, end = excerpt.span
        return {
            **self.place(excerpt.document, start, end),
            **_source(excerpt.document),
            "start": start,
            "end": end,
            "text": excerpt.text,
            "before": excerpt.before,
            "after": excerpt.after,
            "current": current,
        }

    def card(self, document: Document) -> Record:
        facts = _source(document)
        return {
            "name": facts.pop("document"),
            "link": f"{self.root}/v1/documents/{quote(document.name)}",
            **facts,
            "language": document.language,
            "url": document.url,
            "sha256": document.sha256,
        }


def _source(document: Document) -> dict[str, Any]:
    return {"document": document.name, "title": document.label, "author": document.author, "date": document.date}


def in_pieces(record: Record, text: str) -> Iterator[str]:
    """The record as JSON, with its text last: of a long one, whoever reads slowly has a piece wait for them in memory
    and not the whole."""
    yield json.dumps(record, ensure_ascii=False)[:-1] + ', "text": "'
    for at in range(0, len(text), PIECE):
        yield json.dumps(text[at : at + PIECE], ensure_ascii=False)[1:-1]
    yield '"}'


def build_record(rebuilds: Rebuilds, language: str) -> Record:
    """How the last rebuild stands."""
    job = rebuilds.job
    return {
        "state": _state(rebuilds),
        "step": job.step,
        "done": job.done,
        "total": job.total,
        "seconds_left": None if job.left is None else round(job.left, 1),
        "seconds": round(job.seconds, 1) if job.built or job.error else None,
        "built": records.built_record(job.built) if job.built else None,
        "error": job.error.said(language) if job.error else "",
    }


def _state(rebuilds: Rebuilds) -> str:
    job = rebuilds.job
    if job.running:
        return "stopping" if job.stopping else "running"
    if rebuilds.expected:
        return "expected"
    if job.error is not None:
        return "stopped" if job.stopped else "failed"
    return "built" if job.built else "none"
