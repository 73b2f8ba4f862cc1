"""Accounts of people: names, passwords, second factors, proofing. Pure."""
