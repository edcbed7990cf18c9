"""The room of the essays in a real browser: what is added, edited, removed, put back and dropped, at every width."""

import re
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Error, Locator, Page, expect

from tests.bench_scale import write_essays
from tests.browser import READERS, Server, ask, in_browser, on_phones
from tests.conftest import ROOT, serving
from tests.test_everyone import CUT_OFF, open_corpus, reading

pytestmark = in_browser
in_chinese = pytest.mark.parametrize("reader", [READERS[0]], ids=str)
both = pytest.mark.parametrize("reader", [READERS[0], READERS[3]], ids=str)


# What was said of an index that is behind, which it is for some seconds only.
LAGGING = """() => {
  window.lagging = [];
  new MutationObserver(() => lagging.push(document.querySelector('.status .behind')?.textContent.trim()))
    .observe(document.body, { childList: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One of our own: what is done here is seen by every reader."""
    folder = tmp_path_factory.mktemp("room")
    shutil.copytree(ROOT / "seeds", folder / "seeds", ignore=shutil.ignore_patterns(".*"))
    with serving(folder) as address:
        yield address, folder / "seeds"


def row(page: Page, name: str) -> Locator:
    return page.locator(".corpus tbody tr").filter(has=page.locator(".file", has_text=re.compile(f"^{name}$")))


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def top_of(line: Locator) -> float:
    box = line.bounding_box()
    assert box is not None
    return box["y"]


def follow(page: Page) -> None:
    """Wait until the index has followed by itself."""
    expect(page.locator(".status .ours").last).to_have_text(re.compile("索引是最新的|up to date"), timeout=60_000)
    expect(page.locator("progress")).to_have_count(0)


# What is added


@both
def test_of_many_files_the_good_ones_are_added_and_every_other_is_named(
    page: Page, server: Server, tmp_path: Path
) -> None:
    zh = page.locator("html").get_attribute("lang") == "zh-CN"
    tag = "zh" if zh else "en"
    sent = [write(tmp_path / f"{tag}{n}.txt", f"第{n}篇，写给{tag}的信。") for n in range(3)]
    sent += [write(tmp_path / f"broken-{tag}.pdf", "%PDF"), write(tmp_path / "old.doc", "x")]
    sent += [write(tmp_path / "prog.exe", "x")]
    open_corpus(page)
    page.locator("#upload input[type=file]").set_input_files([str(path) for path in sent])
    note = page.locator(".status .note")
    expect(note).to_contain_text(
        "已加入 3 个文件：zh0.txt、zh1.txt、zh2.txt；没有加入 3 个："
        if zh
        else "Added 3 files: en0.txt, en1.txt, en2.txt; 3 not"
    )
    expect(note).to_contain_text(f"broken-{tag}.pdf")
    expect(note).to_contain_text(
        "old.doc（不读 .doc 文件，请另存为 .docx）" if zh else "old.doc (.doc files are not read; save it as .docx)"
    )
    expect(note).to_contain_text("prog.exe")
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(row(page, f"{tag}2.txt")).to_be_visible()
    assert (server[1] / f"{tag}0.txt").is_file()
    follow(page)
    expect(note).to_contain_text("old.doc")  # it can still be read when the rebuild has come and gone


@in_chinese
def test_a_file_of_another_kind_is_refused_in_the_language_of_the_page(page: Page, tmp_path: Path) -> None:
    open_corpus(page)
    page.locator("#upload input[type=file]").set_input_files(str(write(tmp_path / "old.doc", "x")))
    expect(page.locator(".status .note")).to_have_text("没有加入 old.doc：不读 .doc 文件，请另存为 .docx。")
    expect(page.locator(".toast-body")).to_have_count(0)
    expect(page.locator("#upload input[type=file]")).to_have_attribute("accept", re.compile(r"\.txt,.*\.zip"))


@in_chinese
def test_what_was_added_can_be_asked_without_another_step(page: Page, tmp_path: Path) -> None:
    open_corpus(page)
    page.evaluate(LAGGING)
    page.locator("#upload input[type=file]").set_input_files(
        str(write(tmp_path / "ink.txt", "磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n"))
    )
    expect(row(page, "ink.txt")).to_be_visible()
    expect(page.locator("tr.new")).to_have_count(0, timeout=180_000)
    expect(page.locator(".status .done")).to_be_visible(timeout=180_000)
    said = set(page.evaluate("lagging")) - {None, ""}
    assert said <= {"索引落后于文章：新增 1。几秒后自动重建。"}  # where there was time to say it
    page.get_by_role("tab").nth(0).click()
    ask(page, "磨墨为什么要慢？")
    expect(page.locator(".turn").last.locator("blockquote").first).to_contain_text("磨墨要慢，心急的人磨不出好墨")


DROP = """([where, name, text]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([text], name));
  return ['dragenter', 'dragover', 'drop'].map((type) => {
    const event = new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: carried });
    document.querySelector(where).dispatchEvent(event);
    return event.defaultPrevented;
  });
}"""


