"""The page; the only importer of gradio."""

import asyncio
import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

# Both are read when gradio is imported. Its own choice for uploads is a folder that everybody knows, for ever.
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ["GRADIO_TEMP_DIR"] = UPLOADS = tempfile.mkdtemp(prefix="yuanhua-")
atexit.register(shutil.rmtree, UPLOADS, ignore_errors=True)
import gradio as gr
from fastapi import FastAPI
from gradio import processing_utils, routes
from gradio.state_holder import StateHolder
from gradio.utils import LRUCache

from index.documents import LARGEST_BINARY
from index.types import YuanhuaError
from rag.query import LONGEST
from ui import render
from ui.address import read_address
from ui.conversation import Conversation, Drawn, Turns, field_of
from ui.desk import Desk
from ui.fetching import fetch_nothing
from ui.jobs import Job
from ui.limiter import AT_ONCE
from ui.model import NotSettable
from ui.origins import is_proxied
from ui.quoting import LONGEST_TEXT
from ui.room import Drawn as RoomDrawn
from ui.room import Room, Shown
from ui.served import served
from ui.words import WORDS, Words

HERE = Path(__file__).parent
BUSY, IDLE = 0.5, 3.0  # seconds between two looks at the rebuild, while one is running and while none is
MODELS = 16  # readers who wait for a language model at once
WAITING = 500  # events; whoever comes then is told that it is full
LOOKING = 0.01  # seconds between two looks of gradio's at its queue; its own choice costs a tenth of a processor
SCRIPTS = (  # as one
    *("memory.js", "asking.js", "model.js", "page.js", "keeping.js"),
    *("corpus.js", "quoting.js", "everyone.js"),
)
STYLES = (
    *("page.css", "model.css", "keeping.css", "corpus.css"),
    *("map.css", "quoting.css", "everyone.css"),
)
PINNING = 1.0  # seconds that a reader who has pinned a question waits to see it among the others
PAGES, CLOSED = 300, 20  # of which is known what was asked: at most, and of those that were closed

fetch_nothing(processing_utils, routes, partial(gr.Error, print_exception=False))

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
    page.state_session_capacity = PAGES
    page.queue(max_size=WAITING, api_open=False)  # what waits in the queue runs nowhere else
    page._queue.sleep_when_free = LOOKING
    page._queue.pending_messages_per_session = Streams(page._queue.pending_messages_per_session.max_size)
    gr.mount_gradio_app(
        app,
        page,
        path=f"/{language}",
        theme=gr.themes.Base(font=sans, font_mono=["ui-monospace", "monospace"]),
        css_paths=[HERE / name for name in STYLES],
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        show_error=False,
        max_file_size=LARGEST_BINARY,  # of text less is read, as whoever adds it is told
    )


class Streams(LRUCache[str, Any]):
    """What waits to be sent, by open page. Each of its streams that breaks off deletes its page's messages, and where
    two do at once, the second one finds none; gradio takes that for a fault."""

    def __delitem__(self, page: str) -> None:
        if page in self:
            super().__delitem__(page)


