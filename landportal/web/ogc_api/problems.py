"""Why a write was refused, as RFC 9457 problem details that point into the feature that was sent (RFC 6901)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from flask import Response, jsonify
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from landportal.services.feature_edits import PromisedLand, VersionChanged
from landportal.services.feature_input import Fault, FeatureRefused
from landportal.services.fields import Kind
from landportal.services.shapes import BadShape, ShapeRefused, Weight
from landportal.web.desk import values
from landportal.web.ogc_api.frame import blueprint
from landportal.web.shapes import words

SHOWN_MAX = 100
"""More is wrong only with what was never meant as a site."""


def problem(status: int, title: str, detail: str, errors: Sequence[Mapping[str, str]] = ()) -> Response:
    """A refusal; `errors` are pairs of `pointer` and `detail`."""
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = list(errors[:SHOWN_MAX])
    response = jsonify(body)
    response.status_code, response.mimetype = status, "application/problem+json"
    response.headers["Cache-Control"] = "no-store"
    return response


def _not_taken(errors: Sequence[Mapping[str, str]], detail: str | None = None) -> Response:
    return problem(422, _("This site cannot be saved like this."), detail or _("Nothing was saved."), errors)


@blueprint.errorhandler(FeatureRefused)
def _on_feature(refused: FeatureRefused) -> Response:
    return _not_taken([{"pointer": fault.pointer, "detail": _sentence(fault)} for fault in refused.faults])


def _sentence(fault: Fault) -> str:
    own = SENTENCES.get(fault.problem.code)
    return own(fault) if own else values.problem(fault.name or "", fault.problem)


KINDS = {
    Kind.TEXT: _l("a text"),
    Kind.INTEGER: _l("a whole number"),
    Kind.NUMBER: _l("a number"),
    Kind.BOOLEAN: _l("true or false"),
    Kind.DATE: _l("a date like 2027-06-30"),
    Kind.MOMENT: _l("a moment like 2027-06-30T12:00:00Z"),
    Kind.TEXTS: _l("a list of texts"),
}

SENTENCES: Mapping[str, Callable[[Fault], str]] = {
    "read_only": lambda _f: _("This cannot be changed here. Please leave it out, or send the value it has."),
    "unknown_member": lambda _f: _("A site has no such member."),
    "unknown_property": lambda _f: _("A site has no such property."),
    "wrong_type": lambda f: _("This has to be %(kind)s.", kind=KINDS[Kind(str(f.problem.facts["kind"]))]),
    "code_unknown": lambda f: _not_among(str(f.problem.facts["allowed"])),
    "not_a_feature": lambda _f: _("A GeoJSON feature is needed."),
    "other_id": lambda _f: _("This is the number of another site than the address names."),
    "other_crs": lambda _f: _("Please name the coordinate reference system in the header Content-Crs."),
    "geometry_missing": lambda _f: _("A site has a shape. Please send a Polygon or MultiPolygon."),
    "status_of_new": lambda _f: _("A new site begins as preparing or available."),
    "name_missing": lambda _f: _("Please give a name."),
    "name_too_long": lambda _f: _("The name is too long."),
}


def _not_among(codes: str) -> str:
    return _("This has to be one of: %(codes)s.", codes=codes) if codes else _("There is no area of this name.")


@blueprint.errorhandler(ShapeRefused)
def _on_shape(refused: ShapeRefused) -> Response:
    found = [finding for finding in refused.check.findings if finding.weight is not Weight.TOLD]
    yes = _("What only wants to be confirmed is saved with the header “Prefer: handling=lenient”.")
    only_yes = not refused.check.refused
    return _not_taken(
        [{"pointer": "/geometry", "detail": words.finding(finding)} for finding in found],
        f"{_('Nothing was saved.')} {yes}" if only_yes else None,
    )


@blueprint.errorhandler(BadShape)
def _on_bad_shape(bad: BadShape) -> Response:
    return _not_taken([{"pointer": "/geometry", "detail": words.bad_shape(bad)}])


@blueprint.errorhandler(VersionChanged)
def _on_changed(_changed: VersionChanged) -> Response:
    return problem(
        412, _("Somebody else was faster."), _("The site has changed since. Please read it again before you change it.")
    )


@blueprint.errorhandler(PromisedLand)
def _on_promised(_promised: PromisedLand) -> Response:
    return problem(
        409, _("This site cannot be withdrawn."), _("It is promised to somebody. Please make it available first.")
    )
