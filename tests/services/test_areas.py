"""Areas: balance, members and coverage agree with their parcels."""

import datetime as dt

import pytest

from landportal.errors import NotFound
from landportal.model import AreaMember, ParcelStatus
from landportal.services.areas import get_area, list_areas


@pytest.fixture
def goldene_aue(session, land):
    area = land.area("goldene-aue", name_de="Goldene Aue", geom=land.rectangle(19, 1, 2, 1), gross_ha=200, net_ha=160)
    session.add_all(
        AreaMember(
            area_id=area.id, ags=ags, votes=votes, cost_share_pct=share, revenue_share_pct=share,
            valid_from=dt.date(2024, 1, 1), valid_to=until,
        )
        for ags, votes, share, until in (("16067089", 4, 62, None), ("16067072", 2, 38, None))
    )  # fmt: skip
    now = dt.datetime.now(dt.UTC)
    common = {"area_id": area.id, "price_eur_m2": 15}
    land.parcel("L1", 19, 1, ha=2, confirmed_at=now, **common)
    land.parcel("L2", 19.5, 1, ha=6, confirmed_at=now - dt.timedelta(days=92), **common)
    land.parcel("L3", 20.2, 1, ha=3, status="sold", **common)
    land.parcel("L10", 20.5, 1, ha=1, status="withdrawn", **common)
    return area


def test_the_balance_sums_visible_parcels_by_status(session, goldene_aue):
    page = get_area(session, "goldene-aue")
    assert page.balance_m2[ParcelStatus.AVAILABLE] == pytest.approx(80_000)
    assert page.balance_m2[ParcelStatus.SOLD] == pytest.approx(30_000)
    assert page.balance_m2[ParcelStatus.WITHDRAWN] == 0
    assert sum(page.balance_m2.values()) == pytest.approx(sum(parcel.area_m2 for parcel in page.parcels))
    assert page.price_range == (15, 15)


def test_coverage_counts_confirmations_of_the_last_ninety_days(session, goldene_aue):
    page = get_area(session, "goldene-aue")
    assert (page.confirmed, len(page.parcels)) == (1, 3)


def test_members_come_with_their_shares_largest_first(session, goldene_aue):
    members = get_area(session, "goldene-aue").members
    assert [(member.name, member.votes, member.cost_share_pct) for member in members] == [
        ("Hörsel", 4, 62), ("Waltershausen", 2, 38),
    ]  # fmt: skip


def test_a_former_member_is_not_shown(session, goldene_aue):
    session.query(AreaMember).filter_by(ags="16067072").one().valid_to = dt.date(2025, 1, 1)
    session.flush()
    assert [member.name for member in get_area(session, "goldene-aue").members] == ["Hörsel"]


def test_the_list_tells_inter_municipal_areas_and_what_is_available(session, land, goldene_aue):
    land.area("allein")
    areas = {area.slug: area for area in list_areas(session)}
    aue = areas["goldene-aue"]
    assert aue.inter_municipal
    assert set(aue.municipalities) == {"Hörsel", "Waltershausen"}
    assert (aue.parcels, aue.available, aue.confirmed) == (3, 2, 1)
    assert aue.available_ha == pytest.approx(8)
    assert not areas["allein"].inter_municipal
    assert areas["allein"].gross_ha == pytest.approx(100)


def test_an_unknown_area_is_not_found(session, land):
    with pytest.raises(NotFound):
        get_area(session, "nirgends")


def test_a_county_that_is_a_member_is_not_listed_as_a_municipality(session, land):
    area = land.area("thueringer-tor")
    session.add_all(
        AreaMember(area_id=area.id, ags=ags, valid_from=dt.date(2024, 1, 1)) for ags in ("16067", "16067089")
    )
    session.flush()
    (listed,) = list_areas(session)
    assert (listed.municipalities, listed.counties) == (("Hörsel",), ("Gotha",))
