"""Ranking with reasons: knock-outs first, then 0 to 100 points a criterion, weighed by what somebody looks for.

`criteria` is the table of what is looked at, with `facts` (how the store says it) and `scales` (what earns how many
points); `presets` and `profile` say what somebody looks for; `evaluate` judges one parcel in Python, `ranking` orders
any number of them in the database; `stability` tells how firm the top is, `readiness` what a parcel lacks whoever asks.
Words live in `web.scoring_words`.
"""

from landportal.services.scoring.criteria import BY_CODE, CRITERIA, Criterion
from landportal.services.scoring.evaluate import Contribution, Facts, Knockout, Score, evaluate
from landportal.services.scoring.presets import profile_of, proposed_musts, proposed_weight
from landportal.services.scoring.profile import WEIGHT_MAX, Must, Preset, Profile
from landportal.services.scoring.scales import Curve, Steps

__all__ = [
    "BY_CODE",
    "CRITERIA",
    "WEIGHT_MAX",
    "Contribution",
    "Criterion",
    "Curve",
    "Facts",
    "Knockout",
    "Must",
    "Preset",
    "Profile",
    "Score",
    "Steps",
    "evaluate",
    "profile_of",
    "proposed_musts",
    "proposed_weight",
]
