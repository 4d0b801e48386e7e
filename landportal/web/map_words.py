"""What the map says: texts for static/map/ in one language. Words for codes come from `wording`."""

from __future__ import annotations

from flask_babel import gettext as _

from landportal.model import ConstraintKind
from landportal.web import wording
from landportal.web.standing import Standing


def words(lang: str) -> dict[str, object]:
    """Texts by key; `{name}` in a text is filled in by the script."""
    return {
        "map": _("Map of the sites"),
        "hint": _(
            "Arrow keys move the map, plus and minus zoom. Enter opens the site under the centre, Escape closes it."
            " The list holds the same sites."
        ),
        "card": _("Chosen site"),
        "zoomIn": _("Zoom in"),
        "zoomOut": _("Zoom out"),
        "locate": _("Show my position"),
        "locateFailed": _("Your position could not be found."),
        "layers": _("Map layers"),
        "layersGround": _("Map"),
        "layersInfrastructure": _("Traffic and supply"),
        "layersConstraints": _("Constraints"),
        "layersPublished": _("Other layers"),
        "layersFailed": _("The list of other layers cannot be loaded at the moment."),
        "isochronesFailed": _("The areas cannot be loaded at the moment. The table goes on."),
        "piecesFailed": _("What can be built on cannot be drawn at the moment. The table and the sketch go on."),
        "isochroneMinutes": _("{minutes} min"),
        "feature": _("Chosen object of a layer"),
        "featureData": _("Show as data"),
        "yes": _("yes"),
        "no": _("no"),
        "fullScreen": _("Full screen"),
        "fullScreenEnd": _("Leave full screen"),
        "legend": _("Legend"),
        "sources": _("Sources"),
        "close": _("Close"),
        "viewSite": _("View site"),
        "onRequest": _("on request"),
        "neverConfirmed": _("never confirmed"),
        "unconfirmed": _("unconfirmed"),
        "cardFailed": _("The details could not be loaded. You find them on the site's page."),
        "nothingHere": _("No site under the centre of the map."),
        "baseMapDown": _("The base map cannot be reached. Borders, motorways and sites are shown without it."),
        "tilesDown": _("The map cannot be loaded at the moment. The list goes on."),
        "hectaresPerCell": _("Hectares per cell"),
        "below": _("below {high} ha"),
        "between": _("{low} to {high} ha"),
        "above": _("above {low} ha"),
        "status": _("Status"),
        "statuses": {
            code.value: {"letter": wording.STATUS_LETTER[lang][code], "label": str(label)}
            for code, label in wording.STATUS.items()
        },
        "kinds": _kinds(),
    }


def _kinds() -> dict[str, str]:
    return {
        "basemap": _("Base map"),
        "borders": _("Borders and places"),
        "areas": _("Industrial and commercial areas"),
        "motorways": _("Motorways and junctions"),
        "rail_freight": _("Rail freight terminals"),
        "station": _("Stations"),
        "airport": _("Airports"),
        "airfield": _("Airfields"),
        "substation": _("Substations"),
        **{code.value: str(wording.CONSTRAINT[ConstraintKind(code)]) for code in ConstraintKind},
    }


def attributions(frame: Standing) -> list[str]:
    """Credits in the map's corner: of the first data set, which holds the borders, and that sample data is schematic.

    All of them in full stand in the footer of every page and behind the link beside these.
    """
    lines = [line.partition(";")[0] for line in frame.attributions[:1]]
    return [*lines, _("schematic sample data")] if frame.sample_data else lines
