"""A saved answer: one file that says where its words stand, and that is checked against the essays without an index."""

import hashlib
import io
import json
import shutil
import time
from pathlib import Path
from typing import Any

import pytest

from index.types import Document
from rag.proof import BadProof, read_record, seal_of, sealed
from rag.verify import Files, Verified, verify
from tests.conftest import SHARED, Run, needs_shared
from tests.made import saved_as, zipped

TEA = Document(
    "tea.md",
    "泡绿茶的水温不要超过八十度。\n水太烫，茶叶会发苦；好茶不必贵，新鲜最要紧。",
    "论茶",
    "",
    "",
    "",
    "zh",
    "t",
)
QUESTION = "泡绿茶的水温要多少度？"


def files(*documents: Document) -> Files:
    by_name = {document.name: document for document in documents}
    return Files({name: document.sha256 for name, document in by_name.items()}, by_name.get)


def saved(quote: str, start: Any, document: str = "tea.md", **fields: Any) -> dict[str, Any]:
    citation = {"n": 1, "document": document, "start": start, "end": start + len(quote), "quote": quote}
    return {"citations": [citation], **fields}


def verdicts(verified: Verified) -> list[str]:
    return [held.verdict for held in verified.held]


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (saved("泡绿茶的水温", 0), "holds"),
        (saved("泡绿茶的水温", 3), "moved"),
        (saved("泡红茶的水温", 0), "changed"),
        (saved("泡绿茶的水温", 0, "gone.md"), "gone"),
        (saved("泡绿茶的水温", 10**15), "moved"),
    ],
)
def test_a_citation_holds_moved_changed_or_is_gone(answer: dict[str, Any], verdict: str) -> None:
    assert verdicts(verify(answer, files(TEA))) == [verdict]


def test_words_that_stand_in_several_places_are_found_nearest_to_where_they_were() -> None:
    twice = Document("a.md", "水要烫。茶要新。水要烫。茶要新。", "", "", "", "", "zh", "")
    (held,) = verify(saved("茶要新。", 11, "a.md"), files(twice)).held
    assert (held.verdict, held.span) == ("moved", (12, 16))


def test_words_that_are_nearly_everywhere_in_an_essay_are_looked_up_in_bounded_time() -> None:
    essay = Document("a.md", "a" * 80_000 + "b" + "a" * 900, "", "", "", "", "en", "")
    (citation,) = saved("a" * 900 + "b" + "a" * 901, 80_000, "a.md")["citations"]
    began = time.process_time()
    verified = verify({"citations": [citation] * 1_000}, files(essay))
    assert set(verdicts(verified)) == {"changed"}
    assert time.process_time() - began < 10
    (held,) = verify(saved("a" * 900 + "b" + "a" * 900, 80_500, "a.md"), files(essay)).held
    assert (held.verdict, held.span) == ("moved", (79_100, 80_901))


def test_what_is_longer_than_any_excerpt_is_compared_where_it_stood_and_looked_for_nowhere_else() -> None:
    essay = Document("a.md", "茶" * 2_001 + "水", "", "", "", "", "zh", "")
    assert verdicts(verify(saved(essay.text, 0, "a.md"), files(essay))) == ["holds"]
    assert verdicts(verify(saved("茶" * 2_000 + "水", 0, "a.md"), files(essay))) == ["changed"]
    assert verdicts(verify(saved("茶" * 1_999 + "水", 0, "a.md"), files(essay))) == ["moved"]


@pytest.mark.parametrize("of", ["citations", "sources", "quotations"])
def test_an_answer_with_more_than_any_has_is_one_clear_line(of: str) -> None:
    (citation,) = saved("泡绿茶", 0)["citations"]
    answer: dict[str, Any] = {"citations": [citation]}
    if of == "citations":
        answer = {"citations": [citation] * 1_001}
    elif of == "sources":
        answer["sources"] = {str(n): {"sha256": "", "text_sha256": ""} for n in range(1_001)}
    else:
        answer["model"] = {"text": "“水太烫，茶叶会发苦”" * 1_001}
    with pytest.raises(BadProof, match="1000"):
        verify(answer, files(TEA))


