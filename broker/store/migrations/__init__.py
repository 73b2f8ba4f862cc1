"""The SQL files that make a tenant database what this program needs."""
