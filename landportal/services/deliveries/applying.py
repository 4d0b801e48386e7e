"""Applying a delivery: what was shown, all of it or nothing, in the one transaction of a job.

A row whose parcel is not the version any more that was shown is not written: it becomes a conflict, and is told. Where
an organisation wants four eyes, an approver other than the uploader sees the preview first.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, select, text, update
from sqlalchemy.orm import Session

from landportal import db
from landportal.errors import InvalidInput, NotAllowed
from landportal.model import Delivery, DeliveryState, ImportRun, Parcel, Through
from landportal.services import imports, jobs
from landportal.services.deliveries.finding import claim, move
from landportal.services.import_columns import ImportKind
from landportal.services.imports import data_sets
from landportal.services.imports.applying import Upsert
from landportal.services.imports.targets import stage_table
from landportal.services.permissions import Action, Actor, require

APPLY = "apply_delivery"


class Incomplete(Exception):
    """The database wrote fewer rows than were to be written; the transaction is taken back."""


# ------------------------------------------------------------------------------------------------------------- asking


def ask(session: Session, actor: Actor, delivery_id: int) -> Delivery:
    """Have a staged delivery applied by a job, or lay it before an approver; a second click finds it under way."""
    delivery = claim(session, actor, delivery_id, DeliveryState.STAGED)
    if not usable(delivery):
        raise InvalidInput("nothing_to_apply", "apply")
    if actor.four_eyes:
        move(delivery, DeliveryState.WAITING)
        return delivery
    return _start(session, delivery, actor.account_id)


def decide(session: Session, actor: Actor, delivery_id: int, accept: bool, comment: str = "") -> Delivery:
    """Accept or decline a waiting delivery; nobody decides on a file they brought themselves."""
    require(actor, Action.APPROVE)
    delivery = claim(session, actor, delivery_id, DeliveryState.WAITING)
    if delivery.account_id == actor.account_id:
        raise NotAllowed(Action.APPROVE)
    if accept:
        return _start(session, delivery, actor.account_id)
    delivery.problem = {"code": "declined", "facts": {"by": actor.name, "comment": comment[:500]}}
    move(delivery, DeliveryState.DISCARDED)
    return delivery


def discard(session: Session, actor: Actor, delivery_id: int) -> Delivery:
    """Take a delivery back that was not applied; its file goes with the next purge."""
    delivery = claim(
        session, actor, delivery_id, DeliveryState.UPLOADED, DeliveryState.STAGED, DeliveryState.REFUSED,
        DeliveryState.WAITING, DeliveryState.FAILED,
    )  # fmt: skip
    if delivery.state == DeliveryState.FAILED and delivery.applied_change_id:
        raise NotAllowed("discard")
    move(delivery, DeliveryState.DISCARDED)
    return delivery


def usable(delivery: Delivery) -> bool:
    """Whether applying the delivery would change anything."""
    counts = (delivery.preview or {}).get("counts", {})
    return bool(counts.get("new") or counts.get("changed") or counts.get("conflicts"))


def _start(session: Session, delivery: Delivery, account_id: int) -> Delivery:
    delivery.applied_by, delivery.problem = account_id, None
    move(delivery, DeliveryState.APPLYING)
    jobs.defer(session, APPLY, lock=f"delivery {delivery.id}", delivery_id=delivery.id)
    return delivery


def acting(delivery: Delivery, four_eyes: bool) -> db.Acting:
    """Who the store keeps as the author: whoever applied it; with four eyes the uploader, and who approved."""
    if four_eyes and delivery.applied_by != delivery.account_id:
        return db.Acting(delivery.account_id, Through.IMPORT, delivery.applied_by, delivery.id)
    return db.Acting(delivery.applied_by, Through.IMPORT, delivery_id=delivery.id)


# ----------------------------------------------------------------------------------------------------------- applying

_FILL = """
insert into import_stage (row, source_id, verdict, target_id, target_version, geom, {names})
select d.row, d.source_id, d.verdict, d.target_id, d.target_version, d.geom, {cells}
from delivery_row d cross join lateral jsonb_populate_record(null::import_stage, d.content) cell
where d.delivery_id = :id and d.verdict in ('new', 'changed', 'conflict')
"""

_LOCK = """
select count(*) from (
    select from parcel p where p.id in (select target_id from import_stage) order by p.id for update) locked
"""

# A new row that has come into the store by another way meanwhile is about a parcel after all.
_CAME_MEANWHILE = """
update import_stage s set target_id = p.id
from parcel p
where s.verdict = 'new' and (p.data_set_id = :data_set_id and p.source_id = s.source_id or p.number = s.number)
"""

_MOVED = """
update import_stage s set verdict = 'moved'
from import_stage own left join parcel p on p.id = own.target_id
where own.row = s.row and own.target_id is not null and p.version is distinct from own.target_version
"""

_TELL_MOVED = """
update delivery_row d set verdict = s.verdict, target_id = s.target_id,
    differences = case when s.verdict = 'conflict' then (
        select jsonb_agg(jsonb_build_object('column', c.name, 'base', c.was, 'before', c.before, 'after', c.after))
        from (values {pairs}) c(name, was, before, after, differs) where c.differs) else d.differences end
from import_stage s left join parcel p on p.id = s.target_id
where d.delivery_id = :id and d.row = s.row and s.verdict in ('conflict', 'unchanged')
  and s.row = any(:rows)
