"""Codes → words: how workbooks and sentences of the services call the closed lists, German and English.

Every word here is one that an import understands (`import_codes` goes the other way); pages have words of their own.
"""

from __future__ import annotations

from collections.abc import Mapping

Words = Mapping[str, tuple[str, str]]
"""Code → (German, English)."""

WORDS: Mapping[str, Words] = {
    "status": {
        "preparing": ("in Vorbereitung", "in preparation"),
        "available": ("frei", "available"),
        "reserved": ("reserviert", "reserved"),
        "optioned": ("optioniert", "optioned"),
        "sold": ("verkauft", "sold"),
        "leased": ("verpachtet", "leased"),
        "own_use": ("Eigenbedarf", "own use"),
        "withdrawn": ("zurückgezogen", "withdrawn"),
    },
    "plan_status": {
        "1000": ("Aufstellungsbeschluss", "started"),
        "2000": ("Entwurf", "draft"),
        "2100": ("Frühzeitige Behördenbeteiligung", "early authorities"),
        "2200": ("Frühzeitige Öffentlichkeitsbeteiligung", "early public"),
        "2300": ("Behördenbeteiligung", "authorities"),
        "2400": ("Öffentliche Auslegung", "public display"),
        "3000": ("Satzungsbeschluss", "adopted"),
        "4000": ("in Kraft", "in force"),
        "4500": ("Teilweise untergegangen", "partly void"),
        "5000": ("Untergegangen", "void"),
        "50000": ("Aufgehoben", "repealed"),
        "50001": ("Außer Kraft", "out of force"),
    },
    "servicing": {
        "full": ("voll erschlossen", "fully serviced"),
        "partial": ("teilweise erschlossen", "partly serviced"),
        "under_way": ("Erschließung im Bau", "under way"),
        "none": ("nicht erschlossen", "not serviced"),
    },
    "price_kind": {
        "contribution_free": ("erschließungsbeitragsfrei", "contribution free"),
        "contribution_due": ("erschließungsbeitragspflichtig", "contribution due"),
        "leasehold": ("Erbbauzins", "leasehold"),
    },
    "owner_kind": {
        "public": ("öffentlich", "public"),
        "private": ("privat", "private"),
        "agency": ("Entwicklungsgesellschaft", "agency"),
    },
    "gas": {
        "none": ("nicht vorhanden", "no"),
        "available": ("vorhanden", "available"),
        "low_pressure": ("Niederdruck", "low pressure"),
        "medium_pressure": ("Mitteldruck", "medium pressure"),
        "high_pressure": ("Hochdruck", "high pressure"),
    },
    "boolean": {"true": ("ja", "yes"), "false": ("nein", "no")},
}

