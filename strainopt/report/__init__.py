"""Result files: tables, one JSON document, provenance, written whole or not at all."""
