"""The map as a Folium map that loads nothing foreign; the only importer of Folium.

Folium composes what the page starts with: the map, the base map, the vector tile layers and their settings. How they
are drawn and how people work with them lives in static/map/. No text from the data passes through here: cards and
labels are built in the browser from tiles and GeoJSON.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit

import folium
from branca.element import Figure, MacroElement
from flask import request
from flask_babel import force_locale
from folium.elements import JSCSSMixin
from folium.map import Layer
from folium.template import Template
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from landportal.config import Basemap, Settings
from landportal.errors import LandportalError
from landportal.model import ParcelStatus
from landportal.web import map_words
from landportal.web.assets import FOLDER, asset
from landportal.web.standing import standing

Bounds = tuple[float, float, float, float]
"""West, south, east, north in degrees."""

THURINGIA: Bounds = (9.87, 50.20, 12.66, 51.65)
"""What the map shows where a search found nothing: the whole state."""

ZOOM_MIN = 6
ZOOM_MAX = 19


MODULES = (*sorted(path.name for path in (FOLDER / "map").glob("*.js") if path.name != "main.js"), "main.js")
"""Named all at once, so that browsers fetch them side by side instead of one import after the other; main.js starts."""

EDITOR_MODULES = tuple(sorted(path.name for path in (FOLDER / "map" / "editor").glob("*.js")))
"""Those of the shape editor, before main.js: they listen for the map's start."""


class ForeignAsset(LandportalError):
    """The finished map would load something from a host that is neither ours nor the configured base map's."""


@dataclass(frozen=True)
class MapParts:
    """What a page needs to show a map.

    `styles` are style sheets. `scripts` are classic scripts and `modules` module scripts, in this order, anywhere in
    the page. `script` goes into one inline `<script>` under the request's nonce; it waits for the modules by itself.
    `html` is the map's own box and fills the element it is put into.
    """

    styles: tuple[str, ...]
    scripts: tuple[str, ...]
    modules: tuple[str, ...]
    html: Markup
    script: Markup


class OwnFiles(JSCSSMixin):
    """Assets of a Folium element, given as paths below our static folder.

    Folium keeps its assets in lists on the class; here they are worked out for each instance, so nothing that one map
    needs can leak into another, and the address carries the fingerprint of this release.
    """

    own_js: tuple[str, ...] = ()
    own_css: tuple[str, ...] = ()

    @property
    def default_js(self) -> list[tuple[str, str]]:
        return [(path, asset(path)) for path in self.own_js]

    @property
    def default_css(self) -> list[tuple[str, str]]:
        return [(path, asset(path)) for path in self.own_css]


class PortalMap(OwnFiles, folium.Map):
    """A Folium map on our own Leaflet.

    The template has no header: Folium's would write style elements, which our Content-Security-Policy forbids, and
    forbid visitors to enlarge the page.
    """

    own_js = ("vendor/leaflet/leaflet.js",)
    own_css = ("vendor/leaflet/leaflet.css", "map/map.css")

    _template = Template(
        """
        {% macro html(this, kwargs) %}
            <div class="portal-map" data-map-frame>
                <div class="folium-map" id={{ this.get_name()|tojson }}></div>
            </div>
        {% endmacro %}

        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.portal.map({{ this.get_name()|tojson }}, {{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(self, bounds: Bounds | str) -> None:
        super().__init__(tiles=None)
        # A name that does not change lets the same page have the same bytes, and a link lead to the map.
        self._name, self._id = "map", "portal"
        # Folium's own options give the map a view at once; ours waits until its box is seen and has a size.
        self.options = {"min_zoom": ZOOM_MIN, "max_zoom": ZOOM_MAX, "bounds": bounds}


class RasterBaseMap(Layer):
    """The configured raster tile service below everything else."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.portal.baseMap(
                {{ this.url|tojson }}, {{ this.options|tojavascript }}
            );
        {% endmacro %}
        """
    )

    def __init__(self, basemap: Basemap) -> None:
        super().__init__(name="basemap", overlay=False, control=True)
        self._name, self._id = "layer", "basemap"
        self.url = basemap.url
        # Leaflet writes attributions as HTML.
        self.options = {"attribution": str(Markup.escape(basemap.attribution)), "max_native_zoom": 18}


class VectorTileLayer(OwnFiles, Layer):
    """A layer of /tiles/<tiles>/… drawn on canvas; `query` are search parameters the tiles take.

    Usable like any Folium layer: with `add_to`, in a FeatureGroup, in a LayerControl.
    """

    own_js = ("vendor/leaflet/leaflet.js",)

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            var {{ this.get_name() }} = L.portal.vectorTiles({{ this.options|tojavascript }});
        {% endmacro %}
        """
    )

    def __init__(
        self, tiles: str, root: str = "", *, query: str = "", name: str | None = None, show: bool = True
    ) -> None:
        super().__init__(name=name or tiles, overlay=True, control=True, show=show)
        self._name, self._id = "layer", tiles.replace("-", "_")
        self.options = {"tiles": tiles, "url": f"{root}/tiles/{tiles}/{{z}}/{{x}}/{{y}}.mvt", "query": query}


