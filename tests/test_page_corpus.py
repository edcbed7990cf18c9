"""The room of the essays in a real browser: listed, uploaded, dropped, edited, removed, put back."""

import zipfile
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import Reader, Server, ask, fits, in_browser, like, open_corpus, put_down, rebuild
from tests.conftest import HOSTILE_NAME

pytestmark = in_browser

INK = "磨墨要慢，心急的人磨不出好墨。写字之前先静一静，这是我祖父教我的。\n"
WHY_SLOWLY = {"zh": "磨墨为什么要慢？", "en": "Why should ink be ground slowly?"}
REFUSED = {
    "zh": {
        "binary": "broken.txt：不是 UTF-8",
        "date": "“昨天”不是日期",
        "large": "long.txt：超过了这类文件 20 MB 的上限，请拆开。",
        "many": "一次最多上传 200 个文件，请分几次。",
    },
    "en": {
        "binary": "broken.txt: it is not text in UTF-8",
        "date": "昨天 is no date",
        "large": "long.txt: it is larger than the 20 MB that a file of its kind may have; split it.",
        "many": "More than 200 files at once; upload them in parts.",
    },
}


def test_the_essays_are_listed_with_who_wrote_them_when_how_much_and_how_they_stand(
    page: Page, reader: Reader, server: Server
) -> None:
    words = reader.words
    open_corpus(page)
    expect(page.locator(".status")).to_contain_text(words["current"])
    columns = page.locator(".corpus thead th").all_text_contents()
    named = ("title", "author", "date", "size", "passages", "state")
    assert columns[:6] == [words[f"column_{name}"] for name in named]
    rows = page.locator(".corpus tbody tr")
    expect(rows).to_have_count(6)
    row = rows.filter(has_text="li-mu-talk.md")
    expect(row.locator("th")).to_contain_text("摘要：《LLM趋势及个人生涯分享--李沐》")
    cells = [text.strip() for text in row.locator("td").all_text_contents()]
    size = round((server[1] / "li-mu-talk.md").stat().st_size / 1000)
    assert cells[:3] == ["李沐（讲者）", "2024-08-24", f"{size} KB"]
    assert int(cells[3]) > 3
    assert cells[4] == words["state_current"]
    for button in (words["edit"], words["remove"]):
        expect(row.get_by_role("button", name=button).first).to_be_in_viewport()
    expect(row.get_by_text(words["state_current"])).to_be_visible()
    if reader.wide:
        for cell in row.locator("td").all():
            expect(cell).to_be_visible()
    assert fits(page)


def test_upload_rebuild_ask_remove(page: Page, reader: Reader, seeds: Path, tmp_path: Path) -> None:
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
    expect(page.locator(".status .note")).to_have_text(words["added"].format(names="calligraphy.txt"))
    expect(page.locator(".status .behind")).to_have_text(
        words["behind"].format(added=1, changed=0, renamed=0, removed=0)
    )
    expect(page.locator("tr.new")).to_contain_text("calligraphy.txt")
    expect(page.locator("tr.new")).to_contain_text(words["state_new"])
    rebuild(page, 7)
    expect(page.locator("tr.new")).to_have_count(0)
    expect(page.locator(".status .ours")).to_have_text(words["current"])

    page.get_by_role("tab").nth(0).click()
    turn = ask(page, WHY_SLOWLY[reader.code])
    expect(turn.locator("blockquote").first).to_contain_text("磨墨要慢，心急的人磨不出好墨")

    page.get_by_role("tab").nth(1).click()
    page.locator("button.remove[data-name='calligraphy.txt']").click()
    kept = words["removed"].format(name="calligraphy.txt", place=".removed/calligraphy.txt")
    expect(page.locator(".status .note")).to_contain_text(kept)
    assert (seeds / ".removed" / "calligraphy.txt").is_file()
    page.get_by_role("tab").nth(0).click()
    expect(ask(page, WHY_SLOWLY[reader.code])).not_to_contain_text("心急的人")
    open_corpus(page)
    rebuild(page, 6)


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
    expect(page.locator("tr.new")).to_have_count(len(names))
    expect(page.locator(".status .behind")).to_have_text(like(reader.words["behind"], added=len(names)))
    expect(page.locator("#upload .upload-container")).to_be_visible()  # and takes more
    assert fits(page)


