"""Features out of the store into files, a stream of rows whatever their number.

`content` says what a file holds, `copying` lets the database write finished lines, `text` is the formats made of such
lines (GeoJSON, GeoJSONSeq, CSV, lists), `kml` and `dxf` those with a frame of their own. `arrow` reads the same rows in
batches for `vector` (everything GDAL writes), `parquet` and `workbook`. Which formats there are, for whom and with
which columns is decided in `services.exports`.
"""
