"""Identity federation: who signs in where, and at what level of assurance.

The front door; so far requests are served without sign-in, and the settings say so.
"""

from idp_federation.settings import Settings

__all__ = ["Settings"]
