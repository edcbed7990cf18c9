"""Questions to cited answers, on the sample essays with the real encoder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from index.encoder import SentenceEncoder
from index.library import Library
from index.sentences import LONGEST
from index.types import Span
from rag.answer import THRESHOLD, ask, by_essay
from rag.query import BadQuestion, clean
from rag.scope import Scope
from rag.types import Answer

Ask = Callable[[str], Answer]


@pytest.fixture
def answer_to(library: Library) -> Ask:
    def answer(question: str) -> Answer:
        index = library.index
        return ask(index, library.encoder_of(index), question)

    return answer


def test_all_authors_are_heard_on_data_quality_in_chinese(answer_to: Ask) -> None:
    answer = answer_to("这些作者怎么看数据质量？")
    assert answer.answered
    assert len(by_essay(answer.citations)) == 5
    assert answer.text.startswith("摘自 5 篇文章：")


def test_and_most_of_them_in_english(answer_to: Ask) -> None:
    answer = answer_to("What do these authors think about data quality?")
    assert len(by_essay(answer.citations)) >= 4
    assert answer.text.startswith("Excerpts from ")


@pytest.mark.parametrize(
    "question",
    [
        "北京今天的天气怎么样？",
        "法国大革命是哪一年开始的？",
        "What do the authors recommend for growing tomatoes on a balcony?",
        "🙂🙂",
        "!?",
        "啊",
    ],
)
def test_silence_where_the_essays_do_not_say(answer_to: Ask, question: str) -> None:
    answer = answer_to(question)
    assert not answer.answered
    assert answer.citations == ()
    assert len(answer.nearest) == 3
    assert [hit.rank for hit in answer.nearest] == [1, 2, 3]


@pytest.mark.parametrize(
    "question",
    ["这些作者怎么看数据质量？", "What is said about agents?", "數據質量", "ＬｏＲＡ　微调", "预训练和后训练"],
)
def test_every_excerpt_is_exact_short_and_better_than_the_next(answer_to: Ask, question: str) -> None:
    citations = answer_to(question).citations
    assert citations
    assert [citation.n for citation in citations] == list(range(1, len(citations) + 1))
    assert [citation.score for citation in citations] == sorted((c.score for c in citations), reverse=True)
    for citation in citations:
        assert citation.document.text[citation.start : citation.end] == citation.quote
        assert 0 < len(citation.quote) <= LONGEST
        assert 0 <= citation.score <= 1
        for piece in citation.document.furniture:
            assert citation.end <= piece.start or citation.start >= piece.end


def test_the_text_marks_each_excerpt_with_its_number(answer_to: Ask) -> None:
    answer = answer_to("这些作者怎么看数据质量？")
    for citation in answer.citations:
        assert f"“{citation.quote}” [{citation.n}]" in answer.text


@pytest.mark.parametrize("question", ["这些作者怎么看数据质量？", "北京今天的天气怎么样？", "？！……", "zebra"])
def test_the_confidence_says_whether_there_is_an_answer(answer_to: Ask, question: str) -> None:
    answer = answer_to(question)
    assert 0 <= answer.confidence <= 1
    assert answer.answered == (answer.confidence >= THRESHOLD)


def test_an_essay_that_may_not_be_read_is_not_cited(library: Library) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    question = "李沐怎么看数据质量？"
    assert ask(index, encoder, question).citations[0].document.name == "li-mu-talk.md"
    without = ask(index, encoder, question, readable=lambda name: name != "li-mu-talk.md")
    assert all(citation.document.name != "li-mu-talk.md" for citation in without.citations)
    assert all(hit.passage.document.name != "li-mu-talk.md" for hit in without.nearest)


def test_an_empty_index_says_that_it_is_empty(tmp_path: Path, encoder: SentenceEncoder) -> None:
    from index.build import build

    (tmp_path / "essays").mkdir()
    build(tmp_path / "essays", tmp_path / "index", encoder)
    answer = ask(Library(tmp_path / "index").index, encoder, "有人吗？")
    assert (answer.answered, answer.text, answer.nearest) == (False, "索引里还没有文章。", ())


@pytest.mark.parametrize("question", ["", "   ", "\n\t", "\x00\x01\x1b", "\u2028"])
def test_nothing_asked_is_one_clear_line(question: str) -> None:
    with pytest.raises(BadQuestion, match="The question is empty; ask something"):
        clean(question)


def test_a_question_of_100_000_characters_is_one_clear_line() -> None:
    with pytest.raises(BadQuestion, match="100,000 characters; ask it in at most 2,000"):
        clean("问" * 100_000)


def test_a_lone_surrogate_and_control_characters_are_cleaned_away() -> None:
    assert clean("数据\x00质量\ud800？\r\n") == "数据 质量?？"


def test_a_removed_long_essay_keeps_no_place_from_a_short_one(tmp_path: Path, encoder: SentenceEncoder) -> None:
    from index.build import build

    essays = tmp_path / "essays"
    essays.mkdir()
    sections = "".join(f"## 第{n}节\n\n泡绿茶的水温是第{n}个要紧的问题，水温不能太高。\n\n" for n in range(230))
    (essays / "long.md").write_text(sections, encoding="utf-8")
    (essays / "short.md").write_text("泡绿茶的水温以八十度为宜，再高茶叶就会发苦。\n", encoding="utf-8")
    build(essays, tmp_path / "index", encoder)
    index = Library(tmp_path / "index").index
    answer = ask(index, encoder, "泡绿茶的水温多少合适？", readable=lambda name: name != "long.md")
    assert [citation.document.name for citation in answer.citations] == ["short.md"]


def test_only_the_essays_in_scope_are_asked(library: Library) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    question = "这些作者怎么看数据质量？"
    everyone = set(by_essay(ask(index, encoder, question).citations))
    for scope in (
        Scope(authors=("李沐",)),
        Scope(essays=("li-mu-talk.md",)),
        Scope(without=tuple(everyone - {"li-mu-talk.md"})),
    ):
        answer = ask(index, encoder, question, scope=scope)
        assert set(by_essay(answer.citations)) == {"li-mu-talk.md"}
    dated = {document.name for document in index.documents if document.date >= "2024-08"}
    assert set(by_essay(ask(index, encoder, question, scope=Scope(since="2024-08")).citations)) <= dated
    nobody = ask(index, encoder, question, scope=Scope(authors=("Nobody",)))
    assert (nobody.answered, nobody.nearest) == (False, ())


def test_what_is_known_is_not_cited_again(library: Library) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    question = "这些作者怎么看数据质量？"
    first = ask(index, encoder, question).citations
    known = [(citation.document.name, Span(citation.start, citation.end)) for citation in first]
    more = ask(index, encoder, question, known=known).citations
    assert more
    for citation in more:
        for name, span in known:
            assert citation.document.name != name or citation.end <= span.start or citation.start >= span.end


def test_what_is_known_is_not_shown_as_near_either(library: Library) -> None:
    index = library.index
    encoder = library.encoder_of(index)
    question = "怎么做红烧肉？"
    near = ask(index, encoder, question).nearest
    (first, *_) = near
    seen = [(first.passage.document.name, first.passage.sentences[0])]
    fewer = ask(index, encoder, question, known=seen)
    assert not fewer.answered
    assert first.passage not in [hit.passage for hit in fewer.nearest]
    assert [hit.passage for hit in fewer.nearest][: len(near) - 1] == [hit.passage for hit in near[1:]]
