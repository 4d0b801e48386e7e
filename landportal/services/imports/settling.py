"""What is settled between reading and comparing: which parcel a row is about, and columns that mean something only
together (a status and its end, a price and "on request").

Works on the stage, in SQL; values of single rows are completed in `finishing`.
"""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

from landportal.model import UNTIL

_BY_SOURCE = """
update import_stage s set target_id = p.id, target_version = p.version
from parcel p join data_set d on d.id = p.data_set_id
where d.name = :source and p.source_id = s.source_id
"""

_BY_NUMBER = """
update import_stage s set target_id = p.id, target_version = p.version from parcel p where p.number = s.number
"""

_UNTIL_LISTED = ", ".join(f"'{status}'" for status in sorted(UNTIL))

_NOW = "coalesce(s.status, p.status, 'preparing')"

_NO_END = f"""
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'warning', 'status_without_end', 'status_until', to_char(s.status_until, 'DD.MM.YYYY'), '{{}}'
from import_stage s left join parcel p on p.id = s.target_id
where s.verdict is null and s.status_until is not null and {_NOW} not in ({_UNTIL_LISTED})
"""  # noqa: S608 - names of our own columns and codes, no values

# A date that the file does not speak of stays as long as the status does.
_UNTIL = f"""
update import_stage s set status_until = case when {_NOW} not in ({_UNTIL_LISTED}) then null
    when :stated then s.status_until when {_NOW} = p.status then p.status_until end
from import_stage own left join parcel p on p.id = own.target_id
where own.row = s.row and s.verdict is null
"""  # noqa: S608 - names of our own columns and codes, no values

_ON_REQUEST = """
update import_stage s set price_on_request = p.price_on_request and s.price_eur_m2 is null
from parcel p where p.id = s.target_id and s.verdict is null
"""

_PRICE = """
update import_stage s set price_eur_m2 = case when not coalesce(s.price_on_request, p.price_on_request)
    then p.price_eur_m2 end
from parcel p where p.id = s.target_id and s.verdict is null
"""


def match_parcels(session: Session, source: str, by_number: bool) -> None:
    """Write into the stage which parcel each row is about, by the source's key or by the portal's number."""
    if by_number:
        session.execute(text(_BY_NUMBER))
    else:
        session.execute(text(_BY_SOURCE), {"source": source})


def settle(session: Session, present: set[str]) -> None:
    """Complete columns that belong together; what is completed counts as `present`."""
    if present & {"status", "status_until"}:
        stated = "status_until" in present
        if stated:
            session.execute(text(_NO_END))
        session.execute(text(_UNTIL), {"stated": stated})
        present.add("status_until")
    if {"price_eur_m2", "price_on_request"} & present and not {"price_eur_m2", "price_on_request"} <= present:
        session.execute(text(_ON_REQUEST if "price_eur_m2" in present else _PRICE))
        present |= {"price_eur_m2", "price_on_request"}
