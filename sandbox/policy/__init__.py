"""The stand-in language model: a deterministic dialogue policy that sees nothing but the request."""
