"""A person: a mailbox, a browser, and an authenticator app on a telephone."""

import base64
import hashlib
import hmac
import html.parser
import http.cookiejar
import re
import time
import urllib.parse
import urllib.request

from terminal import Failure


class Person:
    def __init__(self, email, issuer, terminal):
        self._email = email
        self._issuer = issuer
        self._terminal = terminal
        self._browser = Browser()
        self._secret = None

    def call(self, method, path, status, bearer=None, json=None):
        return self._terminal.call(method, self._issuer + path, status, bearer, json)

    def sign_in(self):
        terminal, browser = self._terminal, self._browser
        terminal.say(f"In the browser: {self._issuer}/login, {self._email}, Send me a link")
        browser.open(self._issuer + "/login").submit("/login", email=self._email)
        messages = self.call("GET", "/dev/mailbox.json", 200)["messages"]
        mail = next((mail for mail in messages if mail["to"] == self._email), None)
        terminal.expect(mail, f"a mail to {self._email}", messages)
        code = re.search(r"^\s*(\d{3} ?\d{3})\s*$", mail["text"], re.M)
        terminal.expect(code, "six digits", mail["text"])
        browser.submit("/login/code", code=code[1])
        terminal.expect(self._email in browser.text, f"{self._email} to be signed in", browser.text)
        terminal.say(f"In the browser: {code[1]}, Sign in")

    def approve_program(self, name, **terms):
        """A login of a program, by RFC 8628, that is approved in the browser."""
        terminal = self._terminal
        codes = self.call("POST", "/api/v1/auth/device", 200, json=terms)
        terminal.say(f"In the browser: {codes['verification_uri_complete']}, Continue, Approve")
        self._browser.open(codes["verification_uri_complete"]).submit("/device")
        self._browser.submit("/device/decision", decision="approve")
        terminal.expect("is signed in" in self._browser.text, "the approval", self._browser.text)
        tokens = self.call("POST", "/api/v1/auth/token", 200, json={"device_code": codes["device_code"]})
        terminal.name(name, tokens["access_token"])

    def enrol_authenticator(self):
        self._secret = self.call("POST", "/api/v1/auth/totp", 201, "LOGIN")["secret"]
        # A code is good once. That of half a minute ago is taken still, and leaves the present one for what follows.
        codes = self.call("POST", "/api/v1/auth/totp/confirm", 200, "LOGIN", {"code": self._code(-1)})
        self._terminal.expect(len(codes["recovery_codes"]) == 10, "ten recovery codes", codes)

    def step_up(self):
        self.call("POST", "/api/v1/auth/step_up", 200, "LOGIN", {"method": "totp", "code": self._code()})

    def make_token(self, name, order):
        made = self.call("POST", "/api/v1/tokens", 201, "LOGIN", order)
        self._terminal.name(name, made["token"])
        return made

    def _code(self, later=0):
        """RFC 6238, so many times thirty seconds from now."""
        key = base64.b32decode(self._secret)
        digest = hmac.digest(key, (int(time.time()) // 30 + later).to_bytes(8, "big"), hashlib.sha1)
        offset = digest[-1] & 15
        number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFFFFFF
        return f"{number % 1_000_000:06}"


class Browser:
    """Cookies and forms, and nothing else: the pages work without scripts."""

    def __init__(self):
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), cookies)

    def open(self, url, form=None):
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self._opener.open(url, body, timeout=30) as answer:
                self._url, self.text = answer.url, answer.read().decode()
        except OSError as error:
            raise Failure(f"The page {url} cannot be opened: {error}") from None
        return self

    def submit(self, action, **fields):
        """The first form that goes there, with what is in it already."""
        forms = Forms()
        forms.feed(self.text)
        form = next((form for form in forms.found if form["action"] == action), None)
        if form is None:
            raise Failure(f"The page {self._url} has no form for {action}:\n{self.text}")
        return self.open(urllib.parse.urljoin(self._url, action), form["fields"] | fields)


class Forms(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if tag == "form":
            self.found.append({"action": given.get("action"), "fields": {}})
        elif tag == "input" and self.found and given.get("name"):
            self.found[-1]["fields"][given["name"]] = given.get("value") or ""
