"""Programs before a login: which of them are let in, and that nothing is open beside."""

import base64
import http.client
import json
import re
import secrets
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.conftest import ROOT, serving
from tests.programs import (  # noqa: F401 - fixtures
    NAME,
    QUESTION,
    RIGHT,
    WRONG,
    basic,
    client_of,
    corpus_folder,
    guarded_app,
    one_encoder,
)
from tests.test_access import made, routes_of
from ui.access import COOKIE, Login
from ui.throttle import EVERYBODY, FREE, Throttle


@pytest.fixture
def client(guarded_app: FastAPI) -> TestClient:  # noqa: F811
    return client_of(guarded_app)


@pytest.mark.parametrize("path", ["/api/v1/index", "/api/v1/openapi.json", "/api/nothing", "/api", "/metrics", "/mcp"])
def test_who_is_not_logged_in_is_told_so_as_a_problem_and_how_to_log_in(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")
    assert answer.headers["www-authenticate"].startswith("Basic realm=")
    assert answer.headers["cache-control"] == "no-store"
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (401, "login-needed")
    assert problem["detail"].startswith("Log in first")
    assert client.get(path, headers={"accept-language": "zh"}).json()["detail"].startswith("请先登录")


def test_name_and_password_open_the_api_and_the_metrics_with_every_request(client: TestClient) -> None:
    assert client.post("/api/v1/ask", json={"question": QUESTION}, headers=basic()).json()["answered"]
    assert client.get("/metrics", headers=basic()).status_code == 200
    assert COOKIE not in client.cookies
    assert client.get("/api/v1/index").status_code == 401


def test_the_cookie_of_a_login_opens_them_too(client: TestClient) -> None:
    client.post("/login", data={"name": NAME, "password": RIGHT})
    assert client.get("/api/v1/index").status_code == 200


def test_a_password_may_have_letters_of_any_script(tmp_path: Path) -> None:
    client = client_of(made(tmp_path, Login("梅", "一匹正确的马：三点")))
    assert client.get("/api/v1/index", headers=basic("一匹正确的马：三点", "梅")).status_code == 200
    assert client.get("/api/v1/index", headers=basic("一匹正确的马：四点", "梅")).status_code == 401


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Basic",
        "Basic !!!",
        f"Bearer {RIGHT}",
        f"Basic {base64.b64encode(NAME.encode()).decode()}",
        f"Basic {base64.b64encode(b':').decode()}",
        f"Basic {base64.b64encode(f'{NAME}:{WRONG}'.encode()).decode()}",
        f"Basic {base64.b64encode(bytes(range(256))).decode()}",
    ],
)
def test_anything_else_opens_nothing(client: TestClient, sent: str) -> None:
    answer = client.get("/api/v1/index", headers={"authorization": sent})
    assert answer.status_code == 401
    assert WRONG not in answer.text


def test_a_program_s_name_and_password_are_no_way_onto_the_page(client: TestClient) -> None:
    for path in ("/zh/config", "/en/", "/zh/gradio_api/queue/data"):
        assert client.get(path, headers=basic()).status_code == 401


def test_wrong_passwords_are_throttled_together_with_those_of_the_page(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.access.Throttle", lambda: Throttle(lambda: 1000.0))  # no time passes
    for _ in range(FREE - 1):
        assert client.get("/api/v1/index", headers=basic(WRONG)).status_code == 401
    assert client.post("/login", data={"name": NAME, "password": WRONG}).status_code == 401
    for path in ("/api/v1/index", "/metrics", "/mcp"):
        answer = client.get(path, headers=basic())
        assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
        assert answer.json()["code"] == "too-many-attempts"
        assert "try again in 5 s" in answer.json()["detail"]
    assert client.post("/login", data={"name": NAME, "password": RIGHT}).status_code == 429


def test_a_program_that_asks_all_the_time_does_not_make_wrong_passwords_forgotten(client: TestClient) -> None:
    for _ in range(FREE):
        client.get("/api/v1/index", headers=basic(WRONG))
        last = client.get("/metrics", headers=basic())
    assert last.status_code == 429


def test_nobody_with_many_addresses_keeps_a_program_out(client: TestClient) -> None:
    assert client.get("/health").status_code == 200  # so that both have the same app
    program = TestClient(client.app, base_url="http://127.0.0.1", client=("192.0.2.1", 40_000))
    assert program.get("/metrics", headers=basic()).status_code == 200
    for n in range(EVERYBODY):
        other = TestClient(client.app, base_url="http://127.0.0.1", client=(f"10.0.0.{n}", 40_000))
        assert other.get("/metrics", headers=basic(WRONG)).status_code == 401
    assert client.get("/metrics", headers=basic()).status_code == 429
    assert program.get("/metrics", headers=basic()).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [{"sec-fetch-site": "cross-site"}, {"origin": "https://evil.example"}, {"origin": "null"}],
)
def test_a_browser_that_knows_the_password_is_no_help_to_pages_of_other_sites(
    client: TestClient, headers: dict[str, str]
) -> None:
    answer = client.post("/api/v1/index/build", headers=headers | basic())
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
    assert client.delete("/api/v1/index/build", headers=headers | basic()).status_code == 403
    form = headers | basic() | {"content-type": "text/plain"}
    assert client.post("/api/v1/ask", content=json.dumps({"question": "x"}), headers=form).status_code == 403


