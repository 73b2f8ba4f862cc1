"""Joint use over HTTP: what operators and officers do."""
