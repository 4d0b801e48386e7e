"""The outbox: a mail is there exactly when its cause is, and what must be sent once is written once."""

from sqlalchemy import func, select

from landportal.model import OutgoingMail
from landportal.services import jobs, outbox

LETTER = outbox.Letter("digest", "a@example.org", "Zwei\nZeilen", "Text", once="digest 1")


def test_a_letter_and_the_job_that_sends_it_are_written_together(session):
    mail_id = outbox.post(session, LETTER)
    mail = session.get_one(OutgoingMail, mail_id)
    assert (mail.state, mail.attempts, mail.subject) == ("queued", 0, "Zwei Zeilen")
    assert jobs.queue_state(session).waiting == 1


def test_what_must_be_sent_once_is_written_once(session):
    assert outbox.post(session, LETTER)
    assert outbox.post(session, LETTER) is None
    assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 1
    assert jobs.queue_state(session).waiting == 1


def test_a_mail_that_was_sent_meanwhile_does_not_become_a_failed_one(session):
    mail = session.get_one(OutgoingMail, outbox.post(session, LETTER))
    mail.state = "sent"
    session.flush()
    outbox.mark_failed(session, mail.id, "late")
    session.refresh(mail)
    assert mail.state == "sent"
    assert outbox.failed(session) == ()
