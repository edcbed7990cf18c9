"""An answer as a file, from a real browser: the one that is shown, and it holds."""

import json
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from rag.proof import seal_of
from rag.verify import verify
from tests.browser import Reader, Server, ask, in_browser
from ui.proofs import files_in

pytestmark = in_browser


def downloaded(page: Page, turn: Locator, reader: Reader) -> tuple[str, dict[str, Any]]:
    """The name and the content of the file that the button gives."""
    button = turn.get_by_role("button", name=reader.words["save_file"])
    with page.expect_download() as download:
        button.click()
    expect(page.locator("#said")).to_have_text(reader.words["saved_file"])
    expect(turn.locator(".save")).to_have_text(reader.words["save_file"])
    content = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return download.value.suggested_filename, content


def test_the_answer_that_is_shown_is_saved_and_holds(page: Page, reader: Reader, server: Server) -> None:
    ask(page, reader.says("quality"))
    only = ask(page, reader.says("only"))
    shown = only.locator(".voice .words").all_inner_texts()
    name, proof = downloaded(page, only, reader)
    assert re.fullmatch(r"yuanhua-[\w-]+\.json", name)
    assert (proof["question"], proof["scope"]) == (reader.says("quality"), {"authors": ["李沐"]})
    assert [citation["quote"] for citation in proof["citations"]] == shown
    assert proof["seal"] == seal_of(proof)
    verified = verify(proof, files_in(server[1]))
    assert {held.verdict for held in verified.held} == {"holds"}
    assert {source.state for source in verified.sources} == {"unchanged"}
    further = ask(page, reader.says("more"))
    proof = downloaded(page, further, reader)[1]
    said, more = ({(c["document"], c["start"]) for c in proof[field]} for field in ("known", "citations"))
    assert said > {(c["document"], c["start"]) for c in downloaded(page, only, reader)[1]["citations"]}
    assert not said & more


def test_that_these_essays_do_not_say_is_saved_too(page: Page, reader: Reader) -> None:
    silent = ask(page, reader.says("capital"))
    _, proof = downloaded(page, silent, reader)
    assert (proof["answered"], proof["citations"], len(proof["nearest"])) == (False, [], 3)


def test_an_answer_that_is_another_by_now_is_not_saved_for_the_one_that_is_shown(
    page: Page, reader: Reader, seeds: Path
) -> None:
    turn = ask(page, reader.says("quality"))
    essay = seeds / "li-mu-talk.md"
    essay.write_text(essay.read_text(encoding="utf-8").replace("算法定下限", "算法定底线"), encoding="utf-8")
    turn.get_by_role("button", name=reader.words["save_file"]).click()
    said = {"zh": "文章在这期间有了改动", "en": "The essays have changed meanwhile"}[reader.code]
    expect(turn.locator(".complaint")).to_contain_text(said)
    expect(page.locator("#said")).to_contain_text(said)
    _, proof = downloaded(page, ask(page, reader.says("quality")), reader)
    assert "li-mu-talk.md" not in proof["sources"]


def test_a_hostile_essay_is_saved_word_for_word(page: Page, reader: Reader) -> None:
    turn = ask(page, reader.says("teapot"))
    _, proof = downloaded(page, turn, reader)
    quotes = [citation["quote"] for citation in proof["citations"]]
    assert any("<script>alert(1)</script>" in quote for quote in quotes)
    assert page.locator("#left img, #left script").count() == 0
