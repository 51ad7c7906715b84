"""The metabolic network as frozen arrays: reactions, bounds, gene rules, media, findings."""
