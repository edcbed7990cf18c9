"""Which names stand in an author's line, whatever else does."""

import time

import pytest

from index.types import Document
from rag.scope import authors_of


def essay(author: str) -> Document:
    return Document("x.md", "", "论茶", author, "", "", "zh", "0" * 64)


@pytest.mark.parametrize(
    ("author", "names"),
    [
        ("陆小羽（讲者）、Ann Miller [ed.]", ["陆小羽", "Ann Miller"]),
        ("陆小羽（讲者", ["陆小羽（讲者"]),
        ("", []),
    ],
)
def test_what_stands_beside_a_name_in_brackets_is_none(author: str, names: list[str]) -> None:
    assert list(authors_of(essay(author))) == names


def test_brackets_that_never_close_cost_no_time() -> None:
    before = time.process_time()
    assert list(authors_of(essay("(" * 100_000))) == ["(" * 100_000]
    assert time.process_time() - before < 4
