"""Whatever an essay, its name or a question contains stays text on the page."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from index.changes import Changes
from index.documents import Problem, document_of
from index.types import Document, Passage, Span, YuanhuaError
from rag.claims import Claim
from rag.endpoint import Endpoint
from rag.quotes import check
from rag.scope import Scope
from rag.summary import Summary
from rag.types import Answer, Citation, Correction, Hit, Reported
from rag.why import Trace
from ui import copying, leaf, render
from ui.address import NOWHERE, Address, read_address
from ui.jinja import link
from ui.jobs import Job, Stopped
from ui.shelf import Removed, Row, Shelf
from ui.turn import Seat, Turn
from ui.words import EN, WORDS, ZH, Words, preferred

HOSTILE = (
    "<script>alert(1)</script><img src=x onerror=alert(1)> [a](javascript:alert(1)) ${alert(1)} {{7*7}} \"'><b>&amp;"
)
ALLOWED = {"section", "h2", "h3", "p", "bdi", "article", "header", "a", "blockquote", "span", "div", "ol", "li", "mark"}
ALLOWED |= {"details", "summary", "form", "textarea", "template", "input", "nav", "fieldset", "legend"}
ALLOWED |= {"table", "thead", "tbody", "tr", "th", "td", "button", "ul", "label", "progress"}


class Tags(HTMLParser):
    """The tags and attributes of a fragment, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.content = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += attrs

    def handle_data(self, data: str) -> None:
        self.content += data


def hostile_document() -> Document:
    document = document_of("<img src=x onerror=alert(1)>.md", f"# {HOSTILE}\n\n{HOSTILE}。\n", "0" * 64)
    return Document(
        **{field: getattr(document, field) for field in document.__slots__}
        | {"author": HOSTILE, "url": "javascript:alert(1)"}
    )


def fragments() -> dict[str, str]:
    document = hostile_document()
    start = document.text.rindex("<script>")
    told = Reported("quoted", f"{HOSTILE}\n\u202e", Span(0, 1))
    citation = Citation(1, document, start, start + 20, document.text[start : start + 20], 0.9, told)
    span = Span(citation.start, citation.end)
    shelf = Shelf([document], {document.name: 0}, 1)
    said = Answer(HOSTILE, True, "", (citation,), ())
    silent = Answer(HOSTILE, False, "", (), (Hit(Passage(document, 0, len(document.text), ()), 0.1, 1),))
    scope = Scope((HOSTILE,), (HOSTILE,), HOSTILE, HOSTILE, (HOSTILE, document.name))
    at = Address(HOSTILE * 2, scope, ((HOSTILE, Span(0, 1)),))
    board = (
        Seat(document, citation),
        Seat(document, nearest=Passage(document, 0, len(document.text), ())),
    )
    turns = [
        Turn(HOSTILE, said),
        Turn(HOSTILE, silent, HOSTILE),
        Turn(HOSTILE, note=HOSTILE),
        Turn(HOSTILE, said, at=at, board=board, unheard=2),
        Turn(HOSTILE, silent, at=at, searched=1),
    ]
    span = Span(citation.start, citation.end)
    traced = Trace(
        *(document.name, span.start, span.end, citation.quote, False, 2, 0, 9, 1, 9, None, 9, 3, 9, True, 4, 9, True),
        *(0.4, 0.9, 0.5, None, "selection", HOSTILE, "zh"),
    )
    return {
        "why": render.trace_html(HOSTILE, traced, document, shelf, ZH),
        "why-unindexed": render.trace_html(HOSTILE, replace(traced, document=HOSTILE, quote=HOSTILE), None, shelf, EN),
        "nowhere": render.nowhere_html(HOSTILE, (document, span), shelf, EN),
        "untraced": render.untraced_html(HOSTILE, ZH),
        "thread": render.thread_html(turns, shelf, ZH),
        "shelf": render.shelf_html(HOSTILE, shelf, EN),
        "scope": render.scope_html(replace(shelf, documents=[document, document]), ZH),
        "suggestions": render.suggestions_html([HOSTILE], EN),
        "behind": render.behind_html(EN, behind=True),
        "removed": render.corpus_html([], [], ZH, gone=[Removed(HOSTILE, HOSTILE, HOSTILE)]),
        "reader-cited": render.reader_html(
            at.at(document.name, span),
            document,
            span,
            shelf,
            ZH,
            current=True,
            citations=[citation, replace(citation, n=2)],
        ),
        "reader": render.reader_html(HOSTILE, document, span, shelf, ZH, current=True),
        "reader-pdf": render.reader_html(
            HOSTILE, replace(document, name=f"{document.name}.PDF"), span, shelf, EN, current=False
        ),
        "missing": render.reader_html(HOSTILE, None, None, shelf, EN, current=False),
        "corpus": render.corpus_html(
            [Row(document, 1, "new", HOSTILE, indexed=True), Row(document, 0, "twin", twin=HOSTILE)],
            [Problem(HOSTILE, HOSTILE, HOSTILE)],
            ZH,
        ),
        "status": render.status_html(
            Changes((HOSTILE,)), Job(error=YuanhuaError(HOSTILE)), EN, note=HOSTILE, said=HOSTILE
        ),
        "progress": render.status_html(Changes(), Job(running=True, step=HOSTILE, total=9), EN),
    }


