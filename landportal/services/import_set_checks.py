"""Checks that need other rows, of the file or of the store: one SQL statement each over the whole stage.

They work on the temporary tables ``import_stage`` and ``import_issue``. Single rows are judged in `import_checks`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from landportal.model import TRANSITIONS
from landportal.services.import_columns import ImportKind

SLIVER_SHARE = 0.01
SLIVER_M2 = 10.0
"""An overlap below this share of the smaller parcel, or below this area, is a drawing inaccuracy: told, not warned."""

OVERLAP_REJECTED = 0.5
"""From this share of the smaller parcel on two parcels claim the same land: the later one is refused."""

SAME_LAND = 0.95
"""From this share of both on, two geometries are the same land."""

AREA_TOLERANCE = 0.05
"""A stated area may differ from the measured one by this share before it is told."""


@dataclass(frozen=True)
class SetCheck:
    """One statement that inserts issues; what their severity does is applied before the next check.

    `geometric`: it looks at the shapes of rows, so there is nothing to do where rows have none.
    """

    kinds: frozenset[ImportKind]
    statement: TextClause
    geometric: bool = False


@dataclass(frozen=True)
class Circumstances:
    """What the checks need to know beside the rows. Rows outside `ags` (beginning of a key) or `area_id` are rejected.

    Without either, everything is inside. `shapes`: whether rows bring geometry.
    """

    source: str
    anywhere: bool
    reach_m: float
    shapes: bool = True
    ags: str | None = None
    area_id: int | None = None
    scoped: bool = False


_ALL = frozenset(ImportKind)
_GEOMETRIC = _ALL - {ImportKind.MEMBERS, ImportKind.ADMIN_UNITS}
_PARCELS = frozenset({ImportKind.PARCELS})

_DUPLICATE_KEY = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'rejected', 'duplicate_key', 'source_id', source_id, jsonb_build_object('other', first)
from (select row, source_id, min(row) over (partition by source_id) as first
      from import_stage where verdict is null) s
where row > first
"""

_DUPLICATE_GEOMETRY = """
insert into import_issue (row, severity, code, field, facts)
select row, 'rejected', 'duplicate_geometry', 'geometry', jsonb_build_object('other', first)
from (select row, min(row) over (partition by st_asbinary(st_normalize(geom)){grouped}) as first
      from import_stage where verdict is null) s
where row > first
"""

# A row counts as inside as soon as it touches land of a municipality: the database then derives which one.
_OUT_OF_AREA = """
insert into import_issue (row, severity, code, field, facts)
select s.row, case when :anywhere then 'note' else 'rejected' end,
       case when :anywhere then 'anywhere' when :no_region then 'no_region' else 'out_of_area' end, 'geometry', '{}'
from import_stage s
where s.verdict is null and not exists (
    select from admin_unit u where u.level = 'municipality' and u.valid_to is null and st_intersects(u.geom, s.geom))
"""

_FAR_FROM_REGION = """
insert into import_issue (row, severity, code, field, facts)
select s.row, 'rejected', 'far_from_region', 'geometry', jsonb_build_object('km', :reach_m / 1000)
from import_stage s, (select st_setsrid(st_extent(geom)::geometry, 25832) as box
                      from admin_unit where level = 'municipality') region
where s.verdict is null and not :anywhere and region.box is not null and not st_dwithin(s.geom, region.box, :reach_m)
"""

# Only overlaps with an area count ('2********'): neighbours that share a border are the rule. A parcel that covers
# several others is compared with each; the later row is the one that is told. Rows are compared by their difference,
# so that the planner does not combine the index of rows with that of places: half of all rows come before any other
# (100,000 rows: 94 s instead of 1).
_OVERLAP_IN_FILE = """
insert into import_issue (row, severity, code, field, facts)
select row, case when share >= :rejected then 'rejected' when share < :sliver_share or m2 < :sliver_m2 then 'note'
                 else 'warning' end,
       case when share < :sliver_share or m2 < :sliver_m2 then 'sliver' else 'overlap_in_file' end, 'geometry',
       jsonb_build_object('other', other, 'share', round((share * 100)::numeric, 1), 'm2', round(m2))
from (select b.row, a.row as other, o.m2, o.m2 / least(st_area(a.geom), st_area(b.geom)) as share
      from import_stage a
      join import_stage b on a.row - b.row < 0 and st_intersects(a.geom, b.geom)
                         and st_relate(a.geom, b.geom, '2********')
      cross join lateral (select st_area(st_intersection(a.geom, b.geom))::float8 as m2 offset 0) o
      where a.verdict is null and b.verdict is null) pair
"""

