"""Collections of features: which fields each has, where SQL finds them, and who may see them.

One module a collection. Filters, machine answers, exports and tables are written from these lists, so that a field is
named, typed and closed to the public in one place.
"""
