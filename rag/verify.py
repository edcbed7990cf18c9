"""A saved answer, checked again: does each of its citations still stand where it stood, and are its sources there?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from index.types import Document, Span
from rag.proof import FORMAT, VERSION, BadProof, seal_of, text_hash
from rag.quoted import LONGEST, quotations_of

MOST = 1_000  # citations of an answer, sources, and quotations by a model; it has some ten

HOLDS, MOVED, CHANGED, GONE, ABSENT = "holds", "moved", "changed", "gone", "absent"
UNCHANGED, SAME_TEXT, RENAMED, UNKNOWN = "unchanged", "same text", "renamed", "unknown"
WHOLE, BROKEN, NO_SEAL = "whole", "broken", "none"


@dataclass(frozen=True, slots=True)
class Files:
    """The essays as they are now. `read` opens those of `sha256` only, so that no name leads out of them."""

    sha256: Mapping[str, str]  # by name
    read: Callable[[str], Document | None]  # None where it cannot be read

    def document(self, name: str) -> Document | None:
        return self.read(name) if name in self.sha256 else None


@dataclass(frozen=True, slots=True)
class Held:
    """`verdict`: holds (the same place), moved (elsewhere in its essay), changed (no longer there), gone (no such
    essay); of a model's quotation that none of the sources has and no citation had, absent."""

    n: int | None  # None for a quotation in what a model wrote
    document: str
    quote: str
    verdict: str
    now: str = ""  # its essay's name by now, "" where that is gone
    span: Span | None = None  # where the quotation stands by now

    @property
    def fell(self) -> bool:
        return self.verdict not in (HOLDS, MOVED)


@dataclass(frozen=True, slots=True)
class Source:
    """`state`: unchanged, same text (in other bytes), renamed (the same bytes), changed, gone; unknown where no hash
    was saved."""

    document: str
    state: str
    now: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """`seal`: whole, broken (the file was edited), none (it has no seal)."""

    seal: str
    held: tuple[Held, ...]
    sources: tuple[Source, ...]

    @property
    def fell(self) -> bool:
        return self.seal == BROKEN or any(held.fell for held in self.held)


@dataclass(frozen=True, slots=True)
class _Saved:
    """A citation as it was saved."""

    n: int
    document: str
    span: Span
    quote: str


def verify(answer: Mapping[str, Any], files: Files) -> Verified:
    """Check a saved answer, or one as `ask --json` prints it. Raises BadProof."""
    seal = _seal(answer)
    citations = [_citation(one) for one in _list(answer, "citations")]
    hashes = _hashes(answer)
    names = dict.fromkeys([*(citation.document for citation in citations), *hashes])
    sources = {name: _source(name, *hashes.get(name, ("", "")), files) for name in names}
    held = [_held(citation, sources[citation.document], files) for citation in citations]
    held += _quotations(answer, citations, sources, files)
    return Verified(seal, tuple(held), tuple(sources.values()))


def _seal(answer: Mapping[str, Any]) -> str:
    if "format" not in answer:
        return NO_SEAL
    if answer["format"] != FORMAT:
        raise BadProof(f"its format is not {FORMAT}; save an answer with `yuanhua ask --save`.")
    if answer.get("version") != VERSION:
        raise BadProof("another version of this program saved it; check it with that one, or save one anew.")
    try:
        return WHOLE if answer.get("seal") == seal_of(answer) else BROKEN
    except RecursionError as error:
        raise BadProof("it is nested too deeply for an answer; save one anew.") from error


def _list(record: Mapping[str, Any], field: str) -> list[Any]:
    value = record.get(field)
    if not isinstance(value, list):
        raise _damaged(field)
    _not_too_many(field, len(value))
    return value


def _not_too_many(field: str, count: int) -> None:
    if count > MOST:
        raise BadProof(f"it has more than {MOST} {field}, as no answer has; save one anew.")


def _damaged(field: str) -> BadProof:
    return BadProof(f"its {field} are not as `yuanhua ask` saves and prints them; save one anew.")


