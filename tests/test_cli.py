"""The command line's contract: what goes to which stream, which exit code, and never a traceback."""

import json
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from rag.why import Trace
from tests.conftest import ROOT, Run
from ui import __version__
from ui.cli import INTERRUPTED

FIELDS = [
    *(
        "id",
        "question",
        "answered",
        "confidence",
        "text",
        "citations",
        "nearest",
        "corrections",
        "opposed",
        "elapsed_ms",
        "index",
    )
]
CITATION_FIELDS = ["n", "document", "title", "author", "date", "start", "end", "quote", "score", "reported"]


def test_ask_json_prints_one_line_with_the_fields_of_the_contract(run: Run, seeds_index: Path) -> None:
    code, out, _ = run("ask", "数据质量重要吗？", "--json", "--index", seeds_index)
    record = json.loads(out)
    assert (code, out.count("\n"), list(record)) == (0, 1, FIELDS)
    assert all(list(citation) == CITATION_FIELDS for citation in record["citations"])
    first = record["citations"][0]
    text = (seeds_index.parent / "seeds" / first["document"]).read_text(encoding="utf-8")
    assert text[first["start"] : first["end"]] == first["quote"]


def test_ask_for_people_prints_the_excerpts_and_where_they_stand(run: Run, seeds_index: Path) -> None:
    code, out, _ = run("ask", "数据质量重要吗？", "--index", seeds_index)
    assert code == 0
    assert "[1] " in out
    assert ".md, " in out


def test_a_misspelt_name_is_said_to_be_read_as_another(run: Run, seeds_index: Path) -> None:
    code, out, _ = run("ask", "Tranformer", "--index", str(seeds_index))
    assert (code, out.splitlines()[0]) == (0, "Searched for “transformer”; the essays do not have “Tranformer”.")
    record = json.loads(run("ask", "什么是Tranformer？", "--json", "--index", str(seeds_index))[1])
    assert record["corrections"] == [{"typed": "Tranformer", "read_as": "transformer"}]


def test_a_refusal_is_an_answer(run: Run, seeds_index: Path) -> None:
    code, out, _ = run("ask", "北京今天的天气怎么样？", "--json", "--index", seeds_index)
    record = json.loads(out)
    assert (code, record["answered"], record["citations"], len(record["nearest"])) == (0, False, [], 3)
    assert list(record["nearest"][0]) == ["document", "start", "end", "score"]
    assert "这些文章没有谈到这个问题" in run("ask", "北京今天的天气怎么样？", "--index", seeds_index)[1]


def test_a_line_in_gives_a_line_out_with_the_same_id(run: Run, seeds_index: Path) -> None:
    lines = [{"id": "a", "question": "数据质量"}, {"id": 2, "question": ""}, {"id": None, "question": "\ud800🙂\x00"}]
    code, out, err = run("ask", "--json", "--index", seeds_index, stdin="\n".join(map(json.dumps, lines)) + "\n\n")
    records = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert [(record["id"], record["answered"]) for record in records] == [("a", True), (2, False), (None, False)]
    assert "question is empty" in records[1]["error"]


def test_a_line_that_is_no_question_is_named_and_the_rest_is_answered(run: Run, seeds_index: Path) -> None:
    stdin = '{"id": 1, "question": "数据"}\nnot json\n[]\n{"id": 4}\n{"id": 5, "question": "质量"}\n'
    code, out, err = run("ask", "--json", "--index", seeds_index, stdin=stdin)
    assert code == 1
    assert [json.loads(line)["id"] for line in out.splitlines()] == [1, 5]
    assert [line[:6] for line in err.splitlines()] == ["Line 2", "Line 3", "Line 4"]


@pytest.mark.parametrize("question", ["", " \n ", "\x00\x1b", "问" * 100_000])
def test_a_question_that_cannot_be_asked_is_one_line(run: Run, seeds_index: Path, question: str) -> None:
    code, out, err = run("ask", question, "--index", seeds_index)
    assert (code, out, err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    "question", ["🙂", "\ud800", "數據質量", "\u202e\u200b数据", "a" * 1999, "{{7*7}} ${x} <script>"]
)
def test_any_other_question_gets_an_answer(run: Run, seeds_index: Path, question: str) -> None:
    code, out, _ = run("ask", question, "--json", "--index", seeds_index)
    assert code == 0
    assert json.loads(out)["answered"] in (True, False)


