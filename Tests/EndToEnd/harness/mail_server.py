"""A real mail server (aiosmtpd), with the moods of real mail servers."""

import asyncio
import email
import email.policy
import queue
import socket
import ssl
import threading

import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from harness.deadline import PATIENCE


class Certificates:
    """A certificate authority that nobody knows, and a mail server's certificate by it."""

    def __init__(self, directory):
        authority = trustme.CA()
        self.file = directory / "authority.pem"
        authority.cert_pem.write_to_path(str(self.file))
        self.context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(self.context)


class _Session(SMTP):
    """One conversation. It does as its mail server is told to."""

    def __init__(self, mail_server, *arguments, **options):
        self._mail_server = mail_server
        super().__init__(*arguments, **options)

    async def smtp_DATA(self, arg):
        match self._mail_server.next_mood():
            case "break off":  # in the middle of the message
                await self.push("354 Go on")
                await self._reader.readline()
                self.transport.abort()
            case "take it and break off":  # the message is in, and the answer never comes
                self._mail_server.is_silent = True
                await super().smtp_DATA(arg)
            case _:
                await super().smtp_DATA(arg)

    async def push(self, status):
        if self._mail_server.is_silent and not str(status).startswith("354"):
            self._mail_server.is_silent = False
            self.transport.abort()
            return
        await super().push(status)


class MailServer:
    """Takes mail on a port of its own.

    `moods` says what happens to the first messages, one word each; whatever comes later is taken. A mood is `break
    off`, `take it and break off`, `hang`, or the answer to RCPT: `451 later`.
    """

    def __init__(self, moods=(), password=None, certificates=None, is_implicit=False, host="localhost"):
        self.host = host
        self._moods = list(moods)
        self._password = password
        self._arrivals = queue.Queue()
        self._going_on = threading.Event()
        self.is_silent = False
        self.messages = []
        self.envelopes = []
        self.logins = []
        self.names = []
        self.recipients_offered = []
        self.was_encrypted = []
        with socket.socket() as probe:
            probe.bind((host, 0))
            self.port = probe.getsockname()[1]
        context = certificates.context if certificates else None
        server = self

        class Listener(Controller):
            def factory(self):
                return _Session(server, self.handler, **self.SMTP_kwargs)

            def _trigger_server(self):
                # The first connection, by which aiosmtpd sees that it is up. Its own cannot speak TLS to itself.
                with socket.create_connection((self.hostname, self.port), timeout=PATIENCE) as plain:
                    if self.ssl_context:
                        plain = ssl._create_unverified_context().wrap_socket(plain)
                    plain.recv(1024)

        options = {"authenticator": self._authenticate} if password else {}
        if context and not is_implicit:
            options |= {"tls_context": context, "require_starttls": True, "auth_required": bool(password)}
        else:
            # aiosmtpd does not know of TLS that was there before it.
            options |= {"auth_require_tls": False}
        self._controller = Listener(
            self, hostname=host, port=self.port, ssl_context=context if is_implicit else None, **options
        )
        self._controller.start()
        self._is_running = True

    def stop(self):
        self.go_on()
        if self._is_running:
            self._is_running = False
            self._controller.stop()

    def go_on(self):
        """Ends a `hang`."""
        self._going_on.set()

    def next_mood(self):
        """What happens to this message, from DATA on."""
        mood = self._moods[0] if self._moods else None
        if mood in ("break off", "take it and break off"):
            return self._moods.pop(0)
        return None

    def next(self, patience=PATIENCE):
        """The next message that is taken, as Python's own parser reads it."""
        return self._arrivals.get(timeout=patience)

    @property
    def is_empty(self):
        return self._arrivals.empty()

    # What aiosmtpd asks

    def _authenticate(self, server, session, envelope, mechanism, data):
        self.logins.append((mechanism, data.login.decode(), data.password.decode()))
        return AuthResult(success=data.password.decode() == self._password, handled=False)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.names.append(hostname)
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.recipients_offered.append(address)
        if self._moods and self._moods[0][0].isdigit():
            return self._moods.pop(0)
        if self._moods and self._moods[0] == "hang":
            self._moods.pop(0)
            await asyncio.to_thread(self._going_on.wait, PATIENCE)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.SMTP)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos))
        self.was_encrypted.append(session.ssl is not None or self._controller.ssl_context is not None)
        self.messages.append(message)
        self._arrivals.put(message)
        return "250 Taken"
