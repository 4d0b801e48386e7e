"""How loud it may be in a building area: the guide values that hold where a plan sets no quota of its own."""

from __future__ import annotations

from landportal.model.parcel import Zone

TA_LAERM_DB = {
    Zone.GI: (70, 70),
    Zone.GE: (65, 50),
    Zone.MK: (60, 45),
    Zone.MD: (60, 45),
    Zone.MI: (60, 45),
    Zone.MU: (63, 45),
    Zone.WA: (55, 40),
    Zone.WS: (55, 40),
    Zone.WR: (50, 35),
}
"""Guide values of TA Lärm no. 6.1 by day and night, for orientation: a permit looks at the neighbourhood too."""
