"""The language models, and the switcher that answers the same turn when one of them fails."""
