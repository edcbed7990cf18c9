"""What may be sent to the page: how much and of which kinds, while it arrives; and how long it may lie about."""

import asyncio
import contextlib
import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header
from starlette.datastructures import Headers, QueryParams
from starlette.formparsers import MultiPartException
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from index.corpus import MOST_FILES
from index.documents import check_kind, largest, printable
from index.problems import Unreadable
from index.scan import ARCHIVE
from ui.faults import Refused, is_of_program, problem_in
from ui.prefix import route_path
from ui.words import LANGUAGES, WORDS, preferred

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks  # it has this for types only

PLACES = tuple(f"/{language}/gradio_api/upload" for language in LANGUAGES)
PROGRESS = tuple(f"{place}_progress" for place in PLACES)  # where the browser listens how far one is
LARGEST_REQUEST = 1_000_000_000  # bytes of an upload
LARGEST_EVENT = 400_000  # bytes of any other request: a click, a question, what is kept of a conversation
AT_ONCE = 4  # uploads
ROOM = 2_000_000_000  # bytes of all files that wait to be taken into the corpus
LONGEST, SILENT = 3600.0, 60.0  # seconds that an upload may take, and that nothing of any request may arrive
LONGEST_EVENT = 60.0  # seconds that any other request may take to come
SLOWEST = 10_000  # bytes of it a second, after the first SILENT: others wait for its place
AGE, FRESH = 2 * LONGEST, 600.0  # seconds that such a file is kept at most, and at least
TIDY = 300.0  # seconds between two looks at them
PATIENCE = 30.0  # seconds that the rest of a refused request is listened to: browsers read no answer before its end


def _said(size: int) -> str:
    return f"{size // 1_000_000} MB" if size >= 1_000_000 else f"{size // 1_000} KB"


class Amount:
    """Counts a body as it streams in."""

    def __init__(self, most: int = LARGEST_EVENT) -> None:
        self._left = self._most = most
        self._began = 0.0

    @property
    def taken(self) -> float:
        """Seconds since it was listened to first; some wait before they are."""
        self._began = self._began or time.monotonic()
        return time.monotonic() - self._began

    def expect(self, size: int) -> None:
        """Raises Refused."""
        if size > self._left:
            raise Refused(
                413,
                f"More than {_said(self._most)} at once; send it in parts.",
                f"一次不能超过 {_said(self._most)}，请分几次。",
            )

    def write(self, data: bytes) -> None:
        """Raises Refused."""
        self.expect(len(data))
        self._left -= len(data)
        if self.is_slow(self.taken):
            raise _too_slow()

    def is_slow(self, taken: float) -> bool:
        return taken > LONGEST_EVENT


class Files(Amount):
    """Looks at the files of an upload as it streams in, and keeps nothing of them."""

    def __init__(self, content_type: str) -> None:
        super().__init__(LARGEST_REQUEST)
        self._began = time.monotonic()
        self._count = self._size = 0
        self._name = ""
        self._field = self._value = self._disposition = b""
        self._parser = _parser(content_type, self._callbacks())

    def write(self, data: bytes) -> None:
        super().write(data)
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _malformed() from error

    def is_slow(self, taken: float) -> bool:
        return taken > LONGEST or self._most - self._left < SLOWEST * (taken - SILENT)

    def _callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._read_field,
            "on_header_value": self._read_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._look_at,
            "on_part_data": self._weigh,
        }

    def _begin(self) -> None:
        self._size = 0
        self._disposition = b""

    def _read_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _read_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value  # the last one counts, as it does for gradio
        self._field = self._value = b""

    def _look_at(self) -> None:
        options = parse_options_header(self._disposition)[1]
        if options.get(b"name") != b"files" or not options.get(b"filename"):
            raise _malformed()  # gradio keeps whatever is no file in memory
        self._name = options[b"filename"].decode("utf-8", "replace")
        self._count += 1
        if self._count > MOST_FILES:
            raise Refused(
                413,
                f"More than {MOST_FILES} files at once; upload them in parts.",
                f"一次最多上传 {MOST_FILES} 个文件，请分几次。",
            )
        if not self._name.lower().endswith(ARCHIVE):
            try:
                check_kind(self._name)
            except Unreadable as error:
                name = printable(self._name)
                raise Refused(415, f"{name}: {error}.", f"{name}：{error.chinese}。") from error

    def _weigh(self, _data: bytes, start: int, end: int) -> None:
        self._size += end - start
        most = largest(self._name)
        if self._size > most:
            name, megabytes = printable(self._name), most // 1_000_000
            raise Refused(
                413,
                f"{name}: it is larger than the {megabytes} MB that a file of its kind may have; split it.",
                f"{name}：超过了这类文件 {megabytes} MB 的上限，请拆开。",
            )


def _parser(content_type: str, callbacks: "MultipartCallbacks") -> MultipartParser:
    kind, options = parse_options_header(content_type)
    # gradio would read the names of the files in the charset that is given.
    if kind != b"multipart/form-data" or options.get(b"charset", b"utf-8").lower() != b"utf-8":
        raise _malformed()
    try:
        return MultipartParser(options[b"boundary"], callbacks)
    except (KeyError, FormParserError) as error:
        raise _malformed() from error


def _malformed() -> Refused:
    return Refused(
        400, "This is no upload of files; choose them on the page.", "这不是上传的文件，请在页面上选择文件。"
    )


def _too_slow() -> Refused:
    return Refused(408, "The request took too long to come; send it in parts.", "传得太慢，请分几次。")


