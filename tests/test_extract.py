"""Files of other kinds: their text is the author's, in order; and whatever a hostile one does, it does not do to us."""

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index import extract as reading
from index.extract import Extract, extract
from index.problems import Unreadable
from tests.conftest import ROOT
from tests.made import DOUGH, WATER, canvas_pdf, changed, chapter, epub, pdf, word, zipped

WECHAT = """<!DOCTYPE html><html><head><meta charset="utf-8"><title></title>
<meta property="og:title" content="论茶的水温"><meta property="og:url" content="http://mp.weixin.qq.com/s?a=1&amp;b=2">
<meta name="author" content="陆小羽"></head><body><div id="js_article"><h1 id="activity-name">论茶的水温</h1>
<a id="js_name">茶馆</a><div class="rich_media_content" id="js_content" style="visibility: hidden; opacity: 0;">
<section><section><span>泡绿茶的水温，</span><strong><span>不要</span></strong><span>超过八十度。</span></section>
<section><p>好茶不必贵。</p></section></section><p>a*b*c 与 x_1_y 不变。</p></div></div>
<script>var ct = "1614816000";</script><div>微信扫一扫</div></body></html>"""
ZHIHU = f"""<html><head><title data-rh="true">(3 封私信) 怎么泡茶？ - 知乎</title></head><body><header>首页</header>
<main><article><h1 class="Post-Title">怎么泡茶？</h1><div class="AuthorInfo" itemprop="author">
<meta itemprop="name" content="陆小羽"><span>关注</span></div><div class="RichText ztext"><p>{WATER * 9}</p>
<p>不要急。</p></div><div class="ContentItem-time">发布于 2021-03-04 10:00</div></article></main>
<div class="Comments-container">写得好写得好写得好</div></body></html>"""
BLOG = f"""<html><head><title>On Bread - A Baker's Notes</title><link rel="canonical" href="https://example.org/bread">
<!-- saved from url=(0021)https://example.org/x --></head><body><ul class="nav"><li><a href="/">Home</a></li></ul>
<div id="wrap"><div class="post"><h1>On Bread</h1><time datetime="2020-02-01T10:00:00Z">February</time>
<p>{DOUGH * 3}</p><h2>Water</h2><p>Warm<br>is best.</p><div class="share">Tweet this</div><aside>Adverts</aside></div>
<div class="comments"><p>Nice post!</p></div></div><div class="footer">All rights reserved</div></body></html>"""
STRUCTURE = """<body><h1>论茶 <i>水</i></h1><p>泡绿茶<b>不要</b>超过
八十度，see <a href="x">it</a>
again.<sup><a href="#n1">1</a></sup> 10 m<sup>2</sup></p>漏网<br>一行<br><br>又一段
<ul><li>一<ul><li>内</li></ul></li><li><p>二</p></li></ul><p>中</p><ol start=3><li>c<li>d</ol>
<table><tr><th>茶</th><th>温
度</th></tr><tr><td><p>绿茶</p></td><td>80</td></tr></table>
<table><tr><td>排版</td></tr></table><pre>x = 1
   y</pre><ruby>漢<rp>(</rp><rt>han</rt></ruby>字&nbsp;x<!-- c -->y<script>1</script><img alt=z src=q>z
<p hidden>藏</p><p style="display: none">藏</p></body>"""
READ = {
    "html": WECHAT.encode(),
    "docx": word(),
    "epub": epub({"a.xhtml": chapter(f"<h1>论茶</h1><p>{WATER}</p>"), "b.xhtml": chapter(f"<p>{DOUGH}</p>")}),
    "pdf": pdf(["# 论茶", *[WATER * 4] * 12], head="茶经新读"),
}


Limited = Callable[..., None]
"""Makes a new process with these limits the one that reads until the end of the test."""


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Iterator[Limited]:
    reader = reading._Reader()

    def limit(**limits: float) -> None:
        for name, value in limits.items():
            monkeypatch.setattr(reading, name, value)
        monkeypatch.setattr(reading, "_reader", reader)

    yield limit
    reader.stop()


