"""The map of the index as it is now, made in a thread of its own."""

import threading
from weakref import WeakKeyDictionary, WeakSet

from index.index import Index
from index.library import Freshness, Library
from index.types import YuanhuaError
from rag.answer import inquire
from rag.map import draw, found
from ui import render
from ui.address import Address
from ui.map import Drawing, drawing_of, marks_of
from ui.shelf import Shelf
from ui.words import Words


class Maps:
    """One for all readers: a map is made when somebody first looks, once for each index, and goes with it."""

    def __init__(self, library: Library) -> None:
        self._library, self._lock = library, threading.Lock()
        self._drawings: WeakKeyDictionary[Index, Drawing] = WeakKeyDictionary()
        self._failed: WeakSet[Index] = WeakSet()
        self._busy = False

    def look(self, seen: str, words: Words) -> dict[str, str]:
        """What to show to a reader who has seen the map of the index with the digest `seen`; nothing where it is still
        that one. Never raises for what a reader can cause."""
        try:
            index = self._library.index
        except YuanhuaError as error:
            return {"index": "", "html": render.map_note_html(error.said(words["code"]), words)}
        digest, drawing = index.manifest.digest, self._of(index)
        if seen == digest:
            return {"index": digest, "html": ""}
        if drawing:
            return {"index": digest, "html": render.map_html(drawing, Shelf.of(index), words)}
        if index in self._failed:
            return {"index": "", "html": render.map_note_html(words["map_failed"], words)}
        note = words["map_drawing"].format(passages=index.manifest.passages)
        return {"index": "", "html": render.map_note_html(note, words, busy=True)}

    def marks(self, at: Address, words: Words) -> str:
        """The question and its hits, to be laid over the map; "" where there is none yet. Never raises, as above."""
        try:
            index = self._library.index
            drawing = self._drawings.get(index)
            if drawing is None or not drawing.map.rows:
                return ""
            encoder = self._library.encoder_of(index)
            readable, reranker = Freshness(self._library, index), self._library.reranker
            inquiry = inquire(
                index, encoder, at.question, readable=readable, scope=at.scope, known=at.known, reranker=reranker
            )
        except YuanhuaError as error:
            return render.map_note_html(error.said(words["code"]), words)
        place = drawing.percent(drawing.map.beside(inquiry.query.vector, inquiry.query.language))
        hits = found(drawing.map, index, inquiry)
        return render.marks_html(at.at(), place, marks_of(drawing, place, hits), Shelf.of(index), words)

    def _of(self, index: Index) -> Drawing | None:
        """None while it is made, which begins here. Rows are of one index, so that another with the same digest has
        a map of its own."""
        with self._lock:
            if index not in self._drawings and index not in self._failed and not self._busy:
                self._busy = True
                threading.Thread(target=self._make, args=(index,), name="map", daemon=True).start()
            return self._drawings.get(index)

    def _make(self, index: Index) -> None:
        try:
            self._drawings[index] = drawing_of(index, draw(index))
        except Exception:  # noqa: BLE001 - the page must not wait for ever for a thread that died
            self._failed.add(index)
        finally:
            self._busy = False
