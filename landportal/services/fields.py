"""Fields for whoever may not look into gis: the web floor writes schemas and forms from them."""

from landportal.gis.fields import Field, Kind
from landportal.gis.offered_crs import CRS84, OFFERED, OfferedCrs, by_uri

__all__ = ["CRS84", "OFFERED", "Field", "Kind", "OfferedCrs", "by_uri"]
