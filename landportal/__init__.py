"""landportal: the open platform on which regions market their commercial and industrial land.

Four floors, one direction: ``web → services → gis → model``. Beside them lie what all floors share:
``config`` (settings), ``errors``, ``db`` (engine and transactions), ``localdb`` (the private cluster) and
``cli`` (the command line).
"""
