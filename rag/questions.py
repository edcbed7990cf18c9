"""Questions that somebody judged: what is asked, and which excerpts are right."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from index.types import YuanhuaError

ANSWERABLE = "answerable"
UNANSWERABLE = "unanswerable"  # these essays do not say
FOREIGN = "foreign"  # asked of other essays, and so not to be answered from these


class BadQuestions(YuanhuaError):
    """The judged questions cannot be used."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A quotation that answers."""

    document: str
    quote: str


@dataclass(frozen=True, slots=True)
class Question:
    """An excerpt is right that contains one of `answers`, or, where `answers` is None, covers half of a quotation."""

    text: str
    id: Any = None  # as it stands in the file
    kind: str = ANSWERABLE
    evidence: tuple[Mark, ...] = ()
    answers: tuple[str, ...] | None = None
    document: str = ""  # which passages that hold an answer are relevant: this one's, or "" for any

    @property
    def is_answerable(self) -> bool:
        return self.kind not in (UNANSWERABLE, FOREIGN)

    @property
    def key(self) -> str:
        """What it is known by in its file."""
        return self.text if self.id is None else f"id {self.id}"

    @property
    def judgement(self) -> str:
        """Changes with whatever decides which answers are right."""
        marks = sorted((mark.document, mark.quote) for mark in self.evidence)
        decisive = [self.is_answerable, marks, self.answers and sorted(self.answers), self.document]
        return hashlib.sha256(json.dumps(decisive).encode()).hexdigest()[:12]


def read_questions(lines: Iterable[tuple[int, str]], file: str) -> list[Question]:
    """From the numbered lines of a file. Raises BadQuestions."""
    questions: list[Question] = []
    seen: dict[str, int] = {}
    for number, line in lines:
        question = question_of(_object(line, f"{file}: line {number}"), f"{file}: line {number}")
        earlier = seen.setdefault(question.key, number)
        if earlier != number:
            raise BadQuestions(
                f"{file}: line {number} is known by the same `id` (or, where there is none, the same question) as "
                f"line {earlier}; give it another `id`."
            )
        questions.append(question)
    return _some(questions, file)


def read_foreign(lines: Iterable[tuple[int, str]], file: str) -> list[Question]:
    """Only what is asked, each question once; which answers were right elsewhere does not matter. Raises
    BadQuestions."""
    questions: dict[str, Question] = {}
    for number, line in lines:
        row = _object(line, f"{file}: line {number}")
        if not isinstance(row.get("question"), str):
            raise BadQuestions(f"{file}: line {number} needs a `question`; correct the file.")
        questions.setdefault(row["question"], Question(row["question"], row.get("id"), FOREIGN))
    return _some(list(questions.values()), file)


def _some(questions: list[Question], file: str) -> list[Question]:
    if not questions:
        raise BadQuestions(f'{file}: there is no question in it; write one {{"question": …}} a line.')
    return questions


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        row = None
    if not isinstance(row, dict):
        raise BadQuestions(f"{place} is no JSON object; correct the file.")
    return row


def question_of(row: Mapping[str, Any], place: str) -> Question:
    """Raises BadQuestions, which names the place."""
    evidence, answers = row.get("evidence", []), row.get("answers")
    is_judged = _are_answers(answers) if "answers" in row else "evidence" in row
    if not (isinstance(row.get("question"), str) and is_judged and _are_marks(evidence)):
        raise BadQuestions(
            f"{place} needs a `question`, and `evidence` (a list of document and quote) or `answers` "
            "(a list of texts); correct the file."
        )
    return Question(
        row["question"],
        row.get("id"),
        str(row.get("kind", ANSWERABLE)),
        tuple(Mark(item["document"], item["quote"]) for item in evidence),
        None if answers is None else tuple(answers),
        str(row.get("document") or ""),
    )


def _are_answers(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(answer, str) and answer for answer in value)


def _are_marks(value: object) -> bool:
    return isinstance(value, list) and all(_is_mark(item) for item in value)


def _is_mark(item: object) -> bool:
    return (
        isinstance(item, dict)
        and isinstance(item.get("document"), str)
        and isinstance(item.get("quote"), str)
        and bool(item["quote"])
    )
