"""Pinned questions: after a rebuild, which of their citations appeared, moved or died."""

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from index.build import build
from index.drafts import write_whole
from index.index import Index
from index.library import Library
from index.scan import read_corpus
from index.types import Document
from rag.pins import Change, Pin, compare, pin_of, pin_record, read_pin
from rag.scope import EVERYTHING, Scope
from rag.types import Answer, Citation
from tests.conftest import Run, WordCountEncoder
from ui import pinboard

WATER = "泡绿茶的水温要多少度？"
HOT = "水太烫，茶叶会发苦。"


@pytest.fixture
def indexed(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Any:
    """Builds the index anew, and opens it."""

    def again() -> Index:
        build(essays, tmp_path / "index", fake_encoder)
        return Library(tmp_path / "index").index

    return again


def citing(index: Index, *quotes: str) -> Answer:
    """An answer of these words, wherever they stand."""
    citations = []
    for n, quote in enumerate(quotes, start=1):
        document: Document = next(one for one in index.documents if quote in one.text)
        start = document.text.index(quote)
        citations.append(Citation(n, document, start, start + len(quote), quote, 0.9))
    return Answer("水温？", bool(citations), "", tuple(citations), ())


def pinned(answer: Answer, scope: Scope = EVERYTHING) -> Pin:
    """As it comes back from the file."""
    return read_pin(json.loads(json.dumps(pin_record(pin_of(answer, scope, "2026-01-02T03:04:05+00:00")))))


def kinds(change: Change) -> tuple[int, int, int, list[str]]:
    return len(change.same), len(change.moved), len(change.appeared), [died.why for died in change.died]


def test_what_is_where_it_was_is_the_same(indexed: Any) -> None:
    index = indexed()
    change = compare(pinned(citing(index, HOT, "Most people")), citing(index, "Most people", HOT), index)
    assert (kinds(change), bool(change)) == ((2, 0, 0, []), False)


def test_the_same_words_elsewhere_in_their_essay_have_moved(indexed: Any, essays: Path) -> None:
    pin = pinned(citing(indexed(), HOT))
    tea = essays / "tea.md"
    tea.write_text(tea.read_text(encoding="utf-8").replace("泡绿茶", "先烧水。泡绿茶"), encoding="utf-8")
    index = indexed()
    change = compare(pin, citing(index, HOT), index)
    assert kinds(change) == (0, 1, 0, [])
    assert change.moved[0].now.span.start == change.moved[0].was.span.start + len("先烧水。")


def test_a_renamed_file_takes_its_citations_along(indexed: Any, essays: Path) -> None:
    pin = pinned(citing(indexed(), HOT))
    (essays / "tea.md").rename(essays / "on tea.md")
    index = indexed()
    change = compare(pin, citing(index, HOT), index)
    assert kinds(change) == (0, 1, 0, [])
    assert (change.moved[0].was.document, change.moved[0].now.document) == ("tea.md", "on tea.md")
    assert kinds(compare(pin, citing(index), index)) == (0, 0, 0, ["passed"])  # it is there, under its new name


def test_words_in_another_essay_are_not_the_same_citation(indexed: Any, essays: Path) -> None:
    pin = pinned(citing(indexed(), HOT))
    (essays / "tea.md").unlink()
    (essays / "other.md").write_text(f"有人说：{HOT}此话不假。", encoding="utf-8")
    index = indexed()
    assert kinds(compare(pin, citing(index, HOT), index)) == (0, 0, 1, ["essay"])


@pytest.mark.parametrize(
    ("then", "scope", "readable", "why"),
    [
        ("水太烫，茶叶会发涩。", EVERYTHING, True, "words"),
        (HOT, EVERYTHING, True, "passed"),
        (HOT, EVERYTHING, False, "unread"),
        (HOT, Scope(until="2020"), True, "outside"),
    ],
)
def test_what_died_is_told_for_what_reason(
    indexed: Any, essays: Path, then: str, scope: Scope, readable: bool, why: str
) -> None:
    pin = pinned(citing(indexed(), HOT), scope)
    tea = essays / "tea.md"
    tea.write_text(tea.read_text(encoding="utf-8").replace(HOT, then), encoding="utf-8")
    index = indexed()
    assert kinds(compare(pin, citing(index, "Most people"), index, lambda _: readable)) == (0, 0, 1, [why])


def test_an_excerpt_that_is_cut_otherwise_has_moved(indexed: Any) -> None:
    index = indexed()
    both = f"泡绿茶的水温不要超过八十度。{HOT}"
    for was, now in ((HOT, both), (both, HOT)):
        change = compare(pinned(citing(index, was)), citing(index, now), index)
        assert (kinds(change), change.moved[0].recut) == ((0, 1, 0, []), True)


def test_two_excerpts_that_became_one_are_told_so(indexed: Any) -> None:
    index = indexed()
    first = "泡绿茶的水温不要超过八十度。"
    change = compare(pinned(citing(index, first, HOT)), citing(index, first + HOT), index)
    assert kinds(change) == (0, 1, 0, ["recut"])


def test_words_that_stand_twice_are_matched_one_to_one(indexed: Any, essays: Path) -> None:
    (essays / "twice.txt").write_text("雨天宜茶。闲时宜书。雨天宜茶。\n", encoding="utf-8")
    index = indexed()
    first = citing(index, "雨天宜茶。")
    document = first.citations[0].document
    second = Citation(2, document, 10, 15, "雨天宜茶。", 0.9)
    both = Answer("雨天？", True, "", (*first.citations, second), ())
    assert kinds(compare(pinned(first), both, index)) == (1, 0, 1, [])
    assert kinds(compare(pinned(both), first, index)) == (1, 0, 0, ["passed"])


# The command line


@pytest.fixture
def pins(run: Run, corpus: list[object]) -> Any:
    """Runs `yuanhua pins …` over the essays; its records."""
    run("index", "build", *corpus)

    def command(*arguments: object) -> list[dict[str, Any]]:
        code, out, err = run("pins", *arguments, *corpus, "--json")
        assert code == 0, err
        return [json.loads(line) for line in out.splitlines()]

    return command


def test_a_question_is_pinned_listed_checked_and_unpinned(run: Run, pins: Any, corpus: list[object]) -> None:
    (added,) = pins("add", WATER)
    asked = json.loads(run("ask", WATER, *corpus[2:], "--json")[1])
    cited = [(c["document"], c["start"], c["end"], c["quote"]) for c in asked["citations"]]
    assert [(c["document"], c["start"], c["end"], c["quote"]) for c in added["citations"]] == cited
    (narrowed,) = pins("add", "bread", "--author", "陆小羽", "--since", "2020")
    listed = pins("list")
    assert [(one["n"], one["question"], one["scope"]) for one in listed] == [
        (1, WATER, {}),
        (2, "bread", {"authors": ["陆小羽"], "since": "2020"}),
    ]
    assert [(one["changed"], one["same"]) for one in pins("check")] == [
        (False, len(cited)),
        (False, len(narrowed["citations"])),
    ]
    code, out, _ = run("pins", "list", *corpus)
    assert (code, out.splitlines()[0].startswith(f"1. {WATER}: {len(cited)} cited, seen ")) == (0, True)
    assert [one["question"] for one in pins("remove", 1)] == [WATER]
    assert [one["question"] for one in pins("list")] == ["bread"]


def test_a_rebuild_says_that_a_pinned_question_is_answered_otherwise(
    run: Run, pins: Any, corpus: list[object], essays: Path
) -> None:
    pins("add", WATER)
    assert "pinned" not in run("index", "build", *corpus)[2].lower()
    (essays / "white.md").write_text("泡白茶和泡绿茶的水温不同，白茶要九十度。\n", encoding="utf-8")
    tea = essays / "tea.md"
    tea.write_text(tea.read_text(encoding="utf-8").replace("不要超过八十度", "以七十度为宜"), encoding="utf-8")
    code, _, err = run("index", "build", *corpus)
    assert (code, err.splitlines()[-1]) == (
        0,
        "Pinned questions answered otherwise now: 1 of 1; see: yuanhua pins check",
    )
    (change,) = pins("check")
    assert change["changed"]
    assert {"white.md", "tea.md"} <= {one["document"] for one in change["appeared"]}
    died = next(one for one in change["died"] if "八十度" in one["quote"])
    assert (died["document"], died["why"]) == ("tea.md", "words")
    text = run("pins", "check", *corpus)[1]
    assert "  appeared: white.md, " in text
    assert "(its essay does not have these words any more)" in text


def test_what_was_seen_is_what_is_remembered(run: Run, pins: Any, corpus: list[object], essays: Path) -> None:
    pins("add", WATER)
    (essays / "tea.md").rename(essays / "绿茶.md")
    run("index", "build", *corpus)
    (change,) = pins("check", "--seen")
    assert change["changed"]
    assert {(one["was"]["document"], one["document"]) for one in change["moved"]} >= {("tea.md", "绿茶.md")}
    assert [one["changed"] for one in pins("check")] == [False]


def test_an_essay_that_goes_and_comes_back_changes_nothing(
    run: Run, pins: Any, corpus: list[object], essays: Path
) -> None:
    pins("add", WATER)
    text = (essays / "tea.md").read_bytes()
    (essays / "tea.md").unlink()
    run("index", "build", *corpus)
    (change,) = pins("check")
    assert {one["why"] for one in change["died"] if one["document"] == "tea.md"} == {"essay"}
    (essays / "tea.md").write_bytes(text)
    run("index", "build", *corpus)
    assert [one["changed"] for one in pins("check")] == [False]


def test_pins_lie_beside_the_essays_and_are_no_essay(run: Run, pins: Any, corpus: list[object], essays: Path) -> None:
    pins("add", WATER)
    assert (essays / ".pinned.json").is_file()
    assert [document.name for document in read_corpus(essays).documents] == ["bread.txt", "tea.md"]
    assert json.loads(run("index", "status", *corpus, "--json")[1])["current"]


@pytest.mark.parametrize("question", ["", " \n", "问" * 2001])
def test_what_cannot_be_asked_cannot_be_pinned(run: Run, pins: Any, corpus: list[object], question: str) -> None:
    code, out, err = run("pins", "add", question, *corpus)
    assert (code, out, err.count("\n")) == (1, "", 1)


def test_a_question_is_pinned_once_and_at_most_a_hundred_are(
    run: Run, pins: Any, corpus: list[object], essays: Path
) -> None:
    pins("add", WATER)
    assert run("pins", "add", WATER, *corpus)[0] == 1
    content = json.loads((essays / ".pinned.json").read_text(encoding="utf-8"))
    content["pins"] = [content["pins"][0] | {"question": f"第{n}问"} for n in range(pinboard.MOST)]
    (essays / ".pinned.json").write_text(json.dumps(content), encoding="utf-8")
    code, _, err = run("pins", "add", WATER, *corpus)
    assert (code, err.splitlines()[-1]) == (1, "100 questions are pinned, and no more can be; unpin one first.")
    assert len(pins("list")) == 100


@pytest.mark.parametrize("n", ["0", "2", "-1"])
def test_there_is_no_pinned_question_of_that_number(run: Run, pins: Any, corpus: list[object], n: str) -> None:
    pins("add", WATER)
    code, _, err = run("pins", "remove", *corpus, "--", n)
    assert (code, err.count("\n")) == (1, 1)


FORM = '{"format": "yuanhua-pins", "version": 1, "pins": %s}'
FIELDS = '[{"question": "a", "scope": %s, "pinned": "", "seen": "", "citations": %s}]'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"format": "yuanhua-pins", "version": 2, "pins": []}',
        b'{"format": "yuanhua-pins", "version": 1}',
        (FORM % 3).encode(),
        (FORM % '[{"question": ""}]').encode(),
        (FORM % (FIELDS % ('{"essays": "x"}', "[]"))).encode(),
        (FORM % (FIELDS % ("{}", '[{"document": 1}]'))).encode(),
    ],
)
def test_a_broken_file_of_pins_is_named_and_not_written_over(
    run: Run, pins: Any, corpus: list[object], essays: Path, content: bytes
) -> None:
    path = essays / ".pinned.json"
    path.write_bytes(content)
    for arguments in (["list"], ["add", WATER], ["check"], ["check", "--seen"], ["remove", "1"]):
        code, out, err = run("pins", *arguments, *corpus)
        assert (code, out) == (1, "")
        assert err.splitlines()[-1].startswith(f"{path}: this is no file of pinned questions")
    (essays / "new.md").write_text("水温另有讲究。", encoding="utf-8")
    code, _, err = run("index", "build", *corpus)  # which is not kept from its work
    assert (code, str(path) in err) == (0, True)
    assert path.read_bytes() == content


