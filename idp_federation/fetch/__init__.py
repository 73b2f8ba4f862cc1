"""Documents of others: the keys that clients publish."""
