"""The source in a real browser: the whole essay with what is cited of it, from every kind of file."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser import Reader, Server, ask, fits, in_browser, on_phones, open_corpus, place, put_down, rebuild
from tests.made import saved_as

pytestmark = in_browser

IN_VIEW = """() => {
  const hit = document.querySelector('#hit').getBoundingClientRect();
  const leaf = document.querySelector('#right').getBoundingClientRect();
  const below = Math.min(leaf.bottom, innerHeight);
  return leaf.left >= 0 && leaf.right <= innerWidth && hit.top >= leaf.top && hit.bottom <= below;
}"""


def test_the_second_citation_opens_its_essay_with_the_sentence_marked(
    page: Page, reader: Reader, server: Server
) -> None:
    ask(page, reader.says("quality"))
    citation = page.locator(".cite").nth(1)
    quoted = citation.locator("xpath=preceding-sibling::span").inner_text()
    citation.click()
    expect(page.locator("#hit")).to_be_visible()
    expect(page.locator("#hit")).to_be_focused()
    assert "".join(page.locator("mark:not(.also)").all_inner_texts()) == quoted.replace("\n", "")
    page.wait_for_function(IN_VIEW)
    expect(page.locator(".reader .exact")).to_contain_text(reader.words["exact"])
    expect(page.locator(".reader .digest")).to_have_text(reader.words["digest"])  # not the authors' own words
    assert place(page)["q"] == [reader.says("quality")]
    text = (server[1] / place(page)["d"][0]).read_text(encoding="utf-8")
    page.locator(".essay summary").click()  # under which the file's own header is folded
    lines = page.locator(".essay p").all_inner_texts()
    assert "".join("".join(lines).split()) == "".join(text.split())  # the whole of it
    assert fits(page)


@on_phones
def test_on_a_phone_the_back_button_returns_to_the_answer(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    expect(page.locator("#right")).to_be_hidden()
    page.locator(".cite").first.click()
    expect(page.locator(".reader")).to_be_visible()
    assert fits(page)
    page.go_back()
    expect(page.locator("#right")).to_be_hidden()
    expect(page.locator(".cite").first).to_be_visible()


def test_the_keyboard_alone_opens_a_citation(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    page.locator(".cite").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hit")).to_be_focused()


def test_the_arrow_keys_and_the_buttons_go_from_source_to_source(page: Page, reader: Reader) -> None:
    turn = ask(page, reader.says("quality"))
    cites = turn.locator(".voice .cite")
    count = cites.count()
    steps = page.get_by_role("navigation", name=reader.words["steps"])
    on = steps.get_by_role("link", name=reader.words["step_on"])
    back = steps.get_by_role("link", name=reader.words["step_back"])
    cites.first.click()
    expect(steps).to_contain_text(f"1 / {count}")
    expect(page.locator("#hit")).to_be_focused()
    expect(back).to_have_count(0)
    for n in range(2, count + 1):
        page.keyboard.press("ArrowRight")
        expect(steps).to_contain_text(f"{n} / {count}")
        expect(page.locator("#hit")).to_be_focused()
        expect(cites.nth(n - 1)).to_have_attribute("aria-current", "true")
    expect(on).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    expect(steps).to_contain_text(f"{count - 1} / ")
    back.click()
    expect(steps).to_contain_text(f"{count - 2} / ")
    expect(cites.nth(count - 3)).to_have_attribute("aria-current", "true")
    on.click()
    expect(steps).to_contain_text(f"{count - 1} / ")
    page.wait_for_function(IN_VIEW)


def test_the_other_excerpts_of_an_essay_are_marked_fainter(page: Page, reader: Reader) -> None:
    turn = ask(page, reader.says("quality"))
    voice = turn.locator(".voice:has(blockquote + blockquote)").first
    quotes = voice.locator(".words").all_inner_texts()
    voice.locator(".cite").first.click()
    expect(page.locator("mark.also")).to_have_count(len(quotes) - 1)
    assert page.locator("mark.also").first.inner_text() in quotes[1:]
    paint = "(mark) => getComputedStyle(mark).backgroundColor"
    assert page.locator("mark.also").first.evaluate(paint) != page.locator("#hit").evaluate(paint)


def test_an_essay_links_to_where_it_comes_from(page: Page, reader: Reader) -> None:
    ask(page, reader.says("quality"))
    page.locator(".voice h3 a", has_text="《回望做大模型一年后的感悟》").click()
    link = page.locator(".reader header").get_by_role("link", name=reader.words["source_link"])
    expect(link).to_have_attribute("href", "https://www.zhihu.com/question/632702043/answer/3363750643")
    expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    expect(link).to_have_attribute("target", "_blank")
    put_down(page)
    page.locator(".voice h3 a", has_text="《关于大语言模型的思考》").click()
    expect(page.locator(".reader h2")).to_be_visible()
    expect(page.locator(".reader header a")).to_have_count(0)


def test_an_essay_that_has_changed_since_says_so_instead_of_exact(page: Page, reader: Reader, seeds: Path) -> None:
    words = reader.words
    ask(page, reader.says("quality"))
    page.locator(".voice .cite").first.click()
    expect(page.locator(".reader .exact")).to_be_visible()
    path = seeds / place(page)["d"][0]
    before = path.read_bytes()
    path.write_bytes(before.replace("。".encode(), "！".encode(), 1))
    page.reload()
    expect(page.locator(".reader .warning")).to_have_text(words["changed"])
    expect(page.locator(".reader .exact")).to_have_count(0)
    expect(page.locator(".turn .note").last).to_have_text(words["stale"].format(n=1))
    path.write_bytes(before)
    page.reload()
    expect(page.locator(".reader .exact")).to_be_visible()
    expect(page.locator(".reader .warning")).to_have_count(0)


# For each kind of file a title, a sentence that no other has, and a question to which it is the answer.
ESSAYS = {
    "zh": {
        ".txt": ("论墨", "磨墨要慢，心急的人磨不出好墨，写字之前先静一静。", "磨墨为什么要慢？"),
        ".md": ("论茶", "泡绿茶的水温不要超过八十度，水太烫茶叶会发苦。", "泡绿茶的水温是多少？"),
        ".html": ("论剑", "铁匠淬火时最怕水凉，剑刃遇冷水就会崩裂。", "铁匠淬火最怕什么？"),
        ".mhtml": ("论蜂", "蜂农入冬前要给蜂箱裹上稻草，蜜蜂才不会冻死。", "蜂农入冬前给蜂箱裹什么？"),
        ".pdf": ("论琴", "古琴的面板多用老杉木，木头越老声音越松透。", "古琴的面板用什么木头？"),
        ".docx": ("论瓷", "烧制青瓷的釉里含铁，火候不足釉色就会发黄。", "青瓷的釉色为什么发黄？"),
        ".epub": ("论舟", "渔夫修船用桐油和麻丝填缝，晒足三天才能下水。", "渔夫修船用什么填缝？"),
        ".zip": ("论菊", "种菊花要在立秋之前打顶，枝条多了花才开得密。", "种菊花什么时候打顶？"),
    },
    "en": {
        ".txt": ("On Ink", "Grind the ink stick slowly, because an impatient hand never makes good ink.", "ink stick"),
        ".md": ("On Tea", "Brew green tea below eighty degrees, or the leaves will turn bitter.", "green tea"),
        ".html": ("On Swords", "A blacksmith fears cold water most, for it cracks a glowing blade.", "blacksmith"),
        ".mhtml": ("On Bees", "Beekeepers wrap their hives in straw before winter so the bees survive.", "beekeepers"),
        ".pdf": ("On Violins", "The violin maker prefers old spruce, which gives a warmer tone.", "violin maker"),
        ".docx": (
            "On Pots",
            "Potters add iron to the celadon glaze, and a weak fire turns it yellow.",
            "celadon glaze",
        ),
        ".epub": ("On Boats", "Fishermen caulk their boats with hemp and tung oil every spring.", "fishermen boats"),
        ".zip": ("On Roses", "Gardeners prune roses in late February, well before the buds open.", "prune roses"),
    },
}
MORE = {
    "zh": "这是我祖父教我的，他做了一辈子这门手艺。现在年轻人都不肯学了，实在可惜。",
    "en": "My grandfather taught me so, and he practised this craft all his life. Few young people learn it now.",
}


def test_a_sentence_is_cited_to_the_character_from_every_kind_of_file(
    page: Page, reader: Reader, seeds: Path, tmp_path: Path
) -> None:
    words, essays = reader.words, ESSAYS[reader.code]
    files = []
    for suffix, (title, sentence, _) in essays.items():
        file = tmp_path / f"{title.replace(' ', '-')}{suffix}"
        file.write_bytes(saved_as(suffix, title, [sentence + " " * title.isascii() + MORE[reader.code]]))
        files.append(file)
    before = len([path for path in seeds.iterdir() if path.suffix == ".md"])
    open_corpus(page)
    page.locator("#upload input[type=file]").set_input_files(files)
    for file in files:
        expect(page.locator(".status .note")).to_contain_text(file.name)
        assert (seeds / file.name).read_bytes() == file.read_bytes()
    expect(page.locator(".corpus tbody tr")).to_have_count(before + len(files))  # soon to be in the index
    rebuild(page, before + len(files))
    page.get_by_role("tab").nth(0).click()
    for file in files:
        title, sentence, question = essays[file.suffix]
        name = f"{file.name}/{title}.html" if file.suffix == ".zip" else file.name
        turn = ask(page, question)
        citation = turn.locator("blockquote", has_text=sentence[:-1]).first
        expect(citation, f"{question} is answered from {name}").to_be_visible()
        citation.locator(".cite").click()
        expect(page.locator("#hit")).to_be_focused()
        assert place(page)["d"] == [name]
        marked = "".join(page.locator("mark:not(.also)").all_inner_texts())
        assert "".join(sentence.split()) in "".join(marked.split()), name
        expect(page.locator(".reader h2"), name).to_have_text(title)
        expect(page.locator(".reader .exact"), name).to_contain_text(words["exact"])
        extracted = page.get_by_text(words["extracted"].format(name=name))
        expect(extracted, name).to_have_count(0 if file.suffix in (".txt", ".md") else 1)
        page.wait_for_function(IN_VIEW)
        assert fits(page)
        put_down(page)
