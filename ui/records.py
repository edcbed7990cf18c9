"""Answers, builds and checks as JSON: the contract that scripts rely on."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from index.build import Built
from index.changes import Changes
from index.documents import Problem
from index.types import Passage
from rag.pins import Change, Pin, kept_record
from rag.pins import pin_record as record_of
from rag.quotes import Checked
from rag.types import Answer, Citation, Evidence, Hit, Reported
from rag.verify import Held

if TYPE_CHECKING:
    from rag.summary import Summary

Record = dict[str, Any]


def answer_record(answer: Answer, *, id: object, elapsed_ms: float, index: str) -> Record:
    return {
        "id": id,
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "text": answer.text,
        "citations": [citation_record(citation) for citation in answer.citations],
        "nearest": [_nearest(hit) for hit in answer.nearest],
        "corrections": [correction._asdict() for correction in answer.corrections],
        "opposed": [[_excerpt(pair.one), _excerpt(pair.other)] for pair in answer.opposed],
        "elapsed_ms": round(elapsed_ms, 1),
        "index": index,
    }


def with_summary(record: Record, summary: "Summary | None") -> Record:
    """As it is where no language model was asked."""
    return record if summary is None else record | {"summary": summary_record(summary)}


def model_record(summary: "Summary") -> Record:
    """As it stands in a saved answer: with all that the model was sent, so that it can be asked again."""
    endpoint, prompt = summary.endpoint, [dict(message) for message in summary.prompt]
    about = {"name": endpoint.model, "endpoint": endpoint.place, "prompt": prompt, "text": summary.text}
    return about | {"claims": summary_record(summary)["claims"]}


def summary_record(summary: "Summary") -> Record:
    claims = [{"text": c.text, "cited": list(c.cited), "fault": c.fault, "detail": c.detail} for c in summary.claims]
    model, place = summary.endpoint.model, summary.endpoint.place
    return {"model": model, "endpoint": place, "fault": summary.fault, "text": summary.text, "claims": claims}


def citation_record(citation: Citation) -> Record:
    document = citation.document
    return {
        "n": citation.n,
        "document": document.name,
        "title": document.label,
        "author": document.author,
        "date": document.date,
        "start": citation.start,
        "end": citation.end,
        "quote": citation.quote,
        "score": round(citation.score, 4),
        "reported": _reported(citation.reported),
    }


def _reported(reported: Reported | None) -> Record | None:
    """None where the excerpt says what its author thinks, as far as that can be told."""
    return {"kind": reported.kind, "speaker": reported.speaker} if reported else None


def _excerpt(excerpt: Evidence) -> Record:
    start, end = excerpt.span
    return {"document": excerpt.document.name, "start": start, "end": end, "quote": excerpt.quote}


def _nearest(hit: Hit) -> Record:
    passage: Passage = hit.passage
    return {
        "document": passage.document.name,
        "start": passage.start,
        "end": passage.end,
        "score": round(hit.score, 4),
    }


def refused_record(question: str, *, id: object, error: str, index: str) -> Record:
    """For a line of a batch that holds no question: it still gets its line."""
    answer = Answer(question, False, "", (), ())
    return answer_record(answer, id=id, elapsed_ms=0.0, index=index) | {"error": error}


def built_record(built: Built) -> Record:
    return {
        **changes_record(built.changes),
        "mended": built.mended,
        "problems": [problem_record(problem) for problem in built.problems],
        "documents": built.documents,
        "passages": built.passages,
        "embedded": built.embedded,
        "index": built.digest,
    }


def changes_record(changes: Changes) -> Record:
    return {
        **asdict(changes),
        "renamed": [{"from": old, "to": new} for old, new in changes.renamed],
        "duplicates": [{"name": name, "same_as": other} for name, other in changes.duplicates],
    }


def problem_record(problem: Problem) -> Record:
    return {"name": problem.name, "reason": problem.reason}


def checked_record(checked: Checked, *, id: object) -> Record:
    return {
        "id": id,
        "verdict": checked.verdict,
        "document": checked.document.name if checked.document else None,
        "start": checked.span.start if checked.span else None,
        "end": checked.span.end if checked.span else None,
        "difference": checked.difference,
        "alarms": list(checked.alarms),
    }


def held_record(held: Held, *, source: str | None, seal: str) -> Record:
    """`source`: what became of its file; `seal`: of the answer that it is in."""
    return {
        "n": held.n,
        "document": held.document,
        "quote": held.quote,
        "verdict": held.verdict,
        "now": held.now or None,
        "start": held.span.start if held.span else None,
        "end": held.span.end if held.span else None,
        "source": source,
        "seal": seal,
    }


def pin_record(n: int, pin: Pin) -> Record:
    return {"n": n, **record_of(pin)}


def change_record(n: int, change: Change) -> Record:
    """A pinned question asked again: how many of its citations are the same, and each that is not."""
    pin = change.pin
    return {
        "n": n,
        "question": pin.question,
        "scope": pin.scope.record(),
        "pinned": pin.pinned,
        "seen": pin.seen,
        "changed": bool(change),
        "same": len(change.same),
        "moved": [{**kept_record(moved.now), "was": kept_record(moved.was)} for moved in change.moved],
        "appeared": list(map(kept_record, change.appeared)),
        "died": [{**kept_record(died.was), "why": died.why} for died in change.died],
    }


def indented(record: Mapping[str, Any]) -> str:
    """For people, too."""
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"
