"""What the page can do, without knowing how it is shown: ask, open, add, remove, rebuild."""

import threading
import time
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from index import build as building
from index import sidecar
from index.apart import rebuild
from index.changes import Changes, Compared, changes_of, problems_of
from index.corpus import REMOVED, Added, add_each, remove_files, restore_file
from index.documents import FileState, printable
from index.index import Index
from index.library import Library
from index.readings import Readings
from index.scan import Found as File
from index.scan import Scan, read, scan
from index.stores import previous
from index.types import Passage, YuanhuaError
from rag.answer import Found, by_essay
from rag.asking import Confirmed, Reading, Searching, Stage, Whole, asking
from rag.followup import UNCLEAR, Asked, remark_on, understand_after
from rag.scope import Scope
from rag.suggest import suggestions
from rag.types import Answer
from rag.why import NotInCorpus, why
from ui import render
from ui.address import NOWHERE, Address, read_address
from ui.jobs import Prepared, Rebuilds
from ui.keeping import Keeping
from ui.leaf import LONGEST_EXCERPT
from ui.limiter import Limiter
from ui.maps import Maps
from ui.metrics import Metrics
from ui.model import Model
from ui.quoting import Quoting
from ui.shelf import Removed, Row, Shelf
from ui.turn import Seat, Turn
from ui.words import Words
from ui.writing import Writing

TURNS = 50  # of one conversation are kept
LOOKED_THROUGH = 20.0  # seconds that the files may be read for a sentence that no indexed essay has
LOOK_AGAIN = 10.0  # seconds until the essays are looked at again for whether they have changed
LITTLE = 2_000_000  # bytes of new essays, which are embedded in a minute or two without being asked for


class NotThere(YuanhuaError):
    """An essay that is to be edited and is gone."""


