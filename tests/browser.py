"""The page in real browsers: who reads it, what they ask, and what must not happen meanwhile."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Locator, Page, expect, sync_playwright

from ui.words import WORDS, Words

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium (on Debian: apt-get install chromium)"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
]
# Whoever leaves a page breaks off its requests, of which gradio then complains.
LEAVING = "addEventListener('beforeunload', () => { console.error = () => {}; });"
WIDE, NARROW = 1360, 390
Server = tuple[str, Path]
"""The address of a page, and the folder of its essays."""

# What readers type. The sample essays are Chinese; a question in English is answered from them all the same.
QUESTION = "这些作者怎么看数据质量？"
SAID = {
    "zh": {
        "quality": QUESTION,
        "tuning": "这些作者怎么看微调？",
        "power": "这些作者怎么看算力？",
        "capital": "北京今天的天气怎么样？",
        "only": "只看李沐的",
        "others": "其他人呢？",
        "more": "还有吗？",
        "teapot": "紫砂壶养壶的窍门是什么？",
    },
    "en": {
        "quality": "What do these authors think about data quality?",
        "tuning": "What do these authors think about agents?",
        "power": "What do these authors think about pre-training?",
        "capital": "What is the capital of France?",
        "only": "only 李沐",
        "others": "What about the others?",
        "more": "What else?",
        "teapot": "How is a purple clay teapot seasoned?",
    },
}


@dataclass(frozen=True)
class Reader:
    """A language, and how wide a screen in pixels."""

    locale: str
    width: int

    def __str__(self) -> str:
        return f"{self.code}-{'wide' if self.wide else 'phone'}"

    @property
    def code(self) -> str:
        return self.locale[:2]

    @property
    def wide(self) -> bool:
        return self.width >= WIDE

    @property
    def words(self) -> Words:
        """Of the page that they see."""
        return WORDS[self.code]

    @property
    def other_words(self) -> Words:
        """Of the page in the language that is not theirs."""
        return WORDS["en" if self.code == "zh" else "zh"]

    def says(self, what: str) -> str:
        return SAID[self.code][what]


READERS = [Reader(locale, width) for locale in ("zh-CN", "en-US") for width in (WIDE, NARROW)]
on_phones = pytest.mark.parametrize("reader", [reader for reader in READERS if not reader.wide], ids=str)


@pytest.fixture(params=READERS, ids=str)
def reader(request: pytest.FixtureRequest) -> Reader:
    """Whoever reads the page: every test of it is for all of them, unless it says for whom."""
    assert isinstance(request.param, Reader)
    return request.param


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def wrong() -> list[str]:
    """What goes wrong on the page; whatever is in it at the end fails the test."""
    return []


@pytest.fixture
def page(browser: Browser, server: Server, reader: Reader, wrong: list[str]) -> Iterator[Page]:
    with reading(browser, server[0], reader, wrong) as page:
        yield page


@pytest.fixture
def seeds(page: Page, server: Server, reader: Reader) -> Iterator[Path]:
    """The folder of essays, to be changed through the page or behind its back; afterwards it is as it was."""
    folder = server[1]
    before = _contents(folder)
    yield folder
    for path in _contents(folder).keys() - before.keys():
        path.unlink()
    for path, data in before.items():
        if not path.is_file() or path.read_bytes() != data:
            path.write_bytes(data)
    for room in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        room.rmdir()
    page.goto("about:blank")
    page.goto(server[0])
    open_corpus(page)
    if page.locator(".status .behind").count():
        rebuild(page)
    expect(page.locator(".status")).to_contain_text(reader.words["current"], timeout=60_000)


def _contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def reading(
    browser: Browser,
    address: str,
    reader: Reader,
    wrong: list[str] | None = None,
    *,
    height: int = 860,
    **options: Any,
) -> Iterator[Page]:
    """A fresh reader, who has the page before them. `options`: of the browser's context."""
    wrong = [] if wrong is None else wrong
    viewport = {"width": reader.width, "height": height}
    context = browser.new_context(locale=reader.locale, viewport=viewport, **options)  # type: ignore[arg-type]
    context.set_default_timeout(60_000)
    watch(context, address, wrong)
    try:
        page = context.new_page()
        page.goto(address)
        expect(page.locator(".welcome, .turn").first).to_be_visible()
        yield page
    finally:
        context.close()
    assert wrong == []


