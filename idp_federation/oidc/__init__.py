"""Pure: the platform as OpenID Provider, one module per specification; no I/O, no framework."""
