"""Trees of HTML and XML: how they are parsed, and the text that their author sees in them."""

import re
from collections.abc import Callable, Iterator
from html.entities import html5
from itertools import islice
from typing import Any

from lxml import etree
from lxml.html import HTMLParser

from index.lines import SOFT_BREAK, tidy
from index.problems import Unreadable

Element = Any
"""lxml has no types of its own."""
Drops = Callable[[Element], bool]
"""Whether an element, with all that it holds, is none of the author's text."""

NEVER_TEXT = frozenset(
    [
        "annotation",
        "area",
        "audio",
        "base",
        "button",
        "canvas",
        "datalist",
        "dialog",
        "embed",
        "head",
        "iframe",
        "img",
        "input",
        "link",
        "map",
        "math-annotation",
        "meta",
        "noembed",
        "noframes",
        "noscript",
        "object",
        "option",
        "param",
        "picture",
        "rp",
        "rt",
        "rtc",
        "script",
        "select",
        "source",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "track",
        "video",
    ]
)
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "caption",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "hgroup",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "menu",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "ul",
    ]
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LAID_OUT = frozenset(["table", "ul", "ol", "pre", *_HEADINGS])  # what no table of data has in it
_LONGEST_CELL = 300  # characters; beyond it a table is there to place things on a page
_MOST_IN_CELL = 1_000  # elements
_WHITE = re.compile(r"[ \t\n\r\f]+")
_NOTE = re.compile(r"[\[(（［【〔]?\s*(\d{1,3}|[*†‡①-⑳])\s*[\])）］】〕]?")
_BACK = re.compile(r"[\s↑↩⏎^⇧↵\ufe0e\ufe0f]*[↑↩⏎^⇧↵][\s↑↩⏎^⇧↵\ufe0e\ufe0f]*")
_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_ENTITY = re.compile(rb"&([A-Za-z][A-Za-z0-9]{1,31});")
_KEPT_ENTITIES = frozenset([b"amp", b"lt", b"gt", b"quot", b"apos"])
_INLINE_DATA = re.compile(
    r"data:[\w.+/-]{0,80}(?:;[\w=-]{0,40}){0,4},[A-Za-z0-9+/=%\s]*"
)  # pictures in the page itself


