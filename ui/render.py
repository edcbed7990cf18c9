"""Answers, essays and lists as HTML. The templates escape whatever is not ours; only `marked` makes HTML here."""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from index import extract
from index.changes import Changes
from index.documents import SUFFIXES, Problem, language_of, printable
from index.index import Index
from index.scan import ARCHIVE
from index.types import Document, Passage, Span
from rag.answer import THRESHOLD, by_essay
from rag.followup import Asked
from rag.pins import Kept, Pin
from rag.proof import imprint
from rag.quoted import Judged
from rag.scope import Scope, authors_of
from rag.shown import against_title, sides
from rag.told import speaker_of, told_word
from rag.types import Answer, Citation
from rag.why import Trace
from rag.words import MODEL_FAULTS
from ui import copying
from ui.address import NOWHERE, Address
from ui.copying import UNSIGNED, author_of
from ui.jobs import Job
from ui.keeping import Look
from ui.leaf import LONGEST_EXCERPT, drawn_of, lines_of, reported_at, steps_of
from ui.map import Drawing, Mark
from ui.model import Model
from ui.narrowed import narrowed
from ui.steps import notes, steps, verdict
from ui.summaries import pieces
from ui.words import Words

if TYPE_CHECKING:
    from rag.summary import Summary  # with the client of language models, which most pages never need

COLOURS = 8  # of essays; page.css has as many
OPENING = 140  # characters of a nearest passage
CHOICES = 200  # authors, and essays, that can be chosen from
NAMED = 10  # authors where nobody fits
SIGNS = {"exact": "✓", "normalised": "≈", "altered": "≠", "absent": "✗", "short": "–"}  # of verdicts
LISTED = 500  # essays; a page of more is slow to load and nobody's reading
FOLDED = 3  # lines of a file's own header, from which on it is folded, if an essay follows

