"""The portal's collections beside its parcels: areas and grants to them, units, infrastructure, roads, constraints."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Float, Select, SQLColumnExpression, cast

from landportal.gis.fields import Field, FilterSource, Kind
from landportal.model import (
    STORAGE_SRID,
    AdminLevel,
    AdminUnit,
    Area,
    AreaKind,
    ConstraintGrade,
    ConstraintKind,
    ConstraintZone,
    Funding,
    Infrastructure,
    InfrastructureKind,
    LegalForm,
    Programme,
    Road,
    RoadClass,
    RoadState,
)
from landportal.services.collections.collection import Collection


@cache
def areas() -> Collection:
    """Industrial and commercial areas."""
    fields = (
        _text(Area.slug, "Kurzname", "Short name"),
        _text(Area.name_de, "Name", "Name in German"),
        _text(Area.name_en, "Name englisch", "Name in English"),
        _text(Area.kind, "Art", "Kind", AreaKind),
        _text(Area.legal_form, "Rechtsform", "Legal form", LegalForm),
        _number(Area.gross_ha, "Bruttofläche in ha", "Gross hectares"),
        _number(Area.net_ha, "Nettofläche in ha", "Net hectares"),
        Field("plan_status", Kind.INTEGER, Area.plan_status, "Planstand (XPlanung BP_Rechtsstand)", "Plan status"),
        _text(Area.plan_name, "Bebauungsplan", "Development plan"),
        Field("plan_since", Kind.DATE, Area.plan_since, "Plan in Kraft seit", "Plan in force since"),
        _text(Area.plan_authority, "Planungsträger", "Planning authority"),
        _text(Area.developer, "Erschließungsträger", "Developer"),
        _text(Area.seller, "Verkäufer", "Seller"),
        _text(Area.regional_plan_category, "Kategorie im Regionalplan", "Category in the regional plan"),
        Field("founded", Kind.INTEGER, Area.founded, "Gegründet", "Founded"),
        Field("schematic", Kind.BOOLEAN, Area.schematic, "Schematisch", "Schematic"),
        Field("changed_at", Kind.MOMENT, Area.changed_at, "Geändert", "Changed"),
    )
    return Collection(
        "areas", "Gewerbe- und Industriegebiete", "Industrial and commercial areas",
        "Gebiete, in denen Flächen vermarktet werden, auch interkommunale.",
        "Areas in which sites are marketed, inter-municipal ones among them.",
        _source(fields, Area.geom), Area, Area.id, Area.slug, ("areas",),
        moment="changed_at", tile_geometry=Area.geom_3857,
    )  # fmt: skip


@cache
def funded_areas() -> Collection:
    """Grants to areas, each with the area's shape: a feature for every grant."""
    fields = (
        _text(Area.slug, "Kurzname des Gebiets", "Short name of the area"),
        _text(Area.name_de, "Gebiet", "Area in German"),
        _text(Area.name_en, "Gebiet englisch", "Area in English"),
        _text(Funding.programme, "Programm", "Programme", Programme),
        Field("decided_on", Kind.DATE, Funding.decided_on, "Bewilligt am", "Decided on"),
        Field("binding_until", Kind.DATE, Funding.binding_until, "Zweckbindung bis", "Binding until"),
        _number(Funding.grant_eur, "Zuwendung in Euro", "Grant in euros"),
        _text(Funding.source, "Quelle", "Source"),
    )
    return Collection(
        "funded-areas", "Geförderte Gebiete", "Funded areas",
        "Gebiete, die aus GRW, EFRE oder ELER gefördert wurden, mit dem Ende der Zweckbindung.",
        "Areas funded from GRW, EFRE or ELER, with the end of the binding period.",
        _source(fields, Area.geom), Funding, Funding.id, Funding.id, ("areas",), Kind.INTEGER,
        joined=_with_area, tile_geometry=Area.geom_3857, moment="decided_on",
    )  # fmt: skip


def _with_area(statement: Select[Any]) -> Select[Any]:
    return statement.select_from(Funding).join(Area, Area.id == Funding.area_id)


@cache
def admin_units() -> Collection:
    """States, counties and municipalities of today."""
    fields = (
        _text(AdminUnit.ags, "Amtlicher Schlüssel", "Official key"),
        _text(AdminUnit.level, "Ebene", "Level", AdminLevel),
        _text(AdminUnit.name, "Name", "Name"),
        _text(AdminUnit.kind, "Bezeichnung", "Designation"),
        _text(AdminUnit.parent_ags, "Übergeordneter Schlüssel", "Key of the unit above"),
        _text(AdminUnit.region, "Planungsregion", "Planning region"),
        Field("population", Kind.INTEGER, AdminUnit.population, "Einwohner", "Inhabitants"),
        Field(
            "trade_tax_multiplier", Kind.INTEGER, AdminUnit.trade_tax_multiplier,
            "Gewerbesteuer-Hebesatz in %", "Trade tax multiplier in %",
        ),
        Field("trade_tax_year", Kind.INTEGER, AdminUnit.trade_tax_year, "Hebesatz des Jahres", "Multiplier in"),
    )  # fmt: skip
    return Collection(
        "admin-units", "Verwaltungsgebiete", "Administrative units",
        "Land, Landkreise, kreisfreie Städte und Gemeinden mit amtlichem Schlüssel.",
        "State, counties, independent cities and municipalities with their official key.",
        _source(fields, AdminUnit.geom), AdminUnit, AdminUnit.ags, AdminUnit.ags, ("admin-units",),
        key_type=str, visible=AdminUnit.valid_to.is_(None), tile_geometry=AdminUnit.geom_3857,
    )  # fmt: skip


