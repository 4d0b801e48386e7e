"""Does a building fit: a rectangle of W × D metres in any rotation inside the net area, and the largest ones.

`hall` is the question and its answers, `placing` the exact test, `anywhere` the same for searches, `largest` the
largest rectangles, `kept` the bounds that are kept per parcel so that a search asks the exact test only where they
leave it open, `steps` the same in finer steps. Below them: `land` (one piece of land), `convex` (closed form where it
is convex), `rooms` (exact erosion at one angle), `turning` (all angles). Geometry is EPSG:25832, metres; nothing knows
the store. What is net area is `buildable`.
"""

from landportal.gis.fit.anywhere import anywhere
from landportal.gis.fit.hall import Hall, Misfit, Placement, Rectangle
from landportal.gis.fit.kept import RATIOS, Bound, bounds, decide
from landportal.gis.fit.largest import largest_rectangle
from landportal.gis.fit.placing import fits, place
from landportal.gis.fit.steps import STEPS, decision, stepped_bounds

__all__ = [
    "RATIOS",
    "STEPS",
    "Bound",
    "Hall",
    "Misfit",
    "Placement",
    "Rectangle",
    "anywhere",
    "bounds",
    "decide",
    "decision",
    "fits",
    "largest_rectangle",
    "place",
    "stepped_bounds",
]
