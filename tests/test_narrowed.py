"""Which essays were asked, in words."""

import pytest

from rag.scope import Scope
from ui.narrowed import narrowed
from ui.words import EN, ZH

TITLES = {"a": "论茶", "b": "论水", "c": "摘要：《论面包》"}


def label(name: str) -> str:
    return TITLES.get(name, name)


@pytest.mark.parametrize(
    ("scope", "zh", "en"),
    [
        (Scope(), "", ""),
        (Scope(authors=("李沐",)), "只查李沐", "Asked only of 李沐"),
        (Scope(authors=("Li Mu", "赵墨")), "只查 Li Mu、赵墨", "Asked only of Li Mu, 赵墨"),
        (Scope(since="2024"), "只查 2024 年以来的文章", "Asked only of essays since 2024"),
        (Scope(since="2023", until="2023"), "只查 2023 年的文章", "Asked only of essays of 2023"),
        (Scope(since="2024-08", until="2024-08"), "只查 2024 年 8 月的文章", "Asked only of essays of 2024-08"),
        (Scope(until="2024-08-03"), "只查到 2024 年 8 月 3 日为止的文章", "Asked only of essays up to 2024-08-03"),
        (
            Scope(since="2021", until="2023"),
            "只查 2021 年到 2023 年的文章",
            "Asked only of essays from 2021 to 2023",
        ),
        (Scope((), ("李沐",), "2024", "2024"), "只查李沐 2024 年的文章", "Asked only of 李沐; essays of 2024"),
        (Scope(essays=("a", "b")), "只查《论茶》《论水》", "Asked only of “论茶” and “论水”"),
        (Scope(essays=("a", "b", "d")), "只查《论茶》《论水》等 3 篇", "Asked only of “论茶”, “论水” and 1 more"),
        (Scope(without=("a",)), "不查《论茶》", "Asked of all essays except “论茶”"),
        (
            Scope(without=("c", "a")),
            "不查摘要：《论面包》、《论茶》",
            "Asked of all essays except 摘要：《论面包》 and “论茶”",
        ),
        (
            Scope(without=tuple("abcd")),
            "不查《论茶》《论水》等 4 篇",
            "Asked of all essays except “论茶”, “论水” and 2 more",
        ),
        (Scope(without=("《甲》", "《乙》")), "不查《甲》《乙》", "Asked of all essays except 《甲》 and 《乙》"),
        (Scope(authors=("{x}",), without=("a",)), "只查{x}，不查《论茶》", "Asked only of {x}, except “论茶”"),
        (Scope(since="x-1", until="{year}"), "只查 x-1到 {year}的文章", "Asked only of essays from x-1 to {year}"),
    ],
)
def test_which_essays_were_asked_is_said_as_an_editor_would(scope: Scope, zh: str, en: str) -> None:
    assert narrowed(scope, label, ZH, asked=True) == zh
    assert narrowed(scope, label, EN, asked=True) == en


def test_beside_the_question_it_stands_in_brackets() -> None:
    assert narrowed(Scope(without=("a",)), label, ZH) == "不查《论茶》"
    assert narrowed(Scope(without=("a",)), label, EN) == "all essays except “论茶”"
    assert narrowed(Scope(authors=("李沐",)), label, EN) == "only 李沐"
    assert narrowed(Scope((), ("李沐",), "2024", "", ("a",)), label, ZH) == "只查李沐 2024 年以来的文章，不查《论茶》"