def build_page(desk: Desk, language: str, *, login: bool = False) -> gr.Blocks:
    words = WORDS[language]
    room = Room(desk, words)
    page: gr.Blocks
    with gr.Blocks(title=words["title"], analytics_enabled=False, fill_width=True) as page:
        turns = gr.State([])
        # What the browser knows and sends along with a question.
        here, chosen, kept = (gr.Textbox(visible="hidden") for _ in range(3))
        script = "".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS)
        bridge = gr.HTML("", visible="hidden", js_on_load=script, server_functions=served(desk, room, words))
        gr.HTML(_masthead(language, words, login=login), elem_id="masthead", apply_default_css=False, js_on_load=None)
        with gr.Row(elem_id="book"):
            with gr.Column(elem_id="left", min_width=0), gr.Tabs(elem_id="tabs"):
                with gr.Tab(words["ask_tab"], id="ask", elem_id="ask-room"):
                    pins = gr.HTML("", elem_id="pins", apply_default_css=False, js_on_load=_SHOW_PINNED)
                    thread, suggestions, (behind, news), scope, model, question = _conversation(desk, words)
                with gr.Tab(words["corpus_tab"], id="corpus", elem_id="corpus-room") as corpus_tab:
                    status, halt, corpus, files = _corpus_room(words)
                with gr.Tab(words["map_tab"], id="map", elem_id="map-room"):
                    _map_room(desk, words)
                with gr.Tab(words["quotes_tab"], id="quotes", elem_id="quotes-room"):
                    form = render.quoting_html(words, LONGEST_TEXT)
                    gr.HTML(form, elem_id="quoting", apply_default_css=False, js_on_load=None)
            with gr.Column(elem_id="right", min_width=0):
                gr.HTML(f'<p class="warning unread">{words["unread"]}</p>', apply_default_css=False, js_on_load=None)
                source = gr.HTML("", elem_id="source", apply_default_css=False, js_on_load=_SHOW_HIT)
        timer = gr.Timer(IDLE)
        _wire_conversation(desk, words, bridge, turns, thread, question, source, (here, chosen, kept))
        _wire_choices(desk, words, page, bridge, (scope, suggestions, behind, pins, news), timer)
        _wire_model(desk, words, page, bridge, model)
        shown = gr.State(Shown())
        _wire_corpus(room, page, bridge, corpus_tab, (status, corpus, shown), files)
        _wire_rebuild(desk, room, words, bridge, (status, halt, corpus, shown), timer)
        page.unload(lambda: forget_closed(page.state_holder))
    return page


def forget_closed(holder: StateHolder) -> None:
    """gradio keeps all it ever showed to each of its last readers. A page whose connection broke may come back, and as
    it looks at the rebuild all the time, it is among the last that are kept."""
    closed = [session for session, state in list(holder.session_data.items()) if state.is_closed]
    for session in closed[:-CLOSED]:
        holder.session_data.pop(session, None)
        holder.time_last_used.pop(session, None)


# Scrolls to what is cited whenever an essay is opened, and to the newest question whenever one is asked.
_SHOW_HIT = (
    "new MutationObserver(() => window.yuanhua?.showHit(element))"
    ".observe(element, { childList: true, subtree: true, attributeFilter: ['id', 'data-at'] });"
)
_SHOW_PINNED = "watch('value', () => window.yuanhua?.showPinned());"
_SHOW_LAST = "watch('value', () => window.yuanhua?.showLast(element));"


def _masthead(language: str, words: Words, *, login: bool) -> str:
    other = "en" if language == "zh" else "zh"
    switch = f'<a class="language" href="../{other}/" hreflang="{other}" lang="{other}">{words["other_language"]}</a>'
    leave = f'<form method="post" action="../logout"><button class="logout">{words["logout"]}</button></form>'
    # What the scripts say and name, and where it says what changes by itself.
    names = " ".join(f'data-{name}="{words[word]}"' for name, word in _NAMES.items())
    voice = '<div class="hidden" id="said" role="status"></div>'
    opening = f"<header role='banner' {names}><h1>{words['title']}</h1><p>{words['tagline']}</p>"
    return f"{opening}{switch}{leave if login else ''}{voice}</header>"


_NAMES = {
    "question": "question_label",
    "upload": "upload",
    "leaf": "leaf",
    "tabs": "more_tabs",
    "next": "asked_next",
    "away": "away",
}


