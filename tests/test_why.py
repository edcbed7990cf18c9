"""Why an expected sentence is not in the answer: every step that can lose one, and the reason that is given."""

import copy
import re
from collections.abc import Callable
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest

from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from index.scan import read_corpus
from index.types import Document, Span
from rag import words
from rag.answer import FURTHER, OF_ONE_ESSAY, THRESHOLD, Inquiry, ask, inquire, judge, select
from rag.evidence import confidence
from rag.loss import Place, loss_of
from rag.query import BadQuestion
from rag.scope import Scope
from rag.types import Evidence
from rag.why import BadSentence, NotInCorpus, Trace, why

QUESTION = "数据质量重要吗？"
TEA = "泡绿茶的水温要多少度？"
Why = Callable[..., Trace]


@pytest.fixture
def trace(library: Library, encoder: SentenceEncoder) -> Why:
    """Why, on the sample essays."""
    return partial(why, library.index, encoder)


def trace_in(library: Library, encoder: SentenceEncoder) -> Why:
    """Why, as the command and the page ask it."""
    index = library.index
    return partial(
        why,
        index,
        encoder,
        readable=lambda document: library.is_current(index, document),
        files=lambda: library.files_of(index),
    )


@pytest.fixture(scope="module")
def garden(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Library:
    """What is said twice, a heading, a footer, and more passages than are looked at; not to be changed."""
    folder = tmp_path_factory.mktemp("garden")
    (folder / "essays").mkdir()
    (folder / "essays" / "tea.md").write_text(
        "---\ntitle: 论茶\n---\n\n## 水温\n\n泡绿茶的水温不要超过八十度。水太烫，茶叶会发苦。\n\n"
        "![一张图](a.png)\n\n好茶不必贵，新鲜最要紧。\n\n扫描二维码关注我们\n",
        encoding="utf-8",
    )
    (folder / "essays" / "copy.txt").write_text("抄来的一句：泡绿茶的水温不要超过八十度。\n", encoding="utf-8")
    walks = "".join(f"## 第{n}次散步\n\n第{n}次散步走到河边，看见{n}只白鹭。\n\n" for n in range(240))
    (folder / "essays" / "walks.md").write_text(walks, encoding="utf-8")
    build(folder / "essays", folder / "index", encoder)
    return Library(folder / "index")


@pytest.fixture
def trace_garden(garden: Library, encoder: SentenceEncoder) -> Why:
    return trace_in(garden, encoder)


def test_every_step_of_a_cited_sentence_is_named(trace: Why, library: Library, encoder: SentenceEncoder) -> None:
    best = ask(library.index, encoder, QUESTION).citations[0]
    found = trace(QUESTION, best.quote)
    assert (found.document, found.start, found.end, found.quote) == (
        best.document.name,
        best.start,
        best.end,
        best.quote,
    )
    assert (found.cited, found.evidence, found.lost, found.reason, found.looked_at) == (1, 1, "", "", True)
    assert None not in (found.dense, found.lexical, found.fused, found.passage_start, found.passage_end)
    assert found.best == found.confidence == round(best.score, 4)
    assert found.threshold == THRESHOLD


FIELDS = """document start end quote exact places passage_start passage_end dense dense_of lexical lexical_of fused
fused_of looked_at evidence evidence_of reranked confidence best threshold cited lost reason language"""


def test_the_fields_are_those_of_the_contract_in_their_order() -> None:
    assert [field.name for field in fields(Trace)] == FIELDS.split()


@pytest.mark.parametrize(
    "given",
    ["數據定上限，算法定下限", "数据定上限,算法定下限", " 数据定上限，\n算法定下限 ", "“数据定上限，算法定下限”"],
)
def test_a_part_of_a_sentence_is_found_whatever_its_marks(trace: Why, given: str) -> None:
    found = trace(QUESTION, given)
    assert found.quote == "数据定上限，算法定下限"
    assert not found.exact
    assert trace(QUESTION, found.quote).exact


def test_a_neighbour_s_full_stop_that_was_copied_along_decides_nothing(trace: Why) -> None:
    text = "。现在的模型还是填鸭式的，离能自主学习的"
    found, alone = trace(QUESTION, text), trace(QUESTION, text[1:])
    assert (found.start, found.evidence) == (alone.start - 1, alone.evidence)


def test_of_several_places_the_best_one_is_taken(trace_garden: Why) -> None:
    found = trace_garden(TEA, "泡绿茶的水温不要超过八十度。")
    assert (found.places, found.cited, found.evidence) == (2, 1, 1)
    assert trace_garden("抄来的一句是什么？", "泡绿茶的水温不要超过八十度。").document == "copy.txt"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [("论茶", "header"), ("## 水温", "heading"), ("一张图", "furniture"), ("扫描二维码关注我们", "footer")],
)
def test_reading(trace_garden: Why, sentence: str, reason: str) -> None:
    found = trace_garden(TEA, sentence)
    assert (found.lost, found.reason) == ("reading", words.REASONS["zh"][reason])
    assert (found.passage_start, found.dense, found.fused, found.evidence, found.cited) == (None,) * 5


