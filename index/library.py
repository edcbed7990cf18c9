"""An open index: what is current, on disk and in the corpus, at the moment of a question."""

import math
import threading
from collections.abc import Hashable
from pathlib import Path

from index.encoder import DEFAULT, CrossReranker, SentenceEncoder
from index.index import Index
from index.manifest import NoIndex, StaleIndex
from index.scan import read_corpus, same_bytes
from index.stores import open_store
from index.types import Document, Report, YuanhuaError, silent


class Library:
    """Follows the index in its store: a finished build is seen by the very next call, and so is a removed file."""

    def __init__(self, place: str | Path, *, reranker: str = "", report: Report = silent) -> None:
        """`place`: as `open_store` takes it. `reranker`: a folder or a name on the hub, "" for none. Raises
        RerankerUnavailable."""
        self.store = open_store(place)
        self.reranker = CrossReranker(reranker, report=report) if reranker else None
        self._report, self._lock = report, threading.Lock()
        self._version: Hashable = None
        self._index: Index | None = None
        self._encoder: SentenceEncoder | None = None
        self._checked: dict[tuple[str, str, int, int, int], bool] = {}

    @property
    def index(self) -> Index:
        """Raises NoIndex and StaleIndex."""
        with self._lock:
            version = self.store.version()  # before the index is read: it may only be newer than this
            if self._index is None or version != self._version:
                self._index = self.store.load()
                self._version = version
            return self._index

    def encoder(self, spec: str) -> SentenceEncoder:
        """The same one for every caller, since each holds half a gigabyte. Raises EncoderUnavailable."""
        with self._lock:
            if self._encoder is None or self._encoder.spec != spec:
                self._encoder = SentenceEncoder(spec, report=self._report)
            return self._encoder

    def spec(self) -> str:
        """Of the encoder that a rebuild keeps: the index's own, or the default where there is no index. Where the
        manifest is damaged the segments still know."""
        try:
            return self.store.manifest().encoder
        except NoIndex:
            return DEFAULT
        except StaleIndex:
            return next(self.store.encoders(), DEFAULT)

    def encoder_of(self, index: Index) -> SentenceEncoder:
        """The encoder that the index was made with. Raises StaleIndex where it gives other vectors by now."""
        encoder = self.encoder(index.manifest.encoder)
        was, now = index.manifest.fingerprint, encoder.fingerprint
        if was != now:
            raise StaleIndex(
                f"{self.store.place}: it was made with the encoder {was}, and this is {now}; "
                "rebuild it with: yuanhua index build",
                f"{self.store.place}：索引的编码器是 {was}，现在是 {now}，请重建。",
            )
        return encoder

    def files_of(self, index: Index, seconds: float = math.inf) -> tuple[Document, ...]:
        """The essays as their files are now, whether or not they are in the index, as far as they can be read in so
        many seconds."""
        try:
            return read_corpus(Path(index.manifest.seeds), seconds=seconds).documents
        except YuanhuaError:
            return ()

    def is_current(self, index: Index, name: str) -> bool:
        """Whether the document's file is still there and still the one that was indexed. Where the whole corpus
        folder is gone the index was moved without it, and stands for itself."""
        seeds = Path(index.manifest.seeds)
        if not seeds.is_dir():
            return True
        state = index.entry(name).state
        try:
            now = (seeds / state.path).stat()
        except OSError:
            return False
        if state.is_of(now):
            return True
        key = (name, state.sha256, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
        if key not in self._checked:
            self._checked[key] = same_bytes(seeds, state)
        return self._checked[key]

    def is_as_indexed(self, index: Index, name: str) -> bool:
        """As `is_current`, but by the file's bytes, which are read for it."""
        seeds = Path(index.manifest.seeds)
        return not seeds.is_dir() or same_bytes(seeds, index.entry(name).state)

    def left_out(self, index: Index) -> list[str]:
        """The names of all documents that are not current."""
        return [entry.name for entry in index.entries if not self.is_current(index, entry.name)]


class Freshness:
    """Says of a document's name whether it may be cited, and keeps those that may not."""

    def __init__(self, library: Library, index: Index, *, strictly: bool = False) -> None:
        """`strictly`: by the files' bytes."""
        self._check = library.is_as_indexed if strictly else library.is_current
        self._index = index
        self.stale: set[str] = set()

    def __call__(self, name: str) -> bool:
        current = self._check(self._index, name)
        if not current:
            self.stale.add(name)
        return current
