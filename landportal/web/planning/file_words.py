"""The words of report files: titles of tables, headings of columns, codes."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext
from flask_babel.speaklater import LazyString

from landportal.services.reports.balance import Group
from landportal.web import wording
from landportal.web.planning import balance_words

TITLES: dict[str, LazyString] = {
    "figures": _l("Key figures"),
    "status": lazy_pgettext("balance", "By status"),
    "account": _l("Land on offer"),
    "years": _l("At the end of each year"),
    "sales": _l("Sold and leased"),
    "places": lazy_pgettext("balance", "Places"),
    "zones": _l("By zone and servicing"),
    "contiguous": _l("Contiguous available land"),
    "facts": lazy_pgettext("profile", "Facts"),
    "parcels": _l("Sites"),
    "members": _l("Members"),
    "funding": _l("Funded areas"),
}

_HECTARES = {
    Group.FREE: _l("available ha net"),
    Group.PROMISED: _l("reserved, optioned ha net"),
    Group.PREPARING: _l("in preparation ha net"),
    Group.TAKEN: _l("sold, leased ha net"),
    Group.OWN_USE: _l("own use ha net"),
}

COLUMNS: dict[str, LazyString] = {
    "figure": _l("Figure"),
    "fact": lazy_pgettext("profile", "Fact"),
    "value": _l("Value"),
    "status": _l("Status"),
    "sites": _l("Sites"),
    "net_m2": _l("ha net"),
    "gross_m2": _l("ha gross"),
    "line": _l("Line"),
    "day": _l("End of"),
    "year": _l("Year"),
    "whole_year": _l("Whole year"),
    "place": lazy_pgettext("balance", "Key"),
    "name": _l("Name"),
    "largest_contiguous_m2": _l("largest contiguous available ha"),
    "confirmed": _l("confirmed in 90 days"),
    "on_market": _l("on the market"),
    "zone": _l("Zone"),
    "servicing": _l("Servicing"),
    "rank": _l("Rank"),
    "municipality": _l("Municipality"),
    "numbers": _l("Consists of"),
    "number": _l("Number"),
    "available_from": _l("available from"),
    "price_eur_m2": _l("€/m²"),
    "grz": _l("GRZ"),
    "height_max_m": _l("height at most m"),
    "power_mw": _l("power MW"),
    "fibre_mbit": _l("fibre Mbit/s"),
    "constraints": _l("Constraints"),
    "confirmed_on": _l("confirmed on"),
    "ags": _l("Official key"),
    "area": lazy_pgettext("area", "Area"),
    "programme": _l("Programme"),
    "decided_on": _l("granted on"),
    "binding_until": _l("bound until"),
    "grant_eur": _l("grant €"),
    "source": _l("Source"),
    "votes": _l("Votes"),
    "cost_share_pct": _l("Cost %"),
    "revenue_share_pct": _l("Revenue %"),
    **{f"{group}_m2": label for group, label in _HECTARES.items()},
}

CODES: dict[str, LazyString | str] = {
    **{f"{group}": label for group, label in balance_words.GROUP.items()},
    **{f"{line}": label for line, label in balance_words.LINE.items()},
    **{f"{code}": label for code, label in wording.SERVICING.items()},
    **{f"{code}": label for code, label in wording.STATUS.items()},
    **{f"{code}": label for code, label in wording.CONSTRAINT.items()},
    "other": lazy_pgettext("programme", "other"),
    "sum": _l("Sum"),
    "opening": lazy_pgettext("balance", "Opening"),
    "closing": lazy_pgettext("balance", "Closing"),
    "difference": lazy_pgettext("balance", "Difference"),
    "yes": _l("yes"),
    "no": _l("no"),
    "unit": lazy_pgettext("balance", "Place"),
    "from": _l("From the end of"),
    "to": _l("to the end of"),
    "gap_m": _l("Gap between contiguous sites in m"),
    "available_m2": _l("Available ha net"),
    "largest_contiguous_m2": _l("Largest contiguous available land in ha"),
    "mean_yearly_sales_m2": _l("Mean yearly sales of five full years in ha"),
    "reach_years": _l("Reach in years"),
    "confirmed": _l("Sites on the market, confirmed in 90 days"),
    "on_market": _l("Sites on the market"),
    "records_begin": _l("The portal keeps every state since"),
}
"""Words of codes. Two tables share some: a code means the same in both."""
