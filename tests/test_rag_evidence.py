"""From sentences to excerpts: which neighbours belong together, and which essays are shown."""

import re
from itertools import cycle
from string import ascii_letters

import pytest

from index.types import Document, Span
from rag.answer import select
from rag.evidence import Sentence, confidence, excerpts, log_odds
from rag.fusion import reciprocal_rank_fusion
from rag.types import Evidence

LETTERS = cycle(range(26))


def sentences(text: str, *scores: float) -> list[Sentence]:
    """A sentence for each stretch that ends in 。, best first."""
    document = Document("x.txt", text, "", "", "", "", "zh", "")
    spans = [Span(*match.span()) for match in re.finditer(r"[^。\n]+。", text)]
    found = [Sentence(row, document, *pair) for row, pair in enumerate(zip(spans, scores, strict=True))]
    return sorted(found, key=lambda sentence: -sentence.score)


def quotes(found: list[Evidence]) -> list[str]:
    return [excerpt.quote for excerpt in found]


def test_two_neighbours_that_are_both_among_the_best_are_one_excerpt() -> None:
    text = "水温不要超过八十度，这是许多人忽略的事情。水太烫的话茶叶就会发苦发涩难以入口。"
    assert quotes(excerpts(sentences(text, 3.0, 2.0))) == [text]


def test_a_sentence_that_leans_on_the_one_before_brings_it_along() -> None:
    text = "一。二。三。四。五。六。炒茶的火候只能凭手感慢慢去体会和积累。因此没有哪一本书能够把这件事真正教会给人。"
    scores = [9.0, 1.0, 8.0, 1.0, 7.0, 0.0, -1.0, 10.0]
    assert (
        quotes(excerpts(sentences(text, *scores)))[0]
        == "炒茶的火候只能凭手感慢慢去体会和积累。因此没有哪一本书能够把这件事真正教会给人。"
    )


def test_a_label_brings_what_it_labels() -> None:
    text = "水温。\n泡绿茶的水不要烧到沸腾，八十度上下正好。"
    assert quotes(excerpts(sentences(text, 3.0, -20.0))) == [text]


def test_a_line_that_announces_a_list_brings_the_first_item() -> None:
    first, gap, second = "泡好一杯绿茶要记住下面的三件事：", "\n1. ", "水不要烧到沸腾，八十度上下正好。"
    document = Document("x.txt", first + gap + second, "", "", "", "", "zh", "")
    start = len(first + gap)
    pair = [
        Sentence(0, document, Span(0, len(first)), 2.0),
        Sentence(1, document, Span(start, start + len(second)), -9.0),
    ]
    assert quotes(excerpts(pair)) == [document.text]


def test_nothing_is_joined_across_an_image_or_a_paragraph() -> None:
    for gap in ("![图](a.png)", "\n\n"):
        first, second = "泡绿茶的水不要烧到沸腾，八十度上下正好。", "好茶不必贵，新鲜最要紧，隔年的茶不如不喝。"
        document = Document("x.txt", first + gap + second, "", "", "", "", "zh", "")
        start = len(first + gap)
        pair = [
            Sentence(0, document, Span(0, len(first)), 2.0),
            Sentence(1, document, Span(start, start + len(second)), 1.0),
        ]
        assert quotes(excerpts(pair)) == [first, second]


def test_no_excerpt_grows_beyond_300_characters() -> None:
    first, second = "甲" * 199 + "。", "乙" * 199 + "。"
    assert quotes(excerpts(sentences(first + second, 2.0, 1.0))) == [first, second]


def evidence(name: str, score: float, documents: dict[str, Document], place: int | None = None) -> Evidence:
    """An excerpt of one letter, another one each time unless the test says which."""
    document = documents.setdefault(name, Document(name, ascii_letters, "", "", "", "", "zh", ""))
    start = next(LETTERS) if place is None else place
    return Evidence(document, Span(start, start + 1), confidence(score))


def test_a_narrow_question_shows_the_best_few_and_no_essay_that_is_much_worse() -> None:
    documents: dict[str, Document] = {}
    found = [evidence("a", 8, documents), evidence("a", 7, documents), evidence("a", 6, documents)]
    found += [evidence("b", 5.5, documents), evidence("c", 1, documents)]
    assert [e.document.name for e in select(found, to_everyone=False)] == ["a", "a", "a", "b"]


def test_a_question_to_everyone_shows_every_essay_with_a_word_on_it() -> None:
    documents: dict[str, Document] = {}
    found = [evidence(name, score, documents) for name, score in (("a", 8), ("b", 2), ("c", 1), ("d", -2), ("e", -9))]
    assert [e.document.name for e in select(found, to_everyone=True)] == ["a", "b", "c", "d"]


def test_confidence_and_log_odds_are_each_other_s_inverse() -> None:
    for value in (-20.0, -1.0, 0.0, 3.0):
        assert log_odds(confidence(value)) == pytest.approx(value)
    assert 0 <= confidence(-1e9) < 1e-9 < confidence(0) < confidence(1e9) < 1  # the first excerpt is never certain


def test_fusion_prefers_what_both_legs_found_and_an_empty_leg_has_no_say() -> None:
    assert reciprocal_rank_fusion([[1, 2], [2, 3]])[0][0] == 2
    assert [row for row, _ in reciprocal_rank_fusion([[4, 5, 6], []])] == [4, 5, 6]


def test_the_same_words_in_a_second_file_are_cited_once() -> None:
    documents: dict[str, Document] = {}
    found = [evidence("a", 8, documents, 1), evidence("copy", 8, documents, 1), evidence("b", 7, documents, 2)]
    assert [e.document.name for e in select(found, to_everyone=True)] == ["a", "b"]
