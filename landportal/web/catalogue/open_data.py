"""The page of open data: every data set with licence and date, and the ways to take it along."""

from __future__ import annotations

from flask import render_template

from landportal.services import catalogue, provenance
from landportal.web import language
from landportal.web.catalogue.frame import blueprint, distributions
from landportal.web.reading import snapshot


@blueprint.get(f"{language.PREFIX}/open-data")
def open_data() -> str:
    """Data sets to take along, and the deliveries they were made from."""
    with snapshot() as session:
        return render_template(
            "catalogue/open_data.html",
            entries=catalogue.entries(session),
            distributions=distributions,
            data_sets=provenance.credits(session),
        )
