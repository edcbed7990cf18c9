"""The address bar: what is asked, of which essays, and which of them is open. Whatever stands there, it is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode

from index.types import Span
from rag.query import LONGEST
from rag.scope import EVERYTHING, Scope
from rag.types import Excerpt

MOST = 200  # fields
LENGTH = 64_000  # characters

_SCOPE = {"n": "essays", "a": "authors", "x": "without"}
_TIMES = {"from": "since", "to": "until"}


@dataclass(frozen=True, slots=True)
class Address:
    """`known`: excerpts that the answer leaves out, since the conversation had them already."""

    question: str = ""
    scope: Scope = EVERYTHING
    known: tuple[Excerpt, ...] = ()
    document: str = ""
    span: Span | None = None

    def at(self, document: str = "", span: Span | None = None) -> "Address":
        """The same question with another essay open, or none."""
        return replace(self, document=document, span=span)

    def __str__(self) -> str:
        """As it stands after the `#`."""
        fields = [("q", self.question)]
        for name, field in _SCOPE.items():
            fields += [(name, value) for value in getattr(self.scope, field)]
        fields += [(name, getattr(self.scope, field)) for name, field in _TIMES.items()]
        fields += [("k", f"{span.start}-{span.end}:{name}") for name, span in self.known]
        fields.append(("d", self.document))
        if self.document and self.span is not None:
            fields += [("s", str(self.span.start)), ("e", str(self.span.end))]
        return urlencode([(name, value) for name, value in fields if value])


NOWHERE = Address()


def read_address(text: str) -> Address:
    """What cannot be read of it is left out."""
    text = text.removeprefix("#")[:LENGTH].encode("utf-8", "replace").decode("utf-8")  # JSON can have half a character
    try:
        fields = parse_qs(text, max_num_fields=MOST)
    except ValueError:
        return NOWHERE
    start, end = _number(fields, "s"), _number(fields, "e")
    return Address(
        question=_first(fields, "q")[:LONGEST],
        scope=_scope(fields),
        known=tuple(known for value in fields.get("k", ()) if (known := _excerpt(value))),
        document=_first(fields, "d"),
        span=Span(start, end) if start < end else None,
    )


def _scope(fields: Mapping[str, Sequence[str]]) -> Scope:
    some = {field: tuple(dict.fromkeys(fields.get(name, ()))) for name, field in _SCOPE.items()}
    return Scope(**some, since=_first(fields, "from")[:10], until=_first(fields, "to")[:10])


def _excerpt(value: str) -> Excerpt | None:
    place, _, name = value.partition(":")
    start, _, end = place.partition("-")
    if not (name and start.isdecimal() and end.isdecimal() and len(place) < 24):
        return None
    return name, Span(int(start), int(end))


def _first(fields: Mapping[str, Sequence[str]], name: str) -> str:
    return fields.get(name, [""])[0]


def _number(fields: Mapping[str, Sequence[str]], name: str) -> int:
    value = _first(fields, name)
    return int(value) if value.isdecimal() and len(value) < 12 else 0
