"""The desk: what needs the officer first, and the list of the scope's own parcels, withdrawn ones too."""

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import text

from landportal.errors import NotAllowed
from landportal.model import Freshness, ParcelStatus
from landportal.services import desk
from landportal.services.permissions import actor_of
from landportal.services.search import SearchCriteria, Sort

TODAY = dt.datetime.now(dt.UTC).date()
ALL = SearchCriteria(status=(), sort=Sort.FRESH, reverse=True)


def confirmed(days):
    return dt.datetime.now(dt.UTC) - dt.timedelta(days=days, minutes=1)


@pytest.fixture
def land(land):
    land.parcel("fresh", east_km=1, confirmed_at=confirmed(5))
    land.parcel("old", east_km=2, confirmed_at=confirmed(200))
    land.parcel("never", east_km=3)
    land.parcel("gone", east_km=4, status="withdrawn")
    soon, late = TODAY + dt.timedelta(days=5), TODAY + dt.timedelta(days=90)
    land.parcel("ending", east_km=5, status="reserved", status_until=soon, confirmed_at=confirmed(1))
    land.parcel("ended", east_km=6, status="optioned", status_until=TODAY - dt.timedelta(days=1),
                confirmed_at=confirmed(2))  # fmt: skip
    land.parcel("lasting", east_km=7, status="reserved", status_until=late, confirmed_at=confirmed(3))
    land.parcel("elsewhere", east_km=21)
    return land


@pytest.fixture
def officer(account, land):
    return actor_of(account("officer", ags="16067089"))


def numbers(session, actor, **changes):
    return [row.number for row in desk.my_parcels(session, actor, replace(ALL, **changes)).rows]


def test_what_needs_the_officer_is_counted_inside_the_scope(session, officer):
    needs = desk.needs(session, officer)
    assert (needs.parcels, needs.unconfirmed, needs.never, needs.oldest_days) == (7, 2, 1, 200)
    assert (needs.ending, needs.ended) == (2, 1)
    assert (needs.first_end, needs.last_end) == (TODAY - dt.timedelta(days=1), TODAY + dt.timedelta(days=5))
    assert (needs.proposals, needs.failed_deliveries) == (0, 0)


def test_waiting_proposals_and_failed_deliveries_are_counted(session, officer, account):
    colleague = account("officer", ags="16067089")
    for person in (officer.account_id, colleague.id):
        session.execute(
            text(
                "insert into proposal (parcel_id, base_version, account_id, content)"
                " select id, 1, :who, '{\"values\": {}}' from parcel where number in ('fresh', 'elsewhere')"
            ),
            {"who": person},
        )
    delivery = text(
        "insert into delivery (organisation_id, account_id, file_name, file_sha256, file_bytes, stored_as, state)"
        " values (:organisation, :account, 'liste.xlsx', '', 1, 'x', :state) returning id"
    )
    for state in ("refused", "applied", "staged", "staged"):
        last = session.scalar(
            delivery, {"organisation": officer.organisation_id, "account": officer.account_id, "state": state}
        )
    session.execute(
        text("insert into delivery_issue (delivery_id, row, severity, code) values (:id, 3, 'rejected', 'missing')"),
        {"id": last},
    )
    needs = desk.needs(session, officer)
    assert (needs.proposals, needs.own_proposals, needs.failed_deliveries) == (2, 1, 2)


def test_the_list_begins_with_what_was_confirmed_longest_ago(session, officer):
    found = numbers(session, officer)
    assert set(found[:2]) == {"never", "gone"}
    assert found[2:] == ["old", "fresh", "lasting", "ended", "ending"]


def test_the_public_parameters_narrow_the_list(session, officer):
    assert numbers(session, officer, status=(ParcelStatus.WITHDRAWN,)) == ["gone"]
    assert numbers(session, officer, q="lasting") == ["lasting"]
    assert set(numbers(session, officer, freshness=(Freshness.UNCONFIRMED,))) == {"never", "gone", "old"}
    assert numbers(session, officer, ags=("16067072",)) == []
    assert numbers(session, officer, sort=Sort.NAME, reverse=False)[:2] == ["ended", "ending"]
    assert numbers(session, officer, sort=Sort.UNTIL, reverse=False)[:3] == ["ended", "ending", "lasting"]
    assert numbers(session, officer, sort=Sort.STATUS, reverse=False)[-1] == "gone"


def test_each_scope_has_its_own_list(session, account, land):
    county, state = actor_of(account("planner", ags="16067")), actor_of(account("officer", ags="16"))
    assert desk.my_parcels(session, county, ALL).count == 8
    assert desk.my_parcels(session, state, ALL).count == 8
    area = land.area("gewerbepark")
    session.execute(text("update parcel set area_id = :id where number in ('elsewhere', 'old')"), {"id": area.id})
    association = actor_of(account("officer", ags=None, area_id=area.id))
    assert set(numbers(session, association)) == {"elsewhere", "old"}


def test_an_administrator_has_no_desk(session, account):
    with pytest.raises(NotAllowed):
        desk.needs(session, actor_of(account("administrator", ags=None)))


def test_rows_say_what_waits_and_which_version_they_are(session, officer):
    session.execute(
        text(
            "insert into proposal (parcel_id, base_version, account_id, content)"
            " select id, 1, :who, '{\"values\": {}}' from parcel where number = 'fresh'"
        ),
        {"who": officer.account_id},
    )
    rows = {row.number: row for row in desk.my_parcels(session, officer, ALL).rows}
    assert (rows["fresh"].waiting, rows["old"].waiting, rows["fresh"].version) == (1, 0, 1)
    assert rows["fresh"].municipality == "Hörsel"
