"""Files out: the entities of a model as CSV, GeoJSON and NGSI-LD lines."""
