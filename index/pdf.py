"""PDF files: their lines as PDFium gives them, put together to paragraphs again. PDFium (pypdfium2) reads Chinese fonts
without any of their own files, is what Chrome reads PDFs with, and may be used by anybody (Apache, BSD)."""

import ctypes
import itertools
import math
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from index.headers import iso_date
from index.lines import join, tidy
from index.problems import Unreadable

MOST_PAGES = 20_000
MOST_BOOKMARKS = 5_000
LARGER = 1.2  # times the size of most of the text; a heading is at least so large
LONGEST_HEADING = 60  # characters
REPEATS = 3  # pages on which a line stands that is no part of the text …
REPEAT_SHARE = 0.3  # … and this share of the pages; odd and even ones may differ
APART = 1.9  # times its size that such a line is away from the text, unless its size is another
MOST_RAGGED = 0.6  # of the column's width that a line in the middle of a sentence takes at least
GARBAGE_SHARE = 0.3  # of the characters

_LINE_ENDS = (10, 13)
_HYPHEN = 2  # what PDFium makes of a hyphen at the end of a line, and of that end
_HYPHENS = "\x02\ufffe\u00ad"
_LOWER = re.compile(r"[a-zß-öø-ÿ]")
_PAGE_NUMBER = re.compile(
    r"[-–—·•|\s]*(?:第|page|p\.?)?\s*(?:\d{1,4}|[ivxlcIVXLC]{1,7})\s*页?(?:\s*(?:/|of|，?\s*共)\s*\d{1,4}\s*页?)?[-–—·•|\s]*",
    re.IGNORECASE,
)
_MARKER = re.compile(r"(?:[-–•·▪◦●○■◆*]\s|\d{1,3}[.)、．]\s*[^\d\s]|[（(]\d{1,2}[)）]|[一二三四五六七八九十]{1,3}、)")
_FINISHED = re.compile(r"[。！？!?.:：;；…][”’」』）)\"']*$")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uff00-\uffef\u3000-\u303f\U00020000-\U0003ffff]")
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})")


@dataclass(slots=True)
class _Line:
    """Where it stands is in points from the page's lower left."""

    text: str
    page: int
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    size: float = 0.0
    level: int = 0  # of a heading


@dataclass(slots=True)
class _Column:
    """Lines that follow each other downwards, and the margins between which they stand."""

    lines: list[_Line]
    left: float = 0.0
    right: float = 0.0


def read_pdf(data: bytes) -> dict[str, str]:
    """Raises Unreadable."""
    document = _opened(data)
    try:
        lines = [line for page in range(len(document)) for line in _lines(document, page)]
        said = document.get_metadata_dict()
        bookmarks = _bookmarks(document)
        count = len(document)
    finally:
        document.close()
    _check(lines)
    kept = _without_heads(lines, count)
    if not any(line.text.strip() for line in kept):
        raise _pictures()
    _mark_headings(kept, bookmarks)
    day = _DATE.match(said.get("CreationDate", ""))
    return {
        "text": "\n\n".join(_paragraphs(kept)),
        "title": said.get("Title", ""),
        "author": said.get("Author", ""),
        "date": iso_date("-".join(day.groups())) if day else "",
    }


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower() or "security" in str(error).lower():
            raise Unreadable(
                "it is locked with a password; save it without one", "文件有密码保护，请去掉密码后重新保存"
            ) from error
        raise Unreadable(
            "it is damaged or no PDF; open it in another program and save it anew",
            "文件已损坏，或者不是 PDF，请用别的程序打开后重新保存",
        ) from error
    if len(document) > MOST_PAGES:
        document.close()
        raise Unreadable(f"it has more than {MOST_PAGES:,} pages; split it", f"文件超过 {MOST_PAGES:,} 页，请拆开")
    return document


def _lines(document: pypdfium2.PdfDocument, number: int) -> Iterator[_Line]:
    """A page's lines; none of a page that is broken."""
    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError:
        return
    try:
        count = text_page.count_chars()
        codes = [pdfium.FPDFText_GetUnicode(text_page, index) for index in range(count)]
        start = 0
        for end in range(1, count + 1):
            if end == count or codes[end] in _LINE_ENDS or codes[end - 1] == _HYPHEN:
                yield from _line(text_page, codes, start, end, number)
                start = end
    finally:
        text_page.close()
        page.close()


