"""Quotations on the page: a reader's text, each of whose quotations is compared with the essays."""

import threading
import time
from collections import Counter
from collections.abc import Sequence

from index.index import Index
from index.library import Freshness, Library
from index.types import YuanhuaError
from rag.quoted import VERDICTS, Judged, Quotation, judge, lines_of, quotations_of
from rag.stretches import Essays
from ui import render
from ui.shelf import Shelf
from ui.words import Words

LONGEST_TEXT = 20_000  # characters
MOST = 200  # quotations of one text
PATIENCE = 10.0  # seconds; what is not checked by then is said to be unchecked


class Quoting:
    """One for all readers: the essays are laid out when somebody first checks a text, once for each index."""

    def __init__(self, library: Library) -> None:
        self._library, self._lock = library, threading.Lock()
        self._laid_out: tuple[str, Essays] | None = None  # the digest of the index

    def check(self, text: str, words: Words) -> str:
        """Never raises for what a reader can cause."""
        if len(text) > LONGEST_TEXT:
            note = words["quotes_long"].format(n=f"{len(text):,}", most=f"{LONGEST_TEXT:,}")
            return render.untraced_html(note, words)
        quotations, notes = quotations_of(text), []
        if not quotations:
            quotations = lines_of(text)
            notes = [words["quotes_lines"]]
        if not quotations:
            return render.untraced_html(words["quotes_empty"], words)
        try:
            index = self._library.index
            return self._checked(index, quotations, notes, words)
        except YuanhuaError as error:
            return render.untraced_html(error.said(words["code"]), words)

    def _checked(self, index: Index, quotations: Sequence[Quotation], notes: list[str], words: Words) -> str:
        judged = self._judged(quotations[:MOST], self._essays(index))
        if more := len(quotations) - len(judged):
            notes.append(words["quotes_many"].format(n=len(judged), more=more))
        readable = Freshness(self._library, index, strictly=True)
        for name in {one.checked.document.name for one in judged if one.checked.document}:
            readable(name)
        if readable.stale:
            notes.append(words["quotes_stale"])
        summary = summary_of(judged, words)
        return render.quotations_html(judged, readable.stale, summary, notes, Shelf.of(index), words)

    def _judged(self, quotations: Sequence[Quotation], essays: Essays) -> list[Judged]:
        began, judged = time.monotonic(), list[Judged]()
        for one in quotations:
            judged += judge([one], essays)
            if time.monotonic() - began > PATIENCE:
                break
        return judged

    def _essays(self, index: Index) -> Essays:
        digest = index.manifest.digest
        with self._lock:
            if self._laid_out is None or self._laid_out[0] != digest:
                self._laid_out = digest, Essays(index.documents)
            return self._laid_out[1]


def summary_of(judged: Sequence[Judged], words: Words) -> str:
    """How many got which verdict, in a line."""
    counts = Counter(one.verdict for one in judged)
    named = [(words[f"quotes_{verdict}"], counts[verdict]) for verdict in VERDICTS if counts[verdict]]
    parts = [words["quotes_of"].format(verdict=verdict, n=n) for verdict, n in named]
    if alarmed := sum(bool(one.alarms) for one in judged):
        parts.append(words["quotes_alarmed"].format(n=alarmed))
    total = words["quotes_count_one"] if len(judged) == 1 else words["quotes_count"].format(n=len(judged))
    return words["reason"].format(name=total, reason=words["clause"].join(parts))