PIECES = ["why", "why-unindexed", "nowhere", "untraced", "scope", "suggestions", "behind", "removed", "reader-cited"]


@pytest.mark.parametrize(
    "name", [*PIECES, "thread", "shelf", "reader", "reader-pdf", "missing", "corpus", "status", "progress"]
)
def test_hostile_text_stays_text(name: str) -> None:
    tags = Tags(fragments()[name])
    assert tags.tags <= ALLOWED
    assert not [key for key, _ in tags.attributes if key.startswith("on")]
    assert all((value or "").startswith("#") for key, value in tags.attributes if key == "href")
    assert "src" not in dict(tags.attributes)


def test_the_page_says_what_a_misspelt_word_was_read_as_and_escapes_it() -> None:
    answer = Answer(
        "pefix", False, "", (), (), corrections=(Correction("pefix", "prefix"), Correction(HOSTILE, HOSTILE))
    )
    html = render.thread_html([Turn("pefix", answer)], Shelf([hostile_document()], {}, 0), EN)
    page = Tags(html)
    assert "Searched for “prefix”; the essays do not have “pefix”." in page.content
    assert HOSTILE in page.content
    assert page.tags <= ALLOWED


def test_each_answer_has_a_place_for_the_sentence_that_was_expected() -> None:
    tags = Tags(fragments()["thread"])
    attributes = tags.attributes
    assert len([key for key, _ in attributes if key == "data-waiting"]) == 4  # not where there is no answer
    labels = [value for key, value in attributes if key == "for"]
    assert labels == [value for key, value in attributes if key == "id" and str(value).startswith("expected-")]
    assert len(set(labels)) == 4


def test_a_traced_sentence_opens_in_its_essay_where_the_index_has_it() -> None:
    pieces = fragments()
    document = hostile_document()
    start = document.text.rindex("<script>")
    assert dict(Tags(pieces["why"]).attributes)["href"] == link(HOSTILE, document, Span(start, start + 20))
    assert "href" not in dict(Tags(pieces["why-unindexed"]).attributes)
    assert "停在“挑选”这一步" in pieces["why"]
    assert dict(Tags(pieces["nowhere"]).attributes)["data-sentence"] == document.text[start : start + 20]


