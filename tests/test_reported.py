"""An excerpt that its author only relays, quotes or contradicts is known for such; his own words are left alone."""

import json
import time
from dataclasses import replace

import pytest

from index.documents import document_of
from index.passages import split
from index.types import Document, Span
from rag.reported import attribution
from rag.types import Reported
from tests.bench_reported import LOOKED_AT, measure, read_judged
from tests.conftest import Run, needs_shared

# A sentence (of more, the first one), what it is, and whose.
CHINESE = """\
有人认为茶越贵越好，但其实新鲜才要紧。|rebutted|有人
很多人觉得早起的人更勤快。|reported|很多人
大家都说这家店的面好吃。|reported|大家
业内普遍认为明年价格会降。|reported|业内
这种观点认为，茶越贵越好。|reported|
一般认为，绿茶要用温水。|reported|
据说这口井有三百年了。|reported|
网上流传喝醋能软化鱼刺。|reported|
王小明认为慢工才能出细活。|reported|王小明
王小明说：“慢工才能出细活，急不得，也省不得。”|quoted|王小明
“慢工才能出细活，急不得，也省不得。”王小明说。|quoted|王小明
按王老师的说法，盐要最后才放。|reported|王老师
在老李看来，种花先要种土。|reported|老李
用老李的话说，种花先要种土。|reported|老李
老李的观点是先种土，再种花。|reported|老李
引用老李的一句话，种花先要种土。|quoted|老李
正如陆小羽所说，水比茶要紧。|reported|陆小羽
《种茶问答》一书指出，山上的水最好。|reported|《种茶问答》一书
阿里的报告称，今年的订单翻了一倍。|reported|阿里的报告
有研究发现喝茶的人睡得更少。|reported|有研究
我父亲常说，慢工出细活。|reported|我父亲
批评者说这样太慢了。|reported|批评者
张教授在一次讲座里提到，茶园的土要先养三年。|reported|张教授
有人会问：为什么不用开水？|reported|有人
常见的误区是水越烫越好。|rebutted|
你可能会说，贵的茶总不会差，但新鲜的便宜茶更好。|rebutted|
经常听到一种说法，茶越贵越好。但我喝过的好茶都不贵。|rebutted|
有人认为茶越贵越好。这种说法是错的。|rebutted|有人
有人认为茶越贵越好。但也有人认为新鲜才要紧。|reported|有人
老李说水要烫，但我不同意。|rebutted|老李
我认为先种土再种花是对的。|own|
笔者觉得慢工才能出细活。|own|
我们发现水温比茶叶更要紧。|own|
在我看来，种花先要种土。|own|
我的观点是先种土，再种花。|own|
据我所知，这口井没有三百年。|own|
我不同意有人认为茶越贵越好的说法。|own|
所谓的专家，不过是练得久的人。|own|
这种“智能”其实只是查表。|own|
可以说，慢工才能出细活。|own|
换句话说，先种土，再种花。|own|
总的来说，茶是越新鲜越好。|own|
说白了，茶就是树叶。|own|
没有人认为这件事很容易。|own|
这让很多人觉得早起很难。|own|
认为茶越贵越好的人，大多没有自己泡过茶。|own|
如果有人认为茶越贵越好，请他先喝这一杯。|own|
因为老李觉得太远，我们就没有去。|own|
众所周知，绿茶怕烫。|own|
大家都知道绿茶怕烫。|own|
听说过这口井的人不多。|own|
你会发现水温很要紧。|own|
你可能会说，贵的茶总不会差。|own|
实验表明，水温高于八十度会发苦。|own|
他的做法说明慢一点更好。|own|
老李说明了种花的步骤。|own|
老李称王以后，再没有回过村子。|own|
老师傅表示出极大的耐心。|own|
谁说茶一定要贵？|own|
难道有人认为茶越贵越好吗？|own|
老李真的认为茶越贵越好吗？|own|
数据传输很慢，根据传统也没有办法。|own|
水温要紧（老李说，八十度就够了），时间也要紧，两样都不能急，急了就白费一壶好茶。|own|"""

