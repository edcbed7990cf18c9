"""Answers, essays and lists as HTML. Everything that is not ours is escaped here, and nowhere else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from index.build import Changes
from index.documents import Problem, printable
from index.sentences import heading_of
from index.types import Document, Span
from rag.answer import by_essay
from rag.types import Answer, Citation, Hit
from ui.jobs import Job
from ui.words import Words

JOINER = "&#8288;"  # keeps a citation's number on the line of its excerpt's last word
COLOURS = 8  # of essays; page.css has as many
UNSIGNED = "unsigned"  # what a header says where the author does not want to be named
EXCERPT = 140  # characters of a nearest passage

_MARKDOWN = re.compile(r"\*\*|(?<!\w)`+|`+(?!\w)|^(?:&gt;|#{1,6}|[-*+])(?=\s)", re.M)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what became of it; `answer` is None while it is being looked for, `note` is a line about it."""

    question: str
    answer: Answer | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Shelf:
    """The essays in the order of their names, which gives each its colour."""

    documents: Sequence[Document]
    passages: Mapping[str, int]  # by document name

    def colour(self, document: Document) -> str:
        names = [other.name for other in self.documents]
        return f"essay-{names.index(document.name) % COLOURS}" if document.name in names else "essay-0"


def link(question: str, document: Document | None = None, span: Span | None = None) -> str:
    """What the address bar holds for a question and an open essay."""
    parts: dict[str, str] = {"q": question} if question else {}
    if document is not None:
        parts["d"] = document.name
    if span is not None:
        parts |= {"s": str(span.start), "e": str(span.end)}
    return "#" + escape(urlencode(parts))


def text_html(text: str) -> str:
    """The author's text, character for character; only its Markdown marks are set fainter."""
    return _MARKDOWN.sub(lambda match: f'<span class="md">{match[0]}</span>', escape(text))


def byline(document: Document, words: Words) -> str:
    parts = [author_of(document) or words["unknown_author"], document.date]
    return " · ".join(escape(part) for part in parts if part)


def author_of(document: Document) -> str:
    return "" if document.author.casefold() == UNSIGNED else document.author


def _lang(document: Document) -> str:
    return "zh-CN" if document.language == "zh" else "en"


def thread_html(turns: Sequence[Turn], shelf: Shelf, words: Words) -> str:
    if not turns:
        return (
            f'<section class="welcome"><h2>{escape(words["welcome_title"])}</h2><p>{escape(words["welcome"])}</p></section>'
        )
    return "".join(_turn_html(number, turn, shelf, words) for number, turn in enumerate(turns, start=1))


def _turn_html(number: int, turn: Turn, shelf: Shelf, words: Words) -> str:
    note = f'<p class="note" role="status">{escape(turn.note)}</p>' if turn.note else ""
    body = answer_html(turn.answer, shelf, words) if turn.answer else ""
    return (
        f'<section class="turn" aria-labelledby="question-{number}">'
        f'<h2 id="question-{number}"><bdi>{escape(turn.question)}</bdi></h2>{body}{note}</section>'
    )


def answer_html(answer: Answer, shelf: Shelf, words: Words) -> str:
    if not shelf.documents:
        return f'<p class="ours">{escape(words["empty"])}</p>'
    return _spoken_html(answer, shelf, words) if answer.answered else _silent_html(answer, shelf, words)


def _spoken_html(answer: Answer, shelf: Shelf, words: Words) -> str:
    essays = by_essay(answer.citations)
    count = (words["spoken_once"] if len(essays) == 1 else words["spoken"]).format(n=len(essays))
    parts = (_essay_part(answer.question, group, shelf, words) for group in essays.values())
    return f'<p class="ours">{escape(count)}</p>{"".join(parts)}'


def _essay_part(question: str, citations: Sequence[Citation], shelf: Shelf, words: Words) -> str:
    document = citations[0].document
    quotes = "".join(_quotation(question, citation, words) for citation in citations)
    return (
        f'<article class="voice {shelf.colour(document)}"><header><h3><a href="{link(question, document)}">'
        f"<bdi>{escape(document.label)}</bdi></a></h3><p>{byline(document, words)}</p></header>{quotes}</article>"
    )


