"""How it sounds: which services, voices, models, turn-taking and timeouts a call is made of."""