def test_retrieval(garden: Library, encoder: SentenceEncoder, trace_garden: Why) -> None:
    deep = [trace_garden(TEA, f"第{n}次散步走到河边") for n in range(0, 240, 24)]
    lost = [found for found in deep if found.fused is not None and not found.looked_at]
    assert lost
    for found in lost:
        assert (found.lost, found.evidence, found.lexical) == ("retrieval", None, None)
        assert f"第 {found.fused}。" in found.reason
    index = garden.index
    inquiry = inquire(index, encoder, TEA)
    row = next(row for row in range(index.manifest.passages) if row not in inquiry.ranking.dense)
    unfound = trace_garden(TEA, index.passage(row).text, language="en")
    assert (unfound.fused, unfound.lost, unfound.reason) == (None, "retrieval", words.REASONS["en"]["unfound"])


def test_evidence(library: Library, encoder: SentenceEncoder) -> None:
    """Today every sentence of a passage that is looked at is in an excerpt; were one not, this is what is said."""
    index = library.index
    inquiry = inquire(index, encoder, QUESTION)
    row = next(iter(inquiry.hits))
    place = Place(index.passage(row).document, index.passage(row).sentences[0], row, 1)
    assert loss_of(place, inquiry, lambda _: True, lambda: ()).step == "evidence"


@pytest.fixture
def near_the_weather(library: Library, encoder: SentenceEncoder) -> str:
    """A sentence of the passage that comes nearest to a question on which the essays say nothing."""
    answer = ask(library.index, encoder, "北京今天的天气怎么样？")
    assert not answer.answered
    passage = answer.nearest[0].passage
    start, end = passage.sentences[0]
    return passage.document.text[start:end]


def test_refusal(trace: Why, near_the_weather: str) -> None:
    found = trace("北京今天的天气怎么样？", near_the_weather)
    assert (found.lost, found.looked_at, found.cited) == ("refusal", True, None)
    assert found.best is not None
    assert found.best < THRESHOLD
    assert f"不到 {THRESHOLD:.2f}" in found.reason
    english = trace("北京今天的天气怎么样？", near_the_weather, language="en")
    assert f"below {THRESHOLD:.2f}, so nothing was answered" in english.reason
    wordless = trace("？！", "数据定上限")
    assert (wordless.lost, wordless.confidence) == ("refusal", None)
    assert wordless.reason == words.REASONS[wordless.language]["wordless"]


def test_selection_gives_the_rule_that_dropped_each_excerpt(library: Library, encoder: SentenceEncoder) -> None:
    """For every excerpt of some questions, what `why` says is what `select` did."""
    index = library.index
    steps = set()
    for question in ("这些作者怎么看数据质量？", "What is said about agents?", "后训练"):
        inquiry = inquire(index, encoder, question)
        assert inquiry.shown
        for judged in judge(inquiry.evidence, to_everyone=inquiry.query.to_everyone)[:24:3]:
            found = why(index, encoder, question, judged.excerpt.quote)
            assert (found.cited is not None) == (judged.excerpt in inquiry.shown)
            assert found.lost == ("selection" if judged.dropped else "")
            steps.add(judged.dropped)
    assert {"", "unsure", "heard"} <= steps


