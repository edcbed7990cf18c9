"""Files of every kind that is read, made on the spot."""

import base64
import io
import zipfile
from collections.abc import Mapping, Sequence

import docx
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate

CHINESE_FONT = "STSong-Light"  # one of those that every reader has, so that the file holds none
pdfmetrics.registerFont(UnicodeCIDFont(CHINESE_FONT))
CONTAINER = (
    '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)
WATER = "泡绿茶的水温不要超过八十度，水太烫，茶叶会发苦，香气也就散了；好茶不必贵，新鲜最要紧。"
DOUGH = "Bread needs time, and a well-developed dough is patient; the extraordinary baker knows this. "


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def changed(data: bytes, parts: Mapping[str, str | bytes]) -> bytes:
    """An archive with some parts put in the place of others."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return zipped({name: archive.read(name) for name in archive.namelist()} | dict(parts))


def pdf(
    paragraphs: Sequence[str],
    *,
    font: str = CHINESE_FONT,
    indent: float = 24,
    head: str = "",
    title: str = "论茶",
    author: str = "陆小羽",
) -> bytes:
    """`# ` before a paragraph makes it large. Every page has the head and its number."""
    file = io.BytesIO()
    wrap = "CJK" if font == CHINESE_FONT else None
    plain = ParagraphStyle("p", None, fontName=font, fontSize=12, leading=18, firstLineIndent=indent, wordWrap=wrap)
    large = ParagraphStyle("h", None, fontName=font, fontSize=18, leading=30, wordWrap=wrap)

    def furnish(canvas: Canvas, document: SimpleDocTemplate) -> None:
        canvas.setFont(font, 9)
        canvas.drawString(72, 810, head)
        canvas.drawString(290, 30, f"- {document.page} -")

    story = [Paragraph(text.removeprefix("# "), large if text.startswith("# ") else plain) for text in paragraphs]
    SimpleDocTemplate(file, title=title, author=author, invariant=True).build(story, furnish, furnish)
    return file.getvalue()


def canvas_pdf(*pages: Sequence[tuple[float, float, str]], encrypted: str = "") -> bytes:
    """Words at places, in points from the lower left."""
    file = io.BytesIO()
    canvas = Canvas(file, encrypt=encrypted or None, invariant=True)
    for words in pages:
        for x, y, text in words:
            canvas.setFont(CHINESE_FONT if ord(text[0]) > 255 else "Helvetica", 12)
            canvas.drawString(x, y, text)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def word() -> bytes:
    document = docx.Document()
    document.core_properties.title, document.core_properties.author = "论茶", "陆小羽"
    document.add_heading("论茶", 0)
    document.add_heading("一、水", 1)
    document.add_paragraph(f"{WATER}*星号* 和 a_b_c 不变 <b>。")
    document.add_paragraph("先烫杯", style="List Bullet")
    document.add_paragraph("再投茶", style="List Number")
    table = document.add_table(2, 2)
    for cell, text in zip((*table.row_cells(0), *table.row_cells(1)), ("茶", "水温", "绿茶", "80"), strict=True):
        cell.text = text
    paragraph = document.add_paragraph("Bread needs ")
    paragraph.add_run("time").bold = True
    paragraph.add_run(".").add_break()
    paragraph.add_run("And patience.")
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def epub(chapters: Mapping[str, str | bytes], metadata: str = "") -> bytes:
    """Chapters are read in the order that they are given in, and lie in the archive in the opposite one."""
    items = "".join(
        f'<item id="i{n}" href="{name}" media-type="application/xhtml+xml"/>' for n, name in enumerate(chapters)
    )
    spine = "".join(f'<itemref idref="i{n}"/>' for n in range(len(chapters)))
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"{metadata}</metadata><manifest>{items}"
        '<item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/></manifest>'
        f'<spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    parts: dict[str, str | bytes] = {"mimetype": "application/epub+zip", "META-INF/container.xml": CONTAINER}
    parts |= {"OEBPS/book.opf": package, "OEBPS/nav.xhtml": "<html><body><nav>目录</nav></body></html>"}
    return zipped(parts | {f"OEBPS/{name}": chapter for name, chapter in reversed(list(chapters.items()))})


def chapter(body: str, head: str = "<title/>") -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops"><head>{head}</head><body>{body}</body></html>'
    )


def saved_as(suffix: str, title: str, paragraphs: Sequence[str]) -> bytes:
    """An essay as a file of any kind that is read; of a .zip it is the only one, and a web page."""
    body = "".join(f"<p>{text}</p>" for text in paragraphs)
    page = f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body></html>"
    if suffix == ".epub":
        return epub({"a.xhtml": chapter(body)}, f"<dc:title>{title}</dc:title>")
    if suffix == ".pdf":
        return pdf(paragraphs, font="Helvetica" if title.isascii() else CHINESE_FONT, title=title, author="")
    if suffix == ".docx":
        document, file = docx.Document(), io.BytesIO()
        document.core_properties.title, document.core_properties.author = title, ""
        for text in paragraphs:
            document.add_paragraph(text)
        document.save(file)
        return file.getvalue()
    if suffix == ".mhtml":
        head = 'From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="b"\r\n\r\n'
        part = "--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        return f"{head}{part}{base64.encodebytes(page.encode()).decode()}\r\n--b--\r\n".encode()
    if suffix == ".zip":
        return zipped({f"{title}.html": page})
    head = "" if suffix == ".html" else f"---\ntitle: {title}\n---\n\n" if suffix == ".md" else f"{title}\n\n"
    return page.encode() if suffix == ".html" else (head + "\n\n".join(paragraphs) + "\n").encode()