class DrawingTools(OwnFiles, MacroElement):
    """Leaflet-Geoman, which must be there before the map is made; it draws nothing by itself."""

    own_js = ("vendor/leaflet/leaflet.js", "vendor/leaflet-geoman/leaflet-geoman.js")

    _template = Template("{% macro script(this, kwargs) %}{% endmacro %}")

    def __init__(self) -> None:
        super().__init__()
        self._name, self._id = "tools", "drawing"


class Companions(MacroElement):
    """Everything around the drawing: controls, legend, card, keys, the tie between list and map."""

    _template = Template(
        """
        {% macro script(this, kwargs) %}
            L.portal.start({{ this._parent.get_name() }}, {{ this.settings|tojson }}, {
                {%- for name, layer in this.layers.items() %}
                {{ name|tojson }}: {{ layer.get_name() }},
                {%- endfor %}
            });
        {% endmacro %}
        """
    )

    def __init__(self, settings: dict[str, object], layers: dict[str, Layer]) -> None:
        super().__init__()
        self._name, self._id = "companions", "portal"
        self.settings = settings
        self.layers = layers


@dataclass(frozen=True)
class Purpose:
    """What one map is for. `query` filters its parcels, `number` is selected from the start."""

    mode: str
    query: str = ""
    number: str | None = None
    slug: str | None = None


ALL_STATUSES = urlencode([("status", code.value) for code in ParcelStatus if code is not ParcelStatus.WITHDRAWN])
"""A parcel's or an area's own map shows the neighbours too, whatever their status."""


def search_map(criteria_query: str, bounds: Bounds | None, settings: Settings, lang: str) -> MapParts:
    """The map beside the result list: cells from afar, parcels when close, all filtered by `criteria_query`."""
    return _parts(Purpose("search", criteria_query), bounds, settings, lang)


def picking_map(criteria_query: str, bounds: Bounds | None, settings: Settings, lang: str) -> MapParts:
    """The map of a search on a page that scrolls: a click picks a parcel, which the page listens to."""
    return _parts(Purpose("picking", criteria_query), bounds, settings, lang)


def parcel_map(number: str, bounds: Bounds, settings: Settings, lang: str, as_of: dt.date | None = None) -> MapParts:
    """The map on a parcel's page: the parcel selected, its neighbours around it, as of the end of a day."""
    return _parts(Purpose("parcel", _everything(as_of), number=number), bounds, settings, lang)


def area_map(slug: str, bounds: Bounds, settings: Settings, lang: str, as_of: dt.date | None = None) -> MapParts:
    """The map on an area's page: all of its parcels, whatever their status, as of the end of a day."""
    return _parts(Purpose("area", _everything(as_of), slug=slug), bounds, settings, lang)


def _everything(as_of: dt.date | None) -> str:
    return f"{ALL_STATUSES}&as_of={as_of}" if as_of else ALL_STATUSES


def editor_map(bounds: Bounds | None, settings: Settings, lang: str) -> MapParts:
    """The map that shapes are drawn on; how is said by static/map/editor/, loaded on these pages alone."""
    return _parts(Purpose("editor", ALL_STATUSES), bounds, settings, lang)


def _parts(purpose: Purpose, bounds: Bounds | None, settings: Settings, lang: str) -> MapParts:
    """The composed map with the values of this request put in place."""
    west, south, east, north = bounds or THURINGIA
    values = {
        "query": _encoded(purpose.query),
        "number": purpose.number,
        "slug": purpose.slug,
        "bounds": [[south, west], [north, east]],
    }
    credits = tuple(map_words.attributions(standing()))
    composed = _composed(purpose.mode, settings.basemap, lang, _root(), credits)
    script = MARK.sub(lambda mark: htmlsafe_json_dumps(values[mark[1]]), composed.script)
    return replace(composed, script=Markup(script))  # noqa: S704  every value was written by tojson


MARK = re.compile(r'"@(query|number|slug|bounds)@"')
"""What a composed map carries in place of the values of one request."""


