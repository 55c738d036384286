"""ICRI ProActive: the prequalification portal of ICRI's suppliers."""
