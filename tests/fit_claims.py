"""`python -m tests.fit_claims`: fits rag/support.json to sentences made of the public parts of XQuAD and CMRC."""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from index.documents import language_of
from index.encoder import SentenceEncoder
from index.sentences import sentences_of
from index.tokens import centre_of
from index.types import Document, Span
from rag.claims import Checker
from rag.support import FILE, NAMES, Model, Numbers, Said, Source, expanded, model_of, numbers, said, source_of
from rag.types import Citation
from tests.bench import PUBLIC

# Kinds that the model is fitted to; a sentence with a wrong name or number is its neighbours' work.
FITTED = ("statement", "shortened", "reordered", "translation", "neighbour", "topic", "added", "translation of another")
CAUGHT, TOUCHED = 0.95, 0.75  # shares of each kind of what is not said that lie below the scores to reach
REPORTED = 80
FEW = 30  # of fewer no share is taken

Row = dict[str, Any]

_ASKED = re.compile(
    r"(?<!为)什么时候|何时|(?:在|于)?哪一?[年天]|多少|哪(?:一?[个位种家座支项部所条本]|些|里)|(?<!为)什么|谁|几(?=[个位种次年名])"
)
_STATED = re.compile(r"What (is|was|are|were) ((?:the|a|an) [^?]+)\?$")


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence, and an excerpt that says it or does not."""

    kind: str
    good: bool
    claim: str
    citation: Citation
    half: int


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph and its sentences."""

    document: Document
    spans: tuple[Span, ...]

    @property
    def half(self) -> int:
        return int(self.document.name[:3]) % 2

    @property
    def article(self) -> str:
        return self.document.name[:3]

    def citation(self, i: int) -> Citation:
        start, end = self.spans[i]
        return Citation(1, self.document, start, end, self.document.text[start:end], 1.0)

    def sentence(self, i: int) -> str:
        return self.citation(i).quote


