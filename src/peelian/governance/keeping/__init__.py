"""How long things are kept: the sweep of what is over, holds, ordered erasures and their certificates.

For: destroying what is over, keys and bytes, and proving it afterwards.
Not for: deciding that something is over; a term of law or an order does.
"""
