"""The way in for planners: what there is, each with a sentence."""

from __future__ import annotations

from flask import render_template

from landportal.web.planning.frame import blueprint


@blueprint.get("/")
def show() -> str:
    """The start page of planning."""
    return render_template("planning/index.html")