def test_a_file_of_fields_that_are_there_twice_is_refused_at_once() -> None:
    fields = ",".join(f'"{n}":0' for n in range(100_000))
    began = time.process_time()
    with pytest.raises(BadProof, match="99999"):
        read_record(f'{{{fields},"99999":0}}')
    assert time.process_time() - began < 10


@pytest.mark.parametrize(
    "citations",
    [
        None,
        {},
        [1],
        [{"n": "x"}],
        *([saved("水温", 0)["citations"][0] | {field: float("inf")}] for field in ("n", "start", "end")),
        [saved("水温", 0)["citations"][0] | {"start": -5}],
        [saved("水温", 0)["citations"][0] | {"quote": " "}],
        [saved("水温", 0)["citations"][0] | {"document": ["tea.md"]}],
    ],
)
def test_what_is_no_saved_answer_is_one_clear_line(citations: object) -> None:
    with pytest.raises(BadProof, match="save one anew"):
        verify({"citations": citations}, files(TEA))


@pytest.mark.parametrize("sources", [[], {"tea.md": "t"}, {"tea.md": {"sha256": 1, "text_sha256": ""}}])
def test_sources_that_are_none_are_one_clear_line(sources: object) -> None:
    with pytest.raises(BadProof, match="sources"):
        verify(saved("泡绿茶", 0, sources=sources), files(TEA))


def test_what_a_model_quoted_is_looked_up_again() -> None:
    text = "水温要紧“水太烫，茶叶会发苦”，另有“咖啡要现磨现煮”，以及“泡绿茶的水温要高”。"
    answer = saved("泡绿茶的水温要高", 0, model={"name": "m", "text": text})
    held = verify(answer, files(TEA)).held[1:]
    assert [(one.n, one.quote, one.verdict) for one in held] == [
        (None, "水太烫，茶叶会发苦", "holds"),
        (None, "咖啡要现磨现煮", "absent"),
        (None, "泡绿茶的水温要高", "changed"),
    ]


def test_the_seal_is_the_one_that_the_manual_describes() -> None:
    """RFC 8785, written out by hand: keys in the order of their UTF-16, numbers as ECMAScript writes them."""
    record = {"b": 1.0, "\U00010000": "é\n\u007f\u0001", "\ue000": [0.7139, None, True], "a": {"z": 0.0, "y": "“”"}}
    canonical = '{"a":{"y":"“”","z":0},"b":1,"\U00010000":"é\\n\u007f\\u0001","\ue000":[0.7139,null,true]}'
    assert seal_of(record) == hashlib.sha256(canonical.encode()).hexdigest()
    assert seal_of(sealed(record)) == seal_of(record)


@pytest.mark.parametrize(
    ("text", "reason"),
    [('{"citations": [], "citations": []}', "twice"), ('{"confidence": NaN}', "NaN"), ('{"a": -Infinity}', "Infinity")],
)
def test_what_programs_would_read_differently_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadProof, match=reason):
        read_record(text)


# The command line


@pytest.fixture
def proof(run: Run, corpus: list[object], tmp_path: Path) -> Path:
    """A saved answer about tea, from the essays that may be changed."""
    path = tmp_path / "answer.json"
    run("index", "build", *corpus)
    code, _, err = run("ask", QUESTION, *corpus[2:], "--save", path)
    assert (code, f"yuanhua verify {path}" in err) == (0, True)
    return path


def check(run: Run, proof: Path, essays: Path) -> tuple[int, list[dict[str, Any]], str]:
    code, out, err = run("verify", proof, "--seeds", essays, "--json")
    return code, [json.loads(line) for line in out.splitlines()], err