def _quotation(question: str, citation: Citation, words: Words) -> str:
    label = escape(words["cite"].format(n=citation.n, label=citation.document.label))
    href = link(question, citation.document, Span(citation.start, citation.end))
    return (
        f'<blockquote lang="{_lang(citation.document)}"><span class="words">{text_html(citation.quote)}</span>{JOINER}'
        f'<a class="cite" href="{href}" title="{label}" aria-label="{label}">{citation.n}</a></blockquote>'
    )


def _silent_html(answer: Answer, shelf: Shelf, words: Words) -> str:
    note = words["silent_note"].format(documents=len(shelf.documents))
    nearest = "".join(_nearest_html(answer.question, hit, shelf, words) for hit in answer.nearest)
    return f'<div class="silence"><p class="verdict">{escape(words["silent"])}</p><p class="ours">{escape(note)}</p>{nearest}</div>'


def _nearest_html(question: str, hit: Hit, shelf: Shelf, words: Words) -> str:
    passage, document = hit.passage, hit.passage.document
    text = " ".join(passage.text.split())
    shown = text if len(text) <= EXCERPT else text[:EXCERPT] + "…"
    href = link(question, document, Span(passage.start, passage.end))
    return (
        f'<article class="near {shelf.colour(document)}"><a href="{href}"><span class="near-title"><bdi>{escape(document.label)}'
        f'</bdi> <span class="by">{byline(document, words)}</span></span>'
        f'<span class="near-text" lang="{_lang(document)}">{text_html(shown)}</span></a></article>'
    )


def shelf_html(question: str, shelf: Shelf, words: Words) -> str:
    """The right leaf while no essay is open."""
    if not shelf.documents:
        return f'<div class="shelf"><h2>{escape(words["shelf_title"])}</h2><p class="ours">{escape(words["shelf_empty"])}</p></div>'
    note = words["shelf_note"].format(documents=len(shelf.documents), passages=sum(shelf.passages.values()))
    items = "".join(
        f'<li class="{shelf.colour(document)}"><a href="{link(question, document)}"><bdi>{escape(document.label)}</bdi>'
        f'<span class="by">{byline(document, words)}</span></a></li>'
        for document in shelf.documents
    )
    return f'<div class="shelf"><h2>{escape(words["shelf_title"])}</h2><p class="ours">{escape(note)}</p><ol>{items}</ol></div>'


def missing_html(question: str, words: Words) -> str:
    return f'<div class="reader">{_bar(question, words)}<p class="ours">{escape(words["not_found"])}</p></div>'


def reader_html(
    question: str, document: Document, span: Span | None, shelf: Shelf, words: Words, *, current: bool
) -> str:
    """A whole essay, with the cited span marked."""
    if not current:
        badge = f'<p class="warning" role="alert">{escape(words["changed"])}</p>'
    elif span is not None:
        badge = f'<p class="exact" title="{escape(words["exact_note"])}"><span aria-hidden="true">✓</span> {escape(words["exact"])}</p>'
    else:
        badge = ""
    safe = document.url.startswith(("https://", "http://"))
    source = (
        f' · <a href="{escape(document.url)}" target="_blank" rel="noopener noreferrer nofollow">{escape(words["source_link"])}</a>'
        if safe
        else ""
    )
    return (
        f'<div class="reader {shelf.colour(document)}">{_bar(question, words, badge)}'
        f'<header><h2><bdi>{escape(document.label)}</bdi></h2><p class="by">{byline(document, words)}{source}</p></header>'
        f'<div class="essay" lang="{_lang(document)}" tabindex="-1">{_essay_html(document, span)}</div></div>'
    )


def _bar(question: str, words: Words, badge: str = "") -> str:
    """What stays in sight over an essay: the way back, and whether the excerpt is exact."""
    back = f'<a class="close" href="{link(question)}"><span aria-hidden="true">←</span> {escape(words["close"])}</a>'
    return f'<div class="bar">{back}{badge}</div>'


def _essay_html(document: Document, span: Span | None) -> str:
    """A line of the file a block; what is furniture is set apart, what is cited is marked."""
    blocks, start, first = [], 0, True
    for line in document.text.split("\n"):
        end = start + len(line)
        if line.strip():
            inner, marked = _line_html(document, Span(start, end), span, first=first)
            first = first and not marked
            blocks.append(f'<p class="{_line_class(document, line, start)}">{inner}</p>')
        start = end + 1
    return "".join(blocks)


def _line_class(document: Document, line: str, start: int) -> str:
    if any(piece.start <= start and start + len(line.rstrip()) <= piece.end for piece in document.furniture):
        return "furniture"
    return "heading" if heading_of(line) else "line"


