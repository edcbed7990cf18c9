"""The room of the essays and their index, as one page shows it: what its events do, in one language."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.corpus import MOST_FILES, Added
from index.documents import check_offer, printable
from index.problems import Problem, Unreadable, YuanhuaError
from index.scan import ARCHIVE
from index.sidecar import BadField
from ui.conversation import field_of
from ui.desk import Desk
from ui.shelf import Removed
from ui.uploads import LARGEST_REQUEST
from ui.words import Words

NAMED = 10  # files in a note; of the others only how many they are
FIELDS = ("title", "author", "date")
LARGEST_OFFER = LARGEST_REQUEST - 1_000_000  # bytes of all files at once; a request has more than these in it


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows beside the list until it is opened anew."""

    note: str = ""
    gone: tuple[Removed, ...] = ()


Drawn = tuple[str, str, Shown]
"""How the index stands, the list, and what is beside it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that a browser would send."""

    name: str
    size: int


class Room:
    """What the events of the room do."""

    def __init__(self, desk: Desk, words: Words) -> None:
        self._desk, self._words = desk, words

    def open(self) -> Drawn:
        return *self._desk.corpus(self._words), Shown()

    def again(self, shown: Shown) -> tuple[str, str]:
        """As it is by now, with what stands beside the list."""
        return self._desk.corpus(self._words, shown.note, shown.gone)

    def add(self, uploads: Sequence[Path], left: object, shown: Shown) -> Drawn:
        """`left`: what the browser was told not to send."""
        refused = [problem for problem in problems_of(offers_in(left)) if problem]
        try:
            added = self._desk.add(uploads) if uploads else Added()
        except YuanhuaError as error:
            return self._told(error.said(self._words["code"]), shown)
        finally:
            for upload in uploads:
                upload.unlink(missing_ok=True)
        added = replace(added, problems=(*added.problems, *refused))
        return self._told(added_note(added, self._words), shown)

    def leave_out(self, sent: object, shown: Shown) -> Drawn:
        """Where the browser was told to send nothing."""
        return self.add([], field_of(sent, "files"), shown)

    def remove(self, sent: object, shown: Shown) -> Drawn:
        try:
            removed = self._desk.remove(field_of(sent, "name"))
        except YuanhuaError as error:
            return self._told(error.said(self._words["code"]), shown)
        shown = Shown("", (*shown.gone, removed))
        said = self._words["removed"].format(label=removed.label)
        return *self._desk.corpus(self._words, gone=shown.gone, said=said), shown

    def undo(self, sent: object, shown: Shown) -> Drawn:
        removed = Removed(field_of(sent, "name"), field_of(sent, "place"))
        try:
            self._desk.restore(removed)
        except YuanhuaError as error:
            return self._told(error.said(self._words["code"]), shown)
        left = tuple(one for one in shown.gone if (one.name, one.place) != (removed.name, removed.place))
        return self._told(self._words["restored"].format(name=removed.name), replace(shown, gone=left))

    def save(self, sent: object) -> dict[str, str]:
        """What keeps it from being saved, and in which field; nothing where it is saved."""
        try:
            self._desk.edit(field_of(sent, "name"), {field: field_of(sent, field) for field in FIELDS})
        except YuanhuaError as error:
            field = error.field if isinstance(error, BadField) else ""
            return {"field": field, "text": error.said(self._words["code"])}
        return {}

    def edited(self, sent: object, shown: Shown) -> Drawn:
        return self._told(self._words["edited"].format(name=field_of(sent, "name")), shown)

    def _told(self, note: str, shown: Shown) -> Drawn:
        shown = replace(shown, note=note)
        return *self._desk.corpus(self._words, note, shown.gone, said=note), shown

    def sift(self, sent: object) -> list[int]:
        """Which of the files that a browser would send are worth it, by their places."""
        problems = problems_of(offers_in(field_of(sent, "files")))
        return [place for place, problem in enumerate(problems) if problem is None]


def offers_in(text: object) -> list[Offer]:
    """Of JSON that came from a browser."""
    try:
        listed = json.loads(text) if isinstance(text, str) and text else []
    except (ValueError, RecursionError):
        return []
    pairs = [pair for pair in listed if isinstance(pair, list) and len(pair) == 2] if isinstance(listed, list) else []
    return [Offer(str(name)[:1000], size) for name, size in pairs if isinstance(size, int)]


def problems_of(offers: Sequence[Offer]) -> list[Problem | None]:
    """Of each file, what keeps it from being sent; None where nothing does."""
    problems: list[Problem | None] = []
    count = size = 0
    for offer in offers:
        problem = _problem_of(offer, count, size)
        if problem is None:
            count, size = count + 1, size + offer.size
        problems.append(problem)
    return problems


def _problem_of(offer: Offer, count: int, size: int) -> Problem | None:
    """`count`, `size`: of all before it that are sent."""
    try:
        # An archive may be as large as any other file that is no plain text.
        check_offer(offer.name if not offer.name.lower().endswith(ARCHIVE) else "archive.epub", offer.size)
    except Unreadable as error:
        return Problem(offer.name, str(error), error.chinese)
    if count >= MOST_FILES:
        return Problem(offer.name, f"at most {MOST_FILES} files are taken at once", f"一次最多加入 {MOST_FILES} 个文件")
    if size + offer.size > LARGEST_OFFER:
        most = LARGEST_REQUEST // 1_000_000_000
        return Problem(offer.name, f"at most {most} GB is taken at once", f"一次最多加入 {most} GB")
    return None


def added_note(added: Added, words: Words) -> str:
    """What was added, and what was not, each of which has its reason and, if they are several, its line."""
    names = [printable(name) for name in added.names]
    missing = [
        (printable(problem.name), problem.chinese if words["code"] == "zh" else problem.reason)
        for problem in added.problems
    ]
    if not names and len(missing) == 1:
        return words["not_added_one"].format(name=missing[0][0], reason=missing[0][1])
    parts = []
    if names:
        listed = _listed(names, words["comma"], words["clause"], words)
        parts.append(words["added_one" if len(names) == 1 else "added"].format(n=len(names), names=listed))
    if missing:
        lines = [words["reason"].format(name=name, reason=reason) for name, reason in missing]
        listed = lines[0] if len(lines) == 1 else "\n" + _listed(lines, "\n", "\n", words)
        parts.append(words["not_added"].format(n=len(missing), names=listed).replace(": \n", ":\n"))
    return words["semicolon"].join(parts) + ("" if len(missing) > 1 else words["full_stop"])


def _listed(texts: Sequence[str], comma: str, last: str, words: Words) -> str:
    """`last`: stands before how many more there are."""
    more = len(texts) - NAMED
    listed = comma.join(texts[:NAMED])
    return f"{listed}{last}{words['and_more'].format(n=more)}" if more > 0 else listed
