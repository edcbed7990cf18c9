"""Title, author, date and url are found however they are written, and nothing of the essay is taken for them."""

import pytest

from index.headers import LONGEST_FIELD, LONGEST_URL, Header, iso_date, read_header

BODY = "泡茶要慢。\n\n水太烫，叶子就苦了。\n"


def body_of(text: str) -> str:
    return text[read_header(text).end :].strip()


def test_key_lines_are_a_header_up_to_the_rule_of_dashes() -> None:
    text = f"标题: 论茶\n链接: https://example.org/p/1\n类型: 文章\n创建时间: 1700000000\n{'-' * 50}\n{BODY}"
    header = read_header(text)
    assert header == Header("论茶", "", "2023-11-15", "https://example.org/p/1", text.index(BODY))


def test_key_lines_end_at_an_empty_line_too() -> None:
    text = f"标题：论茶\n作者：陆小羽\n\n{BODY}"
    assert (read_header(text).title, read_header(text).author, body_of(text)) == ("论茶", "陆小羽", BODY.strip())


@pytest.mark.parametrize("line", ["标题: 论茶", "title: 论茶", "Title: 论茶"])
def test_a_title_alone_is_a_header(line: str) -> None:
    assert (read_header(f"{line}\n\n{BODY}").title, body_of(f"{line}\n\n{BODY}")) == ("论茶", BODY.strip())


@pytest.mark.parametrize(
    ("matter", "title", "author", "date"),
    [
        ("---\ntitle: 论茶\nauthor: 陆小羽\ndate: 2021-03-04\n---\n", "论茶", "陆小羽", "2021-03-04"),
        ("---\ntitle: '论茶: 一'\nauthors:\n  - 陆小羽\n  - Jane Doe\n---\n", "论茶: 一", "陆小羽, Jane Doe", ""),
        ("---\ntitle: T\nauthor: [A, B]\ndate: 2021-03-04T23:30:00+08:00\n---\n", "T", "A, B", "2021-03-04"),
        ("---\ntitle: T\ndate: 2021-03-04 01:30:00 -0500\ntags: {a: b}\n---\n", "T", "", "2021-03-04"),
        ("+++\ntitle = 'T'\nauthors = ['A', 'B']\ndate = 2021-03-04\n+++\n", "T", "A, B", "2021-03-04"),
        ("+++\ntitle = 'T'\ndate = 2021-03-04T23:30:00-05:00\n+++\n", "T", "", "2021-03-04"),
        ("---\ntitle: \"论茶\nauthor: '陆小羽'\n---\n", "论茶", "陆小羽", ""),  # broken: a quote that never ends
        ("+++\ntitle = 论茶\nauthor = '陆小羽'\n+++\n", "论茶", "陆小羽", ""),  # broken: a string without quotes
    ],
)
def test_front_matter_is_read_and_left_out_even_where_it_is_broken(
    matter: str, title: str, author: str, date: str
) -> None:
    header = read_header(matter + BODY)
    assert (header.title, header.author, header.date) == (title, author, date)
    assert header.end == len(matter)


@pytest.mark.parametrize("header", ["---\ntitle: 论茶\n---\n", "标题: 论茶\n-----\n", "# 论茶\n", "\n\n# 论茶\n"])
def test_a_byte_order_mark_hides_no_header(header: str) -> None:
    text = f"\ufeff{header}{BODY}"
    assert (read_header(text).title, body_of(text)) == ("论茶", BODY.strip())


def test_a_title_line_and_a_byline_are_a_header() -> None:
    text = f"论茶\n作者: 陆小羽 来源: 茶馆月刊 日期: 2020年3月4日\n\n{BODY}"
    header = read_header(text)
    assert (header.title, header.author, header.date) == ("论茶", "陆小羽", "2020-03-04")
    assert body_of(text) == BODY.strip()


def test_a_markdown_title_is_a_header_and_a_hashtag_is_not() -> None:
    assert (read_header(f"# 论茶\n{BODY}").title, body_of(f"# 论茶\n{BODY}")) == ("论茶", BODY.strip())
    assert read_header(f"#论茶\n{BODY}") == Header()


def test_an_address_alone_on_one_of_the_first_lines_is_the_essays() -> None:
    assert read_header(f"# 论茶\n原文链接：https://example.org/a\n\n{BODY}").url == "https://example.org/a"


@pytest.mark.parametrize(
    "text",
    [
        BODY,
        "他说：走吧。\n然后就走了。\n",
        "问题: 人为什么写作？\n\n因为想被听见。\n",
        "时间：这是一个大问题。\n没有人答得上来。\n",
        "作者：这两个字有重量。\n所以要慎用。\n",
        "He said: go.\nAnd they went.\n",
        "---\n两条线之间的一段话。\n---\n后面的话。\n",
        "---\nHe said: this: is it.\n---\nAnd they went.\n",
        "",
    ],
)
def test_where_there_is_no_header_the_whole_text_is_the_essay(text: str) -> None:
    assert read_header(text) == Header()


def test_an_address_that_is_none_is_not_made_a_link() -> None:
    assert read_header(f"标题: 论茶\n链接: javascript:alert(1)\n\n{BODY}").url == ""


