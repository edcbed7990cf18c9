"""An answer to take away: the excerpts as they are, and where each one stands."""

from collections.abc import Iterator

from index.documents import printable
from index.types import Document
from rag.types import Answer, Citation
from ui.words import Words

UNSIGNED = "unsigned"  # what a header says where the author does not want to be named


def markdown(answer: Answer, words: Words) -> str:
    """Quotations with footnotes, as most readers of Markdown know them."""
    quotes = (f"{_quoted(citation.quote)} [^{citation.n}]" for citation in answer.citations)
    notes = (f"[^{citation.n}]: {_place(citation, words)}" for citation in answer.citations)
    return "\n\n".join([f"## {answer.question}", *quotes, "\n".join(notes)]) + "\n"


def footnotes(answer: Answer, words: Words) -> str:
    quotes = (f"“{citation.quote}” [{citation.n}]" for citation in answer.citations)
    notes = (f"[{citation.n}] {_place(citation, words)}" for citation in answer.citations)
    return "\n\n".join([answer.question, *quotes, "\n".join(notes)]) + "\n"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def _place(citation: Citation, words: Words) -> str:
    """Author, title, date, address; and the characters in the file, with which any editor finds it."""
    document = citation.document
    place = words["place"].format(name=printable(document.name), start=citation.start, end=citation.end)
    return words["place_join"].join(
        _known([author_of(document), titled(document.label, words), document.date, place])
    ) + (f" {document.url}" if document.url.startswith(("https://", "http://")) else "")


def titled(label: str, words: Words) -> str:
    """As titles are set in running text."""
    return label if "《" in label else words["titled"].format(label=label)


def _known(parts: list[str]) -> Iterator[str]:
    return filter(None, (printable(part) for part in parts))


def author_of(document: Document) -> str:
    return "" if document.author.casefold() == UNSIGNED else document.author
