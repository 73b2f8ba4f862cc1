"""Writes docs/assurance.md: `python -m idp_federation.documents > docs/assurance.md`."""

import sys

from idp_federation.assurance.tables import document

if __name__ == "__main__":
    sys.stdout.write(document())
