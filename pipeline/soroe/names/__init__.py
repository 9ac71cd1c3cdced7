"""Names: found, heard, weighed, made one."""

# So much is remembered of each thing that was worked out of strings: what stands in a few articles. More makes a run hardly faster
# (3 % from 2,048 to 131,072 on a dump whose names never come again), and took a process from 130 MB to 440 in 100 MB of such a dump.
REMEMBERED = 1 << 11
