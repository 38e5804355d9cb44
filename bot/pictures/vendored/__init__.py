"""Drawings and fonts of others, with their licences; MANIFEST.json says what came from where."""
