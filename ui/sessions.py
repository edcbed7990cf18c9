"""Who is logged in: signed cookies; the only importer of itsdangerous."""

import hashlib
import secrets
import time

from itsdangerous import BadSignature, TimestampSigner

AGE = 7 * 24 * 60 * 60  # seconds that a login is good for


class Sessions:
    """The key is made anew with every start, so that a restart (and so a new password) ends all of them."""

    def __init__(self) -> None:
        self._signer = TimestampSigner(secrets.token_bytes(32), salt="yuanhua.session", digest_method=hashlib.sha256)
        self._ended: dict[bytes, float] = {}  # what somebody logged out of, while its signature would still be good

    def begin(self) -> str:
        """What the cookie of a new one holds."""
        return self._signer.sign(secrets.token_urlsafe(16)).decode()

    def is_open(self, cookie: str) -> bool:
        session = self._session(cookie)
        return session is not None and session not in self._ended

    def end(self, cookie: str) -> None:
        session = self._session(cookie)
        if session is None:
            return
        now = time.monotonic()
        self._ended = {known: since for known, since in self._ended.items() if now - since <= AGE}
        self._ended[session] = now

    def _session(self, cookie: str) -> bytes | None:
        """What was signed; other spellings of a signature may be good for the same."""
        try:
            return self._signer.unsign(cookie, max_age=AGE)
        except BadSignature:
            return None
