"""Shapes of parcels: checked, drawn, redrawn, split, merged, read from a file. Every way asks the same `check_shape`.

Plane geometry itself lives in `gis.shapes` and `gis.cutting`, who may change a parcel in `permissions`, saving a
redrawn one in `editing`, what became of a parcel in `lineage`.
"""

from landportal.gis.cutting import GAP_M
from landportal.gis.notes import CannotRead
from landportal.gis.shapes import BadShape, read_line, read_shape
from landportal.services.editing import OPERATIONS
from landportal.services.shapes.checks import Subject, check_shape, check_text, subject
from landportal.services.shapes.drawing import NewParcel, Redrawing, ShapeRefused, draw, redraw
from landportal.services.shapes.findings import Finding, ShapeCheck, Weight
from landportal.services.shapes.merging import Differing, MergePreview, Merging, choosable, merge, preview_merge
from landportal.services.shapes.operations import Divided, carry_out
from landportal.services.shapes.splitting import Part, Splitting, line_geojson, line_text, preview_split, split
from landportal.services.shapes.surroundings import (
    area_choices,
    bounds_of_scope,
    parcel_at_desk,
    shape_now,
    view_geojson,
)
from landportal.services.shapes.uploads import Candidate, read_upload

OPERATIONS.update(split=carry_out, merge=carry_out)

__all__ = [
    "GAP_M",
    "BadShape",
    "Candidate",
    "CannotRead",
    "Differing",
    "Divided",
    "Finding",
    "MergePreview",
    "Merging",
    "NewParcel",
    "Part",
    "Redrawing",
    "ShapeCheck",
    "ShapeRefused",
    "Splitting",
    "Subject",
    "Weight",
    "area_choices",
    "bounds_of_scope",
    "carry_out",
    "check_shape",
    "check_text",
    "choosable",
    "draw",
    "line_geojson",
    "line_text",
    "merge",
    "parcel_at_desk",
    "preview_merge",
    "preview_split",
    "read_line",
    "read_shape",
    "read_upload",
    "redraw",
    "shape_now",
    "split",
    "subject",
    "view_geojson",
]
