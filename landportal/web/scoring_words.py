"""Ranking in words: what profiles, criteria and limits are called, what a fact reads like, why a parcel drops out."""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_pgettext, ngettext, pgettext
from flask_babel.speaklater import LazyString

from landportal.model import Freshness, Gas, PlanStatus, Servicing
from landportal.services.scoring import Contribution, Criterion, Curve, Knockout, Must, Preset, Score
from landportal.web import formats, wording
from landportal.web.profile_params import WEIGHT

PRESET: dict[Preset, LazyString] = {
    Preset.LOGISTICS: lazy_pgettext("profile", "Logistics"),
    Preset.PRODUCTION: lazy_pgettext("profile", "Production"),
    Preset.FOOD: lazy_pgettext("profile", "Food"),
    Preset.DATA_CENTRE: lazy_pgettext("profile", "Data centre"),
    Preset.CRAFTS: lazy_pgettext("profile", "Crafts"),
    Preset.LABORATORY: lazy_pgettext("profile", "Laboratory"),
    Preset.NEUTRAL: lazy_pgettext("profile", "All alike"),
}

CRITERION: dict[str, LazyString] = {
    "size": lazy_pgettext("criterion", "Size"),
    "net": lazy_pgettext("criterion", "Net buildable"),
    "price": lazy_pgettext("criterion", "Price"),
    "motorway": lazy_pgettext("criterion", "Motorway"),
    "rail": lazy_pgettext("criterion", "Rail freight"),
    "airport": lazy_pgettext("criterion", "Airport"),
    "power": lazy_pgettext("criterion", "Power"),
    "fibre": lazy_pgettext("criterion", "Fibre"),
    "gas": lazy_pgettext("criterion", "Gas"),
    "water": lazy_pgettext("criterion", "Water"),
    "waste_water": lazy_pgettext("criterion", "Waste water"),
    "night": lazy_pgettext("criterion", "Night work"),
    "plan": lazy_pgettext("criterion", "Plan"),
    "servicing": lazy_pgettext("criterion", "Servicing"),
    "available": lazy_pgettext("criterion", "Available"),
    "fresh": lazy_pgettext("criterion", "Confirmed"),
    "flood": lazy_pgettext("criterion", "Flood"),
    "constraints": lazy_pgettext("criterion", "Other constraints"),
}

_FLOOD = {
    "no": lazy_pgettext("flood", "outside flood zones"),
    "yes": lazy_pgettext("flood", "in a flood zone"),
}


def profile_name(preset: str) -> str:
    """What a kind of firm is called."""
    return str(PRESET[Preset(preset)])


def criterion_name(code: str) -> str:
    """What a criterion is called."""
    return str(CRITERION[code])


def parameter_name(name: str | None) -> str | None:
    """What a parameter of a profile is called; None for any other."""
    if name == "profile":
        return _("Ranked for")
    if name == "must":
        return _("What drops out")
    if name and name.startswith(WEIGHT) and name.removeprefix(WEIGHT) in CRITERION:
        return _("Weight of %(criterion)s", criterion=criterion_name(name.removeprefix(WEIGHT)))
    return None


def amount(criterion: Criterion, value: float | str) -> str:
    """A fact or a limit of `criterion` as people read it: 12,40 ha, fully serviced, at once."""
    if isinstance(value, str):
        return _code(criterion.code, value)
    match criterion.code:
        case "size" | "net":
            return f"{formats.number(value, 2)}{formats.NBSP}ha"
        case "price":
            return str(formats.price(value))
        case "rail" if value == 0:
            return pgettext("rail", "siding on the site")
        case "motorway" | "rail" | "airport":
            return f"{formats.number(value, 1)}{formats.NBSP}km"
        case "fibre":
            return str(formats.bandwidth(int(value)))
        case "available":
            return _in_days(round(value))
        case "constraints":
            return ngettext("%(num)s kind", "%(num)s kinds", round(value)) if value else pgettext("constraint", "none")
        case "waste_water":
            return _("%(count)s PE", count=formats.number(value))
    return str(formats.unit(value, criterion.unit or ""))


def _code(code: str, value: str) -> str:
    match code:
        case "gas":
            return str(wording.GAS[Gas(value)])
        case "plan":
            return wording.plan(PlanStatus[value.upper()])
        case "servicing":
            return str(wording.SERVICING[Servicing(value)])
        case "fresh":
            return wording.freshness_step(Freshness(value))
    return str(_FLOOD[value])


