"""Answers and excerpts as they show themselves: as text where they are printed, as HTML in a notebook. Of the HTML all
that is not ours is escaped; it has no script, no link and no picture, and takes its colours from what is around it."""

from collections.abc import Iterable, Mapping
from functools import singledispatch

from markupsafe import Markup

from index.documents import language_of, printable
from index.problems import YuanhuaError, plain
from index.types import Document
from rag import words
from rag.answer import by_essay
from rag.essays import Essays, Excerpt
from rag.told import told
from rag.types import Answer, Citation, Hit, Reported

OPENING = 140  # characters of a nearest passage
LISTED = 200  # essays of a table

_FRAME = Markup('<div style="max-width:46em;line-height:1.6">{}</div>')
_LINE = Markup("<p>{}</p>")
_TITLE = Markup("<p><b>{}</b></p>")
_SMALL = Markup('<p style="opacity:.8;font-size:.9em">{}</p>')
_THEIRS = Markup('<bdi lang="{}" style="white-space:pre-wrap">{}</bdi>')
_QUOTE = Markup(
    '<blockquote style="margin:.6em 0;padding:0 0 0 .9em;border-left:3px solid currentColor">{}</blockquote>'
)
_AROUND = Markup("<span>{}</span><mark>{}</mark><span>{}</span>")
_ROW = Markup("<tr>{}</tr>")
_CELL = Markup('<td style="text-align:left"><bdi>{}</bdi></td>')
_HEAD = Markup('<th style="text-align:left">{}</th>')
_TABLE = Markup("<table><thead>{}</thead><tbody>{}</tbody></table>")


@singledispatch
def text_of(shown: object) -> str:
    """For people: without control characters, but otherwise the authors' words to the character."""
    raise TypeError(type(shown))


@singledispatch
def html_of(shown: object) -> str:
    """For people, as a part of a page."""
    raise TypeError(type(shown))


@text_of.register
def _(answer: Answer) -> str:
    return plain("\n".join(answer_lines(answer)))


@html_of.register
def _(answer: Answer) -> str:
    lang = answer.language
    parts = [_TITLE.format(_theirs(answer.question, language_of(answer.question)))]
    parts += [_SMALL.format(line) for line in _read_as(answer)]
    for group in by_essay(answer.citations).values():
        parts.append(_SMALL.format(words.heading(group[0].document, lang)))
        parts += [_cited(citation, lang) for citation in group]
    if not answer.answered:
        parts.append(_LINE.format(answer.text))
        parts += [_SMALL.format(words.NEAREST[lang])] if answer.nearest else []
        parts += [_nearest(hit, lang) for hit in answer.nearest]
    if answer.opposed:
        parts.append(_SMALL.format(against_title(answer, words.AGAINST[lang])))
        parts += [_cited(side, lang) for pair in sides(answer) for side in pair]
    return _joined(parts)


@text_of.register
def _(citation: Citation) -> str:
    language = citation.document.language
    quote = words.QUOTED[language].format(quote=citation.quote)
    about = [words.heading(citation.document, language), *filter(None, [_told(citation.reported, language)])]
    return plain(
        "\n".join([f"{quote} [{citation.n}]", *about, _place(citation.document, citation.start, citation.end)])
    )


@html_of.register
def _(citation: Citation) -> str:
    language = citation.document.language
    return _joined([_SMALL.format(words.heading(citation.document, language)), _cited(citation, language)])


@text_of.register
def _(hit: Hit) -> str:
    passage = hit.passage
    heading = f"{hit.rank}. {words.heading(passage.document, passage.document.language)}"
    return plain("\n".join([heading, passage.text, _place(passage.document, passage.start, passage.end)]))


@html_of.register
def _(hit: Hit) -> str:
    document, passage = hit.passage.document, hit.passage
    heading = f"{hit.rank}. {words.heading(document, document.language)}"
    return _joined(
        [_SMALL.format(heading), _quoted(document, passage.text, _place(document, passage.start, passage.end))]
    )


@text_of.register
def _(excerpt: Excerpt) -> str:
    document = excerpt.document
    heading = words.heading(document, document.language)
    return plain("\n".join([excerpt.text, heading, _place(document, *excerpt.span)]))


@html_of.register
def _(excerpt: Excerpt) -> str:
    """With what stands around it."""
    document = excerpt.document
    text = _AROUND.format(excerpt.before, excerpt.text, excerpt.after)
    heading = words.heading(document, document.language)
    return _joined([_SMALL.format(heading), _quoted(document, text, _place(document, *excerpt.span))])


