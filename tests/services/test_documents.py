"""Files that officers send, the worst ones too: what is kept of them, for whom, and for how long."""

from __future__ import annotations

import datetime as dt
import io
import struct
import zipfile
import zlib

import pytest
from PIL import Image
from PIL.TiffImagePlugin import IFDRational
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from sqlalchemy import select

from landportal.errors import InvalidInput, NotAllowed, NotFound
from landportal.model import ParcelDocument
from landportal.services import documents, shapes
from landportal.services.document_contents import Unfit, accept, safe_name, small_copy
from landportal.services.documents import NewDocument
from landportal.services.permissions import actor_of
from tests.services.test_shapes import knife, splitting

SVG = b"""<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>"""


def picture(format_="JPEG", size=(60, 40), mode="RGB", **options):
    target = io.BytesIO()
    Image.effect_noise(size, 80).convert(mode).save(target, format_, **options)
    return target.getvalue()


def photo_with_gps(orientation=6):
    shot = Image.new("RGB", (60, 40), "white")
    shot.paste("red", (0, 0, 20, 40))
    exif = Image.Exif()
    exif[0x0110] = "Kamera 3000"
    exif[0x0112] = orientation
    exif.get_ifd(0x8825).update({1: "N", 2: (IFDRational(50), IFDRational(56), IFDRational(1)), 3: "E"})
    target = io.BytesIO()
    shot.save(target, "JPEG", exif=exif, quality=95, comment=b"geheim", icc_profile=b"kein Profil")
    return target.getvalue()