def test_what_is_too_much_is_refused_by_the_server_and_said(
    page: Page, reader: Reader, seeds: Path, tmp_path: Path, wrong: list[str]
) -> None:
    (tmp_path / "long.txt").write_bytes(b"x" * 20_000_001)
    many = [tmp_path / f"note-{n}.txt" for n in range(201)]
    for path in many:
        path.write_text(INK, encoding="utf-8")
    before = sorted(path.name for path in seeds.iterdir())
    open_corpus(page)
    upload = page.locator("#upload input[type=file]")
    for files, why in (([tmp_path / "long.txt"], "large"), (many, "many")):
        upload.set_input_files(files)
        said = page.get_by_test_id("toast-body").filter(has_text=REFUSED[reader.code][why])
        expect(said).to_be_visible()
        page.get_by_test_id("toast-close").first.click()
        expect(said).to_have_count(0)
        page.locator("#upload .clear-status button").click()
    assert sorted(path.name for path in seeds.iterdir()) == before
    refusals = [line for line in wrong if "status of 413" in line]  # the browser says so by itself
    assert len(refusals) == 2
    assert wrong == refusals
    wrong.clear()


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
    expect(page.locator(".status .note")).to_have_text(words["added"].format(names="pack.zip"))
    expect(page.locator("tr.new")).to_contain_text("pack.zip/ink.html")
    expect(page.locator("tr.twin")).to_contain_text(f"{words['state_twin']} {known.name}")
    rebuild(page, 7)
    page.evaluate("location.hash = '#d=pack.zip/ink.html'")
    expect(page.locator(".reader header")).to_contain_text(words["extracted"].format(name="pack.zip/ink.html"))
    put_down(page)
    page.locator("tr.twin").get_by_role("button", name=words["remove_label"].format(name="pack.zip")).click()
    expect(page.locator(".status .behind")).to_have_text(like(words["behind"], added=0, removed=2))
    expect(page.locator("tr.twin, tr.new")).to_have_count(0)
    rebuild(page, 6)


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
    expect(page.locator(".status .note")).to_contain_text(REFUSED[reader.code]["date"])
    edit.click()
    form.get_by_label(words["column_author"]).fill("无名氏")
    assert fits(page)
    form.get_by_role("button", name=words["edit_save"]).click()
    expect(page.locator(".status .note")).to_have_text(words["edited"].format(name="thoughts-on-llm.md"))
    expect(row.locator("td").first).to_have_text("无名氏")
    expect(row).to_contain_text(words["state_changed"])
    assert 'author = "无名氏"' in (seeds / "essays.toml").read_text(encoding="utf-8")
    page.get_by_role("tab").first.click()
    expect(page.locator("#behind")).to_contain_text(words["behind_short"], timeout=30_000)
    page.get_by_role("button", name=words["behind_go"]).click()
    expect(page.locator("#rebuild")).to_be_visible()
    (seeds / "essays.toml").unlink()
    row.get_by_role("button", name=words["remove_label"].format(name="thoughts-on-llm.md")).click()
    expect(page.locator(".status .behind")).to_have_text(like(words["behind"], removed=1))
    expect(row).to_have_count(0)
    page.get_by_role("button", name=words["undo"]).click()
    expect(page.locator(".status .note")).to_have_text(words["restored"].format(name="thoughts-on-llm.md"))
    expect(page.locator(".status")).to_contain_text(words["current"])
    expect(row).to_contain_text(words["state_current"])
