"""Reading a whole delivery: every row checked, and kept with what it would do to which version of which parcel.

The work of one job, in one transaction; what is kept here is exactly what `applying` will apply.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.orm import Session

from landportal.model import Account, Delivery, DeliveryState, Parcel
from landportal.services import imports, jobs
from landportal.services.deliveries import mappings
from landportal.services.deliveries.finding import claim, move
from landportal.services.deliveries.options import DeliveryOptions
from landportal.services.imports import StagedImport
from landportal.services.permissions import Action, Actor, actor_of, require

STAGE = "stage_delivery"
OPEN = (DeliveryState.UPLOADED, DeliveryState.STAGED, DeliveryState.REFUSED, DeliveryState.FAILED)
"""States from which a file can be read (again)."""

_KEPT_VERDICTS = ("new", "changed", "unchanged", "conflict", "rejected")


def ask(session: Session, actor: Actor, delivery_id: int, options: DeliveryOptions) -> Delivery:
    """Have the file read as `options` say, by a job; WrongStep where it has gone further already."""
    delivery = claim(session, actor, delivery_id, *OPEN)
    delivery.options = {**delivery.options, **options.as_json()}
    delivery.problem, delivery.rows_done, delivery.rows_total = None, 0, None
    move(delivery, DeliveryState.STAGING)
    jobs.defer(session, STAGE, lock=f"delivery {delivery.id}", delivery_id=delivery.id)
    return delivery


def uploader(session: Session, delivery: Delivery) -> Actor:
    """The account that brought the delivery, with the rights it has now; NotAllowed if it may not import any more."""
    actor = actor_of(session.get_one(Account, delivery.account_id))
    require(actor, Action.IMPORT)
    return actor


def alone(session: Session, delivery_id: int) -> None:
    """Wait for another job of this delivery: one that was taken for dead may still be at work."""
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("select pg_advisory_xact_lock(hashtext('landportal delivery'), :id)"), {"id": delivery_id})


def stage(session: Session, delivery: Delivery, request: imports.ImportRequest, progress: imports.Progress) -> None:
    """Read the file, keep its rows and issues and what applying them would do.

    Raises CannotRead or ImportRefused for a file that cannot be used as a whole. If the delivery was discarded
    meanwhile, nothing is kept.
    """
    _forget(session, delivery.id)
    staged = imports.stage(session, request, progress)
    _keep_rows(session, delivery.id, staged)
    _keep_issues(session, delivery.id)
    preview = {**_described(staged), "bounds": _bounds(session)}
    kept = (
        update(Delivery)
        .where(Delivery.id == delivery.id, Delivery.state == DeliveryState.STAGING)
        .values(state=DeliveryState.STAGED, preview=preview, rows_done=staged.preview.read,
                rows_total=staged.preview.read)
    )  # fmt: skip
    if session.connection().execute(kept).rowcount:
        mappings.remember(session, delivery)
    else:
        _forget(session, delivery.id)


def note_progress(session: Session, delivery_id: int, done: int, total: int | None) -> None:
    """How far reading has come."""
    session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.STAGING)
        .values(rows_done=done, rows_total=total)
    )


def end(session: Session, delivery_id: int, state: DeliveryState, code: str, **facts: Any) -> None:
    """End a job's step without result: the delivery says why."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True, populate_existing=True)
    if delivery.state in {DeliveryState.STAGING, DeliveryState.APPLYING, DeliveryState.UNDOING}:
        delivery.problem = {"code": code, "facts": facts, "step": delivery.state}
        # What could not be undone is applied still, and may be undone later.
        move(delivery, DeliveryState.APPLIED if delivery.state == DeliveryState.UNDOING else state)


def _forget(session: Session, delivery_id: int) -> None:
    for table in ("delivery_row", "delivery_issue"):
        session.execute(text(f"delete from {table} where delivery_id = :id"), {"id": delivery_id})  # noqa: S608


# ------------------------------------------------------------------------------------------------------ keeping rows