"""


def apply(session: Session, delivery: Delivery) -> dict[str, int]:
    """Write the kept rows of the locked delivery into the store; how many were new, changed, in conflict.

    Raises Incomplete when row-level security kept a row out, and whatever the database refuses.
    """
    preview = delivery.preview or {}
    data_sets.lock(session, preview["source"])
    table = _filled(session, delivery.id, preview["write"])
    request = imports.ImportRequest(
        kind=ImportKind.PARCELS, file=Path(delivery.file_name), by_number=bool(delivery.options.get("by_number"))
    )
    data_set = None if request.by_number else data_sets.ensure(session, preview["source"], facts_of(preview))
    upsert = imports.upsert_of(request, table, data_set.id if data_set else None, list(preview["write"]))
    _set_aside_what_moved(session, delivery, upsert)
    counts = _write(session, upsert, data_set.data_date if data_set else None)
    if data_set and (counts["new"] or counts["changed"]):
        _link_new(session, delivery.id, data_set.id)
        session.add(
            ImportRun(data_set_id=data_set.id, kind=str(ImportKind.PARCELS), file_name=delivery.file_name,
                      file_sha256=delivery.file_sha256, counts=counts)
        )  # fmt: skip
    return counts


def facts_of(preview: dict[str, Any]) -> imports.DataSetFacts:
    """What the preview kept about the data set."""
    kept = dict(preview.get("facts", {}))
    day = kept.pop("data_date", None)
    return imports.DataSetFacts(**kept, data_date=dt.date.fromisoformat(day) if day else None)


def _filled(session: Session, delivery_id: int, columns: list[str]) -> Table:
    """The temporary stage, filled again with the rows as they were kept."""
    session.execute(text("drop table if exists pg_temp.import_stage"))
    table = stage_table(ImportKind.PARCELS)
    table.create(session.connection())
    names = [name for name in dict.fromkeys(("number", "name_de", *columns)) if name in table.c]
    filling = _FILL.format(names=", ".join(names), cells=", ".join(f"cell.{name}" for name in names))
    session.execute(text(filling), {"id": delivery_id})
    session.execute(text("create index on import_stage (target_id)"))
    session.execute(text("analyze import_stage"))
    return table


def _set_aside_what_moved(session: Session, delivery: Delivery, upsert: Upsert) -> None:
    """Rows whose parcel was changed since they were shown: equal by now, or a conflict that is told and not written."""
    session.execute(text(_CAME_MEANWHILE), {"data_set_id": upsert.data_set_id})
    session.execute(text(_LOCK))
    session.execute(text(_MOVED))
    stage = upsert.stage
    rows = list(session.scalars(select(stage.c.row).where(stage.c.verdict == "moved")))
    if not rows:
        return
    session.execute(update(stage).where(stage.c.verdict == "moved").values(verdict=None))
    session.execute(
        update(stage)
        .where(stage.c.verdict.is_(None), stage.c.target_id == Parcel.id, ~upsert.any_difference())
        .values(verdict="unchanged")
    )
    session.execute(update(stage).where(stage.c.verdict.is_(None)).values(verdict="conflict"))
    session.execute(text(_TELL_MOVED.format(pairs=_pairs(upsert))), {"id": delivery.id, "rows": rows})


def _pairs(upsert: Upsert) -> str:
    """Per column: name, what was shown as stored then, what is stored now, what the file says, whether they differ."""
    found = []
    for name in upsert.columns:
        was = f"jsonb_path_query_first(d.differences, '$[*] ? (@.column == \"{name}\").before')"
        if name == "geom":
            found.append(f"('geom', {was}, to_jsonb(round(p.area_m2)), to_jsonb(round(st_area(s.geom))),"
                         " not coalesce(st_orderingequals(s.geom, p.geom), false))")  # fmt: skip
        else:
            after = f"s.{name}" if Parcel.__table__.c[name].nullable else f"coalesce(s.{name}, p.{name})"
            found.append(f"('{name}', {was}, to_jsonb(p.{name}), to_jsonb({after}), {after} is distinct from p.{name})")
    return ", ".join(found)


def _write(session: Session, upsert: Upsert, data_date: Any) -> dict[str, int]:
    """Write what is left to write; Incomplete where the database took fewer rows than that."""
    stage = upsert.stage
    # Found by number: the cells in conflict were set back to the store's own when the row was kept, the others count.
    partly = stage.c.verdict == "conflict"
    told = int(session.scalar(select(func.count()).where(partly)) or 0)
    if upsert.data_set_id is None:
        as_shown = stage.c.target_id == Parcel.id, stage.c.target_version == Parcel.version
        session.execute(update(stage).where(partly, *as_shown, upsert.any_difference()).values(verdict="changed"))
    verdicts = upsert.counts(session)
    changed = upsert.update_changed(session, data_date) if verdicts.get("changed") else 0
    new = upsert.insert_new(session, data_date) if verdicts.get("new") else 0
    if (changed, new) != (verdicts.get("changed", 0), verdicts.get("new", 0)):
        raise Incomplete
    return {"new": new, "changed": changed, "unchanged": verdicts.get("unchanged", 0), "conflicts": told}


def _link_new(session: Session, delivery_id: int, data_set_id: int) -> None:
    """Let the kept rows of new parcels name them, so that they can be found again for the undo."""
    session.execute(
        text(
            "update delivery_row d set target_id = p.id from parcel p"
            " where d.delivery_id = :id and d.verdict = 'new' and p.data_set_id = :data_set_id"
            " and p.source_id = d.source_id"
        ),
        {"id": delivery_id, "data_set_id": data_set_id},
    )


def change_of(session: Session) -> int | None:
    """The change that the running transaction has made, if it has changed any land."""
    change: int | None = session.scalar(
        text(
            "select id from change where xact = pg_current_xact_id_if_assigned()::text"
            " and at >= transaction_timestamp()"
        )
    )
    return change
