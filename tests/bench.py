"""`make bench`: figures on whatever judged questions are at hand. Quality as shares, time as ratios in the same run.

Reference for time: encoding the question alone, which every system of this kind has to do.
"""

import json
import statistics
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from rag.answer import ask
from rag.evaluate import evaluate, figures
from rag.query import BadQuestion
from rag.types import Answer

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
PUBLIC = SHARED / "eval" / "public"
COLUMNS = ("questions", "evidence@1", "evidence@3", "essays", "false_refusal", "refused", "exact")
TIMED = 50  # questions of each set


def sets(scratch: Path) -> Iterator[tuple[str, Path, Path]]:
    """Name, corpus folder and judged questions of every set that is there."""
    yield "sample essays", ROOT / "seeds", ROOT / "tests" / "questions.jsonl"
    if (SHARED / "seeds").is_dir():
        yield "real essays", SHARED / "seeds", SHARED / "eval" / "essays-dev.jsonl"
    for folder in sorted(PUBLIC.iterdir()) if PUBLIC.is_dir() else []:
        corpus = scratch / folder.name
        corpus.mkdir()
        for row in _lines(folder / "corpus.jsonl"):
            (corpus / row["document"]).write_text(row["text"], encoding="utf-8", newline="\n")
        yield folder.name, corpus, folder / "questions.jsonl"


def _lines(path: Path) -> list[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def measure(corpus: Path, questions: Path, index_folder: Path, encoder: SentenceEncoder) -> Mapping[str, object]:
    began = time.perf_counter()
    built = build(corpus, index_folder, encoder)
    seconds = time.perf_counter() - began
    index = Library(index_folder).index
    rows = _lines(questions)

    def answer(question: str) -> Answer:
        try:
            return ask(index, encoder, question)
        except BadQuestion:
            return Answer(question, False, "", (), ())

    row: dict[str, object] = dict(figures(evaluate(rows, answer)))
    asked, alone = [], []
    for question in [row["question"] for row in rows if row["question"].strip()][:TIMED]:
        asked.append(_seconds(lambda question=question: answer(question)))
        alone.append(_seconds(lambda question=question: encoder.encode_query([question])))
    row["texts/s"] = round(built.embedded / seconds)
    row["ask/encode"] = round(statistics.median(a / b for a, b in zip(asked, alone, strict=True)), 1)
    return row


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    encoder = SentenceEncoder()
    encoder.load()
    columns = (*COLUMNS, "texts/s", "ask/encode")
    print(f"{'':16}" + "".join(f"{column:>15}" for column in columns))
    with tempfile.TemporaryDirectory() as scratch:
        for name, corpus, questions in sets(Path(scratch)):
            row = measure(corpus, questions, Path(scratch) / f"{name}.index", encoder)
            print(f"{name:16}" + "".join(f"{'–' if row[c] is None else row[c]:>15}" for c in columns), flush=True)


if __name__ == "__main__":
    main()
