"""Quotations."""

import pytest

from index.types import Document
from rag.places import locate, places
from rag.quotes import check

TEA = Document(
    "tea.md", "泡绿茶的水温不要超过八十度。\n水太烫，茶叶会发苦；好茶不必贵，新鲜最要紧。", "论茶", "", "", "", "zh", ""
)
BREAD = Document("bread.txt", "Bread needs time more than it needs skill.", "", "", "", "", "en", "")


@pytest.mark.parametrize(
    ("quote", "verdict"),
    [
        ("泡绿茶的水温不要超过八十度。", "exact"),
        ("水太烫，茶叶会发苦", "exact"),
        ("水太烫,茶葉會發苦", "normalised"),
        ("bread  needs time\nmore than it needs skill", "normalised"),
        ("水太烫，茶叶不会发苦", "altered"),
        ("泡绿茶的水温不要超过九十度。", "altered"),
        ("咖啡豆要现磨现煮才香", "absent"),
        ("……", "absent"),
    ],
)
def test_a_quotation_is_exact_normalised_altered_or_absent(quote: str, verdict: str) -> None:
    assert check(quote, [BREAD, TEA]).verdict == verdict


def test_an_altered_quotation_shows_what_was_changed() -> None:
    checked = check("水太烫，茶叶不会发苦", [BREAD, TEA])
    assert checked.difference == "水太烫，茶叶{+不+}会发苦"
    assert checked.document is TEA
    assert checked.span is not None
    assert TEA.text[slice(*checked.span)] == "水太烫，茶叶会发苦"


def test_a_quotation_is_located_exactly_before_but_for_its_marks() -> None:
    marks = Document("a.md", "水太烫,茶叶会发苦。水太烫,茶叶会发苦。", "", "", "", "", "zh", "")
    assert locate("水太烫，茶叶会发苦", [marks, TEA]) == (TEA, (15, 24))
    assert [span for _, span in places("水太烫、茶叶会发苦", [marks, TEA])] == [(0, 9), (10, 19), (15, 24)]
    assert list(places("……", [TEA])) == []


def test_a_quotation_longer_than_any_excerpt_is_looked_up_in_bounded_time() -> None:
    import time

    essay = Document("a.txt", "a" * 50_000 + "b", "", "", "", "", "en", "")
    began = time.process_time()
    assert check("a" * 20_000, [essay]).verdict == "exact"
    assert check("a" * 20_000 + "c", [essay]).verdict == "absent"
    assert time.process_time() - began < 10


LONG = Document(
    "long.md",
    "学写作没有捷径。先读一百本书，再动笔，最后才谈风格。\n每天写五百字，三年后回头看，进步不会小于20%。\n"
    "The method is not able to grow beyond 10² cells.  It costs 3.5 dollars, and nobody has found a cheaper one.",
    "",
    "",
    "",
    "",
    "zh",
    "",
)


@pytest.mark.parametrize(
    ("quote", "alarms"),
    [
        ("进步不会小于20。", ("number",)),
        ("进步不会小于2", ("number",)),  # though it is there to the letter, as the beginning of another number
        ("进步会小于20%", ("negation",)),
        ("会小于20%", ("negation",)),  # though it is there to the letter, behind a 不
        ("先读一千本书，再动笔", ("number",)),
        ("The method is notable to grow beyond 10² cells", ("negation",)),
        ("able to grow beyond 10² cells", ("negation",)),
        ("not able to grow beyond 102 cells", ("number",)),
        ("It costs 35 dollars", ("number",)),
        ("It costs 3.5 dollars, and somebody has found a cheaper one", ("negation",)),
        ("每天写五百字，五年后回头看，进步会小于20%。", ("negation", "number")),
    ],
)
def test_another_number_or_negation_is_never_a_matter_of_marks(quote: str, alarms: tuple[str, ...]) -> None:
    checked = check(quote, [LONG, TEA])
    assert (checked.verdict, checked.alarms) == ("altered", alarms)
    assert "[-" in checked.difference or "{+" in checked.difference


