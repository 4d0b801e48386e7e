"""What is computed from a parcel and its surroundings, kept right: net buildable land, and what fits on it.

`distances` are the rules in force, `settings` changes them, `queue` says which parcels wait and who computes which,
`questions` reads what they are computed from, `potential` computes and keeps it, `steps` lists everything that is
computed, `shown` tells it of one parcel. The queue is worked off by `services.tasks.enrichment`.
"""
