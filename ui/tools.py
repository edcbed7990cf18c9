"""The tools that assistants have: ask, search, read, list. Each gives a record for programs, and the same as text."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from index.documents import language_of, printable
from index.index import Index
from index.types import Document, YuanhuaError
from rag.essays import Essays, Excerpt, NotInEssays, excerpt_id
from rag.prompt import in_line
from rag.query import clean
from rag.scope import Scope, outside
from rag.types import Answer, Hit
from ui import guidance, records, results
from ui.arguments import BadArguments, checked
from ui.guidance import ABOUT

AROUND = 2_000  # characters of context on each side, at most

Record = dict[str, Any]
Arguments = Mapping[str, Any]


class NothingAsked(YuanhuaError):
    """There is no essay by that author, or within that time."""


@dataclass(frozen=True, slots=True)
class Told:
    """What comes of a call: the same for programs and as text, in which each excerpt is a line of JSON."""

    record: Record
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Tool:
    name: str
    title: str
    description: str
    takes: results.Schema
    gives: results.Schema
    run: Callable[[Essays, Arguments], Told]

    def call(self, essays: Essays, given: Arguments) -> Told:
        """Raises YuanhuaError."""
        return self.run(essays, checked(self.takes, given))


def language(given: Arguments) -> str:
    """That what is said of a call is said in."""
    return language_of(" ".join(value for value in given.values() if isinstance(value, str)))


def _ask(essays: Essays, given: Arguments) -> Told:
    scope = _scope(essays, given)
    asked = essays.asked(given["question"], scope)
    answer, index = asked.answer, asked.index
    record = records.answer_record(answer, id=None, elapsed_ms=0.0, index=index.manifest.digest)
    del record["id"], record["elapsed_ms"]
    record["citations"] = [_placed(one, index) for one in record["citations"]]
    record["nearest"] = [_placed(one, index) for one in record["nearest"]]
    record["opposed"] = [[_with_id(one, index) for one in pair] for pair in record["opposed"]]
    record |= {"searched": len(index.entries) - len(outside(index, scope)), "left_out": list(asked.left_out)}
    return Told(record, tuple(_answer_lines(answer, record)))


def _answer_lines(answer: Answer, record: Record) -> Iterable[str]:
    def about(what: str) -> str:
        return ABOUT[what][answer.language]

    yield about("ask" if answer.answered else "silent")
    for one in record["citations"]:
        rest = {key: value for key, value in one.items() if key not in ("n", "score", "quote")}
        yield f"[{one['n']}] {in_line(rest | {'excerpt': one['quote']})}"
    yield from map(in_line, record["nearest"])
    if record["opposed"]:
        yield from (about("opposed"), *(in_line({"one": one, "other": other}) for one, other in record["opposed"]))
    if record["corrections"]:
        yield from (about("corrected"), *map(in_line, record["corrections"]))
    if record["left_out"]:
        yield from (about("left_out"), *(in_line({"document": name}) for name in record["left_out"]))


def _search(essays: Essays, given: Arguments) -> Told:
    scope = _scope(essays, given)
    digest = essays.library.index.manifest.digest
    passages = [_hit(hit) for hit in essays.search(given["query"], given["k"], scope)]
    about = ABOUT["search" if passages else "nothing"][language(given)]
    record = {"query": clean(given["query"]), "passages": passages, "index": digest}
    return Told(record, (about, *map(in_line, passages)))


def _hit(hit: Hit) -> Record:
    passage = hit.passage
    document = passage.document
    place = {"start": passage.start, "end": passage.end, "heading": passage.heading, "text": passage.text}
    known = {"id": excerpt_id(document, passage.start, passage.end), **_essay(document)}
    return {"rank": hit.rank, **known, **place, "score": round(hit.score, 4)}


def _read(essays: Essays, given: Arguments) -> Told:
    if bool(given["id"]) is bool(given["document"]):
        raise BadArguments(
            "A passage is read by its id alone, or by document, start and end; give one of the two.",
            "读一段要么给 id，要么给 document、start 和 end，二者给一个。",
        )
    excerpt = essays.excerpt(given["id"]) if given["id"] else _place(essays, given)
    if excerpt.span.end - excerpt.span.start > results.LONGEST_PASSAGE:
        raise _too_long(excerpt.span.end - excerpt.span.start)
    record = _excerpt(essays, excerpt)
    return Told(record, (ABOUT["read"][excerpt.document.language], in_line(record)))


def _place(essays: Essays, given: Arguments) -> Excerpt:
    """The end is that of the essay, where it is less. Raises NotInEssays."""
    document, start = essays.document(given["document"]), given["start"]
    end = min(given.get("end", start + results.LONGEST_PASSAGE), len(document.text))
    if end <= start:
        name, length = printable(document.name), len(document.text)
        raise NotInEssays(
            f"{name}: it has {length:,} characters, and nothing stands from {start:,} to {end:,}; "
            "give a start within it, and an end after that.",
            f"{name}：全文 {length:,} 个字，{start:,} 到 {end:,} 之间没有文字，请给出全文以内的 start 和它后面的 end。",
        )
    return essays.excerpt(excerpt_id(document, start, end))


def _too_long(length: int) -> BadArguments:
    most = results.LONGEST_PASSAGE
    return BadArguments(
        f"The place has {length:,} characters, and {most:,} at most are read at once; read it in parts.",
        f"这一处有 {length:,} 个字，一次最多读 {most:,} 个，请分几次读。",
    )


def _excerpt(essays: Essays, excerpt: Excerpt) -> Record:
    document, (start, end) = excerpt.document, excerpt.span
    before, after = excerpt.before[-AROUND:], excerpt.after[:AROUND]
    return {
        "id": excerpt.id,
        **_essay(document),
        "url": document.url,
        "language": document.language,
        "start": start,
        "end": end,
        "text": excerpt.text,
        "before": before,
        "after": after,
        "context_start": start - len(before),
        "context_end": end + len(after),
        "characters": len(document.text),
        "current": essays.is_current(document.name),
    }


def _list(essays: Essays, given: Arguments) -> Told:
    scope, index, offset = _scope(essays, given), essays.library.index, given["offset"]
    cards = [card for card in index.cards if scope.holds(card)]
    page = [
        {
            **_essay(card),
            "url": card.url,
            "language": card.language,
            "current": essays.library.is_current(index, card.name),
        }
        for card in cards[offset : offset + given["limit"]]
    ]
    last = offset + len(page)
    about = ABOUT["list"][language(given)].format(first=offset + 1 if page else 0, last=last, total=len(cards))
    record = {"total": len(cards), "essays": page, "next": last if page and last < len(cards) else None}
    return Told(record, (about, *map(in_line, page)))


def _scope(essays: Essays, given: Arguments) -> Scope:
    """Raises NotInEssays and NothingAsked: where no essay at all is asked, they are not silent."""
    names, authors = tuple(given.get("essays", ())), tuple(given["authors"])
    scope = Scope(names, authors, given["since"], given["until"])
    if not scope:
        return scope
    cards = essays.documents
    known = {card.name for card in cards}
    for name in names:
        if name not in known:
            essays.document(name)
    for author in authors:
        if not any(Scope(authors=(author,)).holds(card) for card in cards):
            shown = printable(author[:100])
            raise NothingAsked(
                f"{shown}: no essay is by this author; list_essays has the authors as they are called.",
                f"{shown}：没有这位作者的文章，请用 list_essays 看作者的写法。",
            )
    if not any(scope.holds(card) for card in cards):
        raise NothingAsked(
            "No essay lies within these names, authors and dates, so that nothing was asked; widen them.",
            "没有文章符合这些篇名、作者和日期，所以什么也没有问，请放宽。",
        )
    return scope


def _essay(document: Document) -> Record:
    return {
        "document": document.name,
        "title": document.label,
        "author": document.author,
        "date": document.date,
        "digest": document.digest,
    }


def _placed(record: Record, index: Index) -> Record:
    """With its id, and whose essay it is."""
    return _with_id(record, index) | _essay(_document(record, index))


def _with_id(record: Record, index: Index) -> Record:
    return {"id": excerpt_id(_document(record, index), record["start"], record["end"]), **record}


def _document(record: Record, index: Index) -> Document:
    return index.cards[index.positions[record["document"]]]


TOOLS = {
    tool.name: tool
    for tool in (
        Tool("ask", "Ask the essays", guidance.ASK, results.ASK, results.ANSWERED, _ask),
        Tool("search", "Search the essays", guidance.SEARCH, results.SEARCH, results.FOUND, _search),
        Tool("read_passage", "Read in an essay", guidance.READ, results.READ, results.PASSAGE, _read),
        Tool("list_essays", "List the essays", guidance.LIST, results.LIST, results.LISTED, _list),
    )
}
