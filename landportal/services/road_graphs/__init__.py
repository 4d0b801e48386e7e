"""The road graph of the store: read from files (`publishing`, `stretches`), written and loaded (`keeping`).

What follows from it for parcels is `services.travel` and `services.isochrones`.
"""
