"""Files of an application or a supplier: taken in, looked into, judged, kept until they expire."""
