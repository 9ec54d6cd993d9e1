"""Runs the black-box tests: run.py OBJSTORE file|s3 [TEST...]

With `file` every bucket is a folder; with `s3` it lies on the server that OBJECTSTORE_TEST_S3 names, and the tests that need no store of
their own are left out. Without a server `s3` is skipped (exit code 77), and fails where CI=true.
"""

import os
import sys
import unittest

import harness

ON_EVERY_STORE = ["test_transfers", "test_kills", "test_objects", "test_names", "test_listing", "test_buckets", "test_events", "test_trees", "test_run", "test_bench"]
ONCE = ["test_usage", "test_streams", "test_failures", "test_signals", "test_secrets", "test_shell", "test_terminal"]


def main():
    program, store, *selected = sys.argv[1:]
    harness.PROGRAM = os.path.abspath(program)
    harness.STORE = store
    modules = ON_EVERY_STORE + (ONCE if store == "file" else [])
    if store == "s3" and not all(os.environ.get(name) for name in harness.S3_VARIABLES):
        print("*** SKIPPED: no S3 server to test against; set", ", ".join(harness.S3_VARIABLES), "***")
        return 1 if os.environ.get("CI") == "true" else 77
    suite = unittest.TestSuite()
    for module in modules:
        suite.addTests(unittest.defaultTestLoader.loadTestsFromName(module))  # one suite a class
    if selected:
        suite = unittest.TestSuite(case for group in suite for case in group if any(part in case.id() for part in selected))
    result = unittest.TextTestRunner(verbosity=1).run(suite)
    if result.testsRun == 0:
        print("no test was run")
        return 1
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    sys.exit(main())
