"""OGC API: Features, Tiles and what belongs to them, at /api, for QGIS, GDAL and every program that reads open data.

`frame` has the blueprint and how every answer is made, `landing` the way in, `collections` what there is, `items` the
features, `writing` their editing (with `bodies` and `problems`), `access` who asks, `tiles` vector tiles, `openapi` the
description that clients read before they ask.
"""

from landportal.web.ogc_api import access, collections, items, landing, openapi, tiles, writing
from landportal.web.ogc_api.frame import blueprint

__all__ = ["access", "blueprint", "collections", "items", "landing", "openapi", "tiles", "writing"]
