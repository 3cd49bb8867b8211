"""A reverse proxy that speaks TLS, with the habits and the bad habits of reverse proxies."""

import http.client
import http.server
import ssl
import threading


class Proxy:
    """Passes everything on to a server on this machine.

    `adds` are header fields it gives each request; `rewrites` is called with the name and value of each header field of
    an answer and says what becomes of it.
    """

    def __init__(self, authority, server_port, adds=None, rewrites=None):
        adds, rewrites = adds or {}, rewrites or (lambda name, value: value)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                upstream = http.client.HTTPConnection("127.0.0.1", server_port, timeout=20)
                upstream.request("GET", self.path, headers=dict(self.headers) | adds)
                answer = upstream.getresponse()
                body = answer.read()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() != "content-length":
                        self.send_header(name, rewrites(name.lower(), value))
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
                upstream.close()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.serve(context, "localhost")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.port = self._server.server_address[1]
        self.url = f"https://localhost:{self.port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