@cache
def infrastructure() -> Collection:
    """Points of infrastructure."""
    fields = (
        _text(Infrastructure.kind, "Art", "Kind", InfrastructureKind),
        _text(Infrastructure.name, "Name", "Name"),
        _text(Infrastructure.ref, "Straße oder Strecke", "Road or line"),
        _text(Infrastructure.number, "Nummer", "Number"),
        _text(Infrastructure.detail, "Einzelheit", "Detail"),
        Field("voltage_kv", Kind.INTEGER, Infrastructure.voltage_kv, "Spannung in kV", "Voltage in kV"),
        _text(Infrastructure.accuracy, "Genauigkeit der Lage", "Accuracy of the position"),
        Field("source_date", Kind.DATE, Infrastructure.source_date, "Stand", "As of"),
        Field("schematic", Kind.BOOLEAN, Infrastructure.schematic, "Schematisch", "Schematic"),
    )
    return Collection(
        "infrastructure", "Infrastruktur", "Infrastructure",
        "Anschlussstellen, Güterbahnstellen, Bahnhöfe, Flughäfen, Flugplätze und Umspannwerke.",
        "Motorway junctions, rail freight points, stations, airports, airfields and substations.",
        _source(fields, Infrastructure.geom), Infrastructure, Infrastructure.id, Infrastructure.id,
        ("infrastructure",), Kind.INTEGER, tile_geometry=Infrastructure.geom_3857,
    )  # fmt: skip


@cache
def roads() -> Collection:
    """Stretches of road, those to come included."""
    fields = (
        _text(Road.road_class, "Klasse", "Class", RoadClass),
        _text(Road.ref, "Nummer", "Number"),
        _text(Road.name, "Name", "Name"),
        _text(Road.state, "Zustand", "State", RoadState),
        Field("opens_on", Kind.DATE, Road.opens_on, "Verkehrsfreigabe", "Opens on"),
        _number(Road.length_m, "Länge in m", "Length in m"),
        Field("schematic", Kind.BOOLEAN, Road.schematic, "Schematisch", "Schematic"),
    )
    return Collection(
        "roads", "Straßen", "Roads", "Überörtliche Straßen, auch geplante.", "Trunk roads, planned ones included.",
        _source(fields, Road.geom), Road, Road.id, Road.id, ("infrastructure",), Kind.INTEGER,
        tile_geometry=Road.geom_3857,
    )  # fmt: skip


@cache
def constraints() -> Collection:
    """Zones that limit building."""
    fields = (
        _text(ConstraintZone.kind, "Art", "Kind", ConstraintKind),
        _text(ConstraintZone.name, "Name", "Name"),
        _text(ConstraintZone.grade, "Wirkung", "Grade", ConstraintGrade),
        _text(ConstraintZone.legal_basis, "Rechtsgrundlage", "Legal basis"),
        Field("source_date", Kind.DATE, ConstraintZone.source_date, "Stand", "As of"),
        Field("schematic", Kind.BOOLEAN, ConstraintZone.schematic, "Schematisch", "Schematic"),
    )
    return Collection(
        "constraints", "Einschränkungen", "Constraints",
        "Schutzgebiete und andere Zonen, in denen nicht oder nicht frei gebaut werden darf.",
        "Protected and other zones in which building is excluded or restricted.",
        _source(fields, ConstraintZone.geom), ConstraintZone, ConstraintZone.id, ConstraintZone.id,
        ("constraints",), Kind.INTEGER, tile_geometry=ConstraintZone.geom_3857,
    )  # fmt: skip


def _source(fields: tuple[Field, ...], geometry: SQLColumnExpression[Any]) -> FilterSource:
    return FilterSource(fields, geometry, STORAGE_SRID)


def _text(column: Any, title_de: str, title_en: str, codes: Any = ()) -> Field:
    return Field(column.key, Kind.TEXT, column, title_de, title_en, tuple(str(code) for code in codes))


def _number(column: Any, title_de: str, title_en: str) -> Field:
    return Field(column.key, Kind.NUMBER, cast(column, Float), title_de, title_en)
