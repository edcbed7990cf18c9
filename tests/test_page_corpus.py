"""The room of the essays in a real browser: listed, uploaded, dropped, edited, removed, put back."""

import re
import zipfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser import Reader, Server, ask, fits, in_browser, like, open_corpus, put_down, rebuild
from tests.conftest import HOSTILE_NAME

pytestmark = in_browser

INK = "磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n"
WHY_SLOWLY = {"zh": "磨墨为什么要慢？", "en": "Why should ink be ground slowly?"}
REFUSED: dict[str, dict[str, Any]] = {
    "zh": {
        "binary": "broken.txt：不是 UTF-8",
        "date": "“昨天”不是日期",
        "unsent": ("long.txt", "20 MB", "不读 .doc 文件，请另存为 .docx"),
    },
    "en": {
        "binary": "broken.txt was not added: it is not text in UTF-8",
        "date": "昨天 is no date",
        "unsent": ("long.txt", "20 MB", ".doc files are not read; save it as .docx"),
    },
}


def test_the_essays_are_listed_with_who_wrote_them_when_how_much_and_how_they_stand(
    page: Page, reader: Reader, server: Server
) -> None:
    words = reader.words
    open_corpus(page)
    expect(page.locator(".status")).to_contain_text(words["current"])
    expect(page.locator(".corpus tbody tr")).to_have_count(6)
    row = page.locator(".corpus tbody tr").filter(has_text="li-mu-talk.md")
    seen = " ".join(row.inner_text().split())
    size = round((server[1] / "li-mu-talk.md").stat().st_size / 1000)
    for fact in ("摘要：《LLM趋势及个人生涯分享--李沐》", "李沐（讲者）", "2024-08-24", f"{size} KB"):
        assert fact in seen, seen
    assert re.search(like(words["passages_short"]), seen), seen
    expect(row.get_by_text(words["state_current"]).locator("visible=true")).to_have_count(1)
    for button in (words["edit"], words["remove"]):
        expect(row.get_by_role("button", name=button).first).to_be_in_viewport()
    assert fits(page)


def follow(page: Page, reader: Reader) -> None:
    """Wait until the index has followed by itself."""
    expect(page.locator(".status .ours").last).to_have_text(reader.words["current"], timeout=60_000)
    expect(page.locator(".status progress")).to_have_count(0)


def test_what_is_uploaded_can_be_asked_and_what_is_removed_is_cited_no_more(
    page: Page, reader: Reader, seeds: Path, tmp_path: Path
) -> None:
    words = reader.words
    first, second = tmp_path / "calligraphy.txt", tmp_path / "broken.txt"
    first.write_text(INK, encoding="utf-8")
    second.write_bytes(bytes(range(256)) * 20)
    open_corpus(page)
    upload = page.locator("#upload input[type=file]")
    upload.set_input_files(str(second))
    expect(page.locator(".status .note")).to_contain_text(REFUSED[reader.code]["binary"])
    assert not (seeds / "broken.txt").exists()

    upload.set_input_files(str(first))
    expect(page.locator(".status .note")).to_have_text(added(reader, "calligraphy.txt"))
    expect(page.locator(".status .done")).to_have_text(like(words["job_done"], documents=7), timeout=60_000)
    follow(page, reader)
    page.get_by_role("tab").nth(0).click()
    turn = ask(page, WHY_SLOWLY[reader.code])
    expect(turn.locator("blockquote").first).to_contain_text("磨墨要慢，心急的人磨不出好墨")

    page.get_by_role("tab").nth(1).click()
    page.locator("button.remove[data-name='calligraphy.txt']").click()
    expect(page.locator("tr.gone")).to_contain_text(words["removed"].format(label="calligraphy"))
    assert (seeds / ".removed" / "calligraphy.txt").is_file()
    page.get_by_role("tab").nth(0).click()
    expect(ask(page, WHY_SLOWLY[reader.code])).not_to_contain_text("心急的人")
    open_corpus(page)
    follow(page, reader)
    expect(page.locator(".corpus tbody tr")).to_have_count(6)


def added(reader: Reader, name: str) -> str:
    return reader.words["added_one"].format(names=name) + reader.words["full_stop"]


