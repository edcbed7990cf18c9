"""What a question stands for after others: told by rules, in Chinese and in English."""

from dataclasses import replace

import pytest

from index.types import Document, Span
from rag.followup import Asked, FollowUp, understand_after
from rag.scope import Scope
from rag.types import Citation


def essay(name: str, title: str, author: str, date: str) -> Document:
    return Document(name, "水烫了茶会发苦。", title, author, date, "", "zh", "", ())


TEA = essay("tea.md", "论茶：《绿茶的水温》", "陆小羽（讲者）", "2021-03-04")
BREAD = essay("bread.txt", "Notes on bread", "Ann Miller", "2023")
TALK = essay("talk.txt", "一次关于水的演讲——孙大水", "某报", "2020-01-01")
OWN = essay("own.txt", "另一次演讲——陆小羽", "陆小羽", "2022-01-01")
INK = essay("old/ink-notes.txt", "", "赵墨、Ann Miller", "")
ESSAYS = [TEA, BREAD, INK, TALK]
ASKED = "这些作者怎么看水温？"
ENGLISH = "What do these authors think about temperature?"


def cited(*documents: Document) -> list[Citation]:
    return [Citation(n, document, 0, 4, "水烫了茶", 0.9) for n, document in enumerate(documents, start=1)]


BEFORE = [Asked(ASKED, Scope(), cited(TEA, BREAD))]
SEEN = (("tea.md", Span(0, 4)), ("bread.txt", Span(0, 4)))


def after(question: str, before: list[Asked] | None = None, opened: str = "") -> FollowUp | None:
    return understand_after(question, BEFORE if before is None else before, ESSAYS, opened)


@pytest.mark.parametrize(
    "question",
    [
        "这些作者怎么看数据质量？",
        "为什么数据这么重要呢？",
        "只有好水才能泡好茶吗？",
        "作者为什么不看好快发酵？",
        "What does a slow rise do?",
        "How long should bread rise, and why does it matter?",
        "Why do bakers knead too long?",
        "泡绿茶的水温不要超过多少度？",
        "其他国家怎么泡茶？",
        "大家都说好茶贵，这是真的吗，有哪些作者不同意这个流行的观点？他们各自的理由又是什么？请尽量把每个人的话都列出来，谢谢你。",
        "",
        "？",
    ],
)
def test_what_stands_by_itself_is_left_alone(question: str) -> None:
    assert after(question) is None


@pytest.mark.parametrize(
    "question", ["他为什么这么说？", "其他人呢？", "还有吗", "那李沐呢？", "why?", "and the others?"]
)
def test_without_a_question_before_there_is_nothing_to_follow(question: str) -> None:
    assert after(question, []) is None


@pytest.mark.parametrize(
    ("question", "scope"),
    [
        ("只看陆小羽的", Scope(authors=("陆小羽",))),
        ("那就只看《绿茶的水温》", Scope(essays=("tea.md",))),
        ("只看赵墨和陆小羽", Scope(authors=("陆小羽", "赵墨"))),
        ("只看 2023 年的", Scope(since="2023", until="2023")),
        ("只看2021年3月以后的文章", Scope(since="2021-03")),
        ("只看2022年以前的", Scope(until="2022")),
        ("only Ann Miller", Scope(authors=("Ann Miller",))),
        ("just the ones by ann miller", Scope(authors=("Ann Miller",))),
        ("Only essays since 2022", Scope(since="2022")),
        ("只看 ink-notes", Scope(essays=("old/ink-notes.txt",))),
        ("那陆小羽呢？", Scope(authors=("陆小羽",))),
        ("陆小羽怎么看？", Scope(authors=("陆小羽",))),
        ("陸小羽呢", Scope(authors=("陆小羽",))),
        ("What about Ann Miller?", Scope(authors=("Ann Miller",))),
        ("What does Ann Miller say about it?", Scope(authors=("Ann Miller",))),
        ("And “Notes on bread”?", Scope(essays=("bread.txt",))),
        ("大家怎么看？", Scope()),
        ("只看孙大水的", Scope(authors=("孙大水",))),
        ("只看《一次关于水的演讲——孙大水》", Scope(essays=("talk.txt",))),
        ("只看王五的", Scope(authors=("王五",))),
        ("only Lu Xiaoyu", Scope(authors=("陆小羽",))),
        ("only xiao-yu lu", Scope(authors=("陆小羽",))),
        ("那Zhao Mo呢", Scope(authors=("赵墨",))),
        ("What about zhaomo?", Scope(authors=("赵墨",))),
    ],
)
def test_the_same_is_asked_of_others(question: str, scope: Scope) -> None:
    found = after(question, [replace(BEFORE[0], scope=Scope(authors=("Somebody",)))])
    assert found == FollowUp(ASKED, scope)


@pytest.mark.parametrize(
    ("name", "spelt"),
    [
        ("李沐", ["Li Mu", "Mu Li", "limu", "LiMu", "muli", "li-mu"]),
        ("曾国藩", ["Zeng Guofan", "guofan zeng", "ceng guo fan"]),
        ("吕思勉", ["Lü Simian", "lu simian", "Lv Si Mian", "Si-mian Lyu"]),
        ("欧阳小雨", ["Ouyang Xiaoyu", "Xiaoyu Ouyang"]),
    ],
)
def test_a_chinese_name_is_known_by_its_sound(name: str, spelt: list[str]) -> None:
    essays = [replace(TEA, author=name)]
    for sound in spelt:
        assert understand_after(f"only {sound}", BEFORE, essays) == FollowUp(ASKED, Scope(authors=(name,)))


