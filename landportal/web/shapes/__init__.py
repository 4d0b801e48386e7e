"""Shapes of parcels at the desk: draw, redraw, split, merge, upload, and the live check behind the map.

`words` says what a check found, `form` what the editor's pages share; the pages themselves are `drawing`, `splitting`
and `merging`, what their script asks for is `live`. What may be saved is decided in `services.shapes`.
"""

from __future__ import annotations

from landportal.web.shapes import drawing, live, merging, splitting
from landportal.web.shapes.form import blueprint

__all__ = ["blueprint", "drawing", "live", "merging", "splitting"]
