"""The link in a digest: it opens, without sign-in, the parcels that digest listed, for the account it was written to.

The link names the digest and carries a fingerprint of the account's `fs_uniquifier`: signing out everywhere, a new
password or a disabled account ends it. What may be confirmed with it is decided when it is used: the digest's parcels
that still lie inside the account's scope, by `services.editing.confirm`.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections.abc import Collection
from dataclasses import dataclass

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer
from sqlalchemy import ColumnElement, case, exists, func, select
from sqlalchemy.orm import Session

from landportal.gis.relations import MUNICIPALITY, confirmed_days
from landportal.model import Account, Digest, Parcel, ParcelStatus, Reminder
from landportal.secret_key import derived
from landportal.services import editing
from landportal.services.account_links import LinkExpired, LinkInvalid
from landportal.services.permissions import Action, Actor, actor_of, within_scope

VALID_FOR = dt.timedelta(days=14)
LISTED_MAX = 500
"""Parcels one page shows; the next follow when these are confirmed."""


@dataclass(frozen=True)
class OpenedLink:
    """Whose link it is, and which digest it was written for."""

    account: Account
    actor: Actor
    digest_id: int
    made_at: dt.datetime


@dataclass(frozen=True)
class ListedParcel:
    """A parcel of a digest as it stands now. `confirmed`: meanwhile, by whomever; `reachable`: may be confirmed."""

    number: str
    name_de: str
    name_en: str | None
    municipality: str | None
    area_m2: float
    status: ParcelStatus
    status_until: dt.date | None
    confirmed_days: int | None
    confirmed: bool
    reachable: bool


def link_path(secret: str, account: Account, digest_id: int) -> str:
    """The address, from the root of the portal, that confirms the parcels of `digest_id`."""
    return f"/{account.language}/confirm/{_signer(secret).dumps([digest_id, _fingerprint(secret, account)])}"


def opened(session: Session, secret: str, token: str) -> OpenedLink:
    """Whose link `token` is; LinkExpired after 14 days, LinkInvalid when altered or ended by its account."""
    try:
        content, made_at = _signer(secret).loads(token, max_age=int(VALID_FOR.total_seconds()), return_timestamp=True)
        digest_id, fingerprint = content
    except SignatureExpired as expired:
        raise LinkExpired from expired
    except (BadSignature, ValueError, TypeError) as altered:
        raise LinkInvalid from altered
    account = session.scalar(
        select(Account).join(Digest, Digest.account_id == Account.id).where(Digest.id == digest_id, Account.active)
    )
    if account is None or not hmac.compare_digest(_fingerprint(secret, account), str(fingerprint)):
        raise LinkInvalid
    actor = actor_of(account)
    if not actor.may(Action.CONFIRM):
        raise LinkInvalid
    return OpenedLink(account, actor, digest_id, made_at)


def listed(session: Session, link: OpenedLink) -> tuple[ListedParcel, ...]:
    """The parcels of the link's digest, the longest unconfirmed first, those confirmed meanwhile last."""
    confirmed = func.coalesce(Parcel.confirmed_at >= Digest.created_at, False)
    reachable = case((within_scope(link.actor), Parcel.status != ParcelStatus.WITHDRAWN), else_=False)
    rows = session.execute(
        select(
            Parcel.number, Parcel.name_de, Parcel.name_en, MUNICIPALITY.name.label("municipality"), Parcel.area_m2,
            Parcel.status, Parcel.status_until, confirmed_days().label("confirmed_days"),
            confirmed.label("confirmed"), reachable.label("reachable"),
        )
        .select_from(Parcel)
        .join(Digest, Digest.id == link.digest_id)
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .where(_of_digest(link.digest_id))
        .order_by(confirmed, Parcel.confirmed_at.asc().nulls_first(), Parcel.id)
        .limit(LISTED_MAX)
    )  # fmt: skip
    return tuple(ListedParcel(**{**row._mapping, "status": ParcelStatus(row.status)}) for row in rows)


def how_many(session: Session, link: OpenedLink) -> int:
    """How many parcels the digest listed, whatever became of them."""
    return session.scalar(select(func.count()).select_from(Parcel).where(_of_digest(link.digest_id))) or 0


def confirm(session: Session, link: OpenedLink, numbers: Collection[str]) -> tuple[str, ...]:
    """Confirm those of `numbers` that the digest listed and the account still reaches; the numbers confirmed.

    The transaction acts for the account, through ``link``.
    """
    of_digest = select(Parcel.number).where(Parcel.number.in_(set(numbers)), _of_digest(link.digest_id))
    return editing.confirm(session, link.actor, session.scalars(of_digest).all())


def _of_digest(digest_id: int) -> ColumnElement[bool]:
    return exists(select(Reminder.parcel_id).where(Reminder.digest_id == digest_id, Reminder.parcel_id == Parcel.id))


def _signer(secret: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(derived(secret, "link confirm"))


def _fingerprint(secret: str, account: Account) -> str:
    """Stands for the account's `fs_uniquifier`, which itself would open a session."""
    return hmac.new(derived(secret, "link account"), account.fs_uniquifier.encode(), "sha256").hexdigest()[:20]
