"""What of an excerpt its author states, and whether a sentence takes for it what is only told, asked or supposed."""

from collections.abc import Sequence

from index.terms import fold, terms_of
from index.types import Span
from rag.clauses import owns_up, sides
from rag.contrary import reversed_of
from rag.reported import attribution
from rag.support import stem
from rag.types import Citation

NEARLY = 0.75  # of a clause's terms stand in one that is not stated
LEAST = 2  # terms of a clause, or it is too little to be told by


def stated(sentence: str, citations: Sequence[Citation]) -> list[str]:
    """What the sentence may be held against: of each excerpt what it states, or all of it where the sentence speaks of
    more itself."""
    if owns_up(sentence):
        return [citation.quote for citation in citations]
    read = [(citation, *_sides(citation)) for citation in citations]
    return ["，".join(said) if apart else citation.quote for citation, said, apart in read]


def unstated(sentence: str, citations: Sequence[Citation]) -> str:
    """The first clause that an excerpt has, and does not state; "" where there is none, or the sentence says so."""
    if owns_up(sentence):
        return ""
    read = [_sides(citation) for citation in citations]
    meant = {term for said, _ in read for clause in said for term in _terms(clause)}
    for clause in sides(sentence)[0]:
        terms = _terms(clause)
        best = max((other for _, apart in read for other in apart), key=lambda o: len(terms & _terms(o)), default="")
        shared = len(terms & _terms(best))
        if (
            shared >= max(LEAST, NEARLY * len(terms))
            and shared > len(terms & meant)
            and not reversed_of(clause, [best])
        ):
            return best
    return ""


def _sides(citation: Citation) -> tuple[list[str], list[str]]:
    """With what the author tells in order to contradict it, be that in the next sentence: 在他们看来，…"""
    said, apart = sides(citation.quote)
    told = attribution(citation.document, Span(citation.start, citation.end)) if said and not apart else None
    if told is None or told.kind != "rebutted":
        return said, apart
    cue = fold(citation.document.text[told.cue.start : told.cue.end])
    at = next((place for place, clause in enumerate(said) if cue in clause), 0)
    end = at + (2 if said[at].endswith(cue) else 1)
    return said[:at] + said[end:], said[at:end]


def _terms(clause: str) -> frozenset[str]:
    return frozenset(map(stem, terms_of(clause)))
