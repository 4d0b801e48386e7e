"""What reading a file has to tell: notes and refusals as code + facts, with their sentences in German and English.

Nothing here decides anything; the codes are the stable part, the sentences are for people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from landportal.errors import InvalidInput

Fact = str | int | float
Sentences = Mapping[str, tuple[str, str]]
"""Code → (German, English) template; facts stand in braces."""

SENTENCES: dict[str, tuple[str, str]] = {
    "no_file": ("{file} gibt es nicht.", "There is no {file}."),
    "is_folder": (
        "{file} ist ein Ordner; gebraucht wird eine Datei (ein Shapefile als .zip).",
        "{file} is a folder; give a file (a Shapefile as .zip).",
    ),
    "no_access": ("{file} ist nicht lesbar: {reason}.", "{file} cannot be read: {reason}."),
    "empty_file": ("{file} ist leer (0 Byte).", "{file} is empty (0 bytes)."),
    "no_rows": ("{file} enthält keine Zeilen.", "{file} holds no rows."),
    "unreadable": (
        "{file} lässt sich nicht als {format} lesen: {reason}. Die Datei ist beschädigt oder abgeschnitten.",
        "{file} cannot be read as {format}: {reason}. The file is damaged or cut off.",
    ),
    "cut_off": (
        "{file} ist abgeschnitten: {found} von {announced} angekündigten {what} sind da. Bitte neu übertragen.",
        "{file} is cut off: {found} of {announced} announced {what} are there. Transfer it again.",
    ),
    "no_network": (
        "{file} enthält keine Straßen, auf denen jemand fahren darf: Es gibt nichts zu vernetzen.",
        "{file} holds no roads that anybody may drive on: there is nothing to join to a network.",
    ),
    "network_too_large": (
        "{file} hat mehr als {limit} Punkte von Straßen. Bitte einen Ausschnitt der Region nehmen.",
        "{file} has more than {limit} points of roads. Take an extract of the region.",
    ),
    "name_and_content_differ": (
        "{file} heißt .{suffix}, enthält aber etwas anderes ({found}). "
        "Gelesen werden GeoJSON, GeoPackage, Shapefile (.zip), FlatGeobuf, CSV, XLSX, KML und XPlanGML.",
        "{file} is called .{suffix} but holds something else ({found}). "
        "Readable are GeoJSON, GeoPackage, Shapefile (.zip), FlatGeobuf, CSV, XLSX, KML and XPlanGML.",
    ),
    "unknown_format": (
        "{file} ist keines der lesbaren Formate: GeoJSON, GeoPackage, Shapefile (.zip), FlatGeobuf, CSV, XLSX, KML, "
        "XPlanGML.",
        "{file} is none of the readable formats: GeoJSON, GeoPackage, Shapefile (.zip), FlatGeobuf, CSV, XLSX, KML, "
        "XPlanGML.",
    ),
    "old_excel": (
        "{file} ist eine alte Excel-Datei (.xls); bitte als .xlsx speichern.",
        "{file} is an old Excel file (.xls); save it as .xlsx.",
    ),
    "several_layers": (
        "{file} hat mehrere Ebenen: {layers}. Eine mit --layer nennen.",
        "{file} has several layers: {layers}. Name one with --layer.",
    ),
    "no_such_layer": (
        "{file} hat keine Ebene „{layer}“; es gibt: {layers}.",
        "{file} has no layer '{layer}'; there are: {layers}.",
    ),
    "no_layer": ("{file} enthält keine Ebene mit Geometrie.", "{file} holds no layer with geometry."),
    "no_geometry": (
        "{file} hat keine Spalte mit WKT oder Koordinaten. Gefunden: {columns}. "
        "Mit --map SPALTE=wkt oder --map SPALTE=lon --map SPALTE=lat nennen.",
        "{file} has no column with WKT or coordinates. Found: {columns}. "
        "Name it with --map COLUMN=wkt, or --map COLUMN=lon --map COLUMN=lat.",
    ),
    "no_such_column": (
        "{file} hat keine Spalte „{column}“; es gibt: {columns}.",
        "{file} has no column '{column}'; there are: {columns}.",
    ),
    "no_zoning_areas": (
        "{file} ist XPlanGML ohne BP_BaugebietsTeilFlaeche; es enthält {classes}.",
        "{file} is XPlanGML without BP_BaugebietsTeilFlaeche; it holds {classes}.",
    ),
    "other_xml": (
        "{file} ist XML mit der Wurzel <{root}>; gelesen werden KML und XPlanGML.",
        "{file} is XML with the root <{root}>; KML and XPlanGML are read.",
    ),
    "crs_unknown": (
        "„{crs}“ ist kein bekanntes Koordinatenreferenzsystem; erwartet wird z. B. EPSG:25832.",
        "'{crs}' is no known coordinate reference system; expected is for example EPSG:25832.",
    ),
    "crs_missing": (
        "{file} nennt kein Koordinatenreferenzsystem; die Werte ({x} / {y}) sind keine Grad, und kein übliches System "
        "legt sie in die Region. Das richtige mit --crs angeben.",
        "{file} states no coordinate reference system; its values ({x} / {y}) are not degrees, and no usual system "
        "puts them into the region. Give the right one with --crs.",
    ),
    "crs_missing_likely": (
        "{file} nennt kein Koordinatenreferenzsystem. Die Werte ({x} / {y}) sehen nach {likely} aus: "
        "mit --crs angeben, z. B. --crs {first}.",
        "{file} states no coordinate reference system. Its values ({x} / {y}) look like {likely}: "
        "say so with --crs, for example --crs {first}.",
    ),
    "crs_contradicts": (
        "{file}: die Werte ({x} / {y}) sind keine Grad, passen also nicht zu {crs}, und kein übliches System legt sie "
        "in die Region. Das richtige mit --crs angeben.",
        "{file}: the values ({x} / {y}) are not degrees, so they do not fit {crs}, and no usual system puts them into "
        "the region. Give the right one with --crs.",
    ),
    "crs_contradicts_likely": (
        "{file}: die Werte ({x} / {y}) sind keine Grad, passen also nicht zu {crs}. Sie sehen nach {likely} aus: "
        "mit --crs angeben, z. B. --crs {first}.",
        "{file}: the values ({x} / {y}) are not degrees, so they do not fit {crs}. They look like {likely}: "
        "say so with --crs, for example --crs {first}.",
    ),
    "crs_assumed": (
        "Kein Koordinatenreferenzsystem genannt; die Werte sind Grad und wurden als WGS 84 (EPSG:4326) gelesen.",
        "No coordinate reference system stated; the values are degrees and were read as WGS 84 (EPSG:4326).",
    ),
    "crs_overruled": (
        "Die Datei nennt {stated}; gelesen wurde wie verlangt als {crs}.",
        "The file states {stated}; as told, it was read as {crs}.",
    ),
    "crs_accuracy": (
        "Umrechnung {crs} → EPSG:25832 auf etwa {metres} m genau (das genauere Gitter ist nicht installiert).",
        "Conversion {crs} → EPSG:25832 is accurate to about {metres} m (the finer grid is not installed).",
    ),
    "axes_swapped": (
        "Die Achsen stehen entgegen {crs} vertauscht in der Datei und wurden für alle Zeilen getauscht.",
        "The file holds its axes in the other order than {crs} says; they were swapped for all rows.",
    ),
    "encoding_found": (
        "Zeichensatz nicht (richtig) angegeben; am Inhalt erkannt: {encoding}.",
        "The encoding is not (rightly) stated; recognised by content: {encoding}.",
    ),
    "encoding_unknown": (
        "{file} lässt sich nicht als {encoding} lesen. Den Zeichensatz mit --encoding nennen.",
        "{file} cannot be read as {encoding}. Name its encoding with --encoding.",
    ),
    "dbf_missing": (
        "Das Shapefile kommt ohne .dbf: nur Geometrien, keine Angaben.",
        "The Shapefile comes without its .dbf: geometries only, no attributes.",
    ),
    "shx_missing": (
        "Das Shapefile kommt ohne .shx; der Index wurde neu gebildet.",
        "The Shapefile comes without its .shx; the index was rebuilt.",
    ),
    "other_plan_objects": (
        "{rows} weitere Planobjekte sind keine Baugebiete und bleiben außen vor: {classes}.",
        "{rows} other plan objects are no zoning areas and are left out: {classes}.",
    ),
    "plan_height_not_relative": (
        "Höhen über Normalnull sind keine Gebäudehöhen und wurden nicht übernommen.",
        "Heights above sea level are no building heights and were not taken over.",
    ),
    "zip_unsafe": (
        "{file} enthält einen unzulässigen Pfad: {member}.",
        "{file} holds a path that is not allowed: {member}.",
    ),
    "zip_too_large": (
        "{file} ist ausgepackt zu groß (Grenze {limit} MB, {ratio}-fach).",
        "{file} is too large when unpacked (limit {limit} MB, {ratio} times).",
    ),
    "zip_encrypted": ("{file} ist verschlüsselt.", "{file} is encrypted."),
    "zip_without_data": (
        "{file} enthält keine lesbare Datei; darin: {members}.",
        "{file} holds no readable file; in it: {members}.",
    ),
    "duplicate_heading": (
        "Die Überschrift „{column}“ kommt mehrfach vor; gelesen wurde die erste Spalte.",
        "The heading '{column}' occurs more than once; the first column was read.",
    ),
    "bad_geometry": ("Die Geometrie ist nicht lesbar.", "The geometry cannot be read."),
    "bad_coordinate": ("„{value}“ ist keine Koordinate.", "'{value}' is not a coordinate."),
    "field_count": (
        "Die Zeile hat {found} Felder, die Überschrift {expected}.",
        "The row has {found} fields, the heading {expected}.",
    ),
}


def sentence(code: str, facts: Mapping[str, Fact], language: str, sentences: Sentences = SENTENCES) -> str:
    """The sentence for `code` in ``de`` or ``en``, with the numbers written as that language does."""
    german, english = sentences[code]
    shown = {name: _shown(value, language) for name, value in facts.items()}
    return (german if language == "de" else english).format_map(shown)


def _shown(value: Fact, language: str) -> str:
    if isinstance(value, str):
        return value if len(value) <= 300 else value[:299] + "…"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.10g}"
    return text.translate(str.maketrans(",.", ".,")) if language == "de" else text


@dataclass(frozen=True)
class Note:
    """Something worth telling about a file or a row."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


class CannotRead(InvalidInput):
    """A file that cannot be used as a whole; its text is English, ``note`` lets others say it in German.

    `choices` are the layers or sheets to choose from, where that is what lacks.
    """

    def __init__(self, code: str, choices: Sequence[str] = (), **facts: Fact) -> None:
        super().__init__(sentence(code, facts, "en"))
        self.note = Note(code, facts)
        self.choices = tuple(choices)
