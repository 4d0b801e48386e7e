"""The sentences of an import, German and English, by code. A table and nothing else: `import_issues` speaks them."""

from __future__ import annotations

from landportal.gis import notes

SENTENCES: dict[str, tuple[str, str]] = {
    **notes.SENTENCES,
    # Values
    "control_character": ("„{field}“ enthält Steuerzeichen.", "'{field}' contains control characters."),
    "not_a_number": ("„{value}“ ist keine Zahl.", "'{value}' is not a number."),
    "not_whole": ("„{value}“ ist keine ganze Zahl.", "'{value}' is not a whole number."),
    "number_ambiguous": (
        "„{value}“ kann {one} oder {other} heißen; bitte eindeutig schreiben.",
        "'{value}' may mean {one} or {other}; write it unambiguously.",
    ),
    "number_too_large": ("„{value}“ ist unglaubwürdig groß.", "'{value}' is too large to be true."),
    "out_of_range": ("{field} muss {range} liegen, nicht {value}.", "{field} must be {range}, not {value}."),
    "unit_unknown": ("Die Einheit „{unit}“ ist nicht bekannt.", "The unit '{unit}' is not known."),
    "unit_unfit": ("Die Einheit {unit} passt nicht zu {field}.", "The unit {unit} does not fit {field}."),
    "unit_missing": (
        "Spalte „{column}“ nennt keine Einheit. In die Überschrift schreiben, z. B. „{column} ({unit})“, "
        "oder --map '{column}={ours}' für {unit}.",
        "Column '{column}' names no unit. Write it into the heading, for example '{column} ({unit})', "
        "or use --map '{column}={ours}' for {unit}.",
    ),
    "unit_missing_unused": (
        "Spalte „{column}“ nennt keine Einheit und wurde nicht mit der Geometrie verglichen.",
        "Column '{column}' names no unit and was not compared with the geometry.",
    ),
    "unit_assumed": (
        "Spalte „{column}“ nennt keine Einheit; gelesen als {unit}.",
        "Column '{column}' names no unit; read as {unit}.",
    ),
    "decimal_comma": (
        "Zahlen wie 1.234 wurden mit Dezimalkomma gelesen (so schreibt die übrige Datei): 1234.",
        "Numbers like 1.234 were read with a decimal comma (as the rest of the file writes): 1234.",
    ),
    "decimal_point": (
        "Zahlen wie 1,234 wurden mit Dezimalpunkt gelesen (so schreibt die übrige Datei): 1234.",
        "Numbers like 1,234 were read with a decimal point (as the rest of the file writes): 1234.",
    ),
    "not_yes_or_no": ("„{value}“ ist weder ja noch nein.", "'{value}' is neither yes nor no."),
    "not_a_date": (
        "„{value}“ ist kein Datum (erwartet: 31.12.2025 oder 2025-12-31).",
        "'{value}' is not a date (expected: 2025-12-31 or 31.12.2025).",
    ),
    "date_ambiguous": (
        "„{value}“ kann Tag/Monat oder Monat/Tag heißen; bitte 31.12.2025 oder 2025-12-31 schreiben.",
        "'{value}' may be day/month or month/day; write 2025-12-31 or 31.12.2025.",
    ),
    "available_at_once": (
        "„sofort“ ist kein Datum; verfügbar ab bleibt leer.",
        "'at once' is no date; available from is left empty.",
    ),
    "code_unknown": (
        "„{value}“ ist für {field} nicht bekannt; erlaubt: {allowed}.",
        "'{value}' is not known for {field}; allowed: {allowed}.",
    ),
    "zone_unknown": (
        "„{value}“ ist kein Baugebiet der BauNVO (z. B. GE, GI, SO, MI) und kein XPlanung-Code.",
        "'{value}' is no building area of the BauNVO (such as GE, GI, SO, MI) and no XPlanung code.",
    ),
    "zone_is_general": (
        "„{value}“ ist eine Baufläche des Flächennutzungsplans, kein Baugebiet; die Gebietsart bleibt leer.",
        "'{value}' is a general building area of the land-use plan, no zone; the zone is left empty.",
    ),
    "residential": (
        "{value} ist ein Wohngebiet und keine Gewerbefläche.",
        "{value} is a residential area, not commercial land.",
    ),
    "no_figure": (
        "„{value}“ nennt keine Menge; {field} bleibt leer.",
        "'{value}' states no amount; {field} is left empty.",
    ),
    "not_a_key": (
        "„{value}“ ist kein amtlicher Schlüssel (2, 5 oder 8 Ziffern).",
        "'{value}' is not an official key (2, 5 or 8 digits).",
    ),
    "not_a_link": (
        "„{value}“ ist kein Link (http:// oder https://).",
        "'{value}' is not a link (http:// or https://).",
    ),
    "not_cadastral": (
        "„{value}“ ist kein Flurstückskennzeichen (20 Zeichen).",
        "'{value}' is not a cadastral identifier (20 characters).",
    ),
    "number_form": (
        "„{value}“ taugt nicht als Nummer: erlaubt sind Buchstaben, Ziffern, Punkt, Strich (höchstens 20).",
        "'{value}' cannot be a number: letters, digits, dot and dash are allowed (20 at most).",
    ),
    "slug_form": (
        "„{value}“ taugt nicht als Kurzname: erlaubt sind Kleinbuchstaben, Ziffern und Bindestriche (höchstens 80).",
        "'{value}' cannot be a slug: lower-case letters, digits and dashes are allowed (80 at most).",
    ),
    "too_long": ("{field} ist länger als {limit} Zeichen.", "{field} is longer than {limit} characters."),
    "missing": ("{field} fehlt.", "{field} is missing."),
    "price_and_on_request": (
        "Preis und „Preis auf Anfrage“ zugleich; der Preis gilt.",
        "A price and 'price on request' at once; the price counts.",
    ),
    "name_made": (
        "Zeilen ohne Namen wurden benannt: nach Plan und Gebietsart oder Art, und Kennung.",
        "Rows without a name were given one: plan and zone, or kind, and identifier.",
    ),
    # Geometry
    "geometry_missing": ("Die Zeile hat keine Geometrie.", "The row has no geometry."),
    "geometry_empty": ("Die Geometrie ist leer.", "The geometry is empty."),
    "geometry_not_finite": (
        "Eine Koordinate ist keine endliche Zahl (NaN oder unendlich).",
        "A coordinate is not a finite number (NaN or infinite).",
    ),
    "geometry_no_polygon": (
        "{found}, wo eine Fläche (Polygon) gebraucht wird.",
        "{found} where a polygon is needed.",
    ),
    "geometry_no_line": ("{found}, wo eine Linie gebraucht wird.", "{found} where a line is needed."),
    "geometry_no_point": ("{found}, wo ein Punkt gebraucht wird.", "{found} where a point is needed."),
    "geometry_invalid": (
        "Die Geometrie ist ungültig ({reason}); eine Reparatur änderte ihre Fläche um mehr als 1 %.",
        "The geometry is invalid ({reason}); a repair would change its area by more than 1 %.",
    ),
    "geometry_repaired": (
        "Die Geometrie war ungültig ({reason}) und wurde repariert; die Fläche blieb auf 1 % gleich.",
        "The geometry was invalid ({reason}) and was repaired; its area stayed within 1 %.",
    ),
    "geometry_no_area": ("Die Fläche ist kleiner als 1 m².", "The area is below 1 m²."),
    "height_dropped": ("Höhen (3D) wurden weggelassen.", "Heights (3D) were dropped."),
    "polygon_to_point": (
        "Aus der Fläche wurde ein Punkt in ihrem Inneren.",
        "The polygon was turned into a point inside it.",
    ),
    "null_island": (
        "Eine Koordinate ist 0/0: dort hat niemand etwas eingetragen.",
        "A coordinate is 0/0: nobody entered anything there.",
    ),
    "axes_swapped_row": (
        "Länge und Breite sind vertauscht: {y} / {x} läge in der Region. Spalten oder Achsen tauschen.",
        "Longitude and latitude are swapped: {y} / {x} would lie in the region. Swap the columns or axes.",
    ),
    "not_measurable": (
        "Die Zeile liegt bei {lat}° / {lon}° (Breite/Länge); EPSG:25832 misst nur zwischen 3° und 15° Ost.",
        "The row lies at {lat}° / {lon}° (latitude/longitude); EPSG:25832 measures only between 3° and 15° east.",
    ),
    "wrong_crs": (
        "Liegt als {crs} bei {lat}° / {lon}° außerhalb der Region, als {likely} darin: vermutlich falsches --crs.",
        "Read as {crs} it lies at {lat}° / {lon}° outside the region, as {likely} inside: probably the wrong --crs.",
    ),
    "out_of_area": (
        "Liegt in keiner Gemeinde der Region. Mit --anywhere wird die Zeile trotzdem übernommen.",
        "Lies in none of the region's municipalities. With --anywhere the row is taken all the same.",
    ),
    "far_from_region": (
        "Liegt mehr als {km} km außerhalb der Region. Mit --anywhere wird die Zeile trotzdem übernommen.",
        "Lies more than {km} km outside the region. With --anywhere the row is taken all the same.",
    ),
    "no_region": (
        "Es sind noch keine Gemeinden geladen (landportal import admin-units), also liegt nichts in der Region. "
        "--anywhere lädt trotzdem.",
        "No municipalities are loaded yet (landportal import admin-units), so nothing lies in the region. "
        "--anywhere loads all the same.",
    ),
    "anywhere": (
        "{rows} Zeilen liegen außerhalb der Region: ihre Gemeinde bleibt unbekannt.",
        "{rows} rows lie outside the region: their municipality stays unknown.",
    ),
    "outside_scope": (
        "Liegt in {value}, außerhalb der Flächen Ihrer Organisation.",
        "Lies in {value}, outside the land your organisation keeps.",
    ),
    "status_without_end": (
        "Ein Ende ({value}) haben nur reservierte und optionierte Flächen; das Datum bleibt leer.",
        "Only reserved and optioned sites have an end ({value}); the date is left empty.",
    ),
    "status_jump": (
        "Von „{before_status}“ auf „{after_status}“ ist ein ungewöhnlicher Schritt; bitte prüfen.",
        "From “{before_status}” to “{after_status}” is an unusual step; please check.",
    ),
    "number_missing": (
        "Die Nummer fehlt. Neue Flächen brauchen einen Umriss und kommen als Geodatei.",
        "The number is missing. New sites need a shape and come as a geodata file.",
    ),
    "number_unknown": ("Eine Fläche {value} gibt es nicht.", "There is no site {value}."),
    "version_missing": (
        "Die Fassung fehlt; ohne sie ist nicht zu erkennen, was sich geändert hat.",
        "The version is missing; without it nobody can tell what has changed.",
    ),
    "version_unknown": (
        "Eine Fassung „{value}“ dieser Fläche gibt es nicht.",
        "There is no version '{value}' of this site.",
    ),
    "area_not_found": (
        "Ein Gebiet „{value}“ ist nicht gespeichert.",
        "There is no area '{value}' in the store.",
    ),
    "shapes_stay": (
        "Flächen, die über ihre Nummer gefunden werden, behalten ihren Umriss.",
        "Sites that are found by their number keep their shape.",
    ),
    # Sets
    "duplicate_key": (
        "Der Schlüssel „{value}“ kommt schon in Zeile {other} vor.",
        "The key '{value}' already occurs in row {other}.",
    ),
    "duplicate_geometry": (
        "Dieselbe Fläche steht schon in Zeile {other}.",
        "The same geometry already stands in row {other}.",
    ),
    "duplicate_in_store": (
        "Dasselbe Land ist schon als {other} ({source}) gespeichert.",
        "The same land is already stored as {other} ({source}).",
    ),
    "overlap_in_file": (
        "Überschneidet Zeile {other} um {share} % ({m2} m²).",
        "Overlaps row {other} by {share} % ({m2} m²).",
    ),
    "overlap_in_store": (
        "Überschneidet {other} ({source}) um {share} % ({m2} m²).",
        "Overlaps {other} ({source}) by {share} % ({m2} m²).",
    ),
    "sliver": (
        "Schmale Überschneidungen unter {m2} m² oder 1 % mit Nachbarn.",
        "Thin overlaps below {m2} m² or 1 % with neighbours.",
    ),
    "number_taken": (
        "Die Nummer „{value}“ gehört schon einer Fläche aus {source}.",
        "The number '{value}' already belongs to a parcel from {source}.",
    ),
    "slug_taken": (
        "Der Kurzname „{value}“ gehört schon einem Gebiet aus {source}.",
        "The slug '{value}' already belongs to an area from {source}.",
    ),
    "key_abolished": (
        "Der Schlüssel „{value}“ ist aufgehoben; das Land gehört heute zu {successor}.",
        "The key '{value}' was abolished; its land belongs to {successor} today.",
    ),
    "key_taken": (
        "Der Schlüssel „{value}“ ist schon aus {source} geladen und wurde nicht ersetzt.",
        "The key '{value}' is already loaded from {source} and was not replaced.",
    ),
    "municipality_differs": (
        "Die Datei sagt {value}, das Land liegt in {derived}.",
        "The file says {value}, the land lies in {derived}.",
    ),
    "area_unknown": (
        "Ein Gebiet „{value}“ ist nicht gespeichert; die Zuordnung bleibt leer.",
        "There is no area '{value}' in the store; the assignment is left empty.",
    ),
    "member_area_unknown": ("Ein Gebiet „{value}“ ist nicht gespeichert.", "There is no area '{value}' in the store."),
    "municipality_unknown": (
        "Eine Gemeinde {value} ist nicht gespeichert.",
        "There is no municipality {value} in the store.",
    ),
    "shares_not_100": (
        "Die Anteile von „{area}“ ergeben am {day} {cost} % (Kosten) und {revenue} % (Ertrag) statt 100 %.",
        "The shares of '{area}' sum to {cost} % (cost) and {revenue} % (revenue) instead of 100 % on {day}.",
    ),
    "area_differs": (
        "Die Datei sagt {stated} m², die Geometrie misst {measured} m².",
        "The file says {stated} m², the geometry measures {measured} m².",
    ),
    "net_above_gross": (
        "Die Nettofläche ist größer als die Bruttofläche.",
        "The net area is larger than the gross area.",
    ),
    "dissolved": (
        "{rows} Zeilen teilen ihren Schlüssel mit anderen und wurden mit ihnen vereinigt.",
        "{rows} rows share their key with others and were united with them.",
    ),
    "id_from_geometry": (
        "Keine Spalte mit eigener Kennung: der Schlüssel jeder Zeile ist aus ihrer Geometrie gebildet. "
        "Ändert sich die Geometrie, gilt die Zeile als neu (--id-column nennt eine Spalte).",
        "No column with identifiers: each row's key is made from its geometry. "
        "If the geometry changes, the row counts as new (--id-column names a column).",
    ),
    "source_defaulted": (
        "Kein --source genannt; die Quelle heißt nach der Datei „{source}“.",
        "No --source given; the source is called '{source}' after the file.",
    ),
    "set_defaulted": (
        "Neue Quelle ohne {fields}: eingetragen ist „unbekannt“. Bitte bei der nächsten Lieferung angeben.",
        "New source without {fields}: 'unknown' was entered. Give them with the next delivery.",
    ),
    # Whole files
    "kind_missing": (
        "Die Datei hat keine Spalte mit der Art. Mit --kind angeben: {allowed}.",
        "The file has no column that says the kind. Give it with --kind: {allowed}.",
    ),
    "required_column": (
        "Die Datei hat keine Spalte für {column}; gefunden: {columns}. Mit --map THEIRS={column} zuordnen.",
        "The file has no column for {column}; found: {columns}. Assign one with --map THEIRS={column}.",
    ),
    "nothing_usable": (
        "Keine der {rows} Zeilen ist brauchbar, nichts wurde geändert.",
        "None of the {rows} rows can be used; nothing was changed.",
    ),
    "reason_of_rows": ("{rows} Zeilen, z. B. Zeile {row}: {reason}", "{rows} rows, for example row {row}: {reason}"),
    "strict": (
        "{rows} Zeilen wären abgelehnt; mit --strict wird dann nichts übernommen.",
        "{rows} rows would be rejected; with --strict nothing is applied then.",
    ),
    # Context layers
    "layer_name": (
        "„{name}“ kann keine Ebene heißen: gebraucht werden Kleinbuchstaben, Ziffern, - und _, vorn ein Buchstabe, "
        "höchstens 63 Zeichen.",
        "'{name}' cannot be the name of a layer: use lower-case letters, digits, - and _, a letter first, "
        "at most 63 characters.",
    ),
    "layer_name_taken": (
        "„{name}“ heißt im Portal schon etwas anderes; bitte einen anderen Namen wählen.",
        "'{name}' is the name of something else in the portal; choose another one.",
    ),
    "layer_facts_missing": (
        "Die Ebene „{name}“ ist neu und braucht noch: {fields}.",
        "The layer '{name}' is new and still needs: {fields}.",
    ),
    "layer_too_many_fields": (
        "Die Datei hat {found} Spalten; höchstens {limit} sind möglich.",
        "The file has {found} columns; at most {limit} are possible.",
    ),
    "layer_too_many_features": (
        "Die Datei hat mehr als {limit} Objekte.",
        "The file has more than {limit} features.",
    ),
    "layer_key_empty": (
        "Die Schlüsselspalte „{column}“ ist in Zeile {row} leer; ein Schlüssel benennt jedes Objekt.",
        "The key column '{column}' is empty in row {row}; a key names every feature.",
    ),
    "layer_key_long": (
        "Der Schlüssel „{column}“ in Zeile {row} ist länger als {limit} Zeichen.",
        "The key '{column}' in row {row} is longer than {limit} characters.",
    ),
    "layer_key_twice": (
        "Die Spalte „{column}“ ist kein Schlüssel: Zeile {row} und Zeile {other} haben denselben Wert "
        "({rows} Wiederholungen im Ganzen).",
        "The column '{column}' is no key: row {row} and row {other} have the same value ({rows} repetitions in all).",
    ),
    "layer_changed_meanwhile": (
        "{file} hat sich während des Lesens geändert. Bitte noch einmal einlesen.",
        "{file} changed while it was read. Please import it again.",
    ),
    "layer_store_refused": (
        "Die Datenbank hat eine Zeile von {file} abgelehnt; nichts wurde geändert.",
        "The database refused a row of {file}; nothing was changed.",
    ),
    "layer_nothing_usable": (
        "Kein Objekt ist brauchbar, nichts wurde geändert. {reasons}",
        "No feature can be used; nothing was changed. {reasons}",
    ),
    "layer_rows": ("{rows} × {reason} Zeilen: {shown}", "{rows} × {reason} Rows: {shown}"),
    "layer_not_finite": ("Eine Koordinate ist keine Zahl.", "A coordinate is no number."),
    "layer_beyond_crs": (
        "Liegt außerhalb dessen, was das Koordinatenreferenzsystem kennt.",
        "Lies beyond what the coordinate reference system knows.",
    ),
    "layer_beyond_repair": (
        "Die Geometrie ist ungültig, und eine Reparatur würde sie merklich ändern.",
        "The shape is not valid, and a repair would change it noticeably.",
    ),
    "layer_repaired": ("Ungültige Geometrie repariert.", "Invalid shape repaired."),
    "layer_infinite": (
        "„{column}“ ist unendlich und bleibt leer.",
        "'{column}' is infinite and is left empty.",
    ),
    "layer_no_moment": (
        "„{column}“ ist kein Zeitpunkt, den die Datenbank kennt, und bleibt leer.",
        "'{column}' is no moment the database knows and is left empty.",
    ),
    "layer_text_cleaned": (
        "„{column}“ enthielt Zeichen, die keine Datenbank aufnimmt; sie wurden entfernt.",
        "'{column}' held characters that no database keeps; they were removed.",
    ),
    "layer_binary_column": (
        "Die Spalte „{column}“ enthält Binärdaten und bleibt außen vor.",
        "The column '{column}' holds binary data and is left out.",
    ),
    "layer_moment_without_zone": (
        "Die Zeitpunkte in „{column}“ nennen keine Zeitzone; sie gelten als UTC.",
        "The moments in '{column}' name no time zone; they are taken as UTC.",
    ),
    "layer_file_gone": (
        "Die hochgeladene Datei ist nicht mehr da; bitte noch einmal hochladen.",
        "The uploaded file is not there any more; please upload it again.",
    ),
    "layer_not_allowed": (
        "Das Konto, das die Datei gebracht hat, darf diese Ebene nicht (mehr) veröffentlichen.",
        "The account that brought the file may not publish this layer (any more).",
    ),
    "layer_job_failed": (
        "Das ging auch nach mehreren Versuchen nicht; nichts wurde geändert. Der Fehler ist aufgezeichnet.",
        "This could not be done, even after several attempts; nothing was changed. The fault was recorded.",
    ),
}
