"""An authenticator app (RFC 6238), of Python's standard library alone."""

import base64
import hashlib
import hmac
import time


class Authenticator:
    def __init__(self, secret):
        self._key = base64.b32decode(secret.replace(" ", ""))

    def code(self, later=0):
        """What it shows now, or so many times thirty seconds later. The server takes one before and one after, too."""
        step = int(time.time()) // 30 + later
        digest = hmac.new(self._key, step.to_bytes(8, "big"), hashlib.sha1).digest()
        offset = digest[-1] & 15
        number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"

    def wrong_code(self):
        near = {self.code(later) for later in range(-3, 4)}
        return next(code for code in ("123456", "234567", "345678", "456789", "567890", "678901", "789012", "890123") if code not in near)