_OVERLAP_IN_STORE = """
insert into import_issue (row, severity, code, field, facts)
select row,
       case when share >= :rejected then 'rejected' when share < :sliver_share or m2 < :sliver_m2 then 'note'
            else 'warning' end,
       case when of_both >= :same then 'duplicate_in_store'
            when share < :sliver_share or m2 < :sliver_m2 then 'sliver' else 'overlap_in_store' end, 'geometry',
       jsonb_build_object('other', number, 'source', name, 'share', round((share * 100)::numeric, 1), 'm2', round(m2))
from (select s.row, p.number, d.name, o.m2,
             o.m2 / least(st_area(s.geom), p.area_m2) as share, o.m2 / greatest(st_area(s.geom), p.area_m2) as of_both
      from import_stage s
      join parcel p on st_intersects(p.geom, s.geom) and st_relate(p.geom, s.geom, '2********')
      join data_set d on d.id = p.data_set_id
      cross join lateral (select st_area(st_intersection(s.geom, p.geom))::float8 as m2 offset 0) o
      where s.verdict is null and p.status <> 'withdrawn' and not exists (
          select from import_stage own where own.target_id = p.id and own.verdict is null)) pair
"""

# Numbers of parcels and slugs of areas are unique in the same way: within the file, and against the rest of the store.
_TAKEN = """
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'rejected', '{name}_taken', '{name}', s.{name}, jsonb_build_object('source', d.name)
from import_stage s join {table} t on t.{name} = s.{name} join data_set d on d.id = t.data_set_id
where s.verdict is null and {not_itself}
"""

_TWICE = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'rejected', 'duplicate_key', '{name}', {name}, jsonb_build_object('other', first)
from (select row, {name}, min(row) over (partition by {name}) as first
      from import_stage where verdict is null and {name} is not null) s
where row > first
"""

# A parcel found by number has an area already: an unknown name must not take it away.
_AREA_UNKNOWN = """
insert into import_issue (row, severity, code, field, value, facts)
select row, case when :shapes then 'warning' else 'rejected' end,
       case when :shapes then 'area_unknown' else 'area_not_found' end, 'area_slug', area_slug, '{}'
from import_stage where verdict is null and area_slug is not null and area_id is null
"""

# The file's key may be one that a merger abolished; names are compared without regard to case and to "Stadt".
_MUNICIPALITY_DIFFERS = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'warning', 'municipality_differs', 'municipality', coalesce(municipality_ags, municipality),
       jsonb_build_object('derived', coalesce(name || ' (' || ags || ')', '–'))
from (
    select s.row, s.municipality_ags, s.municipality, u.ags, u.name,
           coalesce(k.successor_ags, s.municipality_ags) as stated
    from import_stage s
    left join superseded_key k on k.ags = s.municipality_ags
    left join lateral (select derive_municipality(s.geom) as ags offset 0) d on true
    left join admin_unit u on u.ags = d.ags
    where s.verdict is null and (s.municipality_ags is not null or s.municipality is not null)
) s
where ags is not null and (
    (stated is not null and stated <> ags)
    or (stated is null
        and fold_text(name) <> fold_text(regexp_replace(municipality, ',? Stadt$|^Stadt |^Gemeinde ', ''))))
"""

_AREA_DIFFERS = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'warning', 'area_differs', 'area', stated_area_m2::text,
       jsonb_build_object('stated', round(stated_area_m2), 'measured', round(st_area(geom)))
from import_stage
where verdict is null and abs(st_area(geom) - stated_area_m2) > :area_tolerance * greatest(stated_area_m2, 1)
"""

# The land as the row brings it and as it is stored must lie inside.
_OUTSIDE_SCOPE = """
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'rejected', 'outside_scope', 'geometry', coalesce(u.name, s.place, '–'), '{}'
from (
    select s.row, coalesce(s.area_id, p.area_id) as area_id, p.id as target_id, p.area_id as stored_area_id,
           p.municipality_ags as stored_place, coalesce(derive_municipality(s.geom), p.municipality_ags) as place
    from import_stage s left join parcel p on p.id = s.target_id
    where s.verdict is null offset 0
) s left join admin_unit u on u.ags = s.place
where :scoped and (:shapes or s.target_id is not null) and (
    not coalesce(starts_with(s.place, :ags) or s.area_id = :area_id, false)
    or (s.target_id is not null
        and not coalesce(starts_with(s.stored_place, :ags) or s.stored_area_id = :area_id, false)))
"""

_TRANSITIONS_LISTED = ", ".join(
    f"('{one}', '{other}')" for one, following in TRANSITIONS.items() for other in following
)

# A monthly file may have missed a step in between: told, never refused.
_STATUS_JUMP = f"""
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'warning', 'status_jump', 'status', s.status,
       jsonb_build_object('before_status', p.status, 'after_status', s.status)
from import_stage s join parcel p on p.id = s.target_id
where s.verdict is null and s.status is not null and s.status <> p.status
  and (p.status, s.status) not in ({_TRANSITIONS_LISTED})
"""  # noqa: S608 - names of our own columns and codes, no values

_MEMBER_AREA = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'rejected', 'member_area_unknown', 'area_slug', area_slug, '{}'
from import_stage where verdict is null and area_id is null
"""

_MEMBER_MUNICIPALITY = """
insert into import_issue (row, severity, code, field, value, facts)
select row, 'rejected', 'municipality_unknown', 'ags', s.ags, '{}'
from import_stage s where verdict is null and not exists (select from admin_unit u where u.ags = s.ags)
"""

