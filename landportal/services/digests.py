"""Reminding officers: one digest for each, of the parcels that reached a step, with the link that confirms them.

The steps are 30, 60 and 90 days without confirmation, and the end of a reservation or option (a week before, and when
it has passed). A parcel is told once a step, to the nearest organisation with somebody who reads digests: that of its
area, else its municipality, its county, the state. The portal changes no status by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from landportal.config import Settings
from landportal.gis.relations import MUNICIPALITY, confirmed_days
from landportal.model import Account, Parcel, Reminder, ReminderStep
from landportal.secret_key import secret_key
from landportal.services import letters, outbox
from landportal.services.confirm_links import VALID_FOR, link_path
from landportal.services.freshness import ON_MARKET

KIND = "digest"
LISTED_MAX = 40
"""Parcels a mail lists; the page behind its link lists all."""

HOME = ZoneInfo("Europe/Berlin")

_LOCK = text("select pg_advisory_xact_lock(hashtext('landportal digests'))")
_DUE = text((Path(__file__).parent / "digests.sql").read_text())


@dataclass(frozen=True)
class DigestLine:
    """What a mail says about one parcel; `ended` and `ends_soon` speak of its reservation or option."""

    number: str
    name: str
    municipality: str | None
    status: str
    status_until: dt.date | None
    confirmed_days: int | None
    ended: bool
    ends_soon: bool


def remind(session: Session, settings: Settings) -> int:
    """Write the digests that are due into the outbox; how many. Two runs at once, or one after the other, are one."""
    session.execute(_LOCK)
    today = dt.datetime.now(HOME).date()
    made = session.execute(_DUE, {"on_market": [str(status) for status in ON_MARKET], "today": today}).all()
    for digest_id, account_id in made:
        _post(session, settings, session.get_one(Account, account_id), digest_id)
    return len(made)


def _post(session: Session, settings: Settings, account: Account, digest_id: int) -> None:
    now = dt.datetime.now(HOME)
    subject, body = letters.written(
        KIND,
        account.language,
        count=session.scalar(select(func.count(Reminder.parcel_id.distinct())).where(Reminder.digest_id == digest_id)),
        organisation=account.organisation.name if account.organisation else "",
        parcels=_lines(session, digest_id, account.language),
        link=settings.public_url + link_path(secret_key(settings), account, digest_id),
        valid_until=(now + VALID_FOR).date(),
        desk=f"{settings.public_url}/{account.language}/desk/",
        account=f"{settings.public_url}/{account.language}/desk/account",
    )
    outbox.post(
        session,
        outbox.Letter(KIND, account.email, subject, body, account.language, account.id, f"{KIND} {digest_id}"),
    )


def _lines(session: Session, digest_id: int, language: str) -> list[DigestLine]:
    """The parcels of a digest, the longest unconfirmed first."""
    steps = func.array_agg(Reminder.step)
    rows = session.execute(
        select(Parcel, MUNICIPALITY.name, confirmed_days(), steps)
        .join(Reminder, Reminder.parcel_id == Parcel.id)
        .outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .where(Reminder.digest_id == digest_id)
        .group_by(Parcel.id, MUNICIPALITY.name)
        .order_by(Parcel.confirmed_at.asc().nulls_first(), Parcel.id)
        .limit(LISTED_MAX)
    )
    return [_line(parcel, municipality, days, occasions, language) for parcel, municipality, days, occasions in rows]


def _line(
    parcel: Parcel, municipality: str | None, days: int | None, occasions: Sequence[str], language: str
) -> DigestLine:
    return DigestLine(
        number=parcel.number,
        name=(language == "en" and parcel.name_en) or parcel.name_de,
        municipality=municipality,
        status=parcel.status,
        status_until=parcel.status_until,
        confirmed_days=days,
        ended=ReminderStep.ENDED in occasions,
        ends_soon=ReminderStep.ENDS_SOON in occasions,
    )
