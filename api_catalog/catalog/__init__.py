"""PURE: the words of the API catalog: entries, linksets, DCAT, CKAN; no I/O, no framework."""
