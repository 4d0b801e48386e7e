"""Limits against guessing passwords and codes, counted from the audit log: they hold across processes and restarts.

An account is locked for a while after a few wrong answers, whether it exists or not; an origin that keeps failing is
told to wait. Checking the answer itself is the web floor's.
"""

from __future__ import annotations

import datetime as dt
import hmac
import ipaddress
import math
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from landportal.errors import LandportalError
from landportal.model import AuditEntry
from landportal.secret_key import derived
from landportal.services import audit
from landportal.services.audit import AuditAction

ACCOUNT_FAILURES_MAX = 5
ORIGIN_FAILURES_MAX = 30
WINDOW = dt.timedelta(minutes=15)
"""Failures older than this are forgotten."""
LOCK = dt.timedelta(minutes=15)
RESET_MAILS_PER_HOUR_MAX = 3

_FAILURES = (AuditAction.SIGN_IN_FAILED, AuditAction.SECOND_FACTOR_FAILED)
_FORGIVEN_BY = (AuditAction.SIGNED_IN, AuditAction.ACCOUNT_LOCKED, AuditAction.PASSWORD_SET)
"""What makes earlier failures of an account count no more."""


class AccountLocked(LandportalError):
    """Too many wrong answers for this account; it opens by itself."""


class TooManyAttempts(LandportalError):
    """Too many wrong answers from one origin; `retry_after_s` seconds from now it may try again."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(f"wait {retry_after_s} seconds")
        self.retry_after_s = retry_after_s


@dataclass(frozen=True)
class Attempt:
    """Somebody tries to get into `subject` from `origin`."""

    subject: str
    origin: str


def subject_of(secret: str, email: str, known: bool) -> str:
    """What stands for a mail address in the log: itself, or a keyed hash where it is nobody's account.

    People type all sorts of things into that field; what is no account's is not kept readable.
    """
    return email if known else f"unknown:{_hash(secret, 'audit subject', email)}"


def origin_of(secret: str, address: str | None) -> str:
    """A keyed hash of a visitor's address: enough to count attempts, not to find the visitor.

    Of an IPv6 address its /64 counts: whoever has one has 2^64 addresses.
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return _hash(secret, "audit origin", address or "")
    if isinstance(parsed, ipaddress.IPv6Address):
        address = str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed) >> 64 << 64, 64)))
    return _hash(secret, "audit origin", address or "")


def _hash(secret: str, purpose: str, text: str) -> str:
    return hmac.new(derived(secret, purpose), text.encode(), "sha256").hexdigest()[:32]


def admit(session: Session, attempt: Attempt) -> None:
    """Let `attempt` be checked; TooManyAttempts or AccountLocked otherwise.

    Attempts of one origin and on one account wait for each other until the transaction ends, so that many at once are
    counted like many in a row.
    """
    _wait_for_others(session, attempt)
    _admit_origin(session, attempt.origin, _FAILURES)
    if _is_locked(session, attempt.subject):
        raise AccountLocked(attempt.subject)


def _wait_for_others(session: Session, attempt: Attempt) -> None:
    for key in (attempt.origin, attempt.subject):
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"attempt {key}", 0))))


def _admit_origin(session: Session, origin: str, actions: Collection[AuditAction]) -> None:
    failures = (
        select(AuditEntry.at)
        .where(AuditEntry.action.in_(actions), AuditEntry.origin == origin, AuditEntry.at > _ago(WINDOW))
        .order_by(AuditEntry.at.desc())
        .limit(ORIGIN_FAILURES_MAX)
    )
    counted = session.scalars(failures).all()
    if len(counted) == ORIGIN_FAILURES_MAX:
        raise TooManyAttempts(max(1, math.ceil((counted[-1] - _ago(WINDOW)).total_seconds())))


def _is_locked(session: Session, subject: str) -> bool:
    locked_at = _last(session, subject, (AuditAction.ACCOUNT_LOCKED,))
    opened_at = _last(session, subject, (AuditAction.PASSWORD_SET,))
    return locked_at is not None and locked_at > _ago(LOCK) and not (opened_at and opened_at > locked_at)


def failed(session: Session, attempt: Attempt, action: AuditAction) -> bool:
    """Record a wrong answer; whether it locked the account."""
    audit.record(session, action, subject=attempt.subject, origin=attempt.origin)
    since = max(filter(None, (_last(session, attempt.subject, _FORGIVEN_BY), _ago(WINDOW))))
    if _count(session, attempt.subject, _FAILURES, since) < ACCOUNT_FAILURES_MAX:
        return False
    audit.record(session, AuditAction.ACCOUNT_LOCKED, subject=attempt.subject, origin=attempt.origin)
    return True


def may_ask_for_reset(session: Session, attempt: Attempt) -> bool:
    """Record that a new password was asked for; whether a mail may go out (at most 3 an hour for an address).

    TooManyAttempts for an origin that asks for one address after the other.
    """
    _wait_for_others(session, attempt)
    _admit_origin(session, attempt.origin, (AuditAction.PASSWORD_RESET_ASKED,))
    asked = _count(session, attempt.subject, (AuditAction.PASSWORD_RESET_ASKED,), _ago(dt.timedelta(hours=1)))
    audit.record(session, AuditAction.PASSWORD_RESET_ASKED, subject=attempt.subject, origin=attempt.origin)
    return asked < RESET_MAILS_PER_HOUR_MAX


def token_refused(session: Session, origin: str, subject: str | None, reason: str) -> None:
    """Record a token that opens nothing; TooManyAttempts for an origin that keeps bringing such.

    Nobody guesses 192 bits: this keeps a program that was set up wrongly from filling the log.
    """
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"attempt {origin}", 0))))
    _admit_origin(session, origin, (AuditAction.TOKEN_REFUSED,))
    audit.record(session, AuditAction.TOKEN_REFUSED, subject=subject, origin=origin, reason=reason)


def _count(session: Session, subject: str, actions: Collection[AuditAction], since: dt.datetime) -> int:
    counted = select(func.count()).where(
        AuditEntry.action.in_(actions), AuditEntry.subject == subject, AuditEntry.at > since
    )
    return session.scalar(counted) or 0


def _last(session: Session, subject: str, actions: Collection[AuditAction]) -> dt.datetime | None:
    last = select(func.max(AuditEntry.at)).where(AuditEntry.action.in_(actions), AuditEntry.subject == subject)
    return session.scalar(last)


def _ago(span: dt.timedelta) -> dt.datetime:
    return dt.datetime.now(dt.UTC) - span