def still_reads() -> bool:
    return extract("<p>茶还是热的。</p>".encode(), ".html").text == "茶还是热的。"


def survives(data: bytes, suffix: str) -> str:
    """The text, or one line; never anything else."""
    try:
        text = extract(data, suffix).text
    except Unreadable as error:
        assert len(str(error).splitlines()) == len(error.chinese.splitlines()) == 1
        assert str(error) != error.chinese
        return f"unreadable: {error}"
    assert text.strip()
    return text


# What is read


def test_a_wechat_page_is_its_essay_and_nothing_around_it() -> None:
    assert extract(WECHAT.encode(), ".html") == Extract(
        "泡绿茶的水温，不要超过八十度。\n\n好茶不必贵。\n\na*b*c 与 x_1_y 不变。",
        "论茶的水温",
        "陆小羽",
        "2021-03-04",
        "http://mp.weixin.qq.com/s?a=1&b=2",
    )


def test_a_zhihu_page_is_its_essay_and_nothing_around_it() -> None:
    assert extract(ZHIHU.encode(), ".htm") == Extract(
        f"{WATER * 9}\n\n不要急。", "怎么泡茶？", "陆小羽", "2021-03-04", ""
    )


def test_a_blog_is_its_post_and_nothing_around_it() -> None:
    found = extract(BLOG.encode(), ".html")
    assert found.text == f"# On Bread\n\nFebruary\n\n{(DOUGH * 3).strip()}\n\n## Water\n\nWarm\nis best."
    assert (found.title, found.date, found.url) == ("On Bread", "2020-02-01", "https://example.org/bread")


def test_headings_lists_tables_and_notes_become_lines() -> None:
    assert extract(STRUCTURE.encode(), ".xhtml").text == textwrap.dedent("""\
        # 论茶 水

        泡绿茶不要超过八十度，see it again.[1] 10 m²

        漏网
        一行

        又一段

        - 一
          - 内
        - 二

        中

        3. c
        4. d

        | 茶 | 温度 |
        | 绿茶 | 80 |

        排版

        x = 1
           y

        漢字 xyz""")


@pytest.mark.parametrize(
    ("declared", "saved"),
    [("gb2312", "gbk"), ("gbk", "gb18030"), ("gbk", "utf-8"), ("big5", "big5"), ("utf-8", "gb18030"), ("", "utf-16")],
)
def test_a_page_is_decoded_by_what_makes_sense(declared: str, saved: str) -> None:
    words = "茶葉要新鮮，水溫要合適，太燙會苦。"
    page = f'<html><head><meta charset="{declared}"></head><body><p>{words}</p></body></html>'
    assert extract(page.encode(saved), ".html").text == words


def test_a_western_page_keeps_its_accents() -> None:
    page = '<meta charset="iso-8859-1"><p>Café déjà vu, naïve façade.</p>'
    assert extract(page.encode("latin-1"), ".html").text == "Café déjà vu, naïve façade."


def test_a_page_that_is_nonsense_is_refused() -> None:
    assert "save it as UTF-8" in survives(random.Random(1).randbytes(5000), ".html")


def test_a_page_saved_as_one_file_is_read() -> None:
    saved = (
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://example.org/tea\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=E8=8C=B6=E8=A6=81=E7=83=AD=E3=80=82</p>\r\n--b--\r\n"
    )
    found = extract(saved.encode(), ".mhtml")
    assert (found.text, found.url) == ("茶要热。", "https://example.org/tea")


@pytest.mark.parametrize(
    "head",
    [
        "Content-Type: text/html; " + "a*0*=x;" * 20_000,
        'Content-Type: text/html; a="' + ";" * 500_000 + '"',
        "X: y\r\n" * 50_000 + "Content-Type: text/html",
    ],
    ids=["parameters", "quoted", "many"],
)
def test_a_long_head_of_a_saved_page_costs_no_more_than_its_length(head: str) -> None:
    before = time.monotonic()
    assert extract(f"{head}\r\n\r\n<p>茶要热。</p>".encode(), ".mhtml").text == "茶要热。"
    assert time.monotonic() - before < 60