def excerpts_of(*scores: tuple[int, float]) -> list[Evidence]:
    """Of numbered essays, with log-odds."""
    essays = {n: Document(f"{n}.md", "甲乙丙丁戊己庚辛壬癸" * 4, "", "", "", "", "zh", "") for n, _ in scores}
    return [Evidence(essays[n], Span(i, i + 5 + i), confidence(odds)) for i, (n, odds) in enumerate(scores)]


def dropped(evidence: list[Evidence], *, to_everyone: bool = False) -> list[str]:
    judged = judge(evidence, to_everyone=to_everyone)
    assert [j.excerpt for j in judged if not j.dropped] == select(evidence, to_everyone=to_everyone)
    return [j.dropped for j in judged]


def test_each_rule_of_the_selection_has_its_name() -> None:
    assert dropped(excerpts_of((1, 5), (1, 4), (1, 3), (1, 3))) == ["", "", "", "essay"]
    assert dropped(excerpts_of((1, 5), (2, 4), (3, 3), (1, 3), (4, 2.5), (5, 1))) == ["", "", "", "heard", "", "unsure"]
    assert dropped(excerpts_of((1, 5), (2, -3))) == ["", "unsure"]
    many = dropped(excerpts_of(*((n, 5 - n / 10) for n in range(FURTHER + 1))), to_everyone=True)
    assert many == [""] * FURTHER + ["full"]
    same = excerpts_of((1, 5), (2, 4))
    assert dropped([same[0], replace(same[1], span=same[0].span)]) == ["", "repeated"]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("rule", ["unsure", "repeated", "essay", "full", "heard"])
def test_each_rule_is_explained_with_its_figures(
    library: Library, encoder: SentenceEncoder, rule: str, language: str
) -> None:
    index = library.index
    inquiry = inquire(index, encoder, QUESTION)
    evidence, at = {
        "unsure": (excerpts_of((1, 5), (2, -2.501)), 1),
        "repeated": ([(pair := excerpts_of((1, 5), (2, 4)))[0], replace(pair[1], span=pair[0].span)], 1),
        "essay": (excerpts_of((1, 5), (1, 4), (1, 3), (1, 2)), 3),
        "full": (excerpts_of(*((n, 5 - n / 10) for n in range(FURTHER + 1))), FURTHER),
        "heard": (excerpts_of((1, 5), (2, 4), (3, 3), (1, 2)), 3),
    }[rule]
    query = replace(inquiry.query, to_everyone=rule == "full")
    asked: Inquiry = replace(
        inquiry, query=query, evidence=evidence, shown=select(evidence, to_everyone=query.to_everyone)
    )
    excerpt = evidence[at]
    loss = loss_of(Place(excerpt.document, excerpt.span, next(iter(inquiry.hits)), 1, at), asked, bool, lambda: ())
    said = loss.said(language)
    assert (loss.step, loss.reason) == ("selection", rule)
    assert "None" not in said
    close = [f"{confidence(odds):.5f}" for odds in (-2.501, -2.5)]
    wanted = {"unsure": close, "repeated": ["[1]"], "essay": ["4", str(OF_ONE_ESSAY)]}
    assert all(figure in said for figure in wanted.get(rule, [])), said


