"""What is shown: each call as the curl line that a person would type, and what came back."""

import json as text
import re
import shlex
import time
import urllib.error
import urllib.parse
import urllib.request

# No proxy of the machine stands between here and this very machine.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Failure(Exception):
    """Something was not as it should be."""


class Terminal:
    def __init__(self):
        # Tokens by the name that stands for them in a line: nobody reads 900 letters.
        self.names = {}
        self._steps = 0

    def step(self, title):
        self._steps += 1
        print(f"\n{self._steps}. {title}\n", flush=True)

    def say(self, sentence):
        print(f"   {sentence}".rstrip(), flush=True)

    def command(self, line):
        print(f"   $ {line}", flush=True)

    def name(self, name, token):
        """From here on `$NAME` stands for a token."""
        self.names[name] = token
        self.say(f"{name}={token[:16]}…")

    def call(self, method, url, status, bearer=None, json=None, form=None):
        """Makes a call and shows it. Its answer must have this status; what is answered is the JSON in it."""
        self.command(self._line(method, url, bearer, json, form))
        got, answer = self._send(method, url, bearer, json, form)
        print(f"     {got}  {shortened(answer)}".rstrip(), flush=True)
        self.expect(got == status, f"status {status}", f"{got}: {answer}")
        try:
            return text.loads(answer) if answer else None
        except ValueError:
            raise Failure(f"{url} did not answer JSON: {answer}") from None

    def status(self, method, url, bearer):
        """Makes a call and does not show it."""
        return self._send(method, url, bearer)[0]

    @staticmethod
    def expect(condition, wanted, got):
        if not condition:
            raise Failure(f"wanted was {wanted}, and there came {got}")

    @staticmethod
    def until(condition, patience, what):
        """Asks again and again; answers after how many seconds it was so."""
        began = time.monotonic()
        while not condition():
            if time.monotonic() - began > patience:
                raise Failure(f"waited {patience} seconds in vain for {what}")
            time.sleep(0.05)
        return time.monotonic() - began

    def _line(self, method, url, bearer, json, form):
        parts = ["curl"]
        if method != ("POST" if json is not None or form is not None else "GET"):
            parts.append(f"-X {method}")
        if bearer:
            parts.append(f'-H "Authorization: Bearer ${bearer}"')
        if json is not None:
            body = text.dumps(json, ensure_ascii=False)
            parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(body)}"]
        for name, value in (form or {}).items():
            parts.append(f"-d {shlex.quote(f'{name}={value}')}")
        return " ".join([*parts, shlex.quote(url)])

    def _send(self, method, url, bearer=None, json=None, form=None):
        headers = {"Authorization": f"Bearer {self.names[bearer]}"} if bearer else {}
        body = None
        if json is not None:
            headers["Content-Type"] = "application/json"
            body = text.dumps(json).encode()
        elif form is not None:
            body = urllib.parse.urlencode(form).encode()
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with OPENER.open(request, timeout=30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError as error:
            raise Failure(f"{url} cannot be reached: {error}") from None


def shortened(answer, longest=200):
    """On one line, and without the many letters of tokens."""
    line = re.sub(r"\b((?:eyJ|lk[a-z]_|lk_live_)[\w-]{8})[\w.-]{8,}", r"\1…", " ".join(answer.split()))
    return line if len(line) <= longest else line[:longest] + "…"
