"""Which essays a question is put to, as it is said to the reader."""

from collections.abc import Callable, Sequence

from rag.scope import Scope
from rag.words import together
from ui import copying
from ui.words import Words

NAMED = 2  # essays of more than two

Label = Callable[[str], str]
"""What an essay is called, by its name."""


def narrowed(scope: Scope, label: Label, words: Words, *, asked: bool = False) -> str:
    """ "" where all are asked. `asked`: as a sentence of its own."""
    only, without = _only(scope, label, words), _essays(scope.without, label, words)
    key = "_".join(part for part, said in (("asked", asked), ("only", only), ("except", without)) if said)
    if not (only or without):
        return ""
    before, named, after = words[key].partition("{only}")
    return together(before, only, after.format(without=without)) if named else before.format(without=without)


def _only(scope: Scope, label: Label, words: Words) -> str:
    authors = words["names_join"].join(scope.authors)
    essays, time = _essays(scope.essays, label, words), _time(scope, words)
    if words["code"] == "zh" and not essays:
        return together(authors, time)
    return words["scope_join"].join(filter(None, (authors, essays, time)))


def _essays(names: Sequence[str], label: Label, words: Words) -> str:
    """Chinese sets no comma between titles that stand in their brackets, and counts those that it names among all."""
    titles = [copying.titled(label(name), words) for name in names[:NAMED]]
    bracketed = words["code"] == "zh" and all(title.startswith("《") for title in titles)
    comma = "" if bracketed else words["names_join"]
    if len(names) <= NAMED:
        return (comma and words["names_and"]).join(titles)
    n = len(names) - (0 if words["code"] == "zh" else NAMED)
    return words["scope_some"].format(essays=comma.join(titles), n=n)


def _time(scope: Scope, words: Words) -> str:
    since, until = _date(scope.since, words), _date(scope.until, words)
    if not (since and until):
        return words["scope_from" if since else "scope_to"].format(date=since or until) if since or until else ""
    return words["scope_at" if since == until else "scope_between"].format(date=since, since=since, until=until)


def _date(text: str, words: Words) -> str:
    """As 2024-08 is written in running text; what is no date stays as it is."""
    year, month, day, *more = [*text.split("-"), "", "", ""]
    if any(more) or not (year + month + day).isdecimal():
        return text
    if words["code"] == "zh":
        month, day = month.lstrip("0"), day.lstrip("0")
    return words["scope_day" if day else "scope_month" if month else "scope_year"].format(
        year=year, month=month, day=day
    )
