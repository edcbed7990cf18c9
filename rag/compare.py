"""Two runs side by side: which questions went better, which worse, and whether that can be chance."""

from collections.abc import Sequence
from dataclasses import dataclass

from rag.measures import sign_test
from rag.runs import Outcome, Run


@dataclass(frozen=True, slots=True)
class Change:
    """One question in both runs."""

    before: Outcome
    now: Outcome

    @property
    def is_better(self) -> bool:
        return self.now.loss < self.before.loss

    @property
    def is_worse(self) -> bool:
        return self.now.loss > self.before.loss


@dataclass(frozen=True, slots=True)
class Tally:
    """Of the questions of one sort; `chance` is the sign test's p, None where no question went either way."""

    better: int
    worse: int
    same: int
    chance: float | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Questions stand in the order in which they were asked now."""

    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    answerable: Tally
    to_refuse: Tally  # unanswerable and foreign ones
    judged_anew: int  # in both runs, but with other right answers, and so not compared
    only_now: int
    only_before: int


def compare(now: Run, before: Run) -> Comparison:
    pairs = _pairs(now.outcomes, before.outcomes)
    changes = [change for change in pairs if change.before.judgement == change.now.judgement]
    return Comparison(
        tuple(change for change in changes if change.is_better),
        tuple(change for change in changes if change.is_worse),
        _tally([change for change in changes if change.now.is_answerable]),
        _tally([change for change in changes if not change.now.is_answerable]),
        judged_anew=len(pairs) - len(changes),
        only_now=len(now.outcomes) - len(pairs),
        only_before=len(before.outcomes) - len({id(change.before) for change in pairs}),
    )


def _pairs(now: Sequence[Outcome], before: Sequence[Outcome]) -> list[Change]:
    """By id, or by what was asked where one of the two has no id. The ids of foreign questions are of other corpora,
    so two of them can be the same; these are matched by what was asked alone."""
    by_id = {str(outcome.id): outcome for outcome in before if outcome.id is not None and not outcome.is_foreign}
    by_text = {(outcome.question, outcome.is_foreign): outcome for outcome in before}
    pairs = []
    for outcome in now:
        found = by_text.get((outcome.question, outcome.is_foreign))
        if not outcome.is_foreign and outcome.id is not None and not (found and found.id is None):
            found = by_id.get(str(outcome.id))
        if found:
            pairs.append(Change(found, outcome))
    return pairs


def _tally(changes: Sequence[Change]) -> Tally:
    better = sum(1 for change in changes if change.is_better)
    worse = sum(1 for change in changes if change.is_worse)
    return Tally(better, worse, len(changes) - better - worse, sign_test(better, worse))
