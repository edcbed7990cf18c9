"""Word documents. mammoth gives HTML that follows the document's own order, with headings, lists, tables and notes."""

import io
import logging
import zipfile

import mammoth

from index.archive import directory, inflate
from index.headers import iso_date
from index.markup import parse_html, parse_xml, tag_of, text_of, words_of
from index.problems import Unreadable

LARGEST_PARTS = 200_000_000  # bytes of XML altogether, when inflated
_STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name^='toc '] => !
p[style-name^='TOC '] => !
"""
_OLD_WORD = b"\xd0\xcf\x11\xe0"  # also what a document with a password is wrapped in
_TEMPLATE_DATE = "2013-12-23T23:15:00Z"  # of what python-docx makes, whenever it makes it
NO_DOCUMENT = (
    "it is damaged or no Word document; open it in another program and save it anew",
    "文件已损坏，或者不是 Word 文档，请用别的程序打开后重新保存",
)

logging.getLogger("mammoth").setLevel(logging.CRITICAL)


def read_word(data: bytes) -> dict[str, str]:
    """Raises Unreadable."""
    if data.startswith(_OLD_WORD):
        raise Unreadable(
            "it is locked with a password or an old .doc; save it as .docx without a password",
            "它有密码，或者是旧的 .doc，请去掉密码并另存为 .docx",
        )
    parts = _parts(data)
    if "word/document.xml" not in parts and "[Content_Types].xml" not in parts:
        raise Unreadable(*NO_DOCUMENT)
    page = mammoth.convert_to_html(_packed(parts), style_map=_STYLES, convert_image=lambda _: []).value
    return {"text": text_of(parse_html(f"<body>{page}</body>")), **_fields(parts.get("docProps/core.xml", b""))}


def _parts(data: bytes) -> dict[str, bytes]:
    """What is XML; pictures and fonts are not even unpacked."""
    file, left, parts = io.BytesIO(data), LARGEST_PARTS, dict[str, bytes]()
    for info in directory(file):
        if info.filename.lower().endswith((".xml", ".rels")) and info.filename not in parts:
            part = parts[info.filename] = inflate(file, info, left)
            left -= len(part)
            if b"<!DOCTYPE" in part.replace(b"\0", b""):  # which the format forbids
                raise Unreadable(*NO_DOCUMENT)
    return parts


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The same document, with nothing in it that was not checked."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    file.seek(0)
    return file


def _fields(core: bytes) -> dict[str, str]:
    try:
        said = {tag_of(element): words_of(element) for element in parse_xml(core).iter()} if core else {}
    except Unreadable:  # the text is worth more than what is said of it
        return {}
    created = said.get("created", "")
    date = "" if created == _TEMPLATE_DATE else iso_date(created)
    return {"title": said.get("title", ""), "author": said.get("creator", ""), "date": date}
