"""What the OpenID Provider keeps in the control database: all of its SQL."""
