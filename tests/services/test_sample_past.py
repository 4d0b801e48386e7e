"""The sample parcels have a past that an honest account can be made of."""

import datetime as dt

from landportal.services.days import today
from landportal.services.reports.flows import Line
from landportal.services.reports.land_balance import Wanted, land_balance


def test_the_sample_remembers_years_and_its_account_adds_up(sample_session):
    last_year = dt.date(today().year - 1, 12, 31)
    report = land_balance(sample_session, Wanted("16", last_year, today()))
    assert len(report.years) == 5
    assert report.account.difference_m2 == 0
    assert report.account.opening_m2 > 0
    assert {Line.TAKEN, Line.ADDED} <= {flow.line for flow in report.account.flows}
    assert report.kept_since < last_year
