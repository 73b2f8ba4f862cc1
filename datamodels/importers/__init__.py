"""Files in: what they are encoded in, how they are cut, the rows in them."""
