"""What an evaluation looks like in a terminal."""

from collections.abc import Sequence

from index.documents import printable
from rag.compare import Change, Comparison, Tally
from rag.evaluate import Figures, Judged
from rag.runs import Outcome, Run
from rag.shown import start_of

SHOWN = 20  # questions of a list; of a longer one the rest is counted
GROUPS = {
    "Questions": {
        "questions": "judged ones, of this file",
        "foreign": "about other essays, from --foreign",
        "no_passage": "answerable ones of which no passage holds what is marked",
    },
    "Passages": {
        "nDCG@10": "the first 10: the higher up the relevant ones the better, 1 is ideal",
        "recall@10": "of the relevant passages, how many are among the first 10",
        "recall@100": "the same, among the first 100",
        "MRR": "1 divided by the rank of the first relevant passage",
    },
    "Excerpts": {
        "evidence@1": "answerable questions whose first excerpt is right",
        "evidence@3": "the same, among the first 3",
        "essays": "of the essays with marked quotations, how many are cited",
        "citations": "excerpts in all answers",
        "exact": "of these, equal to the essay to the character",
        "excerpt_chars": "their mean length",
    },
    "Refusal": {
        "false_refusal": "answerable questions that were not answered",
        "refused": "unanswerable questions that were not answered",
        "auc": "chance that an answerable one has more confidence than an unanswerable one",
        "foreign_refused": "foreign questions that were not answered",
        "foreign_auc": "chance that an answerable one has more confidence than a foreign one",
    },
    "Calibration": {
        "calibration_error": "how far confidence is from the share of right best excerpts, in 10 bins",
        "brier": "mean squared difference between confidence and right (1) or wrong (0)",
        "coverage": "questions that were answered",
        "right_if_answered": "of these, with a right first excerpt",
    },
}
NAME, VALUE = 17, 9  # columns


def figure_lines(run: Run, before: Run | None = None) -> list[str]:
    lines = [*_origins(run, before), ""] if before else []
    for group, names in GROUPS.items():
        lines += [group, *(_line(name, described, run.figures, before) for name, described in names.items()), ""]
    return lines[:-1]


def _origins(now: Run, before: Run) -> list[str]:
    runs = (("now", now), ("before", before))
    return [
        *(
            f"{title:<8}{run.date}, version {run.version}, index {run.index}, encoder {run.encoder}, "
            f"{f'reranker {run.reranker}' if run.reranker else 'no reranker'}"
            for title, run in runs
        ),
        "",
        f"{'':{NAME + 2}}{'now':>{VALUE}}{'before':>{VALUE}}{'change':>{VALUE}}",
    ]


def _line(name: str, described: str, now: Figures, before: Run | None) -> str:
    value = f"{_shown(name, now.get(name)):>{VALUE}}"
    if before:
        difference = changes(now, before.figures)[name]
        value += f"{_shown(name, before.figures.get(name)):>{VALUE}}{_difference(name, difference):>{VALUE}}"
    return f"  {name:<{NAME}}{value}  {described}"


def changes(now: Figures, before: Figures) -> Figures:
    """Now minus before, None where either is."""
    return {name: _minus(value, before.get(name)) for name, value in now.items()}


def _minus(now: float | None, before: float | None) -> float | None:
    return None if now is None or before is None else round(now - before, 4)


def _shown(name: str, value: float | int | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.1f}" if name == "excerpt_chars" else f"{value:.3f}"


def _difference(name: str, value: float | int | None) -> str:
    if not value:
        return "–" if value is None else "="
    return ("+" if value > 0 else "−") + _shown(name, abs(value))


def comparison_lines(comparison: Comparison) -> list[str]:
    lines = ["", "Question by question"]
    lines += _tally_lines("answerable", "the first right excerpt comes earlier or later", comparison.answerable)
    lines += _tally_lines("to refuse", "silent where the essays do not say, or not", comparison.to_refuse)
    for count, what in (
        (comparison.judged_anew, "in both runs, but judged anew since: not compared"),
        (comparison.only_now, "in this run only"),
        (comparison.only_before, "in the earlier run only"),
    ):
        lines += [f"  {count:,} {what}"] if count else []
    lines += _change_lines("Better", comparison.better) + _change_lines("Worse", comparison.worse)
    return lines


def _tally_lines(name: str, described: str, tally: Tally) -> list[str]:
    if not tally.better + tally.worse + tally.same:
        return []
    counts = f"  {name:<{NAME}}{tally.better:,} better, {tally.worse:,} worse, {tally.same:,} the same"
    if tally.chance is None:
        return [f"{counts} ({described})"]
    verdict = "more than chance" if tally.chance < 0.05 else "may well be chance"
    return [f"{counts} ({described})", f"  {'':<{NAME}}sign test: p = {tally.chance:.3g}, {verdict}"]


def _change_lines(title: str, questions: Sequence[Change]) -> list[str]:
    if not questions:
        return []
    lines = ["", f"{title} ({len(questions):,})"]
    for change in questions[:SHOWN]:
        lines += [f"  {_named(change.now.id, change.now.question)}", f"    before: {_state(change.before)}"]
        lines += [f"    now:    {_state(change.now)}"]
    return [*lines, *_rest(len(questions))]


def _named(id: object, question: str) -> str:
    text = start_of(question, 100)
    return text if id is None else f"{id}  {text}"


def _rest(count: int) -> list[str]:
    return [f"  and {count - SHOWN:,} more; --json has them all"] if count > SHOWN else []


def _state(outcome: Outcome) -> str:
    if not outcome.answered or outcome.first is None:
        return f"not answered (confidence {outcome.confidence:.2f})"
    first = outcome.first
    cited = f"{printable(first.document)}, {first.start}–{first.end}: {start_of(first.quote)}"
    if not outcome.is_answerable:
        return f"answered, and should not have been: {cited}"
    if outcome.right_at == 1:
        return f"right: {cited}"
    right = "no excerpt is right" if outcome.right_at is None else f"[{outcome.right_at}] is right"
    return f"{right}; [1] is {cited}"


def missed_lines(missed: Sequence[Judged]) -> list[str]:
    if not missed:
        return ["", "Every answerable question has a right excerpt among its first three."]
    lines = ["", f"Without a right excerpt among the first three ({len(missed):,})"]
    for one in missed:
        lines.append(f"  {_named(one.question.id, one.question.text)}")
        found = "not found" if one.passage_at is None else f"found at rank {one.passage_at}"
        answered = "answered" if one.answer.answered else "not answered"
        lines.append(f"    {answered} (confidence {one.answer.confidence:.2f}); a relevant passage was {found}")
        lines += [f"    [{c.n}] {printable(c.document.name)}: {start_of(c.quote)}" for c in one.answer.citations[:3]]
    return lines
