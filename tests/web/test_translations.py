"""Every text of the pages exists in German, with the same placeholders, and nothing is left over."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

WEB = Path(__file__).resolve().parents[2] / "landportal" / "web"
KEYWORDS = {
    "_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2), "lazy_pgettext": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)s|%%|\{\w+\}")


def texts_of_the_pages():
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    for file, line, message, _comments, context in extract_from_dir(WEB, methods, keywords=KEYWORDS):
        yield context, message, f"{file}:{line}"


@pytest.fixture(scope="module")
def german():
    with (WEB / "translations/de/LC_MESSAGES/messages.po").open("rb") as file:
        return read_po(file, locale="de")


def test_every_text_has_its_german(german):
    def translated(context, message):
        found = german.get(message[0] if isinstance(message, tuple) else message, context)
        words = found.string if found else ""
        return all(words) if isinstance(words, tuple | list) else bool(words)

    assert [
        (message, place) for context, message, place in texts_of_the_pages() if not translated(context, message)
    ] == []


def test_german_keeps_every_placeholder(german):
    def placeholders(text):
        return sorted(set(PLACEHOLDER.findall(text)))

    for message in german:
        if message.id:
            english = message.id[-1] if isinstance(message.id, tuple) else message.id
            words = message.string[-1] if isinstance(message.string, tuple) else message.string
            assert placeholders(english) == placeholders(words), english


def test_german_catalogue_holds_nothing_that_no_page_says(german):
    said = {(context, message) for context, message, _place in texts_of_the_pages()}
    assert [message.id for message in german if message.id and (message.context, message.id) not in said] == []


@pytest.mark.parametrize("path", ["/de/parcels", "/de/areas", "/de/open-data", "/de/accessibility"])
def test_german_pages_say_nothing_in_english(client, path):
    words = re.sub(r"<script.*?</script>|<[^>]+>", " ", client.get(path).text, flags=re.DOTALL)
    assert not re.search(r"\b(Find land|Reset|Sites|Show|available|Skip to|Sample data)\b", words)