def _citation(record: object) -> _Saved:
    match record:
        case {"n": int(n), "document": str(name), "start": int(start), "end": int(end), "quote": str(quote)}:
            if quote.strip() and 0 <= start < end:
                return _Saved(n, name, Span(start, end), quote)
    raise _damaged("citations")


def _hashes(answer: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Of each source its file's and its text's; none in an answer as `ask --json` prints it."""
    sources = answer.get("sources", {})
    if not isinstance(sources, dict):
        raise _damaged("sources")
    _not_too_many("sources", len(sources))
    found = {}
    for name, source in sources.items():
        match source:
            case {"sha256": str(of_file), "text_sha256": str(of_text)}:
                found[name] = of_file, of_text
            case _:
                raise _damaged("sources")
    return found


def _source(name: str, of_file: str, of_text: str, files: Files) -> Source:
    if not of_file:
        return Source(name, UNKNOWN, name) if name in files.sha256 else Source(name, GONE)
    if files.sha256.get(name) == of_file:
        return Source(name, UNCHANGED, name)
    renamed = sorted(other for other, sha256 in files.sha256.items() if sha256 == of_file)
    if renamed:
        return Source(name, RENAMED, renamed[0])
    if name not in files.sha256:
        return Source(name, GONE)
    document = files.document(name)
    same = document is not None and text_hash(document) == of_text
    return Source(name, SAME_TEXT if same else CHANGED, name)


def _held(citation: _Saved, source: Source, files: Files) -> Held:
    """In its essay, whatever that is called by now."""
    n, name, quote = citation.n, citation.document, citation.quote
    if not source.now:
        return Held(n, name, quote, GONE)
    document = files.document(source.now)
    if document is None:
        return Held(n, name, quote, CHANGED, source.now)
    if document.text[citation.span.start : citation.span.end] == quote:
        return Held(n, name, quote, HOLDS, source.now, citation.span)
    span = nearest_place(quote, document, citation.span.start)
    return Held(n, name, quote, MOVED if span else CHANGED, source.now, span)


def nearest_place(quote: str, document: Document, start: int) -> Span | None:
    """Where it stands to the letter; of several places the one nearest to where it was. What is longer than
    any quotation is not looked for."""
    if len(quote) > LONGEST:
        return None
    found = _last(quote, document.text[: start + len(quote)]), document.text.find(quote, start)
    at = min((place for place in found if place >= 0), key=lambda place: abs(place - start), default=-1)
    return Span(at, at + len(quote)) if at >= 0 else None


def _last(quote: str, text: str) -> int:
    """As rfind has it, whose time is that of the text's length times the quotation's; that of find is not."""
    at = text[::-1].find(quote[::-1])
    return len(text) - len(quote) - at if at >= 0 else -1


def _quotations(
    answer: Mapping[str, Any], citations: list[_Saved], sources: Mapping[str, Source], files: Files
) -> Iterator[Held]:
    """What a language model quoted, in any of the sources."""
    model = answer.get("model")
    if model is None:
        return
    if not isinstance(model, dict) or not isinstance(model.get("text", ""), str):
        raise _damaged("model's fields")
    quotations = quotations_of(model.get("text", ""))
    _not_too_many("quotations", len(quotations))
    for quotation in quotations:
        held = _quotation(quotation.text, citations, sources, files)
        if held.verdict == HOLDS or not quotation.short:  # a term in quotation marks is not quoted from anywhere
            yield held


def _quotation(quote: str, citations: list[_Saved], sources: Mapping[str, Source], files: Files) -> Held:
    cited = next((citation.document for citation in citations if quote in citation.quote), "")
    for source in sorted(sources.values(), key=lambda source: source.document != cited):
        document = files.document(source.now)
        span = nearest_place(quote, document, 0) if document else None
        if span:
            return Held(None, source.document, quote, HOLDS, source.now, span)
    return Held(None, cited, quote, CHANGED if cited else ABSENT)