def test_the_whole_way_build_add_ask_remove(run: Run, corpus: list[object], essays: Path, tmp_path: Path) -> None:
    code, out, err = run("index", "build", *corpus, "--json")
    assert (code, json.loads(out)["added"]) == (0, ["bread.txt", "tea.md"])
    assert "Embedding: done" in err
    assert json.loads(run("index", "build", *corpus, "--json")[1])["embedded"] == 0

    new = tmp_path / "墨.txt"
    new.write_text("磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n", encoding="gb18030")
    assert run("index", "add", new, *corpus)[0] == 0
    asked = ["ask", "磨墨为什么要慢？", "--json", "--index", tmp_path / "index"]
    first = json.loads(run(*asked)[1])["citations"][0]
    assert (first["document"], first["quote"][:6]) == ("墨.txt", "磨墨要慢，心")

    code, _, err = run("index", "remove", "墨.txt", *corpus)
    assert code == 0
    assert "move it back" in err
    assert (essays / ".removed" / "墨.txt").is_file()
    assert "墨.txt" not in run(*asked)[1]


def test_a_file_removed_by_hand_is_absent_from_the_very_next_answer(
    run: Run, corpus: list[object], essays: Path
) -> None:
    run("index", "build", *corpus)
    asked = ["ask", "泡绿茶的水温要多少度？", "--json", *corpus[2:]]
    assert json.loads(run(*asked)[1])["citations"][0]["document"] == "tea.md"
    (essays / "tea.md").unlink()
    code, out, err = run(*asked)
    assert (code, "tea.md" in out) == (0, False)
    assert "tea.md: changed or gone since" in err


def test_status_says_what_a_build_would_change(run: Run, corpus: list[object], essays: Path) -> None:
    assert json.loads(run("index", "status", *corpus, "--json")[1])["added"] == ["bread.txt", "tea.md"]
    run("index", "build", *corpus)
    assert json.loads(run("index", "status", *corpus, "--json")[1])["current"] is True
    (essays / "tea.md").unlink()
    status = json.loads(run("index", "status", *corpus, "--json")[1])
    assert (status["current"], status["removed"]) == (False, ["tea.md"])
    assert "yuanhua index build" in run("index", "status", *corpus)[2]


def test_status_and_build_name_what_was_renamed_and_what_is_there_twice(
    run: Run, corpus: list[object], essays: Path
) -> None:
    run("index", "build", *corpus)
    (essays / "bread.txt").rename(essays / "loaf.txt")
    (essays / "tee.txt").write_bytes((essays / "tea.md").read_bytes())
    lines = [
        "  added: tee.txt",
        "  renamed: bread.txt is now loaf.txt",
        "  duplicate: tee.txt is the same essay as tea.md",
    ]
    facts = {
        "added": ["tee.txt"],
        "changed": [],
        "renamed": [{"from": "bread.txt", "to": "loaf.txt"}],
        "removed": [],
        "duplicates": [{"name": "tee.txt", "same_as": "tea.md"}],
        "unchanged": 1,
    }
    out = run("index", "status", *corpus)[1].splitlines()
    assert [line for line in out if line in lines] == lines
    status = json.loads(run("index", "status", *corpus, "--json")[1])
    assert {key: status[key] for key in facts} == facts
    built = json.loads(run("index", "build", *corpus, "--json")[1])
    assert {key: built[key] for key in facts} == facts
    assert (built["documents"], built["embedded"]) == (2, 0)
    again = run("index", "build", *corpus)[1].splitlines()
    assert again == [lines[2], "The index is up to date: 2 essays, 2 passages; 0 texts embedded."]


