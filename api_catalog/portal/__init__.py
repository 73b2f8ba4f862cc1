"""The portal: the pages on which people find what is published, and how to use it."""