def test_a_cell_that_holds_a_page_makes_no_table() -> None:
    page = f"<p>{WATER}</p><table><tr><td>{'<b></b>' * 2000}茶<td>水</table><p>{WATER}</p>"
    assert extract(page.encode(), ".html").text == f"{WATER}\n\n茶\n\n水\n\n{WATER}"
    assert extract(page.replace("<b></b>", "").encode(), ".html").text == f"{WATER}\n\n| 茶 | 水 |\n\n{WATER}"


def test_a_file_that_takes_long_does_not_keep_the_next_one_waiting() -> None:
    with reading._reader._lock:
        assert still_reads()


def test_a_word_document_is_read_in_its_order() -> None:
    assert extract(word(), ".docx") == Extract(
        f"# 论茶\n\n# 一、水\n\n{WATER}*星号* 和 a_b_c 不变 <b>。\n\n- 先烫杯\n1. 再投茶\n\n"
        "| 茶 | 水温 |\n| 绿茶 | 80 |\n\nBread needs time.\nAnd patience.",
        "论茶",
        "陆小羽",
    )


def test_a_word_document_with_notes_keeps_them_where_they_are() -> None:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    kinds = "http://schemas.openxmlformats.org"
    links = f"{kinds}/package/2006/relationships"
    noted = zipped(
        {
            "[Content_Types].xml": f'<Types xmlns="{kinds}/package/2006/content-types"/>',
            "_rels/.rels": f'<Relationships xmlns="{links}"><Relationship Id="a" Type="{kinds}'
            '/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
            "word/_rels/document.xml.rels": f'<Relationships xmlns="{links}"><Relationship '
            f'Id="b" Type="{kinds}/officeDocument/2006/relationships/footnotes" '
            'Target="footnotes.xml"/></Relationships>',
            "word/document.xml": f"<w:document {space}><w:body><w:p><w:r><w:t>茶要热</w:t></w:r><w:r>"
            '<w:footnoteReference w:id="2"/></w:r><w:r><w:t>。</w:t></w:r></w:p></w:body></w:document>',
            "word/footnotes.xml": f'<w:footnotes {space}><w:footnote w:id="2"><w:p><w:r><w:t>陆羽说。</w:t></w:r>'
            "</w:p></w:footnote></w:footnotes>",
        }
    )
    assert extract(noted, ".docx").text == "茶要热[1]。\n\n1. 陆羽说。"


def test_a_book_is_read_chapter_by_chapter() -> None:
    book = epub(
        {
            "b.xhtml": chapter("<h1>第一章 水</h1><p>茶&nbsp;要热。<a epub:type='noteref' href='#n'>1</a></p>"),
            "a.xhtml": chapter("<h1>Two<br/>Bread</h1><p>Bread <em>needs</em> time.</p><aside id='n'>注。</aside>"),
            "broken.xhtml": "<html><body><p>没有<b>关上</p><p>的标签。",
        },
        "<dc:title>茶与面包</dc:title><dc:creator>陆小羽</dc:creator><dc:creator>A. Baker</dc:creator>"
        "<dc:date>2021-03-04T00:00:00Z</dc:date><dc:source>https://example.org/book</dc:source>",
    )
    assert extract(book, ".epub") == Extract(
        "# 第一章 水\n\n茶 要热。[1]\n\n# Two Bread\n\nBread needs time.\n\n注。\n\n没有关上\n\n的标签。",
        "茶与面包",
        "陆小羽, A. Baker",
        "2021-03-04",
        "https://example.org/book",
    )


def test_a_book_that_is_locked_says_so() -> None:
    locks = '<encryption><CipherReference URI="OEBPS/{}"/></encryption>'
    book = READ["epub"]
    assert "DRM" in survives(changed(book, {"META-INF/encryption.xml": locks.format("a.xhtml")}), ".epub")
    assert WATER in survives(changed(book, {"META-INF/encryption.xml": locks.format("font.otf")}), ".epub")


