"""What goes wrong, as a reader is told, and the files that are left out for it.

Nothing heavy is imported here: the process that reads files needs this and starts anew when a file breaks it."""

import re
import unicodedata
from dataclasses import dataclass

_SERVER = re.compile(r"(?<=://)[^/\s]*@[^/\s]*(?=/)")  # of a database, with whoever asks it
_FOLDERS = re.compile(
    r"(?<![\w.:/])/(?:[^/\n:;,，；：。]{1,255}/)*(?=[^\s/])"
)  # that a path from the root leads through


class YuanhuaError(Exception):
    """What went wrong and what to do, in one sentence that a reader can be shown, in either language."""

    def __init__(self, english: str, chinese: str = "") -> None:
        super().__init__(english)
        self.chinese = chinese or english

    def said(self, language: str) -> str:
        """To a reader on the page, who is told what a folder or a database is called and not where it lies; whoever
        sits at the terminal reads `str` of it."""
        return _SERVER.sub("…", _FOLDERS.sub("", self.chinese if language == "zh" else str(self)))


class Unreadable(YuanhuaError):
    """A file that cannot become a document."""


class UnreadableContent(Unreadable):
    """Its bytes are at fault and nothing else, so that they need not be read again to be refused again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that was left out, and why, as the end of a sentence that begins with its name."""

    name: str
    reason: str
    chinese: str

    def __str__(self) -> str:
        return f"{printable(self.name)}: {self.reason}."


def printable(name: str) -> str:
    """A file name as one line that can be shown anywhere."""
    return "".join(c if c.isprintable() else "\ufffd" for c in name.encode("utf-8", "replace").decode("utf-8"))


def plain(text: str) -> str:
    """Without control characters, with which an essay could move the cursor or change colours."""
    return "".join(c if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else "\ufffd" for c in text)
