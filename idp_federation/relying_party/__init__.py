"""This platform as a relying party: people sign in at providers that its operator has registered.

Pure: what is asked of a provider, what is believed of its answers, and what they are worth.
"""