_KEY_TAKEN = """
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'rejected', 'key_taken', 'ags', s.ags, jsonb_build_object('source', d.name)
from import_stage s join admin_unit u on u.ags = s.ags join data_set d on d.id = u.data_set_id
where s.verdict is null and d.name <> :source
"""

_KEY_ABOLISHED = """
insert into import_issue (row, severity, code, field, value, facts)
select s.row, 'rejected', 'key_abolished', 'ags', s.ags, jsonb_build_object('successor', u.name || ' (' || u.ags || ')')
from import_stage s join superseded_key k on k.ags = s.ags join admin_unit u on u.ags = k.successor_ags
where s.verdict is null
"""

_APPLY_REJECTIONS = """
update import_stage s set verdict = i.severity
from import_issue i where i.row = s.row and i.severity in ('rejected', 'left_out') and s.verdict is null
"""

_RESOLVE_AREA = """
update import_stage s set area_id = coalesce(
    (select id from area where slug = s.area_slug),
    (select min(id) from area where fold_text(name_de) = fold_text(s.area_slug) having count(*) = 1))
where area_slug is not null
"""


def _geometric(statement: str) -> list[SetCheck]:
    # One junction may belong to two motorways, one stretch to two roads: only the same thing twice is a duplicate.
    by_kind = {
        ImportKind.CONSTRAINTS: ", kind, name",
        ImportKind.INFRASTRUCTURE: ", kind, name, ref, number",
        ImportKind.ROADS: ", ref, name",
    }
    kinds = sorted(_GEOMETRIC)
    return [SetCheck(frozenset({kind}), text(statement.format(grouped=by_kind.get(kind, ""))), True) for kind in kinds]


def _unique(kind: ImportKind, table: str, name: str) -> list[SetCheck]:
    itself = "t.id = s.target_id" if table == "parcel" else "d.name = :source and t.source_id = s.source_id"
    names = {"table": table, "name": name, "not_itself": f"({itself}) is not true"}
    return [SetCheck(frozenset({kind}), text(check.format(**names))) for check in (_TWICE, _TAKEN)]


CHECKS: tuple[SetCheck, ...] = (
    SetCheck(frozenset({ImportKind.PARCELS, ImportKind.MEMBERS}), text(_RESOLVE_AREA)),
    SetCheck(_ALL - {ImportKind.ADMIN_UNITS}, text(_DUPLICATE_KEY)),
    *_geometric(_DUPLICATE_GEOMETRY),
    SetCheck(frozenset({ImportKind.PARCELS, ImportKind.AREAS, ImportKind.CONSTRAINTS}), text(_OUT_OF_AREA), True),
    SetCheck(_PARCELS, text(_OUTSIDE_SCOPE)),
    SetCheck(frozenset({ImportKind.INFRASTRUCTURE, ImportKind.ROADS}), text(_FAR_FROM_REGION)),
    SetCheck(frozenset({ImportKind.ADMIN_UNITS}), text(_KEY_TAKEN)),
    SetCheck(frozenset({ImportKind.ADMIN_UNITS}), text(_KEY_ABOLISHED)),
    SetCheck(frozenset({ImportKind.MEMBERS}), text(_MEMBER_AREA)),
    SetCheck(frozenset({ImportKind.MEMBERS}), text(_MEMBER_MUNICIPALITY)),
    *_unique(ImportKind.PARCELS, "parcel", "number"),
    *_unique(ImportKind.AREAS, "area", "slug"),
    SetCheck(_PARCELS, text(_OVERLAP_IN_STORE), True),
    SetCheck(_PARCELS, text(_OVERLAP_IN_FILE), True),
    SetCheck(_PARCELS, text(_AREA_UNKNOWN)),
    SetCheck(_PARCELS, text(_MUNICIPALITY_DIFFERS), True),
    SetCheck(_PARCELS, text(_AREA_DIFFERS), True),
    SetCheck(_PARCELS, text(_STATUS_JUMP)),
)


def check_sets(session: Session, kind: ImportKind, given: Circumstances) -> None:
    """Run the checks for `kind` in order; a row that one rejects is not looked at by the next."""
    session.execute(text("create index on import_stage using gist (geom)"))
    session.execute(text("create index on import_stage (source_id)"))
    session.execute(text("analyze import_stage"))
    no_region = not session.scalar(text("select exists (select from admin_unit where level = 'municipality')"))
    values = {
        **dataclasses.asdict(given), "no_region": no_region,
        "rejected": OVERLAP_REJECTED, "sliver_share": SLIVER_SHARE, "sliver_m2": SLIVER_M2, "same": SAME_LAND,
        "area_tolerance": AREA_TOLERANCE,
    }  # fmt: skip
    for check in CHECKS:
        if kind in check.kinds and (given.shapes or not check.geometric):
            wanted = {name: values[name] for name in check.statement.compile().params if name in values}
            session.execute(check.statement, wanted)
            session.execute(text(_APPLY_REJECTIONS))
