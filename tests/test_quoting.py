"""What the page says of a pasted text, without a browser."""

from pathlib import Path

import pytest

from index.build import build
from index.library import Library
from tests.conftest import WordCountEncoder
from ui.quoting import LONGEST_TEXT, Quoting
from ui.words import WORDS


@pytest.fixture
def library(essays: Path, tmp_path: Path, fake_encoder: WordCountEncoder) -> Library:
    build(essays, tmp_path / "index", fake_encoder)
    return Library(tmp_path / "index")


def test_a_quotation_from_an_essay_that_has_changed_since_is_compared_with_the_index_and_that_is_said(
    library: Library, essays: Path
) -> None:
    quoting, words = Quoting(library), WORDS["zh"]
    assert words["quotes_stale"] not in quoting.check("“水太烫，茶叶会发苦。”", words)
    (essays / "tea.md").write_text("改过了。\n", encoding="utf-8")
    html = quoting.check("“水太烫，茶叶会发苦。”", words)
    assert words["quotes_exact"] in html
    assert words["quotes_stale"] in html
    assert words["quotes_changed_since"] in html


def test_a_new_index_is_what_is_compared_with(library: Library, essays: Path, fake_encoder: WordCountEncoder) -> None:
    quoting, words = Quoting(library), WORDS["en"]
    assert words["quotes_absent_note"] in quoting.check("“磨墨要慢，心急的人磨不出好墨。”", words)
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    library.store.build(essays, fake_encoder)
    assert words["quotes_exact"] in quoting.check("“磨墨要慢，心急的人磨不出好墨。”", words)


@pytest.mark.parametrize("code", ["zh", "en"])
def test_what_cannot_be_checked_is_one_sentence(library: Library, tmp_path: Path, code: str) -> None:
    words = WORDS[code]
    assert words["quotes_empty"] in Quoting(library).check(" \n\t", words)
    assert f"{LONGEST_TEXT + 1:,}" in Quoting(library).check("茶" * (LONGEST_TEXT + 1), words)
    missing = Quoting(Library(tmp_path / "nowhere")).check("“水太烫，茶叶会发苦。”", words)
    assert "Traceback" not in missing
    assert missing.count("<p") == 1


def test_hostile_text_is_text(library: Library) -> None:
    html = Quoting(library).check(
        "“水太烫，<script>alert(1)</script>茶叶会发苦 <img src=x onerror=alert(1)>”", WORDS["en"]
    )
    assert "<script" not in html
    assert "<img" not in html
