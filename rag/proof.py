"""A saved answer, checked again: does each of its citations still stand where it stood?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from index.types import Document, YuanhuaError
from rag.places import locate


class BadProof(YuanhuaError):
    """The file is no saved answer."""


@dataclass(frozen=True, slots=True)
class Held:
    """`verdict`: holds (the same place), moved (elsewhere in its essay), changed (no longer there), gone (no such
    essay)."""

    n: int
    document: str
    quote: str
    verdict: str


def verify(answer: Mapping[str, Any], documents: Mapping[str, Document]) -> list[Held]:
    """Check an answer as `ask --json` prints it. Raises BadProof."""
    try:
        citations: Sequence[Mapping[str, Any]] = answer["citations"]
        return [
            Held(_whole(c["n"]), str(c["document"]), str(c["quote"]), _verdict(c, documents.get(str(c["document"]))))
            for c in citations
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise BadProof("This is no answer as `yuanhua ask --json` prints it; save one and try again.") from error


def _whole(number: object) -> int:
    if not isinstance(number, int):
        raise TypeError(f"{number} is no whole number")
    return number


def _verdict(citation: Mapping[str, Any], document: Document | None) -> str:
    if document is None:
        return "gone"
    if document.text[_whole(citation["start"]) : _whole(citation["end"])] == citation["quote"]:
        return "holds"
    found = locate(str(citation["quote"]), [document])
    return "moved" if found and document.text[slice(*found[1])] == citation["quote"] else "changed"
