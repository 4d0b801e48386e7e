"""The one list of a parcel's fields: what filters may ask, and what machine answers, exports and tables tell.

`joined` gives the tables the fields are read from. Texts are told as codes, not in words; units stand in the names.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Integer,
    Select,
    SQLColumnExpression,
    Text,
    case,
    cast,
    func,
    literal_column,
)

from landportal.gis.fields import Field, FilterSource, Kind
from landportal.gis.relations import COUNTY, MUNICIPALITY, freshness
from landportal.model import (
    STORAGE_SRID,
    Area,
    ConstraintKind,
    DataSet,
    Freshness,
    Gas,
    OwnerKind,
    Parcel,
    ParcelStatus,
    PlanStatus,
    PriceKind,
    Servicing,
    Zone,
)

XPLAN_SPECIAL_KIND: Mapping[Zone, int] = {
    Zone.WS: 1000, Zone.WR: 1100, Zone.WA: 1200, Zone.WB: 1300, Zone.MD: 1400, Zone.MDW: 1450, Zone.MI: 1500,
    Zone.MU: 1550, Zone.MK: 1600, Zone.GE: 1700, Zone.GI: 1800,
}  # fmt: skip
"""XPlanung ``besondereArtDerBaulNutzung`` of a zone. SO is two codes (2000, 2100): only a plan tells."""

XPLAN_GENERAL_KIND: Mapping[Zone, int] = {
    Zone.WS: 1000, Zone.WR: 1000, Zone.WA: 1000, Zone.WB: 1000, Zone.MD: 2000, Zone.MDW: 2000, Zone.MI: 2000,
    Zone.MU: 2000, Zone.MK: 2000, Zone.GE: 3000, Zone.GI: 3000, Zone.SO: 4000,
}  # fmt: skip
"""XPlanung ``allgArtDerBaulNutzung``: housing, mixed, commercial, special."""

HILUCS: Mapping[Zone, str] = {
    Zone.WS: "5_1_PermanentResidentialUse", Zone.WR: "5_1_PermanentResidentialUse",
    Zone.WA: "5_2_ResidentialUseWithOtherCompatibleUses", Zone.WB: "5_2_ResidentialUseWithOtherCompatibleUses",
    Zone.MD: "5_2_ResidentialUseWithOtherCompatibleUses", Zone.MDW: "5_2_ResidentialUseWithOtherCompatibleUses",
    Zone.MI: "5_2_ResidentialUseWithOtherCompatibleUses", Zone.MU: "5_2_ResidentialUseWithOtherCompatibleUses",
    Zone.MK: "3_1_CommercialServices", Zone.GE: "2_3_LightEndProductIndustry",
    Zone.GI: "2_2_HeavyEndProductIndustry",
}  # fmt: skip
"""INSPIRE land use (HILUCSValue) that a zone stands for. SO may be anything, so it has none."""


def general_kind() -> ColumnElement[int]:
    """XPlanung ``allgArtDerBaulNutzung`` of a parcel's zone; null where the zone is not known."""
    return _by_zone(XPLAN_GENERAL_KIND, Integer())


@cache
def parcel_fields() -> tuple[Field, ...]:
    """Every field of a parcel, in the order of every answer."""
    return (*_identity(), *_planning(), *_marketing(), *_surroundings(), *_supply(), *_record(), *_keepers())


def public_fields() -> tuple[Field, ...]:
    """The fields everybody may see."""
    return tuple(field for field in parcel_fields() if not field.keepers_only)


def joined(statement: Select[Any]) -> Select[Any]:
    """`statement` over parcels with all tables that the fields are read from; it stays one row a parcel."""
    return (
        statement.outerjoin(MUNICIPALITY, MUNICIPALITY.ags == Parcel.municipality_ags)
        .outerjoin(COUNTY, COUNTY.ags == Parcel.county_ags)
        .outerjoin(Area, Area.id == Parcel.area_id)
        .outerjoin(DataSet, DataSet.id == Parcel.data_set_id)
    )


def parcel_source(fields: tuple[Field, ...] | None = None) -> FilterSource:
    """What a filter on parcels may speak of: `fields` (without them the public ones) and the parcel's shape."""
    return FilterSource(fields or public_fields(), Parcel.geom, STORAGE_SRID)


