"""Files in: what they are encoded in, how they are cut, the rows in them.

The lazy door of this room: who reads a workbook loads what reads workbooks, and nobody else.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
