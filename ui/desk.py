"""What the page can do, without knowing how it is shown: ask, open, add, remove, rebuild."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from index import build as building
from index import store
from index.changes import Changes, Compared, changes_of, problems_of
from index.corpus import add_files, remove_files
from index.library import Freshness, Library
from index.scan import Scan, scan
from index.types import Report, Span, YuanhuaError
from rag.answer import ask
from rag.why import NotInCorpus, why
from ui import render
from ui.jobs import Rebuilds
from ui.maps import Maps
from ui.words import Words

TURNS = 50  # of one conversation are kept


class Desk:
    """One for all readers. What it returns is HTML, and texts that are still to be escaped are never among it."""

    def __init__(self, seeds: Path, library: Library) -> None:
        self._seeds, self._library = seeds, library
        self.rebuilds = Rebuilds(self._rebuild)
        self.maps = Maps(library)

    def warm_up(self) -> None:
        """Load the encoder while the first reader still reads the page."""
        threading.Thread(target=self._load_encoder, name="warm-up", daemon=True).start()

    def _load_encoder(self) -> None:
        try:
            self._library.encoder_of(self._library.index).load()
        except YuanhuaError:
            return  # whoever asks is told why

    def waiting(self, question: str, turns: Sequence[render.Turn], words: Words) -> str:
        """The conversation with a question that is being looked for."""
        try:
            index = self._library.index
            ready = self._library.encoder_of(index).loaded
            note = words["searching"].format(passages=index.manifest.passages) if ready else words["loading"]
        except YuanhuaError as error:
            note = error.said(words["code"])
        return self.thread([*turns, render.Turn(question, note=note)], words)

    def ask(self, question: str, words: Words) -> render.Turn:
        """Never raises for what a reader can cause."""
        try:
            index = self._library.index
            readable = Freshness(self._library, index)
            answer = ask(
                index,
                self._library.encoder_of(index),
                question,
                readable=readable,
                reranker=self._library.reranker,
            )
        except YuanhuaError as error:
            return render.Turn(question[:200], note=error.said(words["code"]))
        note = words["stale"].format(n=len(readable.stale)) if readable.stale else ""
        return render.Turn(answer.question, answer, note)

    def why(self, question: str, sentence: str, words: Words) -> str:
        """What became of the sentence that a reader expected. Never raises for what a reader can cause."""
        try:
            index = self._library.index
            trace = why(
                index,
                self._library.encoder_of(index),
                question,
                sentence,
                readable=lambda name: self._library.is_current(index, name),
                files=lambda: self._library.files_of(index),
                language=words["code"],
                reranker=self._library.reranker,
            )
        except NotInCorpus as error:
            return render.nowhere_html(question, error.nearest, self._shelf(), words)
        except YuanhuaError as error:
            return render.untraced_html(error.said(words["code"]), words)
        return render.trace_html(question, trace, index.document(trace.document), self._shelf(), words)

    def thread(self, turns: Sequence[render.Turn], words: Words) -> str:
        return render.thread_html(turns[-TURNS:], self._shelf(), words)

    def source(self, question: str, name: str, span: Span | None, words: Words) -> str:
        """The right leaf: an essay, or all of them. Whatever the address bar held, it never raises."""
        shelf = self._shelf()
        if not name:
            return render.shelf_html(question, shelf, words)
        try:
            index = self._library.index
            document = index.document(name)
            current = document is not None and self._library.is_current(index, name)
        except YuanhuaError:
            document, current = None, False
        inside = document and span and 0 <= span.start < span.end <= len(document.text)
        return render.reader_html(question, document, span if inside else None, shelf, words, current=current)

    def corpus(self, words: Words, note: str = "") -> tuple[str, str]:
        """How the index stands to its essays, and the list of them."""
        try:
            index: store.Index | None = self._library.index
        except YuanhuaError:
            index = None
        manifest = index.manifest if index else None
        known = {entry.name: entry.state for entry in manifest.entries} if manifest else {}
        try:
            looked_at = scan(self._seeds, known=known)
        except YuanhuaError:
            looked_at = Scan((), ())
        compared, rows = [], dict[str, render.Row]()
        for one in building.foreseen(self._seeds, looked_at, manifest):
            compared.append(replace(one, document=None))
            if row := _row(one, index, rows):
                rows[one.found.name] = row
        problems = problems_of(looked_at, compared)
        status = render.status_html(changes_of(compared, manifest), self.rebuilds.job, words, note=note)
        return status, render.corpus_html(list(rows.values()), problems, words)

    def progress(self, words: Words, note: str = "") -> str:
        """Of a running rebuild; reads no files."""
        return render.status_html(Changes(), self.rebuilds.job, words, note=note)

    def add(self, paths: Sequence[Path], words: Words) -> str:
        """A line on what was added, or why nothing was."""
        try:
            names = add_files(self._seeds, paths)
        except YuanhuaError as error:
            return error.said(words["code"])
        return words["added"].format(names="、".join(names) if words["lang"] == "zh-CN" else ", ".join(names))

    def remove(self, name: str, words: Words) -> str:
        """A line on where the file is now, or why it was not removed."""
        try:
            places = remove_files(self._seeds, [name])
        except YuanhuaError as error:
            return error.said(words["code"])
        return words["removed"].format(name=name, place=places[0])

    def _rebuild(self, report: Report) -> building.Built:
        encoder = self._library.encoder(self._library.spec())
        return building.build(self._seeds, self._library.folder, encoder, report)

    def _shelf(self) -> render.Shelf:
        try:
            index = self._library.index
        except YuanhuaError:
            return render.Shelf((), {}, 0)
        return render.Shelf(index.cards, index.positions, index.manifest.passages)


def _row(one: Compared, index: store.Index | None, before: Mapping[str, render.Row]) -> render.Row | None:
    """The file's line in the list of essays; none where it is no essay. `before`: the lines of the files before it, by
    name; the one that is cited for a twin is always among them."""
    name, archive = one.found.name, one.found.state.archive
    if one.twin in before:
        return render.Row(replace(before[one.twin].document, name=name), 0, "twin", archive, one.twin)
    if one.document is not None:
        known = index is not None and name in index.positions
        return render.Row(replace(one.document, text=""), 0, "changed" if known else "new", archive)
    if index is None or one.entry is None:
        return None
    card = index.cards[index.positions[one.entry.name]]
    state = "current" if name == card.name else "new"
    return render.Row(replace(card, name=name), len(index.rows_of(card.name)), state, archive)
