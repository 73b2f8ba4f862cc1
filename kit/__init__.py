"""The ground every house stands on: settings, logs, databases, HTTP out, tasks, time.

Owned by no standard and knowing no house. Import its modules by name (`from kit import clock`).
"""
