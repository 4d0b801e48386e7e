"""Mail from the outbox to a real SMTP server on loopback: what arrives, what is tried again, what fails for good."""

import datetime as dt
import ssl
import subprocess
from dataclasses import replace

import pytest
from sqlalchemy import create_engine, select

from landportal import db
from landportal.config import read_settings
from landportal.errors import InvalidInput
from landportal.model import OutgoingMail
from landportal.services import outbox, sending
from landportal.services.tasks import TASKS
from landportal.services.tasks.task import Hopeless, Work
from tests.mail_server import MailServer, free_port

LETTER = outbox.Letter(
    "password_reset", "officer@example.org", "Größe geändert: 12 ha", "Schöne Grüße\n.\nEnde\n", "de"
)


@pytest.fixture
def to(settings):
    """A function that makes the settings for a mail server's address."""

    def make(url, sender="Flächenportal Thüringen <portal@example.org>"):
        mail = read_settings({"LANDPORTAL_MAIL_URL": url}).mail
        return replace(settings, mail=mail, mail_sender=sender, smtp_timeout_s=5)

    return make


@pytest.fixture
def posted(session):
    """A function that writes a letter into the outbox and returns its row."""
    return lambda **changes: session.get_one(OutgoingMail, outbox.post(session, replace(LETTER, **changes)))


def test_a_mail_arrives_as_it_was_written(session, to, posted):
    mail = posted()
    with MailServer() as server:
        assert sending.send(session, to(server.url), mail.id) == sending.Outcome()
    (message,) = server.accepted
    assert message.get_content().splitlines() == ["Schöne Grüße", ".", "Ende"]
    assert message["Subject"] == "Größe geändert: 12 ha"
    assert message["To"] == "officer@example.org"
    assert message["From"].addresses[0].display_name == "Flächenportal Thüringen"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "landportal <password-reset.landportal.example.org>"
    assert message["Content-Language"] == "de"
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message["Message-ID"].endswith("@example.org>")
    assert (mail.state, mail.attempts, mail.problem) == ("sent", 1, None)
    assert mail.sent_at - dt.datetime.now(dt.UTC) < dt.timedelta(minutes=1)


def test_a_mail_that_was_sent_is_not_sent_again(session, to, posted):
    mail = posted()
    with MailServer() as server:
        for _ in range(2):
            sending.send(session, to(server.url), mail.id)
    assert len(server.accepted) == 1


def test_every_attempt_carries_the_same_message_id(session, to, posted):
    mail = posted()
    with MailServer() as server:
        server.answer = "451 later"
        sending.send(session, to(server.url), mail.id)
        server.answer = "250 OK"
        first = sending.message_of(mail, "portal@example.org")["Message-ID"]
        sending.send(session, to(server.url), mail.id)
    assert server.accepted[0]["Message-ID"] == first


def test_a_server_that_is_down_leaves_the_mail_waiting_with_the_reason(session, to, posted):
    mail = posted()
    outcome = sending.send(session, to(f"smtp://127.0.0.1:{free_port()}"), mail.id)
    assert outcome.problem
    assert not outcome.for_good
    assert (mail.state, mail.attempts) == ("queued", 1)
    assert "refused" in mail.problem


@pytest.mark.parametrize(("answer", "state"), [("451 try later", "queued"), ("554 never", "failed")])
def test_four_hundreds_are_tried_again_and_five_hundreds_are_final(session, to, posted, answer, state):
    for place in ("answer", "recipient_answer"):
        mail = posted()
        with MailServer() as server:
            setattr(server, place, answer)
            outcome = sending.send(session, to(server.url), mail.id)
        assert outcome.for_good is (state == "failed")
        assert mail.state == state
        assert answer.split()[1] in mail.problem
        assert server.accepted == []


@pytest.mark.parametrize(
    "recipient", ["a@b.example\r\nBcc: spy@evil.example", "a@b.example, spy@evil.example", "not an address@x y", "a@"]
)
def test_an_address_that_is_more_than_an_address_is_never_sent_to(session, to, posted, recipient):
    mail = posted(recipient=recipient)
    with MailServer() as server:
        assert sending.send(session, to(server.url), mail.id).for_good
    assert server.seen == 0
    assert mail.state == "failed"


def test_a_subject_cannot_bring_headers_of_its_own(session, to, posted):
    mail = posted(subject="Hallo\r\nBcc: spy@evil.example\r\n\r\nBody")
    with MailServer() as server:
        sending.send(session, to(server.url), mail.id)
    (message,) = server.accepted
    assert message["Bcc"] is None
    assert message["Subject"] == "Hallo Bcc: spy@evil.example Body"


def test_a_domain_with_umlauts_is_written_as_mail_servers_read_it(session, to, posted):
    mail = posted(recipient="amt@hörsel.example")
    with MailServer() as server:
        sending.send(session, to(server.url), mail.id)
    assert server.accepted[0]["To"] == "amt@xn--hrsel-jua.example"