def test_a_file_of_more_pins_than_can_be_is_refused(essays: Path) -> None:
    one = pin_record(pin_of(Answer("a", False, "", (), ()), EVERYTHING, ""))
    content = {"format": "yuanhua-pins", "version": 1, "pins": [one] * pinboard.MOST}
    (essays / ".pinned.json").write_text(json.dumps(content), encoding="utf-8")
    assert len(pinboard.read_pins(essays)) == pinboard.MOST
    content["pins"] = [one] * (pinboard.MOST + 1)
    (essays / ".pinned.json").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(pinboard.BadPins):
        pinboard.read_pins(essays)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with a name")
def test_a_pipe_in_the_place_of_the_pins_keeps_nobody_waiting(essays: Path) -> None:
    os.mkfifo(essays / ".pinned.json")
    said: list[Exception] = []

    def read() -> None:
        try:
            pinboard.read_pins(essays)
        except pinboard.BadPins as error:
            said.append(error)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    reader.join(5)
    assert [type(error) for error in said] == [pinboard.BadPins]


@pytest.mark.skipif(os.name != "posix", reason="no umask")
@pytest.mark.parametrize(("umask", "mode"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_what_is_written_is_for_those_whom_the_umask_lets_read(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "new.json", "茶")
        write_whole(tmp_path / "new.json", "茶要新鲜")
        write_whole(tmp_path / "first.json", "茶", over=False)
    finally:
        os.umask(before)
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "new.json": mode,
        "first.json": mode,
    }


def test_two_writers_lose_nothing_of_each_other(essays: Path) -> None:
    def pin(n: int) -> None:
        pinboard.pin(essays, Answer(f"第{n}问", False, "", (), ()), EVERYTHING)

    threads = [threading.Thread(target=pin, args=(n,)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.question for one in pinboard.read_pins(essays)} == {f"第{n}问" for n in range(20)}
    assert [path.name for path in essays.iterdir() if path.name.startswith(".draft")] == []


def test_a_pin_comes_back_from_its_file_as_it_was() -> None:
    document = Document("a.md", "茶要新鲜。", "", "", "", "", "zh", "5")
    answer = Answer("茶？", True, "", (Citation(1, document, 0, 5, "茶要新鲜。", 0.5),), ())
    scope = Scope(("a.md",), ("陆小羽",), "2020", "2021-05", ("b.md",))
    assert pinned(answer, scope) == pin_of(answer, scope, "2026-01-02T03:04:05+00:00")
