"""The page; the only importer of gradio."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

# Both are read when gradio is imported. Its own choice for uploads is a folder that everybody knows, for ever.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ["GRADIO_TEMP_DIR"] = UPLOADS = tempfile.mkdtemp(prefix="yuanhua-")
atexit.register(shutil.rmtree, UPLOADS, ignore_errors=True)
import gradio as gr
from fastapi import FastAPI

from index.documents import LARGEST_BINARY, SUFFIXES
from index.scan import ARCHIVE
from index.types import Span
from rag.query import LONGEST
from ui import render
from ui.desk import TURNS, Desk
from ui.words import WORDS, Words

HERE = Path(__file__).parent
BUSY, IDLE = 0.5, 3.0  # seconds between two looks at the rebuild, while one is running and while none is
AT_ONCE = 8  # questions

Turns = list[render.Turn]
Private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def mount_page(app: FastAPI, desk: Desk, language: str, *, login: bool = False) -> None:
    """Serve the page in one language under `/language`. `login`: whether its readers log in, and so may log out."""
    sans = [
        "system-ui",
        "-apple-system",
        "Segoe UI",
        "PingFang SC",
        "Noto Sans CJK SC",
        "Microsoft YaHei",
        "sans-serif",
    ]
    page = build_page(desk, language, login=login)
    # Without it gradio takes a mounted page for one that is still being written, and does not check that the files
    # that a browser names are its own uploads.
    page.has_launched = True
    gr.mount_gradio_app(
        app,
        page,
        path=f"/{language}",
        theme=gr.themes.Base(font=sans, font_mono=["ui-monospace", "monospace"]),
        css_paths=HERE / "page.css",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        max_file_size=LARGEST_BINARY,  # of text less is read, as whoever adds it is told
    )


def build_page(desk: Desk, language: str, *, login: bool = False) -> gr.Blocks:
    words = WORDS[language]
    page: gr.Blocks
    with gr.Blocks(title=words["title"], analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        script = (HERE / "page.js").read_text(encoding="utf-8")
        bridge = gr.HTML("", visible="hidden", js_on_load=script, server_functions=[_tracing(desk, words)])
        gr.HTML(_masthead(language, words, login=login), elem_id="masthead", apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="book"):
            with gr.Column(elem_id="left", min_width=0), gr.Tabs(elem_id="tabs"):
                with gr.Tab(words["ask_tab"], id="ask"):
                    thread, question = _conversation(words)
                with gr.Tab(words["corpus_tab"], id="corpus") as corpus_tab:
                    status, corpus, files, rebuild = _corpus_room(words)
            with gr.Column(elem_id="right", min_width=0):
                source = gr.HTML("", elem_id="source", apply_default_css=False, js_on_load=_SHOW_HIT)
        timer = gr.Timer(IDLE)
        _wire_conversation(desk, words, page, bridge, turns, thread, question, source)
        _wire_corpus(desk, words, page, bridge, corpus_tab, status, corpus, files, rebuild, timer)
    return page


# Scrolls to what is cited whenever an essay is opened, and to the newest question whenever one is asked.
_SHOW_HIT = (
    "new MutationObserver(() => window.yuanhua?.showHit(element)).observe(element, { childList: true, subtree: true });"
)
_SHOW_LAST = "watch('value', () => window.yuanhua?.showLast(element));"


def _masthead(language: str, words: Words, *, login: bool) -> str:
    other = "en" if language == "zh" else "zh"
    switch = f'<a class="language" href="../{other}/" hreflang="{other}" lang="{other}">{words["other_language"]}</a>'
    leave = f'<form method="post" action="../logout"><button class="logout">{words["logout"]}</button></form>'
    return f"<header><h1>{words['title']}</h1><p>{words['tagline']}</p>{switch}{leave if login else ''}</header>"


def _conversation(words: Words) -> tuple[gr.HTML, gr.Textbox]:
    thread = gr.HTML("", elem_id="thread", apply_default_css=False, js_on_load=_SHOW_LAST)
    question = gr.Textbox(
        label=words["question_label"],
        placeholder=words["question_placeholder"],
        show_label=False,
        container=False,
        elem_id="question",
        submit_btn=words["ask"],
        max_length=LONGEST,
        max_lines=4,
        autofocus=True,
    )
    return thread, question


def _corpus_room(words: Words) -> tuple[gr.HTML, gr.HTML, gr.File, gr.Button]:
    status = gr.HTML("", elem_id="status", apply_default_css=False, js_on_load=None)
    rebuild = gr.Button(words["rebuild"], variant="primary", elem_id="rebuild")
    files = gr.File(
        label=words["upload"],
        file_count="multiple",
        file_types=[*SUFFIXES, ARCHIVE],
        show_label=False,
        elem_id="upload",
        height=120,
    )
    gr.HTML(f'<p class="limits">{words["limits"]}</p>', apply_default_css=False, js_on_load=None)
    corpus = gr.HTML("", elem_id="corpus-list", apply_default_css=False, js_on_load=None)
    return status, corpus, files, rebuild


def _wire_conversation(
    desk: Desk,
    words: Words,
    page: gr.Blocks,
    bridge: gr.HTML,
    turns: gr.State,
    thread: gr.HTML,
    question: gr.Textbox,
    source: gr.HTML,
) -> None:
    def ask(text: str, before: Turns) -> Iterator[tuple[str, Any, Turns]]:
        if not text.strip():
            yield desk.thread(before, words), "", before
            return
        yield desk.waiting(text, before, words), "", before
        after = [*before, desk.ask(text, words)][-TURNS:]
        yield desk.thread(after, words), gr.skip(), after  # by now the next question may be in the box

    def ask_again(event: gr.EventData, before: Turns) -> Iterator[tuple[str, Any, Turns]]:
        """A question that stood in the address bar when the page was opened."""
        yield from ask(_text(event, "question")[:LONGEST], before)

    def show(event: gr.EventData) -> str:
        span = Span(_number(event, "start"), _number(event, "end"))
        return desk.source(_text(event, "question"), _text(event, "document"), span, words)

    outputs = [thread, question, turns]
    question.submit(
        ask,
        [question, turns],
        outputs,
        concurrency_limit=AT_ONCE,
        js="(text, turns) => window.yuanhua.asked(text, turns)",
        **Private,
    )
    bridge.asked(ask_again, [turns], outputs, concurrency_limit=AT_ONCE, **Private)
    bridge.opened(show, None, source, queue=False, **Private)
    page.load(lambda before: desk.thread(before, words), turns, thread, **Private)


def _tracing(desk: Desk, words: Words) -> Callable[[object], str]:
    """The function that the page's script calls as `server.why`; no event, since its result belongs to one answer."""

    def why(asked: object) -> str:
        return desk.why(_field(asked, "question"), _field(asked, "sentence"), words)

    return why


