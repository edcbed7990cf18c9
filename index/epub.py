"""EPUB books: their chapters in the order of reading."""

import io
import posixpath
import re
import urllib.parse
import zipfile
from typing import Final

from index.archive import directory, inflate
from index.headers import iso_date
from index.markup import Element, attribute, is_never_shown, parse_xhtml, parse_xml, tag_of, text_of, words_of
from index.problems import Unreadable
from index.webpage import decode_page

LARGEST_PART = 50_000_000  # bytes of one chapter
LARGEST_BOOK = 200_000_000  # bytes of all of them
_CONTAINER: Final = "META-INF/container.xml"
_ENCRYPTION: Final = "META-INF/encryption.xml"
_FONTS = re.compile(r"\.(?:otf|ttf|woff2?|ttc)$", re.IGNORECASE)  # which may be scrambled in a book that is not locked
_PAGES = ("application/xhtml+xml", "text/html", "application/x-dtbook+xml", "")
_CONTENTS = frozenset(["toc", "page-list", "landmarks"])

NO_BOOK = (
    "it is damaged or no EPUB book; open it in another program and save it anew",
    "文件已损坏，或者不是 EPUB 电子书，请用别的程序打开后重新保存",
)


class _Book:
    """The parts of the archive by name, read one after the other within one bound."""

    def __init__(self, data: bytes) -> None:
        self._file = io.BytesIO(data)
        self._left = LARGEST_BOOK
        self.infos: dict[str, zipfile.ZipInfo] = {}
        for info in directory(self._file):
            self.infos.setdefault(info.filename, info)

    def part(self, name: str) -> bytes:
        if name not in self.infos:
            raise Unreadable(*NO_BOOK)
        data = inflate(self._file, self.infos[name], min(LARGEST_PART, self._left))
        self._left -= len(data)
        return data


def read_epub(data: bytes) -> dict[str, str]:
    """Raises Unreadable."""
    book = _Book(data)
    if _is_locked(book):
        raise Unreadable(
            "it is locked (DRM); only a copy without it can be read", "它有版权保护（DRM），只能读没有保护的版本"
        )
    place, package = _package(book)
    chapters = [
        text_of(_body(parse), _drops) for parse in (_chapter(book, name) for name in _spine(book, package, place))
    ]
    return {"text": "\n\n".join(chapter for chapter in chapters if chapter), **_fields(package)}


def _is_locked(book: _Book) -> bool:
    if _ENCRYPTION not in book.infos:
        return False
    references = (e for e in parse_xml(book.part(_ENCRYPTION)).iter() if tag_of(e) == "cipherreference")
    return any(not _FONTS.search(attribute(reference, "uri")) for reference in references)


def _package(book: _Book) -> tuple[str, Element]:
    """The folder of the package file, and what it says."""
    roots = [e for e in parse_xml(book.part(_CONTAINER)).iter() if tag_of(e) == "rootfile"]
    path = next((urllib.parse.unquote(attribute(e, "full-path")) for e in roots if attribute(e, "full-path")), "")
    return posixpath.dirname(path), parse_xml(book.part(path))


def _spine(book: _Book, package: Element, place: str) -> list[str]:
    """The chapters' names in the archive, each once; no table of contents, and none that is missing."""
    items = {attribute(e, "id"): e for e in package.iter() if tag_of(e) == "item"}
    names: dict[str, None] = {}
    for reference in (e for e in package.iter() if tag_of(e) == "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is None or "nav" in attribute(item, "properties").split():
            continue
        path = urllib.parse.unquote(attribute(item, "href").partition("#")[0])
        name = posixpath.normpath(posixpath.join(place, path))
        if attribute(item, "media-type") in _PAGES and name in book.infos:
            names[name] = None
    return list(names)


def _chapter(book: _Book, name: str) -> Element:
    data = book.part(name)
    return parse_xhtml(data, lambda: decode_page(data))


def _body(root: Element) -> Element:
    return next((e for e in root.iter() if tag_of(e) == "body"), root)


def _drops(element: Element) -> bool:
    return is_never_shown(element) or (tag_of(element) == "nav" and attribute(element, "type") in _CONTENTS)


def _fields(package: Element) -> dict[str, str]:
    said: dict[str, list[str]] = {}
    for element in package.iter():
        words = words_of(element)
        if words and element.getparent() is not None and tag_of(element.getparent()) in ("metadata", "dc-metadata"):
            said.setdefault(tag_of(element), []).append(words)
    addresses = (word for key in ("source", "identifier") for word in said.get(key, []))
    dates = (iso_date(date) for date in said.get("date", []))
    return {
        "title": said.get("title", [""])[0],
        "author": ", ".join(said.get("creator", [])[:10]),
        "date": next((date for date in dates if date and not date.startswith("0")), ""),  # calibre's 0101-01-01 is none
        "url": next((word for word in addresses if word.startswith(("http://", "https://"))), ""),
    }
