"""`python -m tests.bench embedding`: what the quantised default costs and gives, beside the same model in torch.

Time is measured in turns on the same texts, and given as a median over rounds: whatever else the machine does then
falls on both. Quality is that of ranking passages by vectors alone."""

import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from index.encoder import DEFAULT_FP32, SentenceEncoder
from index.passages import split
from index.scan import read_corpus
from index.types import Encoder, Passage
from rag.measures import ranking_means
from rag.questions import Question, read_questions
from tests.bench import PUBLIC, sets
from ui.lines import numbered_lines

ROUNDS = 4  # and one to warm up
TIMED = 66  # passages, and as many sentences; the shares of the sets are equal
QUERIES = 20
TORCH_BATCHES = (32, 8)  # its own default, and the one that was best on two cores
SETS = ("xquad-zh", "xquad-en", "cmrc")

Work = Callable[[], object]


def main() -> None:
    with tempfile.TemporaryDirectory() as scratch:
        corpora = {name: (corpus, questions) for name, corpus, questions in sets(Path(scratch)) if _is_asked(name)}
        passages = {name: _passages(corpus) for name, (corpus, _) in corpora.items()}
        ours, torch = SentenceEncoder(), SentenceEncoder(DEFAULT_FP32)
        print(f"ours: {ours.fingerprint}; torch: {torch.fingerprint}")
        _measure_time(ours, torch, passages)
        _measure_quality(ours, torch, passages, {name: questions for name, (_, questions) in corpora.items()})


def _is_asked(name: str) -> bool:
    return name in SETS if PUBLIC.is_dir() else name == "sample essays"


def _passages(corpus: Path) -> list[Passage]:
    return [passage for document in read_corpus(corpus).documents for passage in split(document)]


def _measure_time(ours: SentenceEncoder, torch: SentenceEncoder, passages: Mapping[str, Sequence[Passage]]) -> None:
    model = torch._model()  # as anybody would use it
    share = TIMED // len(passages)
    some = [passage for those in passages.values() for passage in those[:: max(1, len(those) // share)][:share]]
    sentences = [p.document.text[p.sentences[0].start : p.sentences[0].end] for p in some]
    print(f"\n{'':34}{'texts/s':>9}{'tokens/s':>10}{'ratio':>8}")
    for name, texts in (("passages", [p.text for p in some]), ("sentences", sentences)):
        tokens = sum(map(len, model.tokenizer(texts)["input_ids"]))
        works: dict[str, Work] = {
            f"torch, batches of {batch}": partial(
                model.encode_document, texts, batch_size=batch, show_progress_bar=False
            )
            for batch in TORCH_BATCHES
        }
        works["ours"] = partial(ours.encode_document, texts)
        works["torch, with token vectors"] = partial(torch.read_document, texts)
        works["ours, with token vectors"] = partial(ours.read_document, texts)
        taken = _in_turns(works, ROUNDS)
        for kind, seconds in taken.items():
            base = taken["torch, with token vectors" if "token" in kind else f"torch, batches of {TORCH_BATCHES[0]}"]
            ratio = statistics.median(a / b for a, b in zip(base, seconds, strict=True))
            one = statistics.median(seconds)
            print(f"{name + ', ' + kind:34}{len(texts) / one:9.1f}{tokens / one:10.0f}{ratio:8.2f}", flush=True)
    query = ["数据质量为什么重要？"]
    alone = _in_turns({"torch": partial(torch.encode_query, query), "ours": partial(ours.encode_query, query)}, QUERIES)
    print("one query: " + ", ".join(f"{name} {1000 * statistics.median(s):.1f} ms" for name, s in alone.items()))


def _in_turns(works: Mapping[str, Work], rounds: int) -> dict[str, list[float]]:
    """Seconds of each in every round but the first."""
    taken: defaultdict[str, list[float]] = defaultdict(list)
    for _ in range(rounds + 1):
        for name, work in works.items():
            began = time.perf_counter()
            work()
            taken[name].append(time.perf_counter() - began)
    return {name: seconds[1:] for name, seconds in taken.items()}


def _measure_quality(
    ours: Encoder, torch: Encoder, passages: Mapping[str, Sequence[Passage]], files: Mapping[str, Path]
) -> None:
    print(f"\n{'nDCG@10':34}{'torch':>9}{'ours':>10}{'lost':>8}")
    for name, those in passages.items():
        asked = read_questions(numbered_lines(files[name]), name)
        judged = [(question, rows) for question in asked if (rows := _relevant(question, those))]
        before, after = (_ndcg(encoder, those, judged) for encoder in (torch, ours))
        print(f"{name:34}{before:9.4f}{after:10.4f}{100 * (1 - after / before):7.2f}%", flush=True)


def _relevant(question: Question, passages: Sequence[Passage]) -> set[int]:
    """Rows of the passages that hold an answer."""
    return {
        row
        for row, passage in enumerate(passages)
        if question.is_answerable and _holds(question, passage.document.name, passage.text)
    }


def _holds(question: Question, document: str, text: str) -> bool:
    if question.answers is None:
        return any(mark.document == document and mark.quote in text for mark in question.evidence)
    return question.document in ("", document) and any(answer in text for answer in question.answers)


def _ndcg(encoder: Encoder, passages: Sequence[Passage], judged: Sequence[tuple[Question, set[int]]]) -> float:
    vectors = encoder.encode_document([passage.text for passage in passages])
    queries = encoder.encode_query([question.text for question, _ in judged])
    ranked: Any = np.argsort(-(queries @ vectors.T), axis=1, kind="stable")[:, :10].tolist()
    means = ranking_means([(rows, best) for (_, rows), best in zip(judged, ranked, strict=True)])
    return means["nDCG@10"] or 0.0
