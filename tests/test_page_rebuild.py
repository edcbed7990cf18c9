"""A rebuild in a real browser: how far it is, seen by every reader, outliving a reload, and stopped."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.bench_scale import write_essays
from tests.browser import READERS, Reader, Server, ask, in_browser, like, open_corpus, put_down, reading
from tests.conftest import ROOT, serving

pytestmark = in_browser


def test_every_reader_sees_a_rebuild_and_a_second_one_waits(
    page: Page, browser: Browser, server: Server, reader: Reader, seeds: Path
) -> None:
    days = (f"第{n}天，茶园里下着雨，我在第{n * 7}棵树下给{reader}记了一笔账。" for n in range(1_200))
    (seeds / "long.txt").write_text("\n\n".join(days), encoding="utf-8")
    ask(page, reader.says("quality"))
    page.locator(".cite").first.click()
    expect(page.locator("#hit")).to_be_visible()
    if not reader.wide:
        put_down(page)
    somebody = next(other for other in READERS if other.code != reader.code and other.width == reader.width)
    with reading(browser, server[0], somebody) as other:
        for each in (page, other):
            open_corpus(each)
        page.locator("#rebuild").click()
        expect(page.locator("progress[max]")).to_be_visible(timeout=120_000)
        expect(other.locator("progress")).to_be_visible()
        for each in (page, other):
            expect(each.locator("#rebuild")).to_have_attribute("aria-disabled", "true")
        for each, words in ((page, reader.words), (other, somebody.words)):
            expect(each.locator(".status .done")).to_have_text(like(words["job_done"], documents=7), timeout=300_000)
    if reader.wide:
        expect(page.locator("#hit")).to_be_visible()  # the rebuild took nothing from the reader's hands
    page.get_by_role("tab").nth(0).click()
    expect(page.locator(".turn")).to_have_count(1)


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A page of its own, whose essays become so many that a rebuild takes long."""
    folder = tmp_path_factory.mktemp("growing")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder) as address:
        yield address, folder / "seeds"


def test_a_rebuild_says_how_far_it_is_outlives_a_reload_and_can_be_stopped(
    browser: Browser, growing: Server, reader: Reader
) -> None:
    address, folder = growing
    words = reader.words
    counted = r"\d / [\d,]+"
    rate, left = like(words["job_rate"]).pattern, like(words["job_left"]).pattern
    with reading(browser, address, reader) as page:
        shutil.rmtree(folder / "made up", ignore_errors=True)  # what was embedded is kept, and these are others
        write_essays(folder / "made up", 1_000, 320 + READERS.index(reader))
        open_corpus(page)
        page.locator("#rebuild").click()
        running = page.locator(".status .by")
        expect(running).to_have_text(re.compile(f"{counted} · {rate} · {left}"), timeout=180_000)
        expect(page.locator(".status label")).to_have_text(words["Embedding"], timeout=180_000)
        page.reload()
        page.get_by_role("tab").nth(1).click()
        expect(running).to_have_text(re.compile(counted))
        page.get_by_role("button", name=words["job_stop"]).click()
        stopped = {"zh": "重建已停止", "en": "The rebuild was stopped"}
        expect(page.locator(".status .ours")).to_contain_text(stopped[reader.code], timeout=60_000)
        expect(page.locator(".status .behind")).to_contain_text(like(words["behind"]))
        expect(page.locator(".status progress")).to_have_count(0)
        expect(page.locator("#rebuild")).to_be_visible()
