"""Words → codes: how offices write the closed lists of our model, in German and English, and XPlanung's numbers.

Every code is also a word for itself. Keys are folded (lower case, umlauts spelt out, underscores).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from landportal.model import (
    AreaKind,
    ConstraintGrade,
    ConstraintKind,
    Gas,
    InfrastructureKind,
    LegalForm,
    OwnerKind,
    ParcelStatus,
    PlanStatus,
    PriceKind,
    RoadClass,
    RoadState,
    Servicing,
    Zone,
)
from landportal.model.area import MemberRole, ShareKey
from landportal.services.import_values import folded


def _words(codes: Iterable[StrEnum], **words: str) -> Mapping[str, str]:
    table = {str(code): str(code) for code in codes}
    for code, listed in words.items():
        table.update({folded(word): code for word in listed.split(",")})
    return table


_PLAN_WORDS = {
    PlanStatus.STARTED: "Aufstellungsbeschluss, Planung begonnen, in Aufstellung, started, plan started",
    PlanStatus.DRAFT: "Entwurf, draft, in Planung",
    PlanStatus.EARLY_AUTHORITIES: "Frühzeitige Behördenbeteiligung, early_authorities",
    PlanStatus.EARLY_PUBLIC: "Frühzeitige Öffentlichkeitsbeteiligung, early_public",
    PlanStatus.AUTHORITIES: "Behördenbeteiligung, authorities",
    PlanStatus.PUBLIC_DISPLAY: "Öffentliche Auslegung, Auslegung, Veröffentlichung, public_display, public display",
    PlanStatus.ADOPTED: "Satzung, Satzungsbeschluss, beschlossen, adopted",
    PlanStatus.IN_FORCE: "In Kraft getreten, in Kraft, rechtskräftig, rechtsverbindlich, Baurecht, Baurecht vorhanden, "
    "rechtskräftiger Bebauungsplan, in_force, in force, zoned",
    PlanStatus.PARTLY_VOID: "Teilweise untergegangen, partly_void",
    PlanStatus.VOID: "Untergegangen, void",
    PlanStatus.REPEALED: "Aufgehoben, repealed",
    PlanStatus.OUT_OF_FORCE: "Außer Kraft, out_of_force",
}

XPLAN_ZONES: Mapping[int, Zone] = {
    1000: Zone.WS, 1100: Zone.WR, 1200: Zone.WA, 1300: Zone.WB, 1400: Zone.MD, 1450: Zone.MDW, 1500: Zone.MI,
    1550: Zone.MU, 1600: Zone.MK, 1700: Zone.GE, 1800: Zone.GI, 2000: Zone.SO, 2100: Zone.SO,
}  # fmt: skip
"""XPlanung ``besondereArtDerBaulNutzung`` → BauNVO zone."""

RESIDENTIAL = frozenset({Zone.WS, Zone.WR, Zone.WA, Zone.WB})

ZONE_WORDS: Mapping[str, Zone] = {
    **{zone.lower(): zone for zone in Zone},
    **{
        folded(word): zone
        for zone, words in {
            Zone.GE: "Gewerbegebiet, Gewerbe, commercial, Gewerbefläche",
            Zone.GI: "Industriegebiet, Industrie, industrial, Industriefläche",
            Zone.SO: "Sondergebiet, sonstiges Sondergebiet, special",
            Zone.MI: "Mischgebiet, mixed",
            Zone.MU: "Urbanes Gebiet, urban",
            Zone.MK: "Kerngebiet",
            Zone.MD: "Dorfgebiet",
            Zone.MDW: "Dörfliches Wohngebiet",
            Zone.WS: "Kleinsiedlungsgebiet",
            Zone.WR: "Reines Wohngebiet",
            Zone.WA: "Allgemeines Wohngebiet",
            Zone.WB: "Besonderes Wohngebiet",
        }.items()
        for word in words.split(",")
    },
}

CODES: Mapping[str, Mapping[str, str]] = {
    "status": _words(
        ParcelStatus,
        available="frei, verfügbar, zu verkaufen, sofort verfügbar, free, for sale, vacant",
        reserved="reserviert",
        optioned="optioniert, Option, option",
        preparing="in Vorbereitung, Vorbereitung, in Entwicklung, geplant, in preparation, planned",
        sold="verkauft, belegt, vergeben, occupied",
        leased="verpachtet, vermietet, let, rented",
        own_use="Eigenbedarf, nicht verfügbar, nicht verfügbar / Eigenbedarf, unavailable, own use",
        withdrawn="zurückgezogen, zurückgestellt",
    ),
    "plan_status": {
        **{str(int(status)): str(int(status)) for status in PlanStatus},
        **{folded(word): str(int(status)) for status, words in _PLAN_WORDS.items() for word in words.split(",")},
    },
    "servicing": _words(
        Servicing,
        full="voll erschlossen, vollerschlossen, erschlossen, vollständig, ja, yes, serviced, fully serviced",
        partial="teilerschlossen, teilweise, teilweise erschlossen, partly, partly serviced",
        under_way="Erschließung im Bau, im Bau, in Erschließung, under construction, under way",
        none="unerschlossen, nicht erschlossen, nein, no, unserviced, not serviced, keine",
    ),
    "price_kind": _words(
        PriceKind,
        contribution_free="ebf, erschließungsbeitragsfrei, erschlossen, beitragsfrei",
        contribution_due="ebp, erschließungsbeitragspflichtig, beitragspflichtig, unerschlossen",
        leasehold="Erbbaurecht, Erbpacht, Erbbauzins, Pacht, lease",
    ),
    "owner_kind": _words(
        OwnerKind,
        public="öffentlich, kommunal, Gemeinde, Stadt, Kommune, Land, municipal, state",
        private="privat, Privateigentum",
        agency="LEG, Entwicklungsgesellschaft, Landesentwicklungsgesellschaft, Zweckverband, Wirtschaftsförderung",
    ),
    "gas": _words(
        Gas,
        none="nein, keine, nicht vorhanden, no, 0, false",
        available="ja, vorhanden, yes, x, 1, true",
        low_pressure="Niederdruck, ND",
        medium_pressure="Mitteldruck, MD",
        high_pressure="Hochdruck, HD",
    ),
    "area_kind": _words(
        AreaKind,
        industrial="Industriegebiet, Industrie, GI, Industriegroßfläche",
        commercial="Gewerbegebiet, Gewerbe, GE, Gewerbepark",
        logistics="Logistik, GVZ, Güterverkehrszentrum, Logistikpark",
        brownfield="Brachfläche, Brache, Altstandort, Konversionsfläche",
    ),
    "legal_form": _words(
        LegalForm,
        single_municipality="einzelgemeindlich, Gemeinde, Kommune",
        purpose_agreement="Zweckvereinbarung",
        special_purpose_association="Zweckverband",
        planning_association="Planungsverband, Planungsverband §205, Planungsverband § 205 BauGB",
        joint_institution="gkAöR, gemeinsame kommunale Anstalt",
        limited_company="GmbH",
        county_and_municipality="Landkreis+Gemeinde, Landkreis und Gemeinde",
    ),
    "role": _words(MemberRole, member="Mitglied", seat="Sitz, Sitzgemeinde, Sitz des Verbands"),
    "share_key": _words(
        ShareKey, land="Fläche, eingebrachte Fläche", cost="Kosten", inhabitants="Einwohner", fixed="fest, feste Quote"
    ),
    "infrastructure_kind": _words(
        InfrastructureKind,
        motorway_junction="Anschlussstelle, Autobahnanschluss, Autobahnanschlussstelle, AS, AK, AD, junction, "
        "motorway junction",
        rail_freight="Güterverkehrsstelle, Güterbahnhof, Gleisanschluss, KV-Terminal, Terminal, rail freight, "
        "freight terminal",
        station="Bahnhof, Haltepunkt, railway station",
        airport="Flughafen, Verkehrsflughafen",
        substation="Umspannwerk, UW",
        airfield="Flugplatz, Landeplatz, Verkehrslandeplatz",
    ),
    "constraint_kind": _words(
        ConstraintKind,
        flood="Überschwemmungsgebiet, Hochwasser, ÜSG",
        nature="Naturschutz, Naturschutzgebiet, NSG, FFH, FFH-Gebiet, Landschaftsschutzgebiet, LSG, Vogelschutzgebiet, "
        "SO_SchutzgebietNaturschutzrecht, BP_SchutzPflegeEntwicklungsFlaeche",
        water="Wasserschutz, Wasserschutzgebiet, WSG, Trinkwasserschutzgebiet, Heilquellenschutzgebiet, "
        "SO_SchutzgebietWasserrecht",
        heritage="Denkmal, Denkmalschutz, Bodendenkmal, Archäologie, SO_Denkmalschutzrecht",
        contamination="Altlast, Altlasten, Altlastenverdacht, Altlastverdachtsfläche",
        power_line="Hochspannungsleitung, Freileitung, Schutzstreifen, power line",
        forest="Wald, Waldfläche, SO_Forstrecht",
        mining="Bergbau, Bergbaugebiet, SO_Bergrecht",
    ),
    "grade": _words(
        ConstraintGrade, excluded="Ausschluss, ausgeschlossen, Tabu", restricted="Einschränkung, eingeschränkt"
    ),
    "road_class": _words(
        RoadClass,
        motorway="Autobahn, Bundesautobahn, BAB, A",
        federal_road="Bundesstraße, B, trunk, primary, federal road",
        state_road="Landesstraße, L, secondary, state road",
        local_road="Kreisstraße, Gemeindestraße, K, tertiary, local road",
    ),
    "oneway": _words(
        (),
        forth="forth, ja, yes, true, 1, x, in Richtung, FT, F",
        back="back, -1, reverse, gegen Richtung, TF, T",
        both="both, nein, no, false, 0, beide, B",
    ),
    "road_state": _words(
        RoadState,
        open="in Betrieb, offen, freigegeben",
        under_construction="im Bau, under construction, construction",
        planned="geplant, in Planung",
    ),
}