def rows(name: str, kind: str) -> list[Row]:
    lines = (PUBLIC / name / f"{kind}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


def texts(name: str) -> dict[str, Text]:
    found = {}
    for row in rows(name, "corpus"):
        document = Document(row["document"], row["text"], "", "", "", "", "en" if name == "xquad-en" else "zh", "")
        spans = [span for start, end in _lines(row["text"]) for span in sentences_of(row["text"], Span(start, end))]
        found[row["document"]] = Text(document, tuple(spans))
    return found


def _lines(text: str) -> Iterator[tuple[int, int]]:
    return (match.span() for match in re.finditer(r"[^\n]+", text))


def stated(question: str, answer: str) -> str:
    """A question and its answer as one sentence; "" where no simple rule makes one."""
    question = question.strip()
    if re.search(r"[\u4e00-\u9fff]", question):
        at = _ASKED.search(question)
        if not at or "为什么" in question or "为何" in question or "怎" in question:
            return ""
        rest = re.sub(r"[？?。\s]+$", "", question[at.end() :])
        if rest[:1] and rest[:1] == answer[-1:]:
            rest = rest[1:]
        return f"{question[: at.start()]}{answer}{rest}。"
    if question.startswith("Who "):
        return f"{answer} {question[4:].rstrip('? ')}."
    match = _STATED.match(question)
    return f"{match[2][0].upper()}{match[2][1:]} {match[1]} {answer}." if match else ""


def holding(text: Text, claim: str, answer: str) -> int | None:
    """The sentence that a question and its answer were made from: of those that have the answer, the likest."""
    having = [i for i in range(len(text.spans)) if answer in text.sentence(i)]
    letters = set(claim)
    return max(having, key=lambda i: len(letters & set(text.sentence(i))), default=None)


def clauses(sentence: str) -> list[str]:
    return [part for part in re.split(r"(?:(?<=[，；;])|(?<=,)(?!\d))\s*", sentence) if part.strip()]


def shortened(sentence: str, dice: random.Random) -> str:
    """Without one of its clauses."""
    parts = clauses(sentence)
    if len(parts) < 3:
        return ""
    gone = dice.randrange(1, len(parts))
    joined = "" if re.search(r"[\u4e00-\u9fff]", sentence) else " "
    return joined.join(part for i, part in enumerate(parts) if i != gone)


def reordered(sentence: str, dice: random.Random) -> str:
    parts = [part.rstrip("，,；;。. ") for part in clauses(sentence)]
    if len(parts) < 2:
        return ""
    chinese = bool(re.search(r"[\u4e00-\u9fff]", sentence))
    dice.shuffle(parts)
    return ("，" if chinese else ", ").join(parts) + ("。" if chinese else ".")


def negated(sentence: str, dice: random.Random) -> str:
    """With one negation less, or one more."""
    chinese = bool(re.search(r"[\u4e00-\u9fff]", sentence))
    dropped = re.compile(
        r"(?<![\u4e00-\u9fff]不)(?:并不|不(?=[会能是存需再得必])|没有(?=[\u4e00-\u9fff]))" if chinese else r" not(?= )"
    )
    if dropped.search(sentence):
        return dropped.sub("", sentence, count=1)
    places = list(
        re.finditer(
            r"(?<=[\u4e00-\u9fff])(?=能够|可以|会(?![议员])|是(?!否))"
            if chinese
            else r"(?<= is )|(?<= was )|(?<= are )|(?<= will )|(?<= can )",
            sentence,
        )
    )
    if not places:
        return ""
    at = dice.choice(places).start()
    return f"{sentence[:at]}{'不' if chinese else 'not '}{sentence[at:]}"


def own(name: str, dice: random.Random) -> Iterator[Example]:
    """Of one language: what is said, and what is nearly."""
    found = texts(name)
    by_article: dict[str, list[Text]] = {}
    for text in found.values():
        by_article.setdefault(text.article, []).append(text)
        for i in range(len(text.spans)):
            sentence = text.sentence(i)
            yield Example("shortened", True, shortened(sentence, dice), text.citation(i), text.half)
            yield Example("reordered", True, reordered(sentence, dice), text.citation(i), text.half)
            yield Example("negated", False, negated(sentence, dice), text.citation(i), text.half)
            others = [j for j in range(len(text.spans)) if j != i]
            if others:
                added = dice.choice(clauses(text.sentence(dice.choice(others))))
                mark = "，" if name != "xquad-en" else ", "
                yield Example("added", False, f"{sentence.rstrip('。.')}{mark}{added}", text.citation(i), text.half)
    answers: dict[str, list[str]] = {}
    for row in rows(name, "questions"):
        answers.setdefault(row["document"][:3], []).append(row["answers"][0])
    for row in rows(name, "questions"):
        text, answer = found[row["document"]], row["answers"][0]
        claim = stated(row["question"], answer) if len(answer) <= 40 else ""
        at = holding(text, claim, answer)
        if not claim or at is None:
            continue
        yield Example("statement", True, claim, text.citation(at), text.half)
        near = [j for j in (at - 1, at + 1) if 0 <= j < len(text.spans) and answer not in text.sentence(j)]
        if near:
            yield Example("neighbour", False, claim, text.citation(dice.choice(near)), text.half)
        elsewhere = [other for other in by_article[text.article] if other is not text and other.spans]
        if elsewhere:
            other = dice.choice(elsewhere)
            j = max(range(len(other.spans)), key=lambda j: len(set(claim) & set(other.sentence(j))))
            yield Example("topic", False, claim, other.citation(j), text.half)
        figures = bool(re.search(r"\d", answer))
        swaps = [
            a
            for a in answers[text.article]
            if a not in text.sentence(at)
            and bool(re.search(r"\d", a)) == figures
            and 1 < len(a) <= 20
            and a not in answer
        ]
        if swaps and len(answer) <= 20:
            other_answer = dice.choice(swaps)
            wrong = stated(row["question"], other_answer)
            yield Example("number" if figures else "entity", False, wrong, text.citation(at), text.half)


def across(dice: random.Random) -> Iterator[Example]:
    """A sentence in one language, an excerpt in the other."""
    sides = texts("xquad-zh"), texts("xquad-en")
    for name in sides[0]:
        pair = sides[0][name], sides[1][name]
        if len(pair[0].spans) != len(pair[1].spans) or len(pair[0].spans) < 2:
            continue
        for i in range(len(pair[0].spans)):
            for here, there in (pair, pair[::-1]):
                near = dice.choice([j for j in (i - 1, i + 1) if 0 <= j < len(here.spans)])
                yield Example("translation", True, here.sentence(i), there.citation(i), here.half)
                yield Example("translation of another", False, here.sentence(i), there.citation(near), here.half)
    english = {row["id"]: row for row in rows("xquad-en", "questions")}
    for row in rows("xquad-zh", "questions"):
        same = english[row["id"]]
        for asked, essays, held in ((row, sides[1], same), (same, sides[0], row)):
            claim = stated(asked["question"], asked["answers"][0])
            other_text = essays[held["document"]]
            having = [i for i in range(len(other_text.spans)) if held["answers"][0] in other_text.sentence(i)]
            if claim and len(having) == 1 and len(other_text.spans) > 1:
                near = dice.choice([j for j in (having[0] - 1, having[0] + 1) if 0 <= j < len(other_text.spans)])
                yield Example("statement", True, claim, other_text.citation(having[0]), other_text.half)
                yield Example("neighbour", False, claim, other_text.citation(near), other_text.half)


def examples() -> list[Example]:
    dice = random.Random(0)
    found = [*own("xquad-zh", dice), *own("xquad-en", dice), *own("cmrc", dice), *across(dice)]
    many = ("shortened", "reordered", "added", "negated")  # a fifth of these will do
    return [e for e in found if len(e.claim) > 5 and (e.kind not in many or dice.random() < 0.2)]


def kind_of(example: Example) -> str:
    return "same" if language_of(example.claim) == language_of(example.citation.quote) else "across"


class Readings:
    """Each text read once."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder, self._centre = encoder, centre_of(encoder)
        self._sources: dict[tuple[str, str], Source] = {}
        self._said: dict[str, Said] = {}

    def numbers(self, example: Example) -> Numbers:
        """(clauses, numbers)"""
        key = example.citation.document.text, example.citation.quote
        if key not in self._sources:
            self._sources[key] = source_of(example.citation, example.citation.quote, self._encoder, self._centre)
        if example.claim not in self._said:
            self._said[example.claim] = said(example.claim, self._encoder, self._centre)
        return numbers(self._said[example.claim], [self._sources[key]])


def telling(example: Example, clauses: Numbers) -> Numbers:
    """The clauses that are as good or bad as the sentence: of one to which something was added, only the last."""
    if example.kind != "added":
        return clauses
    return clauses[-1:] if len(clauses) > 1 else clauses[:0]


def fit(training: Sequence[Example], read: Mapping[int, Numbers]) -> dict[str, Row]:
    """`read`: the numbers of each example, by its id."""
    return {kind: _fit([e for e in training if kind_of(e) == kind], read) for kind in ("same", "across")}


def _fit(training: Sequence[Example], read: Mapping[int, Numbers]) -> Row:
    training = [example for example in training if example.kind in FITTED]
    parts = [telling(example, read[id(example)]) for example in training]
    counts = [len(part) for part in parts]
    clauses = np.concatenate(parts)
    good = np.repeat([example.good for example in training], counts)
    kinds = np.repeat([example.kind for example in training], counts)
    weights = np.array(
        [1 / np.count_nonzero((kinds == kind) & (good == is_good)) for kind, is_good in zip(kinds, good, strict=True)]
    )
    for is_good in (True, False):
        weights[good == is_good] *= 1000 / weights[good == is_good].sum()
    mean, deviation = clauses.mean(axis=0), clauses.std(axis=0) + 1e-6
    raw = expanded((clauses - mean) / deviation)
    spread = raw.std(axis=0) + 1e-6  # so that all weights are kept equally small
    regression = LogisticRegression(C=0.1, max_iter=5000).fit(raw / spread, good, sample_weight=weights)
    values: Row = {
        "mean": mean.tolist(),
        "deviation": deviation.tolist(),
        "weights": (regression.coef_[0] / spread).tolist(),
        "bias": float(regression.intercept_[0]),
    }
    bad = [example for example in training if not example.good]
    scores = model_of(values | {"says": {}, "touches": {}}).scores
    for name, share in (("says", CAUGHT), ("touches", TOUCHED)):
        values[name] = {}
        for language in ("zh", "en"):
            by_kind: dict[str, list[float]] = {}
            for example in bad:
                if language_of(example.claim) == language:
                    by_kind.setdefault(example.kind, []).append(float(scores(read[id(example)]).min()))
            values[name][language] = max(
                float(np.quantile(of_kind, share)) for of_kind in by_kind.values() if len(of_kind) >= FEW
            )
    return values


def report(fitted: Mapping[str, Model], test: Sequence[Example], encoder: SentenceEncoder) -> None:
    """By what the whole checker says, of each kind as many as is worth the time."""
    groups: dict[tuple[str, str, bool], list[Example]] = {}
    for example in test:
        pair = f"{language_of(example.claim)}-{language_of(example.citation.quote)}"
        groups.setdefault((pair, example.kind, example.good), []).append(example)
    test = [e for of_kind in groups.values() for e in random.Random(0).sample(of_kind, min(REPORTED, len(of_kind)))]
    outcomes: dict[tuple[str, str, bool], list[str]] = {}
    for example in test:
        citation = example.citation
        checker = Checker([citation], [citation.document], encoder, models=fitted)
        claim = checker.check(f"{example.claim}[1]")
        pair = f"{language_of(example.claim)}-{language_of(citation.quote)}"
        outcomes.setdefault((pair, example.kind, example.good), []).append(claim.fault)
    print(f"{'':8}{'kind':26}{'':8}{'n':>6}{'right':>8}   faults")
    for (pair, kind, good), faults in sorted(outcomes.items()):
        right = sum((fault == "") == good for fault in faults) / len(faults)
        by = ", ".join(f"{fault} {n / len(faults):.2f}" for fault, n in Counter(filter(None, faults)).most_common())
        print(f"{pair:8}{kind:26}{'good' if good else 'bad':8}{len(faults):6}{right:8.3f}   {by}")


def main() -> None:
    if not PUBLIC.is_dir():
        sys.exit(f"{PUBLIC}: the public questions are not there; put them there, or use rag/support.json as it is.")
    encoder = SentenceEncoder()
    every = examples()
    readings = Readings(encoder)
    read = {id(example): readings.numbers(example) for example in every}
    print(f"{len(every)} sentences read", file=sys.stderr, flush=True)
    for half in (0, 1):
        values = fit([example for example in every if example.half == half], read)
        print(f"\nfitted to half {half}, reported on the other")
        models = {kind: model_of(of_kind) for kind, of_kind in values.items()}
        print({kind: of_kind["says"] for kind, of_kind in values.items()})
        report(models, [example for example in every if example.half != half], encoder)
    record = {
        "fitted_to": "sentences made of the public parts of XQuAD and CMRC 2018, by python -m tests.fit_claims",
        "encoder": encoder.fingerprint,
        "names": NAMES,
        **_rounded(fit(every, read)),
    }
    FILE.write_text(json.dumps(record) + "\n", encoding="utf-8")
    print(f"\nwritten: {FILE}")


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(of_key) for key, of_key in value.items()}
    if isinstance(value, list):
        return [_rounded(one) for one in value]
    return round(value, 5) if isinstance(value, float) else value


if __name__ == "__main__":
    main()