def test_the_reader_shows_the_file_character_for_character() -> None:
    text = "---\ntitle: x\n---\n\n## 一 `code` **bold**\n\n第一行 <b>&amp;</b>\n第二行，说了“这些”。\n> 引文 1 < 2\n"
    document = document_of("x.md", text, "0" * 64)
    span = Span(text.index("<b>"), text.index("。") + 1)
    html = render.reader_html("", document, span, Shelf([document], {}, 0), ZH, current=True)
    assert html.count("<summary>") == 1  # the file's own header is folded, under a line of ours
    essay = Tags(re.sub(r"<summary>.*?</summary>", "", html[html.index('<div class="essay"') :]))
    shown = [line.strip() for line in essay.content.splitlines() if line.strip()]
    assert shown == [line for line in text.splitlines() if line.strip()]
    marks = re.findall(r"<mark[^>]*>(.*?)</mark>", html)
    assert len(marks) == 2  # the excerpt runs over two lines, and only the first takes the focus
    assert html.count('id="hit"') == 1
    assert "".join(Tags(mark).content for mark in marks) == text[span.start : span.end].replace("\n", "")


@pytest.mark.parametrize(("name", "said"), [("a.pdf", True), ("b.zip/a.HTML", True), ("a.md", False), ("pdf", False)])
def test_the_reader_says_where_the_text_was_taken_out_of_a_file(name: str, said: bool) -> None:
    document = document_of("a.md", "雨停了。", "0" * 64)
    shelf = Shelf([document], {}, 0)
    html = render.reader_html("", replace(document, name=name), None, shelf, ZH, current=True)
    assert (f"从 {name} 里提取的文字" in html) is said


def test_a_quotation_is_the_excerpt_character_for_character() -> None:
    document = document_of("x.md", "**粗体** 与 `code` 与 <b> 与 &amp; 与\n换行。", "0" * 64)
    citation = Citation(1, document, 0, len(document.text), document.text, 0.9)
    html = render.thread_html([Turn("q", Answer("q", True, "", (citation,), ()))], Shelf([document], {}, 0), EN)
    words = html[html.index('<span class="words">') : html.index("</span>&#8288;")]
    assert Tags(words).content == document.text


def test_a_link_carries_question_essay_and_place() -> None:
    document = document_of("a b&c.md", "字", "0" * 64)
    assert link("x=1&y", document, Span(3, 9)) == "#q=x%3D1%26y&d=a+b%26c.md&s=3&e=9"


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-US,en;q=0.9", "en"),
        ("de,en;q=0.5,zh;q=0.4", "en"),
        ("zh-HK", "zh"),
        ("", "zh"),
        ("fr", "zh"),
        ("en;q=x,,;;", "zh"),
    ],
)
def test_the_page_speaks_the_browser_s_language(accepted: str, language: str) -> None:
    assert preferred(accepted) == language


def test_both_languages_have_the_same_words() -> None:
    assert set(ZH) == set(EN)
    for key in ZH:
        assert set(re.findall(r"{(\w+)}", ZH[key])) == set(re.findall(r"{(\w+)}", EN[key])), key
    assert set(WORDS) == {"zh", "en"}


def test_an_essay_of_nothing_but_furniture_opens_at_once() -> None:
    import time

    document = document_of("x.md", "![](a)\n" * 100_000 + "字。\n", "0" * 64)
    began = time.process_time()
    html = render.reader_html("", document, None, Shelf([document], {}, 0), ZH, current=True)
    assert time.process_time() - began < 20
    assert html.count('class="furniture"') == leaf.MOST_LINES


@pytest.mark.parametrize(
    "address",
    [
        NOWHERE,
        Address("数据质量？", Scope()),
        Address("x=1&y#?", Scope(("a b&c.md", "d.txt"), ("李沐", "A & B"), "2023-01", "2024", ("e.md",))),
        Address("q", Scope(), (("a:b-c.md", Span(3, 9)), ("d.md", Span(0, 1))), "e f.md", Span(5, 7)),
    ],
)
def test_what_is_put_into_the_address_bar_is_read_out_of_it(address: Address) -> None:
    assert read_address(f"#{address}") == read_address(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        "#",
        "%",
        "&&&=",
        "q=%ff&d=%00",
        "s=-1&e=x",
        "k=1-2&k=:&k=x-y:z&k=1-:z",
        "q=1" + "&a=x" * 1000,
        "q=" + "字" * 99_999,
    ],
)
def test_whatever_stands_in_the_address_bar_is_read(text: str) -> None:
    address = read_address(text)
    assert len(address.question) <= 2000
    assert address.known == ()


