"""Where two essays pull in different directions, both sentences stand side by side; where that is unsure, none do."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from index import store
from index.build import build
from index.encoder import SentenceEncoder
from index.library import Library
from index.types import Document, Span
from rag.answer import answer_of, inquire
from rag.clauses import clauses
from rag.opposed import asks_for_a_side, oppositions
from rag.preference import preferences
from rag.stance import cues, leanings
from rag.types import Answer, Citation, Evidence, Opposition
from tests.bench_opposed import (
    COUPLES,
    HALVES,
    JUDGED,
    SAMPLE,
    Judged,
    are_as_judged,
    figures,
    judged_couples,
    judged_essays,
    rows_of,
    write_couples,
)
from tests.conftest import HOSTILE, ROOT, SHARED, Run, needs_shared
from ui import copying, render
from ui.address import Address
from ui.desk import Desk
from ui.shelf import Shelf
from ui.turn import Turn
from ui.words import EN, WORDS, ZH

QUESTION = "数据的质量和数量哪个更重要？"


def leans(sentence: str, language: str = "zh") -> dict[str, float]:
    said = leanings(clauses(sentence), language, lambda _: True)
    return {axis: lean.value for axis, lean in said.items()}


@pytest.fixture(scope="module")
def couples(tmp_path_factory: pytest.TempPathFactory, encoder: SentenceEncoder) -> Path:
    """The index of pairs of short essays about tea, cities, remote work and the like."""
    folder = tmp_path_factory.mktemp("couples")
    (folder / "seeds").mkdir()
    write_couples(folder / "seeds")
    build(folder / "seeds", folder / "index", encoder)
    return folder / "index"


@pytest.mark.parametrize(
    ("sentence", "axis", "side"),
    [
        ("我很看好远程办公。", "good.outlook", 1),
        ("我不看好远程办公。", "good.outlook", -1),
        ("这并不是说我不看好它。", "good.outlook", 1),
        ("茶馆的前途未必有传说的那么光明。", "good.outlook", -1),
        ("学骑马的门槛不算高。", "hard", -1),
        ("门槛很高。", "hard", 1),
        ("机器取代不了译者。", "replace", -1),
        ("机器不仅便宜，而且安全。", "cost", -1),
        ("學外語很困難。", "hard", 1),
        ("茶不贵。", "cost", -1),
        ("It is not worth the money.", "good.worth", -1),
        ("You should not go.", "need", -1),
        ("Not only is it cheap, it lasts.", "cost", -1),
    ],
)
def test_a_negation_turns_a_word_round_and_two_turn_it_back(sentence: str, axis: str, side: int) -> None:
    found = leans(sentence, "en" if sentence.isascii() else "zh")
    assert (found[axis] > 0) == (side > 0)


@pytest.mark.parametrize(
    "sentence",
    [
        "有人认为纸质书已经没落，迟早会被淘汰。",
        "大家都说这是一场泡沫。",
        "乐观派认为前途光明。",
        "远程办公有前途吗？",
        "如果它失败了，我们再想办法。",
        "虽然它很贵，我还是买了。",
        "“这是一场彻底的失败，没有人应该再试一次”，报上写道。",
    ],
)
def test_what_is_asked_supposed_granted_quoted_or_reported_is_not_the_authors_word(sentence: str) -> None:
    assert leans(sentence) == {}


def test_after_a_turn_the_author_speaks_again() -> None:
    assert leans("有人说茶很贵，其实茶很便宜。") == {"cost": -1.0}
    assert leans("Critics say it is expensive, but it is cheap.", "en") == {"cost": -1.0}


def test_a_hedged_word_weighs_less() -> None:
    assert leans("它可能是一场泡沫。")["good.outlook"] > leans("它是一场泡沫。")["good.outlook"]


@pytest.mark.parametrize(
    ("sentence", "above", "below"),
    [
        ("数量比深度更重要。", "数量", "深度"),
        ("水温和时间都要紧，不过时间往往更要紧。", "时间", "水温"),
        ("**手艺**的练习比力气的练习更要紧。", "手艺", "力气"),
        ("读得多不如读得深。", "深", "多"),
        ("Depth matters more than speed.", "depth", "speed"),
        ("Depth is less important than speed.", "speed", "depth"),
    ],
)
def test_a_comparison_says_what_is_above_what(sentence: str, above: str, below: str) -> None:
    (found,) = preferences(clauses(sentence))
    assert above in found.above
    assert below in found.below
    assert above not in found.below


@pytest.mark.parametrize("sentence", ["数量不比深度更重要。", "数量比深度更重要吗？", "比如茶和酒。", "比较重要。"])
def test_what_compares_nothing_or_denies_it_is_no_preference(sentence: str) -> None:
    assert preferences(clauses(sentence)) == []


@pytest.mark.parametrize(
    ("question", "side"),
    [
        ("这些作者怎么看微调？", True),
        ("数据质量重要吗？", True),
        ("读多好还是读深好？", True),
        ("What do these authors think about agents?", True),
        ("Is it worth it?", True),
        ("大模型", True),
        ("什么是微调？", False),
        ("单个内存芯片有多大？", False),
        ("谁做了这件事？", False),
        ("怎么做面包？", False),
        ("When was it built?", False),
        ("How is bread made?", False),
    ],
)
def test_only_a_question_that_asks_for_a_side_gets_two(question: str, side: bool) -> None:
    assert asks_for_a_side(question) == side


def test_every_axis_that_takes_sides_has_both() -> None:
    sides = {axis: {cue.side for cue in cues() if cue.axis == axis} for axis in {cue.axis for cue in cues()}}
    assert {
        axis: found for axis, found in sides.items() if not axis.startswith("measure.") and not found >= {1, -1}
    } == {}
    assert {side for axis, found in sides.items() if axis.startswith("measure.") for side in found} == {0}


@pytest.mark.parametrize("half", [half for half in HALVES if half != "late"])
def test_couples_that_are_opposed_are_shown_and_the_others_are_not(
    couples: Path, encoder: SentenceEncoder, half: str
) -> None:
    judged = judged_couples(store.load(couples), encoder, half)
    assert len(judged) >= 12
    assert [one.question for one in judged if not one.is_met] == []
    assert {one.expected for one in judged} == {True, False}


def test_two_essays_of_one_author_are_not_set_against_each_other(tmp_path: Path, encoder: SentenceEncoder) -> None:
    row = next(row for row in rows_of(COUPLES) if row["opposed"])
    shown = {}
    for author in ("甲", "乙"):
        folder = tmp_path / author
        folder.mkdir()
        for side, name in (("one", "甲"), ("other", author)):
            (folder / f"{side}.md").write_text(f"---\nauthor: {name}\n---\n\n{row[side]}\n", encoding="utf-8")
        build(folder, tmp_path / f"{author}.index", encoder)
        index = store.load(tmp_path / f"{author}.index")
        shown[author] = len(oppositions(index, inquire(index, encoder, row["question"])))
    assert shown == {"甲": 0, "乙": 1}


def test_the_sides_are_two_essays_and_exact(seeds_index: Path, encoder: SentenceEncoder) -> None:
    index = store.load(seeds_index)
    (pair,) = oppositions(index, inquire(index, encoder, QUESTION))
    assert pair.one.document.name != pair.other.document.name
    for side in (pair.one, pair.other):
        text = (ROOT / "seeds" / side.document.name).read_text(encoding="utf-8")
        assert text[side.span.start : side.span.end] == side.quote


def test_the_sample_essays_are_as_they_were_judged() -> None:
    assert are_as_judged(ROOT / "seeds", SAMPLE)


@pytest.mark.parametrize("half", ["dev", "held"])
def test_on_the_sample_essays_more_is_right_than_wrong(seeds_index: Path, encoder: SentenceEncoder, half: str) -> None:
    got = figures(judged_essays(store.load(seeds_index), encoder, half, SAMPLE))
    assert got["precision"] > 0.5
    assert got["silent"] == 1


@needs_shared
def test_on_the_real_essays_three_of_four_are_right_and_the_rest_is_silence(
    real_index: Path, encoder: SentenceEncoder
) -> None:
    if not are_as_judged(SHARED / "seeds"):
        pytest.skip("the real essays are not those that were judged")
    index = store.load(real_index)
    judged: list[Judged] = [one for half in HALVES for one in judged_essays(index, encoder, half)]
    got = figures(judged)
    assert got["precision"] >= 0.75
    assert got["recall"] >= 0.25
    assert got["silent"] >= 0.95


def test_the_judged_list_has_offsets_and_none_of_the_essays_words() -> None:
    head, *rows = rows_of(JUDGED)
    assert len(rows) >= 30
    for row in rows:
        sides = [side for pair in row["opposed"] for side in (*pair["one"], *pair["other"])]
        assert all(name in head["sha256"] and start < end for name, start, end in sides)
    assert sum(1 for row in rows if row["opposed"]) >= 12
    assert sum(1 for row in rows if not row["opposed"]) >= 12


def test_the_answer_is_what_it_was(run: Run, seeds_index: Path, encoder: SentenceEncoder) -> None:
    index = store.load(seeds_index)
    alone = answer_of(inquire(index, encoder, QUESTION))
    record = json.loads(run("ask", QUESTION, "--json", "--index", seeds_index)[1])
    assert record["text"] == alone.text
    assert [citation["quote"] for citation in record["citations"]] == [citation.quote for citation in alone.citations]


def test_ask_json_has_the_pairs(run: Run, seeds_index: Path) -> None:
    (pair,) = json.loads(run("ask", QUESTION, "--json", "--index", seeds_index)[1])["opposed"]
    assert [list(side) for side in pair] == [["document", "start", "end", "quote"]] * 2
    for side in pair:
        text = (ROOT / "seeds" / side["document"]).read_text(encoding="utf-8")
        assert text[side["start"] : side["end"]] == side["quote"]


def test_a_terminal_shows_them_after_the_answer(run: Run, seeds_index: Path) -> None:
    record = json.loads(run("ask", QUESTION, "--json", "--index", seeds_index)[1])
    out = run("ask", QUESTION, "--index", seeds_index)[1]
    before, after = out.split(ZH["against"])
    assert record["text"] in before
    for side in record["opposed"][0]:
        assert side["quote"] in after
        assert f"{side['document']}, {side['start']}–{side['end']}" in after


@pytest.mark.parametrize("question", ["单个内存芯片最大有多大？", "北京今天的天气好吗？"])
def test_nothing_is_said_where_nothing_is_opposed(run: Run, seeds_index: Path, question: str) -> None:
    assert json.loads(run("ask", question, "--json", "--index", seeds_index)[1])["opposed"] == []
    out = run("ask", question, "--index", seeds_index)[1]
    assert all(words[title] not in out for words in WORDS.values() for title in ("against", "against_several"))


def test_an_essay_that_was_edited_since_is_in_no_pair(
    tmp_path: Path, encoder: SentenceEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = next(row for row in rows_of(COUPLES) if row["opposed"])
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    for side in ("one", "other"):
        (seeds / f"{side}.txt").write_text(f"{row[side]}\n", encoding="utf-8")
    build(seeds, tmp_path / "index", encoder)
    monkeypatch.setattr("index.library.SentenceEncoder", lambda spec, report: encoder)
    desk = Desk(seeds, Library(tmp_path / "index"))
    turn = Turn(row["question"], at=Address(row["question"]))
    *_, whole = desk.answering(turn, ZH)
    assert whole.answer is not None
    assert len(whole.answer.opposed) == 1
    (seeds / "other.txt").write_text("改了。\n", encoding="utf-8")
    *_, whole = desk.answering(turn, ZH)
    assert whole.answer is not None
    assert whole.answer.opposed == ()


def document_of(name: str, text: str) -> Document:
    return Document(name, text, "", "", "", "", "zh", "0" * 64)


def answer_with(texts: Sequence[str], cited: int) -> Answer:
    """Two sides; the first `cited` of them are citations."""
    sides = [Evidence(document_of(f"{n}.md", text), Span(0, len(text)), 0.8) for n, text in enumerate(texts)]
    citations = tuple(
        Citation(n, side.document, 0, side.span.end, side.quote, 0.8) for n, side in enumerate(sides[:cited], start=1)
    )
    return replace(Answer("问？", True, "", citations, ()), opposed=(Opposition(sides[0], sides[1], 3.0),))


def test_a_copied_answer_has_both_sides_and_a_note_for_each() -> None:
    answer = answer_with(["茶贵。", "茶不贵。"], cited=1)
    notes = "[^1]: 《0》，0.md，第 0–3 字\n[^2]: 《1》，1.md，第 0–4 字"
    title = ZH["against"]
    assert copying.markdown(answer, ZH) == (
        f"## 问？\n\n> 茶贵。 [^1]\n\n### {title}\n\n> 茶贵。 [^1]\n\n> 茶不贵。 [^2]\n\n{notes}\n"
    )
    assert copying.footnotes(answer, ZH).split("\n\n")[2:5] == [title, "“茶贵。” [1]", "“茶不贵。” [2]"]


def test_a_side_that_is_cited_has_its_number_and_another_a_link_of_its_own() -> None:
    answer = answer_with(["茶贵。", "茶不贵。"], cited=1)
    turn = Turn("问？", answer, at=Address("问？"))
    html = render.thread_html([turn], Shelf((), {}, 0), EN)  # without essays nothing is shown
    assert EN["against"] not in html
    documents = [side.document for side in (answer.opposed[0].one, answer.opposed[0].other)]
    shelf = Shelf(documents, {document.name: n for n, document in enumerate(documents)}, 2)
    html = render.thread_html([turn], shelf, EN).split('class="against"')[1].split("</section>")[0]
    assert ">1</a>" in html
    assert f">{EN['against_here']}</a>" in html
    assert "d=1.md&amp;s=0&amp;e=4" in html


def test_hostile_sides_stay_text() -> None:
    answer = answer_with([HOSTILE, f"不 {HOSTILE}"], cited=0)
    documents = [side.document for side in (answer.opposed[0].one, answer.opposed[0].other)]
    shelf = Shelf(documents, {document.name: n for n, document in enumerate(documents)}, 2)
    answer = replace(answer, citations=(Citation(1, documents[0], 0, 1, HOSTILE[:1], 0.8),))
    html = render.thread_html([Turn("问？", answer, at=Address("问？"))], shelf, ZH)
    assert "<script" not in html
    assert "<img" not in html
