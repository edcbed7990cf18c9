"""What was read of the corpus before it is indexed, remembered for whoever looks again, and waited for only so long."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from pathlib import Path

from index.changes import Reading, read_anew
from index.problems import UnreadableContent, YuanhuaError
from index.scan import Found
from index.types import Document

PATIENCE = 3.0  # seconds that one look at the corpus may wait for files that are read for it
MOST = 10_000  # files that are remembered

_Key = tuple[str, str, str]


@dataclass(slots=True)
class _Job:
    """A file that is being read."""

    until: float  # when nobody waits for it any more; it is read to its end all the same
    done: threading.Event = field(default_factory=threading.Event)


class Readings:
    """One for all readers. Files are read one at a time; a document's text is not kept."""

    def __init__(self, reading: Reading = read_anew) -> None:
        self._reading = reading
        self._lock = threading.Lock()
        self._known: OrderedDict[_Key, tuple[Document, str] | UnreadableContent] = OrderedDict()
        self._job: tuple[_Key, _Job] | None = None

    def in_time(self, seconds: float = PATIENCE) -> Reading:
        """Reads for so long. After that a file that is not known is a document without a title or a text."""
        until = time.monotonic() + seconds

        def read(folder: Path, found: Found) -> tuple[Document, str]:
            key = (found.state.sha256, Path(found.name).suffix.lower(), found.overrides)
            if job := self._begun(key, folder, found, until):
                job.done.wait(max(0.0, min(until, job.until) - time.monotonic()))
            with self._lock:
                known = self._known.get(key)
            if known is None:
                return _unread(found), ""
            if isinstance(known, UnreadableContent):
                raise UnreadableContent(str(known), known.chinese)
            return replace(known[0], name=found.name), known[1]

        return read

    def _begun(self, key: _Key, folder: Path, found: Found, until: float) -> _Job | None:
        """None where there is nothing to wait for: it is known, or another file is being read, or time is up."""
        with self._lock:
            if self._job is not None:
                return self._job[1] if self._job[0] == key else None
            if key in self._known or time.monotonic() > until:
                return None
            job = _Job(until)
            self._job = key, job
        threading.Thread(target=self._read, args=(key, job, folder, found), name="reading", daemon=True).start()
        return job

    def _read(self, key: _Key, job: _Job, folder: Path, found: Found) -> None:
        result: tuple[Document, str] | UnreadableContent | None = None
        try:
            document, essence = self._reading(folder, found)
            if document.sha256 == found.state.sha256:  # otherwise it was changed after it was looked at
                result = replace(document, text="", furniture=()), essence
        except UnreadableContent as error:
            result = error
        except YuanhuaError:
            pass  # of the machine, and another time it may be read
        finally:
            with self._lock:
                if result is not None:
                    self._known[key] = result
                while len(self._known) > MOST:
                    self._known.popitem(last=False)
                self._job = None
            job.done.set()


def _unread(found: Found) -> Document:
    return Document(found.name, "", "", "", "", "", "en", found.state.sha256)
