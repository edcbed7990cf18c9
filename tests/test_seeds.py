"""The sample essays: digests, and said to be."""

from pathlib import Path

import pytest
import yaml

from index.scan import read_corpus
from tests.conftest import ROOT

DIGESTS = sorted((ROOT / "seeds").glob("*.md"))


def test_there_are_five() -> None:
    assert len(DIGESTS) == 5
    assert read_corpus(ROOT / "seeds").problems == ()


@pytest.mark.parametrize("path", DIGESTS, ids=lambda path: path.name)
def test_a_sample_essay_is_a_digest_of_a_readable_length(path: Path) -> None:
    _, header, body = path.read_text(encoding="utf-8").split("---", 2)
    fields = yaml.safe_load(header)
    assert {"title", "author", "date", "url"} <= set(fields)
    assert fields["title"]
    assert fields["author"]
    assert fields["digest"] is True
    assert 1200 <= len(body.strip()) <= 2500
