"""A misspelt name is read as the one that the essays have; a word that is merely absent is left alone."""

import random
import string
import time

import pytest

from index.spelling import nearest_term

NAMES = ["prefix", "tuning", "transformer", "deepseek", "llama", "lora", "qwen", "mistral", "resnet", "team", "loss"]
NAMES += ["bank", "quality", "attention", "prediction", "zhang", "huang", "embedding", "hallucination", "boeing"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("pefix", "prefix"),
        ("preffix", "prefix"),
        ("perfix", "prefix"),
        ("tranformer", "transformer"),
        ("trasnformer", "transformer"),
        ("tranfomer", "transformer"),
        ("deepseak", "deepseek"),
        ("qewn", "qwen"),
        ("halucinaton", "hallucination"),
    ],
)
def test_a_slip_is_read_as_the_name_it_is_a_slip_of(typed: str, meant: str) -> None:
    assert nearest_term(typed, NAMES) == meant


@pytest.mark.parametrize(
    "word",
    [
        *("lose", "rank", "tomatoes", "cats", "react", "steam", "teams", "equality", "intention", "production"),
        *("mixtral", "transnormer", "deepspeed", "zheng", "hang", "jllama", "llms", "embeddings", "embedded"),
        *("being", "blockchain", "quen"),
    ],
)
def test_a_word_or_a_name_of_its_own_is_left_alone(word: str) -> None:
    assert nearest_term(word, NAMES) is None


def test_of_equally_near_terms_the_first_is_taken() -> None:
    assert nearest_term("tokenzer", ["tokenizer", "tokenazer"]) == "tokenizer"
    assert nearest_term("tokenzer", ["tokenazer", "tokenizer"]) == "tokenazer"


def test_a_vocabulary_of_fifty_thousand_takes_no_noticeable_time() -> None:
    letters = random.Random(1)
    vocabulary = ["p" + "".join(letters.choices(string.ascii_lowercase, k=8)) for _ in range(50_000)]
    start = time.process_time()
    for _ in range(10):
        assert nearest_term("prefixtunning", vocabulary) is None
    assert (time.process_time() - start) / 10 < 0.1  # some milliseconds, on a machine that does other things too
