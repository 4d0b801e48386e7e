"""What is computed from a parcel and its surroundings, kept right: net buildable land, and what fits on it.

`distances` are the settings, `queue` says which parcels wait, `inputs` reads what they are computed from, `potential`
computes and keeps it, `steps` lists everything that is computed, `running` works the queue off.
"""
