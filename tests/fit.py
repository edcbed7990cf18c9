"""`make fit`: fits rag/model.json to the public parts of XQuAD and CMRC, and reports each half by a fit to the other.

A question of one set is unanswerable on the text of another, and nearly so on its own where the document that answers
it is left out. Documents go to the halves by article, so that no half has seen the other's texts.
"""

import json
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import roc_auc_score

from index.build import build
from index.encoder import SentenceEncoder
from index.index import Index
from index.library import Library
from rag.background import background
from rag.evidence import Sentence, excerpts
from rag.features import NAMES, Candidates, candidates
from rag.model import FILE, SHARE, Scale, topical
from rag.query import Query, understood
from rag.retrieve import hits_of, rank
from tests.bench import PUBLIC

CORPORA = ("xquad-zh", "xquad-en", "cmrc")
HIDDEN, EPOCHS, BATCH, RATE, DECAY, DROPOUT = 32, 8, 32, 5e-3, 1e-3, 0.1
# Of the answerable questions so many are refused by rule. Across languages the two kinds overlap more.
REFUSED, REFUSED_ACROSS = 0.015, 0.05
FOREIGN = 300  # questions of another set

Pair = tuple[str, str]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Example:
    """A question on a corpus."""

    pair: Pair  # language of the question and of the text
    half: int
    kind: str  # own, without (its document is left out) or foreign
    found: Candidates
    answers: Sequence[str]
    document: str
    background: float

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        """Which sentences hold the answer; the two that hold it together where none does alone."""
        alone = self._holding(self.found.spans)
        if alone.any():
            return alone
        rows = self.found.rows
        follows = [i + 1 < len(rows) and rows[i + 1] == rows[i] + 1 for i in range(len(rows))]
        spans = [
            (span[0], self.found.spans[i + 1][1] if follows[i] else span[1]) for i, span in enumerate(self.found.spans)
        ]
        together = self._holding(spans)
        return np.asarray(together | np.concatenate([[False], together[:-1]]), np.bool_)

    def _holding(self, spans: Sequence[tuple[int, int]]) -> npt.NDArray[np.bool_]:
        return np.array(
            [
                document.name == self.document and any(answer in document.text[start:end] for answer in self.answers)
                for document, (start, end) in zip(self.found.documents, spans, strict=True)
            ]
        )


def lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def corpora(work: Path, encoder: SentenceEncoder) -> dict[str, Index]:
    found = {}
    for name in CORPORA:
        folder = work / name
        folder.mkdir(exist_ok=True)
        for row in lines(PUBLIC / name / "corpus.jsonl"):
            (folder / row["document"]).write_text(row["text"], encoding="utf-8", newline="\n")
        build(folder, work / f"{name}.index", encoder)
        found[name] = Library(work / f"{name}.index").index
    return found


