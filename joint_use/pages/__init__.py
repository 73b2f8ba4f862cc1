"""The pages of joint use: people apply, the operator reviews."""
