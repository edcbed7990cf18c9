"""The HTTP API, for programs: what the page can do, under `/api/v1`, described at `/api/v1/openapi.json`."""

import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response, StreamingResponse
from starlette.exceptions import HTTPException
from starlette.routing import Match, Route

from index.documents import printable
from index.types import YuanhuaError
from rag.essays import MOST, Essays
from rag.query import clean
from rag.scope import Scope
from ui import __version__, schemas
from ui.asked import Asker, EventStream, Questions, Unexpected
from ui.desk import Desk
from ui.faults import PROBLEM, Refused, problem
from ui.limiter import AT_ONCE
from ui.linked import Links, build_record, in_pieces
from ui.records import Record
from ui.words import preferred

WAITING = 32  # questions that wait for their turn
PAGE = 100  # documents of one list, unless fewer or more are wanted
MOST_PAGES = 1_000_000_000  # documents that may be passed over

Names = Annotated[list[schemas.Name], Query(max_length=schemas.NAMES)]
Asked = Annotated[str, Query(json_schema_extra=schemas.ASKED)]
Most = Annotated[int, Query(ge=1, le=MOST)]


class Api(FastAPI):
    """Its description says how programs log in, where they have to, and of which kind its problems are."""

    login = False

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            described = super().openapi()
            for path in described["paths"].values():
                for operation in path.values():
                    for status, response in operation["responses"].items():
                        _mend(int(status), response["content"])
            if self.login:
                described["components"]["securitySchemes"] = {"basic": {"type": "http", "scheme": "basic"}}
                described["security"] = [{"basic": []}]
        return super().openapi()