def _line_html(document: Document, line: Span, span: Span | None, *, first: bool) -> tuple[str, bool]:
    text = document.text
    if span is None or span.end <= line.start or span.start >= line.end:
        return text_html(text[line.start : line.end]), False
    start, end = max(span.start, line.start), min(span.end, line.end)
    focus = ' id="hit" tabindex="-1"' if first else ""
    marked = f"<mark{focus}>{text_html(text[start:end])}</mark>"
    return text_html(text[line.start : start]) + marked + text_html(text[end : line.end]), True


@dataclass(frozen=True, slots=True)
class Row:
    """A file of the corpus in the list of essays. `state`: current, new or changed."""

    document: Document
    passages: int
    state: str


def corpus_html(rows: Sequence[Row], problems: Sequence[Problem], words: Words) -> str:
    """The list of essays with a button to remove each."""
    columns = ("title", "author", "date", "passages", "state")
    head = "".join(f'<th scope="col">{escape(words[f"column_{column}"])}</th>' for column in columns)
    body = "".join(_row_html(row, words) for row in rows)
    listed = (
        f'<div class="scroll"><table><thead><tr>{head}<th scope="col"><span class="hidden">{escape(words["remove"])}</span></th></tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
        if rows
        else f'<p class="ours">{escape(words["shelf_empty"])}</p>'
    )
    return f'<div class="corpus">{listed}{_problems_html(problems, words)}</div>'


def _row_html(row: Row, words: Words) -> str:
    document = row.document
    name = escape(printable(document.name))
    return (
        f'<tr class="{row.state}"><th scope="row"><bdi>{escape(document.label)}</bdi><span class="file">{name}</span></th>'
        f"<td><bdi>{escape(author_of(document))}</bdi></td><td>{escape(document.date)}</td><td>{row.passages or ''}</td>"
        f"<td>{escape(words[f'state_{row.state}'])}</td>"
        f'<td><button type="button" class="remove" data-name="{escape(document.name)}" '
        f'data-confirm="{escape(words["remove_confirm"].format(label=document.label))}" '
        f'aria-label="{escape(words["remove_label"].format(name=printable(document.name)))}">{escape(words["remove"])}</button></td></tr>'
    )


def _problems_html(problems: Sequence[Problem], words: Words) -> str:
    if not problems:
        return ""
    items = "".join(f"<li><bdi>{escape(printable(p.name))}</bdi>: {escape(p.reason)}</li>" for p in problems)
    return f'<div class="problems"><h3>{escape(words["problems"])}</h3><ul>{items}</ul></div>'


def status_html(changes: Changes, job: Job, words: Words, *, note: str = "") -> str:
    """What the index lacks, and how far a rebuild is."""
    lines = [f'<p class="note">{escape(note)}</p>'] if note else []
    if job.running:
        lines.append(_progress_html(job, words))
    else:
        lines += [_ended_html(job, words)] if job.ended else []
        counts = {"added": len(changes.added), "changed": len(changes.changed), "removed": len(changes.removed)}
        state = words["behind"].format(**counts) if changes else words["current"]
        lines.append(f'<p class="{"behind" if changes else "ours"}">{escape(state)}</p>')
    return f'<div class="status" role="status" aria-live="polite">{"".join(lines)}</div>'


def _progress_html(job: Job, words: Words) -> str:
    step = words.get(job.step, job.step) or words["job_starting"]
    left = words["job_left"].format(seconds=round(job.left)) if job.left is not None else ""
    amount = f"{job.done:,} / {job.total:,}" if job.total > 1 else ""
    detail = " · ".join(part for part in (amount, left) if part)
    value = f' value="{job.done}" max="{job.total}"' if job.total > 1 else ""
    return (
        f'<p><label for="job">{escape(step)}</label> <span class="by">{escape(detail)}</span></p><progress id="job"{value}></progress>'
    )


def _ended_html(job: Job, words: Words) -> str:
    if job.error:
        return f'<p class="warning">{escape(words["job_failed"].format(error=job.error))}</p>'
    built = job.built
    if built is None:
        return ""
    facts = {"documents": built.documents, "passages": built.passages, "embedded": built.embedded}
    return f'<p class="done">{escape(words["job_done"].format(**facts, seconds=round(job.seconds, 1)))}</p>'
