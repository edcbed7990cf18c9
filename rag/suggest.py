"""Questions that this very corpus answers, for a reader who does not know it yet."""

from collections import Counter
from collections.abc import Sequence

from index.index import Index
from index.terms import fold, keywords
from index.types import Encoder
from rag.answer import ask

LOOKED_AT = 60  # essays, from all over the corpus
PASSAGES = 40  # of each
OF_EACH = 12  # topics
TRIED = 16  # topics
WANTED = 3  # questions
EVERYWHERE = 0.5  # of the passages; a topic of more of them is no topic

FRAMES = {"zh": "这些作者怎么看{topic}？", "en": "What do these authors think about {topic}?"}
OF_ONE = {"zh": "这篇文章怎么看{topic}？", "en": "What does this essay say about {topic}?"}


def suggestions(index: Index, encoder: Encoder, language: str) -> list[str]:
    """About what most essays speak of in so many words. Each was asked, and is answered."""
    frame = (FRAMES if len(index.documents) > 1 else OF_ONE)[language]
    found: list[tuple[int, str]] = []
    for topic in topics(index, language):
        beside = f" {topic} " if language == "zh" and topic.isascii() else topic
        answer = ask(index, encoder, frame.format(topic=beside).replace(" ？", "？"))
        spoken = {c.document.name for c in answer.citations if fold(topic) in fold(c.quote)}
        if spoken:
            found.append((len(spoken), answer.question))
    found.sort(key=lambda one: -one[0])
    return [question for _, question in found[:WANTED]]


def topics(index: Index, language: str) -> Sequence[str]:
    """What the most essays have among their keywords. `language`: Chinese questions may have an English topic, but not
    the other way round."""
    essays: Counter[str] = Counter()
    written: dict[str, str] = {}
    for position in range(0, len(index.documents), max(1, len(index.documents) // LOOKED_AT)):
        rows = index.rows_of(index.entries[position].name)[:PASSAGES]
        for topic in keywords("\n".join(index.passage(row).text for row in rows), OF_EACH):
            if language == "zh" or topic.isascii():
                written.setdefault(fold(topic), topic)
                essays[fold(topic)] += 1
    most = EVERYWHERE * index.manifest.passages
    common = [topic for topic, _ in essays.most_common() if index.passage_terms.number(topic) <= most]
    return [written[topic] for topic in common[:TRIED]]