ENGLISH = """\
Some people think that dear tea is good tea, but freshness matters more.|rebutted|Some people
Skeptics argue that sourdough is a fashion. However, it is older than yeast in bags.|rebutted|Skeptics
Some argue that rye is healthier. Others argue that it makes no difference.|reported|Some
Critics say that the rise is too slow.|reported|Critics
According to Anna Berg, bread needs a cold night.|reported|Anna Berg
Anna Berg argues that bread needs a cold night.|reported|Anna Berg
As Anna Berg put it, bread is patience.|reported|Anna Berg
Berg's view is that salt comes last.|reported|Berg
“Bread is patience, and most of us have none of it,” said Anna Berg.|quoted|Anna Berg
The report says that flour got dearer by a fifth.|reported|The report
My grandmother always said that dough can wait.|reported|My grandmother
It is often said that bread keeps better in paper.|reported|
Reportedly, the mill closes in May.|reported|
A common misconception is that old flour makes better bread.|rebutted|
You might say that machines knead better. But no machine feels the dough.|rebutted|
The so-called experts bake no better than I do.|own|
I think bread needs a cold night.|own|
We found that a slow rise gives more flavour.|own|
In my view, paper is better than plastic.|own|
The results suggest that salt slows the rise.|own|
This suggests that salt slows the rise.|own|
If some people think that bread is cheap, let them bake it.|own|
My grandmother used to bake on Fridays.|own|
Her claims were settled by the insurance last year.|own|
The baker notes the weight of every loaf.|own|
Nobody believes that bread bakes itself.|own|
Many bakers knead too long and wait too little.|own|
People say no to good bread every day.|own|
He held the tray and reported to the office.|own|
A loaf is said to be proved if it keeps the mark of a finger.|own|"""


def essay(text: str, **known: object) -> Document:
    return replace(document_of("essay.md", text, "0" * 64), **known)  # type: ignore[arg-type]


def of(document: Document, words: str) -> Reported | None:
    """Of the sentence that has these words in it."""
    spans = [span for passage in split(document) for span in passage.sentences]
    at = document.text.index(words)
    return attribution(document, next(span for span in spans if span.start <= at < span.end))


def told(document: Document, words: str) -> tuple[str, str]:
    found = of(document, words)
    return (found.kind, found.speaker) if found else ("own", "")


@pytest.mark.parametrize("row", [*CHINESE.splitlines(), *ENGLISH.splitlines()])
def test_a_sentence_is_its_authors_own_or_somebody_elses(row: str) -> None:
    text, kind, speaker = row.split("|")
    document = essay(text + "\n")
    assert told(document, text[:6]) == (kind, speaker)


@pytest.mark.parametrize("row", [row for row in (CHINESE + "\n" + ENGLISH).splitlines() if "|own|" not in row])
def test_the_cue_and_the_speaker_stand_in_the_essay(row: str) -> None:
    text = row.split("|")[0]
    document = essay(text + "\n")
    found = of(document, text[:6])
    assert found is not None
    assert 0 <= found.cue.start < found.cue.end <= len(text)
    assert (text[slice(*found.named)] if found.named else "") == found.speaker


def test_the_sentence_that_answers_back_is_the_authors_own() -> None:
    document = essay("经常听到一种说法，茶越贵越好。所以只要舍得花钱就行。但我喝过的好茶都不贵。\n")
    assert told(document, "所以") == ("rebutted", "")
    assert told(document, "但我") == ("own", "")


def test_he_is_whoever_was_named_before() -> None:
    document = essay("老李的第一个观点是先种土。他认为花可以晚一年。\n\n第二个观点是：水不能多。\n")
    assert told(document, "他认为") == ("reported", "老李")
    assert told(document, "第二个") == ("reported", "老李")


def test_a_quotation_reaches_over_its_sentences_and_no_further() -> None:
    said = "泡茶的水不要太烫，烫了就苦。" * 10
    document = essay(f"老李对我说：“{said}头一遍先倒掉，水要再烧一回，别嫌麻烦。”我照他说的做了三年。\n")
    assert told(document, "头一遍") == ("quoted", "老李")
    assert told(document, "我照他") == ("own", "")


def test_a_mark_that_is_never_closed_reaches_over_nothing() -> None:
    document = essay("老李说：“水不要太烫。\n\n茶要新鲜。盐要最后放。\n")
    assert told(document, "盐要") == ("own", "")


def test_points_that_were_counted_out_are_their_speakers() -> None:
    document = essay("老李说了两点。第一，水不要太烫。第二，茶要新鲜。我只记住了第二点。\n")
    assert told(document, "第二，") == ("reported", "老李")
    assert told(document, "我只") == ("own", "")


def test_a_list_belongs_to_whom_the_line_above_it_names() -> None:
    document = essay("老李给出了几条建议：\n\n- 水不要太烫。\n- 茶要新鲜。\n\n壶不用太好。\n")
    assert told(document, "茶要") == ("reported", "老李")
    assert told(document, "壶不") == ("own", "")
    own = essay("我给出了几条建议：\n\n- 水不要太烫。\n- 茶要新鲜。\n")
    assert told(own, "茶要") == ("own", "")


