"""Which names stand in an author's line, whatever else does."""

import time

import pytest

from rag.scope import names_in


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("陆小羽（讲者）、Ann Miller [ed.]", ["陆小羽", "Ann Miller"]),
        ("陆小羽（讲者", ["陆小羽（讲者"]),
        ("", []),
    ],
)
def test_what_stands_beside_a_name_in_brackets_is_none(author: str, names: list[str]) -> None:
    assert list(names_in(author)) == names


def test_brackets_that_never_close_cost_no_time() -> None:
    before = time.monotonic()
    assert list(names_in("(" * 100_000)) == ["(" * 100_000]
    assert time.monotonic() - before < 2