def test_a_saved_answer_says_what_it_was_made_of(proof: Path, essays: Path, run: Run, corpus: list[object]) -> None:
    record = json.loads(proof.read_text(encoding="utf-8"))
    assert list(record) == [
        *("format", "version", "saved", "yuanhua", "question", "answered", "confidence", "text", "citations"),
        *("nearest", "corrections", "sources", "index", "encoder", "model", "seal"),
    ]
    asked = json.loads(run("ask", QUESTION, *corpus[2:], "--json")[1])
    for field in ("question", "answered", "confidence", "text", "citations", "nearest", "index"):
        assert record[field] == asked[field], field
    tea = (essays / "tea.md").read_bytes()
    assert record["sources"]["tea.md"] == {
        "sha256": hashlib.sha256(tea).hexdigest(),
        "text_sha256": hashlib.sha256(tea).hexdigest(),
        "title": "论茶",
        "author": "陆小羽",
        "date": "2021-03-04",
        "url": "",
    }
    assert record["saved"][10] == "T"
    assert record["saved"][19] in "+-"
    assert record["encoder"].startswith("multilingual-e5-small")


def test_a_question_to_some_essays_is_saved_with_whom_it_was_put_to(
    run: Run, proof: Path, corpus: list[object], tmp_path: Path
) -> None:
    path = tmp_path / "some.json"
    run("ask", QUESTION, *corpus[2:], "--author", "陆小羽", "--until", "2022", "--save", path)
    assert json.loads(path.read_text())["scope"] == {"authors": ["陆小羽"], "until": "2022"}


def test_an_untouched_answer_holds_without_any_index(run: Run, proof: Path, essays: Path, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "index")
    code, held, err = check(run, proof, essays)
    assert (code, err) == (0, "")
    assert {(one["verdict"], one["source"], one["seal"]) for one in held} == {("holds", "unchanged", "whole")}
    code, out, _ = run("verify", proof, "--seeds", essays)
    assert code == 0
    assert out.splitlines()[-1] == f"{len(held)} holds; its checksum fits"
    assert "file unchanged: tea.md" in out


def test_a_refusal_is_saved_and_has_nothing_to_check(run: Run, proof: Path, corpus: list[object], essays: Path) -> None:
    path = proof.with_name("refusal.json")
    run("ask", "量子计算机何时普及？", *corpus[2:], "--save", path)
    record = json.loads(path.read_text(encoding="utf-8"))
    assert (record["answered"], record["citations"], bool(record["nearest"])) == (False, [], True)
    code, out, err = run("verify", path, "--seeds", essays)
    assert (code, "no citations; its checksum fits" in out) == (0, True)
    assert "nothing to check" in err


def test_each_change_to_the_essays_is_named_for_what_it_is(run: Run, proof: Path, essays: Path) -> None:
    tea = essays / "tea.md"
    text = tea.read_text(encoding="utf-8")
    cited = {one["quote"] for one in check(run, proof, essays)[1] if one["document"] == "tea.md"}
    assert any("八十度" in quote for quote in cited)

    tea.write_bytes(text.encode("gb18030"))
    assert of_tea(check(run, proof, essays)) == (0, {("holds", "same text", "tea.md")})
    tea.write_text(text, encoding="utf-8")
    tea.rename(essays / "on tea.md")
    assert of_tea(check(run, proof, essays)) == (0, {("holds", "renamed", "on tea.md")})
    assert "file renamed: tea.md is now on tea.md" in run("verify", proof, "--seeds", essays)[1]
    tea.write_text("水太烫。", encoding="utf-8")  # another essay under the old name
    assert of_tea(check(run, proof, essays)) == (0, {("holds", "renamed", "on tea.md")})
    (essays / "on tea.md").unlink()
    tea.write_text(text.replace("泡绿茶", "先说一句。泡绿茶"), encoding="utf-8")
    code, held, err = check(run, proof, essays)
    assert (code, err) == (0, "")
    moved = next(one for one in held if "八十度" in one["quote"])
    now = tea.read_text(encoding="utf-8")
    assert (moved["verdict"], now[moved["start"] : moved["end"]]) == ("moved", moved["quote"])
    tea.write_text(text.replace("八十度", "七十度"), encoding="utf-8")
    code, held, err = check(run, proof, essays)
    fallen = next(one for one in held if "八十度" in one["quote"])
    assert (code, fallen["verdict"], fallen["source"], fallen["start"]) == (1, "changed", "changed", None)
    assert err == f"{proof}: 1 of its quotations no longer in its essay.\n"
    tea.unlink()
    assert of_tea(check(run, proof, essays)) == (1, {("gone", "gone", None)})


