"""The OpenID Provider over HTTP: clients' endpoints, and what operators do."""
