"""The essays for assistants, over the Model Context Protocol: on standard input and output, and at /mcp of the page."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, BinaryIO, NoReturn

import anyio
import anyio.to_thread
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from mcp import MCPError, types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.message import SessionMessage
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from index.library import Library
from index.types import YuanhuaError
from rag.essays import Essays
from ui import __version__, guidance, terminal
from ui.limiter import AT_ONCE
from ui.tools import TOOLS, Arguments, Tool, language

PATH = "/mcp"
WAITING = 50  # calls that wait for these; whoever comes then is told so

Context = ServerRequestContext[Any, Any]
Saying = Callable[[YuanhuaError, str], str]
"""An error, and the language that it is said in."""

_log = logging.getLogger(__name__)


class Busy(YuanhuaError):
    """Too many calls are waiting."""


def make_server(essays: Essays, said: Saying, looked_at: Callable[[], None] = lambda: None) -> Server[Any]:
    """`looked_at`: told when a client looks at the tools, and so is about to use them."""
    room = anyio.CapacityLimiter(AT_ONCE)

    async def list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        looked_at()
        return types.ListToolsResult(tools=[_described(tool) for tool in TOOLS.values()])

    async def call_tool(_context: Context, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = TOOLS.get(params.name)
        if tool is None:
            names = ", ".join(TOOLS)
            raise MCPError(types.INVALID_PARAMS, f"There is no such tool; the tools are {names}.")
        given = params.arguments or {}
        if room.statistics().tasks_waiting >= WAITING:
            return _refused(said(_busy(), language(given)))
        return await anyio.to_thread.run_sync(_called, tool, essays, given, said, limiter=room)

    server: Server[Any] = Server(
        "yuanhua",
        title="原话 Yuanhua",
        version=__version__,
        instructions=guidance.INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    server.middleware.clear()  # the library's own tells telemetry of every call, where there is some
    return server


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes,
        output_schema=tool.gives,
        annotations=types.ToolAnnotations(
            title=tool.title, read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
        ),
    )


def _called(tool: Tool, essays: Essays, given: Arguments, said: Saying) -> types.CallToolResult:
    try:
        told = tool.call(essays, given)
    except YuanhuaError as error:
        return _refused(said(error, language(given)))
    except OSError as error:
        return _refused(f"The index cannot be read just now ({error.strerror or type(error).__name__}); try again.")
    except Exception as error:
        _log.exception("%s", tool.name)
        reason = "Something went wrong here, and not with the question; whoever runs this server finds it in its log."
        raise MCPError(types.INTERNAL_ERROR, reason) from error
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=told.text)], structured_content=told.record
    )


def _refused(sentence: str) -> types.CallToolResult:
    return types.CallToolResult(content=[types.TextContent(type="text", text=sentence)], is_error=True)


def _busy() -> Busy:
    return Busy("Too many questions are waiting; ask again in a moment.", "等候的问题太多，请稍后再问。")


def mount_mcp(app: Starlette, essays: Essays) -> None:
    """Serve at /mcp for as long as the app runs, behind whatever stands before the app."""
    page = OverHttp(make_server(essays, YuanhuaError.said))
    app.router.routes.append(Route(PATH, page))
    others = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Any]:
        async with others(app) as state, page.running():
            yield state

    app.router.lifespan_context = lifespan


class OverHttp:
    """Every request stands for itself and is answered with JSON: there are no sessions, and no streams to keep open."""

    def __init__(self, server: Server[Any]) -> None:
        self._server = server
        self._manager: StreamableHTTPSessionManager | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        manager = StreamableHTTPSessionManager(self._server, json_response=True, stateless=True)
        async with manager.run():
            self._manager = manager
            try:
                yield
            finally:
                self._manager = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "POST":
            text = "Assistants ask here, with POST (Model Context Protocol).\n"
            await PlainTextResponse(text, 405, {"allow": "POST"})(scope, receive, send)
        elif self._manager is None:
            await PlainTextResponse("The server is starting or ending; try again.\n", 503)(scope, receive, send)
        else:
            await self._answer(self._manager, scope, receive, send)

    async def _answer(self, manager: StreamableHTTPSessionManager, scope: Scope, receive: Receive, send: Send) -> None:
        """The app bounds how large a body is. It is read here, since the library takes one that is broken off for a
        fault of its own."""
        try:
            body = await Request(scope, receive).body()
        except ClientDisconnect:
            return
        whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def read() -> Message:
            return whole.pop() if whole else await receive()

        await manager.handle_request(scope, read, send)


def over_stdio(library: Library) -> NoReturn:
    """Until standard input ends, and what was asked is answered. Standard output carries the protocol and nothing else:
    whatever else is printed goes to standard error."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(128 + signal.SIGINT))
    wire = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    if sys.stdin.isatty():
        terminal.say("Assistants start this program and talk to it in JSON; Ctrl-C ends it.")
    server = make_server(Essays(library), _said_at_home, partial(_begin_to_warm_up, library))
    asyncio.run(_converse(server, Wire(sys.stdin.buffer, wire)))
    sys.stderr.flush()
    os._exit(0)  # a thread that still loads the encoder must not be waited for


