"""Whom and what a text names: authors, essays and times."""

import re
from collections.abc import Iterator, Sequence

from index.terms import fold
from index.types import Document, Span
from rag.scope import Scope, names_in

SHORTEST_TITLE = 4  # characters by which an essay may be called
MARKS = " ，,：:；;？?。.！!"

_SPEAKER = re.compile(r"(?:--|——|—|–)\s*([^\W\d_]{2,4}|[A-Z]\w+ [A-Z]\w+)\s*》?$")  # as in “A talk -- Ann Miller”
FILLER = re.compile(
    r"^(?:[的之]|'s|’s|一下|那|这|篇|文章|作者|说的|写的|观点|看法|年|from|by|of|in|the|and|和|与|or|或|ones?|essays?|authors?|those|views?|\W)*$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?:\b(?:(?P<from>since|from)|(?P<to>until|up to)|in) )?"
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?:[-年/.](?P<month>0?[1-9]|1[0-2])(?!\d))?年?月?(?!\d)(?:(?P<on>以来|以后|起)|(?P<back>以前|为止))?"
)


def named(text: str, documents: Sequence[Document]) -> tuple[Scope, str]:
    """The authors, essays and times that a text names, and what is left of it."""
    folded = fold(text)
    if len(folded) != len(text):
        text = folded  # so that what was found can be cut out
    authors, essays, cut = [], [], list[Span]()
    for author in dict.fromkeys(name for document in documents for name in names_in(document.author)):
        places = list(_places(fold(author), folded)) if len(author) > 1 else []
        if places:
            authors.append(author)
            cut += places
    for document in documents:
        places = [place for title in _titles(document) for place in _places(title, folded) if place not in cut]
        if places:
            essays.append(document.name)
            cut += places
    since, until = "", ""
    time = _TIME.search(folded)
    if time:
        cut.append(Span(*time.span()))
        since, until = _bounds(f"{time['year']}-{int(time['month']):02}" if time["month"] else time["year"], time)
    rest = "".join(letter for at, letter in enumerate(text) if not any(start <= at < end for start, end in cut))
    return Scope(tuple(essays), tuple(authors), since, until), rest


def _bounds(when: str, time: re.Match[str]) -> tuple[str, str]:
    if time["from"] or time["on"]:
        return when, ""
    return ("", when) if time["to"] or time["back"] else (when, when)


def _titles(document: Document) -> Iterator[str]:
    """What an essay may be called: its title, what stands in 《 》 there, and its file's name."""
    inner = re.findall(r"《([^《》]+)》", document.title)
    stem = document.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    titles = {document.title, *inner, stem}
    yield from (fold(title) for title in titles if len(title) >= SHORTEST_TITLE)
    speakers = (_SPEAKER.search(title) for title in (document.title, *inner))
    yield from {fold(speaker[1]) for speaker in speakers if speaker}


def _places(name: str, text: str) -> Iterator[Span]:
    """Where a text has a name; of Latin letters only as words of their own."""
    pattern = re.escape(name)
    if re.search(r"[a-z0-9]", name):
        pattern = rf"(?<![a-z0-9]){pattern}(?![a-z0-9])"
    return (Span(*match.span()) for match in re.finditer(pattern, text))