def test_a_build_that_is_stopped_says_what_is_left_of_it(
    run: Run, corpus: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("index.stores.build", stop)
    monkeypatch.setattr("index.stores.read_manifest", stop)
    code, out, err = run("index", "build", *corpus)
    assert (code, out, err.count("\n")) == (INTERRUPTED, "", 1)
    assert "as it was before, and what was embedded is kept for the next build" in err
    assert run("index", "status", *corpus) == (INTERRUPTED, "", "Stopped.\n")


def test_bad_files_among_good_ones_are_a_line_each(run: Run, corpus: list[object], essays: Path) -> None:
    (essays / "empty.txt").write_bytes(b"")
    (essays / "binary.txt").write_bytes(bytes(range(256)) * 40)
    (essays / "scan.pdf").write_bytes(b"%PDF-1.7")
    with (essays / "huge.txt").open("wb") as file:
        file.truncate(50_000_000)
    (essays / "gone.txt").symlink_to(essays / "nowhere")
    code, out, err = run("index", "build", *corpus)
    named = [
        line for line in err.splitlines() if line.split(":")[0] in {p.name for p in essays.iterdir()} | {"gone.txt"}
    ]
    assert (code, len(named)) == (0, 5)
    assert "huge.txt: it is 50 MB" in err
    assert "2 essays" in out


def test_verify_finds_damage(run: Run, corpus: list[object], tmp_path: Path) -> None:
    run("index", "build", *corpus)
    assert run("index", "verify", *corpus)[0] == 0
    vectors = next((tmp_path / "index").rglob("passage_vectors.npy"))
    vectors.write_bytes(vectors.read_bytes()[:-1] + b"\x7f")
    code, out, _ = run("index", "verify", *corpus, "--json")
    assert (code, json.loads(out)["sound"]) == (1, False)


def test_a_saved_answer_is_checked_against_the_files(
    run: Run, corpus: list[object], essays: Path, tmp_path: Path
) -> None:
    run("index", "build", *corpus)
    proof = tmp_path / "proof.json"
    proof.write_text(run("ask", "泡绿茶的水温要多少度？", "--json", *corpus[2:])[1], encoding="utf-8")
    code, out, _ = run("verify", proof, *corpus[:2])
    assert (code, out[:11]) == (0, "[1] holds: ")
    (essays / "tea.md").unlink()
    code, out, _ = run("verify", proof, *corpus[:2], "--json")
    assert (code, json.loads(out.splitlines()[0])["verdict"]) == (1, "gone")


def test_quotes_checks_each_quotation_of_a_text(run: Run, corpus: list[object], tmp_path: Path) -> None:
    run("index", "build", *corpus)
    text = "他说“好茶不必贵，新鲜最要紧”，又说「好茶必贵，新鲜最要紧」。\n\n> 水太燙,茶葉會發苦。\n\n"
    text += "所谓“绿茶”“乌龙”，“咖啡豆要现磨现煮才香”。"
    (tmp_path / "text.md").write_text(text, encoding="utf-8")
    code, out, _ = run("quotes", tmp_path / "text.md", *corpus[2:])
    lines = out.splitlines()
    assert code == 0
    assert [re.split(r"[:;] | \(", line)[0] for line in lines[:-1]] == [
        *("exact", "altered", "normalised", "exact", "too short to judge", "absent")
    ]
    assert lines[1].endswith("; a negation differs!: 好茶[-不-]必贵，新鲜最要紧")
    assert lines[-1] == (
        "6 quotations: 2 exact, 1 normalised, 1 altered, 1 absent, 1 too short to judge; "
        "in 1 of them a negation or a number differs."
    )


def test_quotes_takes_a_text_without_marks_for_a_quotation_a_line(run: Run, corpus: list[object]) -> None:
    run("index", "build", *corpus)
    code, out, err = run("quotes", *corpus[2:], stdin="水太烫，茶叶会发苦。\n\n好茶不必贵，新鲜最要紧。\n")
    assert (code, out.splitlines()[-1], err.count("\n")) == (0, "2 quotations: 2 exact.", 1)


def test_quotes_answers_a_program_line_by_line_and_names_a_bad_one(
    run: Run, corpus: list[object], essays: Path
) -> None:
    run("index", "build", *corpus)
    lines = [
        json.dumps({"id": "x", "quote": "水太烫，茶叶会发苦。"}),
        "nonsense",
        json.dumps({"id": 7, "quote": "泡绿茶的水温不要超过九十度。"}),
        json.dumps({"id": "n", "quote": 5}),
        json.dumps({"quote": "咖啡豆要现磨\ud800现煮才香"}),
    ]
    code, out, err = run("quotes", "--json", *corpus[2:], stdin="\n".join(lines))
    records = [json.loads(line) for line in out.splitlines()]
    assert (code, [line.split(" is ")[0] for line in err.splitlines()]) == (1, ["Line 2", "Line 4"])
    assert list(records[0]) == ["id", "verdict", "document", "start", "end", "difference", "alarms"]
    text = (essays / "tea.md").read_text(encoding="utf-8")
    start = text.index("水太烫")
    assert [list(record.values()) for record in records] == [
        ["x", "exact", "tea.md", start, start + 10, "", []],
        [7, "altered", "tea.md", start - 14, start - 1, "泡绿茶的水温不要超过[-八-]{+九+}十度。", ["number"]],
        [None, "absent", None, None, None, "", []],
    ]


def test_quotes_compares_with_the_essays_as_indexed_and_says_so(run: Run, corpus: list[object], essays: Path) -> None:
    run("index", "build", *corpus)
    (essays / "tea.md").write_text("改过了。\n", encoding="utf-8")
    code, out, err = run("quotes", *corpus[2:], stdin="“水太烫，茶叶会发苦。”")
    assert (code, out.split(" ")[0]) == (0, "exact")
    assert err.startswith("tea.md: changed or gone since the last build")


def test_why_says_where_a_sentence_was_lost(run: Run, corpus: list[object]) -> None:
    run("index", "build", *corpus)
    code, out, _ = run("why", "泡绿茶的水温", "水太烫，茶叶会发苦。", *corpus[2:])
    assert (code, out.splitlines()[-1]) == (0, "已经引用，就是出处 [1]。")


def test_why_tells_a_program_every_step(run: Run, corpus: list[object], essays: Path) -> None:
    run("index", "build", *corpus)
    code, out, _ = run("why", "泡绿茶的水温", "好茶不必貴", "--json", *corpus[2:])
    record = json.loads(out)
    assert (code, out.count("\n"), list(record)) == (0, 1, [field.name for field in fields(Trace)])
    assert (record["document"], record["quote"], record["exact"]) == ("tea.md", "好茶不必贵", False)
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    assert json.loads(run("why", "How?", "磨墨要慢", "--json", *corpus[2:])[1])["lost"] == "freshness"
    assert "not in the index yet; rebuild" in run("why", "How?", "磨墨要慢", *corpus[2:])[1]


@pytest.mark.parametrize("sentence", ["", "……", "这句话哪里都没有写过啊", "水太烫，茶叶不会发苦", "问" * 100_000])
def test_a_sentence_that_cannot_be_followed_is_one_line(run: Run, corpus: list[object], sentence: str) -> None:
    run("index", "build", *corpus)
    code, out, err = run("why", "泡绿茶的水温", sentence, *corpus[2:])
    assert (code, out, err.count("\n")) == (1, "", 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["ask"], 2),
        (["index"], 2),
        (["index", "add"], 2),
        (["serve", "--port", "99999"], 2),
        (["nonsense"], 2),
        (["ask", "x", "--index", "nowhere"], 1),
        (["index", "build", "--seeds", "nowhere"], 1),
        (["index", "verify", "--index", "nowhere"], 1),
        (["index", "remove", "../x", "--seeds", "."], 1),
        (["evaluate", "nowhere.jsonl"], 1),
        (["quotes", "nowhere.txt"], 1),
        (["verify", "nowhere.json"], 1),
    ],
)
def test_exit_codes(run: Run, arguments: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    got, out, err = run(*arguments)
    assert got == code
    if code == 1:
        assert (out, len(err.splitlines())) == ("", 1)
    if arguments == ["--version"]:
        assert out == f"yuanhua {__version__}\n"


def test_control_characters_of_an_essay_do_not_reach_the_terminal(run: Run, corpus: list[object], essays: Path) -> None:
    (essays / "tea.md").write_text(
        "泡绿茶的水温\x1b[31m不要超过八十度\x1b[0m，水太烫茶叶会发苦。\n" * 40, encoding="utf-8"
    )
    run("index", "build", *corpus)
    assert "\x1b" not in run("ask", "泡绿茶的水温要多少度？", *corpus[2:])[1]


def test_a_real_process_in_a_bare_environment_writes_utf8(seeds_index: Path) -> None:
    import os

    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LC_ALL": "C", "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "ui", "index", "status", "--index", str(seeds_index)]
    command += ["--seeds", str(seeds_index.parent / "seeds")]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, b"")
    assert "摘要" in done.stdout.decode("utf-8")


