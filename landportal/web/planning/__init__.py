"""The planner's pages: exports, land balance, context layers, distances.

`frame` holds the blueprint, each page its own module.
"""

from landportal.web.planning import balance, distances, export, exports, index, layer_uploads, layers, profile
from landportal.web.planning.frame import blueprint

__all__ = ["balance", "blueprint", "distances", "export", "exports", "index", "layer_uploads", "layers", "profile"]
