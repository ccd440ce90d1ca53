"""What a publisher's file means, as data: columns, codes, origins, precision, and where deliveries are fetched from."""