def test_a_copied_answer_says_what_is_not_the_authors_own_view() -> None:
    document = document_of("a.md", "老*李*说水要烫。", "0" * 64)
    told = Reported("reported", "老*李*", Span(0, 6), Span(0, 5))
    answer = Answer("水？", True, "", (Citation(1, document, 0, 10, document.text, 0.9, told),), ())
    assert "\n\n转述：老\\*李\\*\n\n> 老" in copying.markdown(answer, ZH)
    assert "“老*李*说水要烫。” [1]（转述：老*李*）\n" in copying.footnotes(answer, ZH)
    assert "“老*李*说水要烫。” [1] (Reports 老*李*)\n" in copying.footnotes(answer, EN)


def test_a_copied_answer_says_where_each_excerpt_stands() -> None:
    text = "标题\n\n第一行\n第二行。"
    document = replace(
        document_of("a.md", text, "0" * 64), title="论水", author="甲", date="2020", url="https://example.org/"
    )
    citation = Citation(1, document, 4, len(text), text[4:], 0.9)
    answer = Answer("水？", True, "", (citation,), ())
    place = "甲，《论水》，2020，a.md，第 4–12 字 https://example.org/"
    assert copying.markdown(answer, ZH) == f"## 水？\n\n> 第一行\n> 第二行。 [^1]\n\n[^1]: {place}\n"
    assert copying.footnotes(answer, ZH) == f"水？\n\n“第一行\n第二行。” [1]\n\n[1] {place}\n"


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "**粗** 和 _斜_ 和 `code [x]` 和 ![图](https://evil.example/a.png) [a][b] &lt; AT&T \\* \\",
        "# 一\n- 二\n1. 三\n12) 四\n> 五\n---\n===\n+ 六\n    七\n| a | b |\n|---|---|\n~~八~~\n-5 度，3.14",
        "[^1]: 注\n[a]: https://evil.example\n```\n~~~\n<div>\n<!-- x",
    ],
)
def test_a_copied_answer_shows_what_was_written_and_is_no_markup(text: str) -> None:
    markdown_it = pytest.importorskip("markdown_it")
    url = "https://example.org/<img src=x>[a](b)*c*"
    document = replace(document_of("a_b*[c](d)<b>.md", text, "0" * 64), title=text, author=text, url=url)
    citation = Citation(1, document, 0, len(text), text, 0.9)
    line = " ".join(text.split())
    written = copying.markdown(Answer(line, True, "", (citation,), ()), EN)
    html = markdown_it.MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(written)
    page = Tags(html)
    assert page.tags == {"h2", "blockquote", "p"}
    shown = " ".join(page.content.split())
    assert shown.startswith(f"{line} {line} [^1] [^1]: ")
    assert "a_b*[c](d)<b>.md" in shown
    assert "<img src=x>" not in shown.rsplit(" ", 1)[1]


def test_of_very_many_essays_the_lists_stay_short_and_what_needs_a_rebuild_comes_first() -> None:
    documents = [document_of(f"{n}.md", f"第{n}篇。", "0" * 64) for n in range(render.LISTED + 20)]
    shelf = Shelf(documents, {document.name: n for n, document in enumerate(documents)}, 600)
    html = render.shelf_html("", shelf, EN)
    assert html.count("<li") == render.LISTED
    assert "20 more are not listed" in html
    rows = [Row(document, 1, "current") for document in documents[:-1]]
    html = render.corpus_html([*rows, Row(documents[-1], 0, "new")], [], EN)
    assert html.count('class="remove"') == render.LISTED
    assert html.index("519.md") < html.index("0.md")
    assert "20 more are not listed" in html


