"""The fields of a context layer: every kind of value comes out of the JSON column as what it is."""

import datetime as dt

import pytest
from sqlalchemy import select

from landportal.model import ContextLayer, LayerFeature
from landportal.services.collections.layer_fields import layer_source, rows_of
from landportal.services.context_layers import layers_for
from landportal.services.permissions import actor_of

KINDS = {
    "name": "text", "end": "text", "lots": "integer", "share": "number", "binding": "boolean", "date": "date",
    "seen": "moment", "uses": "texts",
}  # fmt: skip


@pytest.fixture
def layer(session):
    layer = ContextLayer(
        name="plan", title_de="Plan", title_en="Plan", licence="CC0", attribution="Tests", source_file="plan.gpkg",
        srid=25832, geometry_kind="polygon", delivery=2,
        fields=[{"name": name, "source_name": name, "kind": kind, "title": name} for name, kind in KINDS.items()],
    )  # fmt: skip
    session.add(layer)
    session.flush()
    full = {
        "name": "Nord", "end": 'a "quoted" word', "lots": 9_007_199_254_740_993, "share": 0.5, "binding": True,
        "date": "2026-01-31", "seen": "2026-01-31T10:00:00Z", "uses": ["GE", "GI"],
    }  # fmt: skip
    for number, properties in enumerate((full, {}), 1):
        session.add(LayerFeature(layer_id=layer.id, delivery=2, key=str(number), properties=properties))
    session.add(LayerFeature(layer_id=layer.id, delivery=1, key="1", properties={"name": "old"}))
    session.flush()
    return layer


def rows(session, layer, *conditions):
    source = layer_source(layer)
    columns = [field.value.label(f"c{place}") for place, field in enumerate(source.fields)]
    found = session.execute(select(*columns).where(rows_of(layer), *conditions).order_by(LayerFeature.key))
    return [dict(zip(KINDS, row, strict=True)) for row in found]


def test_every_kind_of_value_comes_out_as_what_it_is(session, layer):
    full, empty = rows(session, layer)
    assert full == {
        "name": "Nord", "end": 'a "quoted" word', "lots": 9_007_199_254_740_993, "share": 0.5, "binding": True,
        "date": dt.date(2026, 1, 31), "seen": dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC), "uses": ["GE", "GI"],
    }  # fmt: skip
    assert set(empty.values()) == {None}


def test_fields_filter_the_rows_of_the_layer_as_it_stands(session, layer):
    source = layer_source(layer)
    assert len(rows(session, layer, source.field("end").value == 'a "quoted" word')) == 1
    assert len(rows(session, layer, source.field("seen").value < dt.datetime(2026, 2, 1, tzinfo=dt.UTC))) == 1
    assert rows(session, layer, source.field("name").value == "old") == []


def test_a_layer_of_an_organisation_is_listed_for_its_own_accounts_alone(session, layer, land, account):
    own, other = account("planner", ags="16067089"), account("planner", ags="16067072")
    assert layers_for(session, None) == (layer,)
    layer.organisation_id = layer.kept_by_id = own.organisation_id
    session.flush()
    assert layers_for(session, None) == ()
    assert layers_for(session, actor_of(own)) == (layer,)
    assert layers_for(session, actor_of(other)) == ()
