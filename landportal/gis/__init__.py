"""Geometry, CRS, clauses, tiles and formats: sorted by technique. No Flask, no user, no permission."""
