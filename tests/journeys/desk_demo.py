"""A demonstration of its own for journeys at the desk: address, password, its database, and signing in by the page."""

import contextlib
from dataclasses import dataclass

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text


@dataclass
class Demo:
    """A running server with the demonstration's accounts."""

    address: str
    password: str
    engine: object

    def sign_in(self, page: Page, email: str, lang: str = "en") -> Page:
        page.goto(f"{self.address}/{lang}/login")
        page.locator("#email").fill(email)
        page.locator("#password").fill(self.password)
        page.locator("main button[type=submit]").click()
        expect(page.locator(".desk-nav")).to_be_visible()
        return page

    def ask(self, statement: str, **values):
        with self.engine.begin() as connection:
            return connection.execute(text(statement), values).scalar()

    def number_of(self, status: str) -> str:
        return self.ask(
            "select number from parcel where county_ags = '16067' and status = :status order by number limit 1",
            status=status,
        )


@contextlib.contextmanager
def desk_demo(start_server, clone, folder):
    """Start it on a copy of the sample data."""
    url = clone("sample")
    address = start_server(url, LANDPORTAL_DEMO="1", LANDPORTAL_INSTANCE=str(folder))
    engine = create_engine(url)
    yield Demo(address, (folder / "demo-password").read_text(), engine)
    engine.dispose()