@in_chinese
def test_a_file_that_is_dropped_beside_its_place_is_taken_and_never_opened(page: Page, server: Server) -> None:
    for where in ("#question textarea", "#right", "#masthead"):
        assert page.evaluate(DROP, [where, "lost.txt", "掉在外面了。"]) == [True] * 3
    open_corpus(page)
    for where in ("#corpus-list", "#upload"):
        name = f"dropped-{where[1:]}.txt"
        assert page.evaluate(DROP, [where, name, f"掉在 {where} 上的一篇。"]) == [True] * 3
        expect(page.locator(".status .note")).to_contain_text(f"已加入 {name}")
        expect(page.locator(".dropping")).to_have_count(0)
    assert not (server[1] / "lost.txt").exists()
    follow(page)


# What is edited


@in_chinese
def test_what_was_typed_stays_with_what_is_wrong_beside_it(page: Page, server: Server) -> None:
    open_corpus(page)
    line = row(page, "thoughts-on-llm.md")
    line.locator(".edit").click()
    form = page.locator("tr.editing form")
    title, date = form.get_by_label("标题"), form.get_by_label("日期")
    title.fill("另一个标题")
    date.fill("昨天")
    page.keyboard.press("Enter")
    alert = form.get_by_role("alert")
    expect(alert).to_have_text("“昨天”不是日期，请写成 2023-10-15、2023-10 或 2023。")
    expect(date).to_have_accessible_description(alert.inner_text())
    expect(date).to_have_attribute("aria-invalid", "true")
    expect(date).to_be_focused()
    expect(title).to_have_value("另一个标题")
    box, beside = date.bounding_box(), alert.bounding_box()
    assert box is not None
    assert beside is not None
    assert 0 <= beside["y"] - box["y"] - box["height"] < 24
    date.fill("2022-02")
    page.keyboard.press("Enter")
    expect(form).to_have_count(0)
    expect(line).to_contain_text("另一个标题")
    expect(line).to_contain_text("2022-02")
    expect(line.locator(".edit")).to_be_focused()
    expect(page.locator(".status .note")).to_have_text("已保存 thoughts-on-llm.md 的标题、作者和日期。")
    follow(page)


@in_chinese
def test_what_is_being_typed_outlives_a_list_that_is_drawn_anew(page: Page, server: Server) -> None:
    open_corpus(page)
    row(page, "thoughts-on-llm.md").locator(".edit").click()
    title = page.locator("tr.editing").get_by_label("标题")
    title.fill("还没有写完")
    page.keyboard.press("ArrowLeft")
    write(server[1] / "meanwhile.txt", "有人在此期间放进来一篇。")
    page.locator("#rebuild").evaluate("(button) => button.click()")  # as somebody else does
    expect(row(page, "meanwhile.txt")).to_be_visible(timeout=60_000)
    expect(title).to_have_value("还没有写完")
    expect(title).to_be_focused()
    page.keyboard.type("全")
    expect(title).to_have_value("还没有写全完")
    page.keyboard.press("Escape")
    expect(page.locator("tr.editing")).to_have_count(0)


PAINT = """(box) => {
  const rgb = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = (colour) => rgb(colour).map((v) => v / 255).map((v) => (v <= .03928 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [.2126, .7152, .0722][n], 0);
  const contrast = (one, other) => { const [a, b] = [light(one), light(other)].sort((x, y) => y - x); return (a + .05) / (b + .05); };
  const paper = getComputedStyle(box).backgroundColor;
  return [getComputedStyle(box, '::placeholder').color, getComputedStyle(box).color].map((ink) => contrast(ink, paper));
}"""  # noqa: E501


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_an_example_does_not_look_like_a_value(
    browser: Browser, server: Server, scheme: Literal["light", "dark"]
) -> None:
    with reading(browser, server, scheme=scheme) as page:
        page.locator(".scope summary").click()
        boxes = [page.locator(".scope input[name=from]"), page.locator("#question textarea")]
        contrasts = [box.evaluate(PAINT) for box in boxes]
        open_corpus(page)
        page.locator(".edit").first.click()
        boxes.append(page.locator("tr.editing").get_by_label("日期"))
        contrasts.append(boxes[-1].evaluate(PAINT))
        expect(boxes[-1]).to_have_attribute("placeholder", "例如 2023-10-15")
        for example, value in contrasts:
            assert 4.5 <= example < 0.6 * value


# What is removed