def test_a_chinese_pdf_is_its_paragraphs_without_heads_and_page_numbers() -> None:
    paragraphs = [WATER * (1 + n % 4) + f"这是第{n}段。" for n in range(40)]
    found = extract(pdf(["# 论茶的水温", *paragraphs], head="茶经新读 第一卷"), ".pdf")
    assert found.text.split("\n\n") == ["# 论茶的水温", *paragraphs]
    assert (found.title, found.author) == ("论茶", "陆小羽")


def test_an_english_pdf_is_its_paragraphs_without_heads_and_page_numbers() -> None:
    paragraphs = [DOUGH * (2 + n % 3) + f"This is paragraph {n}." for n in range(40)]
    made = pdf(
        ["# On Bread", *paragraphs], font="Helvetica", indent=18, head="Bread and Tea", title="untitled", author=""
    )
    found = extract(made, ".pdf")
    assert found.text.split("\n\n") == ["# On Bread", *paragraphs]
    assert (found.title, found.author) == ("", "")


def test_a_word_broken_at_a_line_is_whole_again() -> None:
    lines = ["It is the extraordi-", "nary case of Jean-", "Paul and a self-evident", "one."]
    page = [(72.0, 700.0 - 14 * n, line) for n, line in enumerate(lines)]
    assert extract(canvas_pdf(page), ".pdf").text == "It is the extraordinary case of Jean-Paul and a self-evident one."


def test_a_ragged_margin_breaks_no_sentence_and_verse_stays_verse() -> None:
    lines = [
        "A line that shows where the margin is, far out to the right of it.",
        "For common use it is good to know that different",
    ]
    lines += ["programs agree.", "Rose, oh", "pure contradiction,", "joy"]
    page = [(72.0, 700.0 - 14 * n, line) for n, line in enumerate(lines)]
    assert extract(canvas_pdf(page), ".pdf").text.split("\n\n") == [
        f"{lines[0]} For common use it is good to know that different programs agree.",
        *lines[3:],
    ]


def test_two_columns_are_read_one_after_the_other() -> None:
    left = [(60.0, 700.0 - 18 * n, "泡绿茶的水温不要超过八十度水太烫会") for n in range(6)]
    right = [(320.0, 700.0 - 18 * n, "好茶不必贵新鲜最要紧山水上江水中井") for n in range(6)]
    text = extract(canvas_pdf([*left, *right]), ".pdf").text
    assert text.replace("\n", "") == "".join(words for _, _, words in (*left, *right))


def test_a_pdf_of_pictures_says_what_to_do() -> None:
    with pytest.raises(Unreadable, match="pictures of pages and no text; run OCR on it first") as caught:
        extract(canvas_pdf([], []), ".pdf")
    assert "文字识别" in caught.value.chinese


def test_a_pdf_with_a_password_says_so() -> None:
    locked = canvas_pdf([(72, 700, "secret")], encrypted="x")
    assert survives(locked, ".pdf") == "unreadable: it is locked with a password; save it without one"


def test_a_pdf_whose_characters_mean_nothing_says_so() -> None:
    stream = b"BT /F1 12 Tf 72 700 Td (" + b"ABCDEFG" * 3 + b") Tj ET"
    private = b"1 begincodespacerange <00> <FF> endcodespacerange 1 beginbfrange <41> <47> <E041> endbfrange"
    made = hand_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(private), private),
    )
    assert "do not say which characters" in survives(made, ".pdf")


@pytest.mark.parametrize("title", ["Microsoft Word - doc1.docx", "untitled", "无标题", "文档1", "draft.tex", "2"])
def test_a_title_that_nobody_gave_is_none(title: str) -> None:
    assert extract(pdf([WATER], title=title, author="python-docx"), ".pdf").title == ""
    assert extract(pdf([WATER], title="论茶", author="Administrator"), ".pdf").author == ""


# What is hostile


