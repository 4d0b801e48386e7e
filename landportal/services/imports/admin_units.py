"""What only administrative units need: rows of one key united, parents found, labels placed, abolished keys kept."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.orm import Session

_UNITE = """
update import_stage s
set geom = united.geom, population = coalesce(s.population, united.population)
from (select min(row) as row, st_multi(st_unaryunion(st_collect(geom))) as geom, max(population) as population
      from import_stage where verdict is null group by ags having count(*) > 1) united
where s.row = united.row
"""

_MARK_UNITED = """
update import_stage s set verdict = 'merged'
from (select ags, min(row) as first from import_stage where verdict is null group by ags having count(*) > 1) united
where united.ags = s.ags and s.row > united.first and s.verdict is null
"""

# The parent may come with the same file. One that neither file nor store has stays open: the row is worth having.
_PARENTS = """
update import_stage s
set parent_ags = p.ags,
    label_point = case when s.label_lon is not null and s.label_lat is not null
        then st_transform(st_setsrid(st_makepoint(s.label_lon, s.label_lat), 4326), 25832)
        else st_pointonsurface(s.geom) end
from import_stage own
left join lateral (
    select ags from (select ags from admin_unit union select ags from import_stage where verdict is null) known
    where known.ags = case length(own.ags) when 8 then left(own.ags, 5) when 5 then left(own.ags, 2) end
) p on true
where own.row = s.row and s.verdict is null
"""

_SUPERSEDED = """
insert into superseded_key (ags, name, successor_ags)
select distinct on (s.ags_2017) s.ags_2017, coalesce(s.name_2017, s.name), s.ags
from import_stage s join admin_unit u on u.ags = s.ags
where s.ags_2017 is not null and s.ags_2017 <> s.ags and length(s.ags_2017) = length(s.ags)
  and s.verdict in ('new', 'changed', 'unchanged', 'merged')
order by s.ags_2017, s.row
on conflict (ags) do update set name = excluded.name, successor_ags = excluded.successor_ags
where (superseded_key.name, superseded_key.successor_ags) is distinct from (excluded.name, excluded.successor_ags)
"""


def unite_rows(session: Session) -> int:
    """Unite rows that share a key into the first of them; returns how many rows went into another."""
    session.execute(text(_UNITE))
    merged = session.execute(text(_MARK_UNITED))
    session.execute(text(_PARENTS))
    return int(getattr(merged, "rowcount", 0))


def keep_superseded_keys(session: Session) -> None:
    """Remember keys that mergers abolished, so that older data finds its municipality of today."""
    session.execute(text(_SUPERSEDED))
