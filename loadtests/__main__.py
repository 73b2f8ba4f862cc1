"""`python -m loadtests` measures peaks."""

from loadtests.peak import main

main()
