"""What machines can read: the portal's collections of features, each with its fields.

`collection` says what a collection is, `built_in` and `parcels` hold the portal's own, `layer_fields` those that
planners publish. Reading them is `services.features`.
"""

from landportal.services.collections.collection import Collection

__all__ = ["Collection"]
