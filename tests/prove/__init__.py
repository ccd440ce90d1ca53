"""The long proofs: laws over many more examples, faults, tampers, planted mistakes; results in docs/proofs.md.

`make test` runs the same tests, fewer times. `parts` says what is run, `running` runs it within a budget of time,
`result` keeps what came of it, `page` writes it down.
"""