def test_what_the_index_lacks_is_said_without_what_it_does_not_lack() -> None:
    changes = Changes(changed=("a.md", "b.md"))
    assert ">索引落后于文章：改动 2。请重建索引。<" in render.status_html(changes, Job(), ZH)
    assert ">The index is behind its essays: 2 changed. It is rebuilt in a few seconds.<" in render.status_html(
        changes, Job(), EN, soon=True
    )
    changes = Changes(added=("c.md",), renamed=(("d.md", "e.md"),), removed=("f.md",))
    assert "索引落后于文章：新增 1，改名 1，移走 1。" in render.status_html(changes, Job(), ZH)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (ZH, "重建已停止，旧索引照用；已编码的部分留给下一次。"),
        (EN, "The rebuild was stopped. The old index stays in use, and what was embedded is kept for the next one."),
    ],
    ids=["zh", "en"],
)
def test_a_rebuild_that_a_reader_has_stopped_did_not_fail(words: Words, said: str) -> None:
    html = render.status_html(Changes(("a.md",)), Job(error=Stopped()), words)
    assert f">{said}<" in html
    assert f'data-said="{said}"' in html
    assert words["job_failed"].split("{")[0] not in html


def test_no_second_rebuild_can_be_begun_while_one_is_running() -> None:
    assert 'id="rebuild">' in render.halt_html(Job(), ZH)
    assert 'id="rebuild" aria-disabled="true">' in render.halt_html(Job(running=True), ZH)


def test_an_essay_opens_from_the_list_where_the_index_has_it() -> None:
    document = document_of("old.zip/论 茶.md", "好茶不必贵。", "0" * 64)
    html = render.corpus_html([Row(document, 1, "current", indexed=True)], [], ZH)
    assert f'href="{link("", document)}"' in html
    assert link("", document).startswith("#d=old.zip")
    assert "<a " not in render.corpus_html([Row(document, 0, "new")], [], ZH)


def test_what_was_removed_keeps_its_place_in_the_list_until_it_is_there_again() -> None:
    rows = [Row(document_of(f"{name}.md", f"第{name}篇。", "0" * 64), 1, "current") for name in "ac"]
    gone = [Removed("b.md", "b.md", "论茶")]
    html = render.corpus_html(rows, [], ZH, gone=gone)
    assert html.index("a.md") < html.index("论茶") < html.index("c.md")
    assert 'class="undo" data-name="b.md" data-place="b.md"' in html
    again = [*rows, Row(document_of("b.md", "又来了。", "0" * 64), 0, "new")]
    assert "undo" not in render.corpus_html(again, [], ZH, gone=gone)


def test_only_an_archive_is_asked_about_before_it_is_removed() -> None:
    document = document_of("a.md", "好茶不必贵。", "0" * 64)
    assert "data-confirm" not in render.corpus_html([Row(document, 1, "current")], [], EN)
    assert "data-confirm" in render.corpus_html([Row(document, 1, "current", "old.zip")], [], EN)


def test_a_changed_quotation_of_a_model_s_is_shown_with_the_difference_and_an_alarm() -> None:
    tea = Document("tea.md", "泡绿茶的水温不要超过八十度。", "论茶", "陆小羽", "", "", "zh", "")
    answer = Answer("水温？", True, "", (Citation(1, tea, 0, 14, tea.text, 0.9),), ())
    quotation = check("泡绿茶的水温要超过九十度", [tea])
    claims = (
        Claim("他说“泡绿茶的水温要超过九十度”[1]。", (1,), "quotation", quotation.difference, (quotation,)),
        Claim("<b>好</b>[7]", (), "unknown", "[7]"),
        Claim("水温不要超过八十度[1]。", (1,)),
    )
    summary = Summary(Endpoint("http://127.0.0.1:1/v1", "<i>m</i>"), claims, whole=True)
    turn = Turn("水温？", answer, at=Address("水温？"), summary=summary)
    html = render.thread_html([turn], Shelf((tea,), {"tea.md": 0}, 1), ZH, model="m")
    assert "<del>" in html
    assert ZH["quotes_negation"] in html
    assert ZH["quotes_number"] in html
    assert ZH["claim_unknown"].format(detail="[7]") in html
    assert ZH["summary_partly"].format(n=1, of=3) in html
    assert "<b>" not in html
    assert "<i>m" not in html