class Uploads:
    """Refuses what is too much or of another kind while it streams in, and clears away what nobody took."""

    def __init__(self, app: ASGIApp, folder: Path) -> None:
        self._app, self._folder = app, folder
        self._tidied = time.monotonic()
        self._under_way = 0
        self._refused: deque[str] = deque(maxlen=100)  # by what the browser calls them

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if time.monotonic() - self._tidied > TIDY:
            self._tidied = time.monotonic()
            await asyncio.to_thread(tidy, self._folder)
        try:
            body = body_of(scope)
        except Refused as refused:
            await _answer(refused, scope, receive, send)
            return
        if isinstance(body, Files):
            await self._upload(body, scope, receive, send)
        elif route_path(scope) in PROGRESS:
            await self._progress(scope, receive, send)
        else:
            await _take_in(self._app, body, scope, receive, send)

    async def _upload(self, body: Files, scope: Scope, receive: Receive, send: Send) -> None:
        self._under_way += 1
        try:
            await self._make_room()
            if await _take_in(self._app, body, scope, receive, send) is not None:
                self._refused.append(_called(scope))
        except Refused as refused:
            await _answer(refused, scope, receive, send)
        finally:
            self._under_way -= 1

    async def _progress(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Ends when its upload is refused: gradio would go on for ever, and a browser has six connections in all."""
        name = _called(scope)
        if name in self._refused:
            await Response(status_code=204)(scope, receive, send)
            return

        async def unless_refused() -> Message:
            return {"type": "http.disconnect"} if name in self._refused else await receive()

        await self._app(scope, unless_refused, send)

    async def _make_room(self) -> None:
        """Raises Refused."""
        if self._under_way > AT_ONCE:
            raise Refused(
                503, "Others are uploading files; try again in a moment.", "有人正在上传，请稍后再试。", retry_after=10
            )
        if await asyncio.to_thread(tidy, self._folder) > ROOM:
            raise Refused(
                503,
                "Too many uploaded files are waiting to be added; try again in ten minutes.",
                "等待加入的文件太多，请过十分钟再试。",
                retry_after=FRESH,
            )


def body_of(scope: Scope) -> Amount:
    """What looks at the body. Raises Refused for what the headers say already."""
    headers = Headers(scope=scope)
    content_type = headers.get("content-type", "")
    is_form = content_type.strip().lower().startswith("multipart/")
    if is_form and route_path(scope) not in PLACES:
        raise Refused(415, "Files are not taken here; upload them on the page.", "这里不收文件，请在页面上传。")
    body = Files(content_type) if is_form else Amount()
    size = headers.get("content-length", "")
    body.expect(int(size) if size.isdecimal() else 0)
    return body


async def _take_in(app: ASGIApp, body: Amount, scope: Scope, receive: Receive, send: Send) -> Refused | None:
    """Why it was not, if so."""
    asked = dict(scope)  # as it is now, since what is mounted changes the scope
    refused: Refused | None = None
    arriving, answered = True, False

    async def looked_at() -> Message:
        nonlocal refused, arriving
        uploading = arriving and isinstance(body, Files)
        try:
            message = await asyncio.wait_for(receive(), SILENT if arriving else None)
            if message["type"] == "http.request":
                arriving = message.get("more_body", False)
                body.write(message.get("body", b""))
            elif uploading:
                arriving = False
                raise _malformed()  # broken off
        except (Refused, TimeoutError) as error:
            refused = error if isinstance(error, Refused) else _too_slow()
            # Of all errors, this is the one at which gradio deletes what it has of the request.
            raise MultiPartException(str(refused)) from error
        return message

    async def unless_refused(message: Message) -> None:
        nonlocal answered
        if refused is None:
            answered = True
            await send(message)

    try:
        await app(scope, looked_at, unless_refused)
    except MultiPartException:
        if refused is None:
            raise
    if refused is not None and not answered:
        await _answer(refused, asked, receive, send, arriving=arriving)
    return refused


async def _answer(refused: Refused, scope: Scope, receive: Receive, send: Send, *, arriving: bool = True) -> None:
    """At once, for who listens while sending; then nothing more of the request is kept."""
    language = _language(scope)
    response: Response = PlainTextResponse(f"{refused.said(language)}\n", refused.status, refused.headers)
    if is_of_program(scope):
        response = problem_in(language, refused)
    response.headers["connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while arriving:
                arriving = (await receive()).get("more_body", False)
    await send({"type": "http.response.body", "body": b""})


def _called(scope: Scope) -> str:
    return QueryParams(scope["query_string"]).get("upload_id", "")


def _language(scope: Scope) -> str:
    first = route_path(scope).strip("/").split("/")[0]
    return first if first in WORDS else preferred(Headers(scope=scope).get("accept-language", ""))


def tidy(folder: Path) -> int:
    """Delete uploads that were never taken into the corpus: those that are old, and the oldest of too many. Returns the
    bytes that are left."""
    now = time.time()
    files = sorted(_files(folder))
    left = sum(size for _, size, _ in files)
    for modified, size, path in files:
        if now - modified > AGE or (left > ROOM and now - modified > FRESH):
            with contextlib.suppress(OSError):
                path.unlink()
                left -= size
    for place, _, _ in os.walk(folder, topdown=False):
        with contextlib.suppress(OSError):  # it is not empty
            if Path(place) != folder and now - Path(place).stat().st_mtime > AGE:
                Path(place).rmdir()
    return left


def _files(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """When each was written last, and its size."""
    for place, _, names in os.walk(folder):
        for name in names:
            path = Path(place, name)
            with contextlib.suppress(OSError):  # somebody took it just now
                state = path.stat()
                yield state.st_mtime, state.st_size, path