def test_an_enormous_number_in_front_matter_stops_nothing() -> None:
    assert read_header(f"+++\ntitle = 'T'\nx = {'1' * 5000}\n+++\n{BODY}").title in ("", "T")


@pytest.mark.parametrize("number", [f"0x{'f' * 6000}", f"[0x{'f' * 6000}]", f"0b{'1' * 15_000}", "{a = 1}", "nan"])
def test_what_is_no_word_in_front_matter_stops_nothing(number: str) -> None:
    header = read_header(f"+++\ntitle = {number}\nauthor = '陆小羽'\n+++\n{BODY}")
    assert (header.title, header.author) == ("nan" if number == "nan" else "", "陆小羽")


def test_a_year_alone_is_a_number_and_a_date() -> None:
    assert read_header(f"+++\ntitle = 1984\ndate = 2021\n+++\n{BODY}").date == "2021"
    assert read_header(f"+++\ntitle = 1984\n+++\n{BODY}").title == "1984"


def test_front_matter_that_multiplies_itself_makes_no_giant_title() -> None:
    levels = "".join(
        f"{name}: &{name} [{', '.join([f'*{one}'] * 9)}]\n" for one, name in zip("abcd", "bcde", strict=True)
    )
    assert len(read_header(f"---\na: &a [x, x, x, x]\n{levels}title: *e\n---\n{BODY}").title) < 1000


@pytest.mark.parametrize(
    "matter",
    [
        f"---\nx: &a {'(' * 8000}\ntitle: 论茶\nauthor: [{'*a, ' * 2000}*a]\n---\n",
        f"---\nauthor: {'陆' * 9000}\n---\n",
        f"+++\nauthor = ['{'陆' * 9000}']\n+++\n",
        f"作者: {'陆' * 9000}\n标题: 论茶\n\n",
    ],
)
def test_an_author_is_no_longer_than_a_line(matter: str) -> None:
    assert 0 < len(read_header(matter + BODY).author) <= LONGEST_FIELD


def test_an_address_that_is_too_long_is_none() -> None:
    longest = "https://example.org/".ljust(LONGEST_URL, "a")
    assert read_header(f"---\ntitle: T\nurl: {longest}\n---\n{BODY}").url == longest
    assert read_header(f"---\ntitle: T\nurl: {longest}a\n---\n{BODY}").url == ""


def test_what_says_whether_it_is_a_digest_is_one_word() -> None:
    levels = "".join(f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdef", "bcdefg", strict=True))
    assert not read_header(f"---\na: &a [x, x]\n{levels}title: T\ndigest: *g\n---\n{BODY}").digest


@pytest.mark.parametrize(
    ("written", "date"),
    [
        ("1700000000", "2023-11-15"),  # already the next day in China
        ("1700000000000", "2023-11-15"),
        ("2023年10月5日", "2023-10-05"),
        ("2023/1/2 10:00", "2023-01-02"),
        ("2023-10", "2023-10"),
        ("2023", "2023"),
        ("昨天", ""),
        ("", ""),
    ],
)
def test_a_date_is_written_the_same_wherever_it_comes_from(written: str, date: str) -> None:
    assert iso_date(written) == date


@pytest.mark.parametrize("written", ["2023-13-45", "12345", "２０２３-１-２", "2023-00-00", "0000000000"])
def test_what_is_shown_as_a_date_could_be_one(written: str) -> None:
    year, _, rest = iso_date(written).partition("-")
    assert year == "" or (len(year) == 4 and year.isascii())
    assert all(part.isascii() and 1 <= int(part) <= 31 for part in rest.split("-") if rest)
    assert not rest or int(rest[:2]) <= 12


@pytest.mark.parametrize("title", [r'"a\ud800b"', r'"\UFFFFFFFF"', "!!float x", "9" * 5000])
def test_no_value_in_front_matter_can_stop_a_build(title: str) -> None:
    header = read_header(f"---\ntitle: {title}\nauthor: 陆小羽\n---\n正文。\n")
    header.title.encode("utf-8")
    assert header.author == "陆小羽"


def test_prose_between_two_rules_is_no_header() -> None:
    assert read_header("---\n他说: 好茶不必贵。\n---\n第二段。\n").end == 0


def test_an_english_title_byline_and_date_are_a_header() -> None:
    text = "Why I Bake\nBy Nora Whitfield\nMarch 4, 2021\n\nBread needs time more than it needs skill.\n"
    header = read_header(text)
    assert (header.title, header.author, header.date) == ("Why I Bake", "Nora Whitfield", "2021-03-04")
    assert text[header.end :].strip().startswith("Bread needs")


def test_a_first_line_that_stands_alone_is_the_title_and_a_sentence_is_not() -> None:
    assert read_header("论茶\n\n好茶不必贵。\n").title == "论茶"
    assert read_header("好茶不必贵。\n\n新鲜最要紧。\n").title == ""
    assert read_header("好茶不必贵\n新鲜最要紧\n").title == ""


def test_a_digest_says_so() -> None:
    assert read_header("---\ntitle: x\ndigest: true\n---\n字。\n").digest
    assert not read_header("---\ntitle: x\n---\n字。\n").digest
