"""The distances that buildings keep, with source and day: the list, and the form that sets one from a day on."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from flask import make_response, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as AnyResponse

from landportal.errors import InvalidInput, NotAllowed
from landportal.model import CAUSES, ConstraintGrade
from landportal.services.days import today
from landportal.services.enrichment import settings
from landportal.services.permissions import Action
from landportal.web import formats, potential_words, signed_in
from landportal.web.deliveries.frame import go_to
from landportal.web.desk import frame as desk_frame
from landportal.web.planning.frame import blueprint
from landportal.web.planning.layer_form import plain

FIELDS = ("cause", "grade", "distance_m", "source", "valid_from", "verified", "plan_name", "ags")

_NUMBER = re.compile(r"\d{1,4}(?:[.,]\d)?", re.ASCII)
_KEY = re.compile(r"\d{2}|\d{5}|\d{8}", re.ASCII)


@dataclass
class DistanceForm:
    """The entries as typed, and what is wrong with which."""

    values: Mapping[str, str]
    problems: dict[str, str] = field(default_factory=dict)

    def wanted(self) -> settings.NewDistance | None:
        """What the entries ask for; None where one of them cannot be read."""
        distance, day = self._distance(), self._day()
        ags = self.values["ags"] or None
        if ags and not _KEY.fullmatch(ags):
            self.problems["ags"] = _("An official key has 2, 5 or 8 digits, for example 16067.")
        if distance is None or day is None or self.problems:
            return None
        return settings.NewDistance(
            self.values["cause"], self.values["grade"], distance, self.values["source"], day,
            self.values["verified"] == "1", self.values["plan_name"] or None, ags,
        )  # fmt: skip

    def summary(self) -> list[tuple[str, str]]:
        """Every problem with the id of its field."""
        return [(f"f-{name}", sentence) for name, sentence in self.problems.items()]

    def _distance(self) -> Decimal | None:
        text = self.values["distance_m"]
        if not _NUMBER.fullmatch(text):
            self.problems["distance_m"] = _problem("distance_out_of_range")
            return None
        return Decimal(text.replace(",", "."))

    def _day(self) -> dt.date | None:
        try:
            return dt.date.fromisoformat(self.values["valid_from"])
        except ValueError:
            self.problems["valid_from"] = _("Please enter a day like 2026-03-14.")
            return None


@blueprint.get("/distances")
def distances() -> str:
    """Every distance with its source, and the form to set one."""
    signed_in.actor_for(Action.SET_DISTANCES)
    given = {name: plain(request.args.get(name, ""))[:200] for name in FIELDS}
    return _page(DistanceForm({**given, "valid_from": given["valid_from"] or today().isoformat()}))


@blueprint.post("/distances")
def set_distance() -> AnyResponse:
    """Set one; the page again where an entry cannot be used."""
    actor = signed_in.actor_for(Action.SET_DISTANCES)
    form = DistanceForm({name: plain(request.form.get(name, "")) for name in FIELDS})
    wanted = form.wanted()
    if wanted is not None:
        try:
            with signed_in.writing() as session:
                settings.change(session, actor, wanted)
        except NotAllowed:
            form.problems["plan_name" if wanted.plan_name is None else "ags"] = _(
                "General distances are set by the state; you set those of plans in your place."
            )
        except InvalidInput as refused:
            form.problems[refused.field or "cause"] = _problem(str(refused))
    if form.problems:
        return make_response(_page(form), 422)
    desk_frame.say(_("The distance is set. What it changes is being computed."))
    return go_to(url_for("planning.distances"))


def _page(form: DistanceForm) -> str:
    with signed_in.looking() as session:
        listed = settings.listed(session)
    return render_template(
        "planning/distances.html", form=form, listed=listed, plain=formats.plain_number, words=potential_words,
        causes=[(str(cause), potential_words.cause(cause)) for cause in CAUSES],
        grades=[(str(grade), potential_words.grade(grade)) for grade in ConstraintGrade],
    )  # fmt: skip


def _problem(code: str) -> str:
    return {
        "unknown_cause": _("Please choose from the list."),
        "unknown_grade": _("Please choose from the list."),
        "distance_out_of_range": _("Please enter metres from 0 to 5000, with one decimal at most."),
        "source_needed": _("Please name law and section, or the plan, in at most 200 characters."),
        "day_out_of_range": _("Please enter a date between 1990 and 2100."),
        "plan_and_place_together": _("A plan and its place belong together: please state both or neither."),
        "unknown_place": _("We know no place with this key."),
    }[code]
