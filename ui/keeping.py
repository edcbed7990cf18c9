"""Answers that a reader keeps: as a file, or pinned, so that all are told when they change."""

import re
import time
from collections.abc import Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.index import Index
from index.library import Library
from index.types import YuanhuaError
from rag.pins import Change, compare
from rag.proof import imprint
from rag.types import Answer
from ui import pinboard, records
from ui.address import Address
from ui.jobs import Prepared
from ui.pinboard import Key, Readable
from ui.proofs import proof_of
from ui.words import Words
from ui.writing import Writing

if TYPE_CHECKING:
    from rag.summary import Summary

NAME = 60  # characters of a file's name that are the question's
BREATH = 0.05  # seconds between two pinned questions, for those that readers ask meanwhile


class Changed(YuanhuaError):
    """The answer is another one by now than the reader has before them."""

    def __init__(self) -> None:
        super().__init__(
            "The essays have changed meanwhile, and this is not what they say any more; ask again first.",
            "文章在这期间有了改动，回答和页面上的已经不同；请先再问一次。",
        )


@dataclass(frozen=True, slots=True)
class Look:
    """The pinned questions and what became of them, as of one index."""

    digest: str = ""
    changes: tuple[Change, ...] = ()
    problem: YuanhuaError | None = None

    @property
    def changed(self) -> int:
        return sum(map(bool, self.changes))


class Keeping:
    """One for all readers."""

    def __init__(self, seeds: Path, library: Library, writing: Writing) -> None:
        self._seeds, self._library, self._writing = seeds, library, writing
        self._looks: Prepared[Look] = Prepared(self._look, Look(), kept=2)
        self._answers: tuple[str, dict[Key, tuple[Answer, Readable]]] = "", {}  # from the index of that digest

    def saved(self, at: Address, shown: str, words: Words, summary: str = "") -> dict[str, str]:
        """The answer as a file: its `name` and its `text`; or the `problem`. `shown`: the imprint of what the reader
        has before them; `summary`: the name of what a language model wrote above it."""
        try:
            answer, index, _ = self._shown(at, shown)
            written = self._summary(summary)
        except YuanhuaError as error:
            return {"problem": error.said(words["code"])}
        model = records.model_record(written) if written else None
        proof = proof_of(answer, index, scope=at.scope, known=at.known, model=model)
        return {"name": file_name(at.question), "text": records.indented(proof)}

    def pin(self, at: Address, shown: str, words: Words) -> str:
        """What kept it from being pinned; "" for nothing."""
        try:
            answer, index, readable = self._shown(at, shown)
            pinboard.pin(self._seeds, answer, at.scope)
            self._answers_of(index)[answer.question, at.scope] = answer, readable
        except YuanhuaError as error:
            return error.said(words["code"])
        return ""

    def unpin(self, at: Address, words: Words) -> str:
        try:
            pinboard.unpin(self._seeds, (at.question, at.scope))
            self._answers[1].pop(
                (at.question, at.scope), None
            )  # or ever new questions would be kept until the next build
        except YuanhuaError as error:
            return error.said(words["code"])
        return ""

    def accept(self, at: Address, digest: str, words: Words) -> str:
        """That the reader has seen what the question is answered with, by the index of that digest."""
        look = self.look()
        try:
            if look is None or look.digest != digest:
                raise Changed
            pinboard.accept(self._seeds, [one for one in look.changes if one.pin.key == (at.question, at.scope)])
        except YuanhuaError as error:
            return error.said(words["code"])
        return ""

    def _summary(self, name: str) -> "Summary | None":
        summary = self._writing.kept(name) if name else None
        if name and summary is None:
            raise Changed
        return summary

    def _shown(self, at: Address, shown: str) -> tuple[Answer, Index, Readable]:
        index = self._library.index
        answer, readable = pinboard.answered(self._library, index, at.question, at.scope, at.known, closely=True)
        if imprint(answer) != shown:
            raise Changed
        return answer, index, readable

    def version(self) -> str:
        """Changes whenever there may be something else to show."""
        try:
            file = (self._seeds / pinboard.NAME).stat()
            digest = self._library.index.manifest.digest
        except FileNotFoundError:
            return ""
        except (OSError, YuanhuaError):
            return "unknown"
        return f"{digest} {file.st_ino} {file.st_mtime_ns} {file.st_size}"

    def look(self, seconds: float = 0.0) -> Look | None:
        """None while the questions are asked, after waiting so long for it."""
        version = self.version()
        if not version:
            return Look()
        until = time.monotonic() + seconds
        while (look := self._looks.get(version)) is None and time.monotonic() < until:
            time.sleep(BREATH)
        return look

    def _look(self, _version: Hashable) -> Look:
        """In a thread of its own, for it asks every pinned question that this index was not asked yet."""
        try:
            index = self._library.index
            pins, answers = pinboard.read_pins(self._seeds), self._answers_of(index)
            changes = []
            for pin in pins:
                if pin.key not in answers:
                    answers[pin.key] = pinboard.answered(self._library, index, *pin.key)
                    time.sleep(BREATH)
                answer, readable = answers[pin.key]
                changes.append(compare(pin, answer, index, readable))
        except YuanhuaError as error:
            return Look(problem=error)
        return Look(index.manifest.digest, tuple(changes))

    def _answers_of(self, index: Index) -> dict[Key, tuple[Answer, Readable]]:
        if self._answers[0] != index.manifest.digest:
            self._answers = index.manifest.digest, {}
        return self._answers[1]


def file_name(question: str) -> str:
    """One that every system takes."""
    words = re.sub(r"[\W_]+", "-", question)[:NAME].strip("-")
    return f"yuanhua-{words}.json" if words else "yuanhua.json"