HEADINGS: Words = {
    "number": ("Portalnummer", "Portal number"),
    "version": ("Fassung", "Version"),
    "name_de": ("Bezeichnung", "Name"),
    "name_en": ("Bezeichnung englisch", "English name"),
    "cadastral_ids": ("Flurstückskennzeichen", "Cadastral_id"),
    "area_slug": ("Industriegebiet", "Industrial area"),
    "municipality_ags": ("Amtlicher Gemeindeschlüssel", "Municipality_ags"),
    "municipality": ("Gemeinde", "Municipality"),
    "zone": ("Gebietsart", "Zoning"),
    "besondere_art": ("besondereArtDerBaulNutzung", "Besondere_art"),
    "allgemeine_art": ("allgArtDerBaulNutzung", "Allgemeine_art"),
    "zone_restricted": ("Eingeschränkt", "Restricted"),
    "noise_quota_day_db": ("LEK Tag (dB)", "LEK day (dB)"),
    "noise_quota_night_db": ("LEK Nacht (dB)", "LEK night (dB)"),
    "xplan_zone_code": ("xplan_zone_code", "xplan_zone_code"),
    "plan_status": ("Planungsstand", "Plan_status"),
    "plan_name": ("Bebauungsplan", "Plan"),
    "plan_link": ("Bebauungsplan Link", "Plan_url"),
    "grz": ("Grundflächenzahl", "GRZ"),
    "gfz": ("Geschossflächenzahl", "GFZ"),
    "bmz": ("Baumassenzahl", "BMZ"),
    "height_max_m": ("max. Höhe (m)", "Height (m)"),
    "round_the_clock": ("24-Stunden-Betrieb", "Round the clock"),
    "planning_as_of": ("Stand Planung", "Planning as of"),
    "status": ("Vermarktungsstatus", "Status"),
    "status_since": ("Status seit", "Status since"),
    "status_until": ("Status bis", "Reserved until"),
    "servicing": ("Erschließung", "Servicing"),
    "servicing_until": ("Erschließung bis", "Servicing until"),
    "available_from": ("Verfügbar ab", "Available from"),
    "price_eur_m2": ("Preis (€/m²)", "Price (€/m²)"),
    "price_on_request": ("Preis auf Anfrage", "Price on request"),
    "price_kind": ("Preisart", "Price kind"),
    "lot_min_m2": ("Mindestgröße (m²)", "Min lot (m²)"),
    "owner_kind": ("Eigentümerart", "Ownership"),
    "large_scale_reserve": ("Großfläche", "Large scale reserve"),
    "power_mw": ("Strom (MW)", "Power (MW)"),
    "power_later_mw": ("Strom später (MW)", "Power later (MW)"),
    "power_later_from": ("Leistung später ab", "Power later from"),
    "power_source": ("Netzbetreiber", "Power source"),
    "gas": ("Gasversorgung", "Gas"),
    "water_m3_d": ("Trinkwasser (m³/d)", "Water (m³/d)"),
    "waste_water_pe": ("Abwasser (EW)", "Waste water (PE)"),
    "fibre_mbit": ("Breitband (Mbit/s)", "Broadband (Mbit/s)"),
    "rail_siding": ("Gleisanschluss", "Rail siding"),
    "supply_as_of": ("Stand Versorgung", "Supply as of"),
    "description_de": ("Beschreibung", "Description"),
    "description_en": ("Beschreibung englisch", "English description"),
    "contact_name": ("Ansprechpartner", "Contact"),
    "contact_phone": ("Telefon", "Phone"),
    "contact_email": ("E-Mail", "Email"),
    "confirmed_at": ("Bestätigt am", "Confirmed at"),
    "confirmed_by": ("Bestätigt durch", "Confirmed by"),
    "schematic": ("Schematisch", "Schematic"),
    "source_date": ("Datenstand", "As_of"),
    "stated_area_m2": ("Grundstücksgröße (m²)", "Area_m2"),
    "derived": ("vom Portal berechnet", "worked out by the portal"),
}
"""Our columns of parcels as headings that an import understands, units in brackets."""

SHOWN: Words = {
    "geom": ("Umriss", "Shape"),
    "area_id": ("Gebiet", "Area"),
    "xplan_zone_code": ("XPlanung-Code", "XPlanung code"),
    "besondere_art": ("XPlanung: besondere Art", "XPlanung: special kind"),
    "allgemeine_art": ("XPlanung: allgemeine Art", "XPlanung: general kind"),
    "cadastral_ids": ("Flurstückskennzeichen", "Cadastral identifiers"),
    "municipality_ags": ("Amtlicher Gemeindeschlüssel", "Municipality key (AGS)"),
    "noise_quota_day_db": ("Emissionskontingent Tag (dB)", "Noise quota by day (dB)"),
    "noise_quota_night_db": ("Emissionskontingent Nacht (dB)", "Noise quota by night (dB)"),
    "plan_status": ("Planungsstand", "Plan status"),
    "plan_url": ("Link zum Bebauungsplan", "Link to the plan"),
    "lot_min_m2": ("Mindestgröße (m²)", "Smallest lot (m²)"),
    "price_kind": ("Preisart", "Kind of price"),
    "status_until": ("Reserviert oder optioniert bis", "Reserved or optioned until"),
    "stated_area_m2": ("Grundstücksgröße (m²)", "Stated area (m²)"),
    "source_date": ("Datenstand", "Data as of"),
}
"""What pages call columns whose heading in a workbook reads less well, and those that have none."""


def column_word(name: str, language: str) -> str:
    """What people call one of our columns of parcels, in ``de`` or ``en``; the name itself where nobody said."""
    return (SHOWN.get(name) or HEADINGS.get(name) or (name, name))[language == "en"]
