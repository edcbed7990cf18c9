"""`make bench`: figures on whatever judged questions are at hand. Quality as shares, time as ratios in the same run.

Reference for time: encoding the question alone, which every system of this kind has to do. What should be refused:
questions of a public set that is about other things. `python -m tests.bench NAME...` measures the sets of these names;
`python -m tests.bench embedding` compares the encoder with the same model in torch, `python -m tests.bench scale
PASSAGES...` says what size costs, and `python -m tests.bench readers`, which `make bench` leaves out, what twenty
readers at once have to wait. `python -m tests.bench reported` says how surely an excerpt is known for somebody else's
view, `quotes` how surely an altered quotation is, and `opposed` how often a disagreement that is shown is one.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from index.build import build
from index.dense import DenseIndex, dense_bytes
from index.encoder import SentenceEncoder
from index.library import Library
from index.store import load
from index.types import Vectors
from rag.answer import ask
from rag.evaluate import evaluate, figures
from rag.questions import Question, read_foreign, read_questions
from ui.lines import numbered_lines

PARTS = ("embedding", "scale", "readers", "reported", "quotes", "opposed")  # beside the names of the judged sets
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
    """Without names: everything, at a size that takes some ten minutes."""
    from tests import bench_embedding, bench_opposed, bench_quotes, bench_readers, bench_reported, bench_scale

    if not names or names[0] not in PARTS:
        quality(names)
    if not names or names[0] == "reported":
        bench_reported.main()
    if not names or names[0] == "embedding":
        bench_embedding.main()
    if not names or names[0] == "opposed":
        bench_opposed.main()
    if not names or names[0] == "scale":
        bench_scale.main([int(name) for name in names[1:]])
    if names and names[0] == "readers":
        bench_readers.main()
    if (not names or names[0] == "quotes") and (SHARED / "seeds").is_dir():
        bench_quotes.main()


def quality(names: Sequence[str]) -> None:
    encoder = SentenceEncoder()
    encoder.load()
    print(f"{'':16}" + _row({column: column for column in COLUMNS}))
    found: list[Vectors] = []
    asked: list[str] = []
    with tempfile.TemporaryDirectory() as scratch:
        for name, corpus, questions in sets(Path(scratch)):
            if not names or name in names:
                row = measure(name, corpus, questions, Path(scratch) / f"{name}.index", encoder)
                print(f"{name:16}" + _row(row), flush=True)
                index = load(Path(scratch) / f"{name}.index")
                found += [np.asarray(segment.embeddings.sentence_vectors) for segment in index.segments]
                asked += [question.text for question in read_questions(numbered_lines(questions), name)][::9]
    vectors, queries = np.unique(np.concatenate(found), axis=0), encoder.encode_query(asked)
    share = recall_by_region(np.asarray(vectors, np.float32), queries)
    print(f"\nrecall@10 of the search by region on {len(vectors):,} real sentences: {share:.3f}")


def recall_by_region(vectors: Vectors, queries: Vectors) -> float:
    """As it would be for a large index; small ones are searched exactly."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "dense.faiss"
        path.write_bytes(dense_bytes(vectors, exact=0))
        index = DenseIndex([(path, 0)])
        best = np.argsort(-(queries @ vectors.T), axis=1)[:, :10].tolist()
        found = [{row for row, _ in index.search(query, 10)} for query in queries]
    return statistics.mean(len(set(rows) & held) / 10 for rows, held in zip(best, found, strict=True))


if __name__ == "__main__":
    main(sys.argv[1:])
