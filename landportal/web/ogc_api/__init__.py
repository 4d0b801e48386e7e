"""OGC API: Features, Tiles and what belongs to them, at /api, for QGIS, GDAL and every program that reads open data.

`frame` has the blueprint and how every answer is made, `landing` the way in, `collections` what there is, `items` the
features, `tiles` vector tiles, `openapi` the description that clients read before they ask.
"""

from landportal.web.ogc_api import collections, items, landing, openapi, tiles
from landportal.web.ogc_api.frame import blueprint

__all__ = ["blueprint", "collections", "items", "landing", "openapi", "tiles"]
