"""What was typed, in whatever script, width or spelling, becomes what the index can be asked."""

from pathlib import Path

import numpy as np
import pytest

from index.build import build
from index.encoder import SentenceEncoder
from index.lexical import LexicalIndex
from index.library import Library
from index.store import load
from index.terms import terms_of
from rag.answer import ask, inquire
from rag.query import understand
from rag.types import Correction
from tests.conftest import WordCountEncoder, lexical_index

ESSAYS = [
    "Prefix tuning and LoRA adapt a Transformer.",
    "DeepSeek 与 LLaMA 的数据质量。",
    "A Transformer reads prefixes.",
]


@pytest.fixture
def lexical() -> LexicalIndex:
    return lexical_index([terms_of(text) for text in ESSAYS])


@pytest.mark.parametrize(
    ("question", "corrections", "terms"),
    [
        ("什么是 pefix tuning？", [("pefix", "prefix")], ["prefix", "tuning"]),
        ("ｐｅｆｉｘ tuning", [("ｐｅｆｉｘ", "prefix")], ["prefix", "tuning"]),
        ("PEFIX-tuning", [("PEFIX", "prefix")], ["prefix", "tuning"]),
        (
            "Tranformer和DeepSeak",
            [("Tranformer", "transformer"), ("DeepSeak", "deepseek")],
            ["transformer", "deepseek"],
        ),
        ("tranformer, tranformer?", [("tranformer", "transformer")], ["transformer"]),
    ],
)
def test_a_misspelt_name_is_read_as_the_essays_spell_it(
    lexical: LexicalIndex, question: str, corrections: list[tuple[str, str]], terms: list[str]
) -> None:
    encoder = WordCountEncoder()
    read_as = question
    for typed, term in corrections:
        read_as = read_as.replace(typed, term)
    query = understand(question, encoder, lexical)
    assert query.question == question
    assert query.corrections == tuple(Correction(*pair) for pair in corrections)
    assert [term for term in query.terms if term.isascii()] == terms
    assert np.array_equal(query.vector, encoder.encode_query([read_as])[0])


@pytest.mark.parametrize(
    "question",
    [
        *(
            "Prefix tuning",
            "ＬｏＲＡ　微调",
            "LLaMa2 怎么样？",
            "数据质量",
            "数据",
            "數據",
            "Which teams lost the game?",
        ),
        *("How do I grow tomatoes?", "https://example.org/tranformer2", "pefix3 x_tranformer", "what is a rank", ""),
    ],
)
def test_any_other_question_is_taken_as_it_was_typed(lexical: LexicalIndex, question: str) -> None:
    query = understand(question or "?", WordCountEncoder(), lexical)
    assert query.corrections == ()
    assert query.terms == tuple(dict.fromkeys(terms_of(question)))


def test_an_index_without_words_corrects_nothing() -> None:
    assert understand("pefix", WordCountEncoder(), lexical_index([])).corrections == ()


def test_an_answer_to_a_misspelt_question_is_that_to_the_right_one_and_says_so(library: Library) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    typed, meant = (ask(index, encoder, f"{name}微调怎么样？") for name in ("Tranformer", "transformer"))
    assert typed.corrections == (Correction("Tranformer", "transformer"),)
    assert meant.corrections == ()
    assert [citation.quote for citation in typed.citations] == [citation.quote for citation in meant.citations]
    assert typed.question == "Tranformer微调怎么样？"


@pytest.mark.parametrize(
    ("one", "other"),
    [("數據質量", "数据质量"), ("ＬｏＲＡ　微调", "LoRA 微调"), ("lora微調", "LoRA 微调"), ("數據", "数据")],
)
def test_width_case_and_script_of_a_question_find_the_same_words(library: Library, one: str, other: str) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    found = [inquire(index, encoder, question).ranking.lexical for question in (one, other)]
    assert found[0] == found[1] != []


@pytest.mark.parametrize("question", ["What makes a good colleague?", "Who trains employees?", "？", "的"])
def test_a_leg_with_nothing_to_say_leaves_the_other_s_order(library: Library, question: str) -> None:
    index = library.index
    ranking = inquire(index, library.encoder_of(index), question).ranking
    assert list(ranking.lexical) == []
    assert [row for row, _ in ranking.fused] == list(ranking.dense) != []


OF_BREAD = {
    "en": "A loaf needs a slow rise overnight.",
    "zh": "面包要慢慢发酵一整夜。",
}
OF_ROSES = {
    "en": "Cut the roses back in early spring.",
    "zh": "早春时要给玫瑰剪枝。",
}


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("面包要发酵多久？", "en"),
        ("麵包要發酵多久？", "en"),
        ("How long should bread dough rise?", "zh"),
        ("麵包要發酵多久？", "zh"),
    ],
)
def test_a_question_in_another_language_or_script_finds_its_essay(
    tmp_path: Path, encoder: SentenceEncoder, question: str, language: str
) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    (seeds / "bread.txt").write_text(OF_BREAD[language], encoding="utf-8")
    (seeds / "roses.txt").write_text(OF_ROSES[language], encoding="utf-8")
    build(seeds, tmp_path / "index", encoder)
    hits = inquire(load(tmp_path / "index"), encoder, question).hits
    assert [hit.passage.document.name for hit in hits.values()] == ["bread.txt", "roses.txt"]
