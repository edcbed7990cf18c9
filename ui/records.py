"""Answers, builds and checks as JSON: the contract that scripts rely on."""

from dataclasses import asdict
from typing import Any

from index.build import Built
from index.changes import Changes
from index.documents import Problem
from index.types import Passage
from rag.quotes import Checked
from rag.types import Answer, Citation, Evidence, Hit

Record = dict[str, Any]


def answer_record(answer: Answer, *, id: object, elapsed_ms: float, index: str) -> Record:
    return {
        "id": id,
        "question": answer.question,
        "answered": answer.answered,
        "confidence": round(answer.confidence, 4),
        "text": answer.text,
        "citations": [_citation(citation) for citation in answer.citations],
        "nearest": [_nearest(hit) for hit in answer.nearest],
        "corrections": [correction._asdict() for correction in answer.corrections],
        "opposed": [[_excerpt(pair.one), _excerpt(pair.other)] for pair in answer.opposed],
        "elapsed_ms": round(elapsed_ms, 1),
        "index": index,
    }


def _citation(citation: Citation) -> Record:
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
    }


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
    }