def hand_pdf(*objects: bytes) -> bytes:
    data, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, len(data))
    return data + head + table + tail


@pytest.mark.parametrize("kind", READ)
def test_a_file_cut_off_anywhere_is_text_or_one_line(kind: str) -> None:
    data = READ[kind]
    results = [survives(data[: len(data) * n // 12], f".{kind}") for n in range(12)]
    assert any(result.startswith("unreadable") for result in results)
    assert still_reads()


@pytest.mark.parametrize("kind", READ)
def test_a_file_with_wrong_bytes_is_text_or_one_line(kind: str) -> None:
    chance = random.Random(kind)
    for _ in range(15):
        data = bytearray(READ[kind])
        for _ in range(chance.choice((1, 10, 100))):
            data[chance.randrange(len(data))] = chance.randrange(256)
        survives(bytes(data), f".{kind}")
    assert still_reads()


BILLION = '<!DOCTYPE x [<!ENTITY a0 "laugh">' + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize("kind", ["docx", "epub", "xhtml"])
def test_entities_are_not_expanded(kind: str) -> None:
    bomb = f"{BILLION}]><html><body><p>前。&a11;后。</p></body></html>"
    parts = {"docx": "word/document.xml", "epub": "OEBPS/a.xhtml"}
    data = changed(READ[kind], {parts[kind]: bomb}) if kind in parts else bomb.encode()
    started = time.monotonic()
    assert "laughlaugh" not in survives(data, f".{kind}")
    assert time.monotonic() - started < 60


@pytest.mark.parametrize("kind", ["docx", "epub", "html"])
def test_ten_thousand_nested_tags_are_text_or_one_line(kind: str) -> None:
    tag = "w:p" if kind == "docx" else "div"
    space = ' xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    deep = f"<{tag}{space}>" + f"<{tag}>" * 10_000 + "深" + f"</{tag}>" * 10_001
    parts = {"docx": "word/document.xml", "epub": "OEBPS/a.xhtml"}
    survives(changed(READ[kind], {parts[kind]: deep}) if kind in parts else deep.encode(), f".{kind}")
    assert still_reads()


@pytest.mark.parametrize("kind", ["docx", "epub"])
def test_an_archive_that_unpacks_to_far_too_much_is_one_line(kind: str) -> None:
    part = {"docx": "word/document.xml", "epub": "OEBPS/a.xhtml"}[kind]
    assert "unpacks to far more" in survives(changed(READ[kind], {part: bytes(60_000_000)}), f".{kind}")


def test_a_book_that_points_outside_itself_reads_nothing_there() -> None:
    secret = chapter("<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><p>章。&e;</p>")
    assert "root:" not in survives(epub({"a.xhtml": secret}), ".epub")
    assert survives(epub({"../../../../etc/passwd": "<p>章。</p>"}), ".epub").startswith("unreadable")


@pytest.mark.parametrize(
    "pages",
    [
        b"<< /Type /Pages /Kids [3 0 R] /Count 2000000000 >>",
        b"<< /Type /Pages /Kids [2 0 R 2 0 R 3 0 R] /Count 3 >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count -5 >>",
        b"<< /Type /Pages /Kids [" + b"3 0 R " * 30_000 + b"] /Count 30000 >>",
    ],
)
def test_a_pdf_with_absurd_pages_is_text_or_one_line(pages: bytes) -> None:
    started = time.monotonic()
    stream = b"BT /F1 12 Tf 72 700 Td (Tea is hot.) Tj ET"
    made = hand_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        pages,
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >> stream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    survives(made, ".pdf")
    assert time.monotonic() - started < 60


def test_a_stream_that_inflates_without_end_is_text_or_one_line(limited: Limited) -> None:
    limited(SECONDS=5)
    stream = zlib.compress(b"BT (x) Tj ET " * 10_000_000, 1)
    made = hand_pdf(
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R >>",
        b"<< /Filter /FlateDecode /Length %d >> stream\n%s\nendstream" % (len(stream), stream),
    )
    started = time.monotonic()
    assert survives(made, ".pdf").startswith("unreadable")
    assert time.monotonic() - started < 90


# The process


@pytest.fixture
def worker(tmp_path: Path, limited: Limited, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process that does what a test writes into this file."""
    limited()
    monkeypatch.setattr(reading, "_WORKER", tmp_path / "worker.py")
    return tmp_path / "worker.py"


def test_a_file_that_hangs_is_given_up_and_the_next_is_read(worker: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "SECONDS", 0.5)
    worker.write_text("import time; time.sleep(60)", encoding="utf-8")
    started = time.monotonic()
    with pytest.raises(Unreadable, match=r"takes more than 0\.5 seconds"):
        extract(b"<p>x</p>" * 1_000_000, ".html")
    assert time.monotonic() - started < 45
    monkeypatch.undo()
    assert still_reads()


@pytest.mark.parametrize(
    "code",
    [
        "import os; os._exit(1)",
        "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
        "import sys; sys.stdout.write('no such reply at all, and more of it')",
        "import sys; sys.stdout.buffer.write(bytes(7) + b'\\x02{]'); sys.stdout.flush(); sys.stdin.read()",
        "import sys; sys.stdout.buffer.write(b'\\xff' * 8); sys.stdout.flush(); sys.stdin.read()",
    ],
)
def test_a_file_that_kills_its_reader_is_one_line(worker: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    worker.write_text(code, encoding="utf-8")
    with pytest.raises(Unreadable, match="damaged, or too much for the reader"):
        extract(b"<p>x</p>", ".html")
    monkeypatch.undo()
    assert still_reads()


def test_the_process_is_kept_and_replaced_when_it_dies() -> None:
    assert still_reads()
    first = reading._reader._process
    assert still_reads()
    assert first is not None
    assert reading._reader._process is first
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    assert still_reads()
    assert reading._reader._process is not first


def test_a_file_that_takes_too_much_memory_is_one_line(limited: Limited, monkeypatch: pytest.MonkeyPatch) -> None:
    limited(MEMORY=60_000_000)
    assert survives(b"<p>" + b"<b>x</b>" * 3_000_000, ".html").startswith("unreadable")
    monkeypatch.undo()
    assert still_reads()


def test_a_text_that_is_too_long_is_one_line(limited: Limited) -> None:
    limited(LARGEST_TEXT=10)
    assert survives("<p>一二三四五六七八九十</p>".encode(), ".html") == "一二三四五六七八九十"
    assert "longer than 10 characters" in survives("<p>一二三四五六七八九十。</p>".encode(), ".html")


def test_several_threads_get_each_their_own_text() -> None:
    before = threading.active_count()  # of tests that ran earlier
    with ThreadPoolExecutor(8) as pool:
        texts = pool.map(lambda n: extract(f"<p>茶{n}。</p>".encode(), ".html").text, range(40))
    assert list(texts) == [f"茶{n}。" for n in range(40)]
    assert threading.active_count() < before + 12


def run_elsewhere(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    prelude = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
    return subprocess.run(
        [sys.executable, "-I", "-c", prelude + code],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_hostile_folder_is_not_imported_from(tmp_path: Path) -> None:
    for name in ("index/__init__.py", "lxml.py", "json.py", "struct.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("raise SystemExit('hostile')", encoding="utf-8")
    code = "sys.path.insert(1, '')\nfrom index.extract import extract\nprint(extract(b'<p>Tea.</p>', '.html').text)"
    ended = run_elsewhere(code.replace("sys.path.insert(1, '')", "sys.path.append('')"), tmp_path)
    assert (ended.stdout, ended.stderr, ended.returncode) == ("Tea.\n", "", 0)


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="there is no /proc to look for the process in")
def test_the_process_ends_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom index import extract\nextract.extract(b'<p>Tea.</p>', '.html')\n"
        "print(extract._reader._process.pid, flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    )
    pid = int(run_elsewhere(code, tmp_path).stdout)
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1][:3]:
        assert time.monotonic() < until
        time.sleep(0.05)
