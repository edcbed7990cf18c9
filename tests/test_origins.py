"""What pages of other sites may ask of ours, in a reader's browser."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.test_access import NAME, RIGHT, log_in, made, routes_of
from ui.access import COOKIE, Login
from ui.server import warnings_of

OURS = "http://127.0.0.1"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    return made(tmp_path_factory.mktemp("origins"), None)


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    return TestClient(app, base_url=OURS, follow_redirects=False)


NOTHING = {"session_hash": "x", "fn_index": 0, "event_id": "x"}  # to be cancelled
FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "http://127.0.0.1.evil.example"},
    {"origin": "http://127.0.0.1:9"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": "https://evil.example", "sec-fetch-site": "cross-site"},
    {"origin": "http://localhost", "sec-fetch-site": "same-site"},
    {"sec-fetch-site": "cross-site"},
]


@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_another_site_posts_is_refused_everywhere(
    app: FastAPI, browser: TestClient, headers: dict[str, str]
) -> None:
    changing = {(method, path) for method, path in routes_of(app.routes) if method not in ("GET", "HEAD")}
    assert ("POST", "/zh/gradio_api/queue/join") in changing
    answers = {browser.request(method, path, headers=headers).status_code for method, path in changing}
    assert answers == {403}


def test_another_site_neither_reads_nor_asks_whether_it_may(browser: TestClient) -> None:
    evil = {"origin": "https://evil.example"}
    assert browser.get("/zh/config", headers=evil).status_code == 403
    asking = evil | {"access-control-request-method": "POST", "access-control-request-headers": "x-forwarded-host"}
    assert browser.options("/zh/gradio_api/queue/join", headers=asking).status_code == 403
    with pytest.raises(WebSocketDisconnect) as closed, browser.websocket_connect("ws://127.0.0.1/zh/", headers=evil):
        pass
    assert closed.value.code == 1008


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": OURS},
        {"origin": "null", "sec-fetch-site": "same-origin"},
        {"origin": "https://essays.example", "x-forwarded-host": "essays.example"},
        {"sec-fetch-site": "none"},
    ],
    ids=str,
)
def test_our_own_page_and_programs_are_answered(browser: TestClient, headers: dict[str, str]) -> None:
    assert browser.post("/zh/gradio_api/cancel", json=NOTHING, headers=headers).status_code == 200


def test_a_link_on_another_site_opens_the_page(browser: TestClient) -> None:
    assert (
        browser.get("/zh/", headers={"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}).status_code == 200
    )


@pytest.mark.parametrize(
    ("login", "prefix", "status"), [(None, "", 400), (None, "/essays", 400), (Login(NAME, RIGHT), "/essays", 200)]
)
def test_another_name_for_this_machine_is_answered_only_where_there_is_a_login(
    tmp_path: Path, login: Login | None, prefix: str, status: int
) -> None:
    browser = TestClient(made(tmp_path, login, prefix=prefix), base_url="http://essays.example")
    assert browser.get("/health").status_code == status
    assert "content-security-policy" in browser.get("/health").headers


def test_a_prefix_is_taken_off_or_left_on_by_the_proxy_and_kept_in_every_address(tmp_path: Path) -> None:
    app = made(tmp_path, Login(NAME, RIGHT), prefix="/essays")
    browser = TestClient(app, base_url=OURS, follow_redirects=False, headers={"accept-language": "en"})
    html = {"accept": "text/html"}
    for path in ("/en/", "/essays/en/"):
        assert browser.get(path, headers=html).headers["location"] == "/essays/login?next=/en/"
    entered = log_in(browser, next="/en/")
    assert entered.headers["location"] == "/essays/en/"
    assert "Path=/essays" in entered.headers["set-cookie"]
    cookie = {"cookie": f"{COOKIE}={entered.headers['set-cookie'].split('=', 1)[1].split(';')[0]}"}
    assert browser.get("/", headers=cookie).headers["location"] == "/essays/en/"
    for path in ("/en/config", "/essays/en/config"):
        assert browser.get(path, headers=cookie).json()["root"] == f"{OURS}/essays/en"
    assert '<html lang="en"' in browser.get("/essays/en/", headers=cookie).text
    assert browser.get("/essayshealth").status_code == 401


def test_whoever_opens_it_to_the_network_is_told_what_that_means(monkeypatch: pytest.MonkeyPatch) -> None:
    login = Login(NAME, RIGHT)
    assert warnings_of("127.0.0.1", 7860, None) == warnings_of("127.0.0.1", 7860, login) == []
    assert "everybody who can reach 0.0.0.0:7860" in warnings_of("0.0.0.0", 7860, None)[0]
    assert "https" in warnings_of("0.0.0.0", 7860, login)[0]
    monkeypatch.setenv("YUANHUA_PASSWORD", "forgotten option")
    assert "--login" in warnings_of("127.0.0.1", 7860, None)[0]
