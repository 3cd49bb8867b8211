"""An issuer whose key the test holds, so that it can sign what the real one never would."""

import collections
import json
import threading
import time
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness.forgery import as_jwk, by_key, compact, new_key


class OwnIssuer:
    """Publishes keys and revocations as Latchkey does. `document` makes the JWT of the feed for a `since`, and may be
    replaced."""

    def __init__(self):
        self.key = new_key()
        self.published = {"first": self.key}
        self.document = self.signed_list
        self.requests = collections.Counter()
        # What it says about every API token.
        self.introspection = {"active": False}
        # Whether its answers are somewhere else, or its keys nowhere.
        self.has_moved = False
        self.has_no_keys = False
        # Whether it answers nothing about revocations, and what it was asked about them.
        self.is_gone = False
        self.questions = []
        # How many questions to the feed are held.
        self.waiting = 0
        self._changed = threading.Condition()
        self._version = 1
        # Of each name, when it ended and the version that tells of it.
        self._revoked = {}
        self._is_over = False
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self.change(_is_over=True)
        self._server.shutdown()
        self._server.server_close()

    def change(self, **members):
        """Changes what is told, and wakes those who wait for it."""
        with self._changed:
            for name, value in members.items():
                setattr(self, name, value)
            self._version += 1
            self._changed.notify_all()

    def revoke(self, name, at):
        with self._changed:
            self.change(_revoked=self._revoked | {name: (at, self._version + 1)})

    @property
    def cursor(self):
        return str(self._version)

    def hold(self, since, seconds):
        """The document for one question, once there is something new."""
        with self._changed:
            self.waiting += 1
            self._changed.wait_for(lambda: self._is_over or since != self.cursor, seconds)
            self.waiting -= 1
            return self.document(since or "")

    def tell_once(self, document):
        """Answers the question to the feed that is held by what this makes of it, and those after it as always."""

        def tell(since):
            self.document = self.signed_list
            return document(since)

        self.change(document=tell)

    def token(self, audience, header=None, key=None, **claims):
        """An access token that is good, but for what is said. A claim that is None is left out."""
        now = int(time.time())
        good = {
            "iss": self.url,
            "aud": audience,
            "sub": "usr_1",
            "client_id": "cli_1",
            "sid": "grt_1",
            "org": "org_1",
            "jti": "jti_1",
            "scope": "jobs:read jobs:write",
            "iat": now,
            "exp": now + 600,
        }
        told = {name: value for name, value in (good | claims).items() if value is not None}
        return self.signed(told, header, key)

    def signed(self, payload, header=None, key=None):
        fields = {"alg": "ES256", "kid": "first", "typ": "at+jwt"} | (header or {})
        told = {name: value for name, value in fields.items() if value is not None}
        return compact(told, payload, by_key(key or self.key))

    def signed_list(self, since, header=None, key=None, **claims):
        """The answer to a question: what is new since then, or everything when it named none."""
        seen = int(since or 0)
        good = {
            "iss": self.url,
            "iat": int(time.time()),
            "since": since,
            "revoked": {name: at for name, (at, version) in self._revoked.items() if version > seen},
            "retention": 14400,
            "cursor": self.cursor,
            "more": False,
        }
        return self.signed(good | claims, {"typ": "revocations+jwt"} | (header or {}), key)

    def _handler(issuer):
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                address = urllib.parse.urlsplit(self.path.removeprefix("/moved"))
                issuer.requests[address.path] += 1
                if issuer.has_moved and not self.path.startswith("/moved"):
                    self.answer("", {"Location": "/moved" + self.path}, 307)
                elif address.path == "/.well-known/jwks.json" and issuer.has_no_keys:
                    self.answer("", {}, 503)
                elif address.path == "/.well-known/jwks.json":
                    keys = [as_jwk(key, name) for name, key in issuer.published.items()]
                    self.answer(json.dumps({"keys": keys}), {"Cache-Control": "public, max-age=600"})
                else:
                    query = dict(urllib.parse.parse_qsl(address.query))
                    issuer.questions.append(query)
                    wait = 0 if issuer.is_gone else float(query.get("wait", 0))
                    text = issuer.hold(query.get("since"), wait)
                    status = 503 if issuer.is_gone else 200
                    self.answer(text, {"Cache-Control": "no-cache"}, status)

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                if issuer.has_moved and not self.path.startswith("/moved"):
                    self.answer("", {"Location": "/moved" + self.path}, 307)
                else:
                    self.answer(json.dumps(issuer.introspection), {"Content-Type": "application/json"})

            def answer(self, text, fields, status=200):
                try:
                    self.send_response(status)
                    for name, value in {**fields, "Content-Length": str(len(text))}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(text.encode())
                except OSError:
                    pass  # It was not waited for.

            def log_message(self, *_):
                pass

        return Handler