def _mend(status: int, content: dict[str, Any]) -> None:
    """FastAPI describes a problem as of the kind that the route answers with, and a stream as one text as well."""
    if status >= 400:
        content |= {PROBLEM: content.pop(next(iter(content)))}
    for described in content.values():
        if "itemSchema" in described:
            described.pop("schema", None)


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may answer beside what it is for: these, and what every one may."""
    every = {400, 401, 403, 408, 413, 415, 422, 429, 500, *statuses}
    return {status: {"model": schemas.Problem, "description": HTTPStatus(status).phrase} for status in sorted(every)}


def make_api(desk: Desk, *, login: bool = False, at_once: int = AT_ONCE, waiting: int = WAITING) -> Api:
    """`login`: whether who asks has to; that is seen to before it comes here."""
    api = Api(
        title="Yuanhua",
        version=__version__,
        description="Ask a folder of essays; the answer is what the authors wrote, cited to the character.",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # to an absolute address, which behind a proxy may be one without https
    )
    api.login = login
    _add_handlers(api)
    _add_questions(api, desk, Questions(desk, at_once, waiting))
    _add_documents(api, Essays(desk.library))
    _add_index(api, desk)
    return api


def _links(request: Request) -> Links:
    return Links(str(request.scope.get("root_path", "")))


def _language(request: Request) -> str:
    return preferred(request.headers.get("accept-language", ""))


def _add_questions(api: FastAPI, desk: Desk, questions: Questions) -> None:
    essays = Essays(desk.library)

    def asker(question: schemas.Question, request: Request) -> Asker:
        return Asker(question, _links(request), _language(request), time.perf_counter())

    @api.post(
        "/v1/ask",
        response_model=schemas.Answer,
        response_model_exclude_unset=True,
        responses=problems(503),
        tags=["questions"],
    )
    async def ask(question: schemas.Question, request: Request) -> Response | Record:
        """What the essays say to a question, in their words; or, with `answered` false, what comes nearest."""
        answer = await questions.answer(asker(question, request), request.is_disconnected)
        return Response(status_code=204) if answer is None else answer  # 204: to nobody

    events = {"content": {EventStream.media_type: {"itemSchema": schemas.EVENT}}}

    @api.post(
        "/v1/ask/stream", response_class=EventStream, responses={200: events, **problems(503)}, tags=["questions"]
    )
    async def ask_stream(question: schemas.Question, request: Request) -> EventStream:
        """The same as it grows, as server-sent events: `searching` and `reading`, each `citation` once it has been
        compared with its file, and `answer`, which is whole; `summary` where one was asked for. After a second
        `reading` the citations so far do not count: a file was changed meanwhile. A `problem` ends it."""
        stages = questions.stages(question)
        first = await anext(stages)
        return EventStream(
            questions.events(asker(question, request), first, stages), headers={"cache-control": "no-store"}
        )

    @api.get("/v1/search", response_model=schemas.Hits, responses=problems(503), tags=["questions"])
    async def search(
        request: Request,
        q: Asked,
        k: Most = 10,
        essay: Names = [],  # noqa: B006 - FastAPI copies it
        author: Names = [],  # noqa: B006
        since: schemas.Day = "",
        until: schemas.Day = "",
    ) -> Record:
        """The passages that come nearest to a question, best first, whether or not one of them answers it."""
        scope, links = Scope(tuple(essay), tuple(author), since, until), _links(request)

        def found() -> Record:
            hits = essays.search(q, k, scope)
            digest = desk.library.index.manifest.digest
            return {"question": clean(q), "hits": [links.hit(hit) for hit in hits], "index": digest}

        return await questions.work.one(found)


def _add_documents(api: FastAPI, essays: Essays) -> None:
    @api.get("/v1/documents", response_model=schemas.Cards, responses=problems(503), tags=["essays"])
    def documents(
        request: Request,
        offset: Annotated[int, Query(ge=0, le=MOST_PAGES)] = 0,
        limit: Annotated[int, Query(ge=1, le=1000)] = PAGE,
    ) -> Record:
        """The essays in the index, without their texts."""
        cards, links = essays.documents, _links(request)
        end = offset + limit
        further = f"{links.root}/v1/documents?offset={end}&limit={limit}" if end < len(cards) else None
        shown = [links.card(card) for card in cards[offset:end]]
        return {"total": len(cards), "offset": offset, "documents": shown, "next": further}

    @api.get(
        "/v1/documents/{name:path}", response_model=schemas.Document, responses=problems(404, 503), tags=["essays"]
    )
    def document(request: Request, name: Annotated[str, Path(max_length=schemas.LONGEST_NAME)]) -> Response:
        """An essay with its text, by its name."""
        found = essays.document(name)
        card = _links(request).card(found) | {"current": essays.is_current(found.name)}
        return StreamingResponse(in_pieces(card, found.text), media_type="application/json")

    @api.get("/v1/passages/{id}", response_model=schemas.Passage, responses=problems(404, 503), tags=["essays"])
    def passage(request: Request, id: Annotated[str, Path(max_length=schemas.LONGEST_NAME)]) -> Record:
        """A place in an essay, exact to the character, with what stands around it, by the id that an answer has."""
        found = essays.excerpt(id)
        return _links(request).passage(found, current=essays.is_current(found.document.name))


def _add_index(api: FastAPI, desk: Desk) -> None:
    rebuilds = desk.rebuilds

    def build_of(request: Request) -> Record:
        return build_record(rebuilds, _language(request))

    @api.get("/v1/index", response_model=schemas.Status, responses=problems(), tags=["index"])
    def status(request: Request) -> Record:
        """What is in the index, and how it stands to its essays."""
        manifest, wrong = None, ""
        try:
            manifest = desk.library.index.manifest
        except YuanhuaError as error:
            wrong = error.said(_language(request))
        return {
            "index": manifest.digest if manifest else None,
            "problem": wrong,
            "created": manifest.created if manifest else "",
            "encoder": manifest.fingerprint if manifest else "",
            "documents": manifest.documents if manifest else 0,
            "passages": manifest.passages if manifest else 0,
            "sentences": manifest.sentences if manifest else 0,
            "current": manifest is not None and not desk.behind(),
            "build": build_of(request),
        }

    @api.get("/v1/index/build", response_model=schemas.Build, responses=problems(), tags=["index"])
    def build(request: Request) -> Record:
        """How far the build is, or how the last one ended."""
        return build_of(request)

    @api.post("/v1/index/build", status_code=202, response_model=schemas.Build, responses=problems(409), tags=["index"])
    def begin_build(request: Request, response: Response) -> Record:
        """Begin to bring the index up to its essays."""
        if not rebuilds.start():
            raise Refused(
                409,
                "The index is being built already; follow that build, or stop it.",
                "索引正在重建，请等它结束，或者先停下它。",
            )
        response.headers["location"] = f"{_links(request).root}/v1/index/build"
        return build_of(request)

    @api.delete(
        "/v1/index/build", status_code=202, response_model=schemas.Build, responses=problems(409), tags=["index"]
    )
    def stop_build(request: Request) -> Record:
        """Stop the build at its next step; the index before it stays."""
        if not rebuilds.under_way:
            raise Refused(409, "No build is running, so none is stopped.", "没有正在进行的重建，不用停。")
        rebuilds.stop()
        return build_of(request)


def _add_handlers(api: Api) -> None:
    """Every fault is a problem in its reader's language, and none shows how it came about."""

    def told(request: Request, error: Exception) -> Response:
        if not isinstance(error, YuanhuaError):
            raise TypeError from error
        return problem(error, request.scope)

    def unlike(request: Request, error: Exception) -> Response:
        faults = error.errors() if isinstance(error, RequestValidationError) else []
        errors = [{"at": _pointer(fault), "detail": printable(fault["msg"])} for fault in faults[:20]]
        places = ", ".join(fault["at"] or "JSON" for fault in errors)
        wrong = Refused(
            422,
            f"The request is not as described ({places}); see its OpenAPI description.",
            f"请求的格式不对（{places}），请看 OpenAPI 描述。",
        )
        return problem(wrong, request.scope, errors=errors)

    def refused(request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = {name.lower(): value for name, value in (getattr(error, "headers", None) or {}).items()}
        if status == 405:
            headers["allow"] = ", ".join(_methods(api, request))
        return problem(Refused(status, *_SAID.get(status, _SAID[400]), headers=headers), request.scope)

    def unexpected(request: Request, _error: Exception) -> Response:
        return problem(Unexpected(), request.scope)  # the server logs it

    handlers: dict[type[Exception], Callable[[Request, Exception], Response]] = {
        YuanhuaError: told,
        RequestValidationError: unlike,
        HTTPException: refused,
        Exception: unexpected,
    }
    for kind, handler in handlers.items():
        api.add_exception_handler(kind, handler)


_SAID = {
    400: ("The body of the request cannot be read; send JSON.", "读不懂请求的内容，请发 JSON。"),
    404: (
        "There is nothing at this address; see its OpenAPI description.",
        "这个地址没有内容，请看 OpenAPI 描述。",
    ),
    405: (
        "This address is asked in another way; see its OpenAPI description.",
        "这个地址不能这样请求，请看 OpenAPI 描述。",
    ),
}


def _pointer(fault: Mapping[str, Any]) -> str:
    """A JSON pointer for what is in the body, and the parameter's name otherwise."""
    where, *rest = (printable(str(part))[:100] for part in fault["loc"])
    if fault["type"] == "json_invalid":
        return ""
    return (
        "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in rest)
        if where == "body"
        else "/".join(rest)
    )


def _methods(api: FastAPI, request: Request) -> list[str]:
    """That are taken at an address; each is a route of its own."""
    routes = [route for route in api.routes if isinstance(route, Route)]
    there = [route for route in routes if route.matches(request.scope)[0] != Match.NONE]
    return sorted({method for route in there for method in route.methods or ()})
