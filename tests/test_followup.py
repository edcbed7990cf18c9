"""What a question stands for after others: told by rules, in Chinese and in English."""

from dataclasses import replace

import pytest

from index.types import Document, Span
from rag.followup import HEARD, OPPOSED, OPPOSED_HEARD, UNCLEAR, Asked, FollowUp, remark_on, understand_after
from rag.scope import Scope
from rag.subject import subject_of
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
        "不看好快发酵的人怎么想？",
        "除了水温还有什么要紧？",
        "Without water, can bread rise?",
        "谁反对快发酵？",
        "其他国家怎么泡茶？",
        "大家都说好茶贵，这是真的吗，有哪些作者不同意这个流行的观点？他们各自的理由又是什么？请尽量把每个人的话都列出来，谢谢你。",
        "",
        "？",
    ],
)
def test_what_stands_by_itself_is_left_alone(question: str) -> None:
    assert after(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "他为什么这么说？",
        "其他人呢？",
        "还有吗",
        "那李沐呢？",
        "why?",
        "and the others?",
        "除了陆小羽呢",
        "反过来呢",
        "所以呢",
    ],
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
        ("赵墨？", Scope(authors=("赵墨",))),
        ("陆小羽也同意吗？", Scope(authors=("陆小羽",))),
        ("Does Ann Miller agree with that?", Scope(authors=("Ann Miller",))),
        ("他呢？", Scope(essays=("tea.md",))),
        ("他同意吗", Scope(essays=("tea.md",))),
        ("And them?", Scope(essays=("tea.md", "bread.txt"))),
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


@pytest.mark.parametrize(
    "question",
    [
        "反过来呢",
        "有人反对吗？",
        "谁不同意",
        "有不同的看法吗",
        "Who disagrees?",
        "On the other hand?",
        "any objections?",
    ],
)
def test_who_disagrees_is_asked_of_all_others_and_rules_say_that_they_cannot_tell(question: str) -> None:
    assert after(question) == FollowUp(ASKED, Scope(without=("tea.md", "bread.txt")))
    assert remark_on(question, ASKED, ()) == OPPOSED
    assert remark_on(question, question, ()) == ""


@pytest.mark.parametrize(("question", "remark"), [("其他人呢？", HEARD), ("谁不同意？", OPPOSED_HEARD)])
def test_where_all_were_cited_there_are_no_others_but_perhaps_more_of_them(question: str, remark: str) -> None:
    seen = tuple((document.name, Span(0, 4)) for document in ESSAYS)
    assert after(question, [Asked(ASKED, Scope(), cited(*ESSAYS))]) == FollowUp(ASKED, Scope(), seen)
    assert remark_on(question, ASKED, seen) == remark
    assert remark_on("还有吗？", ASKED, seen) == remark_on("其他人呢？", ASKED, ()) == ""


def test_the_others_of_one_author_are_asked_at_any_time_where_nobody_else_wrote_then() -> None:
    before = [Asked(ASKED, Scope(authors=("陆小羽",), since="2021", until="2021"), cited(TEA))]
    assert after("其他人呢？", before) == FollowUp(ASKED, Scope(without=("tea.md",)))


@pytest.mark.parametrize(
    ("question", "without"),
    [
        ("除了陆小羽呢", ("tea.md",)),
        ("除了陆小羽以外的人怎么看？", ("tea.md",)),
        ("不看陆小羽的", ("tea.md",)),
        ("不要《绿茶的水温》", ("tea.md",)),
        ("除了 2023 年的呢", ("bread.txt",)),
        ("除了这篇呢", ("tea.md",)),
        ("except Ann Miller", ("bread.txt", "old/ink-notes.txt")),
        ("And without Ann Miller?", ("bread.txt", "old/ink-notes.txt")),
        ("everyone except Lu Xiaoyu", ("tea.md",)),
    ],
)
def test_all_but_some_are_asked(question: str, without: tuple[str, ...]) -> None:
    assert after(question) == FollowUp(ASKED, Scope(without=without))


def test_all_but_some_may_be_asked_something_else() -> None:
    for before in ([], BEFORE):
        assert after("除了陆小羽，谁还谈到发酵？", before) == FollowUp("谁还谈到发酵？", Scope(without=("tea.md",)))


@pytest.mark.parametrize(
    "question",
    [
        "所以呢？",
        "真的吗？",
        "那又怎样",
        "除了王五呢",
        "最近的呢",
        "第二篇呢",
        "总结一下",
        "Thanks",
        "So what?",
        "Really?",
        "What about it?",
    ],
)
def test_what_rules_cannot_tell_is_not_looked_for(question: str) -> None:
    assert after(question) == UNCLEAR


def test_who_was_left_out_is_left_out_once() -> None:
    before = [Asked(ASKED, Scope(since="2021", without=("tea.md",)), cited(BREAD))]
    assert after("那茶具呢？", before) == FollowUp("这些作者怎么看茶具？", Scope(since="2021"))
    assert after("还有吗？", before) == FollowUp(ASKED, before[0].scope, (("bread.txt", Span(0, 4)),))