def _conversation(
    desk: Desk, words: Words
) -> tuple[gr.HTML, gr.HTML, tuple[gr.HTML, gr.HTML], gr.HTML, gr.HTML, gr.Textbox]:
    thread = gr.HTML("", elem_id="thread", apply_default_css=False, js_on_load=_SHOW_LAST)
    suggestions = gr.HTML("", elem_id="suggestions", apply_default_css=False, js_on_load=None)
    gr.HTML(render.past_html(words), elem_id="past", apply_default_css=False, js_on_load=None)
    with gr.Column(elem_id="asking"):
        behind = gr.HTML("", elem_id="behind", apply_default_css=False, js_on_load=None)
        news = gr.HTML("", elem_id="pin-news", apply_default_css=False, js_on_load=None)
        scope = gr.HTML("", elem_id="scope", apply_default_css=False, js_on_load=None)
        drawn = render.model_html(desk.model, words)
        model = gr.HTML(drawn, elem_id="model", apply_default_css=False, js_on_load=None)
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
    return thread, suggestions, (behind, news), scope, model, question


def _corpus_room(words: Words) -> tuple[gr.HTML, gr.HTML, gr.HTML, gr.File]:
    with gr.Row(elem_id="standing"):
        status = gr.HTML("", elem_id="status", apply_default_css=False, js_on_load=None)
        buttons = render.halt_html(Job(), words)
        halt = gr.HTML(buttons, elem_id="halt", apply_default_css=False, js_on_load=None)
    # Which kinds are read is said by us and not by gradio, which knows no Chinese and keeps the good ones out too.
    files = gr.File(label=words["upload"], file_count="multiple", show_label=False, elem_id="upload", height=120)
    gr.HTML(f'<p class="limits">{words["limits"]}</p>', apply_default_css=False, js_on_load=None)
    corpus = gr.HTML("", elem_id="corpus-list", apply_default_css=False, js_on_load=None)
    return status, halt, corpus, files


def _map_room(desk: Desk, words: Words) -> None:
    """Its script asks for the map, and for the marks of a question, when the reader sees them."""

    def look(seen: object) -> dict[str, str]:
        return desk.maps.look(seen if isinstance(seen, str) else "", words)

    def marks(address: object) -> str:
        return desk.maps.marks(read_address(address if isinstance(address, str) else ""), words)

    script = (HERE / "map.js").read_text(encoding="utf-8")
    frame = f'<h2 class="hidden">{words["map_tab"]}</h2><div class="map"></div>'
    gr.HTML(frame, elem_id="map", apply_default_css=False, js_on_load=script, server_functions=[look, marks])


def _wire_conversation(
    desk: Desk,
    words: Words,
    bridge: gr.HTML,
    turns: gr.State,
    thread: gr.HTML,
    question: gr.Textbox,
    source: gr.HTML,
    known: tuple[gr.Textbox, gr.Textbox, gr.Textbox],
) -> None:
    """`known`: what the browser sends along with a question."""
    talk = Conversation(desk, words, gr.Textbox)
    opening = asyncio.Semaphore(AT_ONCE)

    def ask_again(event: gr.EventData, before: Turns) -> Iterator[Drawn]:
        yield from talk.ask_again(event._data, before)

    def restore(event: gr.EventData) -> Iterator[Drawn]:
        yield from talk.restore(event._data)

    async def show(event: gr.EventData, before: Turns) -> str:
        async with opening:  # whoever waits here takes no thread from the others
            return await asyncio.to_thread(talk.show, event._data, before)

    def summarise(event: gr.EventData, before: Turns) -> Iterator[Drawn]:
        yield from talk.summarise(event._data, before)

    outputs = [thread, question, turns]
    # Who waits for a language model keeps nobody else waiting; and one that was stopped may not have ended yet.
    apart: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": MODELS, "concurrency_id": "summaries"}
    bridge.summarised(summarise, [turns], outputs, **apart, **Private)
    bridge.unwanted(_sent_alone(talk.leave_summary), None, None, queue=False, **Private)
    queued: dict[str, Any] = {"concurrency_limit": AT_ONCE, "concurrency_id": "questions"}
    restored = bridge.restored(restore, None, outputs, concurrency_limit=AT_ONCE, **Private)
    submitted = question.submit(
        talk.ask,
        [question, *known, turns],
        outputs,
        **queued,
        js="(text, here, chosen, kept, turns) => window.yuanhua.asked(text, turns)",
        cancels=[restored],  # or what comes back would take the place of the answer
        **Private,
    )
    again = bridge.asked(ask_again, turns, outputs, **queued, js="(turns) => window.yuanhua.taken(turns)", **Private)
    name = gr.Textbox(visible="hidden")  # of the summary that is being written
    # Before what draws: gradio ends nothing until all that came before has been drawn. A summary ends by itself, since
    # it is drawn once more; what was cut off in the middle would stand there for ever.
    question.stop(None, cancels=[restored, submitted, again], **Private)
    sent = "(name, turns) => [window.yuanhua.stopped(), turns]"
    question.stop(talk.stop, [name, turns], outputs, js=sent, queue=False, **Private)
    # What is opened while another essay is on its way is opened too; gradio would leave it out.
    bridge.opened(show, turns, source, queue=False, trigger_mode="multiple", **Private)


