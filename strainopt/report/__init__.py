"""Tables, documents and pages written from results."""
