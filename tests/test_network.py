"""The page on a network, in a real browser: behind a login and a proxy with a prefix."""

import contextlib
import http.client
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.axe import violations
from tests.browser import CHROMIUM, FLAGS, in_browser, watch
from tests.conftest import ROOT, serving
from tests.proxy import Proxy
from ui.throttle import FREE

pytestmark = in_browser
NAME, PASSWORD = "mei", "correct-horse"
HOST = "essays.test"
HASH = "#q=%E6%95%B0%E6%8D%AE%E8%B4%A8%E9%87%8F"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """The port of a page with a login and a prefix, and the folder that it lives in."""
    folder = tmp_path_factory.mktemp("guarded")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder, "--login", NAME, "--root-path", "/essays", password=PASSWORD) as address:
        yield int(address.rpartition(":")[2]), folder


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Where the proxy has a name of its own, and no other name leads anywhere."""
    names = f"--host-resolver-rules=MAP {HOST} 127.0.0.1, MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
    with sync_playwright() as playwright:
        flags = [flag for flag in FLAGS if "host-resolver" not in flag]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags, names])
        yield browser
        browser.close()


@pytest.fixture
def context(chromium: Browser, guarded: tuple[int, Path], wrong: list[str]) -> Iterator[BrowserContext]:
    with chromium.new_context(locale="zh-CN", viewport={"width": 1280, "height": 800}) as context:
        context.set_default_timeout(60_000)
        watch(context, (f"http://127.0.0.1:{guarded[0]}/", f"http://{HOST}:"), wrong)
        yield context
    assert wrong == []


def take_out(wrong: list[str], status: int) -> None:
    """The browser writes into its console, too, what the server refuses; here that is what is wanted."""
    refused = [line for line in wrong if f"status of {status}" in line]
    assert refused
    for line in refused:
        wrong.remove(line)


@contextlib.contextmanager
def reached(port: int, proxy: Proxy) -> Iterator[str]:
    """The address of the page as its readers know it."""
    with proxy.running() as front:
        yield f"http://{HOST}:{front}/essays/"


def log_in(page: Page, password: str = PASSWORD) -> None:
    page.locator("#name").fill(NAME)
    page.locator("#password").fill(password)
    page.locator("button").click()


@pytest.mark.parametrize("strips", [True, False], ids=["prefix taken off", "prefix left on"])
@pytest.mark.parametrize("keeps", [True, False], ids=["host kept", "host forwarded"])
def test_everything_works_behind_a_proxy(
    guarded: tuple[int, Path], context: BrowserContext, tmp_path: Path, wrong: list[str], strips: bool, keeps: bool
) -> None:
    port, folder = guarded
    proxy = Proxy(port, "/essays", strips=strips, keeps_host=keeps, forwards_host=not keeps)
    essay = tmp_path / f"ink-{strips}-{keeps}.txt"
    essay.write_text("磨墨要慢，心急的人磨不出好墨。\n", encoding="utf-8")
    outside: list[str] = []
    with reached(port, proxy) as address:
        page = context.new_page()
        page.on("request", lambda request: outside.append(request.url) if address not in request.url else None)
        page.goto(address)
        log_in(page)
        expect(page.locator(".welcome")).to_be_visible()
        page.locator("#question textarea").fill("这些作者怎么看数据质量？")
        page.locator("#question textarea").press("Enter")
        page.locator(".cite").first.click()
        expect(page.locator("#hit")).to_be_focused()
        page.get_by_role("tab").nth(1).click()
        page.locator("#upload input[type=file]").set_input_files(str(essay))
        expect(page.locator(".status .note")).to_contain_text(essay.name)
        assert (folder / "seeds" / essay.name).read_bytes() == essay.read_bytes()
        page.locator(".language").click()
        expect(page.locator("#masthead h1")).to_have_text("Yuanhua")
        expect(page.locator("#hit")).to_be_visible()
        assert page.url.startswith(f"{address}en/#q=")
        page.locator(".logout").click()
        expect(page.locator("#password")).to_be_visible()
        assert page.url == f"{address}login"
        # What was under way when the reader left may have been refused.
        wrong[:] = [line for line in wrong if "status of 401" not in line]
        page.goto(f"{address}en/")
        expect(page.locator("#password")).to_be_visible()
        page.goto("about:blank")
    assert [url for url in outside if not url.startswith(("data:", "blob:", "about:"))] == []


def test_the_question_in_the_address_survives_the_login_and_a_wrong_password(
    guarded: tuple[int, Path], chromium: Browser, wrong: list[str]
) -> None:
    with (
        reached(guarded[0], Proxy(guarded[0], "/essays")) as address,
        chromium.new_context(locale="en-US", java_script_enabled=False) as context,
    ):
        watch(context, address, wrong)
        page = context.new_page()
        page.goto(f"{address}zh/{HASH}")
        log_in(page, "wrong-horse")
        expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
        expect(page.get_by_label("Name")).to_have_value(NAME)
        expect(page.get_by_label("Password")).to_have_value("")
        expect(page.get_by_label("Password")).to_be_focused()
        log_in(page)
        assert page.url == f"{address}zh/{HASH}"
    take_out(wrong, 401)
    assert wrong == []


def test_a_link_in_a_letter_opens_for_who_is_logged_in_and_asks_who_is_not(
    guarded: tuple[int, Path], context: BrowserContext
) -> None:
    page = context.new_page()
    address = f"http://127.0.0.1:{guarded[0]}/essays/zh/"  # browsers say where a link was on this machine, or by https
    letter = f'data:text/html,<a href="{address}%23q=tea">essays</a>'
    page.goto(letter)
    page.locator("a").click()
    expect(page.locator("#password")).to_be_visible()
    assert page.url.endswith("#q=tea")
    log_in(page)
    expect(page.locator(".turn h2")).to_have_text("tea")
    page.goto(letter)
    page.locator("a").click()
    expect(page.locator(".turn h2")).to_have_text("tea")
    assert page.url == f"{address}#q=tea"


def test_a_page_whose_login_is_over_goes_to_the_login_and_back(
    guarded: tuple[int, Path], context: BrowserContext, wrong: list[str]
) -> None:
    with reached(guarded[0], Proxy(guarded[0], "/essays")) as address:
        page = context.new_page()
        page.goto(f"{address}zh/{HASH}")
        log_in(page)
        expect(page.locator(".turn .voice").first).to_be_visible()
        context.clear_cookies()
        # The page looks at the rebuild every three seconds, and so learns of it.
        expect(page.locator("#password")).to_be_visible(timeout=20_000)
        assert page.url.endswith(HASH)
        take_out(wrong, 401)
        log_in(page)
        expect(page.locator(".turn h2").first).to_be_visible()
        page.goto("about:blank")


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_the_login_page_can_be_read_by_everybody(
    guarded: tuple[int, Path], chromium: Browser, wrong: list[str], locale: str, scheme: str, width: int
) -> None:
    with (
        reached(guarded[0], Proxy(guarded[0], "/essays")) as address,
        chromium.new_context(
            locale=locale,
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": 700},
        ) as context,
    ):
        watch(context, address, wrong)
        page = context.new_page()
        page.on("console", lambda message: wrong.append(message.text))
        page.on("response", lambda response: wrong.append(response.url) if response.status >= 400 else None)
        page.goto(f"{address}login")
        assert page.locator("html").get_attribute("lang") == locale.removesuffix("-US")
        assert page.title()
        expect(page.locator("h1, main")).to_have_count(2)
        expect(page.locator("input")).to_have_count(2)
        for box in page.locator("input").all():
            assert box.evaluate("box => box.labels.length") == 1
            assert box.evaluate("box => box.autocomplete") in ("username", "current-password")
        expect(page.locator("#name")).to_be_focused()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(CONTRAST) >= 4.5
        assert violations(page) == []
        assert wrong == []


# The least contrast of a text on the page, as WCAG counts it.
CONTRAST = """() => {
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' ? behind(element.parentElement) : colour;
  };
  return Math.min(...[...document.querySelectorAll('h1, p, label, button, input')].map((element) => {
    const both = [light(getComputedStyle(element).color), light(behind(element))];
    return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
  }));
}"""  # noqa: E501


def attempt(port: int, password: str, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    form = {"Content-Type": "application/x-www-form-urlencoded", "Connection": "close"}
    sent = form | {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("POST", "/login", urlencode({"name": NAME, "password": password}), sent)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def test_a_proxy_on_this_machine_says_who_the_client_is_and_that_it_came_by_https(guarded: tuple[int, Path]) -> None:
    port = guarded[0]
    tries = [attempt(port, "wrong-horse", X_Forwarded_For="192.0.2.99").status for _ in range(FREE + 3)]
    assert tries[:FREE] == [401] * FREE
    assert tries[-1] == 429
    other = attempt(port, PASSWORD, X_Forwarded_For="192.0.2.98", X_Forwarded_Proto="https")
    assert other.status == 303
    assert "Secure" in (other.getheader("set-cookie") or "")


def test_nothing_that_the_server_printed_holds_the_password_or_a_cookie(guarded: tuple[int, Path]) -> None:
    cookie = (attempt(guarded[0], PASSWORD, X_Forwarded_For="192.0.2.97").getheader("set-cookie") or "").split(";")[0]
    written = (guarded[1] / "log").read_text(encoding="utf-8")
    assert "Ready" in written
    assert PASSWORD not in written
    assert cookie.partition("=")[2] not in written


def test_refused_uploads_are_said_and_leave_the_page_as_it_was(
    guarded: tuple[int, Path], context: BrowserContext, tmp_path: Path, wrong: list[str]
) -> None:
    (tmp_path / "long.txt").write_bytes(b"x" * 20_000_001)
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{guarded[0]}/essays/")
    log_in(page)
    page.get_by_role("tab").nth(1).click()
    expect(page.locator(".corpus tbody tr").first).to_be_visible()
    for _ in range(7):  # more than a browser has connections for
        page.locator("#upload input[type=file]").set_input_files(str(tmp_path / "long.txt"))
        expect(page.locator(".status .note")).to_contain_text("没有加入 long.txt", timeout=20_000)
        page.get_by_role("tab").nth(0).click()
        page.get_by_role("tab").nth(1).click()
        expect(page.locator(".status .note")).to_have_count(0)
    page.get_by_role("tab").nth(0).click()
    page.locator("#question textarea").fill("数据质量")
    page.locator("#question textarea").press("Enter")
    expect(page.locator(".turn .voice").first).to_be_visible()