def _wire_choices(
    desk: Desk,
    words: Words,
    page: gr.Blocks,
    bridge: gr.HTML,
    drawn: tuple[gr.HTML, gr.HTML, gr.HTML, gr.HTML, gr.HTML],
    timer: gr.Timer,
) -> None:
    """What the corpus offers: whom to ask, and what; whether the index has fallen behind it; and what became of the
    pinned questions. All of them follow."""
    scope, suggestions, behind, pins, news = drawn
    shown = gr.State(("", ""))  # the digests of the indexes that scope and suggestions were made from
    was_behind = gr.State(False)
    shown_pins = gr.State("")

    def choices(before: tuple[str, str]) -> tuple[Any, Any, tuple[str, str]]:
        digest = desk.digest()
        form = desk.scope(words) if before[0] != digest else gr.skip()
        questions = desk.suggestions(words) if before[1] != digest else None
        if questions is None:  # shown already, or not made yet
            return form, gr.skip(), (digest, before[1])
        return form, render.suggestions_html(questions, words), (digest, digest)

    def pinned(before: str, seconds: float = 0.0) -> tuple[Any, Any, str]:
        return desk.pins(before, words, seconds) or (gr.skip(), gr.skip(), before)

    def first(before: tuple[str, str], pins: str) -> tuple[Any, ...]:
        return *choices(before), *pinned(pins)

    def look(before: tuple[str, str], was: bool, pins: str) -> tuple[Any, ...]:
        """In one request, since every open page looks every few seconds."""
        now = desk.behind()
        is_behind = render.behind_html(words, behind=now) if now != was else gr.skip()
        return *choices(before), *pinned(pins), is_behind, now

    seen = [scope, suggestions, shown, pins, news, shown_pins]
    page.load(first, [shown, shown_pins], seen, **Private)
    timer.tick(look, [shown, was_behind, shown_pins], [*seen, behind, was_behind], queue=False, **Private)
    bridge.repinned(lambda before: pinned(before, PINNING), shown_pins, seen[3:], queue=False, **Private)


def _wire_model(desk: Desk, words: Words, page: gr.Blocks, bridge: gr.HTML, model: gr.HTML) -> None:
    def choose(event: gr.EventData, request: gr.Request) -> str:
        sent = event._data
        try:
            if is_proxied(request.headers):
                raise NotSettable
            if field_of(sent, "leave"):
                desk.model.leave()
            else:
                url, name, key = (field_of(sent, field).strip() for field in ("url", "name", "key"))
                desk.model.choose(url, name, key)
        except YuanhuaError as error:
            return render.model_html(desk.model, words, note=error.said(words["code"]), opened=True)
        return render.model_html(desk.model, words, opened=True)

    page.load(lambda: render.model_html(desk.model, words), None, model, **Private)
    bridge.modelled(choose, None, model, queue=False, **Private)


