"""Images, comments, adverts and comment boxes are never cited, and no sentence of the author's is taken for them."""

import time

import pytest

from index.furniture import find_furniture

CHINESE = "正文写得很长，这里只是其中的一句话。\n" * 30
ENGLISH = "This is one line of the essay, which goes on for a while and then stops.\n" * 15


def rest_of(text: str, body: int = 0) -> str:
    """What is left of a text without its furniture."""
    kept, start = "", 0
    for span in find_furniture(text, body):
        kept += text[start : span.start]
        start = max(start, span.end)
    return kept + text[start:]


@pytest.mark.parametrize(
    "footer",
    [
        "加入读者交流群，请添加小助手微信：tea1234\n请备注“读书”",
        "评论\n沙发等你来抢",
        "欢迎关注我的公众号\n![](qr.png)\n长按识别二维码关注",
        "点赞 在看 分享",
        "点赞、收藏、转发三连！",
        "本文转载自网络，如涉及版权问题请联系删除。",
        "版权声明：本文为原创\n上一篇：论水\n下一篇：论火",
        "分享到：微博 微信 QQ空间\n评论(0)\n发表评论",
        "责任编辑：小王\n- END -",
        "更多文章请关注公众号：茶话",
        "转载请注明出处。",
        "微信扫一扫\n关注该公众号",
    ],
)
def test_the_footer_of_a_chinese_repost_is_left_out(footer: str) -> None:
    assert rest_of(f"{CHINESE}\n{footer}\n").strip() == CHINESE.strip()


@pytest.mark.parametrize(
    "footer",
    [
        "Share this on Mastodon\nLeave a comment\nRelated posts",
        "Subscribe to our newsletter\nFollow us\n© 2020 Jane Doe",
        "Copyright 2020 Jane Doe. All rights reserved.\nTags: tea, patience",
        "Comments (3)\nPrevious post: Water\nNext post: Fire",
        "Posted in Essays\nLeave a reply",
        "Share this:\nLike this:\nLoading...\nRelated",
    ],
)
def test_the_footer_of_an_english_blog_is_left_out(footer: str) -> None:
    assert rest_of(f"{ENGLISH}\n{footer}\n").strip() == ENGLISH.strip()


@pytest.mark.parametrize(
    "last",
    [
        "最后我在评论里看到一句话：慢就是快。",
        "评论别人容易，评论自己很难。",
        "评论区里吵得再凶，也改变不了事实。",
        "关注什么，就会成为什么。",
        "微信改变了我们说话的方式。",
        "分享是一种能力。",
        "我们更加依赖微信，却很少真正交谈。",
        "增加了微信里的好友，朋友却没有增加。",
        "他被拉进了一个微信群，从此没有安静过。",
        "很多人关注的公众号，其实没有自己的观点。",
        "更多的人需要关注自己的健康。",
        "版权归谁，从来不是小问题。",
        "推荐阅读的书，我一本也没有读完。",
    ],
)
def test_a_last_sentence_that_speaks_of_such_things_stays(last: str) -> None:
    assert rest_of(f"{CHINESE}\n{last}\n").split("\n")[-2] == last


@pytest.mark.parametrize(
    "last",
    [
        "He left a comment and closed the laptop.",
        "Comments are where essays go to die.",
        "Copyright law protects the wrong people.",
        "Read more than you write.",
        "Follow me, said the guide, and nobody did.",
        "Subscribe to nothing that you would not pay for.",
    ],
)
def test_a_last_english_sentence_that_speaks_of_such_things_stays(last: str) -> None:
    assert rest_of(f"{ENGLISH}\n{last}\n").split("\n")[-2] == last


@pytest.mark.parametrize("text", [f"评论\n点赞 在看\n{CHINESE}", f"{CHINESE}评论\n" + "接着还有话要说。\n" * 5])
def test_words_of_a_footer_with_the_essay_going_on_after_them_stay(text: str) -> None:
    assert rest_of(text) == text


def test_a_footer_is_never_most_of_a_file() -> None:
    text = "点赞 在看\n" * 20
    assert len(rest_of(text)) > len(text) / 2


@pytest.mark.parametrize(
    "image",
    [
        "![图](a.png)",
        "![](a(1).png)",
        '![图](a.png "题(注)")',
        "![图][一]",
        "![](data:image/png;base64,AAAA)",
        "[![图](a.png)](https://example.org/a)",
        "<img src='a.png' alt='图'>",
        "<IMG SRC=a.png>",
        "<picture><source srcset='a.webp'><img src='a.png'></picture>",
        "<!--more-->",
        "<!-- 一\n二 -->",
        "<br/>",
        '<iframe src="https://example.org/v"></iframe>',
    ],
)
def test_an_image_or_a_mark_in_the_middle_of_an_essay_is_left_out(image: str) -> None:
    assert rest_of(f"先说茶。{image}再说水。\n{CHINESE}") == f"先说茶。再说水。\n{CHINESE}"


@pytest.mark.parametrize("line", ["-----", "***", "https://example.org/a", "参考：https://example.org"])
def test_a_rule_or_a_bare_address_on_a_line_is_left_out(line: str) -> None:
    assert rest_of(f"先说茶。\n{line}\n{CHINESE}") == f"先说茶。\n\n{CHINESE}"


@pytest.mark.parametrize(
    "text", ["如果 1 < 2 而且 p > q，就对了。", "他说[见下](一)。", "见 https://example.org 一文。"]
)
def test_what_only_looks_like_markup_stays(text: str) -> None:
    assert rest_of(f"{text}\n{CHINESE}") == f"{text}\n{CHINESE}"


def test_the_header_is_furniture_and_nothing_inside_it_is_looked_at() -> None:
    header = "标题: ![图](a.png)\n"
    assert find_furniture(header + CHINESE, len(header)) == ((0, len(header)),)


@pytest.mark.parametrize(
    "hostile",
    [
        " " * 100_000,
        (" " * 100_000 + "x\n") * 5,
        "![" * 50_000,
        "![a](" * 50_000,
        "<!--" * 50_000,
        "<p" * 50_000,
        "点赞、" * 50_000 + "x",
        "加" * 100_000,
    ],
    ids=["spaces", "spaces and a letter", "images", "links", "comments", "tags", "buttons", "adverts"],
)
def test_hostile_text_takes_no_longer_than_its_length(hostile: str) -> None:
    start = time.process_time()
    find_furniture(CHINESE + hostile, 0)
    find_furniture("正文。\n" * (len(hostile) // 2) + hostile, 0)  # so that it lies where footers are looked for
    assert time.process_time() - start < 4
