"""Journeys: what people do, through the phone page, in a real browser."""