class Desk:
    """One for all readers. What it returns is HTML, and texts that are still to be escaped are never among it."""

    def __init__(self, seeds: Path, library: Library, model: Model | None = None) -> None:
        self._seeds, self._library, self.model = seeds, library, model or Model()
        self.writing = Writing(library, self.model)
        self.rebuilds = Rebuilds(partial(rebuild, seeds, library), self._is_behind)
        self.metrics = Metrics(library, self.rebuilds)
        self.limiter = Limiter(self.metrics)
        self._editing, self._looking = threading.Lock(), threading.Lock()
        self._behind = False, -LOOK_AGAIN
        self._readings = Readings()
        self._seen: dict[str, FileState] = {}  # of the files, as they were when they were last looked at
        self._suggested: Prepared[Sequence[str]] = Prepared(self._suggest, ())
        self.maps, self.quoting = Maps(library), Quoting(library)
        self.keeping = Keeping(seeds, library, self.writing)

    @property
    def library(self) -> Library:
        return self._library

    def warm_up(self) -> None:
        """Load the encoder while the first reader still reads the page."""
        threading.Thread(target=self._load_encoder, name="warm-up", daemon=True).start()

    def _load_encoder(self) -> None:
        try:
            self._library.encoder_of(self._library.index).load()
        except YuanhuaError:
            return  # whoever asks is told why

    def understood(self, typed: str, turns: Sequence[Turn], opened: str, scope: Scope) -> Turn:
        """A question that was typed after others: what it stands for. `opened`: the essay that the reader looks at;
        `scope`: what was chosen for all questions."""
        text = " ".join(typed.split())
        before = [turn.asked for turn in turns if turn.asked is not None]
        try:
            follow_up = understand_after(text, before, self._library.index.cards, opened)
        except YuanhuaError:
            follow_up = None  # whoever answers says why
        if follow_up is None:
            return Turn(text, at=Address(text, scope), asked=Asked(text, scope))
        if follow_up == UNCLEAR:
            return Turn(text)
        at = Address(follow_up.question, follow_up.scope or scope, follow_up.known)
        asked = Asked(*(follow_up.about or (at.question, at.scope)))
        return Turn(text, at=at, asked=asked, remark=remark_on(text, at.question, at.known))

    def answering(self, turn: Turn, words: Words) -> Iterator[Turn]:
        """The turn as its answer grows: looked for, found, and then essay by essay, each checked against its file; the
        last one is whole. Never raises for what a reader can cause."""
        if turn.question and not turn.at.question:
            yield replace(turn, note=words["unclear"])
            return
        at = turn.at
        try:
            for stage in self.limiter.each("page", asking(self._library, at.question, at.scope, at.known)):
                if (drawn := _drawn(turn, stage, words)) is not None:
                    yield drawn
        except YuanhuaError as error:
            note = error.said(words["code"])
            yield replace(turn, question=turn.question[:200], note=note, at=NOWHERE, asked=None, again=turn.at)

    def remembered(self, typed: str, at: Address) -> Turn:
        """A question that stood in the address bar, or in what the browser kept of a conversation."""
        remark = remark_on(typed or at.question, at.question, at.known)
        return Turn(typed or at.question, at=at.at(), asked=Asked(at.question, at.scope), remark=remark)

    def why(self, at: Address, sentence: str, words: Words) -> str:
        """What became of the sentence that a reader expected. Never raises for what a reader can cause."""
        try:
            index = self._library.index
            trace = why(
                index,
                self._library.encoder_of(index),
                at.question,
                sentence,
                readable=lambda name: self._library.is_current(index, name),
                files=lambda: self._library.files_of(index, LOOKED_THROUGH),
                language=words["code"],
                scope=at.scope,
                known=at.known,
                reranker=self._library.reranker,
            )
        except NotInCorpus as error:
            return render.nowhere_html(at, error.nearest, self._shelf(), words)
        except YuanhuaError as error:
            return render.untraced_html(error.said(words["code"]), words)
        return render.trace_html(at, trace, index.document(trace.document), self._shelf(), words)

    def thread(self, turns: Sequence[Turn], words: Words) -> str:
        return render.thread_html(turns[-TURNS:], self._shelf(), words, model=self.model.name)

    def source(self, address: str, turns: Sequence[Turn], words: Words) -> str:
        """The right leaf: an essay, or all of them. Whatever the address bar held, it never raises."""
        shelf, at = self._shelf(), read_address(address)
        if not at.document:
            return render.shelf_html(at, shelf, words, sent=address)
        try:
            index = self._library.index
            document = index.document(at.document)
            current = document is not None and self._library.is_as_indexed(index, at.document)
        except YuanhuaError:
            document, current = None, False
        inside = document and at.span and at.span.end <= len(document.text)
        inside = inside and at.span and at.span.end <= at.span.start + LONGEST_EXCERPT
        answers = [turn.answer for turn in turns if turn.answer and turn.at == at.at()]
        citations = answers[-1].citations if answers else ()
        span = at.span if inside else None
        return render.reader_html(at, document, span, shelf, words, current=current, citations=citations, sent=address)

    def digest(self) -> str:
        """Of the index; "" where there is none."""
        try:
            return self._library.index.manifest.digest
        except YuanhuaError:
            return ""

    def behind(self) -> bool:
        """Whether the essays have changed since the index was built, as of the last look, which is not long ago: a
        look takes as long as there are files."""
        behind, looked = self._behind
        if (
            time.monotonic() - looked < LOOK_AGAIN
            or self.rebuilds.under_way
            or not self._looking.acquire(blocking=False)
        ):
            return behind and not self.rebuilds.under_way
        try:
            began = time.monotonic()
            behind = self._is_behind()
            self._behind = behind, time.monotonic() + 10 * (time.monotonic() - began)
        finally:
            self._looking.release()
        return behind

    def changed(self) -> None:
        """A reader has changed the essays: the index follows by itself, unless that would take long."""
        self._behind = self._behind[0], -LOOK_AGAIN
        try:
            encoder = self._library.encoder(self._library.spec())
            little = building.bytes_to_read(self._seeds, previous(self._library.store), encoder) <= LITTLE
        except YuanhuaError:
            return  # whoever begins a rebuild is told what is wrong
        if little:
            self.rebuilds.soon()

    def _is_behind(self) -> bool:
        try:
            index = self._library.index
            encoder = self._library.encoder_of(index)
            reading = self._readings.in_time()
            return building.nothing_to_build(self._seeds, index, encoder, reading=reading) is None
        except YuanhuaError:
            return False  # whoever asks is told what is wrong

    def suggestions(self, words: Words) -> Sequence[str] | None:
        """Questions that the essays answer; None while they are being made, which takes seconds."""
        return self._suggested.get((self.digest(), words["code"]))

    def _suggest(self, key: Hashable) -> Sequence[str]:
        """`key`: the digest of an index, and a language."""
        index = self._library.index
        return suggestions(index, self._library.encoder_of(index), str(key[1] if isinstance(key, tuple) else ""))

    def pins(self, before: str, words: Words, seconds: float = 0.0) -> tuple[str, str, str] | None:
        """What is pinned, and in a line that some of it has changed, with the version of both; None where `before` is
        that version already, and while it is not known, after waiting so long for it."""
        version = self.keeping.version()
        look = self.keeping.look(seconds) if version != before else None
        if look is None:
            return None
        return render.pins_html(look, self._shelf(), words), render.pin_news_html(look, words), version

    def scope(self, words: Words) -> str:
        """The form in which a reader chooses which essays are asked."""
        return render.scope_html(self._shelf(), words)

    def corpus(self, words: Words, note: str = "", gone: Sequence[Removed] = (), *, said: str = "") -> tuple[str, str]:
        """How the index stands to its essays, and the list of them. `gone`: what was just removed, and keeps its line;
        `said`: what is to be heard, if not the state of the index."""
        try:
            index: Index | None = self._library.index
        except YuanhuaError:
            index = None
        manifest = index.manifest if index else None
        known = {entry.name: entry.state for entry in manifest.entries} if manifest else {}
        try:
            looked_at = scan(self._seeds, known=self._seen | known)
        except YuanhuaError:
            looked_at = Scan((), ())
        self._seen = {one.name: one.state for one in looked_at.found}
        compared, rows = [], dict[str, Row]()
        for one in building.foreseen(self._seeds, looked_at, manifest, self._readings.in_time()):
            compared.append(replace(one, document=None))
            if row := _row(one, index, rows):
                rows[one.found.name] = row
        problems = problems_of(looked_at, compared)
        changes = changes_of(compared, manifest)
        self._behind = bool(changes), time.monotonic()
        soon = self.rebuilds.expected
        status = render.status_html(changes, self.rebuilds.job, words, note=note, said=said, soon=soon)
        return status, render.corpus_html(list(rows.values()), problems, words, gone=gone)

    def progress(self, words: Words, note: str = "") -> str:
        """Of a running rebuild; reads no files."""
        return render.status_html(Changes(), self.rebuilds.job, words, note=note)

    def add(self, paths: Sequence[Path]) -> Added:
        """Raises CannotAdd where there are too many."""
        added = add_each(self._seeds, paths)
        if added.names:
            self.changed()
        return added

    def remove(self, name: str) -> Removed:
        """What it takes to put it back. Raises CannotRemove."""
        (place,) = remove_files(self._seeds, [name])
        label = self._shelf().label(name)
        self.changed()
        return Removed(name, place.relative_to(self._seeds.resolve() / REMOVED).as_posix(), label)

    def restore(self, removed: Removed) -> None:
        """Raises CannotRestore."""
        restore_file(self._seeds, removed.place, removed.name)
        self.changed()

    def edit(self, name: str, fields: Mapping[str, str]) -> None:
        """Title, author and date as a reader wants them; what the essay says itself need not be written down. Raises
        NotThere, BadField and BadSidecar."""
        with self._editing:
            found = next((one for one in scan(self._seeds).found if one.name == name), None)
            if found is None:
                raise NotThere(f"{printable(name)} is not there any more.", f"{printable(name)} 已经不在了。")
            own = read(self._seeds, File(found.state))
            wanted = {field: sidecar.checked(field, value) for field, value in fields.items()}
            same = {field: None if value == getattr(own, field) else value for field, value in wanted.items()}
            sidecar.write_fields(self._seeds, name, same)
        self.changed()

    def _shelf(self) -> Shelf:
        try:
            index = self._library.index
        except YuanhuaError:
            return Shelf((), {}, 0)
        return Shelf.of(index)


