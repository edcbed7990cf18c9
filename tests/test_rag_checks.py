"""Quotations."""

import pytest

from index.types import Document
from rag.quotes import check, locate, places

TEA = Document(
    "tea.md", "泡绿茶的水温不要超过八十度。\n水太烫，茶叶会发苦；好茶不必贵，新鲜最要紧。", "论茶", "", "", "", "zh", ""
)
BREAD = Document("bread.txt", "Bread needs time more than it needs skill.", "", "", "", "", "en", "")


@pytest.mark.parametrize(
    ("quote", "verdict"),
    [
        ("泡绿茶的水温不要超过八十度。", "exact"),
        ("水太烫，茶叶会发苦", "exact"),
        ("水太烫,茶葉會發苦", "normalised"),
        ("bread  needs time\nmore than it needs skill", "normalised"),
        ("水太烫，茶叶不会发苦", "altered"),
        ("泡绿茶的水温不要超过九十度。", "altered"),
        ("咖啡豆要现磨现煮才香", "absent"),
        ("……", "absent"),
    ],
)
def test_a_quotation_is_exact_normalised_altered_or_absent(quote: str, verdict: str) -> None:
    assert check(quote, [BREAD, TEA]).verdict == verdict


def test_an_altered_quotation_shows_what_was_changed() -> None:
    checked = check("水太烫，茶叶不会发苦", [BREAD, TEA])
    assert checked.difference == "水太烫，茶叶{+不+}会发苦"
    assert checked.document is TEA
    assert checked.span is not None
    assert TEA.text[slice(*checked.span)] == "水太烫，茶叶会发苦"


def test_a_quotation_is_located_exactly_before_but_for_its_marks() -> None:
    marks = Document("a.md", "水太烫,茶叶会发苦。水太烫,茶叶会发苦。", "", "", "", "", "zh", "")
    assert locate("水太烫，茶叶会发苦", [marks, TEA]) == (TEA, (15, 24))
    assert [span for _, span in places("水太烫、茶叶会发苦", [marks, TEA])] == [(0, 9), (10, 19), (15, 24)]
    assert list(places("……", [TEA])) == []


def test_a_quotation_longer_than_any_excerpt_is_looked_up_in_bounded_time() -> None:
    import time

    essay = Document("a.txt", "a" * 50_000 + "b", "", "", "", "", "en", "")
    began = time.monotonic()
    assert check("a" * 20_000, [essay]).verdict == "exact"
    assert check("a" * 20_000 + "c", [essay]).verdict == "absent"
    assert time.monotonic() - began < 5
