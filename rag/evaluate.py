"""Judged questions in, figures out; a question is right where an excerpt holds what the judges marked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.sentences import LONGEST
from index.types import YuanhuaError
from rag.types import Answer, Citation

Question = Mapping[str, Any]
"""`question`, `kind` (answerable, compare or unanswerable) and `evidence` ({document, quote}, any of them is right) or
`answers` (an excerpt that contains one of these is right)."""


class BadQuestions(YuanhuaError):
    """The judged questions cannot be used."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One question's outcome."""

    question: Question
    answered: bool
    right: tuple[bool, ...]  # for each citation, best first
    essays: float | None  # share of the essays with marked evidence that are cited
    exact: int  # citations that are their document's text to the character


def judge(question: Question, answer: Answer) -> Judged:
    gold = {item["document"] for item in question.get("evidence") or ()}
    cited = {citation.document.name for citation in answer.citations}
    return Judged(
        question,
        answer.answered,
        tuple(_is_right(citation, question) for citation in answer.citations),
        len(gold & cited) / len(gold) if gold else None,
        sum(1 for c in answer.citations if c.document.text[c.start : c.end] == c.quote),
    )


def _is_right(citation: Citation, question: Question) -> bool:
    if len(citation.quote) > LONGEST:
        return False
    if "answers" in question:
        return any(answer in citation.quote for answer in question["answers"])
    return any(_covers(citation, item) for item in question.get("evidence", ()))


def _covers(citation: Citation, item: Mapping[str, str]) -> bool:
    """At least half of the marked quotation."""
    start = citation.document.text.find(item["quote"])
    end = start + len(item["quote"])
    return (
        citation.document.name == item["document"]
        and start >= 0
        and 2 * (min(citation.end, end) - max(citation.start, start)) >= len(item["quote"])
    )


def evaluate(questions: Iterable[Question], ask: Callable[[str], Answer]) -> list[Judged]:
    """Raises BadQuestions."""
    rows = list(questions)
    for number, row in enumerate(rows, start=1):
        if not _is_judged(row):
            raise BadQuestions(
                f"Line {number} needs a `question`, and `evidence` (a list of document and quote) or `answers` "
                "(a list of texts); correct the file."
            )
    return [judge(row, ask(row["question"])) for row in rows]


def _is_judged(row: Question) -> bool:
    evidence, answers = row.get("evidence"), row.get("answers")
    listed = isinstance(evidence, list) and all(_is_marked(item) for item in evidence)
    given = isinstance(answers, list) and all(isinstance(answer, str) for answer in answers)
    return isinstance(row.get("question"), str) and (given if "answers" in row else listed)


def _is_marked(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("document"), str) and isinstance(item.get("quote"), str)


def figures(judged: Sequence[Judged]) -> dict[str, float | int | None]:
    """Shares between 0 and 1, and None where no question of the kind was asked."""
    silent = [one for one in judged if one.question.get("kind") == "unanswerable"]
    asked = [one for one in judged if one.question.get("kind") != "unanswerable"]
    citations = sum(len(one.right) for one in judged)
    return {
        "questions": len(judged),
        "evidence@1": _share([any(one.right[:1]) for one in asked]),
        "evidence@3": _share([any(one.right[:3]) for one in asked]),
        "essays": _share([one.essays for one in asked if one.essays is not None]),
        "false_refusal": _share([not one.answered for one in asked]),
        "refused": _share([not one.answered for one in silent]),
        "citations": citations,
        "exact": round(sum(one.exact for one in judged) / citations, 4) if citations else None,
    }


def _share(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
