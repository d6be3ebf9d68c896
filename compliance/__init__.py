"""Who may be called, and what the system itself must say."""
