"""Answers, essays and lists as HTML."""

from collections.abc import Collection, Sequence
from itertools import takewhile
from pathlib import PurePosixPath

from index import extract
from index.changes import Changes
from index.documents import SUFFIXES, Problem
from index.scan import ARCHIVE
from index.types import Document, Span
from rag.quoted import Judged
from rag.types import Citation
from rag.why import Trace
from ui.address import Address
from ui.jinja import fill
from ui.jobs import Job
from ui.keeping import Look
from ui.leaf import drawn_of, lines_of, reported_at, steps_of
from ui.map import Drawing, Mark
from ui.model import Model
from ui.shelf import Removed, Row, Shelf
from ui.steps import notes, steps, verdict
from ui.turn import Turn
from ui.words import Words

CHOICES = 200  # authors, and essays, that can be chosen from
SIGNS = {"exact": "✓", "normalised": "≈", "altered": "≠", "absent": "✗", "short": "–"}  # of verdicts
LISTED = 500  # essays; a page of more is slow to load and nobody's reading
FOLDED = 3  # lines of a file's own header, from which on it is folded, if an essay follows


def thread_html(turns: Sequence[Turn], shelf: Shelf, words: Words, *, model: str = "") -> str:
    """`model`: the language model that can be asked for a summary of an answer, "" for none."""
    return fill("thread.html", words, turns=turns, shelf=shelf, model=model)


def model_html(model: Model, words: Words, *, note: str = "", opened: bool = False) -> str:
    """Which language model there is, and where it is named. `note`: what was wrong with what was named."""
    return fill("model.html", words, model=model, note=note, opened=opened)