_MARKDOWN = re.compile(
    r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<=\])\([^()\s]*\)|(?<!\w)`+|`+(?!\w)|^(?:&gt;|#{1,6}|[-*+])(?=\s)",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Seat:
    """An essay's place among all that were asked: its best excerpt, or the nearest passage of one that is silent."""

    document: Document
    citation: Citation | None = None
    nearest: Passage | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it; `answer` is None while it is being looked for, `note` is a line about it."""

    question: str  # as it was typed
    answer: Answer | None = None
    note: str = ""
    at: Address = NOWHERE  # as it was understood; without a question while it is not
    asked: Asked | None = None  # what the next question may refer to
    parts: int | None = None  # essays whose part is shown while the answer grows; None for all of them
    board: tuple[Seat, ...] = ()  # where all were asked
    unheard: int = 0  # essays that were asked and have no seat
    searched: int = 0  # essays
    again: Address = NOWHERE  # what to ask once more, where it was not answered
    remark: str = ""  # which words say something about how it was understood
    summary: "Summary | None" = None  # of a language model


@dataclass(frozen=True, slots=True)
class Shelf:
    """The essays, without their texts, in the order of their names, which gives each its colour."""

    documents: Sequence[Document]
    positions: Mapping[str, int]  # by name
    passages: int  # of all of them

    @classmethod
    def of(cls, index: Index) -> "Shelf":
        return cls(index.cards, index.positions, index.manifest.passages)

    def colour(self, document: Document) -> str:
        return self.colour_of(document.name)

    def colour_of(self, name: str) -> str:
        return f"essay-{self.positions.get(name, 0) % COLOURS}"

    def authors(self, most: int) -> list[str]:
        """Those with the most essays first."""
        authors = Counter(name for document in self.documents for name in authors_of(document))
        return [name for name, _ in authors.most_common() if name.casefold() != UNSIGNED][:most]

    def label(self, name: str) -> str:
        """Of an essay that may be gone."""
        position = self.positions.get(name)
        return name if position is None else self.documents[position].label


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus in the list of essays. `state`: current, new, changed, renamed or twin."""

    document: Document
    passages: int
    state: str
    archive: str = ""  # the file's name, where it is an archive and the essay is in it
    twin: str = ""  # the name of the file with the same essay that is cited for both
    size: int = 0  # of the file, in bytes
    indexed: bool = False  # under this name, so that it can be opened

    @property
    def name(self) -> str:
        return self.document.name


@dataclass(frozen=True, slots=True)
class Removed:
    """A file that was just removed and keeps its line in the list. `place`: where it is kept, inside the folder for
    removed ones."""

    name: str
    place: str
    label: str = ""
    state: str = "gone"


def thread_html(turns: Sequence[Turn], shelf: Shelf, words: Words, *, model: str = "") -> str:
    """`model`: the language model that can be asked for a summary of an answer, "" for none."""
    return _render("thread.html", words, turns=turns, shelf=shelf, model=model)


def model_html(model: Model, words: Words, *, note: str = "", opened: bool = False) -> str:
    """Which language model there is, and where it is named. `note`: what was wrong with what was named."""
    return _render("model.html", words, model=model, note=note, opened=opened)


def trace_html(question: Address | str, trace: Trace, document: Document | None, shelf: Shelf, words: Words) -> str:
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


def nowhere_html(question: Address | str, nearest: tuple[Document, Span] | None, shelf: Shelf, words: Words) -> str:
    """That no essay has the expected sentence, and the one that is most like it."""
    document, span = nearest or (None, None)
    return _render("why.html", words, question=question, note="", trace=None, document=document, span=span, shelf=shelf)


def untraced_html(note: str, words: Words) -> str:
    return _render("why.html", words, note=note)


def shelf_html(at: Address | str, shelf: Shelf, words: Words, *, sent: str = "") -> str:
    """The right leaf while no essay is open. `sent`: the address as the browser has it, which waits to see it here."""
    return _render("shelf.html", words, question=at, shelf=shelf, documents=shelf.documents[:LISTED], sent=sent)


def scope_html(shelf: Shelf, words: Words) -> str:
    """The form that says which essays are asked."""
    authors = sorted(shelf.authors(CHOICES))
    return _render("scope.html", words, shelf=shelf, authors=authors, documents=list(shelf.documents[:CHOICES]))


def suggestions_html(questions: Sequence[str], words: Words) -> str:
    return _render("suggestions.html", words, questions=questions)


def past_html(words: Words) -> str:
    """The place for earlier conversations, which only the browser knows."""
    return _render("past.html", words)


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
    return _render(
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
    return _render("corpus.html", words, rows=lines[:LISTED], more=more, problems=problems[:LISTED], accept=accept)


def status_html(changes: Changes, job: Job, words: Words, *, note: str = "", said: str = "", soon: bool = False) -> str:
    """What the index lacks, and how far a rebuild is. `said`: what is to be heard, if not that; `soon`: whether a
    rebuild begins by itself."""
    return _render("status.html", words, lacks=_lacks(changes, words), job=job, note=note, said=said, soon=soon)


def _lacks(changes: Changes, words: Words) -> str:
    """Of what kind, and how many of each; "" where nothing is lacking."""
    kinds = {"added": changes.added, "changed": changes.changed, "renamed": changes.renamed, "removed": changes.removed}
    comma = "，" if words["code"] == "zh" else ", "
    return comma.join(words[f"lacks_{kind}"].format(n=len(names)) for kind, names in kinds.items() if names)


def halt_html(job: Job, words: Words) -> str:
    """The buttons that begin and stop a rebuild. Not in the status, which is drawn anew twice a second, and a button
    with it: who has the focus there would hear its name as often."""
    return _render("halt.html", words, job=job)


def behind_html(words: Words, *, behind: bool) -> str:
    """Beside the question box: that the essays have changed since."""
    return _render("behind.html", words, behind=behind)


def pins_html(look: Look, shelf: Shelf, words: Words) -> str:
    """The pinned questions, those with another answer first."""
    changes = sorted(look.changes, key=lambda change: not change)
    return _render("pins.html", words, look=look, changes=changes, shelf=shelf)


def pin_news_html(look: Look, words: Words) -> str:
    """Beside the question box: that some of them have another answer."""
    return _render("pin_news.html", words, changed=look.changed)


def size_of(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} KB"


def login_html(note: str, name: str, root: str, words: Words) -> str:
    """The login page, whole. `note`: why the last attempt did not succeed; `name`: what was typed there."""
    return _render("login.html", words, note=note, name=name, root=root)


def login_detour_html(login: str, words: Words) -> str:
    """A page that goes on to the login by itself, and takes the fragment of its own address along where it can."""
    return _render("detour.html", words, login=login)


def marked(text: str) -> Markup:
    """The author's text, character for character; only its Markdown marks are set fainter."""
    return Markup(_MARKDOWN.sub(lambda match: f'<span class="md">{match[0]}</span>', str(escape(text))))  # noqa: S704


def map_html(drawing: Drawing, shelf: Shelf, words: Words) -> str:
    """All passages as dots, and whose they are; with a place for a question's marks."""
    return _render("map.html", words, note="", drawing=drawing, shelf=shelf)


def map_note_html(note: str, words: Words, *, busy: bool = False) -> str:
    """Why there is no map, or not yet."""
    return _render("map.html", words, note=note, busy=busy)


def marks_html(asked: Address, at: tuple[float, float], marks: Sequence[Mark], shelf: Shelf, words: Words) -> str:
    """A question on the map. `at`: where, in percent."""
    return _render("marks.html", words, asked=asked, question=asked.question, at=at, marks=marks, shelf=shelf)


def quoting_html(words: Words, most: int) -> str:
    """The form that takes a text; `most`: the characters that it may have."""
    return _render("quoting.html", words, most=f"{most:,}")


def quotations_html(
    judged: Sequence[Judged], stale: Collection[str], summary: str, notes: Sequence[str], shelf: Shelf, words: Words
) -> str:
    """What became of each quotation. `stale`: the names of essays that have changed since they were indexed."""
    of_them = {"judged": judged, "stale": stale, "summary": summary, "notes": notes}
    return _render("quotations.html", words, **of_them, shelf=shelf, signs=SIGNS)


def opening(text: str, most: int = OPENING) -> str:
    """The beginning of a passage on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def link(at: Address | str, document: Document | None = None, span: Span | Passage | Citation | None = None) -> str:
    """What the address bar holds for a question and an open essay."""
    place = Span(span.start, span.end) if span is not None else None
    address = Address(at) if isinstance(at, str) else at
    return f"#{address.at(document.name if document else '', place)}"


def _pinned(pin: Pin, kept: Kept | None = None) -> Address:
    """The pinned question with what is cited open, or nothing."""
    at = Address(pin.question, pin.scope)
    return at.at(kept.document, kept.span) if kept else at


def _by(at: Address, author: str) -> Address:
    """The same question to that author."""
    return Address(at.question, Scope(authors=(author,)))


def is_sure(citation: Citation) -> bool:
    """Whether it would be an answer by itself; where all authors were asked, a word on the matter is shown too."""
    return citation.score >= THRESHOLD


def board_counts(turn: Turn, words: Words) -> str:
    """How many essays speak to the question, touch on it, and are silent."""
    cited = [seat.citation for seat in turn.board if seat.citation]
    sure = sum(map(is_sure, cited))
    counts = {
        "board_spoke": sure,
        "board_faint": len(cited) - sure,
        "board_without": len(turn.board) - len(cited) + turn.unheard,
    }
    if not counts["board_faint"] and not counts["board_without"]:
        return words["board_all"].format(n=sure)
    return words["clause"].join(words[word].format(n=n) for word, n in counts.items() if n)


def _tag(document: Document) -> str:
    """For the right region's glyphs."""
    return "zh-CN" if document.language == "zh" else "en"


def tongue(text: str) -> str:
    """The language of a title, a name or a question, which need not be the page's, nor the essay's."""
    return "zh-CN" if language_of(text) == "zh" else "en"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {"marked": marked, "opening": opening, "printable": printable, "tongue": tongue}
    environment.globals |= {
        "link": link,
        "author_of": author_of,
        "tag": _tag,
        "by_essay": by_essay,
        "by": _by,
        "NAMED": NAMED,
    }
    environment.filters["size"] = size_of
    environment.tests["sure"] = is_sure
    environment.globals["excerpt"] = lambda span: Span(span.start, min(span.end, span.start + LONGEST_EXCERPT))
    environment.globals |= {"is_sure": is_sure, "board_counts": board_counts}
    environment.globals |= {"speaker_of": speaker_of, "told_word": told_word}
    environment.globals |= {"pieces": pieces, "MODEL_FAULTS": MODEL_FAULTS}
    environment.globals |= {"narrowed": narrowed, "markdown": copying.markdown, "footnotes": copying.footnotes}
    environment.globals |= {"pinned": _pinned, "imprint": imprint}
    environment.globals |= {"sides": sides, "against_title": against_title}
    return environment


_TEMPLATES = _environment()


def _render(template: str, words: Words, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(words=words, **values)
