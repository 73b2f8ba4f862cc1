"""OpenID Federation 1.0 as functions over what others have signed: pure."""
