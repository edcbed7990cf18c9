"""How many of the real essays' sentences that are not their authors' own views are known for such, and how surely.

Every sentence of the five essays was judged by a reader before a rule was written; `reported.jsonl` lists all that are
somebody else's, and those that look like it and are not. Whatever it does not list is the author's own. Two of the
essays were looked at while the rules were written.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from index.documents import read_document
from index.passages import split
from index.types import Document, Span
from rag.reported import attribution
from rag.types import Reported

ROOT = Path(__file__).parent.parent
SEEDS = ROOT.parent / "shared" / "seeds"
JUDGED = ROOT / "tests" / "reported.jsonl"
LOOKED_AT = ("000_ceb43f88b526cfca.txt", "001_3e5b70f3c5e94191.txt")


@dataclass(frozen=True, slots=True)
class Judged:
    """`kind`: own, or as `Reported` has it. `speaker`: None where nobody is named."""

    document: str
    sha256: str
    span: Span
    kind: str
    speaker: Span | None


@dataclass(frozen=True, slots=True)
class Figures:
    marked: int
    others: int  # sentences that are not the author's own
    right: int  # of those that were marked
    kinds: int  # of the right ones those with the right kind
    speakers: int  # and those with the right speaker

    @property
    def precision(self) -> float:
        return self.right / self.marked if self.marked else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.others if self.others else 1.0


class Unjudged(ValueError):
    """An essay is not the one that was judged."""


def read_judged() -> list[Judged]:
    with JUDGED.open(encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        Judged(row["document"], row["sha256"], Span(row["start"], row["end"]), row["kind"], _span(row["speaker"]))
        for row in rows
    ]


def _span(place: Sequence[int] | str) -> Span | None:
    return Span(*map(int, place)) if place else None


def measure(judged: Iterable[Judged]) -> Figures:
    """Raises Unjudged."""
    pairs = [pair for name, rows in _by_document(judged).items() for pair in _compared(name, rows)]
    marked = [(found, right) for found, right in pairs if found]
    hits = [(found, right) for found, right in marked if right]
    return Figures(
        marked=len(marked),
        others=sum(1 for _, right in pairs if right),
        right=len(hits),
        kinds=sum(1 for found, right in hits if found.kind == right.kind),
        speakers=sum(1 for found, right in hits if _same_speaker(found, right)),
    )


def _by_document(judged: Iterable[Judged]) -> dict[str, list[Judged]]:
    documents: dict[str, list[Judged]] = {}
    for row in judged:
        documents.setdefault(row.document, []).append(row)
    return documents


def _compared(name: str, rows: Sequence[Judged]) -> Iterator[tuple[Reported | None, Judged | None]]:
    """What was found of every sentence, and what is right of it; None for the author's own."""
    path = SEEDS / name
    if any(row.sha256 != hashlib.sha256(path.read_bytes()).hexdigest() for row in rows):
        raise Unjudged(f"{name} is not the essay that was judged.")
    document = read_document(path, name)
    others = {row.span: row for row in rows if row.kind != "own"}
    sentences = _sentences(document)
    if missing := {row.span for row in rows} - set(sentences):
        raise Unjudged(f"{name} is cut into other sentences than when it was judged: {sorted(missing)}.")
    for sentence in sentences:
        yield attribution(document, sentence), others.get(sentence)


def _sentences(document: Document) -> list[Span]:
    return [sentence for passage in split(document) for sentence in passage.sentences]


def _same_speaker(found: Reported, right: Judged) -> bool:
    if found.named is None or right.speaker is None:
        return found.named is right.speaker
    return found.named.start < right.speaker.end and right.speaker.start < found.named.end


def main() -> None:
    if not SEEDS.is_dir():
        return
    judged = read_judged()
    parts = {
        "looked at": [row for row in judged if row.document in LOOKED_AT],
        "held out": [row for row in judged if row.document not in LOOKED_AT],
        "all": judged,
    }
    print("\nSentences that are not the author's own view, in the real essays")
    print(f"{'':12}{'there':>8}{'marked':>8}{'precision':>11}{'recall':>8}{'kind':>8}{'speaker':>9}")
    for name, rows in parts.items():
        f = measure(rows)
        shares = f"{f.precision:>11.2f}{f.recall:>8.2f}"
        print(f"{name:12}{f.others:>8}{f.marked:>8}{shares}{f'{f.kinds}/{f.right}':>8}{f'{f.speakers}/{f.right}':>9}")
