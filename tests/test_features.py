"""What ranks the sentences: the numbers are finite and mean what their names say."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from rag.background import background
from rag.features import KINDS, NAMES, Candidates, candidates
from rag.model import FILE, fitted, topical
from rag.query import understand
from rag.retrieve import hits_of, rank
from tests.conftest import WordCountEncoder

Found = Callable[[str], Candidates]


@pytest.fixture
def found(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Found:
    build(essays, tmp_path / "index", fake_encoder)
    index = Library(tmp_path / "index").index

    def of(question: str) -> Candidates:
        query = understand(question, fake_encoder, index.passage_terms)
        return candidates(index, query, list(hits_of(index, rank(index, query))))

    return of


def column(candidates: Candidates, name: str) -> dict[str, float]:
    values = candidates.numbers[:, NAMES.index(name)]
    texts = [d.text[start:end] for d, (start, end) in zip(candidates.documents, candidates.spans, strict=True)]
    return dict(zip(texts, values.tolist(), strict=True))


@pytest.mark.parametrize("question", ["水太烫的茶", "茶", "？", "zebra", "bread 面包 Bread", "a" * 500])
def test_every_sentence_has_a_row_of_finite_numbers(found: Found, question: str) -> None:
    of = found(question)
    assert of.numbers.shape == (len(of.rows), len(NAMES)) == (len(of.spans), len(NAMES))
    assert np.isfinite(of.numbers).all()


def test_the_sentence_with_the_words_matches_best(found: Found) -> None:
    of = found("水太烫 茶叶会发苦")
    for name in ("sentence", "words", "match", "contrast"):
        values = column(of, name)
        assert "发苦" in max(values, key=lambda text: values[text]), name
    for name in ("behind", "behind_match"):
        assert min(column(of, name).values()) == 0


@pytest.mark.parametrize(
    ("kind", "question", "has", "has_not"),
    [
        (0, "一共有多少种？", "共有 12 种。", "种类繁多。"),
        (0, "How many kinds are there?", "There are twelve.", "There are others."),
        (1, "是哪一年发表的？", "发表于 1998 年。", "发表在学报上。"),
        (1, "When was it built?", "It was built in May 1887.", "It was built of stone."),
        (2, "为什么会失败？", "这是因为方向错了。", "他失败了两次。"),
        (2, "Why did it fail?", "It failed because of the rain.", "It failed twice."),
        (3, "有哪些方法？", "有剪枝、量化、蒸馏三种。", "方法很好。"),
        (3, "What are the methods?", "They use pruning, distillation, and others, such as these.", "They work."),
    ],
)
def test_what_a_question_asks_for_is_recognised(kind: int, question: str, has: str, has_not: str) -> None:
    asks, holds = KINDS[kind]
    assert asks.search(question)
    assert not asks.search("他们怎么看数据质量？ What do they think of it?")
    assert holds.search(has)
    assert not holds.search(has_not)


def test_unrelated_questions_score_lower_than_related_ones(seeds_index: Path, encoder: SentenceEncoder) -> None:
    index = Library(seeds_index).index
    base = background(index, encoder, "zh")
    assert set(base) == {"zh"}
    query = understand("李沐怎么看数据质量？", encoder, index.passage_terms)
    scores = topical(candidates(index, query, list(hits_of(index, rank(index, query)))).numbers)
    assert scores.max() > base["zh"] + 5
    assert background(index, encoder, "zh") is base  # measured once an index


def test_the_model_was_fitted_to_these_numbers() -> None:
    assert json.loads(FILE.read_text(encoding="utf-8"))["names"] == list(NAMES)
    model = fitted()
    assert set(model.scales) == {(a, b) for a in ("zh", "en") for b in ("zh", "en")}
    assert 0.5 < model.certain < 1
    assert all(scale.begins > 0 and scale.slope > 0 for scale in model.scales.values())