class Asker:
    """Asks each question of an index as the product does, up to the numbers of the sentences."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self.encoder = encoder
        self._queries: dict[str, Query] = {}

    def query(self, question: str) -> Query:
        if question not in self._queries:
            reading = self.encoder.read_query([question])[0]
            self._queries[question] = understood(question, question, (), reading)
        return self._queries[question]

    def example(self, index: Index, row: Row, kind: str) -> Example:
        query = self.query(row["question"])
        left_out = frozenset([row["document"]] if kind == "without" else [])
        found = candidates(index, query, list(hits_of(index, rank(index, query, left_out))))
        language = found.documents[0].language
        base = background(index, self.encoder, query.language)[language]
        half = int(row["document"][:3]) % 2
        return Example((query.language, language), half, kind, found, row["answers"], row["document"], base)


def examples(asker: Asker, indexes: Mapping[str, Index]) -> Iterator[Example]:
    asked = {name: lines(PUBLIC / name / "questions.jsonl") for name in (*CORPORA, "xquad-en-on-zh")}
    english = {row["id"]: row for row in asked["xquad-en"]}
    chinese_on_english = [english[row["id"]] | {"question": row["question"]} for row in asked["xquad-zh"]]
    own = [(name, asked[name]) for name in CORPORA]
    for name, rows in [*own, ("xquad-zh", asked["xquad-en-on-zh"]), ("xquad-en", chinese_on_english)]:
        for row in rows:
            if row["question"].strip():
                yield asker.example(indexes[name], row, "own")
                yield asker.example(indexes[name], row, "without")
        print(f"{name}: {len(rows)} questions asked", file=sys.stderr)
    for name, other in [("xquad-zh", "cmrc"), ("cmrc", "xquad-zh"), ("cmrc", "xquad-en"), ("xquad-en", "cmrc")]:
        rows = [row for row in asked[other] if row["question"].strip()]
        for row in random.Random(0).sample(rows, FOREIGN):
            yield asker.example(indexes[name], row, "foreign")


class Network:
    """One hidden layer over standardised numbers."""

    def __init__(self, training: Sequence[Example]) -> None:
        random.seed(0)
        torch.manual_seed(0)
        data = [(torch.from_numpy(e.found.numbers), torch.from_numpy(e.right)) for e in training if e.kind == "own"]
        data = [(numbers, right) for numbers, right in data if right.any()]
        every = torch.cat([numbers for numbers, _ in data])
        self.mean, self.deviation = every.mean(0), every.std(0) + 1e-6
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(len(NAMES), HIDDEN),
            torch.nn.Tanh(),
            torch.nn.Dropout(DROPOUT),
            torch.nn.Linear(HIDDEN, 1, bias=False),
        )
        self._train(data)
        self.layers.eval()

    def _train(self, data: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
        """So that the sentences that hold the answer get the largest share."""
        steps = EPOCHS * (len(data) // BATCH)
        optimizer = torch.optim.AdamW(self.layers.parameters(), lr=RATE, weight_decay=DECAY)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
        for _ in range(EPOCHS):
            random.shuffle(data)
            for start in range(0, len(data) - BATCH + 1, BATCH):
                batch = data[start : start + BATCH]
                scores = self._scores(torch.cat([numbers for numbers, _ in batch]))
                parts = torch.split(scores, [len(right) for _, right in batch])
                losses = [
                    torch.logsumexp(part, 0) - torch.logsumexp(part[right], 0)
                    for part, (_, right) in zip(parts, batch, strict=True)
                ]
                optimizer.zero_grad()
                torch.stack(losses).mean().backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                schedule.step()

    def _scores(self, numbers: torch.Tensor) -> torch.Tensor:
        scores: torch.Tensor = self.layers((numbers - self.mean) / self.deviation)[:, 0]
        return scores

    def ranking(self, example: Example) -> npt.NDArray[np.float32]:
        with torch.no_grad():
            shares = torch.log_softmax(self._scores(torch.from_numpy(example.found.numbers)), 0).numpy()
        return np.asarray(SHARE * topical(example.found.numbers) + shares, np.float32)

    def record(self) -> Row:
        first, last = (self.layers.get_submodule(name) for name in "03")
        assert isinstance(first, torch.nn.Linear)
        assert isinstance(last, torch.nn.Linear)
        arrays = {
            "mean": self.mean,
            "deviation": self.deviation,
            "hidden": first.weight.T,
            "bias": first.bias,
            "out": last.weight[0],
        }
        return {name: np.round(array.detach().numpy().astype(float), 5).tolist() for name, array in arrays.items()}


def above(network: Network, example: Example) -> float:
    """The topical score of the first sentence, above the background."""
    best = int(np.argmax(network.ranking(example)))
    return float(topical(example.found.numbers)[best]) - example.background


def scales(network: Network, training: Sequence[Example]) -> dict[Pair, Scale]:
    found = {}
    for pair in sorted({example.pair for example in training}):
        of_pair = [example for example in training if example.pair == pair]
        own = np.array([above(network, example) for example in of_pair if example.kind == "own"])
        other = np.array([above(network, example) for example in of_pair if example.kind != "own"])
        begins = float(np.quantile(own, REFUSED if pair[0] == pair[1] else REFUSED_ACROSS))

        def loss(slope: float, own: Any = own, other: Any = other, begins: float = begins) -> float:
            """Of a logistic curve through the beginning (Platt, 1999), each kind counting the same."""
            kept, refused = -slope * (own - begins), slope * (other - begins)
            return float(np.logaddexp(0, kept).mean() + np.logaddexp(0, refused).mean())

        found[pair] = Scale(round(begins, 2), round(float(minimize_scalar(loss, bounds=(0.05, 3)).x), 3))
    return found


def rightly_first(network: Network, example: Example, first: int = 1) -> bool:
    """Whether one of the first excerpts holds the answer."""
    found, ranking = example.found, network.ranking(example)
    order = np.argsort(-ranking, kind="stable")
    sentences = [Sentence(found.rows[i], found.documents[i], found.spans[i], float(ranking[i])) for i in order]
    return any(any(answer in one.quote for answer in example.answers) for one in excerpts(sentences)[:first])


def report(network: Network, fitted: Mapping[Pair, Scale], test: Sequence[Example]) -> None:
    print(
        f"{'':8}{'evidence@1':>12}{'@3':>8}{'false ref.':>12}{'foreign':>9}{'without':>9}{'AUC for.':>10}{'without':>9}"
    )
    for pair, scale in fitted.items():
        of_pair = [example for example in test if example.pair == pair]
        by_kind = {
            kind: np.array([above(network, one) for one in of_pair if one.kind == kind])
            for kind in ("own", "foreign", "without")
        }
        own = [example for example in of_pair if example.kind == "own"]
        figures = [
            np.mean([rightly_first(network, example) for example in own]),
            np.mean([rightly_first(network, example, 3) for example in own]),
            *(np.mean(values < scale.begins) if len(values) else np.nan for values in by_kind.values()),
            *(_auc(by_kind["own"], by_kind[kind]) for kind in ("foreign", "without")),
        ]
        print(
            f"{'-'.join(pair):8}"
            + "".join(f"{x:{w}.3f}" for x, w in zip(figures, (12, 8, 12, 9, 9, 10, 9), strict=True))
        )


def _auc(own: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    if not len(other):
        return float("nan")
    return float(roc_auc_score([1] * len(own) + [0] * len(other), [*own, *other]))


def certainty(network: Network, fitted: Mapping[Pair, Scale], training: Iterable[Example]) -> float:
    """How often the first excerpt is right where nothing speaks against it."""
    sure = [
        example
        for example in training
        if example.kind == "own" and above(network, example) > fitted[example.pair].begins
    ]
    return round(float(np.mean([rightly_first(network, example) for example in sure])), 2)


def main() -> None:
    if not PUBLIC.is_dir():
        sys.exit(f"{PUBLIC}: the public questions are not there; put them there, or use rag/model.json as it is.")
    encoder = SentenceEncoder()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(sys.argv[1] if len(sys.argv) > 1 else scratch)
        every = list(examples(Asker(encoder), corpora(work, encoder)))
    for half in (0, 1):
        training = [example for example in every if example.half == half]
        network = Network(training)
        print(f"\nfitted to half {half}, reported on the other")
        report(network, scales(network, training), [example for example in every if example.half != half])
    network = Network(every)
    fitted = scales(network, every)
    record = {
        "fitted_to": "the public parts of XQuAD (zh, en) and CMRC 2018, by make fit",
        "encoder": encoder.fingerprint,
        "names": NAMES,
        "certain": certainty(network, fitted, every),
        "scales": {"-".join(pair): {"begins": s.begins, "slope": s.slope} for pair, s in fitted.items()},
        **network.record(),
    }
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(f"\nwritten: {FILE}, certain {record['certain']}, scales {record['scales']}")


if __name__ == "__main__":
    main()