def _keep_rows(session: Session, delivery_id: int, staged: StagedImport) -> None:
    """Copy the stage into `delivery_row`: the cells as JSON, and for changed rows what was there before."""
    upsert = imports.upsert_of(staged.request, staged.table, None, list(staged.columns))
    cells = [name for name in ("name_de", "number", *upsert.columns) if name in staged.table.c and name != "geom"]
    listed = ", ".join(f"s.{name}" for name in dict.fromkeys(cells))
    pairs = ", ".join(_pair(name) for name in upsert.columns)
    differences = "select null::jsonb"
    if pairs:
        differences = f"""
            select jsonb_agg(jsonb_build_object('column', d.name, 'before', d.before, 'after', d.after))
            from (values {pairs}) d(name, before, after, differs) where d.differs
        """  # noqa: S608 - names of our own columns
    session.execute(
        text(
            f"""
            insert into delivery_row
                (delivery_id, row, source_id, verdict, target_id, target_version, content, differences, geom)
            select :id, s.row, s.source_id, s.verdict, s.target_id, s.target_version,
                   (select jsonb_strip_nulls(to_jsonb(cell)) from (select {listed}) cell),
                   case when s.verdict in ('changed', 'conflict')
                        then coalesce(s.conflicts, '[]') || coalesce(({differences}), '[]') end,
                   s.geom
            from import_stage s left join parcel p on p.id = s.target_id
            where s.verdict = any(:verdicts)
            """  # noqa: S608 - names of our own columns
        ),
        {"id": delivery_id, "verdicts": list(_KEPT_VERDICTS)},
    )


def _pair(name: str) -> str:
    """Name, value stored, value delivered, and whether they differ; of a shape its area in m²."""
    if name == "geom":
        return (
            "('geom', to_jsonb(round(p.area_m2)), to_jsonb(round(st_area(s.geom))),"
            " not st_orderingequals(s.geom, p.geom))"
        )
    after = f"s.{name}" if Parcel.__table__.c[name].nullable else f"coalesce(s.{name}, p.{name})"
    if name == "area_id":
        names = [f"to_jsonb((select name_de from area where id = {row}.area_id))" for row in ("p", "s")]  # noqa: S608
        return f"('area_id', {', '.join(names)}, s.area_id is distinct from p.area_id)"
    return f"('{name}', to_jsonb(p.{name}), to_jsonb({after}), {after} is distinct from p.{name})"


def _keep_issues(session: Session, delivery_id: int) -> None:
    session.execute(
        text(
            "insert into delivery_issue (delivery_id, row, severity, code, field, value, facts)"
            " select :id, row, severity, code, field, value, facts from import_issue"
            " where severity <> 'note' order by row, code"
        ),
        {"id": delivery_id},
    )


def _bounds(session: Session) -> list[float] | None:
    """West, south, east, north of the delivered shapes, in degrees."""
    row = session.execute(
        text(
            "select st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)"
            " from (select st_transform(st_setsrid(st_extent(geom)::geometry, 25832), 4326) as box"
            " from import_stage where verdict <> 'left_out') b where box is not null"
        )
    ).first()
    return [float(value) for value in row] if row else None


def _described(staged: StagedImport) -> dict[str, Any]:
    """What the pages show of a preview, as JSON."""
    preview, columns, facts = staged.preview, staged.columns, staged.request.data_set
    counts = ("read", "new", "changed", "unchanged", "conflicts", "rejected", "left_out", "warned", "missing")
    return {
        "counts": {name: getattr(preview, name) for name in counts},
        "source": preview.source,
        "format": preview.format,
        "layer": preview.layer,
        "crs": preview.crs,
        "columns": list(preview.columns),
        "ignored": list(preview.ignored),
        "notes": [{"code": note.code, "facts": dict(note.facts)} for note in preview.notes],
        "told": [{"code": note.code, "facts": dict(note.facts), "rows": rows} for note, rows in preview.told],
        "changed_columns": list(preview.changed_columns),
        "write": list(columns),
        "facts": {name: _plain(value) for name, value in dataclasses.asdict(facts).items() if value is not None},
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
