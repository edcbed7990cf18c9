"""The login: who is let in, how, and who is not."""

import asyncio
import gc
import re
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.routing import BaseRoute, Mount
from starlette.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from index.library import Library
from tests.conftest import ROOT, Run
from ui.access import COOKIE, PASSWORD, Login, LoginRequired
from ui.server import make_app
from ui.sessions import AGE
from ui.throttle import FREE, Throttle

NAME, RIGHT, WRONG = "mei", "correct-horse 三", "wrong-horse 三"
HTML = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """Without an essay, without an index, with a login."""
    return made(tmp_path_factory.mktemp("access"), Login(NAME, RIGHT))


def made(folder: Path, login: Login | None, host: str = "127.0.0.1", prefix: str = "") -> FastAPI:
    (folder / "seeds").mkdir(exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # gradio leaves its event loops to the garbage collector
        app = make_app(folder / "seeds", Library(folder / "index"), host, login=login, prefix=prefix)
        asyncio.get_event_loop_policy().get_event_loop().close()  # the last of them, which it leaves as ours
        asyncio.set_event_loop(None)
        gc.collect()
    return app


@pytest.fixture
def browser(app: FastAPI) -> TestClient:
    """A browser that was never here."""
    app.middleware_stack = None  # made anew, so that nobody waits for what others did
    return TestClient(app, base_url="http://127.0.0.1", follow_redirects=False, headers={"accept-language": "en"})


def log_in(browser: TestClient, password: str = RIGHT, next: str = "", name: str = NAME) -> Any:
    where = "/login" + (f"?next={next}" if next else "")
    return browser.post(where, data={"name": name, "password": password}, headers=HTML)


def routes_of(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Every method and path, with something in the place of each parameter."""
    for route in routes:
        if isinstance(route, Mount):
            yield from routes_of(route.routes, prefix + route.path)
        elif included := getattr(route, "original_router", None):  # what FastAPI makes of a router in a router
            yield from routes_of(included.routes, prefix)
        else:
            path = re.sub(r"\{[^}]*\}", "1", prefix + getattr(route, "path", ""))
            for method in getattr(route, "methods", None) or ("GET",):
                yield method, path


def test_every_route_is_closed_but_the_login_health_and_icon(app: FastAPI, browser: TestClient) -> None:
    every = {*routes_of(app.routes), ("GET", "/nothing"), ("GET", "/zh"), ("POST", "/zh/gradio_api/mcp/")}
    assert len(every) > 150, "gradio's own routes are among them"
    assert ("POST", "/zh/gradio_api/upload") in every
    assert ("GET", "/en/gradio_api/file=1") in every
    open_ = {path for method, path in every if browser.request(method, path).status_code != 401}
    assert open_ == {"/health", "/favicon.ico"}
    assert browser.get("/login").status_code == 200


@pytest.mark.parametrize("path", ["//health", "/health/", "/login/", "/zh/login", "/%68ealth/x"])
def test_what_only_looks_like_an_open_address_is_closed(browser: TestClient, path: str) -> None:
    assert browser.get(path).status_code == 401


@pytest.mark.parametrize("path", ["/zh/", "/en/gradio_api/queue/data", "/anything"])
def test_a_websocket_is_closed_before_it_opens(browser: TestClient, path: str) -> None:
    with pytest.raises(WebSocketDisconnect) as closed, browser.websocket_connect(f"ws://127.0.0.1{path}"):
        pass
    assert closed.value.code == 1008


def test_a_reader_is_shown_the_login_and_lands_where_they_wanted_to_go(browser: TestClient) -> None:
    asked = browser.get("/en/?view=a%26b", headers=HTML)
    assert asked.status_code == 303
    where = asked.headers["location"]
    assert browser.get(where, headers=HTML).status_code == 200
    entered = browser.post(where, data={"name": NAME, "password": RIGHT}, headers=HTML)
    assert (entered.status_code, entered.headers["location"]) == (303, "/en/?view=a%26b")
    assert browser.get("/en/", headers=HTML).status_code == 200
    assert browser.get(where, headers=HTML).headers["location"] == "/en/?view=a%26b"  # not asked again


@pytest.mark.parametrize(
    "place",
    [
        "//evil.example/",
        "https://evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%09/evil.example",
        "/%0a/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "",
    ],
)
def test_the_login_leads_to_no_other_server(browser: TestClient, place: str) -> None:
    assert log_in(browser, next=place).headers["location"] == "/"


def test_the_cookie_is_for_this_site_only_and_out_of_reach_of_scripts(browser: TestClient) -> None:
    cookie = log_in(browser).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/", f"Max-Age={AGE}"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    browser.base_url = "https://127.0.0.1"
    browser.cookies.clear()
    assert "Secure" in log_in(browser).headers["set-cookie"].split("; ")


def test_a_cookie_that_was_tampered_with_or_signed_by_another_start_is_none(app: FastAPI, browser: TestClient) -> None:
    log_in(browser)
    good = browser.cookies[COOKIE]
    for cookie in (good[:-2], f"x{good}", "x", "", good.replace(".", ".x", 1)):
        browser.cookies.clear()
        assert browser.get("/en/config", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 401
    assert browser.get("/en/config", headers={"cookie": f"{COOKIE}={good}"}).status_code == 200
    app.middleware_stack = None
    assert browser.get("/en/config", headers={"cookie": f"{COOKIE}={good}"}).status_code == 401


def test_a_login_ends_by_itself(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(browser)
    later = time.time() + AGE + 2
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later)
    assert browser.get("/en/config").status_code == 401


def test_who_logs_out_is_out_even_with_the_cookie_kept(browser: TestClient) -> None:
    log_in(browser)
    assert 'action=\\"../logout\\"' in browser.get("/en/").text
    kept = browser.cookies[COOKIE]
    assert browser.get("/logout").status_code == 405  # a link on another page does not log anybody out
    assert browser.get("/en/config").status_code == 200
    left = browser.post("/logout")
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert COOKIE not in browser.cookies
    assert browser.get("/en/config", headers={"cookie": f"{COOKIE}={kept}"}).status_code == 401


@pytest.mark.parametrize(
    ("tag", "said"), [("en", "The name or the password is wrong."), ("zh-CN", "用户名或密码不对。")]
)
def test_a_wrong_password_is_said_and_what_was_typed_is_only_text(browser: TestClient, tag: str, said: str) -> None:
    browser.headers["accept-language"] = tag
    answer = log_in(browser, WRONG, name='"><script>alert(1)</script>')
    assert answer.status_code == 401
    assert said in answer.text
    assert "<script>" not in answer.text
    assert WRONG not in answer.text
    assert COOKIE not in browser.cookies
    assert log_in(browser, name="Mei").status_code == 401


@pytest.mark.parametrize(("tag", "said"), [("en", "try again in 5 s"), ("zh-CN", "请等 5 秒再试")])
def test_after_five_wrong_passwords_a_right_one_is_not_looked_at(
    browser: TestClient, tag: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.access.Throttle", lambda: Throttle(lambda: 1000.0))  # no time passes
    browser.headers["accept-language"] = tag
    assert {log_in(browser, WRONG).status_code for _ in range(FREE)} == {401}
    answer = log_in(browser, RIGHT)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert said in answer.text
    assert COOKIE not in browser.cookies


def test_nothing_of_the_login_is_kept_by_a_cache_and_its_page_runs_no_script(browser: TestClient) -> None:
    page = browser.get("/login", headers=HTML)
    assert page.headers["cache-control"] == "no-store"
    assert any("default-src 'none'" in policy for policy in page.headers.get_list("content-security-policy"))
    assert "<script" not in page.text
    assert log_in(browser).headers["cache-control"] == "no-store"
    assert browser.get("/en/").headers["cache-control"] == "no-store"
    assert "private" in browser.get("/en/theme.css").headers["cache-control"]


@pytest.mark.parametrize(
    "body", [b"", b"x" * 10_000, b"\xff\xfe", b"&".join(b"a=1" for _ in range(50)), b"name=mei&password=%ff%00"]
)
def test_a_form_of_any_other_kind_logs_nobody_in(browser: TestClient, body: bytes) -> None:
    assert browser.post("/login", content=body, headers=HTML).status_code in (401, 413)
    assert browser.put("/login", content=body).status_code == 405


def test_a_name_that_is_no_text_is_shown_as_one(browser: TestClient) -> None:
    answer = browser.post("/login", content=b"name=%ff%ed%a0%80&password=x", headers=HTML)
    assert answer.status_code == 401


@pytest.mark.parametrize("then", ["http.disconnect", "nothing"])
def test_a_form_that_breaks_off_logs_nobody_in_and_is_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    monkeypatch.setattr("ui.access.SLOWEST_FORM", 0.05)
    sent: list[Message] = []
    messages: list[Message] = [{"type": "http.request", "body": b"name=mei&", "more_body": True}]

    async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
        raise AssertionError("let in")

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.sleep(5 if then == "nothing" else 0)
        return {"type": then}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/login", "query_string": b"", "headers": []}
    asyncio.run(LoginRequired(nobody, Login(NAME, RIGHT))(scope, receive, send))
    assert sent[0]["status"] == 413


def test_a_page_whose_login_is_over_is_told_so_in_the_form_that_it_reads(browser: TestClient) -> None:
    answer = browser.post("/en/gradio_api/queue/join", json={})
    assert (answer.status_code, answer.json()) == (
        401,
        {"error": "You are not logged in any more; reload this page to log in."},
    )


def test_without_a_login_there_is_none(tmp_path: Path) -> None:
    browser = TestClient(made(tmp_path, None), base_url="http://127.0.0.1")
    page = browser.get("/en/")
    assert page.status_code == 200
    assert "../logout" not in page.text
    assert browser.get("/login").status_code == 404


@pytest.mark.parametrize("password", [None, "", "short12"])
def test_a_login_without_a_good_password_does_not_start(
    run: Run, corpus: list[object], monkeypatch: pytest.MonkeyPatch, password: str | None
) -> None:
    monkeypatch.delenv(PASSWORD, raising=False)
    if password is not None:
        monkeypatch.setenv(PASSWORD, password)
    code, out, err = run("serve", *corpus, "--login", "mei")
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "at least 8 characters" in err
    assert PASSWORD in err
    assert not password or password not in err


def test_a_login_has_a_name(run: Run, corpus: list[object]) -> None:
    assert run("serve", *corpus, "--login", " ")[0] == 2


def test_no_text_of_ours_shows_the_password() -> None:
    assert RIGHT not in repr(Login(NAME, RIGHT)) + str(LoginRequired)


def test_the_login_page_has_the_colours_of_the_page() -> None:
    page = (ROOT / "ui" / "page.css").read_text(encoding="utf-8")
    login = (ROOT / "ui" / "templates" / "login.html").read_text(encoding="utf-8")
    names = set(re.findall(r"--([\w-]+): #", login)) - {"edge"}
    assert len(names) == 8
    for name in names:  # light, then dark
        assert re.findall(rf"--{name}: (#\w+)", login) == re.findall(rf"--{name}: (#\w+)", page)


@pytest.mark.parametrize(
    "prefix", ["essays", "/a b", "//evil.example", "/../x", "/zh", "/api", "/metrics/x", "/login/x", "/a//b"]
)
def test_a_prefix_that_could_not_work_is_wrong_usage(run: Run, corpus: list[object], prefix: str) -> None:
    assert run("serve", *corpus, "--root-path", prefix)[0] == 2
