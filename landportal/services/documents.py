"""Documents and photos of a parcel: add, list, take down, hand out. Nothing is overwritten, nothing deleted.

What a file may be is judged in `document_contents`. Public ones are for everybody, the others for those whose scope
holds the parcel. A parcel that was split or merged keeps its documents; its successors show them as its own history.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, Select, cast, func, or_, select
from sqlalchemy.orm import Session, undefer

from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import DocumentKind, Parcel, ParcelDocument
from landportal.services import audit, document_contents, lineage
from landportal.services.audit import AuditAction
from landportal.services.document_contents import Content
from landportal.services.permissions import Action, Actor, require_for, visible_to_public, within_scope

TITLE_MAX = 200
EXPIRES_SOON_DAYS = 60
"""From here on a document's end is a matter for the desk."""

DOCUMENTS_MAX = 200
"""Documents of one parcel that are not taken down."""


@dataclass(frozen=True)
class NewDocument:
    """A file with what its officer says about it. Without `public` it is for the desk alone."""

    kind: str
    title: str
    data: bytes
    file_name: str
    issued_on: dt.date | None = None
    expires_on: dt.date | None = None
    public: bool = False


@dataclass(frozen=True)
class Shown:
    """A document as lists tell it; `days_left` until it expires, negative after. `number` is its parcel's."""

    id: int
    number: str
    kind: str
    title: str
    issued_on: dt.date | None
    expires_on: dt.date | None
    days_left: int | None
    public: bool
    file_name: str
    media_type: str
    size_bytes: int
    added_at: dt.datetime
    removed_at: dt.datetime | None
    added_by: int | None

    @property
    def is_picture(self) -> bool:
        """Whether it can be looked at on the page."""
        return self.media_type.startswith("image/")

    def may_be_published_by(self, actor: Actor) -> bool:
        """Whether `actor`, who keeps the parcel, may make it public."""
        second = actor.may(Action.APPROVE) and self.added_by != actor.account_id
        return not self.public and self.removed_at is None and (second or not actor.four_eyes)

    @property
    def expired(self) -> bool:
        """Whether its last day is over."""
        return self.days_left is not None and self.days_left < 0

    @property
    def expires_soon(self) -> bool:
        """Whether it ends within EXPIRES_SOON_DAYS."""
        return self.days_left is not None and 0 <= self.days_left <= EXPIRES_SOON_DAYS


@dataclass(frozen=True)
class HandedOut:
    """A file to send: its bytes, media type, name and digest."""

    data: bytes
    media_type: str
    file_name: str
    sha256: str
    public: bool


def add(session: Session, actor: Actor, number: str, wanted: NewDocument) -> int:
    """Keep a document of parcel `number` and return its id; with four eyes it is public once somebody else says so.

    Raises NotFound, NotAllowed, Unfit (the file), InvalidInput (kind, title, expires_on).
    """
    parcel = _own_parcel(session, actor, number)
    _check_facts(wanted)
    kept = session.scalar(
        select(func.count()).where(ParcelDocument.parcel_id == parcel.id, ParcelDocument.removed_at.is_(None))
    )
    if (kept or 0) >= DOCUMENTS_MAX:
        raise InvalidInput("too_many_documents", "file")
    content = document_contents.accept(wanted.data, wanted.file_name)
    if wanted.kind == DocumentKind.PHOTO and not content.media_type.startswith("image/"):
        raise InvalidInput("photo_is_no_picture", "kind")
    return _keep(session, actor, parcel, wanted, content)


def _own_parcel(session: Session, actor: Actor, number: str) -> Parcel:
    parcel = session.scalar(select(Parcel).where(Parcel.number == number))
    if parcel is None:
        raise NotFound(number)
    require_for(actor, Action.EDIT, parcel)
    return parcel


def _check_facts(wanted: NewDocument) -> None:
    if wanted.kind not in set(DocumentKind):
        raise InvalidInput("kind_unknown", "kind")
    if not wanted.title.strip():
        raise InvalidInput("title_missing", "title")
    if len(wanted.title.strip()) > TITLE_MAX:
        raise InvalidInput("title_too_long", "title")
    if wanted.issued_on and wanted.expires_on and wanted.expires_on <= wanted.issued_on:
        raise InvalidInput("expires_before_issue", "expires_on")


def _keep(session: Session, actor: Actor, parcel: Parcel, wanted: NewDocument, content: Content) -> int:
    document = ParcelDocument(
        parcel_id=parcel.id, kind=wanted.kind, title=wanted.title.strip(), issued_on=wanted.issued_on,
        expires_on=wanted.expires_on, public=wanted.public and not actor.four_eyes, file_name=content.file_name,
        media_type=content.media_type, size_bytes=len(content.data), sha256=content.sha256, content=content.data,
        added_by=actor.account_id,
    )  # fmt: skip
    session.add(document)
    session.flush()
    _record(session, AuditAction.DOCUMENT_ADDED, actor, parcel.number, document)
    return document.id


