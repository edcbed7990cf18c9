"""Judged questions: what counts as right, what the figures mean, and two runs side by side."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index import store
from index.build import build
from index.index import Index
from index.types import Document, Span
from rag.answer import Inquiry
from rag.compare import compare
from rag.evaluate import Judged, evaluate, figures, judge
from rag.measures import brier_score, calibration_error, ranking_means, roc_auc, sign_test
from rag.query import Query
from rag.questions import FOREIGN, BadQuestions, Question, question_of, read_foreign, read_questions
from rag.retrieve import Ranking
from rag.runs import BadRun, Cited, Outcome, Run, read_run, run_of, run_record
from rag.types import Evidence
from tests.conftest import ROOT, SHARED, WordCountEncoder, needs_shared
from tests.conftest import Run as Command

TEA = Document(
    "tea.md", "泡绿茶的水温不要超过八十度。\n水太烫，茶叶会发苦；好茶不必贵，新鲜最要紧。", "论茶", "", "", "", "zh", ""
)
NO_QUERY = Query("", np.zeros(1, np.float32), np.zeros((0, 1), np.float32), ("茶",), "zh", True, False)


def asked(question: dict[str, Any], *quotes: str, sure: float = 0.9, document: Document = TEA) -> Judged:
    """A question that is answered with these quotations; with `sure` below a half they are not shown."""
    starts = [document.text.index(quote) for quote in quotes]
    spans = [Span(start, start + len(quote)) for start, quote in zip(starts, quotes, strict=True)]
    evidence = [Evidence(document, span, sure) for span in spans]
    shown = evidence if sure >= 0.5 else []
    inquiry = Inquiry(NO_QUERY, Ranking((), (), ()), {}, evidence, shown)
    return judge(question_of({"question": "?", **question}, "here"), inquiry)


def marked(quote: str, document: str = "tea.md") -> dict[str, Any]:
    return {"evidence": [{"document": document, "quote": quote}]}


SILENT: dict[str, Any] = {"kind": "unanswerable", "evidence": []}


def test_figures_count_what_the_judges_marked() -> None:
    quote = "水太烫，茶叶会发苦"
    got = figures(
        [
            asked({"answers": ["茶叶会发苦"]}, quote),
            asked(marked("茶叶会发苦；好"), quote),
            asked(marked("新鲜最要紧"), quote, "好茶不必贵，新鲜最要紧"),
            asked(marked("time", "bread.txt"), quote, sure=0.2),
            asked(SILENT, quote, sure=0.1),
        ]
    )
    expected = {"evidence@1": 0.5, "evidence@3": 0.75, "essays": 0.6667, "false_refusal": 0.25, "refused": 1.0}
    expected |= {"questions": 5, "citations": 4, "exact": 1.0, "excerpt_chars": 9.5, "right_if_answered": 0.6667}
    assert {name: got[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("cited", "right"), [("水太烫", False), ("水太烫，茶", True), ("苦；好茶不必贵", False), ("好茶不必贵", False)]
)
def test_an_excerpt_is_right_that_covers_half_of_a_marked_quotation(cited: str, right: bool) -> None:
    assert asked(marked("水太烫，茶叶会发苦"), cited).right == (right,)


def test_an_excerpt_of_another_essay_or_of_a_whole_page_is_not_right() -> None:
    page = Document("tea.md", "水太烫，茶叶会发苦。" * 40, "", "", "", "", "zh", "")
    assert asked(marked("水太烫", "bread.txt"), "水太烫").right == (False,)
    assert asked(marked("水太烫"), page.text, document=page).right == (False,)
    assert asked({"answers": ["水太烫"]}, page.text, document=page).right == (False,)


def test_confidence_is_judged_by_the_best_excerpt_even_where_it_is_not_shown() -> None:
    kept_back = asked({"answers": ["八十度"]}, "水温不要超过八十度", sure=0.4)
    assert (kept_back.answer.answered, kept_back.best_is_right) == (False, True)
    got = figures([kept_back, asked(SILENT, "水太烫", sure=0.8)])
    assert (got["brier"], got["calibration_error"]) == (0.5, 0.7)  # (.6² + .8²) / 2, (.6 + .8) / 2
    assert (got["auc"], got["coverage"], got["right_if_answered"]) == (0.0, 0.5, 0.0)


def test_foreign_questions_speak_of_refusal_and_of_nothing_else() -> None:
    own = [asked({"answers": ["八十度"]}, "水温不要超过八十度"), asked(SILENT, "水太烫", sure=0.3)]
    foreign = [
        Judged(Question("?", kind=FOREIGN), asked(SILENT, "水太烫", sure=sure).answer, (), False)
        for sure in (0.1, 0.2, 0.95)
    ]
    alone, got = figures(own), figures([*own, *foreign])
    changed = {name: got[name] for name in got if got[name] != alone[name]}
    assert changed == {"foreign": 3, "foreign_refused": 0.6667, "foreign_auc": 0.6667}


def test_a_figure_that_no_question_can_tell_is_none() -> None:
    answerable, unanswerable = figures([asked({"answers": ["水"]}, "水太烫")]), figures([asked(SILENT)])
    assert {n for n in answerable if answerable[n] is None} == {
        *("essays", "refused", "auc", "foreign_refused", "foreign_auc")
    }
    assert (unanswerable["evidence@1"], unanswerable["nDCG@10"], unanswerable["exact"]) == (None, None, None)
    assert unanswerable["refused"] == 1.0


def test_ranking_measures_are_those_of_the_textbook() -> None:
    got = ranking_means([({1, 2}, [9, 1, 8, 2]), ({3}, [3]), ({4}, [5, 6]), (set(), [1]), ({7}, [])])
    ideal = 1 + 1 / math.log2(3)
    assert got["nDCG@10"] == pytest.approx(((1 / math.log2(3) + 1 / math.log2(5)) / ideal + 1) / 5)
    assert got["MRR"] == pytest.approx((1 / 2 + 1) / 5)
    assert (got["recall@10"], got["recall@100"]) == (2 / 5, 2 / 5)
    far = ranking_means([({99}, list(range(100))), ({150}, list(range(200)))])
    assert (far["recall@10"], far["recall@100"], far["nDCG@10"]) == (0.0, 0.5, 0.0)
    assert far["MRR"] == pytest.approx((1 / 100 + 1 / 151) / 2)


def test_measures_of_confidence_against_their_definitions() -> None:
    sure, right = [1.0, 0.95, 0.55, 0.05], [False, True, True, False]
    assert calibration_error(sure, right) == pytest.approx((abs(1.95 - 1) + 0.45 + 0.05) / 4)
    assert brier_score(sure, right) == pytest.approx((1 + 0.05**2 + 0.45**2 + 0.05**2) / 4)
    assert brier_score([0.5], [True]) == 0.25
    assert roc_auc([0.8, 0.3], [0.3, 0.1]) == (1 + 1 + 0.5 + 1) / 4
    assert sign_test(0, 5) == pytest.approx(2 / 32)
    assert [roc_auc([], [1.0]), brier_score([], []), calibration_error([], []), sign_test(0, 0)] == [None] * 4


@pytest.fixture
def small(tmp_path: Path, fake_encoder: WordCountEncoder) -> Index:
    """Three essays of one passage each; two of them hold the same number."""
    folder = tmp_path / "small"
    folder.mkdir()
    for name, text in (
        ("a.txt", "The red kettle holds 42 cups of tea for the guests."),
        ("b.txt", "A bus with 42 seats leaves the station at noon every day."),
        ("c.txt", "Nobody counted the sheep on the hill behind the old mill."),
    ):
        (folder / name).write_text(text + "\n", encoding="utf-8")
    build(folder, tmp_path / "small.index", fake_encoder)
    return store.load(tmp_path / "small.index")


def test_a_passage_is_relevant_where_it_holds_an_answer_in_the_essay_that_was_named(
    small: Index, fake_encoder: WordCountEncoder
) -> None:
    rows: list[dict[str, Any]] = [
        {"question": "How many cups does the kettle hold?", "answers": ["42"]},
        {"question": "How many cups does the kettle hold?", "answers": ["42"], "document": "b.txt"},
        {"question": "Who counted the sheep on the hill?", **marked("counted the sheep on the hill", "c.txt")},
        {"question": "Who counted the sheep on the hill?", **marked("counted the goats", "c.txt")},
    ]
    judged = evaluate(small, fake_encoder, [question_of(row, "here") for row in rows])
    names = [{small.name_of(row) for row in one.relevant} for one in judged]
    assert names == [{"a.txt", "b.txt"}, {"b.txt"}, {"c.txt"}, set()]
    assert [one.passage_at for one in judged] == [1, judged[1].passage_at, 1, None]
    assert (judged[1].passage_at or 0) > 1
    assert figures(judged)["no_passage"] == 1


def test_a_question_is_encoded_once(small: Index, fake_encoder: WordCountEncoder) -> None:
    encoded: list[str] = []

    class Counting(WordCountEncoder):
        def read_query(self, texts: Sequence[str], /) -> Any:
            encoded.extend(texts)
            return super().read_query(texts)

    evaluate(small, Counting(), [Question("kettle", answers=("42",)), Question("bus", kind=FOREIGN)])
    assert [text for text in encoded if text in ("kettle", "bus")] == ["kettle", "bus"]


def test_a_question_that_cannot_be_asked_counts_as_refused(small: Index, fake_encoder: WordCountEncoder) -> None:
    got = figures(evaluate(small, fake_encoder, [Question(" ", answers=("42",)), Question("问" * 3000, kind=FOREIGN)]))
    assert (got["false_refusal"], got["foreign_refused"], got["MRR"]) == (1.0, 1.0, 0.0)


@pytest.mark.parametrize(
    "row",
    [
        *({"question": "a", "evidence": [1]}, {"question": "a", "evidence": None}, {"question": "a", "answers": None}),
        *({"question": "a", "answers": [1]}, {"question": "a", "evidence": [{"document": "x"}]}, {"question": "b"}),
        *({"question": "a", "answers": [""]}, {"question": "a", **marked("")}, {"question": 1, "answers": []}),
    ],
)
def test_a_malformed_judgement_is_named_by_file_and_line(row: dict[str, object]) -> None:
    lines = [(1, '{"question": "?", "answers": []}'), (7, json.dumps(row))]
    with pytest.raises(BadQuestions, match=r"^tea\.jsonl: line 7 needs .* correct the file\.$"):
        read_questions(lines, "tea.jsonl")


def test_two_questions_cannot_have_one_name() -> None:
    lines = [(1, '{"id": 5, "question": "?", "answers": []}'), (2, '{"id": "5", "question": "??", "answers": []}')]
    with pytest.raises(BadQuestions, match="line 2 is known by the same `id`"):
        read_questions(lines, "tea.jsonl")
    assert len(read_foreign([(1, '{"question": "a"}'), (2, '{"question": "a"}')], "tea.jsonl")) == 1


def outcome(id: object, right_at: int | None = 1, **other: Any) -> Outcome:
    plain: dict[str, Any] = {"question": f"q{id}", "kind": "answerable", "judgement": "j", "answered": True}
    plain |= {"confidence": 0.9, "passage_at": 1, "first": Cited("tea.md", 0, 3, "泡绿茶"), **other}
    return Outcome(id=id, right_at=right_at, **plain)


def run_with(*outcomes: Outcome) -> Run:
    return Run("0.1.0", "2026-01-01", "digest", "encoder", {"questions": len(outcomes), "auc": None}, outcomes)


def silence(id: object, *, answered: bool, kind: str = "unanswerable") -> Outcome:
    return outcome(id, None, kind=kind, answered=answered)


def test_what_got_better_and_worse_is_told_question_by_question() -> None:
    before = run_with(
        outcome(1),
        outcome(2, 3),
        outcome(3, None),
        outcome(4, 2),
        silence(5, answered=True),
        silence(6, answered=False),
    )
    now = run_with(
        outcome(1),
        outcome(2, 1),
        outcome(3, 5),
        outcome(4, None),
        silence(5, answered=False),
        silence(6, answered=True),
    )
    got = compare(now, before)
    assert [change.now.id for change in got.better] == [2, 3, 5]
    assert [change.now.id for change in got.worse] == [4, 6]
    assert (got.answerable.better, got.answerable.worse, got.answerable.same) == (2, 1, 1)
    assert (got.to_refuse.better, got.to_refuse.worse, got.to_refuse.same) == (1, 1, 0)
    assert got.answerable.chance == 1.0


def test_questions_are_matched_by_id_or_by_what_was_asked_where_there_is_none() -> None:
    before = run_with(
        outcome(1, 1, question="old words"),
        outcome(None, 1, question="same words"),
        outcome(3, 1, question="judged"),
        outcome(4, 1),
        silence(1, answered=False, kind=FOREIGN),
    )
    now = run_with(
        outcome(1, 2, question="new words"),
        outcome("b", 2, question="same words"),
        outcome(3, 2, question="judged", judgement="another"),
        outcome(5, 2),
        silence("1", answered=True, kind=FOREIGN),
    )
    got = compare(now, before)
    assert [change.before.question for change in got.worse] == ["old words", "same words", "q1"]
    assert (got.judged_anew, got.only_now, got.only_before) == (1, 1, 1)


def test_a_judgement_counts_as_changed_only_where_other_answers_are_right() -> None:
    first, second = marked("a")["evidence"][0], marked("b")["evidence"][0]
    one = question_of({"question": "?", "evidence": [first, second]}, "")
    turned = question_of({"question": "??", "id": 3, "evidence": [second, first]}, "")
    assert one.judgement == turned.judgement
    others: list[dict[str, Any]] = [{"answers": ["a"]}, {"answers": ["a"], "document": "x"}, SILENT, marked("a")]
    assert len({one.judgement, *(question_of({"question": "?", **row}, "").judgement for row in others)}) == 5


def test_a_run_comes_back_as_it_was_saved() -> None:
    judged = [asked({"id": [1], "answers": ["水"]}, "水太烫"), asked({**SILENT, "id": None}, "水太烫", sure=0.1)]
    run = run_of(judged, version="1", date="2", index="3", encoder="4")
    assert read_run(json.loads(json.dumps(run_record(run))), "run.json") == run


@pytest.mark.parametrize(
    "damage",
    [
        *({"outcomes": [{}]}, {"outcomes": None}, {"figures": 5}, {"figures": {"auc": "x"}}, {"version": None}),
        *({"figures": {"auc": math.nan}}, {"figures": {"auc": 10**400}}, {"yuanhua_run": 99}),
    ],
)
def test_a_damaged_run_is_one_sentence_that_names_the_file(damage: dict[str, Any]) -> None:
    with pytest.raises(BadRun, match=r"^run\.json: [^\n]+\.$"):
        read_run(run_record(run_with(outcome(1))) | damage, "run.json")
    with pytest.raises(BadRun, match=r"^run\.json: it is no run"):
        read_run(["something else"], "run.json")


# The command


QUESTIONS: list[dict[str, Any]] = [
    {"id": "tea", "question": "泡绿茶的水温要多少度？", "answers": ["八十度"]},
    {"id": "bread", "question": "What gives the crust its flavour?", **marked("A slow rise overnight", "bread.txt")},
    {"id": "weather", "question": "北京今天的天气怎么样？", **SILENT},
]


@pytest.fixture
def judged_file(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "judged.jsonl", QUESTIONS)


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture
def built(run: Command, corpus: list[object]) -> list[object]:
    """The option that names an index of the two short essays."""
    run("index", "build", *corpus)
    return corpus[2:]


def test_evaluate_prints_groups_of_figures_for_people_and_one_object_for_programs(
    run: Command, built: list[object], judged_file: Path
) -> None:
    code, out, err = run("evaluate", judged_file, *built)
    lines = out.splitlines()
    assert (code, [line for line in lines if line and line[0] != " "]) == (
        0,
        ["Questions", "Passages", "Excerpts", "Refusal", "Calibration"],
    )
    assert ["evidence@1", "1.000", "answerable"] in [line.split()[:3] for line in lines]
    assert ["foreign_auc", "–", "chance"] in [line.split()[:3] for line in lines]
    assert "Asking: done (3 in" in err
    record = json.loads(run("evaluate", judged_file, "--json", *built)[1])
    assert (record["evidence@1"], record["refused"], record["MRR"], record["foreign_auc"]) == (1.0, 1.0, 1.0, None)
    assert record["index"] == json.loads(run("ask", "茶", "--json", *built)[1])["index"]


def test_every_question_of_a_foreign_file_should_be_refused(
    run: Command, built: list[object], judged_file: Path, tmp_path: Path
) -> None:
    """Also one that these essays do answer, whatever its line says of it."""
    others = [{"id": "tea", "question": "泡绿茶的水温不要超过多少度？", "answers": ["九十度"]}]
    first = write_lines(tmp_path / "a.jsonl", others)
    second = write_lines(tmp_path / "b.jsonl", [{"question": "Who won the cup in 1998?"}, *others])
    code, out, _ = run("evaluate", judged_file, "--json", "--foreign", first, "--foreign", second, *built)
    record = json.loads(out)
    assert (code, record["questions"], record["foreign"], record["foreign_refused"]) == (0, 3, 2, 0.5)


def test_misses_lists_what_has_no_right_excerpt_and_where_its_passage_was(
    run: Command, built: list[object], judged_file: Path
) -> None:
    assert "Every answerable question" in run("evaluate", judged_file, "--misses", *built)[1]
    write_lines(
        judged_file,
        [*QUESTIONS, {"id": "x", "question": "泡绿茶的水温是多少度呢？", **marked("knead too long", "bread.txt")}],
    )
    out = run("evaluate", judged_file, "--misses", *built)[1]
    assert "x  泡绿茶的水温是多少度呢？" in out
    assert "relevant passage was found at rank 2" in out
    missed = json.loads(run("evaluate", judged_file, "--misses", "--json", *built)[1])["misses"]
    assert [(one["id"], one["passage_at"], len(one["cited"]) > 0) for one in missed] == [("x", 2, True)]


def test_a_mark_that_no_passage_holds_is_said(run: Command, built: list[object], judged_file: Path) -> None:
    write_lines(judged_file, [*QUESTIONS, {"id": "slip", "question": "茶？", **marked("新鲜最最要紧", "tea.md")}])
    code, _, err = run("evaluate", judged_file, *built)
    assert code == 0
    assert [line for line in err.splitlines() if line.startswith(f"{judged_file}: no passage") and "slip" in line]


def test_two_runs_side_by_side_show_what_the_removal_of_an_essay_changed(
    run: Command, corpus: list[object], built: list[object], judged_file: Path, essays: Path, tmp_path: Path
) -> None:
    saved = tmp_path / "run.json"
    assert run("evaluate", judged_file, "--save", saved, *built)[0] == 0
    out = run("evaluate", judged_file, "--against", saved, *built)[1]
    assert "0 better, 0 worse, 2 the same" in out
    assert "Worse" not in out

    (essays / "tea.md").rename(tmp_path / "tea.md")
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    run("index", "build", *corpus)
    code, out, _ = run("evaluate", judged_file, "--against", saved, *built)
    assert code == 0
    assert [line.split()[1:4] for line in out.splitlines() if line.split()[:1] == ["evidence@1"]] == [
        ["0.500", "1.000", "−0.500"]
    ]
    assert "Worse (1)" in out, out
    worse = out[out.index("Worse (1)") :].splitlines()
    assert worse[1].split() == ["tea", "泡绿茶的水温要多少度？"]
    assert worse[2].startswith("    before: right: tea.md, ")
    assert "泡绿茶的水温不要超过八十度" in worse[2]
    assert "1 worse" in out
    assert "may well be chance" in out

    record = json.loads(run("evaluate", judged_file, "--against", saved, "--json", *built)[1])
    assert (record["evidence@1"], record["against"]["change"]["evidence@1"]) == (0.5, -0.5)
    assert [change["now"]["id"] for change in record["against"]["worse"]] == ["tea"]
    assert record["against"]["figures"]["evidence@1"] == 1.0


def test_an_essay_that_changed_since_the_build_is_left_out_and_named(
    run: Command, built: list[object], judged_file: Path, essays: Path
) -> None:
    (essays / "tea.md").write_text("别的话。\n", encoding="utf-8")
    code, out, err = run("evaluate", judged_file, "--json", *built)
    assert (code, err.count("tea.md: changed or gone"), json.loads(out)["evidence@1"]) == (0, 1, 0.5)


def test_a_line_separator_inside_a_question_is_no_new_line(run: Command, built: list[object], tmp_path: Path) -> None:
    file = write_lines(tmp_path / "q.jsonl", [{"question": "泡绿茶\u2028的水温\x85？", "answers": ["八十度"]}])
    assert json.loads(run("evaluate", file, "--json", *built)[1])["questions"] == 1


def test_half_a_character_in_a_question_can_be_saved(run: Command, built: list[object], tmp_path: Path) -> None:
    file, saved = tmp_path / "q.jsonl", tmp_path / "run.json"
    file.write_text('{"question": "泡绿茶的水温\\ud800？", "answers": ["八十度"]}\n', encoding="utf-8")
    assert run("evaluate", file, "--save", saved, *built)[0] == 0
    assert "1 the same" in run("evaluate", file, "--against", saved, *built)[1]


def test_files_that_cannot_be_used_are_one_sentence_before_anything_is_asked(
    run: Command, built: list[object], judged_file: Path, tmp_path: Path
) -> None:
    empty, broken = write_lines(tmp_path / "empty.jsonl", []), tmp_path / "broken.jsonl"
    broken.write_text('\n\n{"question": "?", "answers": []}\nnot json\n', encoding="utf-8")
    for arguments, sentence in (
        ([broken], f"{broken}: line 4 is no JSON object; correct the file."),
        ([empty], f"{empty}: there is no question in it"),
        ([judged_file, "--foreign", broken], f"{broken}: line 4 is no JSON object"),
        ([judged_file, "--against", broken], f"{broken}: it is no run that"),
        ([judged_file, "--against", tmp_path / "gone.json"], f"{tmp_path / 'gone.json'}: it cannot be read"),
        ([judged_file, "--save", judged_file], f"{judged_file}: it is there already and is no saved run"),
        ([judged_file, "--save", tmp_path / "no" / "run.json"], f"{tmp_path / 'no' / 'run.json'}: its folder is not"),
    ):
        code, out, err = run("evaluate", *arguments, *built)
        assert (code, out, err.count("\n"), err[: len(sentence)]) == (1, "", 1, sentence)
    assert judged_file.read_text(encoding="utf-8").startswith('{"id": "tea"')


def test_the_measures_cost_no_other_command_a_second() -> None:
    heavy = "ir_measures", "sklearn", "rag.measures", "pydantic"
    code = f"import sys, ui.cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@needs_shared
@pytest.mark.parametrize("essays_of", ["real essays", "cmrc"])
def test_the_figures_are_those_of_the_reference_program(
    run: Command, real_index: Path, tmp_path: Path, essays_of: str
) -> None:
    """`score.py` reads the answers that `ask --json` prints; both must count alike."""
    seeds, file, index = SHARED / "seeds", SHARED / "eval" / "essays-dev.jsonl", ["--index", real_index]
    if essays_of == "cmrc":
        (seeds, file), index = part_of_cmrc(tmp_path), ["--index", tmp_path / "index"]
        run("index", "build", "--seeds", seeds, *index)
    answers = tmp_path / "answers.jsonl"
    answers.write_text(run("ask", "--json", *index, stdin=file.read_text(encoding="utf-8"))[1], encoding="utf-8")
    command: list[str | Path] = [
        sys.executable,
        SHARED / "eval" / "score.py",
        "--questions",
        file,
        "--answers",
        answers,
    ]
    done = subprocess.run([*command, "--corpus", seeds], capture_output=True, text=True, check=True)
    expected = {name: value for name, value in json.loads(done.stdout).items() if name != "no_line"}
    got = json.loads(run("evaluate", file, "--json", *index)[1])
    assert {name: got[name] for name in expected} == expected


def part_of_cmrc(folder: Path) -> tuple[Path, Path]:
    public = SHARED / "eval" / "public" / "cmrc"
    rows = [json.loads(line) for line in (public / "corpus.jsonl").read_text(encoding="utf-8").splitlines()[:4]]
    (folder / "cmrc").mkdir()
    for row in rows:
        (folder / "cmrc" / row["document"]).write_text(row["text"], encoding="utf-8", newline="\n")
    names = {row["document"] for row in rows}
    lines = (public / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [row for row in map(json.loads, lines) if row["document"] in names]
    return folder / "cmrc", write_lines(folder / "cmrc.jsonl", questions)
