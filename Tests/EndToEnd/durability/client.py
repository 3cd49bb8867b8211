"""HTTP with nothing around it: many calls a second, and no second try behind the caller's back."""

import dataclasses
import http.client
import json
import urllib.parse


class CutOff(Exception):
    """No answer came. Whether the server has done what was asked is open."""


@dataclasses.dataclass
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def text(self):
        return self.body.decode()


class Client:
    """One connection, made anew after it broke. With a cookie it is a browser."""

    def __init__(self, port):
        self._port = port
        self._connection = None
        self._cookie = None

    def get(self, path, bearer=None):
        return self._call("GET", path, b"", None, _bearer(bearer))

    def api(self, path, body=None, method="POST", bearer=None, **headers):
        """A call of the JSON dialect."""
        data = json.dumps(body).encode() if body is not None else b""
        return self._call(method, path, data, "application/json", headers | _bearer(bearer))

    def form(self, path, **fields):
        data = urllib.parse.urlencode(fields).encode()
        return self._call("POST", path, data, "application/x-www-form-urlencoded", {})

    def _call(self, method, path, data, content_type, headers):
        headers = {"Content-Type": content_type, **headers} if data else dict(headers)
        if self._cookie:
            headers["Cookie"] = self._cookie
        try:
            if self._connection is None:
                self._connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
            self._connection.request(method, path, data, headers)
            response = self._connection.getresponse()
            answer = Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise CutOff from error
        if cookie := answer.headers.get("Set-Cookie"):
            self._cookie = cookie.split(";")[0]
        return answer

    def close(self):
        if self._connection:
            self._connection.close()
        self._connection = None


def _bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}
