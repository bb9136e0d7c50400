"""Repair: the rows of a table that does not match its log, made again from the log, while everything else runs."""