def test_an_english_word_that_sounds_like_a_name_is_a_word() -> None:
    essays = [replace(TEA, author="马克")]
    assert understand_after("Does he make bread?", BEFORE, essays) == FollowUp(
        "Does he make bread?", Scope(essays=("tea.md",))
    )


def test_the_speaker_that_a_title_names_is_an_author_like_those_of_other_essays() -> None:
    talk = replace(TALK, title="《绿茶的香气——陆小羽》", author="")
    scope = Scope(authors=("陆小羽",))
    assert understand_after("只看陆小羽的", BEFORE, [TEA, talk]) == FollowUp(ASKED, scope)
    assert scope.holds(TEA)
    assert scope.holds(talk)


def test_an_author_who_stands_in_a_title_too_is_named_once() -> None:
    assert understand_after("只看陆小羽的", BEFORE, [*ESSAYS, OWN]) == FollowUp(ASKED, Scope(authors=("陆小羽",)))


@pytest.mark.parametrize(
    "question", ["其他人呢？", "其他作者怎么看？", "别的文章呢", "And the others?", "What about the others?"]
)
def test_the_others_are_those_that_were_not_cited(question: str) -> None:
    assert after(question) == FollowUp(ASKED, Scope(without=("tea.md", "bread.txt")))


def test_the_others_of_the_others_are_fewer_still() -> None:
    before = [*BEFORE, Asked(ASKED, Scope(without=("tea.md",)), cited(BREAD))]
    assert after("其他人呢？", before) == FollowUp(ASKED, Scope(without=("tea.md", "bread.txt")))


@pytest.mark.parametrize(
    "question",
    ["他为什么这么说？", "为什么？", "Why?", "Why does he say so?", "举个例子", "how so", "这句话什么意思？"],
)
@pytest.mark.parametrize(
    ("opened", "essay"), [("", "tea.md"), ("bread.txt", "bread.txt"), ("old/ink-notes.txt", "tea.md")]
)
def test_who_says_so_is_the_essay_that_is_open_or_the_one_cited_first(question: str, opened: str, essay: str) -> None:
    why = "为什么？" if "为什么" in question else "Why?" if "hy" in question else question
    assert after(question, opened=opened) == FollowUp(f"{ASKED} {why}", Scope(essays=(essay,)), SEEN, (ASKED, Scope()))


def test_a_question_of_its_own_about_him_is_asked_in_its_own_words() -> None:
    assert after("他对发酵有什么建议？") == FollowUp("他对发酵有什么建议？", Scope(essays=("tea.md",)))
    assert after("Does she like rye?") == FollowUp("Does she like rye?", Scope(essays=("tea.md",)))
    assert after("陆小羽为什么这么说？") == FollowUp("陆小羽为什么这么说？", Scope(authors=("陆小羽",)))


def test_they_are_all_that_were_cited() -> None:
    assert after("他们为什么这么说？") == FollowUp(
        f"{ASKED} 为什么？", Scope(essays=("tea.md", "bread.txt")), SEEN, (ASKED, Scope())
    )


@pytest.mark.parametrize("question", ["还有吗？", "继续", "说得详细一点", "What else?", "Anything else?", "go on"])
def test_more_is_the_same_without_what_was_seen(question: str) -> None:
    assert after(question) == FollowUp(ASKED, Scope(), SEEN)


@pytest.mark.parametrize(
    ("before", "question", "asked"),
    [
        (ASKED, "那茶具呢？", "这些作者怎么看茶具？"),
        (ASKED, "发酵时间怎么看？", "这些作者怎么看发酵时间？"),
        ("作者对水温有什么看法？", "那茶具呢", "作者对茶具有什么看法？"),
        (ENGLISH, "What about kneading?", "What do these authors think about kneading?"),
        (ENGLISH, "And cost?", "What do these authors think about cost?"),
    ],
)
def test_the_same_is_asked_about_something_else(before: str, question: str, asked: str) -> None:
    scope = Scope(authors=("陆小羽",))
    assert after(question, [Asked(before, scope, cited(TEA))]) == FollowUp(asked, scope)


@pytest.mark.parametrize(
    ("question", "asked"),
    [("只看陆小羽的，好茶贵吗？", "好茶贵吗？"), ("只问Ann Miller：发酵要多久？", "发酵要多久？")],
)
def test_a_scope_may_come_with_a_question_of_its_own(question: str, asked: str) -> None:
    for before in ([], BEFORE):
        found = after(question, before)
        assert found is not None
        assert (found.question, bool(found.scope.authors)) == (asked, True)


def test_a_scope_holds_essays_by_name_author_and_time() -> None:
    def held(scope: Scope) -> list[str]:
        return [document.name for document in ESSAYS if scope.holds(document)]

    assert held(Scope()) == ["tea.md", "bread.txt", "old/ink-notes.txt", "talk.txt"]
    assert held(Scope(authors=("ann miller",))) == ["bread.txt", "old/ink-notes.txt"]
    assert held(Scope(authors=("陸小羽", "赵墨"))) == ["tea.md", "old/ink-notes.txt"]
    assert held(Scope(authors=("ann miller",), essays=("bread.txt", "tea.md"))) == ["bread.txt"]
    assert held(Scope(without=("bread.txt",))) == ["tea.md", "old/ink-notes.txt", "talk.txt"]
    assert held(Scope(since="2021-03")) == ["tea.md", "bread.txt"]
    assert held(Scope(since="2021-04")) == held(Scope(since="2023-05")) == ["bread.txt"]
    assert held(Scope(until="2022")) == held(Scope(until="2021-03-04")) == ["tea.md", "talk.txt"]
    assert held(Scope(since="2021", until="2021")) == ["tea.md"]
    assert held(Scope(until="2021-03-03")) == ["talk.txt"]
