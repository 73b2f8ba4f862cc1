"""Who takes part in the shared platform and on what terms.

The front door: what the houses above may use of joint use.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
