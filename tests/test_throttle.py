"""How long wrong passwords make the next attempt wait."""

import pytest

from ui.throttle import BETWEEN, EVERYBODY, FORGOTTEN, FREE, KNOWN, LONGEST, MOST, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    return Throttle(clock)


def wrong(throttle: Throttle, times: int, address: str = "192.0.2.1") -> None:
    for _ in range(times):
        throttle.failed(address)


def test_each_wrong_password_after_the_fifth_waits_longer_and_never_longer_than_the_longest(
    throttle: Throttle, clock: Clock
) -> None:
    wrong(throttle, FREE - 1)
    assert throttle.wait("192.0.2.1") == 0
    waits = []
    for _ in range(12):
        throttle.failed("192.0.2.1")
        waits.append(throttle.wait("192.0.2.1"))
        clock.now += waits[-1]
        assert throttle.wait("192.0.2.1") == 0
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST


def test_another_address_does_not_wait(throttle: Throttle) -> None:
    wrong(throttle, FREE + 3)
    assert throttle.wait("192.0.2.2") == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [("2001:db8::1", "2001:db8::ffff:2"), ("192.0.2.1", "::ffff:192.0.2.1"), ("somewhere", "somewhere")],
)
def test_addresses_of_one_client_are_one(throttle: Throttle, one: str, other: str) -> None:
    wrong(throttle, FREE, one)
    assert throttle.wait(other) > 0


def test_a_right_password_and_an_hour_without_a_wrong_one_begin_anew(throttle: Throttle, clock: Clock) -> None:
    wrong(throttle, FREE + 2)
    throttle.succeeded("192.0.2.1")
    assert throttle.wait("192.0.2.1") == 0
    wrong(throttle, FREE + 2)
    clock.now += FORGOTTEN
    throttle.failed("192.0.2.1")
    assert throttle.wait("192.0.2.1") == 0


def test_many_addresses_do_not_help(throttle: Throttle, clock: Clock) -> None:
    tries = 0
    began = clock.now
    while clock.now - began < 1800:
        wait = throttle.wait(f"10.0.{tries // 250}.{tries % 250}")
        clock.now += wait
        throttle.failed(f"10.0.{tries // 250}.{tries % 250}")
        tries += 1
    assert tries <= EVERYBODY + 1800 / BETWEEN + 1
    clock.now += FORGOTTEN
    assert throttle.wait("192.0.2.9") == 0


def test_what_many_addresses_get_wrong_keeps_nobody_out_who_was_right_the_same_day(
    throttle: Throttle, clock: Clock
) -> None:
    throttle.right("192.0.2.1")
    for n in range(EVERYBODY):
        throttle.failed(f"10.0.0.{n}")
    assert throttle.wait("192.0.2.1") == 0
    assert throttle.wait("192.0.2.2") == BETWEEN
    wrong(throttle, FREE + 1)
    assert throttle.wait("192.0.2.1") == 10  # for its own
    throttle.right("192.0.2.1")
    assert throttle.wait("192.0.2.1") == 10
    clock.now += KNOWN
    for n in range(EVERYBODY):
        throttle.failed(f"10.0.1.{n}")
    assert throttle.wait("192.0.2.1") == BETWEEN


def test_only_so_many_addresses_are_remembered(throttle: Throttle) -> None:
    for n in range(MOST + 50):
        address = f"10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255}"
        throttle.failed(address)
        throttle.right(address)
    assert len(throttle._wrong) <= MOST
    assert len(throttle._right) <= MOST
