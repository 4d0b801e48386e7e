"""What tests of deliveries share: a store of its own, an officer, and the jobs run by hand."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import shapely
from sqlalchemy import select, text

from landportal import db
from landportal.model import Account, Delivery, Parcel
from landportal.services.deliveries import applying, receiving, staging, undoing
from landportal.services.deliveries.options import DeliveryOptions
from landportal.services.permissions import actor_of
from landportal.services.tasks import TASKS
from landportal.services.tasks.task import Work
from tests.conftest import CORNER_E, CORNER_N, Land, add_account


def square(east_km=1.0, north_km=1.0, metres=100.0):
    west, south = CORNER_E + east_km * 1000, CORNER_N + north_km * 1000
    return shapely.box(west, south, west + metres, south + metres)


def csv_of(*lines, heading="id;Bezeichnung;Gebietsart;Preis (€/m²);wkt", east_km=1.0):
    """A file of an office: each line with a square of its own, in Hörsel unless told otherwise."""
    shapes = [
        f"{line};SRID=25832;{square(east_km, 1 + 0.2 * at).wkt}".replace(";SRID=25832;", ';"SRID=25832;') + '"'
        for at, line in enumerate(lines)
    ]
    return ("\n".join([heading, *shapes]) + "\n").encode()


class Desk:
    """An organisation at work: uploads, decides, and has its jobs done at once."""

    def __init__(self, url, settings, folder: Path) -> None:
        self.settings = dataclasses.replace(settings, instance=folder)
        self.owner = db.connect(url, settings)
        self.engine = db.connect(url, settings, role=db.APPLICATION_ROLE)
        self.work = Work(self.settings, self.engine)
        with db.transaction(self.owner) as session:
            self.land = Land(session)
            self.officer_id = add_account(session, "officer", ags="16067").id

    def close(self):
        self.engine.dispose()
        self.owner.dispose()

    def account(self, *roles, **facts):
        with db.transaction(self.owner) as session:
            return add_account(session, *roles, **facts).id

    def actor(self, account_id=None):
        with db.transaction(self.engine) as session:
            return actor_of(session.get_one(Account, account_id or self.officer_id))

    def upload(self, content, name="liste.csv", by=None):
        actor = self.actor(by)
        incoming = receiving.Incoming(self.settings.instance)
        incoming.write(content)
        with db.transaction(self.engine) as session:
            delivery = receiving.receive(session, actor, incoming, name)
        incoming.close()
        return delivery.id

    def stage(self, delivery_id, options=None, by=None, run=True):
        with db.transaction(self.engine) as session:
            staging.ask(session, self.actor(by), delivery_id, options or DeliveryOptions())
        return self.run("stage_delivery", delivery_id) if run else None

    def staged(self, content, name="liste.csv", options=None, by=None):
        return self.stage(self.upload(content, name, by), options, by)

    def ask_apply(self, delivery_id, by=None):
        with db.transaction(self.engine) as session:
            applying.ask(session, self.actor(by), delivery_id)

    def applied(self, delivery_id, by=None):
        self.ask_apply(delivery_id, by)
        return self.run("apply_delivery", delivery_id)

    def undone(self, delivery_id, by=None):
        account_id = by or self.officer_id
        with db.transaction(self.engine) as session:
            undoing.ask(session, self.actor(account_id), delivery_id)
        return self.run("undo_delivery", delivery_id, account_id=account_id)

    def run(self, task, delivery_id, **more):
        TASKS[task].run(self.work, delivery_id=delivery_id, **more)
        return self.delivery(delivery_id)

    def delivery(self, delivery_id):
        with db.transaction(self.engine) as session:
            return session.get_one(Delivery, delivery_id)

    def parcels(self):
        with db.transaction(self.owner) as session:
            return {p.source_id: p for p in session.scalars(select(Parcel))}

    def edit(self, **cells):
        """An officer changes a parcel at the desk meanwhile: number and the new cells."""
        number = cells.pop("number")
        with db.transaction(self.engine, db.Acting(self.officer_id, "page")) as session:
            listed = ", ".join(f"{name} = :{name}" for name in cells)
            session.execute(text(f"update parcel set {listed} where number = :number"), {**cells, "number": number})

    def scalar(self, statement, **values):
        with db.transaction(self.owner) as session:
            return session.scalar(text(statement), values)
