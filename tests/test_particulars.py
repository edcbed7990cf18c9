"""Numbers and negations: what a quotation must not change, however it is written."""

import time

import pytest

from rag.particulars import is_negation, negations, numbers

CHINESE = "不过 不但 不仅 非常 无论 除非 未来 没准 差不多 不断 别人 特别 区别 是否 能否 否则 是不是 有没有 识别"
DENY_NOTHING = [
    *CHINESE.split(),
    *("notable", "now here", "know", "another", "No. 5", "not only", "noted", "nonetheless", "want", "different"),
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1,000 people", "1000 people"),
        ("共有１，０００人", "共有1000人"),
        ("5 %", "5％"),
        ("百分之五", "5%"),
        ("5 percent", "5%"),
        ("GPT-4", "GPT4"),
        ("GPT‑4", "gpt 4"),
        ("Llama-3-70B", "Llama3-70B"),
        ("两倍", "2倍"),
        ("三成", "30%"),
        ("三分之一", "1/3"),
        ("二〇二三年", "2023年"),
        ("一百二十三", "123"),
        ("两万五千", "25000"),
        ("2萬", "两万"),
        ("3.5亿", "350000000"),
        ("70%–80%", "70% - 80%"),
        ("10²", "10^2"),
        ("½", "1/2"),
        ("twenty-five", "25"),
        ("three hundred and five", "305"),
        ("三点五", "3.5"),
        ("1\u200b5", "15"),
        ("1\u00a0000", "1000"),
    ],
)
def test_a_number_is_the_same_in_every_writing(one: str, other: str) -> None:
    assert numbers(one) == numbers(other) != ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5%", "5"),
        ("3.5", "35"),
        ("3.5", "3 5"),
        ("1-2", "12"),
        ("1-2", "1, 2"),
        ("-5", "5"),
        ("温度是-5度", "温度是5度"),
        ("−5", "5"),
        ("10²", "102"),
        ("10^4", "104"),
        ("10⁻²", "10²"),
        ("6½", "61/2"),
        ("6:30", "630"),
        ("3/4", "34"),
        ("1,000", "1.000"),
        ("GPT-4", "GPT-3"),
        ("十年", "百年"),
        ("几十年", "十几年"),
        ("几百万", "几千万"),
        ("三四个", "34个"),
        ("一个", "两个"),
        ("三成", "两成"),
        ("第一", "第二"),
        ("百分之五", "千分之五"),
        ("two models", "three models"),
        ("2 million", "2 billion"),
        ("一半", "三分之一"),
        ("10分钟", "十五分钟"),
    ],
)
def test_another_number_is_another_number(one: str, other: str) -> None:
    assert numbers(one) != numbers(other)


@pytest.mark.parametrize(
    "text",
    [
        "一直",
        "十分好",
        "万一",
        "一定要一起",
        "统一",
        "进一步",
        "百度",
        "四川",
        "千万别",
        "no one",
        "the one",
        "often",
        "weight",
    ],
)
def test_a_numeral_inside_a_word_counts_nothing(text: str) -> None:
    assert numbers(text) == ()


def test_a_numeral_beside_such_a_word_counts() -> None:
    assert numbers("十分钟") == ("10",)
    assert numbers("一千万人") == ("10000000",)
    assert numbers("一百度的水") == ("100",)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("不会", 1),
        ("没有人", 1),
        ("沒有", 1),
        ("並非如此", 1),
        ("从不", 1),
        ("不再", 1),
        ("无监督", 1),
        ("尚未", 1),
        ("别去", 1),
        ("请勿", 1),
        ("难以理解", 1),
        ("不可能没有", 2),
        ("这不是特别难吗", 1),
        ("not able", 1),
        ("is not", 1),
        ("isn't", 1),
        ("isn’t", 1),
        ("isnt", 1),
        ("cannot", 1),
        ("can not", 1),
        ("never", 1),
        ("neither this nor that", 2),
        ("hardly", 1),
        ("without", 1),
        ("n\u200bot", 1),
        ("不是not", 2),
    ],
)
def test_what_denies_is_counted_in_both_languages(text: str, count: int) -> None:
    assert len(negations(text)) == count


@pytest.mark.parametrize("text", DENY_NOTHING)
def test_what_only_looks_like_a_negation_is_none(text: str) -> None:
    assert negations(text) == ()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("不", ""),
        ("", "没"),
        ("没有", "有"),
        ("并不", "都"),
        ("unhappy", "happy"),
        ("possible", "impossible"),
        ("not", ""),
    ],
)
def test_a_change_that_is_a_negation_is_one_inside_any_word(before: str, after: str) -> None:
    assert is_negation(before, after)


@pytest.mark.parametrize(
    ("before", "after"), [("好", "坏"), ("come", "come in"), ("", "，"), ("特别", "尤其"), ("", "")]
)
def test_any_other_change_is_none(before: str, after: str) -> None:
    assert not is_negation(before, after)


@pytest.mark.parametrize(
    "text", ["亿", "九", "1,111,", "1e999999999万", "9万亿", "hundred million ", "not", "不", "1-", "一百", "n't"]
)
def test_a_text_of_nothing_else_takes_no_time_and_breaks_nothing(text: str) -> None:
    began = time.process_time()
    numbers(text * 20_000)
    negations(text * 20_000)
    is_negation(text * 20_000, "")
    assert time.process_time() - began < 10
