"""Answers, essays and lists as HTML. The templates escape whatever is not ours; only `marked` makes HTML here."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from index import extract
from index.changes import Changes
from index.documents import Problem, printable
from index.sentences import heading_of
from index.types import Document, Passage, Span
from rag.answer import by_essay
from rag.types import Answer, Citation
from rag.why import Trace
from ui.jobs import Job
from ui.steps import notes, steps, verdict
from ui.words import Words

NESTED = 4  # spans of furniture that may begin in one line before the one that covers it
COLOURS = 8  # of essays; page.css has as many
OPENING = 140  # characters of a nearest passage
UNSIGNED = "unsigned"  # what a header says where the author does not want to be named

_MARKDOWN = re.compile(
    r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<=\])\([^()\s]*\)|(?<!\w)`+|`+(?!\w)|^(?:&gt;|#{1,6}|[-*+])(?=\s)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it; `answer` is None while it is being looked for, `note` is a line about it."""

    question: str
    answer: Answer | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The essays, without their texts, in the order of their names, which gives each its colour."""

    documents: Sequence[Document]
    positions: Mapping[str, int]  # by name
    passages: int  # of all of them

    def colour(self, document: Document) -> str:
        return f"essay-{self.positions.get(document.name, 0) % COLOURS}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of an essay's file; `cited` is the part of it that is marked, `first` whether the mark begins here."""

    kind: str  # line, heading or furniture
    before: str
    cited: str = ""
    after: str = ""
    first: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus in the list of essays. `state`: current, new, changed or twin."""

    document: Document
    passages: int
    state: str
    archive: str = ""  # the file's name, where it is an archive and the essay is in it
    twin: str = ""  # the name of the file with the same essay that is cited for both


def thread_html(turns: Sequence[Turn], shelf: Shelf, words: Words) -> str:
    return _render("thread.html", words, turns=turns, shelf=shelf)


def trace_html(question: str, trace: Trace, document: Document | None, shelf: Shelf, words: Words) -> str:
    """What became of an expected sentence, with a link to it where its essay is in the index as it was read."""
    span = Span(trace.start, trace.end)
    as_indexed = document is not None and document.text[trace.start : trace.end] == trace.quote
    return _render(
        "why.html",
        words,
        question=question,
        note="",
        trace=trace,
        document=document if as_indexed else None,
        span=span,
        shelf=shelf,
        steps=steps(trace, words),
        notes=notes(trace, words),
        verdict=verdict(trace, words),
    )


def nowhere_html(question: str, nearest: tuple[Document, Span] | None, shelf: Shelf, words: Words) -> str:
    """That no essay has the expected sentence, and the one that is most like it."""
    document, span = nearest or (None, None)
    return _render("why.html", words, question=question, note="", trace=None, document=document, span=span, shelf=shelf)


def untraced_html(note: str, words: Words) -> str:
    return _render("why.html", words, note=note)


def shelf_html(question: str, shelf: Shelf, words: Words) -> str:
    """The right leaf while no essay is open."""
    return _render("shelf.html", words, question=question, shelf=shelf)


def reader_html(
    question: str, document: Document | None, span: Span | None, shelf: Shelf, words: Words, *, current: bool
) -> str:
    """A whole essay, with the cited span marked; or that there is none of that name."""
    lines = list(lines_of(document, span)) if document else []
    return _render(
        "reader.html",
        words,
        question=question,
        document=document,
        cited=span is not None,
        extracted=document is not None and PurePosixPath(document.name).suffix.lower() in extract.SUFFIXES,
        lines=lines,
        shelf=shelf,
        current=current,
    )


def corpus_html(rows: Sequence[Row], problems: Sequence[Problem], words: Words) -> str:
    """The list of essays with a button to remove each."""
    return _render("corpus.html", words, rows=rows, problems=problems)


def status_html(changes: Changes, job: Job, words: Words, *, note: str = "") -> str:
    """What the index lacks, and how far a rebuild is."""
    return _render("status.html", words, changes=changes, job=job, note=note)


def login_html(note: str, name: str, root: str, words: Words) -> str:
    """The login page, whole. `note`: why the last attempt did not succeed; `name`: what was typed there."""
    return _render("login.html", words, note=note, name=name, root=root)


def login_detour_html(login: str, words: Words) -> str:
    """A page that goes on to the login by itself, and takes the fragment of its own address along where it can."""
    return _render("detour.html", words, login=login)


def lines_of(document: Document, span: Span | None) -> Iterator[Line]:
    """The lines of the file that are not empty; put together they are its text, character for character."""
    text, start, begun = document.text, 0, False
    for content in text.split("\n"):
        line = Span(start, start + len(content))
        start = line.end + 1
        if not content.strip():
            continue
        kind = _kind_of(document, line)
        if span is None or span.end <= line.start or span.start >= line.end:
            yield Line(kind, content)
            continue
        left, right = max(span.start, line.start), min(span.end, line.end)
        yield Line(kind, text[line.start : left], text[left:right], text[right : line.end], first=not begun)
        begun = True


def _kind_of(document: Document, line: Span) -> str:
    content = document.text[line.start : line.end]
    end = line.start + len(content.rstrip())
    before = bisect_right(document.furniture, line.start, key=lambda piece: piece.start)  # furniture is in order
    if any(end <= piece.end for piece in document.furniture[max(0, before - NESTED) : before]):
        return "furniture"
    return "heading" if heading_of(content) else "line"


def marked(text: str) -> Markup:
    """The author's text, character for character; only its Markdown marks are set fainter."""
    return Markup(_MARKDOWN.sub(lambda match: f'<span class="md">{match[0]}</span>', str(escape(text))))  # noqa: S704


def opening(text: str) -> str:
    """The beginning of a passage on one line."""
    line = " ".join(text.split())
    return line if len(line) <= OPENING else f"{line[:OPENING]}…"


def link(question: str, document: Document | None = None, span: Span | Passage | Citation | None = None) -> str:
    """What the address bar holds for a question and an open essay."""
    parts = {"q": question} if question else {}
    if document is not None:
        parts["d"] = document.name
    if span is not None:
        parts |= {"s": str(span.start), "e": str(span.end)}
    return "#" + urlencode(parts)


def author_of(document: Document) -> str:
    return "" if document.author.casefold() == UNSIGNED else document.author


def _tag(document: Document) -> str:
    """For the right region's glyphs."""
    return "zh-CN" if document.language == "zh" else "en"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {"marked": marked, "opening": opening, "printable": printable}
    environment.globals |= {"link": link, "author_of": author_of, "tag": _tag, "by_essay": by_essay}
    return environment


_TEMPLATES = _environment()


def _render(template: str, words: Words, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(words=words, **values)
