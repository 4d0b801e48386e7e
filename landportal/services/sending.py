"""Sending one mail of the outbox: to the SMTP server of the settings, or to the log.

A mail is sent while its row is locked and marked in the same transaction, so no two workers send it. One gap cannot be
closed by anybody: a worker that is killed after the server took the mail and before the mark is committed sends it once
more. Both copies carry the same Message-ID, by which mail programs and servers recognise the double.
"""

from __future__ import annotations

import datetime as dt
import logging
import smtplib
import ssl
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from sqlalchemy import select
from sqlalchemy.orm import Session

from landportal.config import MailServer, Settings
from landportal.model import MailState, OutgoingMail

log = logging.getLogger(__name__)

CONSOLE_LINES_MAX = 20
"""Without a mail server this much of a mail is written to the log; all of it is in the outbox."""


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt; `for_good`: another attempt would fail alike."""

    problem: str | None = None
    for_good: bool = False


class _Refused(Exception):
    """The server, or the address itself, says that this mail will never be delivered."""


def send(session: Session, settings: Settings, mail_id: int) -> Outcome:
    """Send mail `mail_id` if it still waits and nobody else is sending it; the outcome is kept with the mail."""
    waiting = select(OutgoingMail).where(OutgoingMail.id == mail_id, OutgoingMail.state == MailState.QUEUED)
    mail = session.scalar(waiting.with_for_update(skip_locked=True))
    if mail is None:
        return Outcome()
    outcome = _attempt(settings, mail)
    mail.attempts += 1
    mail.problem = outcome.problem
    if outcome.for_good:
        mail.state = MailState.FAILED
    elif not outcome.problem:
        mail.state, mail.sent_at = MailState.SENT, dt.datetime.now(dt.UTC)
    return outcome


def _attempt(settings: Settings, mail: OutgoingMail) -> Outcome:
    try:
        _deliver(settings, message_of(mail, settings.mail_sender))
    except _Refused as refusal:
        return Outcome(str(refusal), for_good=True)
    except (OSError, smtplib.SMTPException) as problem:
        return Outcome(f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:500])
    return Outcome()


def message_of(mail: OutgoingMail, sender: str) -> EmailMessage:
    """The mail as a message: plain text, with the headers that keep machines from answering it."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    domain = message["From"].addresses[0].domain
    try:
        message["To"] = _address(mail.recipient)
        message["Subject"] = " ".join(mail.subject.split())
    except (ValueError, IndexError, UnicodeError) as error:
        raise _Refused(f"The address cannot be used: {error}") from None
    message["Date"] = mail.created_at
    # The same for every attempt; the moment tells apart equal numbers of two databases.
    message["Message-ID"] = f"<landportal.{mail.id}.{mail.created_at.timestamp():.0f}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message["List-Id"] = f"landportal <{mail.kind.replace('_', '-')}.landportal.{domain}>"
    message.set_content(mail.body, charset="utf-8")
    message["Content-Language"] = mail.language
    return message


def _address(recipient: str) -> Address:
    local, _, domain = recipient.rpartition("@")
    return Address(addr_spec=f"{local}@{domain.encode('idna').decode()}")


def _deliver(settings: Settings, message: EmailMessage) -> None:
    if settings.mail is None:
        log.info("mail to %s: %s\n\n%s", message["To"], message["Subject"], _beginning(message.get_content()))
        return
    with _connected(settings.mail, settings.smtp_timeout_s) as server:
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refusal:
            code, told = next(iter(refusal.recipients.values()))
            _judge(code, told, refusal)
        except smtplib.SMTPDataError as refusal:
            _judge(refusal.smtp_code, refusal.smtp_error, refusal)
        except smtplib.SMTPNotSupportedError as refusal:
            raise _Refused(str(refusal)) from None


def _beginning(body: str) -> str:
    """What fits on a console; the links of our letters stand at their beginning."""
    lines = body.splitlines()
    more = [f"… {len(lines) - CONSOLE_LINES_MAX} more lines"] if len(lines) > CONSOLE_LINES_MAX else []
    return "\n".join([*lines[:CONSOLE_LINES_MAX], *more, ""])


def _connected(server: MailServer, timeout_s: float) -> smtplib.SMTP:
    """A connection on which mail may be sent; certificates are checked against the machine's authorities."""
    context = ssl.create_default_context()
    if server.tls == "implicit":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=timeout_s, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=timeout_s)
    try:
        if server.tls == "starttls":
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password or "")
    except BaseException:
        connection.close()
        raise
    return connection


def _judge(code: int, told: bytes | str, refusal: smtplib.SMTPException) -> None:
    """5xx about this mail is final; 4xx and what concerns the server or our sign-in is worth another attempt."""
    words = told.decode(errors="replace") if isinstance(told, bytes) else told
    if code >= 500:
        raise _Refused(f"{code} {' '.join(words.split())}"[:500]) from None
    raise refusal
