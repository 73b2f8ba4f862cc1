"""HTTP in: one module per resource of the HTTP binding (§6), each route three lines."""
