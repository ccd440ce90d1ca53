"""Review: people dispose of what machines, or other people, have found.

For: one queue for every finding, blind reading, two readers where somebody is identified, the urgent route,
decoys, and figures about the readers themselves.
Not for: making findings (the rooms do) and deciding on plans and charters (approvals).
"""