def test_authors_and_times_last_as_long_as_questions_follow() -> None:
    narrow = Scope(authors=("陆小羽",), since="2021", until="2021")
    before = [Asked(ASKED, narrow, cited(TEA))]
    assert after("那茶具呢？", before) == FollowUp("这些作者怎么看茶具？", narrow)
    assert after("2022年的呢", before) == FollowUp(ASKED, replace(narrow, since="2022", until="2022"))
    assert after("2022年之前的呢", before) == FollowUp(ASKED, replace(narrow, since="", until="2022"))
    assert after("那赵墨呢", before) == FollowUp(ASKED, Scope(authors=("赵墨",)))
    assert after("泡绿茶的水温不要超过多少度？", before) is None


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


@pytest.mark.parametrize(
    "question",
    [
        "还有吗？",
        "继续",
        "说得详细一点",
        "除此之外呢",
        "除了这些呢",
        "就这些？",
        "What else?",
        "Anything else?",
        "go on",
        "That's all?",
    ],
)
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
        (ASKED, "what about gongfu tea?", "这些作者怎么看 gongfu tea？"),
        ("谁反对快发酵？", "慢发酵呢", "谁反对慢发酵？"),
        ("谁认为水温有问题？", "茶具呢？", "茶具"),
        ("小作坊应该自己磨粉吗？", "what about cost?", "cost"),
        ("对齐为什么重要？", "那成本呢", "成本"),
        (ASKED, "如果水不好呢", "如果水不好"),
        ("Should small bakeries mill?", "And cost?", "cost"),
    ],
)
def test_the_same_is_asked_about_something_else(before: str, question: str, asked: str) -> None:
    scope = Scope(authors=("陆小羽",))
    assert after(question, [Asked(before, scope, cited(TEA))]) == FollowUp(asked, scope)


@pytest.mark.parametrize(
    ("question", "scope"),
    [
        ("陆小羽 2021 年怎么看水温？", Scope(authors=("陆小羽",), since="2021", until="2021")),
        ("请问陆小羽和赵墨认为水温多少合适？", Scope(authors=("陆小羽", "赵墨"))),
        ("陆小羽对发酵的看法是什么？", Scope(authors=("陆小羽",))),
        ("那孙大水如何评价好水？", Scope(authors=("孙大水",))),
        ("What does Lu Xiaoyu think about tea?", Scope(authors=("陆小羽",))),
        ("What did Ann Miller say in 2023 about rye?", Scope(authors=("Ann Miller",), since="2023", until="2023")),
        ("In 2023, how did Ann Miller see rye?", Scope(authors=("Ann Miller",), since="2023", until="2023")),
        ("What is Ann Miller’s view of rye?", Scope(authors=("Ann Miller",))),
        (
            "What does Ann Miller think about how long a dough of rye should be left to rise?",
            Scope((), ("Ann Miller",)),
        ),
    ],
)
def test_who_is_to_say_it_is_asked_and_nobody_else(question: str, scope: Scope) -> None:
    for before in ([], BEFORE):
        assert after(question, before) == FollowUp(question, scope)


@pytest.mark.parametrize(
    "question",
    [
        "王五怎么看水温？",
        "大家怎么看陆小羽的说法？",
        "为什么陆小羽的水温低？",
        "陆小羽怎么看赵墨的墨？",
        "水温怎么看待？",
        "Is Ann Miller a baker?",
        "What do bakers say about Ann Miller?",
    ],
)
def test_a_name_elsewhere_in_the_question_binds_nobody(question: str) -> None:
    assert after(question, []) is None


@pytest.mark.parametrize(
    ("question", "asked", "scope"),
    [
        ("2023年的呢", "陆小羽 2023 年怎么看水温？", Scope(authors=("陆小羽",), since="2023", until="2023")),
        ("只看 2023 年 8 月的", "陆小羽 2023 年 8 月怎么看水温？", Scope((), ("陆小羽",), "2023-08", "2023-08")),
        ("And in 2023?", "陆小羽 2023 年怎么看水温？", Scope(authors=("陆小羽",), since="2023", until="2023")),
        ("2022年以来的呢", "陆小羽怎么看水温？", Scope(authors=("陆小羽",), since="2022")),
        ("那赵墨呢", "赵墨怎么看水温？", Scope(authors=("赵墨",))),
        ("What about Ann Miller?", "Ann Miller 怎么看水温？", Scope(authors=("Ann Miller",))),
        ("除了陆小羽呢", "这些作者怎么看水温？", Scope(without=("tea.md",))),
        ("其他人呢？", "这些作者怎么看水温？", Scope(without=("tea.md",))),
        ("大家怎么看？", "这些作者怎么看水温？", Scope()),
        ("那茶具呢", "陆小羽 2021 年怎么看茶具？", Scope(authors=("陆小羽",), since="2021", until="2021")),
    ],
)
def test_whom_and_when_the_question_names_change_with_whom_and_when_it_is_put_to(
    question: str, asked: str, scope: Scope
) -> None:
    first = "陆小羽 2021 年怎么看水温？"
    assert after(question, [Asked(first, Scope((), ("陆小羽",), "2021", "2021"), cited(TEA))]) == FollowUp(asked, scope)


def test_an_english_question_is_put_to_everyone_in_good_english() -> None:
    for question, asked in (
        ("What does Ann Miller think of rye?", "What do the authors think of rye?"),
        ("What is Ann Miller's view of rye?", "What is the authors’ view of rye?"),
    ):
        subject = subject_of(question, ESSAYS)
        assert subject is not None
        assert subject.put_to(()) == asked


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
