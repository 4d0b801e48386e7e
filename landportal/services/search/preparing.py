"""Making a search ready for SQL: what only geometry can answer is looked at once, and noted in the criteria.

So is what a plan should know: whether its words are spelled as anybody spells them (reckoning with typing errors reads
an index for each of them), and which units its keys stand for today.
"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import ColumnElement, and_, bindparam, exists, select, true
from sqlalchemy.orm import Session

from landportal.gis import filters
from landportal.model import AdminUnit, Parcel, SupersededKey
from landportal.services.search.assembling import gathered
from landportal.services.search.criteria import SearchCriteria
from landportal.services.search.fitting import examined


def prepared(
    session: Session, criteria: SearchCriteria, land: ColumnElement[bool], part: ColumnElement[bool] | None = None
) -> SearchCriteria:
    """`criteria`, ready for the parcels of `land`: those of the public, or of an actor's scope.

    A tile looks at its own `part` of the land alone; which parcels make a group does not depend on the tile.
    """
    if criteria.ags and not criteria.current_keys:
        criteria = replace(criteria, ags=_keys_of_today(session, criteria.ags), current_keys=True)
    if criteria.q and criteria.spelled is None:
        known = session.scalar(select(exists(select(Parcel.id).where(filters.has_words(criteria.q)))))
        criteria = replace(criteria, spelled=bool(known))
    if criteria.assemble_min_ha is not None:
        return gathered(session, criteria, land)
    return examined(session, criteria, and_(land, true() if part is None else part))


_SUCCESSORS = select(SupersededKey.ags, SupersededKey.successor_ags).where(
    SupersededKey.ags.in_(bindparam("keys", expanding=True)),
    ~exists(select(AdminUnit.ags).where(AdminUnit.ags == SupersededKey.ags)),
)


def _keys_of_today(session: Session, keys: tuple[str, ...]) -> tuple[str, ...]:
    """Superseded keys as those of their successors."""
    successors = {row.ags: row.successor_ags for row in session.execute(_SUCCESSORS, {"keys": keys})}
    return tuple(successors.get(key, key) for key in keys)
