"""A claim of a language model's as the page shows it: its text, and a link where it names an excerpt."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.claims import Claim
from rag.types import Citation

_MARKER = re.compile(r"\s*[\[【［](\d{1,4})[\]】］]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Of a claim: text, or a marker that names one of the excerpts."""

    text: str
    citation: Citation | None = None


def pieces(claim: Claim, citations: Sequence[Citation]) -> Iterator[Piece]:
    """Put together they are the claim. A marker of no excerpt stays text."""
    known = {citation.n: citation for citation in citations}
    at = 0
    for marker in _MARKER.finditer(claim.text):
        citation = known.get(int(marker[1]))
        if citation is None:
            continue
        if at < marker.start():
            yield Piece(claim.text[at : marker.start()])
        yield Piece(marker[0], citation)
        at = marker.end()
    if at < len(claim.text):
        yield Piece(claim.text[at:])