def test_freshness(essays: Path, tmp_path: Path, encoder: SentenceEncoder) -> None:
    build(essays, tmp_path / "index", encoder)
    library = Library(tmp_path / "index")
    trace, sentence, tea = trace_in(library, encoder), "水太烫，茶叶会发苦。", essays / "tea.md"
    assert trace(TEA, sentence).lost == ""
    tea.write_text(tea.read_text(encoding="utf-8") + "\n水要现烧，茶要现泡。\n", encoding="utf-8")
    changed = trace(TEA, sentence)
    assert (changed.lost, changed.reason) == ("freshness", words.REASONS["zh"]["changed"])
    assert (changed.passage_start is not None, changed.fused, changed.cited) == (True, None, None)

    edited = trace(TEA, "水要现烧,茶要现泡")
    assert (edited.lost, edited.document, edited.passage_start) == ("freshness", "tea.md", None)
    assert edited.reason == words.REASONS["zh"]["edited"].format(name="tea.md")
    assert edited.quote == "水要现烧，茶要现泡"

    (essays / "new.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    added = trace(TEA, "心急的人磨不出好墨", language="en")
    assert (added.lost, added.document, added.best) == ("freshness", "new.txt", None)
    assert added.reason == words.REASONS["en"]["added"].format(name="new.txt")

    tea.unlink()
    gone = trace(TEA, sentence)
    assert (gone.lost, gone.reason) == ("freshness", words.REASONS["zh"]["gone"])
    assert [document.name for document in library.files_of(library.index)] == ["bread.txt", "new.txt"]


def test_nowhere_names_the_sentence_that_is_most_like_it(trace_garden: Why) -> None:
    with pytest.raises(NotInCorpus) as caught:
        trace_garden(QUESTION, "水太烫，茶叶就不会发苦")
    assert caught.value.nearest is not None
    document, span = caught.value.nearest
    assert document.text[slice(*span)] == "水太烫，茶叶会发苦。"
    for language in ("zh", "en"):
        assert "“水太烫，茶叶会发苦。”" in caught.value.said(language)
        assert f"tea.md, {span.start}–{span.end}" in caught.value.said(language).replace("，", ", ")
    with pytest.raises(NotInCorpus) as caught:
        trace_garden(QUESTION, "咖啡豆要现磨现煮才香")
    assert caught.value.nearest is None
    assert str(caught.value) == words.NOWHERE["en"]


def test_a_corpus_folder_that_is_gone_has_no_files(library: Library) -> None:
    index = library.index
    assert read_corpus(Path(index.manifest.seeds)).documents == library.files_of(index)
    moved = copy.copy(index)
    moved.manifest = replace(index.manifest, seeds="/nowhere/at/all")
    assert library.files_of(moved) == ()


@pytest.mark.parametrize("sentence", ["", "  \n", "……！", "\x00", "\ud800", "问" * 100_000])
def test_what_is_no_sentence_is_one_line(trace: Why, sentence: str) -> None:
    with pytest.raises(BadSentence) as caught:
        trace(QUESTION, sentence)
    assert all(caught.value.said(language).count("\n") == 0 for language in ("zh", "en"))


@pytest.mark.parametrize("question", ["", "  ", "问" * 100_000])
def test_what_is_no_question_is_one_line(trace: Why, question: str) -> None:
    with pytest.raises(BadQuestion):
        trace(question, "数据定上限")


def test_the_reason_is_in_the_question_s_language_unless_another_is_wanted(trace: Why, near_the_weather: str) -> None:
    assert trace("北京今天的天气怎么样？", near_the_weather).language == "zh"
    assert trace("How is the weather in Beijing?", near_the_weather).language == "en"
    assert trace("北京今天的天气怎么样？", near_the_weather, language="en").reason.startswith("The best")


def test_both_languages_have_the_same_reasons() -> None:
    zh, en = words.REASONS["zh"], words.REASONS["en"]
    assert list(zh) == list(en)
    for key in zh:
        assert sorted(re.findall(r"{\w+}", zh[key])) == sorted(re.findall(r"{\w+}", en[key])), key


def test_a_letter_that_stands_everywhere_is_followed_in_bounded_time(tmp_path: Path, encoder: SentenceEncoder) -> None:
    import time

    essays = tmp_path / "essays"
    essays.mkdir()
    (essays / "a.txt").write_text("的的的的的的，好。\n" * 2_000, encoding="utf-8")
    build(essays, tmp_path / "index", encoder)
    trace = trace_in(Library(tmp_path / "index"), encoder)
    began = time.process_time()
    assert trace("的好吗？", "的").places == 12_000
    assert time.process_time() - began < 40


def test_in_a_conversation_the_reason_may_be_whom_was_asked_or_what_was_said_before(
    trace: Why, library: Library, encoder: SentenceEncoder
) -> None:
    best = ask(library.index, encoder, QUESTION).citations[0]
    span = Span(best.start, best.end)
    outside = trace(QUESTION, best.quote, scope=Scope(without=(best.document.name,)))
    assert (outside.lost, outside.reason) == ("retrieval", words.REASONS["zh"]["outside"])
    known = trace(QUESTION, best.quote, known=((best.document.name, span),))
    assert (known.lost, known.reason) == ("selection", words.REASONS["zh"]["known"])
    assert trace(QUESTION, best.quote, scope=Scope(essays=(best.document.name,))).lost == ""
