"""Two cities and a prefecture on this machine, to see how sign-ins and levels travel.

Started by `make run-federation`: a prefecture that is the trust anchor (北海道), two platforms
below it (札幌市, 江別市), and a resident of one who reads her record at the other.
"""
