"""How long a wrong password makes the next attempt wait."""

import ipaddress
import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5  # wrong passwords from one address that cost nothing
FIRST, LONGEST = 5.0, 15 * 60.0  # seconds to wait after the last free one, and at most; doubled with each in between
FORGOTTEN = 60 * 60.0  # seconds after the last wrong password from an address
EVERYBODY, BETWEEN = 50, 10.0  # wrong ones within an hour from all addresses; then, the seconds between two attempts
KNOWN = 24 * 60 * 60.0  # seconds after a right one in which the wrong ones of other addresses keep nobody out
MOST = 10_000  # addresses that are remembered


@dataclass(slots=True)
class Wrong:
    """Of one address."""

    times: int = 0
    last: float = 0.0

    @property
    def until(self) -> float:
        if self.times < FREE:
            return self.last
        return self.last + min(LONGEST, FIRST * 2.0 ** min(self.times - FREE, 20))


class Throttle:
    """Counts wrong passwords by address, and of all addresses together, so that having many does not help. Who was
    right a short while ago waits for their own address only: otherwise anybody with many could keep everybody out."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._wrong: OrderedDict[str, Wrong] = OrderedDict()  # the one that was wrong last comes last
        self._right: OrderedDict[str, float] = OrderedDict()  # when an address was last
        self._everybody: deque[float] = deque(maxlen=EVERYBODY)

    def wait(self, address: str) -> float:
        """Seconds until an attempt from there is looked at; 0 for now."""
        now, network = self._clock(), network_of(address)
        known = now - self._right.get(network, now - KNOWN) < KNOWN
        until = now if known else self._until_everybody(now)
        wrong = self._wrong.get(network)
        if wrong is not None and now - wrong.last < FORGOTTEN:
            until = max(until, wrong.until)
        return max(0.0, until - now)

    def failed(self, address: str) -> None:
        now = self._clock()
        self._forget(now)
        wrong = self._wrong.setdefault(network_of(address), Wrong())
        wrong.times += 1
        wrong.last = now
        self._wrong.move_to_end(network_of(address))
        self._everybody.append(now)

    def succeeded(self, address: str) -> None:
        """Somebody logged in: what they typed wrong before is forgotten."""
        self.right(address)
        self._wrong.pop(network_of(address), None)

    def right(self, address: str) -> None:
        self._right[network_of(address)] = self._clock()
        self._right.move_to_end(network_of(address))
        if len(self._right) > MOST:
            self._right.popitem(last=False)

    def _until_everybody(self, now: float) -> float:
        full = len(self._everybody) == EVERYBODY and now - self._everybody[0] < FORGOTTEN
        return self._everybody[-1] + BETWEEN if full else now

    def _forget(self, now: float) -> None:
        while self._wrong:
            oldest = next(iter(self._wrong.values()))
            if now - oldest.last < FORGOTTEN and len(self._wrong) < MOST:
                return
            self._wrong.popitem(last=False)


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 client has 2^64 of its own to choose from."""
    try:
        number = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if isinstance(number, ipaddress.IPv6Address):
        if number.ipv4_mapped:
            return str(number.ipv4_mapped)
        return str(ipaddress.ip_network((int(number), 64), strict=False))
    return str(number)