@lru_cache(maxsize=64)
def _composed(mode: str, basemap: Basemap | None, lang: str, root: str, credits: tuple[str, ...]) -> MapParts:
    """The map as all visitors of a page get it. Kept: Folium takes ten milliseconds to compose one."""
    portal_map = PortalMap("@bounds@")
    layers: dict[str, Layer] = {}
    if basemap is not None:
        layers["basemap"] = RasterBaseMap(basemap)
    for tiles in ("admin-units", "constraints", "areas", "infrastructure"):
        # The constraints wait for a switch: at most five layers are on at first.
        layers[tiles] = VectorTileLayer(tiles, root, show=tiles != "constraints")
    layers["parcels"] = VectorTileLayer("parcels", root, query="@query@")
    for layer in layers.values():
        layer.add_to(portal_map)
    Companions(_companion_settings(mode, lang, root, credits), layers).add_to(portal_map)
    if mode != "editor":
        return rendered(portal_map, basemap)
    DrawingTools().add_to(portal_map)
    parts = rendered(portal_map, basemap)
    return replace(parts, modules=(*(asset(f"map/editor/{name}") for name in EDITOR_MODULES), *parts.modules))


def _encoded(query: str) -> str:
    """`query` with every character that is not plain percent-encoded, whoever wrote it."""
    return urlencode(parse_qsl(query, keep_blank_values=True))


def _companion_settings(mode: str, lang: str, root: str, credits: tuple[str, ...]) -> dict[str, object]:
    with force_locale(lang):
        texts = map_words.words(lang)
    return {
        "mode": mode,
        "number": "@number@",
        "slug": "@slug@",
        "lang": lang,
        "parcels": f"{root}/{lang}/parcels",
        "areas": f"{root}/{lang}/areas",
        "overlays": f"{root}/{lang}/map/layers.json",
        "icons": asset("vendor/icons.svg"),
        "attributions": list(credits),
        "sources": f"{root}/{lang}/open-data",
        "words": texts,
    }


def rendered(portal_map: folium.Map, basemap: Basemap | None) -> MapParts:
    """The parts of `portal_map` for a page of ours; ForeignAsset when anything would come from elsewhere."""
    figure = portal_map.get_root()
    assert isinstance(figure, Figure)  # noqa: S101  for the type checker: every folium.Map has one
    for child in figure._children.values():
        child.render()
    header = figure.header.render()
    parts = MapParts(
        styles=tuple(dict.fromkeys(re.findall(r'<link[^>]+href="([^"]*)"', header))),
        scripts=tuple(dict.fromkeys(re.findall(r'<script[^>]+src="([^"]*)"', header))),
        modules=tuple(asset(f"map/{name}") for name in MODULES),
        html=Markup(figure.html.render()),  # noqa: S704  our own templates, without any text from the data
        script=Markup(_waiting_for_modules(figure.script.render())),  # noqa: S704  the same, every value by tojson
    )
    _refuse_foreign(parts, header, basemap)
    return parts


def _waiting_for_modules(script: str) -> str:
    """`script`, run once static/map/main.js has put `L.portal` in place: modules load after inline scripts run."""
    return (
        "(function(){function draw(){" + script + "}"
        'if(window.L&&L.portal){draw()}else{document.addEventListener("landportal:map-ready",draw,{once:true})}})();'
    )


ADDRESS = re.compile(r"""(?:[a-z][a-z0-9+.-]*:)?//[^\s"'<>\\]+""", re.IGNORECASE)
NAMES_NOT_ADDRESSES = ("http://www.w3.org/",)


def _refuse_foreign(parts: MapParts, header: str, basemap: Basemap | None) -> None:
    for address in (*parts.styles, *parts.scripts, *parts.modules):
        if not address.startswith("/") or address.startswith("//"):
            raise ForeignAsset(f"the map would load {address}, which is not a file of the portal")
    if "<style" in header or re.search(r"<script(?![^>]*\bsrc=)[^>]*>", header):
        raise ForeignAsset("a map element writes inline styles or scripts into the page's head")
    allowed = {urlsplit(basemap.url).netloc} if basemap else set()
    own_words = json.dumps(basemap.attribution) if basemap else ""
    for address in ADDRESS.findall(f"{parts.html}{parts.script}"):
        if address.startswith(NAMES_NOT_ADDRESSES) or address in own_words:
            continue
        if urlsplit(address).netloc not in allowed:
            raise ForeignAsset(f"the map would contact {address}")


def _root() -> str:
    """The path under which the portal is mounted, empty at the root of its host."""
    return request.script_root
