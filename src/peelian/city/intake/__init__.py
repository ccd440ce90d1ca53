"""From a file to rows: read block by block, understood, judged row by row and as a whole, named, and versioned."""
