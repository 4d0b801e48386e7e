"""What all planner's pages share: their blueprint and the list of what there is to go to."""

from __future__ import annotations

from flask import Blueprint

from landportal.web import language

blueprint = Blueprint("planning", __name__, url_prefix=f"{language.PREFIX}/planning")