def of_tea(checked: tuple[int, list[dict[str, Any]], str]) -> tuple[int, set[tuple[str, str, str | None]]]:
    code, held, _ = checked
    return code, {(one["verdict"], one["source"], one["now"]) for one in held if one["document"] == "tea.md"}


def test_an_edited_file_is_noticed(run: Run, proof: Path, essays: Path) -> None:
    proof.write_text(proof.read_text(encoding="utf-8").replace("泡绿茶的水温要", "泡红茶的水温要"), encoding="utf-8")
    code, held, err = check(run, proof, essays)
    assert (code, {one["seal"] for one in held}, {one["verdict"] for one in held}) == (1, {"broken"}, {"holds"})
    assert err == f"{proof}: it was edited after it was saved: its checksum does not fit.\n"


def test_its_layout_may_change_without_being_an_edit(run: Run, proof: Path, essays: Path) -> None:
    record = json.loads(proof.read_text(encoding="utf-8"))
    proof.write_text(json.dumps(dict(sorted(record.items())), indent=4), encoding="utf-8")
    assert check(run, proof, essays)[0] == 0


def test_essays_in_archives_and_pdfs_are_checked_as_well(
    run: Run, essays: Path, corpus: list[object], tmp_path: Path
) -> None:
    ink = "磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n"
    (essays / "old.zip").write_bytes(zipped({"墨.txt": ink}))
    kite = ["A kite flies best when the string is light and the wind is steady.", "Run a little, then let it go."]
    (essays / "kite.pdf").write_bytes(saved_as(".pdf", "Kites", kite))
    run("index", "build", *corpus)
    for question, name in (("磨墨为什么要慢？", "old.zip/墨.txt"), ("When does a kite fly best?", "kite.pdf")):
        path = tmp_path / f"{name.replace('/', '-')}.json"
        run("ask", question, *corpus[2:], "--save", path)
        source = json.loads(path.read_text(encoding="utf-8"))["sources"][name]
        assert (source["sha256"] == source["text_sha256"]) == name.endswith(".txt")
        code, held, _ = check(run, path, essays)
        assert (code, held[0]["document"], held[0]["verdict"], held[0]["source"]) == (0, name, "holds", "unchanged")


def test_another_file_is_never_replaced_unless_that_is_asked_for(
    run: Run, proof: Path, corpus: list[object], tmp_path: Path
) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    code, out, err = run("ask", QUESTION, *corpus[2:], "--save", mine)
    assert (code, out, mine.read_text()) == (1, "", "mine")
    assert "--force" in err
    assert run("ask", QUESTION, *corpus[2:], "--save", mine, "--force")[0] == 0
    assert json.loads(mine.read_text(encoding="utf-8"))["format"] == "yuanhua-answer"
    code, _, err = run("ask", QUESTION, *corpus[2:], "--save", tmp_path / "no" / "where.json")
    assert (code, err.count("\n")) == (1, 1)
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".draft")] == []


def test_many_answers_are_not_saved_as_one(run: Run, proof: Path, corpus: list[object]) -> None:
    assert run("ask", "--json", *corpus[2:], "--save", proof, stdin="")[0] == 2


