"""The templates, and what they call; the only importer of jinja2. They escape whatever is not ours; only `marked` makes
HTML here."""

import re
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from index.documents import language_of, printable
from index.types import Document, Passage, Span
from rag.answer import by_essay
from rag.pins import Kept, Pin
from rag.proof import imprint
from rag.scope import Scope
from rag.shown import against_title, sides
from rag.told import speaker_of, told_word
from rag.types import Citation
from rag.words import MODEL_FAULTS
from ui import copying
from ui.address import Address
from ui.copying import author_of
from ui.leaf import LONGEST_EXCERPT
from ui.narrowed import narrowed
from ui.summaries import pieces
from ui.turn import board_counts, is_sure
from ui.words import Words

OPENING = 140  # characters of a nearest passage
NAMED = 10  # authors where nobody fits

_MARKDOWN = re.compile(
    r"\*\*|(?<![\w*])\*(?=\S)|(?<=\S)\*(?![\w*])|(?<=\])\([^()\s]*\)|(?<!\w)`+|`+(?!\w)|^(?:&gt;|#{1,6}|[-*+])(?=\s)",
    re.MULTILINE,
)


def marked(text: str) -> Markup:
    """The author's text, character for character; only its Markdown marks are set fainter."""
    return Markup(_MARKDOWN.sub(lambda match: f'<span class="md">{match[0]}</span>', str(escape(text))))  # noqa: S704


def opening(text: str, most: int = OPENING) -> str:
    """The beginning of a passage on one line."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}…"


def link(at: Address | str, document: Document | None = None, span: Span | Passage | Citation | None = None) -> str:
    """What the address bar holds for a question and an open essay."""
    place = Span(span.start, span.end) if span is not None else None
    address = Address(at) if isinstance(at, str) else at
    return f"#{address.at(document.name if document else '', place)}"


def _pinned(pin: Pin, kept: Kept | None = None) -> Address:
    """The pinned question with what is cited open, or nothing."""
    at = Address(pin.question, pin.scope)
    return at.at(kept.document, kept.span) if kept else at


def _by(at: Address, author: str) -> Address:
    """The same question to that author."""
    return Address(at.question, Scope(authors=(author,)))


def size_of(size: int) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{max(1, round(size / 1e3))} KB"


def _excerpt(span: Span) -> Span:
    """As much of it as is shown."""
    return Span(span.start, min(span.end, span.start + LONGEST_EXCERPT))


def _tag(document: Document) -> str:
    """For the right region's glyphs."""
    return "zh-CN" if document.language == "zh" else "en"


def tongue(text: str) -> str:
    """The language of a title, a name or a question, which need not be the page's, nor the essay's."""
    return "zh-CN" if language_of(text) == "zh" else "en"


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined
    )
    environment.filters |= {
        "marked": marked,
        "opening": opening,
        "printable": printable,
        "size": size_of,
        "tongue": tongue,
    }
    environment.tests["sure"] = is_sure
    environment.globals |= {
        # what an answer says
        "by_essay": by_essay,
        "speaker_of": speaker_of,
        "told_word": told_word,
        "sides": sides,
        "against_title": against_title,
        "is_sure": is_sure,
        "board_counts": board_counts,
        "excerpt": _excerpt,
        "pieces": pieces,
        "MODEL_FAULTS": MODEL_FAULTS,
        # whose it is, and where it leads
        "author_of": author_of,
        "tag": _tag,
        "link": link,
        "by": _by,
        "narrowed": narrowed,
        "NAMED": NAMED,
        # what is taken away and kept
        "markdown": copying.markdown,
        "footnotes": copying.footnotes,
        "pinned": _pinned,
        "imprint": imprint,
    }
    return environment


_TEMPLATES = _environment()


def fill(template: str, words: Words, **values: object) -> str:
    return _TEMPLATES.get_template(template).render(words=words, **values)
