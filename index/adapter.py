"""Puts ONNX Runtime into the place of torch inside a sentence-transformers model; pooling and the rest stay its own."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch

from index.int8 import Config, Session, Weights

Features = dict[str, Any]
"""What sentence-transformers passes from module to module: tensors of a batch, by name."""


def has_accelerator() -> bool:
    """Whether torch sees a device that is faster than the processor."""
    return torch.cuda.is_available() or torch.backends.mps.is_available()


def weights_of(model: Any) -> tuple[Weights, Config]:
    """Of a SentenceTransformer. Empty where its first module holds no transformer."""
    inner = getattr(model[0], "model", None)
    if inner is None:
        return {}, {}
    return {name: values.float().numpy() for name, values in inner.state_dict().items()}, inner.config.to_dict()


def adapt(model: Any, session: Session) -> None:
    """From now on the SentenceTransformer reads with the session, each text by itself, and torch's copy of the weights
    is given back."""
    model[0].model = _Gone(model[0].model.config)
    model.forward = _one_by_one(session, list(model)[1:])


class _Gone(torch.nn.Module):
    """In the place of transformers' model: of it, only the configuration is still asked for."""

    def __init__(self, config: Any) -> None:
        super().__init__()
        self.config = config


def _one_by_one(session: Session, modules: Sequence[torch.nn.Module]) -> Callable[..., Features]:
    """A forward pass that does not let a text feel what it is in a batch with: an index that grew essay by essay has to
    equal one that was made at once. `modules`: what comes after the transformer."""
    pool = ThreadPoolExecutor(torch.get_num_threads(), "encoder")

    def forward(features: Features, **_: Any) -> Features:
        lengths = features["attention_mask"].sum(dim=1).tolist()
        rows = [_row(features, row, length) for row, length in enumerate(lengths)]
        ids = [row["input_ids"].numpy() for row in rows]
        read = pool.map(session.tokens, ids) if len(ids) > 1 else map(session.tokens, ids)
        tokens = [torch.from_numpy(vectors) for vectors in read]
        for row, vectors in zip(rows, tokens, strict=True):
            row["token_embeddings"] = vectors
            for module in modules:
                row.update(module(row))
        return features | {
            "token_embeddings": torch.nn.utils.rnn.pad_sequence([vectors[0] for vectors in tokens], batch_first=True),
            "sentence_embedding": torch.cat([row["sentence_embedding"] for row in rows]),
        }

    return forward


def _row(features: Features, row: int, length: int) -> Features:
    """A batch of that one text, without what pads it at the right."""
    return {
        name: value[row : row + 1, :length] if isinstance(value, torch.Tensor) and value.ndim == 2 else value
        for name, value in features.items()
    }