def parse_html(text: str) -> Element:
    """The root. Raises Unreadable."""
    parser = HTMLParser(encoding="utf-8", huge_tree=True, no_network=True, remove_pis=True, remove_comments=False)
    try:
        root = etree.fromstring(_INLINE_DATA.sub("", text).encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise _damaged() from error
    if any("depth" in entry.message.lower() for entry in parser.error_log):
        raise Unreadable("its tags are nested too deeply; save it as .txt", "标签嵌套得太深，请另存为 .txt")
    if root is None:
        raise Unreadable("it is empty", "文件是空的")
    return root


def parse_xml(data: bytes) -> Element:
    """Without entities of its own, a DTD or the network. Raises Unreadable."""
    parser = etree.XMLParser(
        resolve_entities=False, load_dtd=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.LxmlError, ValueError) as error:
        raise _damaged() from error


def parse_xhtml(data: bytes, text: Callable[[], str]) -> Element:
    """As XML, so that an empty element stays empty; where it is none after all, as HTML of what `text` gives."""
    try:
        return parse_xml(_ENTITY.sub(_spelled_out, data))
    except Unreadable:
        return parse_html(text())


def _spelled_out(match: re.Match[bytes]) -> bytes:
    """HTML's entities, which no DTD is read for."""
    name = match[1].decode("ascii")
    if match[1] in _KEPT_ENTITIES or f"{name};" not in html5:
        return match[0]
    return "".join(f"&#{ord(character)};" for character in html5[f"{name};"]).encode("ascii")


def _damaged() -> Unreadable:
    return Unreadable(
        "it is damaged or no such file; open it in another program and save it anew",
        "文件已损坏，或者不是这种格式，请用别的程序打开后重新保存",
    )


def tag_of(element: Element) -> str:
    """Without a namespace, in lower case; "" for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def attribute(element: Element, name: str) -> str:
    """Whatever its namespace and case."""
    for key, value in element.attrib.items():
        if key.rpartition("}")[2].lower() == name:
            return str(value)
    return ""


def words_of(element: Element) -> str:
    """All that it holds, in one line, whoever sees it."""
    return " ".join("".join(element.itertext(etree.Element)).split()) if tag_of(element) else ""


def is_never_shown(element: Element) -> bool:
    tag = tag_of(element)
    if not tag or tag in NEVER_TEXT or "hidden" in element.attrib:
        return True
    style = element.get("style")
    if style and re.search(r"display\s*:\s*none", style, re.IGNORECASE):
        return True
    return tag in ("span", "i") and element.get("aria-hidden") == "true"  # icons; formulas said a second time


def text_of(root: Element, drops: Drops = is_never_shown) -> str:
    """Paragraphs between empty lines, `# ` before headings, `- ` or `1. ` before what is listed, a line a row."""
    writer = _Writer()
    for starts, element in _walk(root, drops):
        (writer.start if starts else writer.end)(element)
        following = element.text if starts else element.tail if element is not root else None
        if following:
            writer.write(following)
    return writer.finish()


def _walk(root: Element, drops: Drops) -> Iterator[tuple[bool, Element]]:
    """Each element as it starts and as it ends; what is dropped only ends. No recursion, for trees may be deep."""
    yield True, root
    open_elements = [(root, iter(root))]
    while open_elements:
        element, children = open_elements[-1]
        child = next(children, None)
        if child is None:
            open_elements.pop()
            yield False, element
        elif drops(child):
            yield False, child
        else:
            yield True, child
            open_elements.append((child, iter(child)))


class _Writer:
    """Collects the runs of a paragraph until it ends, and the paragraphs."""

    def __init__(self) -> None:
        self._blocks: list[tuple[str, str]] = []  # kind and text
        self._runs: list[str] = []
        self._heading = 0
        self._lists: list[int | None] = []  # the next number of each open list; None where it has bullets
        self._marker = ""
        self._items = 0
        self._row: list[str] | None = None
        self._tables: list[bool] = []  # whether each open table is one of data
        self._preformatted = 0
        self._whole: list[tuple[Element, str]] = []  # elements whose text is already written in another form
        self._open: set[Element] = set()

    def write(self, text: str) -> None:
        if self._whole:
            return
        self._runs.append(text if self._preformatted else _WHITE.sub(_white, text))

    def start(self, element: Element) -> None:
        tag = tag_of(element)
        if self._whole:
            return
        self._open.add(element)
        if (said := _said_otherwise(element, tag)) is not None:
            self._runs.append(said)
            self._whole.append((element, tag))
        elif tag == "br":
            self._runs.append("\n")
        elif tag in _HEADINGS:
            self._end_block()
            self._heading = _HEADINGS[tag]
        elif tag in _BLOCKS:
            self._start_block(element, tag)

    def _start_block(self, element: Element, tag: str) -> None:
        self._end_block()
        if tag in ("ul", "ol", "menu", "dir"):
            self._lists.append(_first_number(element) if tag == "ol" else None)
        elif tag == "li":
            self._items += 1
            self._marker = self._next_marker()
        elif tag == "pre":
            self._preformatted += 1
        elif tag == "table":
            self._tables.append(_is_data(element))
        elif tag == "tr" and self._tables and self._tables[-1]:
            self._row = []

    def end(self, element: Element) -> None:
        if self._whole and self._whole[-1][0] is element:
            self._whole.pop()
        if element not in self._open or self._whole:
            return
        self._open.discard(element)
        tag = tag_of(element)
        if tag in _HEADINGS or tag in _BLOCKS:
            self._end_block(cell=tag in ("td", "th"))
            self._close(tag)

    def _close(self, tag: str) -> None:
        if tag in ("ul", "ol", "menu", "dir") and self._lists:
            self._lists.pop()
        elif tag == "li":
            self._items -= 1
            self._marker = ""
        elif tag == "pre":
            self._preformatted -= 1
        elif tag == "table" and self._tables:
            self._tables.pop()
        elif tag == "tr" and self._row is not None:
            if any(self._row):
                self._blocks.append(("row", f"| {' | '.join(self._row)} |"))
            self._row = None

    def _next_marker(self) -> str:
        indent = "  " * max(0, len(self._lists) - 1)
        number = self._lists[-1] if self._lists else None
        if number is None:
            return f"{indent}- "
        self._lists[-1] = number + 1
        return f"{indent}{number}. "

    def _end_block(self, *, cell: bool = False) -> None:
        text, self._runs = "".join(self._runs), []
        heading, self._heading = self._heading, 0
        if self._row is not None:
            if cell:
                self._row.append(tidy(text).replace("\n", " "))
            elif text.strip():
                self._runs = [text, SOFT_BREAK]
        elif self._preformatted:
            self._add("pre", text.replace("\r", "").strip("\n"))
        elif heading:
            self._add("heading", f"{'#' * heading} {tidy(text).replace(chr(10), ' ')}" if text.strip() else "")
        else:
            for paragraph in re.split(r"\n{2,}", tidy(text)):
                self._add("item" if self._items else "paragraph", paragraph)

    def _add(self, kind: str, text: str) -> None:
        if not text.strip():
            return
        if kind == "item":
            text, self._marker = self._marker + text, ""
        self._blocks.append((kind, text))

    def finish(self) -> str:
        self._row = None
        self._end_block()
        parts: list[str] = []
        for (before, _), (kind, text) in zip([("", ""), *self._blocks], self._blocks, strict=False):
            close = before == kind and kind in ("item", "row")
            parts += ["\n" if close else "\n\n" if before else "", text]
        return "".join(parts)


def _white(match: re.Match[str]) -> str:
    return SOFT_BREAK if "\n" in match[0] or "\r" in match[0] else " "


def _said_otherwise(element: Element, tag: str) -> str | None:
    """The mark of a note as `[1]`, a raised figure as ², and nothing for the way back from a note."""
    if tag not in ("sup", "sub", "a"):
        return None
    words = words_of(element)
    if tag == "a":
        inside = attribute(element, "href").startswith("#")
        if inside and _BACK.fullmatch(words):
            return ""
        return _mark(words) if "noteref" in (attribute(element, "type"), attribute(element, "role")[4:]) else None
    if tag == "sup" and _leads_inside(element):
        return _mark(words)
    if words.isascii() and words.isdigit() and len(words) < 4:
        return words.translate(_RAISED if tag == "sup" else _LOWERED)
    return None


def _mark(words: str) -> str | None:
    match = _NOTE.fullmatch(words)
    return f"[{match[1]}]" if match else None


def _leads_inside(element: Element) -> bool:
    links = [element.getparent(), *element.iter()]
    return any(link is not None and tag_of(link) == "a" and "#" in attribute(link, "href") for link in links)


def _first_number(element: Element) -> int:
    start = attribute(element, "start")
    return int(start) if start.isascii() and start.isdigit() and len(start) < 7 else 1


def _is_data(table: Element) -> bool:
    """Rows of short cells, not a page laid out by a table."""
    rows = cells = 0
    for element in table.iterdescendants():
        tag = tag_of(element)
        if tag in _LAID_OUT:
            return False
        rows += tag == "tr"
        if tag in ("td", "th"):
            cells += 1
            if not _is_short(element):
                return False
    return cells > rows


def _is_short(cell: Element) -> bool:
    """Looked at no further than a cell of data goes, since cells may lie in cells."""
    if sum(1 for _ in islice(cell.iter(), _MOST_IN_CELL)) == _MOST_IN_CELL:
        return False
    return len(words_of(cell)) <= _LONGEST_CELL
