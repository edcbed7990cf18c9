"""What the page can do, without knowing how it is shown: ask, open, add, remove, rebuild."""

import threading
from collections.abc import Sequence
from pathlib import Path

from index import build as building
from index import store
from index.corpus import add_files, remove_files
from index.documents import Corpus, read_corpus
from index.library import Library
from index.types import Document, Report, Span, YuanhuaError
from rag.answer import ask
from rag.why import NotInCorpus, why
from ui import render
from ui.jobs import Rebuilds
from ui.words import Words

TURNS = 50  # of one conversation are kept


class Desk:
    """One for all readers. What it returns is HTML, and texts that are still to be escaped are never among it."""

    def __init__(self, seeds: Path, library: Library) -> None:
        self._seeds, self._library = seeds, library
        self.rebuilds = Rebuilds(self._rebuild)

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
            note = words["searching"].format(passages=len(index.passages)) if ready else words["loading"]
        except YuanhuaError as error:
            note = error.said(words["code"])
        return self.thread([*turns, render.Turn(question, note=note)], words)

    def ask(self, question: str, words: Words) -> render.Turn:
        """Never raises for what a reader can cause."""
        try:
            index = self._library.index
            stale = [document for document in index.documents if not self._library.is_current(index, document)]
            answer = ask(
                index,
                self._library.encoder_of(index),
                question,
                readable=lambda document: document not in stale,
                reranker=self._library.reranker,
            )
        except YuanhuaError as error:
            return render.Turn(question[:200], note=error.said(words["code"]))
        return render.Turn(answer.question, answer, words["stale"].format(n=len(stale)) if stale else "")

    def why(self, question: str, sentence: str, words: Words) -> str:
        """What became of the sentence that a reader expected. Never raises for what a reader can cause."""
        try:
            index = self._library.index
            trace = why(
                index,
                self._library.encoder_of(index),
                question,
                sentence,
                readable=lambda document: self._library.is_current(index, document),
                files=lambda: self._library.files_of(index),
                language=words["code"],
                reranker=self._library.reranker,
            )
        except NotInCorpus as error:
            return render.nowhere_html(question, error.nearest, self._shelf(), words)
        except YuanhuaError as error:
            return render.untraced_html(error.said(words["code"]), words)
        return render.trace_html(question, trace, self._shelf(), words)

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
            current = document is not None and self._library.is_current(index, document)
        except YuanhuaError:
            document, current = None, False
        inside = document and span and 0 <= span.start < span.end <= len(document.text)
        return render.reader_html(question, document, span if inside else None, shelf, words, current=current)

    def corpus(self, words: Words, note: str = "") -> tuple[str, str]:
        """How the index stands to its essays, and the list of them."""
        corpus = self._corpus()
        try:
            previous: store.Index | None = self._library.index
        except YuanhuaError:
            previous = None
        shelf = self._shelf()
        indexed = {document.name: document for document in shelf.documents}
        rows = [
            render.Row(document, shelf.passages.get(document.name, 0), _state(document, indexed.get(document.name)))
            for document in corpus.documents
        ]
        changes = building.changes_of(corpus.documents, previous)
        status = render.status_html(changes, self.rebuilds.job, words, note=note)
        return status, render.corpus_html(rows, corpus.problems, words)

    def progress(self, words: Words, note: str = "") -> str:
        """Of a running rebuild; reads no files."""
        return render.status_html(building.Changes(), self.rebuilds.job, words, note=note)

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

    def _corpus(self) -> Corpus:
        try:
            return read_corpus(self._seeds)
        except YuanhuaError:
            return Corpus()

    def _shelf(self) -> render.Shelf:
        try:
            index = self._library.index
        except YuanhuaError:
            return render.Shelf((), {})
        passages = {document.name: 0 for document in index.documents}
        for passage in index.passages:
            passages[passage.document.name] += 1
        return render.Shelf(index.documents, passages)


def _state(document: Document, indexed: Document | None) -> str:
    if indexed is None:
        return "new"
    return "current" if indexed == document else "changed"
