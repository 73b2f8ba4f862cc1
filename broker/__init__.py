"""The NGSI-LD context broker (ETSI GS CIM 009).

The front door: what renkei assembles the broker from.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
