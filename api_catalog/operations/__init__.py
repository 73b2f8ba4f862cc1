"""What the API catalog can do: one function per thing that people do with it."""
