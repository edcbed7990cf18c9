"""`yuanhua evaluate`: judged questions from files, their figures, and an earlier run to compare with."""

import argparse
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from index.documents import printable
from index.index import Index
from index.library import Library
from index.types import YuanhuaError
from rag.compare import Comparison, compare
from rag.evaluate import Judged, evaluate
from rag.questions import Question, read_foreign, read_questions
from rag.runs import Run, read_run, run_of, run_record
from ui import __version__, figures, terminal
from ui.lines import numbered_lines

NAMED = 5  # ids of questions in one line


class BadPlace(YuanhuaError):
    """A run cannot be saved there."""


def evaluate_questions(options: argparse.Namespace) -> int:
    """All that can be wrong with the files is found before the first question is asked."""
    questions = _questions(options.questions, options.foreign)
    before = _load(options.against) if options.against else None
    if options.save:
        _check_place(options.save)
    library = Library(options.index, reranker=options.reranker, report=terminal.Progress())
    index = library.index
    judged = _ask_all(library, index, questions)
    _say_unheld(options.questions, judged)
    run = run_of(
        judged,
        version=__version__,
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        index=index.manifest.digest,
        encoder=index.manifest.fingerprint,
        reranker=library.reranker.fingerprint if library.reranker else None,
    )
    if options.save:
        _save(run, options.save)
    comparison = compare(run, before) if before else None
    missed = [one for one in judged if one.is_missed] if options.misses else None
    if options.json:
        terminal.print_json(_record(run, before, comparison, missed))
    else:
        terminal.print_lines(_lines(run, before, comparison, missed))
    return 0


def _questions(file: Path, foreign: list[Path]) -> list[Question]:
    questions = read_questions(numbered_lines(file), str(file))
    others: dict[str, Question] = {}
    for path in foreign:
        for question in read_foreign(numbered_lines(path), str(path)):
            others.setdefault(question.text, question)
    return [*questions, *others.values()]


def _ask_all(library: Library, index: Index, questions: list[Question]) -> list[Judged]:
    """One state of the index and of its essays, from the first question to the last."""
    stale = set(library.left_out(index))
    for name in sorted(stale):
        terminal.say(terminal.left_out(name))
    return evaluate(
        index,
        library.encoder_of(index),
        questions,
        readable=lambda name: name not in stale,
        report=terminal.Progress(),
        reranker=library.reranker,
    )


def _say_unheld(file: Path, judged: list[Judged]) -> None:
    """A quotation with a slip in it, or an essay that is not there, would otherwise look like a bad answer."""
    unheld = [one.question for one in judged if one.question.is_answerable and not one.relevant]
    if unheld:
        names = [str(question.text if question.id is None else question.id) for question in unheld]
        more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
        terminal.say(
            f"{file}: no passage in the index holds what is marked as right for {', '.join(names[:NAMED])}{more}; "
            "compare the marks with the essays."
        )


def _load(path: Path) -> Run:
    text = "".join(line for _, line in numbered_lines(path))
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        record = None
    return read_run(record, str(path))


def _check_place(path: Path) -> None:
    if not path.parent.is_dir():
        raise BadPlace(f"{path}: its folder is not there; make it, or name another place with --save.")
    if not path.exists():
        return
    try:
        _load(path)
    except YuanhuaError as error:
        raise BadPlace(f"{path}: it is there already and is no saved run; name another file with --save.") from error


def _save(run: Run, path: Path) -> None:
    text = json.dumps(run_record(run), ensure_ascii=False, indent=1)
    # half a character of a question goes in as \udXXX, which JSON reads back
    path.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")
    terminal.say(f"{printable(str(path))}: saved; compare a later run with it by --against.")


def _record(run: Run, before: Run | None, comparison: Comparison | None, missed: list[Judged] | None) -> dict[str, Any]:
    record: dict[str, Any] = {**run.figures, "index": run.index, "encoder": run.encoder, "reranker": run.reranker}
    record["version"] = run.version
    if before and comparison:
        earlier = {name: value for name, value in asdict(before).items() if name != "outcomes"}
        record["against"] = {**earlier, "change": figures.changes(run.figures, before.figures), **asdict(comparison)}
    if missed is not None:
        record["misses"] = [_missed_record(one) for one in missed]
    return record


def _missed_record(judged: Judged) -> dict[str, Any]:
    return {
        "id": judged.question.id,
        "question": judged.question.text,
        "answered": judged.answer.answered,
        "passage_at": judged.passage_at,
        "cited": [citation.quote for citation in judged.answer.citations[:3]],
    }


def _lines(run: Run, before: Run | None, comparison: Comparison | None, missed: list[Judged] | None) -> list[str]:
    lines = figures.figure_lines(run, before)
    if comparison:
        lines += figures.comparison_lines(comparison)
    if missed is not None:
        lines += figures.missed_lines(missed)
    return lines
