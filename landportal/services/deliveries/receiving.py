"""The upload: chunk by chunk into the instance folder, hashed on the way, never as a whole in memory.

Until it is complete the file has no name (O_TMPFILE): whatever ends the upload, a closed browser or a killed server,
nothing is left of it. What is inside is looked at in `understanding`.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import tempfile
import unicodedata
from pathlib import Path, PurePosixPath

from sqlalchemy.orm import Session

from landportal.errors import InvalidInput
from landportal.model import Delivery
from landportal.services.permissions import Action, Actor, require

UPLOAD_MAX_BYTES = 200_000_000
"""Largest file taken through the page; larger ones are the operator's (`landportal import`)."""

NAME_MAX_BYTES = 180
FOLDER = "deliveries"
UNFINISHED = ".upload-"
"""How files begin that a file system without nameless files leaves behind when the server is killed."""


class TooLarge(InvalidInput):
    """The upload has more bytes than are taken."""


class Incoming:
    """A file being received: what is written is counted and hashed. `keep` gives it a name, `close` ends it."""

    def __init__(self, instance: Path, limit: int = UPLOAD_MAX_BYTES, folder: str = FOLDER) -> None:
        self.folder = instance / folder
        self.folder.mkdir(parents=True, exist_ok=True)
        self.size, self._limit, self._hash = 0, limit, hashlib.sha256()
        self._named: Path | None = None
        try:
            descriptor = os.open(self.folder, os.O_TMPFILE | os.O_RDWR, 0o600)
        except OSError:  # Not every file system has nameless files; `purging` sweeps what a kill leaves.
            descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=self.folder)
            self._named = Path(name)
        self._file = os.fdopen(descriptor, "w+b")

    @property
    def sha256(self) -> str:
        """SHA-256 of what has arrived."""
        return self._hash.hexdigest()

    def write(self, chunk: bytes) -> int:
        """Take the next bytes; TooLarge beyond the limit."""
        self.size += len(chunk)
        if self.size > self._limit:
            raise TooLarge("upload_too_large", "file")
        self._hash.update(chunk)
        return self._file.write(chunk)

    def seek(self, offset: int, whence: int = 0) -> int:
        """As a file does: whoever received it rewinds it."""
        return self._file.seek(offset, whence)

    def read(self, size: int = -1) -> bytes:
        """As a file does."""
        return self._file.read(size)

    def keep(self, token: str, name: str) -> Path:
        """Give the complete file its place: a folder of its own, under its own name."""
        self._file.flush()
        os.fsync(self._file.fileno())
        target = self.folder / token / name
        target.parent.mkdir()
        if self._named:
            self._named.rename(target)
            self._named = None
        else:
            # Naming a directory makes Python use linkat(), which alone follows the link to the nameless file.
            beside = os.open(target.parent, os.O_RDONLY)
            try:
                os.link(f"/proc/self/fd/{self._file.fileno()}", name, dst_dir_fd=beside, follow_symlinks=True)
            finally:
                os.close(beside)
        return target

    def close(self) -> None:
        """Forget what was not kept."""
        self._file.close()
        if self._named:
            with contextlib.suppress(FileNotFoundError):
                self._named.unlink()


def receive(session: Session, actor: Actor, incoming: Incoming, name: str) -> Delivery:
    """A delivery of the actor's organisation with the file that has arrived; InvalidInput for an empty one."""
    require(actor, Action.IMPORT)
    if actor.organisation_id is None:
        raise InvalidInput("no_organisation", "file")
    if not incoming.size:
        raise InvalidInput("empty_file", "file")
    plain, token = plain_name(name), secrets.token_hex(16)
    incoming.keep(token, plain)
    delivery = Delivery(
        organisation_id=actor.organisation_id, account_id=actor.account_id, file_name=plain,
        file_sha256=incoming.sha256, file_bytes=incoming.size, stored_as=token,
    )  # fmt: skip
    session.add(delivery)
    session.flush()
    return delivery


def plain_name(name: str) -> str:
    """The file's own name without folders, control characters and what file systems forbid; its ending stays."""
    last = PurePosixPath(name.replace("\\", "/")).name
    clean = "".join(letter for letter in unicodedata.normalize("NFC", last) if letter.isprintable())
    clean = re.sub(r'[<>:"|?*]', "_", clean).lstrip(". ") or "upload"
    stem, dot, ending = clean.rpartition(".")
    room = NAME_MAX_BYTES - len((dot + ending).encode())
    return clean if room < 1 or not stem else stem.encode()[:room].decode(errors="ignore") + dot + ending


def file_of(instance: Path, delivery: Delivery) -> Path:
    """Where the uploaded file lies; it is gone once the delivery was purged."""
    return instance / FOLDER / delivery.stored_as / delivery.file_name
