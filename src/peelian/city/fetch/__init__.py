"""Fetching a delivery from where a publisher keeps it: the one place of the house that asks the network.

`spec.fetch_spec` reads the `fetch:` section of a mapping; `run.fetch` brings one delivery to a folder, through the
one `client.Client`, and comes back with an `outcome.Fetched` or `outcome.NotModified`. Each kind of publisher is one
file that satisfies `page.Pager`. Not for storing anything in the warehouse: that is the load, which is an act.
"""
