"""Writes docs/attacks.md: `python -m tests.attacks.document > docs/attacks.md`."""

import sys

from tests.attacks.catalogue import document

if __name__ == "__main__":
    sys.stdout.write(document())
