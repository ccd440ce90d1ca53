"""What nobody may ask for, and how a name, a request or a cell of a grid is held against it.

For: the dated list above every charter, and the checks that use it before anything is loaded or asked.
Not for: what a charter may allow (policy).
"""
