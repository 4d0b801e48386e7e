"""A land balance as a file: CSV, XLSX, JSON or PDF of the same figures."""

from __future__ import annotations

from flask_babel import gettext as _

from landportal.services.reports.land_balance import LandBalance
from landportal.services.reports.outlines import Picture
from landportal.services.reports.tables import tables
from landportal.web import formats, wording
from landportal.web.planning import balance_words, files, pdf
from landportal.web.planning.balance_args import Asked
from landportal.web.planning.balance_view import BalanceView
from landportal.web.planning.files import Document


def document(report: LandBalance) -> Document:
    """The report as tables with title and foot."""
    title = _("Land balance: %(place)s", place=balance_words.unit_name(report.unit))
    return Document(title, foot(report), tables(report))


def foot(report: LandBalance) -> tuple[str, ...]:
    """What belongs under every copy: days, method, licence, sources."""
    begins, ends = formats.date(report.wanted.begins), formats.date(report.wanted.ends)
    sources = [f"{wording.title(source)}: {source.attribution}, {source.licence}" for source in report.sources]
    return (
        _("From the end of %(begins)s to the end of %(ends)s.", begins=begins, ends=ends),
        _("Net is the area of the sites; gross adds their share of the roads and green of their area."),
        _("Public sites only; withdrawn sites do not count."),
        _("Sources and licences:"), *dict.fromkeys(sources),
    )  # fmt: skip


def written(report: LandBalance, format: str, picture: Picture | None = None) -> bytes:
    """The report in one of csv, xlsx, json, pdf; the last one shows `picture`, the map of its parts."""
    if format == "pdf":
        view = BalanceView(Asked.of(report.wanted), (), report, picture)
        return pdf.written("planning/balance_pdf.html", document=document(report), view=view)
    if format == "xlsx":
        return files.as_xlsx(document(report))
    text = files.as_json(document(report)) if format == "json" else files.as_csv(document(report))
    return text.encode()


def file_name(report: LandBalance, format: str) -> str:
    """A name that says what and when."""
    place = report.unit.key.replace(":", "-")
    subject = _("land-balance")
    return f"{subject}-{place}-{report.wanted.ends}.{format}"
