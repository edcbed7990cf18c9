"""No address that a reader sends is looked up, let alone asked."""

import asyncio
import gc
import json
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.library import Library
from ui.fetching import SAID
from ui.server import make_app

pytestmark = pytest.mark.filterwarnings("ignore")  # of what gradio uses, which would be faults of ours here
ADDRESS = "https://93.184.216.34/x.txt"


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the machine was asked to find or to connect to."""
    asked: list[object] = []

    def note(*arguments: Any, **_: Any) -> Any:
        asked.append(arguments)
        raise OSError("this machine is alone")

    monkeypatch.setattr(socket, "getaddrinfo", note)
    monkeypatch.setattr(socket.socket, "connect", note)
    return asked


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[TestClient]:
    (tmp_path / "seeds").mkdir()
    app = make_app(tmp_path / "seeds", Library(tmp_path / "index"))
    asyncio.get_event_loop_policy().get_event_loop().close()  # which gradio leaves as ours
    asyncio.set_event_loop(None)
    gc.collect()
    with TestClient(app, base_url="http://127.0.0.1") as browser:
        yield browser


def answer(browser: TestClient, event: str, data: list[object]) -> dict[str, Any]:
    calls = browser.get("/en/config").json()["dependencies"]
    call = next(call for call in calls if call["targets"] and call["targets"][0][1] == event)
    body = {"data": data, "fn_index": call["id"], "session_hash": "intruder"}
    browser.post("/en/gradio_api/queue/join", json=body).raise_for_status()
    stream = browser.get("/en/gradio_api/queue/data", params={"session_hash": "intruder"}).text
    messages = [json.loads(line.removeprefix("data:")) for line in stream.splitlines() if line.startswith("data:")]
    return next(message for message in messages if message["msg"] == "process_completed")


@pytest.mark.parametrize("event", ["upload", "submit"])
@pytest.mark.parametrize("address", [ADDRESS, "http://example.org/x.txt"])
def test_an_address_in_the_place_of_a_file_is_refused_in_one_sentence(
    browser: TestClient, looked_up: list[object], capfd: pytest.CaptureFixture[str], event: str, address: str
) -> None:
    file = {"path": address, "url": address, "meta": {"_type": "gradio.FileData"}}
    said = answer(browser, event, [[file], "", None] if event == "upload" else [file, "", "", "", None])
    assert (said["success"], said["output"]["error"]) == (False, SAID)
    assert looked_up == []
    assert "Traceback" not in "".join(capfd.readouterr())


@pytest.mark.parametrize("way", ["file=", "file/", "proxy="])
def test_the_page_is_no_way_through_to_another_site(browser: TestClient, looked_up: list[object], way: str) -> None:
    assert browser.get(f"/en/gradio_api/{way}{ADDRESS}").status_code in (400, 403, 404)
    assert looked_up == []
