"""Identity federation: who signs in where, and at what level of assurance.

The front door. The sub-packages `federation` (OpenID Federation), `assurance` (levels) and `oidc`
(the platform as OpenID Provider) are pure rooms.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
