"""Finding parcels: one `SearchCriteria`, one WHERE for list, count, facets, map, tiles and machine answers.

`criteria` says what can be asked, `result` what comes back, `find` reads pages, `facets` counts further choices,
`relax` finds the nearest way out of an empty result, `machine` lets the database write GeoJSON and tiles.
"""

from landportal.gis.fit import Hall
from landportal.services.search.criteria import BoundingBox, SearchCriteria, Sort
from landportal.services.search.result import CountyChoice, Facets, ParcelSummary, Relaxation, SearchResult, SizeStep

__all__ = [
    "BoundingBox",
    "CountyChoice",
    "Facets",
    "Hall",
    "ParcelSummary",
    "Relaxation",
    "SearchCriteria",
    "SearchResult",
    "SizeStep",
    "Sort",
]
