"""Puts ONNX Runtime into the place of torch inside a sentence-transformers model; pooling and the rest stay its own."""

from collections.abc import Callable
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
    model[0].model = _Reader(session, model[0].model.config)
    model.forward = _one_by_one(model.forward)


class _Reader(torch.nn.Module):
    """Answers as transformers' model would."""

    def __init__(self, session: Session, config: Any) -> None:
        super().__init__()
        self._session, self.config = session, config

    def forward(self, input_ids: torch.Tensor, **_: Any) -> dict[str, torch.Tensor]:
        """One text without padding."""
        return {"last_hidden_state": torch.from_numpy(self._session.tokens(input_ids.numpy()))}


def _one_by_one(forward: Callable[[Features], Features]) -> Callable[[Features], Features]:
    """What a batch does to a text's vector cannot be told from rounding, but an index that grew essay by essay has to
    equal one that was made at once."""
    pool = ThreadPoolExecutor(torch.get_num_threads(), "encoder")

    @torch.inference_mode()  # a thread does not inherit it
    def read(features: Features) -> Features:
        return forward(features)

    def forward_each(features: Features, **_: Any) -> Features:
        lengths = features["attention_mask"].sum(dim=1).tolist()
        rows = [_row(features, row, length) for row, length in enumerate(lengths)]
        done = list(pool.map(read, rows)) if len(rows) > 1 else [read(rows[0])]
        tokens = [row["token_embeddings"][0] for row in done]
        return features | {
            "token_embeddings": torch.nn.utils.rnn.pad_sequence(tokens, batch_first=True),
            "sentence_embedding": torch.cat([row["sentence_embedding"] for row in done]),
        }

    return forward_each


def _row(features: Features, row: int, length: int) -> Features:
    """A batch of that one text, without what pads it at the right."""
    return {
        name: value[row : row + 1, :length] if isinstance(value, torch.Tensor) and value.ndim == 2 else value
        for name, value in features.items()
    }