def _drawn(turn: Turn, stage: Stage, words: Words) -> Turn | None:
    """The turn at that stage of its answer; None where there is nothing more to see."""
    match stage:
        case Searching():
            note = words["searching"].format(passages=stage.passages) if stage.loaded else words["loading"]
            return replace(turn, note=note)
        case Reading():
            return replace(turn, note=words["reading"].format(passages=stage.passages, essays=stage.essays))
        case Confirmed():
            return replace(turn, answer=stage.answer, searched=stage.searched, parts=stage.parts)
        case Whole():
            return _whole(turn, stage, words)
    return None


def _whole(turn: Turn, stage: Whole, words: Words) -> Turn:
    answer = stage.answer
    turn = replace(turn, answer=answer, searched=stage.searched)
    if stage.inquiry.query.to_everyone and answer.answered and stage.searched > 1:
        turn = _with_board(turn, answer, stage.inquiry, stage.searched)
    asked = replace(turn.asked, citations=answer.citations) if turn.asked else None
    note = words["stale"].format(n=len(stage.left_out)) if stage.left_out else ""
    return replace(turn, asked=asked, note=note)


def _with_board(turn: Turn, answer: Answer, found: Found, searched: int) -> Turn:
    """Every essay that was asked: those that are cited, best first, and the silent ones with what comes nearest."""
    spoke = by_essay(answer.citations)
    seats = [Seat(citations[0].document, citation=citations[0]) for citations in spoke.values()]
    nearest: dict[str, Passage] = {}
    for hit in found.hits.values():
        nearest.setdefault(hit.passage.document.name, hit.passage)
    seats += [Seat(p.document, nearest=p) for name, p in nearest.items() if name not in spoke]
    return replace(turn, board=tuple(seats), unheard=searched - len(seats))


def _row(one: Compared, index: Index | None, before: Mapping[str, Row]) -> Row | None:
    """The file's line in the list of essays; none where it is no essay. `before`: the lines of the files before it, by
    name; the one that is cited for a twin is always among them."""
    name, archive, size = one.found.name, one.found.state.archive, one.found.state.size
    if one.twin in before:
        return Row(replace(before[one.twin].document, name=name), 0, "twin", archive, one.twin, size)
    if one.document is not None:
        known = index is not None and name in index.positions
        state = "changed" if known else "new"
        return Row(replace(one.document, text=""), 0, state, archive, size=size, indexed=known)
    if index is None or one.entry is None:
        return None
    card = index.cards[index.positions[one.entry.name]]
    state = "current" if name == card.name else "renamed"
    passages = len(index.rows_of(card.name))
    return Row(replace(card, name=name), passages, state, archive, size=size, indexed=name == card.name)
