"""One async function per operation of the standard (§5.6 to §5.16).

The only room that decides in which order things happen.
"""
