"""What pages show of deliveries: the list, and the rows of one with what each would do, a page at a time."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session, aliased

from landportal.model import Account, Delivery, DeliveryIssue, DeliveryRow, DeliveryState, Parcel
from landportal.services.import_issues import Issue, Severity
from landportal.services.permissions import Action, Actor, require

PAGE_ROWS = 25
LIST_ROWS = 30
SHAPES_MAX = 2_000
"""Shapes on the preview's map; what matters most comes first."""

VERDICTS = ("changed", "new", "conflict", "rejected", "left_out", "warning", "unchanged", "left")
"""Lists of a preview; `warning` are rows that are taken all the same, `left` what an undo could not take back."""


@dataclass(frozen=True)
class Listed:
    """A delivery in the list: who brought it and, where somebody else did, who applied it."""

    delivery: Delivery
    by: str
    applied_by: str | None


@dataclass(frozen=True)
class Cell:
    """A cell that differs: stored `before`, delivered `after`. In a conflict `base` is what the file was made from."""

    column: str
    before: Any
    after: Any
    base: Any = None
    conflict: bool = False


@dataclass(frozen=True)
class Row:
    """A row of the file: what it is about, its cells, its differences, and what there is to say about it."""

    row: int
    name: str | None
    number: str | None
    cells: tuple[Cell, ...]
    issues: tuple[Issue, ...]
    content: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of one list of a delivery."""

    verdict: str
    rows: tuple[Row, ...]
    number: int
    pages: int
    count: int


def listed(session: Session, actor: Actor, page: int = 1) -> tuple[list[Listed], bool]:
    """A page of the organisation's deliveries, newest first, and whether older ones follow."""
    require(actor, Action.IMPORT)
    second = aliased(Account)
    wanted = (
        select(Delivery, Account.name, second.name)
        .join(Account, Account.id == Delivery.account_id)
        .outerjoin(second, second.id == Delivery.applied_by)
        .where(Delivery.organisation_id == actor.organisation_id)
        .order_by(Delivery.id.desc())
        .limit(LIST_ROWS + 1)
        .offset((page - 1) * LIST_ROWS)
    )
    found = [Listed(delivery, by, applied if applied != by else None) for delivery, by, applied in
             session.execute(wanted)]  # fmt: skip
    return found[:LIST_ROWS], len(found) > LIST_ROWS


def waiting_for_me(session: Session, actor: Actor) -> int:
    """How many deliveries wait for this approver."""
    if not actor.may(Action.APPROVE):
        return 0
    waiting = select(func.count()).where(
        Delivery.organisation_id == actor.organisation_id, Delivery.state == DeliveryState.WAITING,
        Delivery.account_id != actor.account_id,
    )  # fmt: skip
    return int(session.scalar(waiting) or 0)


def person(session: Session, account_id: int | None) -> str | None:
    """The name of an account."""
    return session.scalar(select(Account.name).where(Account.id == account_id)) if account_id else None


def counts(session: Session, delivery: Delivery) -> dict[str, int]:
    """Rows of each list."""
    kept = select(DeliveryRow.verdict, func.count()).where(
        DeliveryRow.delivery_id == delivery.id, DeliveryRow.verdict != "rejected"
    )
    found: dict[str, int] = {row[0]: row[1] for row in session.execute(kept.group_by(DeliveryRow.verdict))}
    told = (
        select(DeliveryIssue.severity, func.count(DeliveryIssue.row.distinct()))
        .where(DeliveryIssue.delivery_id == delivery.id)
        .group_by(DeliveryIssue.severity)
    )
    return found | {row[0]: row[1] for row in session.execute(told)}