@pytest.mark.parametrize(
    ("quote", "difference"),
    [
        ("先读一百本书，最后才谈风格。", "先读一百本书，[-再动笔-]最后才谈风格。"),
        (
            "学写作没有捷径。每天写五百字，三年后回头看",
            "学写作没有捷径。[-先读一百本书，再动笔，最后才谈风格-]每天写五百字，三年后回头看",
        ),
        ("先读一百本书……最后才谈风格", "先读一百本书……[-再动笔-]最后才谈风格"),
        ("每天写五百字，三年后回头看。学写作没有捷径。", "每天写五百字，三年后回头看。[-…-]学写作没有捷径。"),
        ("水太烫，茶叶会发苦。先读一百本书，再动笔。", "水太烫，茶叶会发苦。[-…-]先读一百本书，再动笔。"),
        (
            "It costs 3.5 dollars, and nobody has seen a cheaper one",
            "It costs 3.5 dollars, and nobody has [-found-]{+seen+} a cheaper one",
        ),
        ("泡绿茶 的水温，不能超过八十度！", "泡绿茶 的水温，不[-要-]{+能+}超过八十度！"),
        ("好茶不必貴，新鮮最關鍵", "好茶不必貴，新鮮最[-要紧-]{+關鍵+}"),
        ("nobody found a cheaper one", "nobody [-has -]found a cheaper one"),
    ],
)
def test_what_was_left_out_swapped_or_put_together_is_altered_and_shown(quote: str, difference: str) -> None:
    checked = check(quote, [LONG, TEA])
    assert (checked.verdict, checked.difference, checked.alarms) == ("altered", difference, ())


@pytest.mark.parametrize(
    ("quote", "verdict"),
    [
        ("学写\u200b作没有捷\u2060径", "normalised"),
        ("cafe\u0301", "normalised"),
        ("caf\u00e9", "exact"),
        ("The methоd is not able to grow", "altered"),  # a Cyrillic о
        ("学写作没有捷径\U000e0041", "normalised"),
        ("想像中的風險其實並不算大", "normalised"),
        ("，。！？", "absent"),
        ("*", "absent"),
        ("\u200b", "absent"),
        ("", "absent"),
        ("鲸", "absent"),
        ("茶", "exact"),
        ("捷径全无", "absent"),
        ("写作的捷径在于每天读书，风格自然会来，三年足够了", "absent"),
        ("A cheaper method would cost less than the cells that nobody grows", "absent"),
    ],
)
def test_what_cannot_be_seen_decides_nothing_and_what_looks_alike_is_not_the_same(quote: str, verdict: str) -> None:
    menu = Document("menu.md", "The caf\u00e9 opens. 想象中的风险其实并不算大。", "", "", "", "", "en", "")
    assert check(quote, [LONG, TEA, menu]).verdict == verdict


def test_of_several_places_it_is_the_first_by_name_and_an_exact_one_before_others() -> None:
    twin = Document("a.md", "茶叶会发苦,这是常识。茶叶会发苦,这是常识。", "", "", "", "", "zh", "")
    late = Document("z.md", "大家都说：茶叶会发苦，这是常识。", "", "", "", "", "zh", "")
    assert check("茶叶会发苦", [late, twin]).span == (0, 5)
    assert check("茶叶会发苦，这是常识。", [late, twin]).document is late
    assert check("茶叶会发苦、这是常识。", [late, twin]).document is twin
    denied = Document("0.md", "茶叶不会发苦", "", "", "", "", "zh", "")
    assert check("会发苦", [denied, late]).document is late


@pytest.mark.parametrize(
    "quote", ["的", "大模型", " ab", "不", "1,", "…", "\u0301", "先读一百本书，再动笔，最后才谈风格。"]
)
def test_a_quotation_of_a_hundred_thousand_characters_takes_seconds_at_most(quote: str) -> None:
    import time

    began = time.process_time()
    check((quote * 100_000)[:100_000], [LONG, TEA, BREAD])
    assert time.process_time() - began < 20


def essay(text: str) -> Document:
    return Document("a.md", text, "", "", "", "", "zh", "")


