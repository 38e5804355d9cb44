"""Pictograms, numbered cards and the picture that says when: for those who do not read."""


class PictureError(ValueError):
    """A picture cannot be drawn; the sentence says which and why."""
