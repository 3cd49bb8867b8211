"""HTTP/1.1 byte by byte, for requests that no client would send."""

import dataclasses
import http.client
import socket


@dataclasses.dataclass
class RawResponse:
    status: int
    headers: dict
    body: bytes


class RawConnection:
    def __init__(self, port, timeout=20):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendall(data)
        return self

    def response(self):
        """The next response. Raises when the connection ends before it does."""
        response = http.client.HTTPResponse(self._socket)
        response.begin()
        return RawResponse(response.status, dict(response.getheaders()), response.read())

    def status_or_end(self, data):
        """Sends what the server may refuse before it has read it all. The status; None when it only hung up."""
        try:
            self.send(data)
        except (BrokenPipeError, ConnectionResetError):
            pass
        try:
            return self.response().status
        except (http.client.HTTPException, ConnectionError):
            return None

    def rest(self):
        """All that comes until the server hangs up."""
        data = bytearray()
        try:
            while chunk := self._socket.recv(65_536):
                data += chunk
        except ConnectionResetError:
            pass
        return bytes(data)