def test_a_byte_order_mark_costs_no_question(run: Run, seeds_index: Path) -> None:
    code, out, err = run("ask", "--json", "--index", seeds_index, stdin='\ufeff{"id": 1, "question": "数据"}\n')
    assert (code, json.loads(out)["id"], err) == (0, 1, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_stream_is_no_traceback(seeds_index: Path, closed: str) -> None:
    command = f'"$0" -m ui index verify --index "$1" {closed}'
    done = subprocess.run(
        ["sh", "-c", command, sys.executable, str(seeds_index)], capture_output=True, check=False, timeout=120, cwd=ROOT
    )
    assert b"Traceback" not in done.stderr
    assert done.returncode == 0


def test_a_name_with_a_line_break_forges_no_line(run: Run, corpus: list[object], essays: Path) -> None:
    (essays / "new\nline.md").write_text("泡绿茶的水温以八十度为宜，再高茶叶就会发苦。\n", encoding="utf-8")
    run("index", "build", *corpus)
    out = run("index", "status", *corpus)[1] + run("ask", "泡绿茶的水温要多少度？", *corpus[2:])[1]
    assert "line.md" in out
    assert not [line for line in out.splitlines() if line.startswith("line.md")]


def test_only_some_essays_are_asked(run: Run, seeds_index: Path) -> None:
    def documents(*options: str) -> set[str]:
        code, out, _ = run("ask", "这些作者怎么看数据质量？", "--json", "--index", seeds_index, *options)
        assert code == 0
        return {citation["document"] for citation in json.loads(out)["citations"]}

    assert len(documents()) == 5
    assert documents("--author", "李沐") == {"li-mu-talk.md"}
    assert documents("--essay", "li-mu-talk.md", "--essay", "thoughts-on-llm.md") == {
        "li-mu-talk.md",
        "thoughts-on-llm.md",
    }
    assert documents("--since", "2024-08", "--until", "2024") == {"li-mu-talk.md"}
    assert documents("--author", "nobody") == set()
    assert run("ask", "数据？", "--index", seeds_index, "--since", "yesterday")[0] == 2
