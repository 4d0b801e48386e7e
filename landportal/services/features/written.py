"""A feature's GeoJSON, as the database writes it.

The statement for a page's features depends on the collection, the fields wanted and the CRS alone; what was found goes
in as one list of keys. So it is put together once, and the database plans it once: with 45 attributes both took longer
than reading fifty parcels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    String,
    Text,
    bindparam,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from landportal.gis.offered_crs import OfferedCrs, written_in
from landportal.services.collections.collection import Collection


@lru_cache(maxsize=64)
def features_of(collection: Collection, properties: tuple[str, ...] | None, crs: OfferedCrs) -> Select[Any]:
    """The visible features with the bound ``keys``, in their order, as one text joined by commas, and their number."""
    kind = BigInteger() if collection.key_type is int else Text()
    keys = bindparam("keys", type_=ARRAY(kind))
    page = func.unnest(keys).table_valued(column("key", kind), with_ordinality="place").render_derived("page")
    feature, joined = feature_text(collection, properties, crs)
    text = func.string_agg(feature, aggregate_order_by(literal_column("','"), page.c.place))
    found = select(text.label("features"), func.count().label("n")).select_from(collection.table)
    rows = collection.joined(found.join(page, page.c.key == collection.key))
    return rows.join(joined, true()).where(collection.visible)


def feature_text(
    collection: Collection, properties: tuple[str, ...] | None, crs: OfferedCrs
) -> tuple[ColumnElement[str], Any]:
    """A feature's GeoJSON, and what has to be joined for it: its properties as a row of their own."""
    wanted = [one for one in collection.fields if properties is None or one.name in properties]
    shape = func.st_asgeojson(
        written_in(collection.source.geometry, collection.source.srid, crs), literal_column(str(crs.digits), Integer)
    )
    parts: list[Any] = [
        literal_column("""'{"type":"Feature","id":'"""), cast(func.to_json(collection.feature_id), String),
        literal_column("""',"geometry":'"""), func.coalesce(shape, literal_column("'null'")),
        literal_column("""',"properties":'"""),
    ]  # fmt: skip
    named: list[Any] = [one.value.label(one.name) for one in wanted] or [literal(None).label("none")]
    row = select(*named).correlate_except().lateral("properties")
    # "properties.*" and not "properties": a layer may well have a column of that name.
    written = cast(func.row_to_json(literal_column("properties.*")), String) if wanted else literal_column("'{}'")
    return func.concat(*parts, written, literal_column("'}'")), row
