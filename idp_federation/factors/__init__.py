"""What proves that somebody is the one: the hashing of passwords, and WebAuthn."""