def _wire_corpus(
    desk: Desk,
    words: Words,
    page: gr.Blocks,
    bridge: gr.HTML,
    tab: gr.Tab,
    status: gr.HTML,
    corpus: gr.HTML,
    files: gr.File,
    rebuild: gr.Button,
    timer: gr.Timer,
) -> None:
    rebuilding = gr.State(False)  # whether this page was last shown a running rebuild

    def add(paths: Sequence[str] | None) -> tuple[str, str, None]:
        uploads = [Path(path) for path in paths or []]
        note = desk.add(uploads, words) if uploads else ""
        for upload in uploads:
            upload.unlink(missing_ok=True)
        return *desk.corpus(words, note), None

    def remove(event: gr.EventData) -> tuple[str, str]:
        return desk.corpus(words, desk.remove(_text(event, "name"), words))

    def start() -> tuple[str, Any, bool]:
        if desk.rebuilds.start():
            return desk.progress(words), gr.Timer(value=BUSY), True
        return desk.progress(words, words["busy"]), gr.Timer(value=BUSY), True

    def tick(was_running: bool) -> tuple[Any, Any, Any, Any]:
        if desk.rebuilds.job.running:
            return desk.progress(words), gr.skip(), gr.Timer(value=BUSY), True
        if was_running:
            return *desk.corpus(words), gr.Timer(value=IDLE), False
        return gr.skip(), gr.skip(), gr.skip(), gr.skip()

    page.load(lambda: desk.corpus(words), None, [status, corpus], **Private)
    tab.select(lambda: desk.corpus(words), None, [status, corpus], **Private)
    files.upload(add, files, [status, corpus, files], **Private)
    bridge.removed(remove, None, [status, corpus], **Private)
    rebuild.click(start, None, [status, timer, rebuilding], **Private)
    timer.tick(tick, rebuilding, [status, corpus, timer, rebuilding], queue=False, **Private).then(
        None, js="() => window.yuanhua.refresh()"
    )


def _text(event: gr.EventData, field: str) -> str:
    return _field(event._data, field)


def _field(data: object, field: str) -> str:
    """What the browser sent, which may be anything."""
    value = data.get(field) if isinstance(data, dict) else None
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def _number(event: gr.EventData, field: str) -> int:
    value = event._data.get(field) if isinstance(event._data, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
