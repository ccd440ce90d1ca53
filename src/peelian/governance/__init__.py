"""The rules and their proof: charters, the register, policy, the desk, the ledger, principals.

For: deciding whether an act may be done, by whom and for which purpose; entering it in the ledger before
it has any effect; being the only way to what is stored. `desk` is the door of this room.
Not for: what is done with the data. Governance imports no room that uses it; where it must act on one
it defines a Protocol that the room implements.
"""
