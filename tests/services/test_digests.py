"""Reminders: who is told of which parcel, once a step, in one mail; and the mail itself through a real SMTP server."""

import datetime as dt
import re
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, func, select, text

from landportal import db
from landportal.config import MailServer as MailAddress
from landportal.model import Digest, Organisation, OutgoingMail, Reminder
from landportal.services import confirm_links, digests
from landportal.services.account_links import LinkExpired, LinkInvalid
from landportal.services.tasks import TASKS
from landportal.services.tasks.task import Work
from tests.conftest import Land, add_account
from tests.mail_server import MailServer

NOW = dt.datetime.now(dt.UTC)


def ago(days):
    return NOW - dt.timedelta(days=days)


@pytest.fixture
def portal(settings):
    return replace(settings, public_url="https://portal.example.org", secret_key="tests")


@pytest.fixture
def remind(session, portal):
    """A function that runs the reminders and returns for each new mail its recipient and the parcels it lists."""

    def run():
        before = session.scalar(select(func.max(OutgoingMail.id))) or 0
        digests.remind(session, portal)
        mails = session.scalars(select(OutgoingMail).where(OutgoingMail.id > before).order_by(OutgoingMail.id))
        return {mail.recipient: re.findall(r"^- (\S+)", mail.body, re.M) for mail in mails}

    return run


def test_one_mail_lists_what_reached_a_step_the_oldest_first(session, land, account, remind):
    for number, days in [("FRESH", 29), ("DUE", 31), ("OLD", 64), ("STALE", 130)]:
        land.parcel(number, confirmed_at=ago(days))
    land.parcel("NEVER")
    officer = account("officer", ags="16067089")
    assert remind() == {officer.email: ["NEVER", "STALE", "OLD", "DUE"]}


def test_a_second_run_tells_nothing_twice(session, land, account, remind):
    land.parcel("A", confirmed_at=ago(40))
    account("officer", ags="16067089")
    assert len(remind()) == 1
    assert remind() == {}


def test_each_step_is_told_once_and_again_after_the_next_confirmation(session, land, account, remind):
    parcel = land.parcel("A", confirmed_at=ago(40))
    account("officer", ags="16067089")
    assert len(remind()) == 1

    def age(days):
        session.execute(text("update reminder set counted_from = counted_from"))
        parcel.confirmed_at = ago(days)
        session.flush()

    session.execute(text("update reminder set counted_from = :at"), {"at": ago(61)})
    age(61)
    assert len(remind()) == 1
    session.execute(text("update reminder set counted_from = :at"), {"at": ago(95)})
    age(95)
    assert len(remind()) == 1
    assert remind() == {}
    age(30.5)
    assert len(remind()) == 1


def test_a_week_without_a_server_is_made_up_for_by_one_mail_at_the_highest_step(session, land, account, remind):
    land.parcel("A", confirmed_at=ago(97))
    account("officer", ags="16067089")
    assert len(remind()) == 1
    assert session.scalars(select(Reminder.step)).all() == ["age_90"]


@pytest.mark.parametrize("status", ["sold", "leased", "own_use", "withdrawn"])
def test_nobody_is_asked_about_land_that_is_off_the_market(session, land, account, remind, status):
    land.parcel("A", status=status, confirmed_at=ago(200))
    account("officer", ags="16067089")
    assert remind() == {}


def test_the_nearest_organisation_with_a_reader_is_told(session, land, account, remind):
    area = land.area("park")
    land.parcel("IN-AREA", area_id=area.id, confirmed_at=ago(40))
    land.parcel("IN-TOWN", confirmed_at=ago(41))
    land.parcel("IN-OTHER-TOWN", east_km=25, confirmed_at=ago(42))
    association = account("officer", ags=None, area_id=area.id)
    town = account("officer", ags="16067089")
    county = account("officer", ags="16067")
    account("officer", ags="16")
    assert remind() == {
        association.email: ["IN-AREA"], town.email: ["IN-TOWN"], county.email: ["IN-OTHER-TOWN"],
    }  # fmt: skip


def test_the_state_is_told_where_nobody_nearer_reads(session, land, account, remind):
    land.parcel("A", confirmed_at=ago(40))
    account("officer", ags="16067089", digest=False)
    account("officer", ags="16067", active=False)
    account("approver", "planner", ags="16067")
    account("administrator", ags="16067089")
    state = account("officer", ags="16")
    assert remind() == {state.email: ["A"]}


