"""Voices and ears: a synthesiser, what it has said, and a recogniser that listens for it."""
