"""The keys that this platform signs with, and the sealing of what only it may read."""
