"""Documents fetched from elsewhere: JSON-LD @contexts by their URLs."""
