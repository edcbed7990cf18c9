"""What is passed along before a question is asked."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

from index.problems import YuanhuaError as YuanhuaError

Vectors = npt.NDArray[np.float32]
"""(n, dimension), every row of length 1, so that an inner product is a cosine."""


Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is. May raise to stop the work."""


def silent(_step: str, _done: int, _total: int) -> None:
    """A Report for nobody."""


class EncoderUnavailable(YuanhuaError):
    """The encoder cannot be made or loaded."""


class RerankerUnavailable(YuanhuaError):
    """The reranker cannot be loaded, or what it gives is no score."""


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Span(NamedTuple):
    """`[start, end)` in characters of a document's text."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Document:
    """An essay. For plain text and Markdown `text` is the decoded file, header and all."""

    name: str  # path inside the corpus folder, "/" between its parts
    text: str = field(repr=False)
    title: str  # "" where the essay does not say, as for author, date and url
    author: str
    date: str
    url: str
    language: str  # "zh" or "en"
    sha256: str  # of the file's bytes
    furniture: tuple[Span, ...] = field(default=(), repr=False)  # header, images, footer: never embedded, never cited
    digest: bool = False  # somebody's summary, not the author's own words

    @property
    def label(self) -> str:
        """What to call it: its title, or its file's name."""
        return self.title or self.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of a document: what is embedded and retrieved. Its sentences are what is cited."""

    document: Document
    start: int
    end: int
    sentences: tuple[Span, ...] = field(repr=False)
    heading: str = ""  # the headings it stands under, outermost first

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def context(self) -> str:
        """What the passage does not say itself: whose essay it is and under which headings it stands."""
        document = self.document
        return " ".join(part for part in (document.title, document.author, self.heading) if part)


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as an encoder reads it. Without tokens where the model has none, as one of static word vectors."""

    vector: Vectors  # (dimension,)
    tokens: Vectors  # (tokens, dimension), every row of length 1
    spans: tuple[Span, ...]  # of the tokens, in characters of the text


class Named(Protocol):
    """Which encoder it is: `spec` is what to ask for to have it again, `fingerprint` changes whenever its vectors
    would."""

    @property
    def spec(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...


class Encoder(Named, Protocol):
    """The part of SentenceTransformer that we use, with a vector for each token where they are wanted."""

    def encode_document(self, texts: Sequence[str], /) -> Vectors: ...
    def encode_query(self, texts: Sequence[str], /) -> Vectors: ...
    def read_document(self, texts: Sequence[str], /) -> list[Reading]: ...
    def read_query(self, texts: Sequence[str], /) -> list[Reading]: ...


class Reranker(Protocol):
    """Reads the question and a text together, which an encoder never does: slower, and often the better judge of which
    text answers. `fingerprint` changes whenever its scores would."""

    @property
    def fingerprint(self) -> str: ...
    def scores(self, question: str, texts: Sequence[str], /) -> list[float]:
        """One for each text, finite; higher is better, and nothing else is said by them."""
        ...