def _begin_to_warm_up(library: Library) -> None:
    """Load the encoder before the first question, and after the greeting, which a client does not wait for long."""
    threading.Thread(target=_warm_up, args=(library,), name="warm-up", daemon=True).start()


def _warm_up(library: Library) -> None:
    with contextlib.suppress(YuanhuaError, OSError):  # whoever asks is told why
        library.encoder_of(library.index).load()


def _said_at_home(error: YuanhuaError, language: str) -> str:
    """With the folders' names, since whoever asks sits at this machine."""
    return error.chinese if language == "zh" else str(error)


async def _converse(server: Server[Any], wire: "Wire") -> None:
    heard, messages = anyio.create_memory_object_stream[SessionMessage | Exception]()
    answers, said = anyio.create_memory_object_stream[SessionMessage]()
    async with anyio.create_task_group() as group:
        group.start_soon(wire.hear, heard)
        group.start_soon(wire.say, said)
        await server.run(messages, answers, server.create_initialization_options())


class Wire:
    """One client's messages, a line each. What it asked is answered before the end."""

    def __init__(self, lines: BinaryIO, out: BinaryIO) -> None:
        self._lines, self._out = lines, out
        self._open: set[types.RequestId] = set()
        self._answered = asyncio.Event()

    async def hear(self, server: MemoryObjectSendStream[SessionMessage | Exception]) -> None:
        loop, queue = asyncio.get_running_loop(), asyncio.Queue[bytes]()

        def put(line: bytes) -> None:
            loop.call_soon_threadsafe(queue.put_nowait, line)

        # A thread of our own: one that waits for a line cannot be cancelled, and must not be waited for.
        threading.Thread(target=_read, args=(self._lines, put), daemon=True).start()
        async with server:
            while line := await queue.get():
                message = self._message(line)
                if message is not None:
                    self._note(message)
                    await server.send(SessionMessage(message))
            while self._open:
                self._answered.clear()
                await self._answered.wait()

    def _message(self, line: bytes) -> types.JSONRPCMessage | None:
        """None where it is none, which its sender is told."""
        try:
            raw = json.loads(line.decode("utf-8-sig").strip() or "null")
        except (ValueError, RecursionError):
            self._refuse(None, types.PARSE_ERROR, "This line is not JSON in UTF-8.")
            return None
        try:
            return None if raw is None else types.jsonrpc_message_adapter.validate_python(raw, by_name=False)
        except ValueError:
            asked = raw.get("id") if isinstance(raw, dict) and "method" in raw else None
            asked = asked if isinstance(asked, int | str) else None
            self._refuse(asked, types.INVALID_REQUEST, "This line is not one message of JSON-RPC 2.0.")
            return None

    def _refuse(self, id: types.RequestId | None, code: int, reason: str) -> None:
        self._write(types.JSONRPCError(jsonrpc="2.0", id=id, error=types.ErrorData(code=code, message=reason)))

    def _note(self, message: types.JSONRPCMessage) -> None:
        if isinstance(message, types.JSONRPCRequest):
            self._open.add(message.id)
        elif isinstance(message, types.JSONRPCNotification) and message.method == "notifications/cancelled":
            self._open.discard((message.params or {}).get("requestId", ""))

    async def say(self, answers: MemoryObjectReceiveStream[SessionMessage]) -> None:
        async for answer in answers:
            message = answer.message
            self._write(message)
            if isinstance(message, types.JSONRPCResponse | types.JSONRPCError) and message.id is not None:
                self._open.discard(message.id)
                self._answered.set()

    def _write(self, message: types.JSONRPCMessage) -> None:
        """In ASCII, since some clients take more for the end of a line than there is."""
        line = json.dumps(message.model_dump(mode="json", by_alias=True, exclude_unset=True))
        try:
            self._out.write(f"{line}\n".encode("ascii"))
            self._out.flush()
        except OSError:
            os._exit(0)  # nobody reads on; there is nothing left to say


def _read(lines: BinaryIO, put: Callable[[bytes], object]) -> None:
    with contextlib.suppress(OSError, RuntimeError):  # nobody listens any more
        for line in lines:
            put(line)
        put(b"")
