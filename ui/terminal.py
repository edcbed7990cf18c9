"""What a terminal shows: progress on standard error, answers and tables on standard output."""

import json
import sys
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from tqdm import tqdm

from index.build import Built
from index.changes import Changes
from index.joint import Worked
from index.manifest import Manifest
from index.problems import plain, printable
from rag import words
from rag.shown import start_of
from rag.types import Answer
from rag.why import Trace
from ui.steps import notes, steps, verdict
from ui.words import WORDS, Words

if TYPE_CHECKING:
    from rag.claims import Claim
    from rag.summary import Summary

SHOWN_NAMES = 20  # of a longer list the rest is counted


def say(line: str) -> None:
    print(plain(line), file=sys.stderr, flush=True)


class Progress:
    """A bar for a step that takes a while, and a line for each step when it is done. To be called as a Report."""

    def __init__(self) -> None:
        self._step, self._began = "", 0.0
        self._bar: tqdm[NoReturn] | None = None

    def __call__(self, step: str, done: int, total: int) -> None:
        if step != self._step:
            self._close()
            self._step, self._began = step, time.monotonic()
            self._bar = tqdm(total=total, desc=step, file=sys.stderr, leave=False, delay=0.3, disable=None, ncols=80)
        if self._bar is not None:
            self._bar.total = total  # which may turn out to be more on the way
            self._bar.update(done - self._bar.n)
        if done >= total:
            self._close()
            say(f"{step}: done ({self._amount(total)}{time.monotonic() - self._began:.1f} s)")
            self._step = ""

    def _amount(self, total: int) -> str:
        return f"{total:,} in " if total > 1 else ""

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def left_out(name: str) -> str:
    return f"{printable(name)}: changed or gone since the last build, so left out; run: yuanhua index build"


def summary_lines(summary: "Summary", answer: Answer) -> list[str]:
    """Nothing where there is none; what does not hold is marked."""
    if summary.fault:
        return []
    said = WORDS[answer.language]
    title = f"{said['summary_by']} {summary.endpoint.model}{said['summary_note']}"
    return [title, *(f"  {_claim_line(claim, said)}" for claim in summary.claims), ""]


def _claim_line(claim: "Claim", words: Words) -> str:
    doubt = words[f"claim_{claim.fault}"].format(detail=claim.detail) if claim.fault else ""
    return f"{claim.text} ⚠ ({doubt})" if doubt else claim.text


def model_fault(summary: "Summary") -> str:
    said = words.MODEL_FAULTS["en"][summary.fault]
    return (
        f"{said} ({summary.endpoint.model}, {summary.endpoint.place}{f': {summary.detail}' if summary.detail else ''})"
    )


def copied_line(manifest: Manifest, source: str, target: str) -> str:
    amount = f"{manifest.documents:,} essays, {manifest.passages:,} passages"
    return f"Copied from {source} to {target}: {amount}; 0 texts embedded."


def worked_lines(did: Worked) -> list[str]:
    if did.left:
        return ["Whoever began the build is gone; go on with it with: yuanhua index build"]
    if not did.passages and not did.published:
        return ["There is nothing to help with; begin a build with: yuanhua index build"]
    ended = " The index was rebuilt." if did.published else ""
    return [f"Helped with the build: {did.passages:,} passages, {did.embedded:,} texts embedded here.{ended}"]


def built_lines(built: Built) -> list[str]:
    done = built.changes or built.embedded or built.mended
    verdict = "The index was rebuilt" if done else "The index is up to date"
    return [
        *changes_lines(built.changes),
        *shown("made anew, since what was stored of it was damaged", [printable(name) for name in built.mended]),
        f"{verdict}: {built.documents:,} essays, {built.passages:,} passages; {built.embedded:,} texts embedded.",
    ]


def changes_lines(changes: Changes) -> list[str]:
    kinds = {
        "added": [printable(name) for name in changes.added],
        "changed": [printable(name) for name in changes.changed],
        "renamed": [f"{printable(old)} is now {printable(new)}" for old, new in changes.renamed],
        "removed": [printable(name) for name in changes.removed],
        "duplicate": [f"{printable(name)} is the same essay as {printable(as_)}" for name, as_ in changes.duplicates],
    }
    lines = []
    for kind, found in kinds.items():
        lines += shown(kind, found)
    return lines


def shown(kind: str, found: Sequence[str]) -> list[str]:
    lines = [f"  {kind}: {line}" for line in found[:SHOWN_NAMES]]
    return [*lines, f"  {kind}: and {len(found) - SHOWN_NAMES:,} more"] if len(found) > SHOWN_NAMES else lines


def table(rows: Mapping[str, object]) -> list[str]:
    width = max(map(_columns, rows), default=0)
    return [
        f"{name}{' ' * (width - _columns(name))}  {'–' if value is None else value}" for name, value in rows.items()
    ]


def _columns(text: str) -> int:
    """That a terminal needs for it; a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def trace_lines(trace: Trace) -> list[str]:
    words = WORDS[trace.language]
    found = {step.name: step.finding for step in steps(trace, words)}
    where = f"{printable(trace.document)}: {start_of(trace.quote)}"
    return [where, *notes(trace, words), "", *table(found), "", *verdict(trace, words)]


def print_lines(lines: Iterable[str] | Sequence[str]) -> None:
    for line in lines:
        print(plain(line))


def print_json(record: object) -> None:
    print(json.dumps(record, ensure_ascii=False), flush=True)
