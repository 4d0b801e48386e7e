"""Files of every format, good and bad, become batches of rows or a refusal that says what would be right."""

import gzip
import json
import socket
import zipfile

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely

from landportal.gis import geometry
from landportal.gis.readers import CannotRead, Limits, ReadOptions, open_source
from landportal.gis.readers.tables import coordinate

SQUARE = shapely.box(11.0, 50.9, 11.01, 50.91)
UMLAUT = "Hörselgau Süd – Größe"


def read(path, limits=None, **options):
    with open_source(path, ReadOptions(**options), limits) as source:
        batches = list(source.batches())
        columns = {name: [value for batch in batches for value in batch.columns[name]] for name in source.columns}
        shapes = [shape for batch in batches for shape in batch.geometry]
        numbers = [number for batch in batches for number in batch.numbers]
        problems = {batch.numbers[at]: note.code for batch in batches for at, note in batch.problems.items()}
        return Result(source, columns, shapes, numbers, problems)


class Result:
    def __init__(self, source, columns, shapes, numbers, problems):
        self.source, self.columns, self.shapes, self.numbers, self.problems = source, columns, shapes, numbers, problems

    @property
    def notes(self):
        return {note.code for note in self.source.notes}

    @property
    def epsg(self):
        return geometry.crs_name(self.source.crs)


def write_vector(path, driver, shapes=(SQUARE,), crs="EPSG:4326", names=None, **options):
    wkb = np.array(shapely.to_wkb(np.array(shapes, dtype=object)), dtype=object)
    kind = options.pop("geometry_type", "Polygon")
    values = np.array(names or [UMLAUT] * len(shapes), dtype=object)
    pyogrio.raw.write(path, wkb, [values], np.array(["name"]), geometry_type=kind, crs=crs, driver=driver, **options)
    return path


def shapefile_zip(folder, without=(), inside="", encoding="UTF-8", **options):
    write_vector(folder / "plots.shp", "ESRI Shapefile", encoding=encoding, **options)
    target = folder / "plots.zip"
    with zipfile.ZipFile(target, "w") as archive:
        for part in folder.glob("plots.*"):
            if part.suffix not in {".zip", *without}:
                archive.write(part, f"{inside}{part.name}")
    return target