def test_a_block_quote_is_somebodys_words_and_a_note_is_not() -> None:
    quote = "先写几句。\n\n老李说：\n\n> 水不要太烫，烫了就苦。\n\n后来我也这样泡。\n"
    assert told(essay(quote), "水不要") == ("quoted", "老李")
    signed = "先写几句。\n\n> 水不要太烫，烫了就苦。\n> —— 陆小羽\n\n后来我也这样泡。\n"
    assert told(essay(signed), "水不要") == ("quoted", "陆小羽")
    assert told(essay("后来我也这样泡。\n\n> 最近太忙，这一篇写得很慢。\n"), "最近") == ("own", "")
    assert told(essay("先写几句。\n\n> 注：水温用的是摄氏度。\n\n后来我也这样泡。\n"), "注") == ("own", "")


def test_turns_of_a_conversation_are_their_speakers() -> None:
    turns = "**老李**：水不要太烫。\n\n**陈医生**：茶要少喝。\n\n"
    document = essay(turns + turns + "**老李**：那就少喝一点。\n")
    assert told(document, "那就") == ("quoted", "老李")
    lists = "**优点**：水不烫。\n\n**缺点**：茶要少喝。\n\n"
    assert told(essay(lists + lists), "茶要") == ("own", "")
    assert told(essay(turns), "茶要") == ("own", "")  # nobody takes a turn twice
    assert told(essay(turns + turns, author="陈医生"), "茶要") == ("own", "")


def test_in_a_digest_he_is_its_author_and_not_somebody_else() -> None:
    text = "作者谈到种花。他认为先要种土。老李则认为花可以晚一年。\n"
    digest = essay(text, digest=True, author="陆小羽")
    assert told(digest, "他认为") == ("own", "")
    assert told(digest, "老李则") == ("reported", "老李")
    assert told(essay("陆小羽认为先要种土。\n", digest=True, author="陆小羽"), "陆小羽") == ("own", "")


def test_two_sentences_told_of_two_people_name_nobody() -> None:
    text = "老李认为先要种土。陈医生认为先要浇水。\n"
    found = attribution(essay(text), Span(0, len(text) - 1))
    assert found is not None
    assert (found.kind, found.speaker) == ("reported", "")


def test_an_excerpt_that_is_mostly_the_authors_own_is_not_marked() -> None:
    text = "老李认为先要种土。我种了二十年花，土换过三回，花还是那几盆，水倒是越浇越少了。\n"
    assert attribution(essay(text), Span(0, len(text) - 1)) is None
    assert attribution(essay(text), Span(0, 9)) is not None


HOSTILE = [
    "有人认为" * 25_000,
    "“" * 100_000,
    "「" * 50_000 + "」" * 50_000,
    "（" * 100_000,
    "> " * 50_000,
    "> 引\n" * 30_000,
    "- 项：\n" * 20_000,
    "老李：水。\n" * 15_000,
    "A" * 100_000,
    "Aa " * 33_000,
    "some people " * 8_000,
    "according to the " * 6_000,
    " " * 100_000 + "说",
    "的" * 100_000 + "观点是",
    "\n" * 100_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:6].strip() or "space")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_text_makes_it_slow(text: str, language: str) -> None:
    document = essay(f"{text}。", language=language)
    length = len(document.text)
    began = time.process_time()
    for start in (0, length // 2, max(0, length - 300)):
        attribution(document, Span(start, min(length, start + 300)))
    attribution(document, Span(0, length))
    assert time.process_time() - began < 4


def test_a_script_is_told_and_an_answers_text_stays_as_it_was(run: Run, tmp_path: object) -> None:
    folder = tmp_path / "essays"  # type: ignore[operator]
    folder.mkdir()
    (folder / "clay.md").write_text(
        "老李认为和好的泥要先醒一夜，第二天再揉。\n\n这口窑是前年砌的。\n", encoding="utf-8"
    )
    places = ("--index", tmp_path / "index")  # type: ignore[operator]
    assert run("index", "build", "--seeds", folder, *places)[0] == 0
    _, out, _ = run("ask", "和好的泥要醒多久？", "--json", *places)
    record = json.loads(out)
    assert record["citations"][0]["reported"] == {"kind": "reported", "speaker": "老李"}
    assert "转述" not in record["text"]
    _, out, _ = run("ask", "和好的泥要醒多久？", *places)
    assert record["text"] in out
    assert [line for line in out.splitlines() if "（转述：老李）" in line] == ["  [1] clay.md, 0–20（转述：老李）"]
    _, out, _ = run("ask", "窑是什么时候砌的？", "--json", *places)
    assert json.loads(out)["citations"][0]["reported"] is None


@needs_shared
def test_a_mark_in_the_real_essays_is_right_nine_times_in_ten() -> None:
    judged = read_judged()
    assert len(judged) >= 60
    figures = measure(judged)
    assert figures.precision >= 0.9
    assert figures.recall >= 0.7
    assert figures.speakers >= 0.9 * figures.right
    assert measure([row for row in judged if row.document in LOOKED_AT]).precision >= 0.9
