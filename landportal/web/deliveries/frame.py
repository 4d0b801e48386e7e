"""What the pages of a delivery share: the blueprint, the step a delivery stands at, and the answer to a late click."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import pgettext
from werkzeug.wrappers import Response as AnyResponse

from landportal.model import Delivery, DeliveryState
from landportal.services.deliveries.finding import BUSY, WrongStep
from landportal.web import language

blueprint = Blueprint("deliveries", __name__, url_prefix=f"{language.PREFIX}/desk")

ID = "<int(max=2147483647):delivery_id>"

_STEP_OF = {
    DeliveryState.UPLOADED: "deliveries.understand",
    DeliveryState.REFUSED: "deliveries.understand",
    DeliveryState.STAGED: "deliveries.preview",
    DeliveryState.WAITING: "deliveries.preview",
}
"""Where a delivery in each state is gone on with; the others have a result."""


@dataclass(frozen=True)
class Step:
    """One of the steps on top: done, the present one, or to come; `address` leads back where that is possible."""

    number: int
    label: str
    state: str
    address: str | None


def address_of(delivery: Delivery) -> str:
    """The page of the step at which the delivery stands."""
    state = DeliveryState(delivery.state)
    endpoint = "deliveries.progress" if state in BUSY else _STEP_OF.get(state, "deliveries.result")
    return url_for(endpoint, delivery_id=delivery.id)


def steps(delivery: Delivery | None, present: int) -> list[Step]:
    """The four steps, seen from the `present` one (1 to 4)."""
    labels = [_("Upload"), _("Understand"), pgettext("import", "Check"), pgettext("import", "Apply")]
    found = []
    for number, label in enumerate(labels, start=1):
        state = "done" if number < present else "present" if number == present else "to_come"
        found.append(Step(number, label, state, _way_back(delivery, number) if state == "done" else None))
    return found


def _way_back(delivery: Delivery | None, number: int) -> str | None:
    """Back to the columns as long as nothing was applied."""
    if number == 1:
        return url_for("deliveries.index")
    again = {DeliveryState.STAGED, DeliveryState.REFUSED, DeliveryState.FAILED}
    if number == 2 and delivery is not None and delivery.state in again:
        return url_for("deliveries.understand", delivery_id=delivery.id)
    return None


def go_to(address: str) -> AnyResponse:
    """On to another page after a form."""
    return redirect(address, 303)


@blueprint.app_template_filter()
def each_as_itself(values: Iterable[str]) -> list[tuple[str, str]]:
    """Options whose value is what is read."""
    return [(value, value) for value in values]


@blueprint.errorhandler(WrongStep)
def _on_wrong_step(_late: WrongStep) -> AnyResponse:
    """A second click, or somebody else was faster: show where the delivery stands now."""
    delivery_id = (request.view_args or {}).get("delivery_id")
    return go_to(url_for("deliveries.step", delivery_id=delivery_id))


@blueprint.after_request
def _keep_to_oneself(response: Response) -> Response:
    """A delivery changes by itself while a job is at work: no page of it is kept."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response