def csv_file(folder, text, encoding="utf-8", name="plots.csv"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def geojson(folder, *features, crs=None, name="plots.geojson"):
    document = {"type": "FeatureCollection", "features": list(features)}
    if crs:
        document["crs"] = {"type": "name", "properties": {"name": crs}}
    path = folder / name
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def feature(shape=SQUARE, **properties):
    return {"type": "Feature", "properties": properties, "geometry": shapely.geometry.mapping(shape)}


@pytest.mark.parametrize(
    ("name", "driver"),
    [("p.geojson", "GeoJSON"), ("p.gpkg", "GPKG"), ("p.fgb", "FlatGeobuf"), ("p.kml", "LIBKML"), ("p.kmz", "LIBKML")],
)
def test_every_vector_format_gives_geometry_and_umlauts(tmp_path, name, driver):
    result = read(write_vector(tmp_path / name, driver))
    assert UMLAUT in [value for column in result.columns.values() for value in column]
    assert shapely.force_2d(result.shapes[0]).equals(SQUARE)
    assert result.epsg == "EPSG:4326"


def test_batches_keep_the_order_and_number_of_rows(tmp_path):
    names = [f"row {number}" for number in range(1, 26)]
    path = write_vector(tmp_path / "p.gpkg", "GPKG", [SQUARE] * 25, names=names)
    result = read(path, batch_rows=10)
    assert result.columns["name"] == names
    assert result.numbers == list(range(1, 26))


def test_several_layers_and_none_named_are_listed(tmp_path):
    path = write_vector(tmp_path / "p.gpkg", "GPKG", layer="north")
    write_vector(path, "GPKG", layer="south", append=True)
    with pytest.raises(CannotRead, match=r"north, south.*--layer"):
        read(path)
    assert read(path, layer="south").source.layer == "south"
    with pytest.raises(CannotRead, match="no layer 'east'"):
        read(path, layer="east")


def test_geojson_in_metres_without_crs_names_the_likely_one(tmp_path):
    square = shapely.box(642_000, 5_649_000, 642_100, 5_649_100)
    path = geojson(tmp_path, feature(square))
    with pytest.raises(CannotRead, match=r"not degrees.*EPSG:25832.*--crs"):
        read(path)
    assert read(path, crs="EPSG:25832").epsg == "EPSG:25832"


def test_a_crs_told_against_the_stated_one_is_taken_and_told(tmp_path):
    result = read(write_vector(tmp_path / "p.gpkg", "GPKG"), crs="EPSG:4258")
    assert result.epsg == "EPSG:4258"
    assert "crs_overruled" in result.notes


def test_a_shapefile_one_folder_down_in_its_zip_is_found(tmp_path):
    assert read(shapefile_zip(tmp_path, inside="Daten/Flächen/")).columns["name"] == [UMLAUT]


def test_a_shapefile_without_index_is_read_and_told(tmp_path):
    result = read(shapefile_zip(tmp_path, without={".shx"}))
    assert "shx_missing" in result.notes
    assert result.shapes[0].equals(SQUARE)


def test_a_shapefile_without_attributes_is_read_and_told(tmp_path):
    result = read(shapefile_zip(tmp_path, without={".dbf", ".cpg"}))
    assert "dbf_missing" in result.notes
    assert len(result.shapes) == 1


def test_a_shapefile_without_prj_in_metres_needs_a_crs(tmp_path):
    square = shapely.box(4_433_900, 5_641_600, 4_434_000, 5_641_700)
    path = shapefile_zip(tmp_path, without={".prj"}, shapes=[square], crs="EPSG:31468")
    with pytest.raises(CannotRead, match="EPSG:31468"):
        read(path)
    assert read(path, crs="EPSG:31468").epsg == "EPSG:31468"


@pytest.mark.parametrize("encoding", ["UTF-8", "CP1252"])
def test_a_dbf_without_cpg_is_never_mojibake(tmp_path, encoding):
    result = read(shapefile_zip(tmp_path, without={".cpg"}, encoding=encoding))
    assert result.columns["name"] == [UMLAUT]


@pytest.mark.parametrize(("written", "claimed"), [("UTF-8", "1252"), ("CP1252", "UTF-8")])
def test_a_cpg_that_lies_is_corrected_and_told(tmp_path, written, claimed):
    write_vector(tmp_path / "plots.shp", "ESRI Shapefile", encoding=written)
    (tmp_path / "plots.cpg").write_text(claimed)
    result = read(tmp_path / "plots.shp")
    assert result.columns["name"] == [UMLAUT]
    assert "encoding_found" in result.notes


def test_reading_a_loose_shapefile_writes_nothing_beside_it(tmp_path):
    write_vector(tmp_path / "plots.shp", "ESRI Shapefile")
    (tmp_path / "plots.shx").unlink()
    before = sorted(tmp_path.iterdir())
    read(tmp_path / "plots.shp")
    assert sorted(tmp_path.iterdir()) == before


def test_several_shapefiles_in_one_zip_are_listed(tmp_path):
    target = shapefile_zip(tmp_path)
    with zipfile.ZipFile(target, "a") as archive:
        for part in tmp_path.glob("plots.*"):
            if part.suffix != ".zip":
                archive.write(part, f"other{part.suffix}")
    with pytest.raises(CannotRead, match="other, plots"):
        read(target)
    assert read(target, layer="other").columns["name"] == [UMLAUT]


@pytest.mark.parametrize("member", ["../evil.shp", "/etc/evil.shp", "C:\\evil.shp", "a/../../evil.shp"])
def test_a_zip_that_would_write_outside_is_refused(tmp_path, member):
    with zipfile.ZipFile(tmp_path / "evil.zip", "w") as archive:
        archive.writestr(member, b"x")
    with pytest.raises(CannotRead, match="not allowed"):
        read(tmp_path / "evil.zip")


def test_a_zip_bomb_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", b"0" * 3_000_000)
    with pytest.raises(CannotRead, match="too large"):
        read(tmp_path / "bomb.zip", Limits(unpacked_bytes=1_000_000))


def test_a_gzip_bomb_is_refused(tmp_path):
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"0" * 3_000_000))
    with pytest.raises(CannotRead, match="too large"):
        read(tmp_path / "bomb.csv.gz", Limits(unpacked_bytes=1_000_000))


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_any_delimiter_and_decimal_comma_in_coordinates(tmp_path, delimiter):
    path = csv_file(
        tmp_path, delimiter.join(["Name", "Länge", "Breite"]) + "\n" + delimiter.join(["A", "11,5", "50,9"])
    )
    result = read(path)
    assert result.shapes[0].equals(shapely.Point(11.5, 50.9))
    assert result.numbers == [2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_csv_umlauts_survive_every_encoding(tmp_path, encoding):
    result = read(csv_file(tmp_path, f"Name;lon;lat\n{UMLAUT};11;51\n", encoding))
    assert result.columns["Name"] == [UMLAUT]


def test_csv_with_wkt_between_quotes_and_gzip(tmp_path):
    path = tmp_path / "p.csv.gz"
    path.write_bytes(gzip.compress(f'id,geometry\n1,"{SQUARE.wkt}"\n2,"POLYGON ((1 2"\n'.encode()))
    result = read(path)
    assert result.shapes[0].equals(SQUARE)
    assert result.problems == {3: "bad_geometry"}


def test_csv_x_and_y_in_metres_need_a_crs(tmp_path):
    path = csv_file(tmp_path, "Name;Rechtswert;Hochwert\nA;4.433.901,50;5.641.646,20\n")
    with pytest.raises(CannotRead, match="EPSG:31468"):
        read(path)
    assert read(path, crs="EPSG:31468").shapes[0].equals(shapely.Point(4_433_901.5, 5_641_646.2))


def test_a_row_with_too_many_fields_is_named(tmp_path):
    result = read(csv_file(tmp_path, "Name;lon;lat\nA;11;51\nB;11;51;99\nC;11\n"))
    assert result.problems == {3: "field_count", 4: "field_count"}


def test_a_table_without_geometry_says_which_columns_it_has(tmp_path):
    with pytest.raises(CannotRead, match=r"Name, Preis.*--map"):
        read(csv_file(tmp_path, "Name;Preis\nA;1\n"))
    assert read(csv_file(tmp_path, "Name;Preis\nA;1\n"), needs_geometry=False).columns["Name"] == ["A"]


def test_columns_for_places_can_be_named(tmp_path):
    result = read(csv_file(tmp_path, "Name;oben;rechts\nA;51;11\n"), places={"lon": "rechts", "lat": "oben"})
    assert result.shapes[0].equals(shapely.Point(11, 51))


@pytest.mark.parametrize(
    ("cell", "value"),
    [("50.912", 50.912), ("50,912", 50.912), ("4.433.901,5", 4433901.5), ("4'433'901.5", 4433901.5), ("1e3", 1000),
     (11, 11), (float("nan"), None), ("north", None), ("1,2,3", None), ("inf", None), ("", None)],
)  # fmt: skip
def test_coordinates_are_read_in_any_spelling_or_refused(cell, value):
    assert coordinate(cell) == value


def test_xlsx_with_a_title_row_above_and_one_filled_sheet(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["Name", "lon", "lat", "Preis"])
    book.active.append([UMLAUT, 11.5, 50.9, 19.5])
    book.create_sheet("leer")
    book.save(tmp_path / "p.xlsx")
    result = read(tmp_path / "p.xlsx")
    assert result.columns == {"Name": [UMLAUT], "Preis": [19.5]}
    assert result.numbers == [2]


def test_xlsx_with_several_filled_sheets_lists_them(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["lon", "lat"])
    book.create_sheet("zwei").append(["lon", "lat"])
    book.save(tmp_path / "p.xlsx")
    with pytest.raises(CannotRead, match=r"Sheet, zwei"):
        read(tmp_path / "p.xlsx")


XPLAN = """<?xml version="1.0"?>
<xplan:XPlanAuszug xmlns:xplan="http://www.xplanung.de/xplangml/{version}" xmlns:gml="http://www.opengis.net/gml/3.2">
<gml:featureMember><xplan:BP_Plan gml:id="P"><xplan:name>Am Süd</xplan:name><xplan:rechtsstand>4000</xplan:rechtsstand>
<xplan:raeumlicherGeltungsbereich><gml:Polygon srsName="{srs}"><gml:exterior><gml:LinearRing><gml:posList>{ring}
</gml:posList></gml:LinearRing></gml:exterior></gml:Polygon></xplan:raeumlicherGeltungsbereich></xplan:BP_Plan>
</gml:featureMember>
<gml:featureMember><xplan:BP_BaugebietsTeilFlaeche gml:id="A">
<xplan:hoehenangabe><xplan:XP_Hoehenangabe><xplan:hoehenbezug>{reference}</xplan:hoehenbezug>
<xplan:hMax uom="m">20</xplan:hMax>
</xplan:XP_Hoehenangabe></xplan:hoehenangabe><xplan:position><gml:Polygon srsName="{srs}"><gml:exterior>{shape}
</gml:exterior></gml:Polygon></xplan:position><xplan:GRZ>0.8</xplan:GRZ>
<xplan:besondereArtDerBaulNutzung>1700</xplan:besondereArtDerBaulNutzung></xplan:BP_BaugebietsTeilFlaeche>
</gml:featureMember></xplan:XPlanAuszug>"""
RING = "4433900 5641600 4434000 5641600 4434000 5641700 4433900 5641600"
STRAIGHT = f"<gml:LinearRing><gml:posList>{RING}</gml:posList></gml:LinearRing>"
ARC = """<gml:Ring><gml:curveMember><gml:Curve><gml:segments>
<gml:LineStringSegment><gml:posList>4433900 5641600 4434000 5641600</gml:posList></gml:LineStringSegment>
<gml:Arc><gml:posList>4434000 5641600 4434050 5641650 4434000 5641700</gml:posList></gml:Arc>
<gml:LineStringSegment><gml:posList>4434000 5641700 4433900 5641600</gml:posList></gml:LineStringSegment>
</gml:segments></gml:Curve></gml:curveMember></gml:Ring>"""


def xplan(folder, version="5/4", srs="EPSG:31468", shape=STRAIGHT, reference="2000"):
    path = folder / "plan.gml"
    path.write_text(
        XPLAN.format(version=version, srs=srs, ring=RING, shape=shape, reference=reference), encoding="utf-8"
    )
    return path


@pytest.mark.parametrize("version", ["4/1", "5/0", "5/4", "6/0", "6/1"])
def test_xplan_zoning_areas_know_their_plan_in_every_version(tmp_path, version):
    result = read(xplan(tmp_path, version))
    assert result.columns["plan_name"] == ["Am Süd"]
    assert result.columns["rechtsstand"] == ["4000"]
    assert result.columns["height_max_m"] == [20.0]
    assert result.source.left_out == 1
    assert "other_plan_objects" in result.notes


@pytest.mark.parametrize("srs", ["EPSG:31468", "urn:ogc:def:crs:EPSG::31468", "urn:adv:crs:DE_DHDN_3GK4"])
def test_gauss_krueger_eastings_come_first_whatever_the_srs_name_says(tmp_path, srs):
    result = read(xplan(tmp_path, srs=srs), crs="EPSG:31468" if "adv" in srs else None)
    assert result.shapes[0].bounds[0] == pytest.approx(4_433_900)


def test_arcs_of_a_plan_become_fine_lines(tmp_path):
    result = read(xplan(tmp_path, shape=ARC))
    straight = shapely.Polygon([(4433900, 5641600), (4434000, 5641600), (4434000, 5641700)])
    assert result.shapes[0].area == pytest.approx(straight.area + np.pi * 50**2 / 2, rel=0.01)


def test_heights_above_sea_level_are_no_building_heights(tmp_path):
    result = read(xplan(tmp_path, reference="1000"))
    assert result.columns["height_max_m"] == [None]
    assert "plan_height_not_relative" in result.notes


def test_reading_a_plan_writes_nothing_beside_it(tmp_path):
    path = xplan(tmp_path)
    read(path)
    assert list(tmp_path.iterdir()) == [path]


BAD_FILES = {
    "empty.geojson": b"",
    "text.gpkg": b"this is only text",
    "binary.csv": bytes(range(256)) * 8,
    "truncated.geojson": b'{"type":"FeatureCollection","features":[{"type":"Feature","geometry":{"type":"Po',
    "truncated.gpkg": b"SQLite format 3\0" + b"\0" * 200,
    "truncated.zip": b"PK\x03\x04" + b"x" * 100,
    "truncated.xlsx": b"PK\x03\x04" + b"x" * 100,
    "truncated.gml": b'<?xml version="1.0"?><XPlanAuszug xmlns="http://www.xplanung.de/xplangml/5/4"><a>',
    "other.xml": b"<?xml version='1.0'?><html><body/></html>",
    "vrt.geojson": b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>",
    "old.xls": b"\xd0\xcf\x11\xe0" + b"\0" * 100,
    "picture.png": b"\x89PNG\r\n" + b"\0" * 100,
    "array.json": b"[1, 2, 3]",
    "object.json": b'{"a": 1}',
    "heading.csv": b"",
    "broken.csv.gz": gzip.compress(b"lon,lat\n1,2\n" * 1000)[:40],
    "entities.gml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY a%d "%s">' % (n, (b"&a%d;" % (n - 1) if n else b"&a;") * 10) for n in range(12))
    + b']><XPlanAuszug xmlns="http://www.xplanung.de/xplangml/5/4">&a11;</XPlanAuszug>',
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_read_is_refused_with_its_name(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(BAD_FILES[name])
    with pytest.raises(CannotRead, match=name.split(".")[0]):
        read(path)


@pytest.mark.parametrize(("name", "driver"), [("p.fgb", "FlatGeobuf"), ("p.gpkg", "GPKG"), ("p.geojson", "GeoJSON")])
def test_a_file_cut_in_half_is_refused_not_half_read(tmp_path, name, driver):
    names = [f"{number} {'x' * 80}" for number in range(400)]
    path = write_vector(tmp_path / name, driver, [SQUARE] * 400, names=names)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(CannotRead):
        read(path)


def test_a_shapefile_cut_in_half_is_refused(tmp_path):
    write_vector(tmp_path / "plots.shp", "ESRI Shapefile", [SQUARE] * 100)
    shp = tmp_path / "plots.shp"
    shp.write_bytes(shp.read_bytes()[:3000])
    with pytest.raises(CannotRead, match="cut off"):
        read(shp)


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(CannotRead, match="folder"):
        read(tmp_path)
    with pytest.raises(CannotRead, match="There is no"):
        read(tmp_path / "nowhere.csv")


def test_the_refusal_can_be_said_in_german(tmp_path):
    with pytest.raises(CannotRead) as refusal:
        read(tmp_path)
    from landportal.gis.notes import sentence

    assert "Ordner" in sentence(refusal.value.note.code, refusal.value.note.facts, "de")


def test_the_bremen_plan_has_37_zoning_areas_and_276_other_objects(shared_data):
    result = read(shared_data / "parcels/BP2070_Bremen_31467.gml")
    assert len(result.shapes) == 37
    assert result.source.left_out == 276
    assert sorted(set(result.columns["besondereArtDerBaulNutzung"])) == [1700, 1800]
    assert not list((shared_data / "parcels").glob("*.gfs"))


def test_philadelphia_is_6599_polygons_and_13_points_in_feet(shared_data):
    result = read(shared_data / "parcels/philadelphia_vacant_6612_wkt_epsg2272.csv.gz", crs="EPSG:2272")
    kinds = [shape.geom_type for shape in result.shapes]
    assert sum("Polygon" in kind for kind in kinds) == 6599
    assert kinds.count("Point") == 13
    assert geometry.crs_unit(result.source.crs) == "US survey foot"


def test_the_gk4_shapefile_needs_its_crs_and_then_has_umlauts(shared_data):
    path = shared_data / "hostile/th_gemeinden_gk4_31468_noprj.zip"
    with pytest.raises(CannotRead, match="EPSG:31468"):
        read(path)
    assert "Hörsel" in read(path, crs="EPSG:31468").columns["GEN"]


def test_the_ldid0_shapefile_has_real_umlauts(shared_data):
    names = read(shared_data / "hostile/th_gemeinden_utf8_nocpg_ldid0.zip").columns["GEN"]
    assert {"Hörsel", "Buttstädt", "Weißensee"} <= set(names)
    assert not any("Ã" in name for name in names)


def test_every_other_shared_file_is_read_whole(shared_data):
    expected = {
        "parcels/de_commercial_zones_shared.gpkg": 104,
        "constraints/de_constraints_shared_grasleben.gpkg": 25,
        "admin/th_gemeinden.geojson": 849,
        "admin/th_kreise.geojson": 23,
        "infrastructure/th_stations.geojson": 277,
        "infrastructure/th_lines.geojson": 24,
        "infrastructure/th_BStrMKnotV.geojson": 73,
        "infrastructure/th_airports.csv": 20,
    }
    assert {name: len(read(shared_data / name).shapes) for name in expected} == expected


GML = """<?xml version="1.0"?>
<!DOCTYPE x [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs" xmlns:gml="http://www.opengis.net/gml"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:a="http://a"
 xsi:schemaLocation="http://a http://127.0.0.1:PORT/wfs?SERVICE=WFS&amp;REQUEST=DescribeFeatureType&amp;TYPENAME=a:b">
<gml:featureMember><a:b gml:id="b1"><a:name>&secret;x</a:name><a:ref xlink:href="http://127.0.0.1:PORT/linked"/>
<a:geom><gml:Point srsName="EPSG:25832"><gml:pos>620000 5640000</gml:pos></gml:Point></a:geom></a:b></gml:featureMember>
</wfs:FeatureCollection>"""


@pytest.fixture
def gml(tmp_path):
    """A GML file that names other places, and the socket that would hear of it."""
    with socket.socket() as ear:
        ear.bind(("127.0.0.1", 0))
        ear.listen()
        ear.setblocking(False)
        path = tmp_path / "a.gml"
        path.write_text(GML.replace("PORT", str(ear.getsockname()[1])))
        yield path, ear


def test_whole_gml_is_read_for_layers_and_calls_no_other_server(gml):
    path, ear = gml
    found = read(path, whole=True)
    assert (found.source.format, found.columns["name"], found.shapes[0].wkt) == ("GML", ["x"], "POINT (620000 5640000)")
    with pytest.raises(BlockingIOError):
        ear.accept()


def test_other_gml_is_no_land(gml):
    with pytest.raises(CannotRead, match="root <FeatureCollection>"):
        read(gml[0])


def test_a_format_says_what_its_columns_are(tmp_path):
    path = geojson(
        tmp_path, feature(n=1, part=0.5, yes=True, day="2026-01-31", at="2026-01-31T10:00:00Z", l=["a"], t="x")
    )
    assert read(path).source.kinds == {
        "n": "integer", "part": "number", "yes": "boolean", "day": "date", "at": "moment", "l": "texts", "t": "text",
    }  # fmt: skip


def test_openstreetmap_extracts_are_read_for_layers_alone(tmp_path):
    path = tmp_path / "a.osm"
    path.write_text(
        '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="50.9" lon="11"><tag k="name" v="x"/></node></osm>'
    )
    assert read(path, whole=True, layer="points").shapes[0].wkt == "POINT (11 50.9)"
    with pytest.raises(CannotRead):
        read(path)


def test_an_encoding_nobody_knows_is_told(tmp_path):
    for path in (shapefile_zip(tmp_path), csv_file(tmp_path, "wkt,a\nPOINT(11 50),1\n")):
        with pytest.raises(CannotRead, match="cannot be read as klingon"):
            read(path, encoding="klingon")
