"""The house rules, tested: import contracts, words, lazy start, generated pages."""
