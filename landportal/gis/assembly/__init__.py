"""Parcels that make one site together: which lie side by side, which groups of them reach a size, what a group is.

`contiguity` says as SQL which parcels belong together, `groups` finds groups in the graph of neighbours, `union` is the
land of one group with what lies between its parcels. Whose parcels are looked at is decided above.
"""

from landportal.gis.assembly.contiguity import GAP_MAX_M, ROAD_WIDTH_M, contiguous_group, neighbours_of
from landportal.gis.assembly.groups import MEMBERS_MAX, Group, Site, find_groups
from landportal.gis.assembly.union import Assembled, assembled

__all__ = [
    "GAP_MAX_M",
    "MEMBERS_MAX",
    "ROAD_WIDTH_M",
    "Assembled",
    "Group",
    "Site",
    "assembled",
    "contiguous_group",
    "find_groups",
    "neighbours_of",
]
