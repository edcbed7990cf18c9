"""`make bench`: figures on whatever judged questions are at hand. Quality as shares, time as ratios in the same run.

Reference for time: encoding the question alone, which every system of this kind has to do. What should be refused:
questions of a public set that is about other things. `python -m tests.bench NAME...` measures the sets of these names;
`python -m tests.bench embedding` compares the encoder with the same model in torch.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from rag.answer import ask
from rag.evaluate import evaluate, figures
from rag.questions import Question, read_foreign, read_questions
from ui.lines import numbered_lines

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"
PUBLIC = SHARED / "eval" / "public"
PASSAGES = ("nDCG@10", "recall@10", "MRR")
EXCERPTS = ("evidence@1", "evidence@3", "essays", "false_refusal", "refused", "exact")
CONFIDENCE = ("auc", "foreign_refused", "foreign_auc", "calibration_error")
TIME = ("texts/s", "ask/encode")
COLUMNS = ("questions", *PASSAGES, *EXCERPTS, *CONFIDENCE, *TIME)
TIMED = 50  # questions of each set
FOREIGN = 100  # questions that each set is asked beside its own
OTHERS = {"cmrc": "xquad-zh"}  # whose questions are foreign to a set; to all the rest, CMRC's


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


def foreign_to(name: str) -> list[Question]:
    """Some questions, from all over a set that shares no text with this one; none where there is no such set."""
    path = PUBLIC / OTHERS.get(name, "cmrc") / "questions.jsonl"
    questions = read_foreign(numbered_lines(path), path.name) if path.is_file() else []
    return questions[:: max(1, len(questions) // FOREIGN)][:FOREIGN]


def measure(name: str, corpus: Path, questions: Path, index_folder: Path, encoder: SentenceEncoder) -> dict[str, Any]:
    began = time.perf_counter()
    built = build(corpus, index_folder, encoder)
    seconds = time.perf_counter() - began
    index = Library(index_folder).index
    own = read_questions(numbered_lines(questions), questions.name)
    row: dict[str, Any] = dict(figures(evaluate(index, encoder, [*own, *foreign_to(name)])))
    asked, alone = [], []
    for text in [question.text for question in own if question.text.strip()][:TIMED]:
        asked.append(_seconds(lambda text=text: ask(index, encoder, text)))
        alone.append(_seconds(lambda text=text: encoder.encode_query([text])))
    row["texts/s"] = round(built.embedded / seconds)
    row["ask/encode"] = round(statistics.median(a / b for a, b in zip(asked, alone, strict=True)), 1)
    return row


def _seconds(work: Any) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _row(cells: Mapping[str, Any]) -> str:
    return "".join(
        f"{'–' if cells[column] is None else cells[column]:>{max(8, len(column) + 2)}}" for column in COLUMNS
    )


def main(names: Sequence[str]) -> None:
    if names == ["embedding"]:
        from tests import bench_embedding

        bench_embedding.main()
        return
    encoder = SentenceEncoder()
    encoder.load()
    print(f"{'':16}" + _row({column: column for column in COLUMNS}))
    with tempfile.TemporaryDirectory() as scratch:
        for name, corpus, questions in sets(Path(scratch)):
            if not names or name in names:
                row = measure(name, corpus, questions, Path(scratch) / f"{name}.index", encoder)
                print(f"{name:16}" + _row(row), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
