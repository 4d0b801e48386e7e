"""Which columns can be imported per kind of thing, and by which German and English headings they are recognised.

Matching a file's columns with these lives in `import_matching`, how a cell is read in `import_values`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from landportal.services.import_codes import CODES
from landportal.services.import_values import folded


class ImportKind(StrEnum):
    """What a file is imported as."""

    ADMIN_UNITS = "admin-units"
    PARCELS = "parcels"
    AREAS = "areas"
    MEMBERS = "members"
    INFRASTRUCTURE = "infrastructure"
    CONSTRAINTS = "constraints"
    ROADS = "roads"


@dataclass(frozen=True)
class Column:
    """A column of ours: how its cells are read, its unit, the range the database allows, and other people's headings.

    `assumed_unit`: a number without unit is taken as ours and that is told; otherwise the heading or cell must say.
    `stored` False: compared with what we know, or known to be derived by us, but never written.
    """

    name: str
    read: str = "text"
    headings: tuple[str, ...] = ()
    unit: str | None = None
    assumed_unit: bool = False
    low: float | None = None
    high: float | None = None
    required: bool = False
    stored: bool = True

    @property
    def codes(self) -> Mapping[str, str]:
        """Words → codes of a coded column."""
        return CODES[self.read.removeprefix("code:")] if self.read.startswith("code:") else {}


def _c(
    name: str, read: str = "text", headings: str = "", *, unit: str | None = None,
    between: tuple[float | None, float | None] = (None, None), assumed: bool = False, required: bool = False,
    stored: bool = True,
) -> Column:  # fmt: skip
    titles = tuple(folded(title) for title in headings.split(",") if title.strip())
    return Column(name, read, titles, unit, assumed, between[0], between[1], required, stored)


_CONTACT = (
    _c("contact_name", headings="Ansprechpartner, Ansprechpartnerin, Kontakt, contact"),
    _c("contact_phone", headings="Telefon, Tel, phone"),
    _c("contact_email", headings="E-Mail, Mail, email"),
)
_DESCRIPTION = (
    _c(
        "description_de",
        headings="Beschreibung, description, Bemerkung, Bemerkungen, individuelle Vermerke, Vermerke, Hinweise",
    ),
    _c("description_en", headings="Beschreibung englisch, English description"),
)
_COMMON = (
    _c("schematic", "boolean", "schematisch"),
    _c("source_date", "date", "Stand, Datenstand, Stand vom, as_of"),
)

PARCEL_COLUMNS = (
    _c("number", "number_text", "parcel_number, Portalnummer, LP-Nummer, portal number"),
    _c("version", "integer", "Fassung", between=(1, None), stored=False),
    _c("name_de", headings="name, Name, Bezeichnung, Flächenname, Fläche Name, title, Titel, label", required=True),
    _c("name_en", headings="Bezeichnung englisch, English name"),
    _c("cadastral_ids", "cadastral", "Flurstückskennzeichen, Flurstücke, Flurstück, flstkennz, cadastral_id"),
    _c("area_slug", headings="Gewerbegebiet, Industriegebiet, Standort, Gebiet, industrial_area", stored=False),
    _c("municipality_ags", "key", "ags, Gemeindeschlüssel, AGS8, gemeinde_ags, Amtlicher Gemeindeschlüssel",
       stored=False),
    _c("municipality", headings="Gemeinde, Stadt, Ort, municipality, city, town", stored=False),
    _c("zone", "zone", "Gebietsart, Baugebiet, Nutzungsart, BauNVO, Art der baulichen Nutzung, Gebietstyp, zoning"),
    _c("besondere_art", "zone", "besondereArtDerBaulNutzung, besondere_art", stored=False),
    _c("allgemeine_art", "general_zone", "allgArtDerBaulNutzung", stored=False),
    _c("zone_restricted", "boolean", "eingeschränkt, restricted"),
    _c("noise_quota_day_db", "number", "LEK Tag, L_EK Tag, Emissionskontingent Tag, lek_day", unit="db",
       between=(0, 120), assumed=True),
    _c("noise_quota_night_db", "number", "LEK Nacht, L_EK Nacht, Emissionskontingent Nacht, lek_night", unit="db",
       between=(0, 120), assumed=True),
    _c("xplan_zone_code", "integer"),
    _c("plan_status", "code:plan_status",
       "Planungsstand, Rechtsstand, Planstand, Planungsrecht, Planstatus, B-Plan Status"),
    _c("plan_name", headings="Bebauungsplan, B-Plan, plan, Planname, BPlan"),
    _c("plan_link", "link", "Planlink, B-Plan Link, plan_url, Bebauungsplan Link"),
    _c("grz", "number", "Grundflächenzahl", between=(0, 1)),
    _c("gfz", "number", "Geschossflächenzahl", between=(0, 10)),
    _c("bmz", "number", "Baumassenzahl", between=(0, 100)),
    _c("height_max_m", "number", "Höhe, max. Höhe, Gebäudehöhe, Bauhöhe, Hmax, height", unit="m", between=(0, 500),
       assumed=True),
    _c("round_the_clock", "boolean", "24h, 24h-Betrieb, 24-Stunden-Betrieb, 24/7, Nachtbetrieb"),
    _c("planning_as_of", "date", "Stand Planung"),
    _c("status", "code:status", "Vermarktungsstatus, Verfügbarkeit, Flächenstatus, availability"),
    _c("status_since", "date", "Status seit"),
    _c("status_until", "date",
       "Status bis, reserviert bis, optioniert bis, Reservierung bis, Option bis, reserved until, optioned until"),
    _c("servicing", "code:servicing", "Erschließung, Erschließungsstand, Erschließungszustand, serviced"),
    _c("servicing_until", "date", "Erschließung bis, Erschließung fertig"),
    _c("available_from", "available", "verfügbar ab, frei ab, möglicher Baubeginn, Baubeginn"),
    _c("price_eur_m2", "price", "Preis erschlossen, Preis, Kaufpreis je m², Verkaufspreis, Grundstückspreis, price",
       unit="eur_m2", between=(0, 100_000), assumed=True),
    _c("price_on_request", "boolean", "Preis auf Anfrage"),
    _c("price_kind", "code:price_kind", "Preisart, Erschließungsbeitrag"),
    _c("lot_min_m2", "number", "Mindestgröße, kleinste Parzelle, min_lot, lot_min, Mindestabnahme, lot_min_ha",
       unit="m2", between=(0, None)),
    _c("owner_kind", "code:owner_kind", "Eigentümerart, Eigentum, Eigentumsverhältnisse, ownership"),
    _c("large_scale_reserve", "boolean", "Großfläche, IG, IG-Fläche, Großflächenreserve"),
    _c("power_mw", "supply", "Elektroenergie, Strom, Stromanschluss, Leistung, Anschlussleistung, electricity, power",
       unit="mw", between=(0, 10_000)),
    _c("power_later_mw", "supply", "Leistung später, Strom später", unit="mw", between=(0, 10_000)),
    _c("power_later_from", "date", "Leistung später ab"),
    _c("power_source", headings="Netzbetreiber, Auskunft Strom"),
    _c("gas", "code:gas", "Erdgas, Gasanschluss, Gasversorgung"),
    _c("water_m3_d", "supply", "Wasser, Trinkwasser, Wasserversorgung, water", unit="m3_d", between=(0, None)),
    _c("waste_water_pe", "supply_integer", "Abwasser, Kläranlage, Abwasserentsorgung, waste_water", unit="pe",
       between=(0, None), assumed=True),
    _c("fibre_mbit", "supply_integer", "Breitband, Glasfaser, Internet, Telekommunikation, fibre, broadband",
       unit="mbit", between=(0, None), assumed=True),
    _c("rail_siding", "boolean", "Gleisanschluss, Gleis, Bahnanschluss, siding"),
    _c("supply_as_of", "date", "Stand Versorgung"),
    *_DESCRIPTION,
    *_CONTACT,
    _c("confirmed_at", "moment", "bestätigt am, zuletzt bestätigt, Aktualisiert am"),
    _c("confirmed_by", headings="bestätigt durch"),
    *_COMMON,
    _c("stated_area_m2", "number",
       "Fläche, Flächengröße, Größe, Grundstücksgröße, area_m2, Bruttofläche, parcel_area, amtliche Fläche, "
       "parcel_area_sqft", unit="m2", stored=False),
    _c("derived", "derived", "Freie Fläche, Nettofläche, Erschlossene Fläche, Autobahn km, Autobahn, Bundesstraßen km, "
       "Bundesstraße, Flughafen km, Flughafen, Güterumschlag, Kreis, Landkreis, Fördergebiet, Gewerbesteuer-Hebesatz, "
       "Hebesatz, Grundsteuer B, county", stored=False),
)  # fmt: skip

AREA_COLUMNS = (
    _c("slug", "slug"),
    _c("name_de", headings="name, Name, Standort, Bezeichnung, Gewerbegebiet, Industriegebiet, Gebiet, title",
       required=True),
    _c("name_en"),
    _c("kind", "code:area_kind", "Art, Gebietsart, Typ, type"),
    _c("legal_form", "code:legal_form", "Rechtsform"),
    _c("plan_authority", headings="Planungsträger, Plangeber"),
    _c("developer", headings="Erschließungsträger, Entwickler"),
    _c("seller", headings="Verkäufer, Vermarkter"),
    _c("permit_authority", headings="Genehmigungsbehörde, Bauaufsicht"),
    _c("plan_status", "code:plan_status", "Planungsstand, Rechtsstand, Planstand"),
    _c("plan_name", headings="Bebauungsplan, B-Plan, plan, Planname"),
    _c("plan_since", "date", "Plan seit, in Kraft seit"),
    _c("gross_ha", "number", "Bruttofläche, brutto, Gesamtfläche, gross_area, area_m2", unit="ha", between=(0, None)),
    _c("net_ha", "number", "Nettofläche, netto, Nettobauland, net_area", unit="ha", between=(0, None)),
    _c("regional_plan_category", headings="Raumordnung, Vorranggebiet"),
    _c("founded", "integer", "gegründet, Gründungsjahr, Baujahr"),
    *_DESCRIPTION,
    _c("facts_source", headings="Quelle"),
    *_CONTACT,
    *_COMMON,
    _c("derived", "derived", "Freie Fläche, Erschlossene Fläche, Nettofläche Industrie, Belegte Industriefläche, "
       "Freie Industriefläche, davon gefördert, Autobahn km, Autobahn, Bundesstraßen km, Bundesstraße, Flughafen km, "
       "Flughafen, Kreis, Landkreis, Gemeinde, Fördergebiet, Gewerbesteuer-Hebesatz, Hebesatz, Grundsteuer B",
       stored=False),
)  # fmt: skip

MEMBER_COLUMNS = (
    _c("area_slug", headings="area, Gebiet, Gewerbegebiet", required=True, stored=False),
    _c("ags", "key", "Gemeindeschlüssel, municipality_ags, Gemeinde", required=True),
    _c("role", "code:role", "Rolle"),
    _c("votes", "integer", "Stimmen", between=(0, None)),
    _c("cost_share_pct", "number", "Kostenanteil, cost_share", unit="pct", between=(0, 100), assumed=True),
    _c(
        "revenue_share_pct",
        "number",
        "Ertragsanteil, Einnahmenanteil, revenue_share",
        unit="pct",
        between=(0, 100),
        assumed=True,
    ),
    _c("key_type", "code:share_key", "Schlüssel, Verteilungsschlüssel"),
    _c("valid_from", "date", "gültig ab, seit", required=True),
    _c("valid_to", "date", "gültig bis, bis"),
    _c("document", headings="Dokument, Satzung, Vertrag"),
)

ADMIN_COLUMNS = (
    _c("ags", "key", "Gemeindeschlüssel, AGS, Schlüssel", required=True),
    _c("name", headings="GEN, Name, Gemeindename", required=True),
    _c("kind", headings="BEZ, Bezeichnung, Art"),
    _c("region", headings="Planungsregion"),
    _c("population", "integer", "Einwohner, EWZ, Bevölkerung", between=(0, None)),
    _c("trade_tax_multiplier", "integer", "Gewerbesteuer-Hebesatz, Hebesatz", between=(200, 1000)),
    _c("trade_tax_year", "integer"),
    _c("label_lon", "number", stored=False),
    _c("label_lat", "number", stored=False),
    _c("ags_2017", "key", stored=False),
    _c("name_2017", stored=False),
    _c("source_date", "date", "Stand"),
)

INFRASTRUCTURE_COLUMNS = (
    _c("kind", "code:infrastructure_kind", "Art, Typ, type", required=True),
    _c("name", headings="Bezeichnung, Knotenpunkt, title", required=True),
    _c("ref", headings="Strecke, Straße, Autobahn"),
    _c("number", headings="Nummer, Anschlussstelle, AS-Nr"),
    _c("detail", headings="Einzelheit"),
    _c("voltage_kv", "voltage", "Spannung, voltage, Spannung kV", unit="kv", between=(0, 1200)),
    _c("accuracy", headings="Genauigkeit"),
    _c("source", headings="Quelle"),
    _c("attribution", headings="Quellenvermerk"),
    *_COMMON,
)

CONSTRAINT_COLUMNS = (
    _c("kind", "code:constraint_kind", "Art, Typ, type, layer, Schutzgebietsart", required=True),
    _c("name", headings="Bezeichnung, Gebietsname, title"),
    _c("grade", "code:grade", "Grad, Strenge"),
    _c("legal_basis", headings="Rechtsgrundlage, Verordnung"),
    *_COMMON,
)

ROAD_COLUMNS = (
    _c("road_class", "code:road_class", "Straßenklasse, Klasse, class, highway", required=True),
    _c("ref", headings="Strecke, Straße, Straßennummer"),
    _c("name", headings="Bezeichnung, Name"),
    _c("state", "code:road_state", "Zustand, status"),
    _c("opens_on", "date", "Freigabe, Verkehrsfreigabe"),
    _c("length_m", "number", "Länge, length", unit="m", between=(0, None), assumed=True),
    # Only for the graph; roads that are drawn do not keep them.
    _c("speed_kmh", "number", "Geschwindigkeit, km/h, speed", between=(1, 200), stored=False),
    _c("oneway", "code:oneway", "Einbahn, Einbahnstraße, Fahrtrichtung, one_way", stored=False),
    _c("built_up", "boolean", "Ortslage, innerorts, Ortsdurchfahrt", stored=False),
    _c("lorry", "boolean", "Lkw, hgv", stored=False),
    _c("max_weight_t", "number", "maxweight, Tonnage, zulässiges Gewicht", between=(0, 1000), stored=False),
    *_COMMON,
)

COLUMNS: Mapping[ImportKind, tuple[Column, ...]] = {
    ImportKind.ADMIN_UNITS: ADMIN_COLUMNS,
    ImportKind.PARCELS: PARCEL_COLUMNS,
    ImportKind.AREAS: AREA_COLUMNS,
    ImportKind.MEMBERS: MEMBER_COLUMNS,
    ImportKind.INFRASTRUCTURE: INFRASTRUCTURE_COLUMNS,
    ImportKind.CONSTRAINTS: CONSTRAINT_COLUMNS,
    ImportKind.ROADS: ROAD_COLUMNS,
}
