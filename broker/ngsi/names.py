"""Names at their stages, as types: mypy catches a short name where an IRI belongs."""

from typing import NewType

Term = NewType("Term", str)
"""A name as a client writes it: short, prefixed or an IRI, still to be read with a @context."""

Iri = NewType("Iri", str)
"""A name after expansion: an absolute IRI."""

EntityId = NewType("EntityId", str)
"""The id of an Entity: a URI (§4.5.1)."""

DatasetId = NewType("DatasetId", str)
"""The id of one instance of a multi-attribute: a URI (§4.5.5); the default one has none."""

NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
DEFAULT_VOCABULARY = "https://uri.etsi.org/ngsi-ld/default-context/"  # §4.4, @vocab of core
NULL = "urn:ngsi-ld:null"  # §4.5.0 the NGSI-LD Null
DEFAULT_DATASET = "@none"  # §4.5.5 how a client names the default instance
