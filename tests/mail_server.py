"""A real SMTP server on loopback for tests: keeps what it accepts, and refuses or delays when told to."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import socket
import ssl
import threading
from email.message import EmailMessage

from aiosmtpd.controller import Controller


class MailServer:
    """`answer` is what it says to a mail's content; while `hold` is set it says nothing at all."""

    def __init__(self, port: int | None = None, tls: ssl.SSLContext | None = None, implicit: bool = False) -> None:
        self.accepted: list[EmailMessage] = []
        self.seen = 0
        self.answer = "250 OK"
        self.recipient_answer = "250 OK"
        self.hold = threading.Event()
        self.encrypted: list[bool] = []
        self.port = port or free_port()
        options = {"tls_context": tls, "require_starttls": True} if tls and not implicit else {}
        self._controller = Controller(
            self, hostname="127.0.0.1", port=self.port, ready_timeout=10,
            ssl_context=tls if implicit else None, **options,
        )  # fmt: skip

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 - aiosmtpd's name
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.seen += 1
        while self.hold.is_set():
            await asyncio.sleep(0.02)
            if session.peer is None:
                return "451 gone"
        if self.answer.startswith("250"):
            self.encrypted.append(server.transport.get_extra_info("ssl_object") is not None)
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.accepted.append(message)
        return self.answer

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def start(self) -> MailServer:
        self._controller.start()
        return self

    def stop(self) -> None:
        with contextlib.suppress(AssertionError):
            self._controller.stop(no_assert=True)

    def __enter__(self) -> MailServer:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.hold.clear()
        self.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
