"""The key that signs what browsers and mails carry: the operator's, or one made for this instance.

What is signed with it is decided elsewhere; every use derives a key of its own (`derived`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

from landportal.config import Settings


def secret_key(settings: Settings) -> str:
    """The key of `settings`, else the instance's own, made on first use. A change of it ends all sessions and links."""
    return settings.secret_key or kept_secret(settings.instance / "secret-key", secrets.token_urlsafe(48))


def kept_secret(file: Path, proposal: str) -> str:
    """What `file` keeps for this instance; `proposal` where nothing is kept yet. Only its owner may read it."""
    if not file.is_file():
        file.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(file, proposal)
    return file.read_text()


def _write_whole(file: Path, content: str) -> None:
    """Two processes may start at once: the file appears with its content or not at all, and the first one wins."""
    unfinished = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as made:
        made.write(content)
    try:
        os.link(unfinished, file)
    except FileExistsError:
        pass
    finally:
        unfinished.unlink()


def derived(key: str, purpose: str) -> bytes:
    """32 bytes for one `purpose`: what is signed for one is worth nothing for another."""
    return hmac.new(key.encode(), purpose.encode(), hashlib.sha256).digest()
