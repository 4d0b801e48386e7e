"""What a file that somebody sends really is, by its content and never by its name; and what of it is kept.

Pictures are drawn anew without their metadata, PDFs are kept as they are and never opened for anybody. Everything else
is refused with a reason. Nothing here knows the store.

pypdf reads PDFs: pure Python (nothing native meets a stranger's bytes), BSD, looked after by the PyPDF project.
"""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from dataclasses import dataclass
from pathlib import PurePath

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from landportal.errors import InvalidInput

PDF_MAX_BYTES = 20_000_000
PICTURE_MAX_BYTES = 15_000_000
PICTURE_MAX_PIXELS = 50_000_000
SIDE_MAX_PX = 2400
"""Longest side of a picture that is kept: enough for a full screen."""

SMALL_SIDE_PX = 480
"""Longest side of the small copy that lists show."""

QUALITY = 85
FILE_NAME_MAX = 120

_SUFFIXES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
_PICTURE_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_KNOWN_STRANGERS = (
    (b"GIF8", "GIF"), (b"PK\x03\x04", "ZIP"), (b"PK\x05\x06", "ZIP"), (b"MZ", "EXE"), (b"\x7fELF", "ELF"),
    (b"\x1f\x8b", "GZIP"), (b"Rar!", "RAR"), (b"7z\xbc\xaf", "7Z"), (b"BM", "BMP"), (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"), (b"\xd0\xcf\x11\xe0", "Office"), (b"{\\rtf", "RTF"), (b"\0\0\0", "HEIC"),
)  # fmt: skip


class Unfit(InvalidInput):
    """A file that is not kept; `code` and `facts` let the page say why in the reader's language."""

    def __init__(self, code: str, **facts: str | int) -> None:
        super().__init__(code, "file")
        self.code, self.facts = code, facts


@dataclass(frozen=True)
class Content:
    """What is kept of a file: bytes, media type by content, a file name that fits it."""

    data: bytes
    media_type: str
    file_name: str

    @property
    def sha256(self) -> str:
        """Digest of what is kept."""
        return hashlib.sha256(self.data).hexdigest()


def accept(data: bytes, file_name: str) -> Content:
    """What is kept of `data`; raises Unfit for what is neither a sound PDF nor a sound JPEG, PNG or WebP picture."""
    if not data:
        raise Unfit("empty")
    if data.startswith(b"%PDF-"):
        _check_pdf(data)
        return Content(data, "application/pdf", safe_name(file_name, "application/pdf"))
    if data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        kept, media_type = _redrawn(data)
        return Content(kept, media_type, safe_name(file_name, media_type))
    raise Unfit("not_ours", found=_described(data))


def safe_name(file_name: str, media_type: str) -> str:
    """`file_name` without path, control characters and marks that addresses give a meaning, with the right ending."""
    stem = PurePath(file_name.replace("\\", "/")).stem
    stem = re.sub(r"[^\w .,()+-]", "_", stem).strip(" .")[:FILE_NAME_MAX] or "file"
    return stem + _SUFFIXES[media_type]


def _described(data: bytes) -> str:
    for magic, name in _KNOWN_STRANGERS:
        if data.startswith(magic):
            return name
    text = data[:4096].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml")) and b"<svg" in text:
        return "SVG"
    return "HTML" if text.startswith((b"<!doctype html", b"<html", b"<script")) else "?"


# ------------------------------------------------------------------------------------------------------------- PDF


def _check_pdf(data: bytes) -> None:
    """A PDF from its first byte to its end, with pages, not locked; not a second file behind or inside its frame."""
    if len(data) > PDF_MAX_BYTES:
        raise Unfit("too_large", limit=PDF_MAX_BYTES // 1_000_000)
    # What follows the end mark is no part of the document: that is how one file pretends to be two.
    end = data.rfind(b"%%EOF")
    if end < 0:
        raise Unfit("pdf_cut_off")
    if len(data) - end > 1024 or b"PK\x05\x06" in data[-66_000:] or not re.match(rb"%PDF-[12]\.\d", data):
        raise Unfit("two_in_one")
    if re.search(rb"<(html|script|svg|!doctype)", data[:1024], re.IGNORECASE):
        raise Unfit("two_in_one")
    # It comes with the first document: not every start has to wait for it.
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        locked = reader.is_encrypted
        pages = 0 if locked else len(reader.pages)
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError):
        raise Unfit("pdf_damaged") from None
    if locked:
        raise Unfit("pdf_locked")
    if pages < 1:
        raise Unfit("pdf_damaged")


# -------------------------------------------------------------------------------------------------------- pictures


def _redrawn(data: bytes) -> tuple[bytes, str]:
    """The picture upright, at most SIDE_MAX_PX long, in plain sRGB, without any metadata; and its media type."""
    if len(data) > PICTURE_MAX_BYTES:
        raise Unfit("too_large", limit=PICTURE_MAX_BYTES // 1_000_000)
    with _opened(data) as picture:
        format_ = str(picture.format)
        if format_ == "JPEG":
            picture.draft("RGB", (SIDE_MAX_PX, SIDE_MAX_PX))
        try:
            picture.load()
            upright = ImageOps.exif_transpose(picture)
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError, Image.DecompressionBombError):
            raise Unfit("picture_damaged") from None
        plain = _in_plain_colours(upright, keeps_alpha=format_ != "JPEG")
    plain.thumbnail((SIDE_MAX_PX, SIDE_MAX_PX))
    return _encoded(plain, format_), _PICTURE_TYPES[format_]


def _opened(data: bytes) -> Image.Image:
    """The picture, its size known and bearable, nothing of it decoded yet."""
    try:
        with warnings.catch_warnings():
            # Ours is the lower limit; Pillow's own would only warn at this size.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # The library that writes our PDFs allows cut-off pictures to the whole process when it is loaded.
            ImageFile.LOAD_TRUNCATED_IMAGES = False
            picture = Image.open(io.BytesIO(data), formats=list(_PICTURE_TYPES))
    except Image.DecompressionBombError:
        raise Unfit("too_many_pixels", limit=PICTURE_MAX_PIXELS // 1_000_000) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Unfit("picture_damaged") from None
    if picture.width * picture.height > PICTURE_MAX_PIXELS:
        raise Unfit("too_many_pixels", limit=PICTURE_MAX_PIXELS // 1_000_000)
    return picture


def _in_plain_colours(picture: Image.Image, keeps_alpha: bool) -> Image.Image:
    """The picture in RGB, with transparency where its format has any, colours converted by its profile to sRGB."""
    has_alpha = keeps_alpha and (picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info)
    wanted = "RGBA" if has_alpha else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and not has_alpha:
        try:
            source, target = ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(picture, source, target, outputMode="RGB")
            picture = converted if converted is not None else picture
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # A broken profile changes shades, not what the picture shows.
    redrawn = Image.new(wanted, picture.size)
    redrawn.paste(picture.convert(wanted))
    return redrawn


def _encoded(picture: Image.Image, format_: str) -> bytes:
    """Bytes of a picture that was made here and carries nothing but its pixels."""
    target = io.BytesIO()
    if format_ == "PNG":
        picture.save(target, "PNG", optimize=True)
    else:
        picture.save(target, format_, quality=QUALITY)
    return target.getvalue()


def small_copy(data: bytes) -> bytes:
    """A kept picture as a JPEG of SMALL_SIDE_PX, on white where it is transparent."""
    with Image.open(io.BytesIO(data), formats=list(_PICTURE_TYPES)) as picture:
        picture.draft("RGB", (SMALL_SIDE_PX, SMALL_SIDE_PX))
        picture.thumbnail((SMALL_SIDE_PX, SMALL_SIDE_PX))
        shown = picture.convert("RGBA") if picture.mode == "RGBA" else picture.convert("RGB")
    if shown.mode == "RGBA":
        ground = Image.new("RGB", shown.size, "white")
        ground.paste(shown, mask=shown.getchannel("A"))
        shown = ground
    return _encoded(shown, "JPEG")