@text_of.register
def _(essays: Essays) -> str:
    return repr(essays)


@html_of.register
def _(essays: Essays) -> str:
    """A table of them; or why there is none."""
    try:
        documents = essays.documents
    except YuanhuaError as error:
        return _joined([_LINE.format(str(error))])
    rows = ((document.name, document.title, document.author, document.date) for document in documents[:LISTED])
    body = _together(_ROW.format(_together(map(_CELL.format, row))) for row in rows)
    head = _ROW.format(_together(map(_HEAD.format, ("name", "title", "author", "date"))))
    more = [_LINE.format(f"… {len(documents) - LISTED:,}")] if len(documents) > LISTED else []
    return _joined([_TABLE.format(head, body), *more])


def answer_lines(answer: Answer) -> list[str]:
    """As the terminal shows it."""
    read_as = _read_as(answer)
    if not answer.answered:
        return [*read_as, answer.text, *_nearest_lines(answer)]
    places = [
        f"  [{c.n}] {printable(c.document.name)}, {c.start}–{c.end}{_in_brackets(c.reported, answer.language)}"
        for group in by_essay(answer.citations).values()
        for c in group
    ]
    return [*read_as, answer.text, "", *places, *_opposed_lines(answer)]


def sides(answer: Answer) -> list[tuple[Citation, Citation]]:
    """What pulls in different directions, as the citations that they are; what is not cited has the numbers after."""
    cited = {(each.document.name, each.start, each.end): each for each in answer.citations}
    for excerpt in (side for pair in answer.opposed for side in (pair.one, pair.other)):
        place = (excerpt.document.name, *excerpt.span)
        new = Citation(len(cited) + 1, excerpt.document, *excerpt.span, excerpt.quote, excerpt.score)
        cited.setdefault(place, new)
    places = ([(each.document.name, *each.span) for each in (pair.one, pair.other)] for pair in answer.opposed)
    return [(cited[one], cited[other]) for one, other in places]


def against_title(answer: Answer, texts: Mapping[str, str]) -> str:
    return texts["against_several" if len(answer.opposed) > 1 else "against"]


def start_of(text: str, length: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"


def _opposed_lines(answer: Answer) -> list[str]:
    lines = []
    for side in (side for pair in sides(answer) for side in pair):
        number = f"[{side.n}] " if side in answer.citations else ""
        lines.append(f"  {words.QUOTED[answer.language].format(quote=side.quote)}")
        lines.append(f"    {number}{printable(side.document.name)}, {side.start}–{side.end}")
    texts = words.AGAINST[answer.language]
    return ["", texts["against_line"].format(title=against_title(answer, texts)), *lines] if lines else []


def _nearest_lines(answer: Answer) -> list[str]:
    hits = [
        f"  {printable(h.passage.document.name)}, {h.passage.start}–{h.passage.end}: {start_of(h.passage.text)}"
        for h in answer.nearest
    ]
    return ["", words.NEAREST[answer.language], *hits] if hits else []


def _read_as(answer: Answer) -> list[str]:
    return [words.READ_AS[answer.language].format(**c._asdict()) for c in answer.corrections]


def _told(reported: Reported | None, language: str) -> str:
    return told(reported, words.TOLD[language])


def _in_brackets(reported: Reported | None, language: str) -> str:
    said = _told(reported, language)
    return words.IN_BRACKETS[language].format(said=said) if said else ""


def _place(document: Document, start: int, end: int) -> str:
    return words.PLACE[document.language].format(name=printable(document.name), start=start, end=end)


def _theirs(text: str, language: str) -> Markup:
    return _THEIRS.format(language, text)


def _quoted(document: Document, text: str, place: str, number: str = "") -> Markup:
    return _QUOTE.format(_theirs(text, document.language) + number + _SMALL.format(place))


def _cited(citation: Citation, language: str) -> Markup:
    place = words.PLACE[language].format(name=printable(citation.document.name), start=citation.start, end=citation.end)
    said = _told(citation.reported, language)
    return _quoted(citation.document, citation.quote, f"{place} · {said}" if said else place, f" [{citation.n}]")


def _nearest(hit: Hit, language: str) -> Markup:
    document, passage = hit.passage.document, hit.passage
    place = words.PLACE[language].format(name=printable(document.name), start=passage.start, end=passage.end)
    return _quoted(document, start_of(passage.text, OPENING), f"{words.heading(document, language)} · {place}")


def _together(parts: Iterable[Markup]) -> Markup:
    return Markup("").join(parts)


def _joined(parts: Iterable[Markup]) -> str:
    return str(_FRAME.format(_together(parts)))
