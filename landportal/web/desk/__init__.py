"""The officer's desk: what needs one first, one's parcels, editing, status, second eyes, history. One module a page.

Shapes, documents and deliveries have rooms of their own; `frame` is what all of them share.
"""

from __future__ import annotations

from landportal.web.desk import edit, history, listing, many, parcel, proposals, status
from landportal.web.desk.frame import blueprint

__all__ = ["blueprint", "edit", "history", "listing", "many", "parcel", "proposals", "status"]
