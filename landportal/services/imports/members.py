"""Members of inter-municipal areas: keyed by area, municipality and first day instead of data set and source id."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Table, and_, text
from sqlalchemy.orm import Session

from landportal.services.import_issues import ImportRefused
from landportal.services.imports.applying import Upsert

# The same rule as the database's constraint trigger, asked before commit so that the answer is a sentence.
_WRONG_SHARES = """
with merged as (
    select area_id, ags, valid_from, valid_to, cost_share_pct, revenue_share_pct
    from import_stage where verdict in ('new', 'changed', 'unchanged')
    union all
    select m.area_id, m.ags, m.valid_from, m.valid_to, m.cost_share_pct, m.revenue_share_pct
    from area_member m
    where m.area_id in (select area_id from import_stage where verdict in ('new', 'changed', 'unchanged'))
      and not exists (select from import_stage s where s.verdict in ('new', 'changed', 'unchanged')
                      and (s.area_id, s.ags, s.valid_from) = (m.area_id, m.ags, m.valid_from))
)
select a.name_de, d.valid_from::text, sum(m.cost_share_pct)::float8, sum(m.revenue_share_pct)::float8
from (select distinct area_id, valid_from from merged) d
join merged m on m.area_id = d.area_id and m.valid_from <= d.valid_from
             and (m.valid_to is null or m.valid_to > d.valid_from)
join area a on a.id = d.area_id
group by a.name_de, d.area_id, d.valid_from
having abs(sum(m.cost_share_pct) - 100) > 0.01 or abs(sum(m.revenue_share_pct) - 100) > 0.01
limit 1
"""


_MISSING = """
select count(*) from area_member m
where m.area_id in (select area_id from import_stage) and not exists (
    select from import_stage s where (s.area_id, s.ags, s.valid_from) = (m.area_id, m.ags, m.valid_from))
"""


class MemberUpsert(Upsert):
    """The upsert of members; they carry no geometry and no provenance of their own."""

    def __init__(self, kind: Any, stage: Table, data_set_id: int | None, columns: list[str]) -> None:
        super().__init__(kind, stage, data_set_id, columns)
        self.columns = [name for name in self.columns if name != "geom"] + ["area_id"]

    def _joined(self) -> ColumnElement[bool]:
        return and_(*(self.target.c[name] == self.stage.c[name] for name in ("area_id", "ags", "valid_from")))

    def missing(self, session: Session) -> int:
        """Members of the named areas that the file no longer has."""
        return int(session.scalar(text(_MISSING)) or 0)

    def check_shares(self, session: Session) -> None:
        """ImportRefused when the shares of an area would not sum to 100 % on some day."""
        wrong = session.execute(text(_WRONG_SHARES)).first()
        if wrong is not None:
            area, day, cost, revenue = wrong
            raise ImportRefused("shares_not_100", area=area, day=day, cost=cost or 0, revenue=revenue or 0)