def test_health_is_open_and_says_nothing_private(client: TestClient) -> None:
    answer = client.get("/health")
    assert answer.status_code == 200
    assert set(answer.json()) == {"status", "version"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of `yuanhua serve --host 0.0.0.0 --login`."""
    folder = tmp_path_factory.mktemp("everywhere")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder, "--host", "0.0.0.0", "--login", NAME, password=RIGHT) as address:
        yield int(address.rpartition(":")[2])


def asked(port: int, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body or None, sent)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def handshake(port: int, path: str) -> bytes:
    """The first line that a websocket is answered with."""
    key = base64.b64encode(secrets.token_bytes(16)).decode()
    lines = [f"GET {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Connection: Upgrade", "Upgrade: websocket"]
    lines += ["Sec-WebSocket-Version: 13", f"Sec-WebSocket-Key: {key}", "", ""]
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall("\r\n".join(lines).encode())
        return one.makefile("rb").readline()


def test_on_every_address_every_route_of_every_kind_refuses_who_is_not_logged_in(
    guarded: int,
    guarded_app: FastAPI,  # noqa: F811
) -> None:
    every = {*routes_of(guarded_app.routes), *((m, "/mcp") for m in ("GET", "POST", "DELETE")), ("POST", "/mcp/")}
    paths = {path for _, path in every}
    assert {"/api/v1/ask", "/api/v1/ask/stream", "/api/v1/index/build", "/api/v1/openapi.json", "/metrics"} <= paths
    for language in ("zh", "en"):
        assert {f"/{language}/gradio_api/{name}" for name in ("upload", "queue/join", "queue/data")} <= paths
    assert len(every) > 160
    statuses = {(method, path): asked(guarded, method, path)[0] for method, path in sorted(every)}
    let_in = {route for route, status in statuses.items() if status != 401}
    assert (
        let_in == {("GET", "/health"), ("HEAD", "/health"), ("GET", "/favicon.ico"), ("HEAD", "/favicon.ico")} & every
    )


def test_on_every_address_websockets_uploads_and_mcp_refuse_who_is_not_logged_in(guarded: int) -> None:
    for path in ("/zh/gradio_api/queue/join", "/en/", "/api/v1/ask", "/mcp", "/metrics"):
        assert not handshake(guarded, path).startswith(b"HTTP/1.1 101")
        assert re.match(rb"HTTP/1.1 40[13] ", handshake(guarded, path))
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\nx\r\n--b--\r\n'
    for path in ("/zh/gradio_api/upload", "/en/gradio_api/upload", "/api/v1/documents"):
        assert asked(guarded, "POST", path, part, content_type="multipart/form-data; boundary=b")[0] == 401
    call = b'{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}'
    for path in ("/mcp", "/zh/gradio_api/mcp/", "/en/gradio_api/mcp/sse"):
        assert asked(guarded, "POST", path, call, content_type="application/json")[0] == 401


def test_on_every_address_a_program_with_the_password_is_answered(guarded: int) -> None:
    status, body = asked(guarded, "GET", "/api/v1/index", b"", **basic())
    assert status == 200
    assert json.loads(body)["documents"] == 5
