"""Who knocks: Twilio, browsers, operators, probes."""
