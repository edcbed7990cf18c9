"""What the right leaf shows of an essay, however long it is and whatever the address names of it."""

import time

import pytest

from index.documents import document_of
from index.types import Document, Span
from ui import leaf, render
from ui.leaf import drawn_of, lines_of
from ui.shelf import Shelf
from ui.words import EN

LINE = "好茶不必贵。\n"


def essay(text: str) -> Document:
    return document_of("a.md", text, "0" * 64)


def shown(document: Document, span: Span | None) -> tuple[str, str, int]:
    """What is drawn, what of it is marked, and how often a mark begins."""
    pieces = [piece for line in lines_of(document, span) for piece in line.pieces]
    marked = [piece for piece in pieces if piece.mark == "hit"]
    return (
        "".join(piece.text for piece in pieces),
        "".join(piece.text for piece in marked),
        sum(piece.first for piece in marked),
    )


def test_an_essay_of_ordinary_length_is_drawn_whole() -> None:
    assert drawn_of(LINE * 1000, None) == (0, 1000 * len(LINE))
    html = render.reader_html("", essay(LINE), None, Shelf([], {}, 0), EN, current=True)
    assert EN["part"] not in html


@pytest.mark.parametrize("text", [LINE * 1000, LINE[:-1] * 1000, "\n" * 6999 + "字"], ids=["lines", "one", "empty"])
@pytest.mark.parametrize("at", [0, 90, 100, 3000, 6990])
def test_of_a_very_long_essay_a_part_is_drawn_and_what_is_cited_is_in_it(
    text: str, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaf, "MOST_LINES", 20)
    monkeypatch.setattr(leaf, "MOST_CHARACTERS", 100)
    span = Span(at, min(at + 10, len(text)))
    part = drawn_of(text, span)
    assert part.start <= span.start
    assert span.end <= part.end
    assert part.end - part.start <= 100
    assert text.count("\n", *part) <= 20
    drawn, marked, _ = shown(essay(text), span)
    assert len(drawn) <= 100
    assert marked == text[span.start : span.end].replace("\n", "")
    html = render.reader_html("", essay(text), span, Shelf([], {}, 0), EN, current=True)
    assert EN["part"] in html


def test_a_mark_over_many_lines_costs_what_they_do() -> None:
    document, before = essay("\n" + LINE * 20_000), time.process_time()
    assert shown(document, Span(0, len(document.text)))[2] == 1
    assert time.process_time() - before < 10
