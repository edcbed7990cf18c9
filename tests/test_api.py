"""The HTTP API: what a program asks and gets, that it is the same as on the command line, and what goes wrong."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.types import Message

from index.build import Built, build
from index.changes import Changes
from index.encoder import SentenceEncoder
from index.library import Library
from index.types import Document, Report
from rag.asking import Searching
from rag.essays import Essays
from rag.query import LONGEST
from tests.conftest import Run
from tests.programs import (  # noqa: F401 - fixtures
    QUESTION,
    SILENT,
    client,
    client_of,
    corpus_folder,
    one_encoder,
    program_app,
)
from tests.scripted import scripted
from tests.test_access import made
from tests.test_jobs import until
from ui import asked, schemas, uploads
from ui.api import make_api
from ui.desk import Desk
from ui.faults import Refused
from ui.jobs import Rebuilds
from ui.model import Model
from ui.work import Work

NOTHING = Built(Changes(), (), 0, 0, 0, "")
PROBLEM = "application/problem+json"


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """What a refusal says, which is always of one form."""
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    record: dict[str, Any] = answer.json()
    assert (record["status"], record["code"], record["type"]) == (status, code, "about:blank")
    assert record["title"]
    assert record["detail"]
    assert "Traceback" not in answer.text
    return record


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    blocks = [block.split("\n") for block in text.split("\n\n") if block and not block.startswith(":")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in blocks]


def test_an_answer_is_that_of_the_command_line(client: TestClient, corpus_folder: Path, run: Run) -> None:  # noqa: F811
    answer = client.post("/api/v1/ask", json={"question": QUESTION, "id": "q1"}).json()
    _, out, _ = run("ask", QUESTION, "--json", "--index", corpus_folder / "index")
    printed = json.loads(out)
    assert answer["answered"]
    assert (answer["id"], answer["left_out"]) == ("q1", [])
    for name in ("question", "answered", "confidence", "text", "nearest", "corrections", "index"):
        assert answer[name] == printed[name]
    for mine, its in zip(answer["citations"], printed["citations"], strict=True):
        assert {name: mine[name] for name in its} == its


def test_every_citation_leads_to_its_exact_place_in_its_essay(client: TestClient) -> None:  # noqa: F811
    for citation in client.post("/api/v1/ask", json={"question": QUESTION}).json()["citations"]:
        passage = client.get(citation["link"]).json()
        assert (passage["id"], passage["text"], passage["current"]) == (citation["id"], citation["quote"], True)
        text = client.get(f"/api/v1/documents/{quote(citation['document'])}").json()["text"]
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert passage["before"] + passage["text"] + passage["after"] in text


def test_where_the_essays_do_not_say_that_is_the_answer_with_what_comes_nearest(client: TestClient) -> None:  # noqa: F811
    answer = client.post("/api/v1/ask", json={"question": SILENT})
    assert answer.status_code == 200
    assert (answer.json()["answered"], answer.json()["citations"]) == (False, [])
    for near in answer.json()["nearest"]:
        assert client.get(near["link"]).json()["start"] == near["start"]
    assert len(answer.json()["nearest"]) == 3


def test_a_stream_has_each_citation_before_the_answer_which_is_the_same(client: TestClient) -> None:  # noqa: F811
    streamed = client.post("/api/v1/ask/stream", json={"question": QUESTION})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    assert streamed.headers["cache-control"] == "no-store"
    names = [name for name, _ in events(streamed.text)]
    whole = client.post("/api/v1/ask", json={"question": QUESTION}).json()
    assert names == ["searching", "reading", *["citation"] * len(whole["citations"]), "answer"]
    answer = events(streamed.text)[-1][1]
    assert answer | {"elapsed_ms": 0} == whole | {"elapsed_ms": 0}
    cited = [record for name, record in events(streamed.text) if name == "citation"]
    assert sorted(cited, key=lambda record: record["n"]) == answer["citations"]


def test_a_stream_has_no_end_of_a_line_within_an_event_by_any_client_s_count(client: TestClient) -> None:  # noqa: F811
    streamed = client.post("/api/v1/ask/stream", json={"question": QUESTION, "id": "a\u2028b\x85c\u2029d"})
    assert {line.partition(": ")[0] for line in streamed.iter_lines() if line} == {"event", "data"}
    assert events(streamed.text)[-1][1]["id"] == "a\u2028b\x85c\u2029d"


def test_only_the_essays_that_are_wanted_are_asked(client: TestClient) -> None:  # noqa: F811
    scope = {"essays": ["li-mu-talk.md"]}
    answer = client.post("/api/v1/ask", json={"question": QUESTION, "scope": scope}).json()
    assert {citation["document"] for citation in answer["citations"]} == {"li-mu-talk.md"}
    without = {"without": ["li-mu-talk.md"], "since": "2023"}
    answer = client.post("/api/v1/ask", json={"question": QUESTION, "scope": without}).json()
    assert "li-mu-talk.md" not in {citation["document"] for citation in answer["citations"]}
    hits = client.get("/api/v1/search", params={"q": QUESTION, "essay": "li-mu-talk.md"}).json()["hits"]
    assert {hit["document"] for hit in hits} == {"li-mu-talk.md"}


def test_a_search_finds_so_many_passages_best_first(client: TestClient) -> None:  # noqa: F811
    found = client.get("/api/v1/search", params={"q": QUESTION, "k": 4}).json()
    assert [hit["rank"] for hit in found["hits"]] == [1, 2, 3, 4]
    scores = [hit["score"] for hit in found["hits"]]
    assert scores == sorted(scores, reverse=True)
    for hit in found["hits"]:
        assert client.get(hit["link"]).json()["text"] == hit["text"]
    for k in ("0", "101", "-1", "x"):
        wrong = problem(client.get("/api/v1/search", params={"q": QUESTION, "k": k}), 422, "invalid")
        assert [fault["at"] for fault in wrong["errors"]] == ["k"]


def test_the_essays_are_listed_a_part_at_a_time_and_each_is_there_by_its_link(client: TestClient) -> None:  # noqa: F811
    names, where = [], "/api/v1/documents?limit=4"
    while where:
        part = client.get(where).json()
        names += [card["name"] for card in part["documents"]]
        for card in part["documents"]:
            essay = client.get(card["link"]).json()
            assert {name: essay[name] for name in card} == card
            assert essay["text"]
        where = part["next"]
    assert names == sorted(names)
    assert len(names) == part["total"] == 6
    assert "more/50% of #1?.txt" in names


@pytest.mark.parametrize("path", ["documents/nothing.txt", "documents/../../x", "documents/", "passages/x", "x", ""])
def test_what_is_not_there_is_a_problem(client: TestClient, path: str) -> None:  # noqa: F811
    answer = client.get(f"/api/v1/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] in ("not-found", "not-in-essays")


def test_a_place_in_an_essay_that_is_not_there_is_a_problem(client: TestClient) -> None:  # noqa: F811
    good = client.post("/api/v1/ask", json={"question": QUESTION}).json()["citations"][0]["id"]
    digest = good.split("-")[0]
    for wrong in (f"{digest}-0-999999999", f"{digest}-5-5", "0" * 16 + "-0-5", f"{digest}-0", good + "0" * 9):
        problem(client.get(f"/api/v1/passages/{wrong}"), 404, "not-in-essays")


@pytest.mark.parametrize(
    ("question", "language", "said"),
    [
        ("", "en", "The question is empty"),
        ("\n\t ", "zh", "问题是空的"),
        ("x" * (LONGEST + 1), "en", "at most 2,000"),
        ("长" * (LONGEST + 1), "zh-CN,zh;q=0.9,en;q=0.1", "2,000 字以内"),
    ],
)
def test_what_is_no_question_is_refused_in_the_sentence_of_the_page(
    client: TestClient,  # noqa: F811
    question: str,
    language: str,
    said: str,
) -> None:
    headers = {"accept-language": language}
    for path in ("ask", "ask/stream"):
        answer = client.post(f"/api/v1/{path}", json={"question": question}, headers=headers)
        assert said in problem(answer, 422, "bad-question")["detail"]
    assert said in client.get("/api/v1/search", params={"q": question}, headers=headers).json()["detail"]


@pytest.mark.parametrize(
    ("body", "at"),
    [
        ("{}", "/question"),
        ('{"question": 1}', "/question"),
        ('{"question": ["x"]}', "/question"),
        ('{"question": "x", "id": "\\ud800"}', "/id"),
        ('{"question": "x", "\\ud800": 1}', ""),
        ('{"question": "x", "zebra": 1}', "/zebra"),
        ('{"question": "x", "scope": {"since": "yesterday"}}', "/scope/since"),
        ('{"question": "x", "scope": {"essays": "a.txt"}}', "/scope/essays"),
        ('{"question": "x", "summary": "yes"}', "/summary"),
        ("{", ""),
        ("zebra", ""),
    ],
)
def test_a_request_that_is_not_as_described_is_told_where(client: TestClient, body: str, at: str) -> None:  # noqa: F811
    answer = client.post("/api/v1/ask", content=body, headers={"content-type": "application/json"})
    wrong = problem(answer, 422, "invalid")
    assert at in [fault["at"] for fault in wrong["errors"]]


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"question": ' + b"1" * 5000 + b"}", b"\xff\xfe"])
def test_a_body_that_cannot_be_read_is_a_problem_and_no_more(client: TestClient, body: bytes) -> None:  # noqa: F811
    answer = client.post("/api/v1/ask", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    problem(answer, answer.status_code, {400: "bad-request", 422: "invalid"}[answer.status_code])


def test_what_is_asked_in_another_way_is_told_in_which(client: TestClient) -> None:  # noqa: F811
    answer = client.put("/api/v1/index/build")
    problem(answer, 405, "method-not-allowed")
    assert answer.headers["allow"] == "DELETE, GET, POST"


def test_a_body_that_is_too_large_is_refused_while_it_comes(client: TestClient) -> None:  # noqa: F811
    taken = []

    def body() -> Iterator[bytes]:
        for piece in range(1000):
            taken.append(piece)
            yield b"x" * 10_000

    problem(client.post("/api/v1/ask", content=body()), 413, "too-large")
    problem(client.post("/api/v1/ask", content=b"x" * 400_001), 413, "too-large")
    form = client.post("/api/v1/ask", files={"files": ("a.txt", b"x")})
    problem(form, 415, "wrong-kind")


def request_of(
    app: FastAPI, messages: list[Message], path: str = "/api/v1/ask/stream", method: str = "POST"
) -> list[Message]:
    """What is sent back to somebody who sends these and then nothing more."""
    sent: list[Message] = []

    async def receive() -> Message:
        if messages:
            return messages.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]
    scope: dict[str, Any] = {"type": "http", "method": method, "path": path, "query_string": b"", "headers": headers}
    scope |= {"asgi": {"version": "3.0"}, "root_path": "", "scheme": "http", "server": ("127.0.0.1", 80)}
    asyncio.run(app(scope, receive, send))
    return sent


def test_a_body_that_does_not_come_to_an_end_is_waited_for_no_longer(
    program_app: FastAPI,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(uploads, "SILENT", 0.05)
    monkeypatch.setattr(uploads, "PATIENCE", 0.05)
    sent = request_of(program_app, [{"type": "http.request", "body": b'{"quest', "more_body": True}])
    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["code"] == "too-slow"


def test_a_client_that_leaves_a_stream_stops_the_work(
    program_app: FastAPI,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ended = threading.Event()

    def endless(*_: object) -> Iterator[Searching]:
        try:
            while True:
                yield Searching(1, True)
        finally:
            ended.set()

    monkeypatch.setattr(asked, "asking", endless)
    body = json.dumps({"question": QUESTION}).encode()
    sent = request_of(program_app, [{"type": "http.request", "body": body}, {"type": "http.disconnect"}])
    assert sent[0]["status"] == 200
    assert ended.wait(20)


def test_a_long_essay_comes_in_pieces_and_one_that_is_taken_out_meanwhile_is_not_current(
    program_app: FastAPI,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = '长"\n\u2028🍵' * 100_000
    long = Document("gone.txt", text, "", "", "", "", "zh", "0" * 64)
    monkeypatch.setattr(Essays, "document", lambda essays, name: long)
    ended: list[Message] = [{"type": "http.request", "body": b""}]
    start, *pieces = request_of(program_app, ended, "/api/v1/documents/gone.txt", "GET")
    assert start["status"] == 200
    assert max(len(piece["body"]) for piece in pieces) < 1_000_000
    essay = json.loads(b"".join(piece["body"] for piece in pieces))
    assert (essay["text"], essay["current"]) == (text, False)
    schemas.Document.model_validate(essay)


def test_ten_thousands_of_unknown_fields_are_one_fault(client: TestClient) -> None:  # noqa: F811
    many = {"question": "x"} | {f"field-{n}": 1 for n in range(10_000)}
    for body in (many, {"question": "x", "scope": many}):
        assert len(problem(client.post("/api/v1/ask", json=body), 422, "invalid")["errors"]) == 1


def test_a_slash_too_many_sends_nobody_to_another_address(client: TestClient) -> None:  # noqa: F811
    problem(client.get("/api/v1/index/", headers={"x-forwarded-proto": "http"}), 404, "not-found")


def test_more_questions_than_may_wait_are_refused_and_those_that_wait_are_answered() -> None:
    go, work = threading.Event(), Work(1, 1)

    async def three() -> tuple[list[int], Refused]:
        waiting = [asyncio.ensure_future(work.one(lambda n=n: (go.wait(20), n)[1])) for n in range(2)]  # type: ignore[misc]
        while work.taken < 2:
            await asyncio.sleep(0)
        with pytest.raises(Refused) as refused:
            await work.one(lambda: 3)
        go.set()
        return await asyncio.gather(*waiting), refused.value

    made, refused = asyncio.run(three())
    assert made == [0, 1]
    assert (refused.status, refused.headers["retry-after"]) == (503, "5")
    until(lambda: work.taken == 0)


def test_an_unexpected_error_says_nothing_of_itself(
    program_app: FastAPI,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Iterator[Searching]:
        yield Searching(1, True)
        raise RuntimeError("secret-4711")

    monkeypatch.setattr(asked, "asking", broken)
    client = client_of(program_app)  # noqa: F811
    answer = client.post("/api/v1/ask", json={"question": QUESTION})
    problem(answer, 500, "unexpected")
    name, told = events(client.post("/api/v1/ask/stream", json={"question": QUESTION}).text)[-1]
    assert (name, told["status"]) == ("problem", 500)
    assert "4711" not in answer.text + json.dumps(told)


def test_without_an_index_every_question_is_told_so_and_no_folder_is_named(tmp_path: Path) -> None:
    client = client_of(made(tmp_path, None))  # noqa: F811
    for method, path in (("POST", "ask"), ("POST", "ask/stream"), ("GET", "search?q=x"), ("GET", "documents")):
        answer = client.request(method, f"/api/v1/{path}", json={"question": "x"} if method == "POST" else None)
        problem(answer, 503, "no-index")
        assert str(tmp_path) not in answer.text
    status = client.get("/api/v1/index").json()
    assert (status["index"], status["documents"], status["current"]) == (None, 0, False)
    assert status["problem"]
    assert str(tmp_path) not in status["problem"]


def test_a_build_takes_in_what_is_new_and_is_followed_to_its_end(
    essays: Path,
    tmp_path: Path,
    encoder: SentenceEncoder,
    one_encoder: None,  # noqa: F811
) -> None:
    build(essays, tmp_path / "index", encoder)
    api = TestClient(make_api(Desk(essays, Library(tmp_path / "index"))))
    before = api.get("/v1/index").json()
    assert (before["documents"], before["current"], before["build"]["state"]) == (2, True, "none")
    (essays / "ink.txt").write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    begun = api.post("/v1/index/build")
    assert (begun.status_code, begun.headers["location"]) == (202, "/v1/index/build")
    until(lambda: api.get("/v1/index/build").json()["state"] == "built")
    built = api.get("/v1/index/build").json()["built"]
    after = api.get("/v1/index").json()
    assert (built["added"], built["index"]) == (["ink.txt"], after["index"])
    assert after["documents"] == 3
    assert api.post("/v1/ask", json={"question": "磨墨为什么要慢？"}).json()["answered"]


def test_one_build_runs_at_a_time_and_can_be_stopped(tmp_path: Path) -> None:
    desk = Desk(tmp_path, Library(tmp_path / "index"))
    go = threading.Event()

    def work(report: Report) -> Built:
        report("Embedding", 1, 2)
        assert go.wait(20)
        report("Embedding", 2, 2)
        return NOTHING

    desk.rebuilds = Rebuilds(work)
    api = TestClient(make_api(desk), headers={"accept-language": "en"})
    problem(api.delete("/v1/index/build"), 409, "conflict")
    assert api.post("/v1/index/build").status_code == 202
    until(lambda: api.get("/v1/index/build").json()["step"] == "Embedding")
    problem(api.post("/v1/index/build"), 409, "conflict")
    assert api.get("/v1/index/build").json()["total"] == 2
    assert api.delete("/v1/index/build").json()["state"] == "stopping"
    go.set()
    until(lambda: api.get("/v1/index/build").json()["state"] == "stopped")
    assert "old index stays" in api.get("/v1/index/build").json()["error"]


def test_a_summary_is_written_only_where_there_is_a_model_and_it_is_wanted(
    corpus_folder: Path,  # noqa: F811
    one_encoder: None,  # noqa: F811
) -> None:
    library = Library(corpus_folder / "index")
    alone = TestClient(make_api(Desk(corpus_folder / "seeds", library)))
    assert alone.post("/v1/ask", json={"question": QUESTION, "summary": True}).json()["summary"] is None
    with scripted() as script:
        desk = Desk(corpus_folder / "seeds", library, Model(script.endpoint("good")))
        api = TestClient(make_api(desk))
        assert "summary" not in api.post("/v1/ask", json={"question": QUESTION}).json()
        assert script.seen == []
        summary = api.post("/v1/ask", json={"question": QUESTION, "summary": True}).json()["summary"]
        assert (summary["model"], bool(script.seen)) == ("good", True)
        assert summary["claims"] or summary["fault"]
        told = events(api.post("/v1/ask/stream", json={"question": QUESTION, "summary": True}).text)
        assert [name for name, _ in told[-2:]] == ["answer", "summary"]
        assert told[-1][1]["summary"]["model"] == "good"


def test_the_description_is_made_of_the_routes_and_leads_nowhere_else(client: TestClient) -> None:  # noqa: F811
    described = client.get("/api/v1/openapi.json")
    assert described.status_code == 200
    assert "http" not in described.text.replace('"http"', "")
    assert described.json()["servers"] == [{"url": "/api"}]
    for path, operations in described.json()["paths"].items():
        for operation in operations.values():
            assert operation["description"], path
            refused = {status: kind for status, kind in operation["responses"].items() if int(status) >= 400}
            assert all(set(response["content"]) == {PROBLEM} for response in refused.values())
    for page in ("docs", "redoc", "v1/docs"):
        assert client.get(f"/api/{page}").status_code == 404


def test_behind_a_prefix_every_link_has_it(corpus_folder: Path, one_encoder: None) -> None:  # noqa: F811
    client = client_of(made(corpus_folder, None, prefix="/essays"))  # noqa: F811
    card = client.get("/essays/api/v1/documents").json()["documents"][0]
    assert card["link"].startswith("/essays/api/v1/documents/")
    assert client.get(card["link"]).json()["name"] == card["name"]
    assert client.get("/essays/api/v1/openapi.json").json()["servers"] == [{"url": "/essays/api"}]
    problem(client.get("/essays/api/v1/nothing"), 404, "not-found")


def test_a_page_of_another_site_is_refused_as_a_problem(client: TestClient) -> None:  # noqa: F811
    answer = client.post("/api/v1/ask", json={"question": "x"}, headers={"origin": "https://evil.example"})
    problem(answer, 403, "forbidden")
    problem(client.get("/api/v1/index", headers={"host": "evil.example"}), 400, "bad-request")


def test_a_picture_or_a_frame_of_another_site_searches_nothing_and_a_link_is_followed(client: TestClient) -> None:  # noqa: F811
    site = {"sec-fetch-site": "cross-site"}
    for kind in ("image", "iframe", "empty"):
        answer = client.get("/api/v1/search", params={"q": QUESTION}, headers=site | {"sec-fetch-dest": kind})
        problem(answer, 403, "forbidden")
    assert client.get("/api/v1/index", headers=site | {"sec-fetch-dest": "document"}).status_code == 200
    own = {"sec-fetch-site": "same-origin", "sec-fetch-dest": "empty"}
    assert client.get("/api/v1/index", headers=own).status_code == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl on this machine")
def test_a_script_that_has_nothing_but_curl_asks_and_checks_what_it_is_told(server: tuple[str, Path]) -> None:
    def curl(*options: str) -> str:
        command = ["curl", "--silent", "--show-error", "--fail-with-body", "--max-time", "60", *options]
        return subprocess.run(command, capture_output=True, check=True, encoding="utf-8").stdout

    api, sent = f"{server[0]}/api/v1", ["--json", json.dumps({"question": QUESTION})]
    answer = json.loads(curl(*sent, f"{api}/ask"))
    assert answer["answered"]
    passage = json.loads(curl(f"{server[0]}{answer['citations'][0]['link']}"))
    assert passage["text"] == answer["citations"][0]["quote"]
    streamed = events(curl("--no-buffer", *sent, f"{api}/ask/stream"))
    assert streamed[-1][1]["citations"] == answer["citations"]
    assert json.loads(curl("--get", "--data-urlencode", f"q={QUESTION}", f"{api}/search"))["hits"]
    assert json.loads(curl(f"{api}/documents"))["total"] == json.loads(curl(f"{api}/index"))["documents"]
    assert json.loads(curl("--request", "POST", f"{api}/index/build"))["state"] in ("running", "built")
    until(lambda: json.loads(curl(f"{api}/index/build"))["state"] == "built")
    assert "yuanhua_questions_total" in curl(f"{server[0]}/metrics")
    with pytest.raises(subprocess.CalledProcessError) as refused:
        curl("--json", '{"question": " "}', "--header", "Accept-Language: en", f"{api}/ask")
    assert json.loads(refused.value.stdout)["code"] == "bad-question"