def _in_days(days: int) -> str:
    if days == 0:
        return pgettext("available", "now")
    if days < 60:
        return ngettext("in %(num)s day", "in %(num)s days", days)
    months = round(days / 30.4)
    return ngettext("in %(num)s month", "in %(num)s months", months)


def limit(must: Must) -> str:
    """A knock-out in words: Autobahn höchstens 15 km."""
    criterion, value = must.criterion, limit_amount(must)
    name = criterion_name(must.code)
    match must.code, must.limit:
        case ("flood", str()) | ("rail", 0):
            return value
        case ("constraints", 0):
            return _("no other constraints")
        case ("available", float()):
            return _("available %(limit)s at the latest", limit=value)
    if not isinstance(criterion.scale, Curve):
        return _("%(criterion)s at least: %(limit)s", criterion=name, limit=value)
    if criterion.scale.more_is_better:
        return _("%(criterion)s at least %(limit)s", criterion=name, limit=value)
    return _("%(criterion)s at most %(limit)s", criterion=name, limit=value)


def limit_briefly(must: Must) -> str:
    """The same beside the name of its criterion: höchstens 15 km."""
    value = limit_amount(must)
    if not isinstance(must.criterion.scale, Curve) or not must.limit:
        return value
    return (
        _("at least %(limit)s", limit=value)
        if must.criterion.scale.more_is_better
        else _("at most %(limit)s", limit=value)
    )


def limit_amount(must: Must) -> str:
    """What is wanted, without needless zeros: 8 ha."""
    if must.criterion.unit in {"ha", "km"} and must.limit:
        return str(formats.unit(float(must.limit), must.criterion.unit))
    return amount(must.criterion, must.limit)


def drops_out(knockout: Knockout) -> str:
    """Why a parcel drops out: Fällt weg: nachts nur 50 dB(A) zulässig, verlangt 60 dB(A)."""
    criterion = knockout.must.criterion
    value, wanted = amount(criterion, knockout.value), limit_amount(knockout.must)
    match criterion.code:
        case "night":
            return _("Drops out: at night only %(value)s allowed, %(limit)s asked for.", value=value, limit=wanted)
        case "flood":
            return _("Drops out: lies in a flood zone.")
        case "available":
            return _("Drops out: available %(value)s, wanted %(limit)s at the latest.", value=value, limit=wanted)
    name = criterion_name(criterion.code)
    if isinstance(criterion.scale, Curve) and not criterion.scale.more_is_better:
        return _(
            "Drops out: %(criterion)s %(value)s, at most %(limit)s wanted.",
            criterion=name, value=value, limit=wanted,
        )  # fmt: skip
    if isinstance(criterion.scale, Curve):
        return _(
            "Drops out: %(criterion)s only %(value)s, at least %(limit)s wanted.",
            criterion=name, value=value, limit=wanted,
        )  # fmt: skip
    return _(
        "Drops out: %(criterion)s – %(value)s; wanted at least: %(limit)s.", criterion=name, value=value, limit=wanted
    )


def unjudged(must: Must) -> str:
    """What is said of a knock-out that nobody can judge: the fact is not known, so nothing drops out."""
    return _("%(limit)s: not known", limit=limit(must))


def reason(part: Contribution) -> str:
    """A criterion and its fact in a few words: Autobahn 2,1 km."""
    if part.value is None:
        return _("%(criterion)s: not known", criterion=criterion_name(part.criterion.code))
    value = amount(part.criterion, part.value)
    if part.criterion.code == "flood":
        return value
    return f"{criterion_name(part.criterion.code)}: {value}"


def score_range(score: Score) -> str:
    """The interval of a score: 64 bis 80, or 72 where everything is known."""
    low, high = formats.number(score.low), formats.number(score.high)
    return low if low == high else _("%(low)s to %(high)s", low=low, high=high)


def known_of(score: Score) -> str:
    """Of how many criteria the facts are known."""
    return _("from %(known)s of %(count)s criteria", known=score.known, count=len(score.contributions))


def source(criterion: Criterion) -> str:
    """Where the thresholds of a criterion come from, and that nobody checked them where that is so."""
    rule = _("rule of thumb, not checked")
    if criterion.verified:
        return criterion.source
    return f"{criterion.source} ({rule})" if criterion.source else rule