def _identity() -> tuple[Field, ...]:
    return (
        _text("number", Parcel.number, "Portalnummer", "Portal number"),
        _text("name_de", Parcel.name_de, "Bezeichnung", "Name in German"),
        _text("name_en", Parcel.name_en, "Bezeichnung englisch", "Name in English"),
        _text("ags", Parcel.municipality_ags, "Amtlicher Gemeindeschlüssel", "Municipality key (AGS)"),
        _text("municipality", MUNICIPALITY.name, "Gemeinde", "Municipality"),
        _text("county", COUNTY.name, "Landkreis oder kreisfreie Stadt", "County or city"),
        _text("area", Area.slug, "Gebiet", "Area"),
        _number("area_m2", Parcel.area_m2, "Größe (m²)", "Size (m²)"),
        _number("net_area_m2", Parcel.net_area_m2, "Netto bebaubar (m²)", "Net buildable (m²)"),
        Field("cadastral_ids", Kind.TEXTS, Parcel.cadastral_ids, "Flurstückskennzeichen", "Cadastral identifiers"),
    )


def _planning() -> tuple[Field, ...]:
    special = func.coalesce(Parcel.xplan_zone_code, _by_zone(XPLAN_SPECIAL_KIND, Integer()))
    general = general_kind()
    return (
        _text("zone", Parcel.zone, "Gebietsart (BauNVO)", "Zone (BauNVO)", Zone),
        _flag("zone_restricted", Parcel.zone_restricted, "Eingeschränkt (GEe, GIe)", "Restricted (GEe, GIe)"),
        _count("xplan_zone_code", special, "XPlanung besondereArtDerBaulNutzung", "XPlanung special kind of use"),
        _count("xplan_general_code", general, "XPlanung allgArtDerBaulNutzung", "XPlanung general kind of use"),
        _text("hilucs", _by_zone(HILUCS, Text()), "INSPIRE-Landnutzung (HILUCS)", "INSPIRE land use (HILUCS)"),
        _count("plan_status", Parcel.plan_status, "Planungsstand (XPlanung)", "Plan status (XPlanung)", PlanStatus),
        _text("plan_name", Parcel.plan_name, "Bebauungsplan", "Development plan"),
        _number("grz", _float(Parcel.grz), "Grundflächenzahl", "Site occupancy index (GRZ)"),
        _number("gfz", _float(Parcel.gfz), "Geschossflächenzahl", "Floor space index (GFZ)"),
        _number("bmz", _float(Parcel.bmz), "Baumassenzahl", "Building volume index (BMZ)"),
        _number("height_max_m", _float(Parcel.height_max_m), "Größte Höhe (m)", "Greatest height (m)"),
        _number("noise_quota_day_db", _float(Parcel.noise_quota_day_db), "Emissionskontingent Tag (dB)",
                "Noise quota by day (dB)"),
        _number("noise_quota_night_db", _float(Parcel.noise_quota_night_db), "Emissionskontingent Nacht (dB)",
                "Noise quota by night (dB)"),
        _flag("round_the_clock", Parcel.round_the_clock, "Betrieb rund um die Uhr", "Round-the-clock operation"),
    )  # fmt: skip


def _marketing() -> tuple[Field, ...]:
    return (
        _text("status", Parcel.status, "Vermarktungsstatus", "Marketing status", ParcelStatus),
        _day("status_since", Parcel.status_since, "Status seit", "Status since"),
        _text("servicing", Parcel.servicing, "Erschließung", "Servicing", Servicing),
        _day("available_from", Parcel.available_from, "Verfügbar ab", "Available from"),
        _number("price_eur_m2", _float(Parcel.price_eur_m2), "Preis (€/m²)", "Price (€/m²)"),
        _flag("price_on_request", Parcel.price_on_request, "Preis auf Anfrage", "Price on request"),
        _text("price_kind", Parcel.price_kind, "Preisart", "Kind of price", PriceKind),
        _number("lot_min_m2", _float(Parcel.lot_min_m2), "Mindestgröße (m²)", "Smallest lot (m²)"),
    )


def _surroundings() -> tuple[Field, ...]:
    return (
        _number("motorway_km", kilometres(Parcel.motorway_m), "Zur Autobahn (km)", "To the motorway (km)"),
        _text("motorway_name", Parcel.motorway_name, "Anschlussstelle", "Motorway junction"),
        _number("rail_km", kilometres(Parcel.rail_m), "Zum Güterbahnhof (km)", "To rail freight (km)"),
        _number("airport_km", kilometres(Parcel.airport_m), "Zum Flughafen (km)", "To the airport (km)"),
        Field("constraint_kinds", Kind.TEXTS, Parcel.constraint_kinds, "Beschränkungen", "Constraints",
              tuple(str(kind) for kind in ConstraintKind)),
    )  # fmt: skip