def test_an_organisation_that_is_closed_is_passed_over(session, land, account, remind):
    land.parcel("A", confirmed_at=ago(40))
    town = account("officer", ags="16067089")
    session.get_one(Organisation, town.organisation_id).active = False
    session.flush()
    assert remind() == {}
    county = account("officer", ags="16067")
    assert remind() == {county.email: ["A"]}


def test_every_officer_of_the_organisation_is_told_in_a_mail_of_their_own(session, land, account, remind):
    land.parcel("A", confirmed_at=ago(40))
    land.parcel("B", confirmed_at=ago(70), east_km=3)
    officers = {account("officer", ags="16067089").email for _ in range(2)}
    assert remind() == {officer: ["B", "A"] for officer in officers}


@pytest.mark.parametrize(("days", "step"), [(7, "ends_soon"), (0, "ends_soon"), (-1, "ended"), (-40, "ended")])
def test_the_end_of_a_reservation_is_told_and_nothing_changed(session, land, account, remind, days, step):
    until = dt.datetime.now(digests.HOME).date() + dt.timedelta(days=days)
    parcel = land.parcel("A", status="reserved", status_until=until, confirmed_at=NOW)
    version = parcel.version
    officer = account("officer", ags="16067089")
    assert remind() == {officer.email: ["A"]}
    assert session.scalars(select(Reminder.step)).all() == [step]
    session.refresh(parcel)
    assert (parcel.status, parcel.status_until, parcel.version) == ("reserved", until, version)
    assert remind() == {}


def test_a_reservation_that_ends_later_is_not_told_yet(session, land, account, remind):
    until = dt.datetime.now(digests.HOME).date() + dt.timedelta(days=8)
    land.parcel("A", status="optioned", status_until=until, confirmed_at=NOW)
    account("officer", ags="16067089")
    assert remind() == {}


def test_a_long_list_is_cut_in_the_mail_and_whole_behind_the_link(session, land, account, portal, remind):
    for number in range(digests.LISTED_MAX + 3):
        land.parcel(f"P{number}", confirmed_at=ago(31 + number), ha=0.01)
    officer = account("officer", ags="16067089")
    assert len(remind()[officer.email]) == digests.LISTED_MAX
    body = session.scalars(select(OutgoingMail.body)).one()
    assert f"Die {digests.LISTED_MAX} ältesten von {digests.LISTED_MAX + 3}:" in body
    link = confirm_links.opened(session, "tests", token_in(body))
    assert len(confirm_links.listed(session, link)) == digests.LISTED_MAX + 3


def token_in(body):
    return re.search(r"https://portal\.example\.org/(?:de|en)/confirm/(\S+)", body).group(1)


# ------------------------------------------------------------------------------------------------------------ the link


@pytest.fixture
def reminded(session, land, account, portal):
    """An officer of Hörsel with a digest of the parcels A and B; the token of its link."""
    land.parcel("A", confirmed_at=ago(100))
    land.parcel("B", confirmed_at=ago(50), east_km=3)
    officer = account("officer", ags="16067089")
    digests.remind(session, portal)
    return officer, token_in(session.scalars(select(OutgoingMail.body)).one())


def test_the_link_opens_the_parcels_of_its_digest_for_its_account(session, reminded):
    officer, token = reminded
    link = confirm_links.opened(session, "tests", token)
    assert link.actor.account_id == officer.id
    assert [(parcel.number, parcel.confirmed, parcel.reachable) for parcel in confirm_links.listed(session, link)] == [
        ("A", False, True), ("B", False, True),
    ]  # fmt: skip


def test_the_link_confirms_what_it_lists_and_nothing_else(session, land, reminded):
    land.parcel("UNLISTED", confirmed_at=ago(10), east_km=5)
    _, token = reminded
    link = confirm_links.opened(session, "tests", token)
    assert confirm_links.confirm(session, link, ["A", "UNLISTED", "NOT-THERE"]) == ("A",)
    assert {parcel.number: parcel.confirmed for parcel in confirm_links.listed(session, link)} == {
        "A": True, "B": False,
    }  # fmt: skip


def test_a_parcel_that_left_the_scope_is_left_out(session, land, reminded):
    _, token = reminded
    session.execute(
        text("update parcel set geom = st_translate(geom, 25000, 0) where number = 'B'")  # To the neighbouring town.
    )
    session.expire_all()
    link = confirm_links.opened(session, "tests", token)
    assert {parcel.number: parcel.reachable for parcel in confirm_links.listed(session, link)} == {
        "A": True, "B": False,
    }  # fmt: skip
    assert confirm_links.confirm(session, link, ["A", "B"]) == ("A",)