def test_answers_as_ask_prints_them_are_checked_line_by_line(
    run: Run, proof: Path, corpus: list[object], essays: Path, tmp_path: Path
) -> None:
    lines = tmp_path / "answers.jsonl"
    questions = [QUESTION, "How long should bread rise?"]
    asked = "\n".join(json.dumps({"id": n, "question": q}) for n, q in enumerate(questions))
    lines.write_text(run("ask", "--json", *corpus[2:], stdin=asked)[1], encoding="utf-8")
    code, held, _ = check(run, lines, essays)
    assert (code, {one["document"] for one in held}) == (0, {"tea.md", "bread.txt"})
    assert {(one["verdict"], one["source"], one["seal"]) for one in held} == {("holds", "unknown", "none")}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "nothing to check"),
        (b"\xff\xfe\x00", "UTF-8"),
        (b"not json\n", "line 1"),
        (b"[]", "line 1"),
        (b"[" * 100_000, "line 1"),
        (b'{"a":' * 400 + b"1" + b"}" * 400, "citations"),
        (b'{"format":"yuanhua-answer","version":1,"a":' + b"[" * 600 + b"]" * 600 + b"}", "save one anew"),
        (b'{"citations": [], "citations": []}', "twice"),
        (b'{"citations": [], "confidence": NaN}', "NaN"),
        (b'{"format": "another", "citations": []}', "format"),
        (b'{"format": "yuanhua-answer", "version": 2, "citations": []}', "version"),
        (b'{"citations": ' + b"9" * 5000 + b"}", "line 1"),
    ],
)
def test_a_hostile_file_is_one_sentence(run: Run, essays: Path, tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(content)
    code, out, err = run("verify", path, "--seeds", essays)
    assert (code, out, err.count("\n")) == (1 if content else 0, "", 1)
    assert said in err


def test_a_file_that_is_too_long_is_not_read_to_its_end(run: Run, essays: Path, tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(5_000_001)
    code, _, err = run("verify", path, "--seeds", essays)
    assert (code, "5 MB" in err) == (1, True)
    assert run("verify", tmp_path, "--seeds", essays)[0] == 1
    assert run("verify", tmp_path / "none.json", "--seeds", essays)[0] == 1


@pytest.mark.parametrize("name", ["../secret.md", "/etc/hostname", "..", "", "a\x00b", "tea.md/../../secret.md"])
def test_no_name_in_it_leads_out_of_the_corpus(run: Run, essays: Path, tmp_path: Path, name: str) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("密码是芝麻开门。", encoding="utf-8")
    sha256 = hashlib.sha256(secret.read_bytes()).hexdigest()
    path = tmp_path / "hostile.json"
    source = {name: {"sha256": sha256, "text_sha256": sha256}}
    path.write_text(json.dumps(saved("密码是", 0, name, sources=source)), encoding="utf-8")
    code, held, _ = check(run, path, essays)
    assert (code, held[0]["verdict"], held[0]["now"]) == (1, "gone", None)


@needs_shared
def test_an_answer_from_the_real_essays_holds_in_their_files(run: Run, real_index: Path, tmp_path: Path) -> None:
    path = tmp_path / "real.json"
    assert run("ask", "这些作者怎么看数据质量？", "--index", real_index, "--save", path)[0] == 0
    code, held, _ = check(run, path, SHARED / "seeds")
    assert (code, len(held) > 2) == (0, True)
    assert {one["verdict"] for one in held} == {"holds"}


def test_an_answer_is_saved_also_where_nobody_reads_what_is_printed(
    run: Run, corpus: list[object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("index", "build", *corpus)
    mine = tmp_path / "mine.json"

    def closed(_: object) -> None:
        raise BrokenPipeError

    monkeypatch.setattr("ui.terminal.print_lines", closed)
    monkeypatch.setattr("ui.cli._nowhere", io.StringIO)
    run("ask", QUESTION, *corpus[2:], "--save", mine)
    assert json.loads(mine.read_text(encoding="utf-8"))["question"] == QUESTION