@in_chinese
def test_a_line_that_was_removed_stays_where_it_is_with_its_undo(page: Page, server: Server, tmp_path: Path) -> None:
    page.on("dialog", lambda dialog: pytest.fail(f"asked: {dialog.message}"))
    names = [f"gone{n}.txt" for n in range(3)]
    for name in names:
        write(server[1] / name, f"{name} 是一篇马上要移走的文章。")
    open_corpus(page)
    page.locator("#rebuild").click()
    expect(page.locator(".status .done")).to_be_visible(timeout=60_000)
    follow(page)
    row(page, names[2]).scroll_into_view_if_needed()
    top = top_of(row(page, names[2]))
    row(page, names[0]).locator(".remove").click()
    undo = page.locator("tr.gone .undo")
    expect(undo).to_have_count(1)
    expect(undo).to_be_focused()
    expect(page.locator("tr.gone")).to_have_text(re.compile(r"已移走 gone0 ·\s+撤销"))
    assert abs(top_of(row(page, names[2])) - top) < 1
    row(page, names[1]).locator(".remove").click()
    expect(undo).to_have_count(2)
    expect(undo.nth(1)).to_be_focused()
    assert abs(top_of(row(page, names[2])) - top) < 1
    assert not (server[1] / names[0]).exists()
    follow(page)
    expect(undo).to_have_count(2)
    page.locator(f".undo[data-name='{names[1]}']").click()
    expect(row(page, names[1])).to_be_visible()
    expect(row(page, names[1]).locator(".remove")).to_be_focused()
    expect(undo).to_have_count(1)
    page.get_by_role("tab").nth(0).click()
    open_corpus(page)
    expect(page.locator("tr.gone")).to_have_count(0)
    expect(row(page, names[0])).to_have_count(0)
    follow(page)


# What is opened


@on_phones
def test_on_a_phone_an_essay_opens_from_the_list(page: Page) -> None:
    open_corpus(page)
    line = row(page, "thoughts-on-llm.md")
    title = line.locator("a").inner_text()
    line.locator("a").click()
    expect(page.locator(".reader h2")).to_be_focused()
    expect(page.locator(".reader h2")).to_contain_text(title)
    assert page.url.endswith("#d=thoughts-on-llm.md")
    page.locator(".close").click()
    expect(line.locator("a")).to_be_focused()


# How it lies on the page

# Beside the list, which may be cut off itself, its table.
WIDER = """() => [...document.querySelectorAll('#corpus-list, .corpus, .corpus table, #standing, #status')]
  .filter((each) => each.scrollWidth > each.clientWidth || each.getBoundingClientRect().right > each.closest('#left').clientWidth)
  .map((each) => `${each.id || each.className || each.localName} is wider than its place`)"""  # noqa: E501
STACKED = """() => [...document.querySelectorAll('.corpus td.doing')]
  .map((cell) => [...cell.querySelectorAll('button')].map((button) => button.getBoundingClientRect()))
  .filter(([one, other]) => one.top !== other.top || one.height < 24).map(() => 'the buttons are stacked or too low')"""


@pytest.mark.parametrize("locale", ["zh-CN", "en-US"])
def test_nothing_is_cut_off_at_any_width(browser: Browser, server: Server, locale: str) -> None:
    found: list[str] = []
    write(server[1] / f"{'a-long-name-without-any-space-' * 4}.txt", "题目很长的一篇。")
    with reading(browser, server, locale) as page:
        open_corpus(page)
        page.locator(".edit").first.click()
        for width in (320, 360, 390, 480, 540, 600, 768, 830, 900, 990, 1000, 1050, 1100, 1200, 1360, 1600, 1700, 1920):
            page.set_viewport_size({"width": width, "height": 860})
            page.wait_for_timeout(150)
            with suppress(Error):  # what hangs over is folded away a moment later
                page.wait_for_function(f"!({CUT_OFF})().length && !({WIDER})().length", timeout=30_000)
            found += [f"{width}: {line}" for line in page.evaluate(CUT_OFF)]
            found += [f"{width}: {line}" for line in page.evaluate(WIDER)]
            found += [f"{width}: {line}" for line in page.evaluate(STACKED) if width > 340]
    assert found == [], "\n".join(found)


# The rebuild


@in_chinese
def test_while_a_rebuild_runs_no_page_offers_another_and_a_stop_is_no_failure(
    page: Page, browser: Browser, server: Server
) -> None:
    open_corpus(page)
    rebuild, stop = page.locator("#rebuild"), page.get_by_role("button", name="停止重建")
    expect(stop).to_have_count(0)
    write_essays(server[1] / "made up", 60, 320)
    with reading(browser, server, "en-US") as other:
        open_corpus(other)
        rebuild.click()
        expect(rebuild).to_have_attribute("aria-disabled", "true")
        expect(other.locator("#rebuild")).to_have_attribute("aria-disabled", "true")
        expect(other.get_by_role("button", name="Stop the rebuild")).to_be_visible()
        other.locator("#rebuild").evaluate("(button) => button.click()")
        expect(page.locator("progress[max]")).to_be_visible(timeout=60_000)
        stop.click()
        expect(page.locator(".status")).to_contain_text(
            "重建已停止，旧索引照用；已编码的部分留给下一次。", timeout=60_000
        )
        expect(page.locator(".status")).not_to_contain_text("没有完成")
        expect(page.locator(".status .behind")).to_contain_text("请重建索引。")
        expect(rebuild).not_to_have_attribute("aria-disabled", "true")
        expect(other.locator("#rebuild")).not_to_have_attribute("aria-disabled", "true")
    shutil.rmtree(server[1] / "made up")