def test_an_altered_link_is_refused_wherever_it_was_altered(session, reminded):
    _, token = reminded
    for place in range(len(token) - 1):  # The last character of base64 carries bits that mean nothing.
        letter = "A" if token[place] != "A" else "B"
        with pytest.raises(LinkInvalid):
            confirm_links.opened(session, "tests", token[:place] + letter + token[place + 1 :])
    for stranger in ("", ".", "a.b.c", "%00", token * 2, "x" * 5000):
        with pytest.raises(LinkInvalid):
            confirm_links.opened(session, "tests", stranger)
    with pytest.raises(LinkInvalid):
        confirm_links.opened(session, "another key", token)


def test_a_link_ends_after_fourteen_days(session, reminded, monkeypatch):
    import time

    _, token = reminded
    later = time.time() + 14 * 86_400
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later - 60)
    assert confirm_links.opened(session, "tests", token)
    monkeypatch.setattr("itsdangerous.timed.time.time", lambda: later + 60)
    with pytest.raises(LinkExpired):
        confirm_links.opened(session, "tests", token)


@pytest.mark.parametrize(
    "change",
    ["active = false", "fs_uniquifier = 'signed-out-everywhere'", "role_names = '{planner}'"],
    ids=["disabled", "signed out everywhere", "no longer an officer"],
)
def test_a_link_ends_with_the_account_it_was_written_to(session, reminded, change):
    officer, token = reminded
    session.execute(text(f"update account set {change} where id = :id"), {"id": officer.id})
    session.expire_all()
    with pytest.raises(LinkInvalid):
        confirm_links.opened(session, "tests", token)


# ------------------------------------------------------------------------------------------------------ through SMTP


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_digest_arrives_by_mail_in_the_language_of_the_account(database_url, portal, language):
    owner = create_engine(database_url)
    with db.transaction(owner) as session:
        land = Land(session)
        land.parcel("A", name_de="Hörsel Süd,\nLos 2", name_en="Hörsel South, lot 2", confirmed_at=ago(95))
        until = dt.datetime.now(digests.HOME).date() - dt.timedelta(days=3)
        land.parcel("B", status="optioned", status_until=until, confirmed_at=ago(1), east_km=3)
        email = add_account(session, "officer", ags="16067089", language=language).email
    with MailServer() as server:
        settings = replace(portal, mail=MailAddress("127.0.0.1", server.port))
        work = Work(settings, db.connect(database_url, settings, role=db.APPLICATION_ROLE))
        TASKS["send_digests"].run(work)
        TASKS["send_digests"].run(work)
        with owner.connect() as connection:
            mail_ids = connection.scalars(text("select id from outgoing_mail")).all()
        for mail_id in mail_ids:
            TASKS["send_mail"].run(work, mail_id=mail_id)
        work.engine.dispose()
    (mail,) = server.accepted
    body = mail.get_content()
    assert mail["To"] == email
    assert mail["Content-Language"] == language
    words = {
        "de": ["2 Flächen brauchen", "zwei Minuten", "Hörsel Süd, Los 2", "zuletzt bestätigt vor 95 Tagen",
               "Die Option ist abgelaufen", "„Stimmt noch“"],
        "en": ["2 sites need", "two minutes", "Hörsel South, lot 2", "last confirmed 95 days ago",
               "The option has ended", "“Still true”"],
    }[language]  # fmt: skip
    for word in words:
        assert word in mail["Subject"] + body
    assert f"https://portal.example.org/{language}/desk/" in body
    assert f"https://portal.example.org/{language}/confirm/" in body
    owner.dispose()


def test_two_runs_at_once_write_one_digest(database_url, portal):
    from concurrent.futures import ThreadPoolExecutor

    owner = create_engine(database_url)
    with db.transaction(owner) as session:
        Land(session).parcel("A", confirmed_at=ago(95))
        add_account(session, "officer", ags="16067089")
    work = Work(portal, db.connect(database_url, portal, role=db.APPLICATION_ROLE))
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: TASKS["send_digests"].run(work), range(3)))
    with db.transaction(owner) as session:
        assert session.scalar(select(func.count()).select_from(Digest)) == 1
        assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 1
        sending = "select count(*) from procrastinate_jobs where task_name = 'send_mail' and status = 'todo'"
        assert session.scalar(text(sending)) == 1
    work.engine.dispose()
    owner.dispose()