def trace_html(question: Address | str, trace: Trace, document: Document | None, shelf: Shelf, words: Words) -> str:
    """What became of an expected sentence, with a link to it where its essay is in the index as it was read."""
    span = Span(trace.start, trace.end)
    as_indexed = document is not None and document.text[trace.start : trace.end] == trace.quote
    return fill(
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


def nowhere_html(question: Address | str, nearest: tuple[Document, Span] | None, shelf: Shelf, words: Words) -> str:
    """That no essay has the expected sentence, and the one that is most like it."""
    document, span = nearest or (None, None)
    return fill("why.html", words, question=question, note="", trace=None, document=document, span=span, shelf=shelf)


def untraced_html(note: str, words: Words) -> str:
    return fill("why.html", words, note=note)


def shelf_html(at: Address | str, shelf: Shelf, words: Words, *, sent: str = "") -> str:
    """The right leaf while no essay is open. `sent`: the address as the browser has it, which waits to see it here."""
    return fill("shelf.html", words, question=at, shelf=shelf, documents=shelf.documents[:LISTED], sent=sent)


def scope_html(shelf: Shelf, words: Words) -> str:
    """The form that says which essays are asked."""
    authors = sorted(shelf.authors(CHOICES))
    return fill("scope.html", words, shelf=shelf, authors=authors, documents=list(shelf.documents[:CHOICES]))


def suggestions_html(questions: Sequence[str], words: Words) -> str:
    return fill("suggestions.html", words, questions=questions)


def past_html(words: Words) -> str:
    """The place for earlier conversations, which only the browser knows."""
    return fill("past.html", words)


def reader_html(
    at: Address | str,
    document: Document | None,
    span: Span | None,
    shelf: Shelf,
    words: Words,
    *,
    current: bool,
    citations: Sequence[Citation] = (),
    sent: str = "",
) -> str:
    """A whole essay, with the cited span marked and, fainter, whatever else of it is among the answer's `citations`; or
    that there is none of that name. `sent`: as for `shelf_html`."""
    lines = list(lines_of(document, span, citations)) if document else []
    head = list(takewhile(lambda line: line.kind == "furniture", lines))
    head = head if FOLDED <= len(head) < len(lines) else []
    drawn = drawn_of(document.text, span) if document else Span(0, 0)
    return fill(
        "reader.html",
        words,
        question=at,
        steps=steps_of(at, citations) if isinstance(at, Address) else None,
        document=document,
        cited=span is not None,
        reported=reported_at(document, span, citations) if document else None,
        extracted=document is not None and PurePosixPath(document.name).suffix.lower() in extract.SUFFIXES,
        head=head,
        opened=any(piece.mark for line in head for piece in line.pieces),
        lines=lines[len(head) :],
        part=document is not None and drawn != (0, len(document.text)),
        shelf=shelf,
        current=current,
        sent=sent,
    )


def corpus_html(rows: Sequence[Row], problems: Sequence[Problem], words: Words, *, gone: Sequence[Removed] = ()) -> str:
    """The list of essays, with what can be done to each. Of very many, those that a rebuild would touch come first.
    `gone`: what was removed, each where it was."""
    there = {row.name for row in rows}
    lines: list[Row | Removed] = [*rows, *(one for one in gone if one.name not in there)]
    lines.sort(key=lambda line: line.name)
    if len(lines) > LISTED:
        lines.sort(key=lambda line: line.state in ("current", "gone"))
    more = max(0, len(lines) - LISTED)
    accept = ",".join([*SUFFIXES, ARCHIVE])
    return fill("corpus.html", words, rows=lines[:LISTED], more=more, problems=problems[:LISTED], accept=accept)


def status_html(changes: Changes, job: Job, words: Words, *, note: str = "", said: str = "", soon: bool = False) -> str:
    """What the index lacks, and how far a rebuild is. `said`: what is to be heard, if not that; `soon`: whether a
    rebuild begins by itself."""
    return fill("status.html", words, lacks=_lacks(changes, words), job=job, note=note, said=said, soon=soon)


def _lacks(changes: Changes, words: Words) -> str:
    """Of what kind, and how many of each; "" where nothing is lacking."""
    kinds = {"added": changes.added, "changed": changes.changed, "renamed": changes.renamed, "removed": changes.removed}
    comma = "，" if words["code"] == "zh" else ", "
    return comma.join(words[f"lacks_{kind}"].format(n=len(names)) for kind, names in kinds.items() if names)


def halt_html(job: Job, words: Words) -> str:
    """The buttons that begin and stop a rebuild. Not in the status, which is drawn anew twice a second, and a button
    with it: who has the focus there would hear its name as often."""
    return fill("halt.html", words, job=job)


def behind_html(words: Words, *, behind: bool) -> str:
    """Beside the question box: that the essays have changed since."""
    return fill("behind.html", words, behind=behind)


def pins_html(look: Look, shelf: Shelf, words: Words) -> str:
    """The pinned questions, those with another answer first."""
    changes = sorted(look.changes, key=lambda change: not change)
    return fill("pins.html", words, look=look, changes=changes, shelf=shelf)


def pin_news_html(look: Look, words: Words) -> str:
    """Beside the question box: that some of them have another answer."""
    return fill("pin_news.html", words, changed=look.changed)


def login_html(note: str, name: str, root: str, words: Words) -> str:
    """The login page, whole. `note`: why the last attempt did not succeed; `name`: what was typed there."""
    return fill("login.html", words, note=note, name=name, root=root)


def login_detour_html(login: str, words: Words) -> str:
    """A page that goes on to the login by itself, and takes the fragment of its own address along where it can."""
    return fill("detour.html", words, login=login)


def map_html(drawing: Drawing, shelf: Shelf, words: Words) -> str:
    """All passages as dots, and whose they are; with a place for a question's marks."""
    return fill("map.html", words, note="", drawing=drawing, shelf=shelf)


def map_note_html(note: str, words: Words, *, busy: bool = False) -> str:
    """Why there is no map, or not yet."""
    return fill("map.html", words, note=note, busy=busy)


def marks_html(asked: Address, at: tuple[float, float], marks: Sequence[Mark], shelf: Shelf, words: Words) -> str:
    """A question on the map. `at`: where, in percent."""
    return fill("marks.html", words, asked=asked, question=asked.question, at=at, marks=marks, shelf=shelf)


def quoting_html(words: Words, most: int) -> str:
    """The form that takes a text; `most`: the characters that it may have."""
    return fill("quoting.html", words, most=f"{most:,}")


def quotations_html(
    judged: Sequence[Judged], stale: Collection[str], summary: str, notes: Sequence[str], shelf: Shelf, words: Words
) -> str:
    """What became of each quotation. `stale`: the names of essays that have changed since they were indexed."""
    of_them = {"judged": judged, "stale": stale, "summary": summary, "notes": notes}
    return fill("quotations.html", words, **of_them, shelf=shelf, signs=SIGNS)
