"""What an evaluation found, to be kept and read again."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from index.types import YuanhuaError
from rag.evaluate import Figures, Judged, figures
from rag.questions import FOREIGN, UNANSWERABLE

FORMAT = 1  # raise it when what is saved changes
MOST = 1e12  # of any figure


class BadRun(YuanhuaError):
    """The file is no saved run."""


@dataclass(frozen=True, slots=True)
class Cited:
    """The first citation of an answer."""

    document: str
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one question."""

    id: Any
    question: str
    kind: str
    judgement: str  # a digest of what counts as right
    answered: bool
    confidence: float
    right_at: int | None  # number of the first right citation
    passage_at: int | None  # rank of the first relevant passage
    first: Cited | None

    @property
    def is_foreign(self) -> bool:
        return self.kind == FOREIGN

    @property
    def is_answerable(self) -> bool:
        return self.kind not in (UNANSWERABLE, FOREIGN)

    @property
    def loss(self) -> float:
        """Lower is better: the number of the first right citation, or silence where the essays do not say."""
        if not self.is_answerable:
            return float(self.answered)
        return math.inf if self.right_at is None else self.right_at


@dataclass(frozen=True, slots=True)
class Run:
    """An evaluation: when, with what, and what came of it."""

    version: str  # of this program
    date: str
    index: str  # digest
    encoder: str  # fingerprint
    figures: Figures
    outcomes: tuple[Outcome, ...]
    reranker: str | None = None  # fingerprint


_SAVED = TypeAdapter(Run)


def outcome_of(judged: Judged) -> Outcome:
    question, answer = judged.question, judged.answer
    return Outcome(
        question.id,
        question.text,
        question.kind,
        question.judgement,
        answer.answered,
        round(answer.confidence, 4),
        judged.right_at,
        judged.passage_at,
        next((Cited(c.document.name, c.start, c.end, c.quote) for c in answer.citations), None),
    )


def run_of(
    judged: Sequence[Judged], *, version: str, date: str, index: str, encoder: str, reranker: str | None = None
) -> Run:
    return Run(version, date, index, encoder, figures(judged), tuple(map(outcome_of, judged)), reranker)


def run_record(run: Run) -> dict[str, Any]:
    return {"yuanhua_run": FORMAT, **asdict(run)}


def read_run(record: object, file: str) -> Run:
    """What `run_record` made, by way of JSON. Raises BadRun, which names the file."""
    if not isinstance(record, dict) or "yuanhua_run" not in record:
        raise BadRun(f"{file}: it is no run that `yuanhua evaluate --save` wrote; name one, or save one anew.")
    if record["yuanhua_run"] != FORMAT:
        raise BadRun(f"{file}: another version of this program saved it; save one anew with `yuanhua evaluate --save`.")
    damaged = BadRun(f"{file}: this run is damaged; save one anew with `yuanhua evaluate --save`.")
    try:
        run = _SAVED.validate_python({name: value for name, value in record.items() if name != "yuanhua_run"})
    except ValidationError as error:
        raise damaged from error
    if not all(figure is None or abs(figure) < MOST for figure in run.figures.values()):
        raise damaged  # JSON as Python reads it has NaN and Infinity
    return run
