"""What templates may call: the functions of `wording`, `formats` and `placing`, under their own names."""

from __future__ import annotations

from flask import Flask

from landportal.web import (
    cards,
    formats,
    panels,
    placing,
    readiness,
    scoring_charts,
    scoring_words,
    silhouettes,
    wording,
)
from landportal.web.reading import today

FILTERS = (
    *(
        formats.hectares,
        formats.kilometres,
        formats.metres,
        formats.square_metres,
        formats.euros,
        formats.price,
        formats.percent,
    ),
    *(formats.date, formats.month, formats.number, formats.bandwidth, formats.plain_number),
    *(wording.status, wording.status_letter, wording.zone_name, wording.plan, wording.constraint),
    *(wording.confirmed, wording.freshness, wording.confirmed_briefly, wording.name, wording.title, wording.county),
    *(placing.road, placing.direction),
    *(scoring_words.profile_name, scoring_words.criterion_name, scoring_words.drops_out, scoring_words.unjudged),
    *(scoring_words.reason, scoring_words.score_range, scoring_words.known_of, readiness.more_points),
)
GLOBALS = (
    *(wording.zone, wording.unknown, wording.not_checked, wording.sites, wording.place, wording.in_language),
    *(
        formats.size,
        formats.unit,
        silhouettes.silhouette,
        silhouettes.silhouette_of_group,
        cards.card,
        panels.filter_panel,
    ),
    scoring_charts.score_interval,
)


def install(app: Flask) -> None:
    """Make them known to every template; lines that hold only a tag leave no blank line behind."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for function in FILTERS:
        app.add_template_filter(function)
    for function in GLOBALS:
        app.add_template_global(function)
    app.add_template_global(today)