def test_essays_can_be_dropped_many_at_once(page: Page, reader: Reader, seeds: Path) -> None:
    names = [f"note-{n}.txt" for n in range(4)] + ["page.html"]
    open_corpus(page)
    data = page.evaluate_handle(
        """([names, text]) => {
          const data = new DataTransfer();
          for (const name of names) data.items.add(new File([text + name], name, { type: 'text/plain' }));
          return data;
        }""",
        [names, INK],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.locator("#upload .upload-container").dispatch_event(event, {"dataTransfer": data})
    for name in names:
        expect(page.locator(".status .note")).to_contain_text(name)
        assert (seeds / name).read_text(encoding="utf-8") == INK + name
        expect(page.locator(".corpus tbody")).to_contain_text(name)
    expect(page.locator("#upload .upload-container")).to_be_visible()  # and takes more
    assert fits(page)
    follow(page, reader)


def test_what_is_too_much_or_of_another_kind_is_not_sent_and_said_in_the_reader_s_language(
    page: Page, reader: Reader, seeds: Path, tmp_path: Path
) -> None:
    (tmp_path / "long.txt").write_bytes(b"x" * 20_000_001)
    (tmp_path / "old.doc").write_bytes(b"x")
    before = sorted(path.name for path in seeds.iterdir())
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.url.endswith("/upload") else None)
    open_corpus(page)
    page.locator("#upload input[type=file]").set_input_files([tmp_path / "long.txt", tmp_path / "old.doc"])
    note = page.locator(".status .note")
    for why in REFUSED[reader.code]["unsent"]:
        expect(note).to_contain_text(why)
    expect(page.get_by_test_id("toast-body")).to_have_count(0)
    assert sorted(path.name for path in seeds.iterdir()) == before
    assert sent == []


def test_an_archive_is_taken_and_removed_whole_and_an_essay_in_it_says_what_it_was(
    page: Page, reader: Reader, seeds: Path, tmp_path: Path
) -> None:
    words = reader.words
    known = next(path for path in sorted(seeds.glob("*.md")) if path.name != HOSTILE_NAME)
    pack = tmp_path / "pack.zip"
    with zipfile.ZipFile(pack, "w") as archive:
        archive.writestr("z.md", known.read_bytes())
        archive.writestr("ink.html", f"<html><body><p>{INK}</p></body></html>")
    open_corpus(page)
    page.locator("#upload input[type=file]").set_input_files(str(pack))
    expect(page.locator(".status .note")).to_have_text(added(reader, "pack.zip"))
    expect(page.locator(".corpus tbody")).to_contain_text("pack.zip/ink.html")
    expect(page.locator("tr.twin")).to_contain_text(f"{words['state_twin']} {known.name}")
    follow(page, reader)
    page.evaluate("location.hash = '#d=pack.zip/ink.html'")
    expect(page.locator(".reader header")).to_contain_text(words["extracted"].format(name="pack.zip/ink.html"))
    put_down(page)
    page.locator("tr.twin").get_by_role("button", name=words["remove_label"].format(name="pack.zip")).click()
    expect(page.locator("tr.twin")).to_have_count(0)
    assert not (seeds / "pack.zip").exists()
    follow(page, reader)


def test_an_essay_is_edited_in_its_line_and_a_removal_is_undone(page: Page, reader: Reader, seeds: Path) -> None:
    words = reader.words
    open_corpus(page)
    row = page.locator(".corpus tr").filter(has_text="thoughts-on-llm.md")
    edit = row.get_by_role("button", name=words["edit_label"].format(name="thoughts-on-llm.md"))
    edit.click()
    form = page.locator("tr.editing form")
    expect(form.get_by_label(words["column_title"])).to_be_focused()
    expect(form.get_by_label(words["column_title"])).to_have_value("摘要：《关于大语言模型的思考》")
    form.get_by_role("button", name=words["edit_cancel"]).click()
    expect(form).to_have_count(0)
    edit.click()
    form.get_by_label(words["column_author"]).fill("无名氏")
    form.get_by_label(words["column_date"]).fill("昨天")
    page.keyboard.press("Enter")
    expect(form.get_by_role("alert")).to_contain_text(REFUSED[reader.code]["date"])
    assert fits(page)
    form.get_by_label(words["column_date"]).fill("2023-10")
    form.get_by_role("button", name=words["edit_save"]).click()
    expect(page.locator(".status .note")).to_have_text(words["edited"].format(name="thoughts-on-llm.md"))
    expect(row).to_contain_text("无名氏")
    assert 'author = "无名氏"' in (seeds / "essays.toml").read_text(encoding="utf-8")
    follow(page, reader)
    row.get_by_role("button", name=words["remove_label"].format(name="thoughts-on-llm.md")).click()
    expect(row.locator(".remove")).to_have_count(0)
    page.locator(".undo").click()
    expect(page.locator(".status .note")).to_have_text(words["restored"].format(name="thoughts-on-llm.md"))
    expect(row.locator(".remove")).to_be_visible()
    follow(page, reader)


def test_a_file_that_changed_behind_the_page_is_said_beside_the_question(
    page: Page, reader: Reader, seeds: Path
) -> None:
    words = reader.words
    (seeds / "meanwhile.txt").write_text(INK, encoding="utf-8")
    expect(page.locator("#behind")).to_contain_text(words["behind_short"], timeout=180_000)
    page.get_by_role("button", name=words["behind_go"]).click()
    expect(page.locator("tr.new")).to_contain_text("meanwhile.txt")
    expect(page.locator("tr.new").get_by_text(words["state_new"]).locator("visible=true")).to_have_count(1)
    lacks = words["lacks_added"].format(n=1)
    expect(page.locator(".status .behind")).to_contain_text(words["behind"].format(lacks=lacks))
    rebuild(page, 7)
    expect(page.locator("tr.new")).to_have_count(0)