@pytest.mark.parametrize(
    ("source", "quote", "alarms"),
    [
        ("他说，不，能用。", "不能用", ("negation",)),
        ("不，是他做的。", "不是他做的", ("negation",)),
        ("没有人能做到。", "没有，人能做到", ("negation",)),
        ("他喊：不要停！", "不要，停！", ("negation",)),
        ("In the end not all of them agreed.", "not, all of them agreed", ("negation",)),
        ("No, one of them agreed.", "No one of them agreed", ("negation", "number")),
        ("He re-signed in May.", "He resigned in May", ()),
        ('A screen of 5" is enough.', "A screen of 5' is enough", ("number",)),
        ('A screen has only 5" here.', "A screen has only 5'", ("number",)),
        ("那天早上是 5 度。", "那天早上是 ‒5 度", ("number",)),
        ("那天早上是 —5 度。", "那天早上是 5 度", ("number",)),
    ],
)
def test_a_mark_that_turns_the_meaning_is_no_matter_of_marks(source: str, quote: str, alarms: tuple[str, ...]) -> None:
    checked = check(quote, [essay(source)])
    assert (checked.verdict, checked.alarms) == ("altered", alarms)
    assert "[-" in checked.difference or "{+" in checked.difference


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("不，能用。", "不,能用."),
        ("没有人能做到，真的。", "没有人能做到真的"),
        ("他说没有。我信。", "他说“没有”；我信"),
        ("The model needs fine-tuning.", "The model needs fine tuning"),
        ("It is pre-trained on text.", "It is pretrained on text"),
        ("He chose a 'top 5' of them.", "He chose a “top 5” of them"),
        ('A screen of 5" is enough.', "A screen of 5″ is enough"),
        ("他——5岁——先走了。", "他—5岁—先走了"),
        ("从5—10岁起。", "从5‒10岁起"),
    ],
)
def test_a_mark_that_turns_nothing_is(source: str, quote: str) -> None:
    assert check(quote, [essay(source)]).verdict == "normalised"


@pytest.mark.parametrize(
    ("source", "quote", "alarms"),
    [
        ("I think we cannot go on.", "I think we can", ("negation",)),
        ("I think we can't go on.", "I think we can", ("negation",)),
        ("I think we can’t go on.", "I think we can", ("negation",)),
        ("I think it is not good.", "I think it is", ("negation",)),
        ("This drug is useless.", "This drug is use", ("negation",)),
        ("其实他赞成不了这件事。", "其实他赞成", ("negation",)),
        ("这里的饭他吃不起。", "这里的饭他吃", ("negation",)),
        ("It costs 5k a year.", "It costs 5", ("number",)),
        ("It costs 5 percent more.", "It costs 5", ("number",)),
        ("It costs $5 million.", "It costs $5", ("number",)),
        ("It weighs 5kg.", "It weighs 5", ("number",)),
        ("There were five hundred.", "There were five", ("number",)),
        ("There were twenty-five.", "There were twenty", ("number",)),
        ("There were two hundred and five.", "There were two hundred", ("number",)),
        ("今年增长 3倍。", "今年增长 3", ("number",)),
        ("年收入 3 亿美元。", "年收入 3", ("number",)),
        ("It is hardly possible to say.", "possible to say", ("negation",)),
        ("三分之一的人同意。", "一的人同意", ("number",)),
        ("Of them forty-two is enough.", "two is enough", ("number",)),
        ("We have 5 million users now.", "million users now", ("number",)),
        ("They are amoral people.", "moral people", ()),
        ("这是 OpenAI 的做法。", "AI 的做法", ()),
    ],
)
def test_a_quotation_that_cuts_a_word_or_a_number_is_altered(source: str, quote: str, alarms: tuple[str, ...]) -> None:
    checked = check(quote, [essay(source)])
    assert (checked.verdict, checked.alarms) == ("altered", alarms)
    assert "[-" in checked.difference


@pytest.mark.parametrize(
    ("source", "quote"),
    [
        ("It costs more.", "It cost"),
        ("The author’s view.", "The author"),
        ("They're here.", "They"),
        ("我用GPT4写作。", "我用GPT"),
        ("这是原因之一成为共识。", "这是原因之一"),
        ("最后达成统一成果。", "最后达成统一"),
        ("他们不了解。", "他们"),
        ("They like cats not dogs.", "They like cats"),
        ("He did it not only for money.", "He did it"),
        ("We took step one and two.", "We took step one"),
        ("他要5个。", "他要5"),
        ("There were 5 people.", "There were 5"),
        ("这一点特别重要。", "重要"),
        ("两者的区别\n目标和动机", "目标和动机"),
    ],
)
def test_a_quotation_may_end_where_no_word_and_no_number_is_cut(source: str, quote: str) -> None:
    assert check(quote, [essay(source)]).verdict == "exact"
