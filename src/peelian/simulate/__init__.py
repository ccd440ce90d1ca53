"""A synthetic city whose truth is known.

For: trying the whole line of work on a stranger's machine, teaching it, and judging forecasts against an
intensity that nobody has to guess, because the city was made from it.
Not for: evidence about any real place. Everything that leaves this room is labelled SYNTHETIC, and the city
lies on the open water of Lake Michigan, where no map can be mistaken for somebody's neighbourhood.
"""