def page(session: Session, delivery: Delivery, verdict: str, number: int) -> Page:
    """One page of the rows with `verdict`."""
    count = counts(session, delivery).get(verdict, 0)
    pages = max(1, -(-count // PAGE_ROWS))
    number = min(number, pages)
    numbers = session.scalars(_numbers(delivery.id, verdict).limit(PAGE_ROWS).offset((number - 1) * PAGE_ROWS)).all()
    return Page(verdict, _rows(session, delivery.id, numbers), number, pages, count)


def _numbers(delivery_id: int, verdict: str) -> Any:
    if verdict in tuple(Severity):
        told = DeliveryIssue.delivery_id == delivery_id, DeliveryIssue.severity == verdict
        return select(DeliveryIssue.row).where(*told).distinct().order_by(DeliveryIssue.row)
    kept = DeliveryRow.delivery_id == delivery_id, DeliveryRow.verdict == verdict
    return select(DeliveryRow.row).where(*kept).order_by(DeliveryRow.row)


def _rows(session: Session, delivery_id: int, numbers: Sequence[int]) -> tuple[Row, ...]:
    kept = session.execute(
        select(DeliveryRow.row, DeliveryRow.content, DeliveryRow.differences, DeliveryRow.source_id, Parcel.number)
        .outerjoin(Parcel, Parcel.id == DeliveryRow.target_id)
        .where(DeliveryRow.delivery_id == delivery_id, DeliveryRow.row.in_(numbers))
    ).all()
    by_row = {row.row: row for row in kept}
    issues = issues_of(session, delivery_id, numbers)
    return tuple(_row(number, by_row.get(number), issues[number]) for number in numbers)


def _row(number: int, kept: Any, issues: Iterable[Issue]) -> Row:
    if kept is None:
        return Row(number, None, None, (), tuple(issues))
    cells = tuple(
        Cell(cell["column"], cell.get("before"), cell.get("after"), cell.get("base"), "base" in cell)
        for cell in kept.differences or ()
    )
    return Row(number, kept.content.get("name_de") or kept.source_id, kept.number, cells, tuple(issues), kept.content)


def issues_of(session: Session, delivery_id: int, numbers: Sequence[int]) -> dict[int, list[Issue]]:
    """What there is to say about the rows `numbers`, by row."""
    wanted = select(DeliveryIssue).where(DeliveryIssue.delivery_id == delivery_id, DeliveryIssue.row.in_(numbers))
    found: dict[int, list[Issue]] = defaultdict(list)
    for issue in session.scalars(wanted.order_by(DeliveryIssue.id)):
        found[issue.row].append(
            Issue(issue.row, Severity(issue.severity), issue.code, issue.field, issue.value, issue.facts)
        )
    return found


_SHAPES = text(
    """
    select jsonb_build_object('type', 'FeatureCollection', 'features', coalesce(jsonb_agg(f.feature), '[]'))::text
    from (
        select jsonb_build_object(
            'type', 'Feature',
            'properties', jsonb_build_object('row', row, 'verdict', verdict, 'name', content ->> 'name_de'),
            'geometry', st_asgeojson(st_transform(coalesce(st_simplifypreservetopology(geom, :tolerance), geom), 4326), 6)::jsonb
        ) as feature
        from delivery_row
        where delivery_id = :id and geom is not null
        order by array_position(array['conflict', 'rejected', 'changed', 'new', 'unchanged'], verdict::text), row
        limit :most
    ) f
    """  # noqa: E501 - one statement
)


def shapes(session: Session, delivery: Delivery) -> str:
    """The delivered shapes as GeoJSON (WGS 84) with row, verdict and name; simplified to what a map can show."""
    west, south, east, north = (delivery.preview or {}).get("bounds") or (0, 0, 0, 0)
    # About half a pixel of a map that shows all of them at once: 111 km a degree, 1,000 pixels.
    tolerance = max(east - west, north - south) * 111_000 / 1_000 / 2
    values = {"id": delivery.id, "tolerance": min(tolerance, 20.0), "most": SHAPES_MAX}
    return session.scalar(_SHAPES, values) or ""


def age(delivery: Delivery, now: dt.datetime) -> float:
    """Seconds since the delivery last moved."""
    return (now - delivery.changed_at).total_seconds()
