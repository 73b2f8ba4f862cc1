"""Others are told: clients, that sessions have ended."""
