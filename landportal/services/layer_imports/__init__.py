"""Any vector file becomes a context layer with its own columns, or the next delivery of one.

`requests` says what is asked and told, `survey` is the first pass over the file, `writing` the second, `publishing` the
transaction around both; `names` and `values` say what columns and cells become. What visitors see of layers lives in
`services.context_layers` and `services.collections`.
"""

from landportal.services.layer_imports.publishing import check_name, publish, take_down
from landportal.services.layer_imports.requests import Audience, LayerFacts, LayerRequest, Published

__all__ = ["Audience", "LayerFacts", "LayerRequest", "Published", "check_name", "publish", "take_down"]
