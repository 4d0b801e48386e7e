"""What tests of the desk's pages share: an application on a prepared store, people signed in, forms with a token."""

import contextlib
import re

from landportal.config import read_settings
from landportal.web import create_app
from tests.conftest import signed_in
from tests.services.desk_store import desk_store


@contextlib.contextmanager
def desk_pages(url, settings):
    """A store and an application on it."""
    with desk_store(url, settings) as store:
        environ = {"LANDPORTAL_DATABASE_URL": url, "LANDPORTAL_BASEMAP": "none", "LANDPORTAL_SECRET_KEY": "tests"}
        app = create_app(read_settings(environ))
        yield Pages(app, store)
        app.extensions["landportal"].engine.dispose()


class Pages:
    """The pages as people use them."""

    def __init__(self, app, store):
        self.app, self.store = app, store

    def as_(self, account):
        return Visitor(signed_in(self.app, account))


class Visitor:
    """Somebody signed in who opens pages and sends forms."""

    def __init__(self, client):
        self.client = client
        self._token = None

    def get(self, path, **facts):
        return self.client.get(path, **facts)

    def token(self):
        if self._token is None:
            page = self.client.get("/de/desk/changes").text + self.client.get("/de/desk/account").text
            self._token = re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)
        return self._token

    def send(self, path, fields, **facts):
        pairs = fields.items() if isinstance(fields, dict) else fields
        data = {}
        for name, value in [("csrf_token", self.token()), *pairs]:
            data.setdefault(name, []).append(value)
        return self.client.post(path, data=data, **facts)

    def toast(self, path="/de/desk/changes"):
        return words(re.search(r'<div class="toast.*?</div>', self.client.get(path).text, re.DOTALL).group(0))


def words(page):
    """What a page says, without its markup."""
    return " ".join(re.sub(r"<script.*?</script>|<[^>]+>", " ", page, flags=re.DOTALL).replace("\xa0", " ").split())


def fields_of(page):
    """The values of a page's form fields by name; of a name sent twice the last that would be sent."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", page):
        name = re.search(r'name="([^"]*)"', tag)
        if not name or (('type="checkbox"' in tag or 'type="radio"' in tag) and " checked" not in tag):
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found[name.group(1)] = value.group(1) if value else ""
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        found[name] = text
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen.group(1) if chosen else re.search(r'value="([^"]*)"', options).group(1)
    return found
