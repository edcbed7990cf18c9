"""An answer as it grows: looked for, read, and then essay by essay, each compared with its file. For every face that
shows how far it is."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from index.index import Index
from index.library import Freshness, Library
from index.types import Encoder
from rag.answer import Inquiry, answer_of, by_essay, search, weigh
from rag.opposed import oppositions
from rag.scope import EVERYTHING, Scope, outside
from rag.types import Answer, Citation, Excerpt, Opposition


@dataclass(frozen=True, slots=True)
class Searching:
    """The passages are looked through."""

    passages: int
    loaded: bool  # the encoder; otherwise it takes seconds first


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences of what was found are read."""

    passages: int
    essays: int


@dataclass(frozen=True, slots=True)
class Weighed:
    """There is an answer, whose essays are still to be compared with their files."""

    answer: Answer
    searched: int  # essays


@dataclass(frozen=True, slots=True)
class Confirmed:
    """One more essay is, to the byte, as it was indexed."""

    answer: Answer
    searched: int
    parts: int  # essays so far, in the order of the answer
    citations: tuple[Citation, ...]  # of this one


@dataclass(frozen=True, slots=True)
class Whole:
    """The answer, with what it was made from."""

    answer: Answer
    searched: int
    index: Index
    inquiry: Inquiry
    left_out: tuple[str, ...]  # names of documents whose files are not as they were indexed, so that none is cited


Stage = Searching | Reading | Weighed | Confirmed | Whole


def asking(
    library: Library, question: str, scope: Scope = EVERYTHING, known: Collection[Excerpt] = ()
) -> Iterator[Stage]:
    """The last one is Whole. What a Confirmed has is good only if nothing comes after it that is Reading again: a file
    was changed meanwhile, and everything is looked at anew. Raises BadQuestion, NoIndex, StaleIndex and
    EncoderUnavailable."""
    index = library.index
    encoder = library.encoder_of(index)
    yield Searching(index.manifest.passages, encoder.loaded)
    yield from _stages(library, index, encoder, question, scope, known)


def _stages(
    library: Library,
    index: Index,
    encoder: Encoder,
    question: str,
    scope: Scope,
    known: Collection[Excerpt],
    *,
    strictly: bool = False,
) -> Iterator[Stage]:
    """`strictly`: by the bytes of the files, each of which is read for it."""
    readable = Freshness(library, index, strictly=strictly)
    found = search(index, encoder, question, readable=readable, scope=scope)
    essays = dict.fromkeys(hit.passage.document.name for hit in found.hits.values())
    yield Reading(len(found.hits), len(essays))
    inquiry = weigh(index, encoder, found, known=known, reranker=library.reranker)
    answer = answer_of(inquiry, empty=not index.documents, known=known)
    searched = len(index.entries) - len(outside(index, scope))
    yield Weighed(answer, searched)
    for parts, (name, citations) in enumerate(by_essay(answer.citations).items(), start=1):
        if not strictly and not library.is_as_indexed(index, name):
            yield from _stages(library, index, encoder, question, scope, known, strictly=True)
            return
        yield Confirmed(answer, searched, parts, tuple(citations))
    answer = replace(answer, opposed=_opposed(library, index, inquiry))
    yield Whole(answer, searched, index, inquiry, tuple(sorted(readable.stale)))


def _opposed(library: Library, index: Index, inquiry: Inquiry) -> tuple[Opposition, ...]:
    """Of essays that are as they were indexed, cited or not."""
    return tuple(
        pair
        for pair in oppositions(index, inquiry)
        if all(library.is_as_indexed(index, each.document.name) for each in (pair.one, pair.other))
    )
