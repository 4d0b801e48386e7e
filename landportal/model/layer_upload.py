"""Files that planners upload to become context layers: where each stands, what was found in it, what was chosen.

The file itself lies in the instance folder until the upload is over; the layer it becomes is in `layer`.
"""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Identity, String, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from landportal.model.base import Base, one_of


class LayerUploadState(StrEnum):
    """How far an upload has come; the states in ``-ing`` belong to a job."""

    LOOKING = "looking"
    LOOKED = "looked"
    REFUSED = "refused"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    DISCARDED = "discarded"


class LayerUpload(Base):
    """An uploaded file. `organisation_id` None: of the administrators of the whole portal.

    `options` is what was chosen, `survey` what the first pass over the file found, `result` what publishing did,
    `problem` the code and facts of a refusal. `replaces` names the layer whose next delivery it is to be.
    """

    __tablename__ = "layer_upload"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    file_name: Mapped[str] = mapped_column(String(200))
    file_bytes: Mapped[int] = mapped_column(BigInteger)
    stored_as: Mapped[str] = mapped_column(String(80))
    replaces: Mapped[str | None] = mapped_column(String(63))
    options: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    state: Mapped[str] = mapped_column(String(12))
    rows_done: Mapped[int] = mapped_column(server_default="0")
    rows_total: Mapped[int | None]
    survey: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    problem: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    created_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[dt.datetime] = mapped_column(server_default=func.now())

    __table_args__ = (one_of("state", LayerUploadState),)
