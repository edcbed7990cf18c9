"""The few words of our own around the authors' words."""

import re

from index.types import Document

_SEAM = re.compile(
    r"(?<=[\u3400-\u9fff])\0(?=[0-9A-Za-z\u00c0-\u024f])|(?<=[0-9A-Za-z\u00c0-\u024f])\0(?=[\u3400-\u9fff])"
)

SPOKEN = {"zh": "摘自 {n} 篇文章：", "en": "Excerpts from {n} essays:"}
SPOKEN_ONCE = {"zh": "摘自 1 篇文章：", "en": "Excerpts from one essay:"}
SILENT = {"zh": "这些文章没有谈到这个问题。", "en": "These essays do not say."}
EMPTY = {"zh": "索引里还没有文章。", "en": "There are no essays in the index yet."}
DIGEST = {"zh": "摘要，非作者原文", "en": "digest, not the author’s own words"}
READ_AS = {
    "zh": "按“{read_as}”查找（文中没有“{typed}”）",
    "en": "Searched for “{read_as}”; the essays do not have “{typed}”.",
}
QUOTED = {"zh": "“{quote}”", "en": "“{quote}”"}


def heading(document: Document, language: str) -> str:
    """Title, author and date on one line, as far as they are known."""
    about = [part for part in (document.author, document.date, DIGEST[language] if document.digest else "") if part]
    if language == "zh":
        label = document.label if "《" in document.label else f"《{document.label}》"
        return label + (f"（{'，'.join(about)}）" if about else "")
    return document.label + (f" ({', '.join(about)})" if about else "")


def together(*parts: str) -> str:
    """Set side by side: with a space where Chinese meets Latin letters or digits, and none where it stands already.

    >>> together("怎么看", "MLA", "？")
    '怎么看 MLA？'
    """
    return _SEAM.sub(" ", "\0".join(filter(None, parts))).replace("\0", "")


PLACE = {"zh": "{name}，第 {start}–{end} 字", "en": "{name}, characters {start}–{end}"}
IN_BRACKETS = {"zh": "（{said}）", "en": " ({said})"}
NEAREST = {"zh": "离得最近的段落（不是回答）：", "en": "The nearest passages (they are not an answer):"}

# Whose view an excerpt is, where it is not its author's.
TOLD = {
    "zh": {
        "told_reported": "转述别人的看法",
        "told_reported_by": "转述：{speaker}",
        "told_quoted": "引用别人的话",
        "told_quoted_by": "引用：{speaker}",
        "told_rebutted": "作者转述后反驳",
        "told_rebutted_by": "作者转述后反驳：{speaker}",
    },
    "en": {
        "told_reported": "Reported, not the author’s own view",
        "told_reported_by": "Reports {speaker}",
        "told_quoted": "Quoted from somebody else",
        "told_quoted_by": "Quotes {speaker}",
        "told_rebutted": "Reported, then rebutted",
        "told_rebutted_by": "Reported, then rebutted: {speaker}",
    },
}
# Above sentences of two essays that may pull in different directions.
AGAINST = {
    "zh": {
        "against": "两篇文章的说法可能不同",
        "against_several": "文章之间可能有不同的说法",
        "against_line": "{title}：",
    },
    "en": {
        "against": "Two essays may pull in different directions",
        "against_several": "Some essays may pull in different directions",
        "against_line": "{title}:",
    },
}

