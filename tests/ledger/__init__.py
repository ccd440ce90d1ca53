"""The ledger's specification."""
