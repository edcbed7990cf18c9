"""What became of an expected sentence, step by step, in the words of either language; for terminal and page alike."""

from dataclasses import dataclass

from rag.why import Trace
from ui.words import Words


@dataclass(frozen=True, slots=True)
class Step:
    """`passed`: the sentence was still there after it."""

    name: str
    finding: str
    passed: bool


def steps(trace: Trace, words: Words) -> list[Step]:
    """As far as the sentence came."""
    read = Step(words["trace_read"], _read(trace, words), trace.passage_start is not None)
    if trace.lost in ("reading", "freshness"):
        return [read]
    return [
        read,
        Step(words["trace_dense"], _leg(trace.dense, trace.dense_of, words), trace.dense is not None),
        Step(words["trace_lexical"], _leg(trace.lexical, trace.lexical_of, words), trace.lexical is not None),
        Step(words["trace_fused"], _fused(trace, words), trace.looked_at),
        *_evidence(trace, words),
    ]


def notes(trace: Trace, words: Words) -> list[str]:
    """On how what was given stands in the essays."""
    several = [words["why_several"].format(n=trace.places)] if trace.places > 1 else []
    return several + ([] if trace.exact else [words["why_like"]])


def verdict(trace: Trace, words: Words) -> list[str]:
    """What came of it, and why."""
    if trace.cited is not None:
        return [words["why_cited"].format(n=trace.cited)]
    return [words["why_lost"].format(step=words[f"step_{trace.lost}"]), trace.reason]


def _read(trace: Trace, words: Words) -> str:
    form = "trace_passage" if trace.passage_start is not None else "trace_file"
    return words["trace_outside" if trace.lost == "reading" else form].format(
        start=trace.start, end=trace.end, passage_start=trace.passage_start, passage_end=trace.passage_end
    )


def _leg(rank: int | None, among: int, words: Words) -> str:
    form = "trace_rank" if rank is not None else "trace_below" if among else "trace_nothing"
    return words[form].format(rank=rank, of=among)


def _fused(trace: Trace, words: Words) -> str:
    if trace.fused is None:
        return _leg(None, trace.fused_of, words)
    form = words["trace_looked_at" if trace.looked_at else "trace_passed_over"]
    return form.format(rank=trace.fused, of=trace.fused_of)


def _evidence(trace: Trace, words: Words) -> list[Step]:
    found = []
    if trace.evidence is not None:
        form = words["trace_reranked" if trace.reranked else "trace_excerpt"]
        excerpt = form.format(rank=trace.evidence, of=trace.evidence_of)
        found.append(Step(words["trace_evidence"], excerpt, passed=True))
    if trace.confidence is not None and trace.best is not None:
        certainty = words["trace_certainty"].format(
            confidence=f"{trace.confidence:.2f}", best=f"{trace.best:.2f}", threshold=f"{trace.threshold:.2f}"
        )
        found.append(
            Step(
                words["trace_confidence"],
                certainty,
                passed=trace.cited is not None or trace.confidence >= trace.threshold,
            )
        )
    return found
