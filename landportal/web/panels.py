"""The filters beside a search as finished markup, kept by what they show.

Drawing them was two thirds of what a search page cost in its template. They are decided by the conditions, the numbers
behind the choices and the reader's language alone: the same again are not drawn again. What was put in wrongly is.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import fields, replace
from typing import Protocol

from flask import current_app, render_template, request
from markupsafe import Markup

from landportal.services.search import Facets
from landportal.web.filter_form import FilterForm
from landportal.web.language import current
from landportal.web.profile_form import ProfileForm
from landportal.web.reading import today
from landportal.web.standing import standing

KEPT = 256
"""Panels kept in each process: about 20 MB."""
_KEY = "landportal-panels"


class Beside(Protocol):
    """A view with filters."""

    @property
    def form(self) -> FilterForm:
        """The fields."""

    @property
    def ranking(self) -> ProfileForm | None:
        """The controls of the profile, where the list is ranked."""


def filter_panel(view: Beside) -> Markup:
    """The filters of `view` in the reader's language."""
    if view.form.reading.problems:
        return _drawn(view)
    panels: dict[Hashable, Markup] = current_app.extensions.setdefault(_KEY, {})
    shown = _shown(view)
    kept = panels.get(shown)
    if kept is None:
        if len(panels) >= KEPT:
            panels.clear()
        kept = panels[shown] = _drawn(view)
    return kept


def _drawn(view: Beside) -> Markup:
    html = render_template("search/_filters.html", view=view)
    return Markup(html)  # noqa: S704 - our own template escapes its data


def _shown(view: Beside) -> Hashable:
    """Everything the template reads. The choices of counties and areas are those of the frame of the page."""
    form = view.form
    given = tuple(pair for pair in form.reading.given.items(multi=True) if pair[0] != "page")
    about = (type(form), view.ranking is None, current(), request.script_root, today(), standing())
    return (*about, replace(form.criteria, page=1), given, tuple(form.names.items()), _numbers(form.facets))


def _numbers(facets: Facets | None) -> Hashable:
    if facets is None:
        return None
    values = (getattr(facets, one.name) for one in fields(facets))
    return tuple(tuple(value.items()) if isinstance(value, dict) else value for value in values)