def test_without_a_server_the_mail_is_written_to_the_log(session, settings, posted, caplog):
    mail = posted(body="Schöne Grüße\n" + "Zeile\n" * 100)
    with caplog.at_level("INFO"):
        sending.send(session, replace(settings, mail=None), mail.id)
    assert "Größe geändert" in caplog.text
    assert "Schöne Grüße" in caplog.text
    assert "81 more lines" in caplog.text
    assert mail.state == "sent"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost and its key, known to nobody."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "certificate.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


def tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "certificate.pem", certificate / "key.pem")
    return context


@pytest.mark.parametrize("implicit", [False, True], ids=["STARTTLS", "smtps"])
def test_mail_goes_encrypted_to_a_server_whose_certificate_is_trusted(
    session, to, posted, certificate, monkeypatch, implicit
):
    mail = posted()
    with MailServer(tls=tls(certificate), implicit=implicit) as server:
        url = f"smtps://localhost:{server.port}" if implicit else f"smtp://localhost:{server.port}/?tls=starttls"
        refused = sending.send(session, to(url), mail.id)
        assert "certificate verify failed" in refused.problem
        assert server.seen == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "certificate.pem"))
        assert sending.send(session, to(url), mail.id) == sending.Outcome()
    assert server.encrypted == [True]


def test_a_server_that_asks_for_encryption_gets_no_plain_mail(session, to, posted, certificate):
    mail = posted()
    with MailServer(tls=tls(certificate)) as server:
        assert sending.send(session, to(f"smtp://localhost:{server.port}"), mail.id).problem
    assert server.accepted == []
    assert mail.state != "sent"


def test_what_failed_is_kept_although_the_attempt_raises(database_url, to):
    engine = create_engine(database_url)
    with db.transaction(engine) as session:
        first, second = (outbox.post(session, LETTER) for _ in range(2))
    with MailServer() as server:
        server.answer = "451 later"
        work = Work(to(server.url), db.connect(database_url, to(server.url), role=db.APPLICATION_ROLE))
        with pytest.raises(RuntimeError, match="later"):
            TASKS["send_mail"].run(work, mail_id=first)
        server.answer = "554 never"
        with pytest.raises(Hopeless, match="never"):
            TASKS["send_mail"].run(work, mail_id=second)
        TASKS["send_mail"].give_up(work, "too often", mail_id=first)
    with db.transaction(engine) as session:
        assert [(mail.id, mail.problem) for mail in outbox.failed(session)] == [
            (second, "554 never"), (first, "SMTPDataError: (451, b'later')"),
        ]  # fmt: skip
        assert outbox.send_again(session, first)
        assert not outbox.send_again(session, 10**9)
        assert session.scalars(select(OutgoingMail.state).order_by(OutgoingMail.id)).all() == ["queued", "failed"]
    work.engine.dispose()
    engine.dispose()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("console", None), ("", None), ("smtp://mail.example", ("mail.example", 25, "none", None, None)),
        ("smtp://u%40x:p%3A@mail.example:2525/?tls=starttls", ("mail.example", 2525, "starttls", "u@x", "p:")),
        ("smtps://mail.example", ("mail.example", 465, "implicit", None, None)),
    ],
)  # fmt: skip
def test_the_address_of_a_mail_server_is_read(url, expected):
    mail = read_settings({"LANDPORTAL_MAIL_URL": url}).mail
    assert (mail and (mail.host, mail.port, mail.tls, mail.user, mail.password)) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LANDPORTAL_MAIL_URL", "mail.example"), ("LANDPORTAL_MAIL_URL", "smtp://mail.example:99999"),
        ("LANDPORTAL_MAIL_URL", "smtp://mail.example/?tls=maybe"), ("LANDPORTAL_MAIL_URL", "smtp://"),
        ("LANDPORTAL_MAIL_URL", "smtps://mail.example/?tls=starttls"), ("LANDPORTAL_PUBLIC_URL", "portal.example.org"),
        ("LANDPORTAL_PUBLIC_URL", "javascript:alert(1)"), ("LANDPORTAL_PUBLIC_URL", "https://a.example/?x=1"),
        ("LANDPORTAL_MAIL_SENDER", "portal"), ("LANDPORTAL_MAIL_SENDER", "a@b.example\r\nBcc: c@d.example"),
        ("LANDPORTAL_MAIL_SENDER", "a@b.example, c@d.example"),
    ],
)  # fmt: skip
def test_a_setting_of_mail_that_cannot_be_used_is_named(name, value):
    with pytest.raises(InvalidInput) as refused:
        read_settings({name: value})
    assert refused.value.field == name


def test_the_sender_is_at_the_portals_own_host_unless_told():
    sender = read_settings({"LANDPORTAL_PUBLIC_URL": "https://flaechen.example.org/"}).mail_sender
    assert sender == "landportal@flaechen.example.org"
    assert read_settings({}).mail_sender == "landportal@localhost"
