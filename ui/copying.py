"""An answer to take away: the excerpts as they are, and where each one stands."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import quote

from index.documents import printable
from index.types import Document
from rag.shown import against_title, sides
from rag.told import told
from rag.types import Answer, Citation
from ui.words import Words

UNSIGNED = "unsigned"  # what a header says where the author does not want to be named
_MARKS = re.compile(r"[\\`*_\[\]<>!#&|~]")
_IN_QUOTE = re.compile(r"[\\`*_\[\]<|~]|&(?=#?\w{1,32};)")  # fewer, for it is read as it stands, too
_AT_START = re.compile(r"^(\d{0,9})(?=[#>+=.)-])")  # of what would be a heading, a list or a rule
_IN_ADDRESS = "!#$%&'()+,-./:;=?@_~"  # what stands for itself there


def markdown(answer: Answer, words: Words) -> str:
    """Quotations with footnotes, as most readers of Markdown know them; none of the texts is markup in it."""
    quotes = [f"{_told(citation, words)}{_quoted(citation.quote)} [^{citation.n}]" for citation in answer.citations]
    notes = (f"[^{citation.n}]: {_place(citation, words, _escaped)}" for citation in _noted(answer))
    against = [f"### {against_title(answer, words)}"] if answer.opposed else []
    against += [f"{_quoted(each.quote)} [^{each.n}]" for pair in sides(answer) for each in pair]
    return "\n\n".join([f"## {_escaped(answer.question)}", *quotes, *against, "\n".join(notes)]) + "\n"


def footnotes(answer: Answer, words: Words) -> str:
    quotes = [
        f"“{citation.quote}” [{citation.n}]{words['in_brackets'].format(said=said) if said else ''}"
        for citation, said in ((citation, told(citation.reported, words)) for citation in answer.citations)
    ]
    notes = (f"[{citation.n}] {_place(citation, words)}" for citation in _noted(answer))
    against = [against_title(answer, words)] if answer.opposed else []
    against += [f"“{each.quote}” [{each.n}]" for pair in sides(answer) for each in pair]
    return "\n\n".join([answer.question, *quotes, *against, "\n".join(notes)]) + "\n"


def _noted(answer: Answer) -> list[Citation]:
    """Every excerpt that is quoted, once."""
    more = {each.n: each for pair in sides(answer) for each in pair if each.n > len(answer.citations)}
    return [*answer.citations, *more.values()]


def _told(citation: Citation, words: Words) -> str:
    """A paragraph of its own in front of the quotation, which stays as it is."""
    said = told(citation.reported, words)
    return f"{_escaped(said)}\n\n" if said else ""


def _quoted(text: str) -> str:
    return "\n".join(f"> {_escaped_line(line)}" for line in text.split("\n"))


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\g<0>", text)


def _escaped_line(line: str) -> str:
    return _AT_START.sub(r"\1\\", _IN_QUOTE.sub(r"\\\g<0>", line.lstrip(" \t")))


def _place(citation: Citation, words: Words, escaped: Callable[[str], str] = str) -> str:
    """Author, title, date, address; and the characters in the file, with which any editor finds it."""
    document = citation.document
    place = words["place"].format(name=printable(document.name), start=citation.start, end=citation.end)
    parts = _known([author_of(document), titled(document.label, words), document.date, place])
    url = document.url if document.url.startswith(("https://", "http://")) else ""
    return words["place_join"].join(map(escaped, parts)) + (f" {quote(url, safe=_IN_ADDRESS)}" if url else "")


def titled(label: str, words: Words) -> str:
    """As titles are set in running text."""
    return label if "《" in label else words["titled"].format(label=label)


def _known(parts: list[str]) -> Iterator[str]:
    return filter(None, (printable(part) for part in parts))


def author_of(document: Document) -> str:
    return "" if document.author.casefold() == UNSIGNED else document.author
