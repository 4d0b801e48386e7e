"""How the world learns what is here: the page of open data, DCAT-AP.de, the feed of changes, robots and sitemaps."""

from landportal.web.catalogue import changes, dcat, open_data, sitemaps
from landportal.web.catalogue.frame import blueprint

__all__ = ["blueprint", "changes", "dcat", "open_data", "sitemaps"]