def watch(context: BrowserContext, home: str | tuple[str, ...], wrong: list[str]) -> None:
    """Write down every request to another host, every error in the console, and every dialog but the one that asks
    whether to remove an essay, to which the answer is yes."""

    homes = (home,) if isinstance(home, str) else home

    def console(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"console: {message.text}")

    def asked(dialog: Dialog) -> None:
        if dialog.type == "confirm":
            dialog.accept()
        else:
            wrong.append(f"{dialog.type}: {dialog.message}")
            dialog.dismiss()

    def requested(url: str) -> None:
        if not url.startswith((*homes, "data:", "blob:", "about:")):
            wrong.append(f"request: {url}")

    context.add_init_script(LEAVING)
    context.on("console", console)
    context.on("dialog", asked)
    context.on("weberror", lambda error: wrong.append(f"error: {error.error}"))
    context.on("request", lambda request: requested(request.url))


def like(template: str, **known: object) -> re.Pattern[str]:
    """A sentence of the page's, whatever stands in those of its fields that are not known."""
    parts = []
    for text, field, _, _ in Formatter().parse(template):
        parts.append(re.escape(text))
        if field is not None:
            parts.append(re.escape(str(known[field])) if field in known else ".+?")
    return re.compile("".join(parts))


def whole(page: Page, count: int) -> Locator:
    """The last of so many turns, when its answer is complete."""
    expect(page.locator(".turn[data-whole]")).to_have_count(count)
    return page.locator(".turn").nth(count - 1)


def ask(page: Page, text: str) -> Locator:
    """The turn, when its answer is complete."""
    count = page.locator(".turn").count() + 1
    page.locator("#question textarea").fill(text)
    page.locator("#question textarea").press("Enter")
    return whole(page, count)


def expect_another(page: Page, sentence: str) -> Locator:
    """Ask the last answer, with the keyboard alone, what became of a sentence; what it says."""
    why = page.locator(".why").last
    if why.get_attribute("open") is None:
        why.locator("summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
    box = why.get_by_label(re.compile("|".join(re.escape(words["why_label"]) for words in WORDS.values())))
    expect(box).to_be_focused()
    box.fill(sentence)
    page.keyboard.press("Enter")
    expect(why.locator(".traced .verdict")).to_be_visible()
    return why.locator(".traced")


def put_down(page: Page) -> None:
    """Close the essay that is open; on a phone it lies over everything else."""
    page.locator(".reader .close").click()
    expect(page.locator(".reader")).to_have_count(0)


def open_corpus(page: Page) -> None:
    page.get_by_role("tab").nth(1).click()
    expect(page.locator(".corpus tbody tr").first).to_be_visible()
    expect(page.locator(".status progress")).to_have_count(0, timeout=120_000)


def rebuild(page: Page, documents: int | None = None) -> None:
    """In the room of the essays. `documents`: how many there are then."""
    page.evaluate("document.querySelector('.status .done')?.classList.add('old')")
    page.locator("#rebuild").click()
    some = r"[\d,]+" if documents is None else str(documents)
    done = "|".join(like(words["job_done"]).pattern.replace(".+?", some, 1) for words in WORDS.values())
    expect(page.locator(".status .done:not(.old)")).to_have_text(re.compile(done), timeout=120_000)


def place(page: Page) -> dict[str, list[str]]:
    """What the address says is asked and open."""
    return parse_qs(page.url.partition("#")[2])


def fits(page: Page) -> bool:
    """Whether nothing sticks out of the screen, so that the page would scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))