def _supply() -> tuple[Field, ...]:
    return (
        _flag("rail_siding", Parcel.rail_siding, "Gleisanschluss", "Rail siding"),
        _number("power_mw", _float(Parcel.power_mw), "Strom (MW)", "Power (MW)"),
        _text("gas", Parcel.gas, "Gas", "Gas", Gas),
        _number("water_m3_d", _float(Parcel.water_m3_d), "Trinkwasser (m³ am Tag)", "Water (m³ a day)"),
        _count("waste_water_pe", Parcel.waste_water_pe, "Abwasser (Einwohnerwerte)", "Waste water (PE)"),
        _count("fibre_mbit", Parcel.fibre_mbit, "Breitband (Mbit/s)", "Broadband (Mbit/s)"),
    )


def _record() -> tuple[Field, ...]:
    return (
        _text("description_de", Parcel.description_de, "Beschreibung", "Description in German"),
        _text("description_en", Parcel.description_en, "Beschreibung englisch", "Description in English"),
        _moment("confirmed_at", Parcel.confirmed_at, "Bestätigt am", "Confirmed at"),
        _text("freshness", freshness(), "Aktualität", "Freshness", Freshness),
        _flag("schematic", Parcel.schematic, "Schematisch", "Schematic"),
    )


def _keepers() -> tuple[Field, ...]:
    """What only officers and planners inside their scope see."""
    listed = (
        _day("status_until", Parcel.status_until, "Status bis", "Status until"),
        _text("owner_kind", Parcel.owner_kind, "Eigentümerart", "Kind of owner", OwnerKind),
        _number("power_later_mw", _float(Parcel.power_later_mw), "Strom später (MW)", "Power later (MW)"),
        _day("power_later_from", Parcel.power_later_from, "Strom später ab", "Power later from"),
        _text("power_source", Parcel.power_source, "Quelle der Leistung", "Source of the power"),
        _text("contact_name", Parcel.contact_name, "Ansprechpartner", "Contact"),
        _text("contact_phone", Parcel.contact_phone, "Telefon", "Phone"),
        _text("contact_email", Parcel.contact_email, "E-Mail", "Mail"),
        _text("confirmed_by", Parcel.confirmed_by, "Bestätigt durch", "Confirmed by"),
        _text("data_set", DataSet.name, "Datensatz", "Data set"),
        _text("source_id", Parcel.source_id, "Schlüssel im Datensatz", "Key in the data set"),
        _day("source_date", Parcel.source_date, "Datenstand", "Data as of"),
        _count("version", Parcel.version, "Fassung", "Version"),
        _moment("changed_at", Parcel.changed_at, "Geändert am", "Changed at"),
    )
    return tuple(
        Field(field.name, field.kind, field.value, field.title_de, field.title_en, field.codes, keepers_only=True)
        for field in listed
    )


# ----------------------------------------------------------------------------------------------- one field of each kind

_Value = SQLColumnExpression[Any]


def _text(name: str, value: _Value, german: str, english: str, codes: type[Enum] | None = None) -> Field:
    return Field(name, Kind.TEXT, value, german, english, _codes(codes))


def _count(name: str, value: _Value, german: str, english: str, codes: type[Enum] | None = None) -> Field:
    return Field(name, Kind.INTEGER, value, german, english, _codes(codes))


def _number(name: str, value: _Value, german: str, english: str) -> Field:
    return Field(name, Kind.NUMBER, value, german, english)


def _flag(name: str, value: _Value, german: str, english: str) -> Field:
    return Field(name, Kind.BOOLEAN, value, german, english)


def _day(name: str, value: _Value, german: str, english: str) -> Field:
    return Field(name, Kind.DATE, value, german, english)


def _moment(name: str, value: _Value, german: str, english: str) -> Field:
    return Field(name, Kind.MOMENT, value, german, english)


def _codes(listed: type[Enum] | None) -> tuple[str, ...]:
    return tuple(str(code.value) for code in listed) if listed else ()


def _float(exact: _Value) -> ColumnElement[float]:
    """Formats know no decimals of a fixed width; the shortest double that reads back the same is what was meant."""
    return cast(exact, Float)


def kilometres(metres: _Value) -> ColumnElement[float]:
    """Metres as kilometres with three decimals, rounded as floats: decimals took a sixth of a page's time."""
    km: ColumnElement[float] = func.round(metres) / literal_column("1000.0::float8", Float)  # type: ignore[assignment]
    return km


def _by_zone(values: Mapping[Zone, Any], kind: Any) -> ColumnElement[Any]:
    """Codes are written into the statement: as values they made half of its length."""
    chosen = {_constant(str(zone)): _constant(value) for zone, value in values.items()}
    return cast(case(*((zone, value) for zone, value in chosen.items()), value=Parcel.zone), kind)


def _constant(value: str | int) -> ColumnElement[Any]:
    return literal_column(f"'{value}'" if isinstance(value, str) else str(value))