def _wire_corpus(
    room: Room,
    page: gr.Blocks,
    bridge: gr.HTML,
    tab: gr.Tab,
    drawn: tuple[gr.HTML, gr.HTML, gr.State],
    files: gr.File,
) -> None:
    shown = drawn[2]
    left = gr.Textbox(visible="hidden")  # what was not sent, as the browser fills it in

    def add(paths: Sequence[str] | None, left: str, before: Shown) -> tuple[str, str, Shown, None]:
        return *room.add([Path(path) for path in paths or []], left, before), None

    outputs = list(drawn)
    loaded = page.load(room.open, None, outputs, **Private)
    selected = tab.select(room.open, None, outputs, **Private)
    sent = "(files, left, shown) => [files, window.yuanhua.left(), shown]"
    files.upload(add, [files, left, shown], [*outputs, files], js=sent, **Private)
    # Several may be removed, or sent, in a row, faster than the list is drawn.
    in_turn: dict[str, Any] = {"trigger_mode": "multiple", "concurrency_limit": 1, "concurrency_id": "room"}
    bridge.left(_sent(room.leave_out), shown, outputs, **in_turn, **Private)
    bridge.edited(_sent(room.edited), shown, outputs, **in_turn, **Private)
    # A list that was asked for before would be drawn over what was removed, with the way to undo it.
    bridge.removed(_sent(room.remove), shown, outputs, cancels=[loaded, selected], **in_turn, **Private)
    bridge.undone(_sent(room.undo), shown, outputs, **in_turn, **Private)


def _sent_alone(handle: Callable[[object], None]) -> Callable[..., None]:
    def handler(event: gr.EventData) -> None:
        handle(event._data)

    return handler


def _sent(handle: Callable[[object, Shown], RoomDrawn]) -> Callable[..., RoomDrawn]:
    def handler(event: gr.EventData, before: Shown) -> RoomDrawn:
        return handle(event._data, before)

    return handler


def _wire_rebuild(
    desk: Desk,
    room: Room,
    words: Words,
    bridge: gr.HTML,
    rooms: tuple[gr.HTML, gr.HTML, gr.HTML, gr.State],
    timer: gr.Timer,
) -> None:
    status, halt, corpus, shown = rooms
    buttons = gr.State(render.halt_html(Job(), words))  # those that this page shows
    was = gr.State((0, IDLE))  # how many rebuilds had ended when it looked last, and how often it looks

    def start() -> tuple[str, Any, Shown, tuple[int, float]]:
        ended = desk.rebuilds.ended
        desk.rebuilds.start()
        return desk.progress(words), gr.Timer(value=BUSY), Shown(), (ended, BUSY)

    def stop(before: Shown) -> str:
        desk.rebuilds.stop()
        return desk.progress(words, before.note)

    def tick(before: Shown, drawn: str, was: tuple[int, float]) -> tuple[Any, ...]:
        now = desk.rebuilds.ended, BUSY if desk.rebuilds.under_way else IDLE
        html = render.halt_html(desk.rebuilds.job, words)
        status: Any = gr.skip()
        corpus: Any = gr.skip()
        if desk.rebuilds.job.running:
            status = desk.progress(words, before.note)
        elif now[0] != was[0] or now[1] > was[1]:
            status, corpus = room.again(before)
        pace = gr.Timer(value=now[1]) if now[1] != was[1] else gr.skip()
        return status, gr.skip() if html == drawn else html, corpus, pace, html, now

    bridge.rebuilt(start, None, [status, timer, shown, was], **Private)
    bridge.halted(stop, shown, status, queue=False, **Private)
    drawn = [status, halt, corpus, timer, buttons, was]
    timer.tick(tick, [shown, buttons, was], drawn, queue=False, **Private).then(
        None, js="() => window.yuanhua.refresh()"
    )
