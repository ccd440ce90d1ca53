"""Streets: networks read from plain CSV, OpenStreetMap, GraphML and GeoPackage, judged, dated and kept."""
