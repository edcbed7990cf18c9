"""What the tools for assistants take and give, as JSON Schema; what they take is checked against it, too."""

from typing import Any

from index.sidecar import DATE
from rag.essays import MOST
from rag.query import LONGEST

Schema = dict[str, Any]

NAMES = 100  # essays or authors that a question is put to
LONGEST_NAME = 1_000  # characters
LONGEST_PASSAGE = 10_000  # characters that are read at once
PAGE = 200  # essays that are listed at once
_LARGEST = 999_999_999  # characters that an essay may have, as in `excerpt_id`


def _text(description: str, **more: Any) -> Schema:
    return {"type": "string", "description": description, **more}


def _number(description: str, **more: Any) -> Schema:
    return {"type": "integer", "description": description, **more}


def _object(**properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: Schema, description: str) -> Schema:
    return {"type": "array", "items": items, "description": description}


def _names(description: str) -> Schema:
    name = {"type": "string", "minLength": 1, "maxLength": LONGEST_NAME}
    return {**_list(name, description), "maxItems": NAMES, "default": []}


def _taken(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


_DATE = f"^{DATE.pattern}$"
_TIME: dict[str, Schema] = {
    "since": _text("Only essays from then on: 2023, 2023-10 or 2023-10-15.", pattern=_DATE, default=""),
    "until": _text("Only essays up to and including that year, month or day.", pattern=_DATE, default=""),
}
_AUTHORS = _names("Only essays by any of these authors, as list_essays names them.")
_SCOPE: dict[str, Schema] = {
    "essays": _names("Only these essays, by the `document` that list_essays gives."),
    "authors": _AUTHORS,
    **_TIME,
}

ASK = _taken(
    "question",
    question=_text("In the reader's own words and language; one question.", minLength=1, maxLength=LONGEST),
    **_SCOPE,
)
SEARCH = _taken(
    "query",
    query=_text("What the passages should be about.", minLength=1, maxLength=LONGEST),
    k=_number("How many passages at most.", minimum=1, maximum=MOST, default=8),
    **_SCOPE,
)
READ = _taken(
    id=_text("Of a citation or a passage; then nothing else is needed.", maxLength=LONGEST_NAME, default=""),
    document=_text("Instead of the id: which essay …", maxLength=LONGEST_NAME, default=""),
    start=_number("… and where in it, in characters from 0", minimum=0, maximum=_LARGEST, default=0),
    end=_number(
        f"… up to, not including; by default, and at most, {LONGEST_PASSAGE:,} characters after `start`.",
        minimum=1,
        maximum=_LARGEST,
    ),
)
LIST = _taken(
    offset=_number("How many essays to leave out, to go on where the last list ended.", minimum=0, default=0),
    limit=_number("How many essays at most.", minimum=1, maximum=PAGE, default=50),
    authors=_AUTHORS,
    **_TIME,
)

_ID = _text("For read_passage. The same as long as the essay's file is.")
_ESSAY: dict[str, Schema] = {
    "document": _text("The essay's name in the corpus."),
    "title": _text("Of the essay."),
    "author": _text('"" where the essay does not say.'),
    "date": _text('"" where the essay does not say.'),
    "digest": {"type": "boolean", "description": "It is somebody's summary: its words are not the author's own."},
}
_PLACE: dict[str, Schema] = {
    "start": _number("In characters of the essay's text."),
    "end": _number("Not included."),
}
_REPORTED: Schema = {
    "type": ["object", "null"],
    "properties": {"kind": {"enum": ["reported", "quoted", "rebutted"]}, "speaker": {"type": "string"}},
    "required": ["kind", "speaker"],
    "description": "Not null: this is not the author's own view. It is told of the speaker, it is in the speaker's "
    'own words, or it is brought up to be contradicted. The speaker is "" where the essay names nobody.',
}
_CITATION = _object(
    n=_number("The [n] in the text."),
    id=_ID,
    **_ESSAY,
    **_PLACE,
    quote=_text("What stands there, exact to the character."),
    score={"type": "number"},
    reported=_REPORTED,
)
_NEAREST = _object(id=_ID, **_ESSAY, **_PLACE, score={"type": "number"})
_SIDE = _object(id=_ID, document=_ESSAY["document"], **_PLACE, quote=_text("Exact to the character."))
_INDEX = _text("Of the index that was asked; two answers with the same one come from the same essays.")

ANSWERED = _object(
    question={"type": "string"},
    answered={"type": "boolean", "description": "False: the essays do not say."},
    confidence={"type": "number", "description": "From 0 to 1, that the best excerpt answers."},
    text=_text("The answer in the authors' words, with [n] after each excerpt; or that the essays do not say."),
    citations=_list(_CITATION, "Best first."),
    nearest=_list(_NEAREST, "Where not answered: the passages that come nearest. They are no answer."),
    corrections=_list(
        _object(typed={"type": "string"}, read_as={"type": "string"}), "Words of the question that were read as others."
    ),
    opposed=_list(_list(_SIDE, "Two of them."), "Excerpts of two essays that may pull in different directions."),
    searched=_number("How many essays were asked."),
    left_out=_list({"type": "string"}, "Essays that changed since they were indexed, so that they were not asked."),
    index=_INDEX,
)
FOUND = _object(
    query={"type": "string"},
    passages=_list(
        _object(
            rank=_number("From 1, the nearest."),
            id=_ID,
            **_ESSAY,
            **_PLACE,
            heading=_text("Under which it stands."),
            text=_text("Exact to the character."),
            score={"type": "number"},
        ),
        "Nearest first.",
    ),
    index=_INDEX,
)
PASSAGE = _object(
    id=_ID,
    **_ESSAY,
    url=_text('"" where the essay does not say.'),
    language={"type": "string"},
    **_PLACE,
    text=_text("What stands there, exact to the character."),
    before=_text("What its passage says before it."),
    after=_text("What its passage says after it."),
    context_start=_number("Where `before` begins."),
    context_end=_number("Where `after` ends."),
    characters=_number("Of the whole essay."),
    current={"type": "boolean", "description": "Whether the essay's file is still as it was indexed."},
)
LISTED = _object(
    total=_number("Of all essays that were asked for."),
    essays=_list(
        _object(
            **_ESSAY, url={"type": "string"}, language={"type": "string"}, current=PASSAGE["properties"]["current"]
        ),
        "In the order of their names.",
    ),
    next={"type": ["integer", "null"], "description": "The `offset` of the next page; null after the last one."},
)
