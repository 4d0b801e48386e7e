"""The planner's pages: exports, land balance, context layers. `frame` holds the blueprint, each page its own module."""

from landportal.web.planning import index, layer_uploads, layers
from landportal.web.planning.frame import blueprint

__all__ = ["blueprint", "index", "layer_uploads", "layers"]
