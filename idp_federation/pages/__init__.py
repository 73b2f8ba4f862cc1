"""The pages of the OpenID Provider that people see: sign-in, step-up, consent, account."""
