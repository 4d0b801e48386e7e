"""Reading features of a collection for machines: pages in a steady order, one feature, how many there are, tiles.

The database writes the finished GeoJSON and tiles; Python passes them on. What a collection holds is said in
`services.collections`, what a filter means in `gis.cql2`; addresses and parameters belong to the web floor.

`asked` is what can be asked and the WHERE it becomes, `order` the steady order with its cursors, `written` a feature's
text, `pages` and `tiles` the answers.
"""

from landportal.services.features.asked import FeatureRequest, Filter, Span, read_value
from landportal.services.features.pages import MATCHED_MAX, Page, count, extent, read_feature, read_page, revision
from landportal.services.features.tiles import TILE_FIELDS, tile

__all__ = [
    "MATCHED_MAX",
    "TILE_FIELDS",
    "FeatureRequest",
    "Filter",
    "Page",
    "Span",
    "count",
    "extent",
    "read_feature",
    "read_page",
    "read_value",
    "revision",
    "tile",
]