def pdf(script=None, password=None, pages=1):
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(200, 200)
    if script:
        action = {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
        writer.root_object[NameObject("/OpenAction")] = DictionaryObject(action)
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    target = io.BytesIO()
    writer.write(target)
    return target.getvalue()


def png_of_300_megapixels():
    """A few hundred kilobytes that would unpack to 900 MB."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + 20_000 * 3) * 100) for _ in range(150)) + packer.flush()
    head = struct.pack(">IIBBBBB", 20_000, 15_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def zip_bomb():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        # With a fixed day: what both halves of a parallel run make of it has to be the same to the byte.
        archive.writestr(zipfile.ZipInfo("bombe", (2026, 1, 1, 0, 0, 0)), bytes(30_000_000), zipfile.ZIP_DEFLATED)
    return target.getvalue()


class TestContents:
    def test_a_photo_keeps_its_pixels_upright_and_nothing_else(self):
        kept = accept(photo_with_gps(), "IMG_0001.jpg")
        with Image.open(io.BytesIO(kept.data)) as shown:
            assert shown.size == (40, 60)
            red, green, _blue = shown.getpixel((20, 5))
            assert (red > 200, green < 60) == (True, True)
            assert dict(shown.getexif()) == {}
            assert "icc_profile" not in shown.info
        for trace in (b"Exif", b"GPS", b"Kamera", b"geheim"):
            assert trace not in kept.data

    @pytest.mark.parametrize(
        ("data", "media_type", "name"),
        [
            (picture("JPEG"), "image/jpeg", "a.jpg"),
            (picture("JPEG", mode="CMYK"), "image/jpeg", "a.jpg"),
            (picture("JPEG", mode="L"), "image/jpeg", "a.jpg"),
            (picture("PNG", mode="RGBA"), "image/png", "a.png"),
            (picture("PNG", mode="P"), "image/png", "a.png"),
            (picture("PNG", mode="I;16"), "image/png", "a.png"),
            (picture("WEBP"), "image/webp", "a.webp"),
            (pdf(), "application/pdf", "a.pdf"),
            (pdf("app.alert(1)"), "application/pdf", "a.pdf"),
        ],
    )
    def test_what_is_kept_is_named_by_its_content(self, data, media_type, name):
        kept = accept(data, "a.exe")
        assert (kept.media_type, kept.file_name) == (media_type, name)
        if media_type.startswith("image/"):
            with Image.open(io.BytesIO(small_copy(kept.data))) as small:
                assert small.format == "JPEG"

    def test_a_large_picture_becomes_smaller_and_keeps_its_proportion(self):
        kept = accept(picture(size=(4_800, 1_200)), "breit.jpg")
        with Image.open(io.BytesIO(kept.data)) as shown:
            assert shown.size == (2_400, 600)
        with Image.open(io.BytesIO(small_copy(kept.data))) as small:
            assert small.size == (480, 120)

    def test_what_hangs_behind_a_picture_is_gone(self):
        assert b"<script>" not in accept(picture() + b"<script>alert(1)</script>", "a.jpg").data

    def test_a_picture_cut_off_is_refused_also_after_a_pdf_was_written(self):
        import weasyprint  # noqa: F401 - what it sets for the whole process is the matter

        with pytest.raises(Unfit) as refused:
            accept(picture()[:700], "halb.jpg")
        assert refused.value.code == "picture_damaged"

    @pytest.mark.parametrize(
        ("data", "name", "code"),
        [
            (b"", "leer.pdf", "empty"),
            (SVG, "bild.png", "not_ours"),
            (b"<html><script>alert(1)</script></html>", "seite.pdf", "not_ours"),
            (picture("GIF", mode="P"), "bild.jpg", "not_ours"),
            (picture("TIFF"), "bild.tif", "not_ours"),
            (b"MZ\x90\0" + bytes(200), "gutachten.pdf", "not_ours"),
            (zip_bomb(), "bombe.pdf", "not_ours"),
            (picture()[:700], "halb.jpg", "picture_damaged"),
            (picture("PNG")[:900], "halb.png", "picture_damaged"),
            (b"\xff\xd8\xff" + bytes(400), "nichts.jpg", "picture_damaged"),
            (b"RIFF\xff\xff\xff\xffWEBP" + bytes(400), "nichts.webp", "picture_damaged"),
            (png_of_300_megapixels(), "riesig.png", "too_many_pixels"),
            (picture("BMP", size=(10, 10)), "bild.bmp", "not_ours"),
            (b"\xff\xd8\xff" + bytes(15_000_001), "gross.jpg", "too_large"),
            (b"%PDF-1.7\n" + bytes(20_000_001) + b"%%EOF", "gross.pdf", "too_large"),
            (pdf()[:300], "halb.pdf", "pdf_cut_off"),
            (b"%PDF-1.7\nkein Inhalt\n%%EOF", "leer.pdf", "pdf_damaged"),
            (pdf(pages=0), "ohne.pdf", "pdf_damaged"),
            (pdf(password="x"), "zu.pdf", "pdf_locked"),
            (pdf() + zip_bomb(), "zwei.pdf", "two_in_one"),
            (pdf() + b"<script>" * 300, "zwei.pdf", "two_in_one"),
            (b"%PDF-<html><script>alert(1)</script>" + pdf(), "zwei.pdf", "two_in_one"),
            (b"\n<script>alert(1)</script>" + pdf(), "zwei.pdf", "not_ours"),
        ],
        ids=lambda value: value if isinstance(value, str) else "file",
    )
    def test_everything_else_is_refused_with_its_reason(self, data, name, code):
        with pytest.raises(Unfit) as refused:
            accept(data, name)
        assert refused.value.code == code

    @pytest.mark.parametrize(
        ("given", "kept"),
        [
            ("../../etc/passwd", "passwd.pdf"),
            ("C:\\Users\\x\\Gutachten Süd.PDF", "Gutachten Süd.pdf"),
            ('a"b\r\nSet-Cookie: x.pdf', "a_b__Set-Cookie_ x.pdf"),
            ("a/b?c=d#e.pdf", "b_c_d_e.pdf"),
            ("\u202egpj.exe", "_gpj.pdf"),
            ("...", "file.pdf"),
            ("x" * 500, "x" * 120 + ".pdf"),
        ],
    )
    def test_a_file_name_holds_nothing_that_an_address_or_a_header_understands(self, given, kept):
        assert safe_name(given, "application/pdf") == kept


class TestKeeping:
    @pytest.fixture
    def parcel(self, land):
        return land.parcel("H-1", 1, 1)

    @pytest.fixture
    def officer(self, land, account):
        return actor_of(account("officer", ags="16067089"))

    @staticmethod
    def letter(**facts):
        return NewDocument(
            **{"kind": "utility_letter", "title": "Zusage", "data": pdf(), "file_name": "z.pdf", **facts}
        )

    def handed(self, session, actor, shown):
        return documents.hand_out(session, actor, shown.number, shown.id, shown.file_name)

    def test_the_desk_sees_all_the_public_what_is_public(self, session, parcel, officer):
        documents.add(session, officer, "H-1", self.letter(title="intern"))
        documents.add(session, officer, "H-1", self.letter(title="offen", public=True))
        inside, public = documents.for_desk(session, officer, "H-1"), documents.public_of(session, parcel.id)
        assert {shown.title for shown in inside} == {"intern", "offen"}
        assert [shown.title for shown in public] == ["offen"]

    def test_a_file_that_is_not_public_is_there_only_for_its_own_desk(self, session, parcel, officer, account):
        documents.add(session, officer, "H-1", self.letter())
        [shown] = documents.for_desk(session, officer, "H-1")
        assert self.handed(session, officer, shown).data.startswith(b"%PDF")
        for stranger in (
            None,
            actor_of(account("officer", ags="16067072")),
            actor_of(account("administrator", ags="16067")),
        ):
            with pytest.raises(NotFound):
                self.handed(session, stranger, shown)
        assert self.handed(session, actor_of(account("planner", ags="16067")), shown)

    def test_another_address_of_the_same_file_does_not_exist(self, session, parcel, officer, land):
        land.parcel("H-2", 3, 3)
        number = documents.add(session, officer, "H-1", self.letter(public=True))
        for wrong in (("H-2", number, "z.pdf"), ("H-1", number + 1, "z.pdf"), ("H-1", number, "y.pdf")):
            with pytest.raises(NotFound):
                documents.hand_out(session, None, *wrong)

    def test_with_four_eyes_somebody_else_makes_it_public(self, session, parcel, account):
        member = account("officer", "approver", ags="16067")
        member.organisation.four_eyes = True
        session.flush()
        author, officer, approver = map(
            actor_of, (member, account("officer", ags="16067"), account("approver", ags="16067"))
        )
        number = documents.add(session, author, "H-1", self.letter(public=True))
        assert documents.public_of(session, parcel.id) == ()
        for not_enough in (author, officer):
            with pytest.raises(NotAllowed):
                documents.publish(session, not_enough, "H-1", number)
        documents.publish(session, approver, "H-1", number)
        assert len(documents.public_of(session, parcel.id)) == 1

    def test_what_is_taken_down_is_gone_for_all_and_stays_in_the_table(self, session, parcel, officer):
        number = documents.add(session, officer, "H-1", self.letter(public=True))
        documents.take_down(session, officer, "H-1", number)
        documents.take_down(session, officer, "H-1", number)
        assert documents.public_of(session, parcel.id) == ()
        with pytest.raises(NotFound):
            documents.hand_out(session, None, "H-1", number, "z.pdf")
        row = session.get(ParcelDocument, number)
        assert (row.removed_by, len(row.content) > 0) == (officer.account_id, True)

    def test_another_desk_adds_and_takes_down_nothing(self, session, parcel, officer, account):
        number = documents.add(session, officer, "H-1", self.letter())
        for roles, ags in ((["officer"], "16067072"), (["planner"], "16067089"), (["administrator"], "16067089")):
            stranger = actor_of(account(*roles, ags=ags))
            with pytest.raises(NotAllowed):
                documents.add(session, stranger, "H-1", self.letter())
            with pytest.raises(NotAllowed):
                documents.take_down(session, stranger, "H-1", number)

    @pytest.mark.parametrize(
        ("facts", "field"),
        [
            ({"title": "  "}, "title"),
            ({"title": "x" * 201}, "title"),
            ({"kind": "brief"}, "kind"),
            ({"kind": "photo"}, "kind"),
            ({"issued_on": dt.date(2026, 3, 14), "expires_on": dt.date(2026, 3, 14)}, "expires_on"),
            ({"data": SVG}, "file"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_field_and_nothing_is_kept(self, session, parcel, officer, facts, field):
        with pytest.raises(InvalidInput) as refused:
            documents.add(session, officer, "H-1", self.letter(**facts))
        assert refused.value.field == field
        assert session.scalar(select(ParcelDocument)) is None

    def test_the_end_of_a_document_is_counted_in_days(self, session, parcel, officer):
        today = dt.datetime.now(dt.UTC).date()
        for days in (-3, 0, 20, 400):
            documents.add(session, officer, "H-1", self.letter(title=str(days), expires_on=today + dt.timedelta(days)))
        told = {int(shown.title): shown for shown in documents.for_desk(session, officer, "H-1")}
        assert {days: shown.days_left for days, shown in told.items()} == {-3: -3, 0: 0, 20: 20, 400: 400}
        assert [days for days, shown in told.items() if shown.expired] == [-3]
        assert {days for days, shown in told.items() if shown.expires_soon} == {0, 20}

    def test_parts_show_the_documents_of_the_whole_and_the_whole_still_serves_them(self, session, parcel, officer):
        documents.add(session, officer, "H-1", self.letter(public=True))
        divided = shapes.split(session, officer, splitting(parcel, knife(1.03)))
        part = shapes.parcel_at_desk(session, officer, divided.numbers[0])
        [shown] = documents.public_of(session, part.id)
        assert shown.number == "H-1"
        assert self.handed(session, None, shown).media_type == "application/pdf"

    def test_documents_of_a_withdrawn_parcel_are_no_longer_public(self, session, parcel, officer):
        documents.add(session, officer, "H-1", self.letter(public=True))
        [shown] = documents.public_of(session, parcel.id)
        parcel.status = "withdrawn"
        session.flush()
        with pytest.raises(NotFound):
            self.handed(session, None, shown)
        assert self.handed(session, officer, shown)