# Why an expected sentence is not cited, by what happened to it; each ends a line that names the step.
REASONS = {
    "zh": {
        "header": "它在文章的头信息里（标题、作者、日期、地址），这一部分从不引用。",
        "footer": "它在文末的附属内容里（分享、版权、广告、评论），这一部分从不引用。",
        "furniture": "它是图片、链接或注释的一部分，不是作者的正文，所以从不引用。",
        "heading": "它是小标题，只引正文，不引标题。",
        "between": "它在正文的句子之间，不是可以引用的句子。",
        "added": "它在文件 {name} 里，这个文件还没有编入索引；重建索引以后就能查到。",
        "edited": "文件 {name} 里有这句话，但建索引时还没有；重建索引以后就能查到。",
        "changed": "建索引以后，这篇文章的文件改动过，所以整篇都没有参与回答；请重建索引。",
        "gone": "这篇文章的文件已经移走或读不了，所以没有参与回答；放回文件，或者重建索引。",
        "outside": "这次只问了一部分文章，这一篇不在其中。",
        "known": "对话里前面的回答已经引过这句话，这一次不再重复。",
        "unfound": "按意思、按词语都没有找到它所在的段落；换一个更接近原文说法的问题试试。",
        "deep": "只看最靠前的段落，以及其余每篇文章最靠前的一段；它所在的段落排第 {rank}。问得更具体，它会靠前。",
        "no_excerpt": "看过了它所在的段落，但没有一条摘录含有这句话。",
        "wordless": "问题里没有一个字词，谈不上回答。",
        "unsure_answer": "最有把握的摘录只有 {confidence}，不到 {needed}，所以这次没有作答。",
        "repeated": "回答里已经有一条同样的话，是出处 [{n}]。",
        "essay": "它在这篇文章的摘录里排第 {nth}，而每篇文章最多引 {of_one} 条。",
        "full": "它排在后面，而一个回答最多引 {in_all} 条。",
        "heard": "前 {first} 条之后，每篇还没有引过的文章只再引一条；这篇文章已经引过了。",
        "unsure": "它的把握是 {confidence}，不到这里需要的 {needed}。",
    },
    "en": {
        "header": "It stands in the essay’s header (title, author, date, address), which is never cited.",
        "footer": "It stands in the essay’s footer (sharing, copyright, adverts, comments), which is never cited.",
        "furniture": "It is part of an image, a link or a comment and not of the author’s text, so it is never cited.",
        "heading": "It is a heading; only the text below headings is cited.",
        "between": "It stands between the sentences of the text and is none that could be cited.",
        "added": "It stands in the file {name}, which is not in the index yet; rebuild the index to find it.",
        "edited": "The file {name} has it, but did not when the index was built; rebuild the index to find it.",
        "changed": "The essay’s file has changed since the index was built, so none of it is cited; rebuild the index.",
        "gone": "The essay’s file is gone or cannot be read, so none of it is cited; put it back or rebuild the index.",
        "outside": "Only some of the essays were asked this time, and this one is not among them.",
        "known": "An earlier answer of this conversation cited it already, so it was not repeated.",
        "unfound": "Neither its meaning nor its words brought its passage up; ask in words nearer to the essay’s.",
        "deep": "Only the first passages are looked at, and the best one of each further essay; its passage has rank "
        "{rank}. A more specific question brings it forward.",
        "no_excerpt": "Its passage was looked at, but no excerpt holds this sentence.",
        "wordless": "The question has no word in it that could be answered.",
        "unsure_answer": "The best excerpt’s confidence is {confidence}, below {needed}, so nothing was answered.",
        "repeated": "The same words are cited already, as [{n}].",
        "essay": "It is number {nth} among its essay’s excerpts, and at most {of_one} of one essay are cited.",
        "full": "It comes too far behind: an answer cites at most {in_all} excerpts.",
        "heard": "After the first {first} excerpts only essays that have none yet get one more; this essay has one.",
        "unsure": "Its confidence is {confidence}, below the {needed} that is needed here.",
    },
}
NOWHERE = {
    "zh": "没有哪篇文章有这句话；请照原文复制，或者加入有这句话的文章，再重建索引。",
    "en": "No essay has this sentence; copy it as its essay has it, or add that essay and rebuild the index.",
}
CLOSEST = {
    "zh": "最接近的一句是“{quote}”（{name}，{start}–{end}）。",
    "en": "The closest is “{quote}” ({name}, {start}–{end}).",
}

# Why there is nothing of a language model's, by the kind of its fault.
_STANDS = {
    "zh": "，所以没有概述；作者的原话不靠模型，照常在下面。",
    "en": ", so there is no summary; the authors’ words stand without it.",
}
MODEL_FAULTS = {
    "zh": {
        kind: said + _STANDS["zh"]
        for kind, said in {
            "down": "连不上语言模型",
            "slow": "语言模型太慢，没有等到它写完",
            "limited": "语言模型的服务说请求太多",
            "refused": "语言模型的服务不接受这个密钥",
            "missing": "语言模型的服务那里没有这个模型",
            "failed": "语言模型的服务出错了",
            "cut": "语言模型写到一半就断了",
            "nonsense": "语言模型写的不成话",
            "disobedient": "语言模型没有照摘录来写",
            "unanswered": "语言模型没能从这些摘录里得出回答",
            "stopped": "没有让语言模型写完",
        }.items()
    },
    "en": {
        kind: said + _STANDS["en"]
        for kind, said in {
            "down": "The language model could not be reached",
            "slow": "The language model was too slow to wait for",
            "limited": "The language model’s server has too many requests",
            "refused": "The language model’s server does not accept the key",
            "missing": "The language model’s server has no model of that name",
            "failed": "The language model’s server failed",
            "cut": "The language model broke off in the middle",
            "nonsense": "What the language model wrote makes no sense",
            "disobedient": "The language model did not keep to the excerpts",
            "unanswered": "The language model found no answer in the excerpts",
            "stopped": "The language model was stopped",
        }.items()
    },
}
