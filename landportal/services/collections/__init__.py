"""The collections of features that filters, machine answers, tiles and exports speak of, one module a source."""
