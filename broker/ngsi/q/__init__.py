"""The NGSI-LD Query Language `q` (§4.9): syntax tree, parser, and its reader in Python."""
