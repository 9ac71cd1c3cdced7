"""Names: found, heard, weighed, made one."""
