"""Altered quotations from real essays: what of them passes, and as what."""

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from index.documents import language_of
from index.scan import read_corpus
from index.types import Document
from rag.quotes import Checked, check
from rag.stretches import Essays
from tests.altered import KINDS, Altered, altered
from tests.conftest import SHARED, needs_shared

LOOKED_AT = (
    "000_ceb43f88b526cfca.txt",
    "004_049b2edee14d7007.txt",
)  # while the rules were written; not the other three
PARTS = ("looked at", "not looked at", "xquad-en", "cmrc")
PUBLIC = SHARED / "eval" / "public"

# What somebody might say about the essays' subject, and none of them does.
INVENTED = [
    "大模型的竞争，最后比的不是谁的参数多，而是谁更早学会对用户说不。",
    "我在三家公司都见过同一块白板，上面写着损失曲线不会骗人，骗人的是画曲线的人。",
    "训练一个千亿模型所需的耐心，比所需的显卡还要稀缺。",
    "数据清洗这件事做了半年以后，我才明白脏的从来不是数据，是我们的标准。",
    "如果一个 Agent 连日历都管不好，就不要让它去管生产环境。",
    "Scaling law 画出来是一条直线，走起来却像一条看不见尽头的隧道。",
    "开源社区最大的贡献不是权重，而是让每个学生都有了犯错的机会。",
    "我们把评测集公开的那一天，它就已经失去了评测的意义。",
    "老师说过，做 NLP 的人要先学会读小说，然后才有资格谈语言模型。",
    "OpenAI 的护城河不在算法里，在它食堂门口排队的那群人里。",
    "多模态的未来属于会听的模型，而不是会画的模型。",
    "预训练结束那晚，机房里只有风扇的声音，谁也没有说话。",
    "强化学习在这里像一位严厉的教练，奖励给得少，惩罚给得准。",
    "国内团队缺的不是算力，是肯花三个月只做一张表格的人。",
    "博士生应该每年删掉自己一半的代码，剩下的那一半才是研究。",
    "长上下文并不会让模型更聪明，它只是让模型忘得更体面一些。",
    "产品经理问我模型什么时候能上线，我说等它学会承认不知道的时候。",
    "推理成本降到原来的十分之一那天，整个行业的商业计划书都要重写。",
    "幻觉不是缺陷，它是语言模型为流畅付出的学费。",
    "微调就像给老房子换门窗，地基的问题一个也解决不了。",
    "我宁愿要一个小而诚实的模型，也不要一个大而健谈的模型。",
    "人工智能的第一批受害者，将是那些从不检查引文的作者。",
    "把奖励模型当成真理的团队，最后都会训练出一个马屁精。",
    "创业公司的模型发布会开得越早，它的训练日志就越值得怀疑。",
    "Attention is cheap; what is scarce is the patience to look at your own failures.",
    "Every benchmark dies on the day its authors publish the test set.",
    "A small team with clean data will outlast a large team with a large budget.",
    "The next breakthrough will come from people who label their data by hand.",
    "Nobody ever trained a good model by watching the loss go down.",
    "An agent that cannot apologise should not be allowed to send e-mail.",
    "Open weights are a gift, but open training logs would be an education.",
    "What we call alignment is mostly the art of asking the same question twice.",
    "The city council voted to rename the old railway station after a local poet.",
    "During the winter the river froze so hard that merchants held their market on the ice.",
    "Her second expedition failed because nobody had thought of the price of salt.",
    "The engineers of the canal were paid in barrels of cider rather than in coin.",
]


def documents(part: str) -> list[Document]:
    if part == "looked at":
        return [one for one in real() if one.name in LOOKED_AT]
    if part == "not looked at":
        return [one for one in real() if one.name not in LOOKED_AT]
    lines = (PUBLIC / part / "corpus.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines if line.strip()]
    return [Document(row["document"], row["text"], "", "", "", "", language_of(row["text"]), "") for row in rows]


def real() -> Sequence[Document]:
    return read_corpus(SHARED / "seeds").documents


Judged = list[tuple[Altered, Checked]]


def judged(part: str) -> Judged:
    essays = Essays(documents(part))
    return [(one, check(one.quote, essays)) for one in altered(essays.documents, INVENTED)]


def wrong(found: Judged) -> list[str]:
    """Without the essays' sentences, which are not ours to print in full."""
    return [
        f"{one.kind}: {checked.verdict} for {one.verdict}; {checked.alarms}; {one.quote[:12]}…"
        for one, checked in found
        if checked.verdict != one.verdict or (one.alarm and one.alarm not in checked.alarms)
    ]


@needs_shared
@pytest.mark.parametrize("part", PARTS)
def test_altered_quotations_get_the_right_verdict(part: str) -> None:
    found = judged(part)
    assert len(found) >= 150
    counts = Counter(one.kind for one, _ in found)
    least = {kind: 10 for kind in KINDS if (part, kind) != ("xquad-en", "traditional")}
    assert {kind: count for kind, count in least.items() if counts[kind] < count} == {}
    assert len(wrong(found)) <= 0.02 * len(found), wrong(found)
    passed = [one.quote for one, checked in found if one.alarm and checked.verdict in ("exact", "normalised")]
    assert passed == []


@needs_shared
def test_every_altered_quotation_is_made_alike_each_time() -> None:
    assert altered(real(), INVENTED) == altered(real(), INVENTED)


@needs_shared
@pytest.mark.parametrize("part", ["looked at", "not looked at"])
def test_what_is_no_negation_or_number_raises_no_alarm(part: str) -> None:
    false = [checked.difference for one, checked in judged(part) if one.kind == "word" and checked.alarms]
    assert len(false) <= 1, false
