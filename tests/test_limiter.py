"""However many ask, and wherever, only so many are computed at a time."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from index.library import Library
from index.types import YuanhuaError
from rag.asking import Searching, Stage
from rag.query import BadQuestion
from rag.scope import EVERYTHING
from ui.api import make_api
from ui.asked import EssaysInTurn
from ui.desk import Desk
from ui.limiter import Limiter
from ui.metrics import FACES, Metrics
from ui.words import EN


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "seeds", Library(tmp_path / "index"))


@pytest.fixture
def metrics(desk: Desk) -> Metrics:
    return desk.metrics


class Computing:
    """Questions that take a while at each of their stages, and how many did so at once."""

    def __init__(self) -> None:
        self._lock, self.now, self.most = threading.Lock(), 0, 0

    def stages(self) -> Iterator[Stage]:
        for _ in range(5):
            with self._lock:
                self.now += 1
                self.most = max(self.most, self.now)
            time.sleep(0.01)
            with self._lock:
                self.now -= 1
            yield Searching(1, loaded=True)


def test_the_faces_together_compute_no_more_than_that(metrics: Metrics) -> None:
    limiter, computing = Limiter(metrics, 2), Computing()
    with ThreadPoolExecutor(9) as pool:
        asked = [pool.submit(lambda face: list(limiter.each(face, computing.stages())), face) for face in 3 * FACES]
        assert [len(question.result(20)) for question in asked] == [5] * 9
    assert computing.most == 2


def test_a_question_gives_way_to_others_while_its_face_shows_what_it_has(metrics: Metrics) -> None:
    limiter = Limiter(metrics, 1)
    slow = limiter.each("page", Computing().stages())
    next(slow)
    with ThreadPoolExecutor(1) as pool:
        other = pool.submit(lambda: list(limiter.each("api", Computing().stages())))
        assert len(other.result(20)) == 5
    assert len(list(slow)) == 4


def test_a_question_that_fails_or_is_left_makes_room(metrics: Metrics) -> None:
    def failing() -> Iterator[Stage]:
        yield Searching(1, loaded=True)
        raise YuanhuaError("The disk is full.")

    limiter = Limiter(metrics, 1)
    with pytest.raises(YuanhuaError, match="disk is full"):
        list(limiter.each("mcp", failing()))
    left = limiter.each("mcp", Computing().stages())
    next(left)
    del left
    assert len(list(limiter.each("mcp", Computing().stages()))) == 5
    counted = metrics.text().decode()
    assert 'yuanhua_questions_total{face="mcp",outcome="error"} 1.0' in counted
    assert 'yuanhua_questions_total{face="mcp",outcome="left"} 2.0' in counted


def test_all_faces_of_a_server_wait_for_each_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    go, begun, computed = threading.Event(), threading.Event(), list[str]()

    def slowly(*_: object) -> Iterator[Stage]:
        begun.set()
        assert go.wait(20)
        computed.append("page")
        yield from ()

    def at_once(*_: object) -> Iterator[Stage]:
        computed.append("program")
        yield Searching(1, loaded=True)
        raise BadQuestion("This is no question.")

    monkeypatch.setattr("ui.desk.asking", slowly)
    monkeypatch.setattr("ui.asked.asking", at_once)
    desk.limiter = Limiter(desk.metrics, 1)
    assistants = EssaysInTurn(desk.library, desk.limiter, "mcp")
    api = TestClient(make_api(desk))
    with ThreadPoolExecutor(3) as pool:
        page = pool.submit(lambda: list(desk.answering(desk.understood("茶", [], "", EVERYTHING), EN)))
        assert begun.wait(20)
        assistant = pool.submit(lambda: assistants.asked("茶"))
        program = pool.submit(lambda: api.post("/v1/ask", json={"question": "茶"}))
        time.sleep(0.3)
        assert computed == []
        go.set()
        page.result(20)
        assert isinstance(assistant.exception(20), BadQuestion)
        assert program.result(20).status_code == 422
    assert computed == ["page", "program", "program"]