def _record(session: Session, action: AuditAction, actor: Actor, number: str, document: ParcelDocument) -> None:
    audit.record(
        session, action, account_id=actor.account_id, subject=number, document=document.id, public=document.public
    )


def publish(session: Session, actor: Actor, number: str, document_id: int) -> None:
    """Make a document public; with four eyes an approver does, and never for a document of their own.

    Raises NotFound, NotAllowed.
    """
    document = _own_document(session, actor, number, document_id)
    if actor.four_eyes and (not actor.may(Action.APPROVE) or document.added_by == actor.account_id):
        raise NotAllowed(Action.APPROVE)
    if document.removed_at is None and not document.public:
        document.public = True
        _record(session, AuditAction.DOCUMENT_PUBLISHED, actor, number, document)


def _own_document(session: Session, actor: Actor, number: str, document_id: int) -> ParcelDocument:
    """The document, its row locked, of a parcel that is the actor's to edit."""
    parcel = _own_parcel(session, actor, number)
    document = session.get(ParcelDocument, document_id, with_for_update=True)
    if document is None or document.parcel_id != parcel.id:
        raise NotFound(str(document_id))
    return document


def take_down(session: Session, actor: Actor, number: str, document_id: int) -> None:
    """Take a document off every page; its row stays. Raises NotFound, NotAllowed; done twice it stays as it was."""
    document = _own_document(session, actor, number, document_id)
    if document.removed_at is None:
        document.removed_at, document.removed_by = dt.datetime.now(dt.UTC), actor.account_id
        _record(session, AuditAction.DOCUMENT_TAKEN_DOWN, actor, number, document)


def for_desk(session: Session, actor: Actor, number: str) -> tuple[Shown, ...]:
    """All documents of parcel `number` and of those it came out of, what is taken down last."""
    parcel = _own_parcel(session, actor, number)
    return _shown(session, ParcelDocument.parcel_id.in_(lineage.with_predecessors(parcel.id)))


def public_of(session: Session, parcel_id: int) -> tuple[Shown, ...]:
    """What everybody may see of parcel `parcel_id` and of those it came out of."""
    mine = ParcelDocument.parcel_id.in_(lineage.with_predecessors(parcel_id))
    return _shown(session, mine & ParcelDocument.public & ParcelDocument.removed_at.is_(None))


def _shown(session: Session, which: ColumnElement[bool]) -> tuple[Shown, ...]:
    days_left = cast(ParcelDocument.expires_on - func.current_date(), Integer)
    statement = (
        select(ParcelDocument, Parcel.number, days_left)
        .join(Parcel, Parcel.id == ParcelDocument.parcel_id)
        .where(which)
        .order_by(
            ParcelDocument.removed_at.is_not(None), ParcelDocument.kind == DocumentKind.PHOTO,
            ParcelDocument.added_at.desc(), ParcelDocument.id.desc(),
        )
    )  # fmt: skip
    return tuple(
        Shown(
            row.id, number, row.kind, row.title, row.issued_on, row.expires_on, days, row.public, row.file_name,
            row.media_type, row.size_bytes, row.added_at, row.removed_at, row.added_by,
        )
        for row, number, days in session.execute(statement)
    )  # fmt: skip


def hand_out(session: Session, actor: Actor | None, number: str, document_id: int, file_name: str) -> HandedOut:
    """The file at this address; NotFound where there is none or it is not for this reader."""
    row = session.scalar(_readable(actor, number, document_id).options(undefer(ParcelDocument.content)))
    if row is None or row.file_name != file_name:
        raise NotFound(file_name)
    return HandedOut(row.content, row.media_type, row.file_name, row.sha256, row.public)


def _readable(actor: Actor | None, number: str, document_id: int) -> Select[ParcelDocument]:
    """Public ones of parcels that are offered or whose land goes on in successors; all of them inside the scope."""
    offered = visible_to_public() | lineage.has_successors()
    readable: ColumnElement[bool] = ParcelDocument.public & ParcelDocument.removed_at.is_(None) & offered
    if actor is not None and actor.may(Action.SEE_DESK):
        readable = or_(readable, within_scope(actor))
    return (
        select(ParcelDocument)
        .join(Parcel, Parcel.id == ParcelDocument.parcel_id)
        .where(Parcel.number == number, ParcelDocument.id == document_id, readable)
    )


def small(handed: HandedOut) -> HandedOut:
    """The small copy of a picture; NotFound for what is none."""
    if not handed.media_type.startswith("image/"):
        raise NotFound(handed.file_name)
    data = document_contents.small_copy(handed.data)
    return HandedOut(data, "image/jpeg", handed.file_name, f"{handed.sha256}-small", handed.public)
