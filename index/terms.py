"""Text to terms for the lexical leg: what must be the same word becomes the same string."""

import logging
import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import jieba
import opencc
import platformdirs

TERMS_VERSION = 1  # raise it when the same text would give other terms

_WORD = re.compile(r"[^\W_]")
_STOP_WORDS = frozenset(
    # Function words, and the words with which questions are asked: they say nothing of what is asked about.
    """的 了 和 与 及 或 在 是 我 你 您 他 她 它 们 我们 你们 他们 这 那 这些 那些 这个 那个 哪 哪些 哪个 哪里 谁 什么 怎么 怎样 怎么样
    如何 为什么 为何 吗 呢 吧 啊 呀 么 之 其 就 都 也 还 又 很 被 把 将 对 对于 关于 从 到 向 于 而 且 但 但是 因为 所以 如果 以 以及 等 着 过
    得 地 有 没有 多少 几 请 请问 一个 一 个 看 看待 认为 觉得 说 说法 是否 是不是 能否 可以 会 要 吗？ 有没有 分别 意思
    作者 作者们 文章 文中 本文 谈 谈谈 谈到 说说 讲讲 讲到 提到 提及 看法
    a an the of in on at to for from by with about into as and or but if than then that this these those it its is are was were be been
    do does did done has have had will would can could should may might must not no nor so such
    what which who whom whose when where why how many much i you he she we they them his her our your their me my us
    think thinks thought say says said according author authors essay essays mention mentions mentioned discuss discussed talk talks
    """.split()
)


@cache
def _tokenizer() -> jieba.Tokenizer:
    jieba.setLogLevel(logging.WARNING)
    tokenizer = jieba.Tokenizer()
    folder = Path(platformdirs.user_cache_dir("yuanhua"))
    try:
        # jieba's own cache would lie in the shared temporary folder, where anybody could have put it.
        folder.mkdir(parents=True, exist_ok=True)
        tokenizer.tmp_dir = str(folder)
        tokenizer.initialize()
    except OSError:
        pass  # it initialises on first use, without a cache
    return tokenizer


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def fold(text: str) -> str:
    """Without differences of width, case and Traditional or Simplified characters."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return str(_simplifier().convert(folded.encode("utf-8", "replace").decode("utf-8")))


def terms_of(text: str) -> list[str]:
    """Search-mode terms in the order of the text: 数据质量 gives 数据 and 质量, since a question may name either."""
    return [term for term in _tokenizer().cut_for_search(fold(text)) if _WORD.search(term) and term not in _STOP_WORDS]


def term_counts(text: str) -> Counter[str]:
    return Counter(terms_of(text))
