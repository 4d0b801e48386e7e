"""The road network: files → graph → minutes and kilometres, and from where a place is reached.

`speeds` says how fast who drives where, `osm` and `lines` read roads, `building` joins them to a `graph`, `access` ties
places to it, `routing` finds ways, `isochrones` what lies within minutes. Arrays in, arrays out: no session, no file of
the store. Lengths are metres, times minutes, coordinates EPSG:25832.
"""
