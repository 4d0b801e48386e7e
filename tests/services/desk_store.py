"""A store of its own for tests of the desk: as its owner and as the application see it, with the people who use it."""

import contextlib
import dataclasses

from sqlalchemy import text

from landportal import db
from landportal.model import Account, Organisation, Parcel
from landportal.services.permissions import actor_of
from tests.conftest import Land, add_account


@dataclasses.dataclass
class DeskStore:
    """Three parcels in Hörsel, one in Waltershausen; officers of Hörsel, one officer and approvers of the county."""

    owner: object
    application: object

    def prepare(self):
        with db.transaction(self.owner) as session:
            land = Land(session)
            area = land.area("gewerbepark")
            for place, number in enumerate(("H-1", "H-2", "H-3")):
                land.parcel(number, east_km=1 + place)
            land.parcel("W-1", east_km=21)
            self.area_id = area.id
            self.officer = add_account(session, "officer", ags="16067089", name="Erste")
            self.colleague = add_account(session, "officer", ags="16067089", name="Zweite")
            self.approver = add_account(session, "approver", ags="16067", name="Dritte")
            self.other_approver = add_account(session, "approver", ags="16067", name="Vierte")
            self.planner = add_account(session, "planner", ags="16067089", name="Fünfte")
        return self

    def four_eyes(self, wanted=True):
        with db.transaction(self.owner) as session:
            session.execute(Organisation.__table__.update().values(four_eyes=wanted))

    def actor(self, account):
        with db.reading(self.owner) as session:
            return actor_of(session.get(Account, account.id))

    @contextlib.contextmanager
    def writing(self, account, **facts):
        with db.transaction(self.application, db.Acting(account.id, "page", **facts)) as session:
            yield session

    @contextlib.contextmanager
    def looking(self, account):
        with db.reading(self.application, db.Acting(account.id, "page")) as session:
            yield session

    def parcel(self, number="H-1"):
        with db.reading(self.owner) as session:
            return session.query(Parcel).filter_by(number=number).one()

    def mails(self):
        with db.reading(self.owner) as session:
            return [tuple(row) for row in session.execute(text("select subject, body from outgoing_mail order by id"))]

    def by_hand(self, statement, **values):
        with db.transaction(self.owner) as session:
            session.execute(text(statement), values)


@contextlib.contextmanager
def desk_store(url, settings):
    """A prepared store on the empty database at `url`."""
    owner = db.connect(url, settings)
    application = db.connect(url, settings, role=db.APPLICATION_ROLE)
    try:
        yield DeskStore(owner, application).prepare()
    finally:
        application.dispose()
        owner.dispose()