def _line(page: pypdfium2.PdfTextPage, codes: list[int], start: int, end: int, number: int) -> Iterator[_Line]:
    shown = [index for index in range(start, end) if codes[index] > 32]
    if not shown:
        return
    first, last, middle = shown[0], shown[-1], shown[len(shown) // 2]
    box, x, y = pdfium.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    line = _Line(_text(codes[start:end]), number)
    if pdfium.FPDFText_GetLooseCharBox(page, first, box):
        line.left = box.left
    if pdfium.FPDFText_GetLooseCharBox(page, last if codes[last] != _HYPHEN or len(shown) < 2 else shown[-2], box):
        line.right = box.right
    if pdfium.FPDFText_GetCharOrigin(page, first, x, y):
        line.base = y.value
    line.size = statistics.median(_size(page, index) for index in (first, middle, last))
    yield line


def _size(page: pypdfium2.PdfTextPage, index: int) -> float:
    """In points as it is seen; the font's own may be 1 and the rest be scaling."""
    matrix = pdfium.FS_MATRIX()
    scale = math.hypot(matrix.c, matrix.d) if pdfium.FPDFText_GetMatrix(page, index, matrix) else 1.0
    return float(pdfium.FPDFText_GetFontSize(page, index) * scale)


def _text(codes: list[int]) -> str:
    text = "".join(chr(code) if 0 <= code < 0x110000 else "\ufffd" for code in codes)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")  # pairs, where they come as such


def _bookmarks(document: pypdfium2.PdfDocument) -> dict[tuple[int, str], int]:
    """Page and words to level, from 1."""
    found: dict[tuple[int, str], int] = {}
    try:
        for mark in itertools.islice(document.get_toc(), MOST_BOOKMARKS):
            place = mark.get_dest()
            page = place.get_index() if place else None
            if page is not None:
                found.setdefault((page, _key(mark.get_title())), min(mark.level + 1, 6))
    except (pypdfium2.PdfiumError, ValueError, RecursionError):  # headings are worth no failure
        return found
    return found


def _key(text: str) -> str:
    return "".join(text.split()).casefold()


def _check(lines: list[_Line]) -> None:
    """Raises Unreadable where there is no text to be had."""
    characters = Counter(character for line in lines for character in line.text if not character.isspace())
    total = characters.total()
    if not total:
        raise _pictures()
    garbage = sum(count for character, count in characters.items() if _is_garbage(character))
    if garbage > GARBAGE_SHARE * total:
        raise Unreadable(
            "its fonts do not say which characters they show, so its text cannot be had; run OCR on it first",
            "它的字体没有文字编码，取不出正文，请先做文字识别（OCR）",
        )


def _is_garbage(character: str) -> bool:
    return (
        character in "\0\ufffd"
        or "\ue000" <= character <= "\uf8ff"
        or character >= "\U000f0000"
        or (character < " " and character not in _HYPHENS)
    )


def _pictures() -> Unreadable:
    return Unreadable(
        "it holds pictures of pages and no text; run OCR on it first",
        "里面是页面的图片，没有文字，请先做文字识别（OCR）",
    )


def _without_heads(lines: list[_Line], pages: int) -> list[_Line]:
    """Without what stands at the top or the bottom of page after page, and the pages' numbers."""
    edges = {id(line) for page in _by_page(lines).values() for line in _edges(page)}
    where: defaultdict[str, set[int]] = defaultdict(set)
    for line in lines:
        if id(line) in edges:
            where[_repeated(line)].add(line.page)
    least = max(REPEATS, REPEAT_SHARE * pages)
    numbered = len(where["#"]) >= max(2, pages / 2)
    heads = {text for text, found in where.items() if len(found) >= least} - {"#"} | ({"#"} if numbered else set())
    return [line for line in lines if id(line) not in edges or _repeated(line) not in heads]


def _by_page(lines: list[_Line]) -> dict[int, list[_Line]]:
    pages: defaultdict[int, list[_Line]] = defaultdict(list)
    for line in lines:
        pages[line.page].append(line)
    return pages


def _edges(page: list[_Line]) -> list[_Line]:
    """The two uppermost and the two lowest lines, two on one height being one, if they stand apart from the text."""
    heights: defaultdict[int, list[_Line]] = defaultdict(list)
    for line in page:
        heights[round(line.base)].append(line)
    inwards = [heights[height] for height in sorted(heights)]
    return [*_outer(inwards), *_outer(inwards[::-1])]


def _outer(inwards: list[list[_Line]]) -> Iterator[_Line]:
    for lines, inner in itertools.islice(itertools.pairwise([*inwards, [_Line("", 0)]]), 2):
        if not all(_PAGE_NUMBER.fullmatch(line.text.strip()) or _is_apart(line, inner[0]) for line in lines):
            return
        yield from lines


def _is_apart(line: _Line, inner: _Line) -> bool:
    return abs(line.base - inner.base) > APART * line.size or abs(line.size - inner.size) > 0.04 * inner.size


def _repeated(line: _Line) -> str:
    """What stays the same from page to page: a number for any other, and the height."""
    if _PAGE_NUMBER.fullmatch(line.text.strip()):
        return "#"
    return f"{re.sub(r'[0-9]+', '#', _key(line.text))} {round(line.base / 4)}"


def _mark_headings(lines: list[_Line], bookmarks: dict[tuple[int, str], int]) -> None:
    """By the bookmarks, and by a size that is clearly larger than that of most of the text."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size * 2) / 2] += len(line.text)
    body = sizes.most_common(1)[0][0]
    large = sorted({round(line.size) for line in lines if _is_large(line, body)}, reverse=True)
    for line in lines:
        if level := bookmarks.get((line.page, _key(line.text))):
            line.level = level
        elif body and _is_large(line, body):
            line.level = min(large.index(round(line.size)) + 1, 6)


def _is_large(line: _Line, body: float) -> bool:
    text = line.text.strip()
    letters = sum(character.isalpha() for character in text)
    ends = text.endswith(("。", "，", ",", ";", "；")) or (text.endswith(".") and len(text) > LONGEST_HEADING / 2)
    return line.size >= LARGER * body and letters >= 2 and len(text) <= LONGEST_HEADING and not ends


def _paragraphs(lines: list[_Line]) -> Iterator[str]:
    columns = _columns(lines)
    indents = sum(_is_indented(line, column) for column in columns for line in column.lines) >= REPEATS
    pitch = _pitch(columns)
    parts: list[str] = []
    before: tuple[_Line, _Column] | None = None
    for column in columns:
        for line in column.lines:
            if before and not _goes_on(*before, line, column, pitch=pitch, indents=indents):
                yield from _paragraph(parts, before[0].level)
                parts = []
            parts.append(line.text)
            before = (line, column)
    if before:
        yield from _paragraph(parts, before[0].level)


def _paragraph(parts: list[str], level: int) -> Iterator[str]:
    whole = ""
    for part in parts:
        whole = _joined(whole, part.strip())
    text = tidy("".join("-" if character in _HYPHENS else character for character in whole))
    if text:
        yield f"{'#' * level} {text}" if level else text


def _joined(before: str, after: str) -> str:
    if len(before) > 1 and before[-1] in f"-\u2010{_HYPHENS}":
        if _LOWER.match(before[-2]) and _LOWER.match(after[:1]):
            return before[:-1] + after
        if before[-2].isalnum() and after[:1].isalnum():
            return before[:-1] + "-" + after
    return join(before, after)


def _columns(lines: list[_Line]) -> list[_Column]:
    columns: list[_Column] = []
    before: _Line | None = None
    for line in lines:
        if before is None or line.page != before.page or line.base > before.base + 2 * max(line.size, 1):
            columns.append(_Column([]))
        columns[-1].lines.append(line)
        before = line
    widths = sorted(line.right - line.left for line in lines if not line.level)
    usual = widths[int(0.9 * (len(widths) - 1))] if widths else 0.0
    for column in columns:
        plain = [line for line in column.lines if not line.level] or column.lines
        column.left = min(line.left for line in plain)
        column.right = max(line.right for line in plain)
        if len(plain) < 4:  # too few to show where the margin is
            column.right = max(column.right, column.left + usual)
    return columns


def _pitch(columns: list[_Column]) -> float:
    """From one line to the next, as a multiple of their size, where nothing stands between them."""
    steps = [
        (above.base - below.base) / above.size
        for column in columns
        for above, below in itertools.pairwise(column.lines)
        if above.size and abs(above.size - below.size) < 0.5 and above.base - below.base > 0.5 * above.size
    ]
    return statistics.median_low(steps) if steps else 1.5


def _goes_on(above: _Line, there: _Column, below: _Line, here: _Column, *, pitch: float, indents: bool) -> bool:
    """Whether two lines are of one paragraph."""
    if above.level != below.level or abs(above.size - below.size) > 0.08 * max(above.size, below.size):
        return False
    if there is here and abs(above.base - below.base) < 0.3 * above.size:
        return True  # one line with a gap in it
    if there is here and above.base - below.base > 1.25 * pitch * above.size:
        return False
    if above.level:
        return there is here
    finished = bool(_FINISHED.search(above.text.rstrip()))
    if _is_short(above, there, below) or (_MARKER.match(below.text.lstrip()) and finished):
        return False
    if there is not here:
        return not _is_indented(below, here) and (indents or not finished)
    if below.left - above.left > 0.8 * below.size:
        return bool(_MARKER.match(above.text.lstrip()))
    return not (finished and indents and _is_indented(below, here))


def _is_short(line: _Line, column: _Column, following: _Line) -> bool:
    """Whether more would have stood on it, had its paragraph not ended."""
    if line.text.rstrip(" ").endswith(tuple(_HYPHENS)):
        return False
    if line.right - line.left > MOST_RAGGED * (column.right - column.left) and _LOWER.match(following.text.lstrip()):
        return bool(_FINISHED.search(line.text.rstrip()))  # in the middle of a sentence, whatever the margin
    if _CJK.match(following.text.lstrip()[:1]) and _CJK.search(line.text.rstrip()[-2:]):
        return line.right < column.right - 2.2 * line.size
    words = following.text.split()
    width = (following.right - following.left) / max(1, len(following.text))
    return line.right + (len(words[0]) + 1 if words else 1) * width < column.right - width


def _is_indented(line: _Line, column: _Column) -> bool:
    return 0.8 * line.size < line.left - column.left < 5 * line.size
