"""Live feeds: calls and reclassifications that arrive by the minute, from a folder, by HTTP or out of a database.

Whatever way they come, they come to rest in one inbox folder as small complete files, and one pass takes each file in
as a load of its own: nothing lost, nothing doubled, whatever is killed in between.
"""
