"""`python -m tests.bench_agreement [SET...]`: the judged questions, put to an index in a folder and to its copy in a
database: how many answers are the same to the letter, and how far down both legs are."""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.build import build
from index.encoder import SentenceEncoder
from index.index import Index
from index.store import load
from index.stores import open_store
from rag.answer import answer_of, inquire
from rag.query import BadQuestion
from rag.questions import read_questions
from tests.bench import sets
from tests.bench_store import show
from tests.seekdb import Seekdb
from ui.lines import numbered_lines

QUESTIONS = 150  # of a set, from all over it
TOP = 10


def asked(index: Index, encoder: SentenceEncoder, question: str) -> tuple[Any, dict[str, list[tuple[str, int]]], float]:
    """The answer, by leg the passages that were found, best first, and the milliseconds that both took."""
    began = time.perf_counter()
    inquiry = inquire(index, encoder, question)
    answer = answer_of(inquiry)
    milliseconds = 1000 * (time.perf_counter() - began)
    ranking = inquiry.ranking
    legs = {"dense": _known(index, ranking.dense), "lexical": _known(index, ranking.lexical)}
    cited = [(c.document.name, c.start, c.end, round(c.score, 4)) for c in answer.citations]
    return (answer.text, cited), legs, milliseconds


def _known(index: Index, rows: Sequence[int]) -> list[tuple[str, int]]:
    """As both indexes know them: the document, and which passage of it."""
    names = ((index.name_of(row), row) for row in rows)
    return [(name, row - index.rows_of(name).start) for name, row in names]


def agreement(folder: Index, database: Index, encoder: SentenceEncoder, questions: Sequence[str]) -> dict[str, Any]:
    names = ("answers", "dense_top", "dense_all", "lexical_top", "lexical_all")
    same, taken = dict.fromkeys(names, 0), {"folder": list[float](), "database": list[float]()}
    count = 0
    for question in questions:
        try:
            here, there = (asked(index, encoder, question) for index in (folder, database))
        except BadQuestion:
            continue
        count += 1
        same["answers"] += here[0] == there[0]
        for leg in ("dense", "lexical"):
            same[f"{leg}_top"] += here[1][leg][:TOP] == there[1][leg][:TOP]
            same[f"{leg}_all"] += here[1][leg] == there[1][leg]
        taken["folder"].append(here[2])
        taken["database"].append(there[2])
    times = {f"{name}_ms": round(statistics.median(of), 1) for name, of in taken.items()}
    return {"passages": folder.manifest.passages, "questions": count, **same, **times}


def main(names: Sequence[str]) -> None:
    encoder, server = SentenceEncoder(), Seekdb()
    encoder.load()
    with tempfile.TemporaryDirectory() as scratch:
        try:
            server.start()
            for name, corpus, questions in sets(Path(scratch)):
                if names and name not in names:
                    continue
                place, url = Path(scratch) / f"{name}.index", server.fresh()
                build(corpus, place, encoder)
                folder = load(place)
                open_store(url).copy(folder)
                texts = [question.text for question in read_questions(numbered_lines(questions), name)]
                chosen = texts[:: max(1, len(texts) // QUESTIONS)][:QUESTIONS]
                show(name, agreement(folder, open_store(url).load(), encoder, chosen))
        finally:
            server.stop()
            shutil.rmtree(server.folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1:])
