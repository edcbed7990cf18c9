"""What goes over the HTTP API, as its description has it; the records that it is made of are those of `ui.records`."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from index.sidecar import DATE
from rag import scope
from rag.query import LONGEST

NAMES = 200  # of essays or of authors, in one request
LONGEST_NAME = 1_000  # characters
FIELDS = 50  # of an object, known or not


def _whole(text: str) -> str:
    """JSON can have half a character, which cannot be sent back."""
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("half a character")
    return text


Name = Annotated[str, Field(max_length=LONGEST_NAME), AfterValidator(_whole)]
Day = Annotated[
    str,
    Field(pattern=f"^(?:{DATE.pattern})?$", description="A year, a month or a day, as 2023, 2023-10 or 2023-10-15."),
]
# The limits of a question are in the description only: whoever breaks them is told in a sentence of ours.
ASKED: dict[str, Any] = {"minLength": 1, "maxLength": LONGEST, "pattern": r"[^\s\u0000-\u001f\u007f-\u009f]"}


class Sent(BaseModel):
    """What is sent has no field that is not known, and no value of another kind."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _few(cls, sent: object) -> object:
        """Of ten thousands of unknown fields each would be a fault, and to list them takes as long as ten answers."""
        if isinstance(sent, dict) and len(sent) > FIELDS:
            raise ValueError("too many fields")
        return sent


class Told(BaseModel):
    """What is answered has all of its fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Scope(Sent):
    """Which essays are asked; what is empty leaves nothing out. An essay without a date lies outside every time."""

    essays: list[Name] = Field(default_factory=list, max_length=NAMES, description="Only these, by name.")
    authors: list[Name] = Field(default_factory=list, max_length=NAMES, description="Only essays of any of these.")
    since: Day = ""
    until: Day = ""
    without: list[Name] = Field(default_factory=list, max_length=NAMES, description="Not these, by name.")

    def read(self) -> scope.Scope:
        return scope.Scope(tuple(self.essays), tuple(self.authors), self.since, self.until, tuple(self.without))


class Question(Sent):
    question: str = Field(json_schema_extra=ASKED)
    id: Annotated[str, Field(max_length=LONGEST_NAME)] | None = Field(
        default=None, description="Comes back with the answer."
    )
    scope: Scope = Scope()
    summary: bool = Field(default=False, description="Whether a language model, if there is one, is to sum it up.")


class Place(Told):
    """An exact place in an essay: `text[start:end]`, in characters. Its id is good as long as the file is the same."""

    id: str
    link: str = Field(description="Where it is had with what stands around it.")
    document: str
    start: int
    end: int


class Reported(Told):
    kind: Literal["reported", "quoted", "rebutted"]
    speaker: str


class Citation(Place):
    n: int
    title: str
    author: str
    date: str
    quote: str
    score: float
    reported: Reported | None = Field(description="Null where the excerpt says what its author thinks.")


class Nearest(Place):
    score: float


class Excerpt(Place):
    quote: str


class Correction(Told):
    typed: str
    read_as: str


class Claim(Told):
    text: str
    cited: list[int]
    fault: str = Field(description='"" where the excerpts that it cites bear it out.')
    detail: str


class Summary(Told):
    """A language model's words, and not the authors'. With a fault there are no claims."""

    model: str
    endpoint: str
    fault: str
    text: str
    claims: list[Claim]


class Answer(Told):
    id: str | None
    question: str
    answered: bool
    confidence: float
    text: str = Field(description="With [n] after each excerpt.")
    citations: list[Citation] = Field(description="Best first.")
    nearest: list[Nearest] = Field(description="Only where the essays do not say.")
    corrections: list[Correction]
    opposed: list[tuple[Excerpt, Excerpt]]
    elapsed_ms: float
    index: str = Field(description="The digest of the index that was asked.")
    left_out: list[str] = Field(description="Essays whose files have changed since, so that none is cited.")
    summary: Summary | None = Field(default=None, description="Only where one was asked for; null where there is none.")


class Hit(Place):
    rank: int
    score: float
    title: str
    author: str
    date: str
    text: str


class Hits(Told):
    question: str
    hits: list[Hit] = Field(description="Best first, whether or not one of them answers.")
    index: str


class Card(Told):
    name: str
    link: str
    title: str
    author: str
    date: str
    language: str
    url: str
    sha256: str


class Cards(Told):
    total: int
    offset: int
    documents: list[Card] = Field(description="In the order of their names.")
    next: str | None = Field(description="Where the next ones are; null after the last.")


class Document(Card):
    text: str = Field(description="What every place in the essay counts its characters in.")
    current: bool = Field(description="Whether the file is still as it was indexed.")


class Passage(Place):
    title: str
    author: str
    date: str
    text: str
    before: str = Field(description="What its passage says before it.")
    after: str
    current: bool = Field(description="Whether the file is still as it was indexed.")


class LeftOut(Told):
    name: str
    reason: str


class Renamed(Told):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    old: str = Field(alias="from")
    new: str = Field(alias="to")


class Duplicate(Told):
    name: str
    same_as: str


class Built(Told):
    added: list[str]
    changed: list[str]
    removed: list[str]
    renamed: list[Renamed]
    duplicates: list[Duplicate]
    unchanged: int
    mended: list[str]
    problems: list[LeftOut]
    documents: int
    passages: int
    embedded: int
    index: str


class Build(Told):
    """The last build that was begun here, as it stands."""

    state: Literal["none", "expected", "running", "stopping", "built", "stopped", "failed"]
    step: str
    done: int
    total: int
    seconds_left: float | None = Field(description="Of this step.")
    seconds: float | None = Field(description="That it took, where it has ended.")
    built: Built | None
    error: str


class Status(Told):
    index: str | None = Field(description="Its digest; null where there is none that can be asked.")
    problem: str = Field(description="Why there is none.")
    created: str
    encoder: str
    documents: int
    passages: int
    sentences: int
    current: bool = Field(description="Whether the essays are as they were indexed, as of the last look.")
    build: Build


class Fault(Told):
    at: str = Field(description="Where in the request, as a JSON pointer.")
    detail: str


class Problem(Told):
    """What went wrong (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str = Field(description="A sentence, in English or Chinese as Accept-Language wants it.")
    code: str = Field(description="For programs; the same in every version.")
    errors: list[Fault] = Field(default_factory=list, description="Of a request that is not as described.")


def _event(name: str, data: dict[str, Any]) -> dict[str, Any]:
    told = {"type": "string", "contentMediaType": "application/json", "contentSchema": data}
    return {"type": "object", "properties": {"event": {"const": name}, "data": told}, "required": ["event", "data"]}


def _counts(*names: str) -> dict[str, Any]:
    return {"type": "object", "properties": {name: {"type": "integer"} for name in names}, "required": list(names)}


def _component(kind: type[Told]) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


_SUMMED = {
    "type": "object",
    "properties": {"summary": {"anyOf": [_component(Summary), {"type": "null"}]}},
    "required": ["summary"],
}
# Each of the events of a stream.
EVENT = {
    "oneOf": [
        _event("searching", _counts("passages")),
        _event("reading", _counts("passages", "essays")),
        _event("citation", _component(Citation)),
        _event("answer", _component(Answer)),
        _event("summary", _SUMMED),
        _event("problem", _component(Problem)),
    ]
}
