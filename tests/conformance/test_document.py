"""docs/conformance.md tells what the tests of clauses say."""

import re

from tests.conformance.document import DOCUMENT, HERE, clauses, written


def test_the_document_is_up_to_date() -> None:
    assert DOCUMENT.read_text("utf-8") == written(), "make docs writes it anew"


def test_every_file_of_tests_names_its_clause() -> None:
    for clause in clauses():
        opening = (HERE / clause.file).read_text("utf-8").split('"""')[1]
        assert re.search(r"CIM 009 (§\d+(\.\d+)+)", opening), clause.file
        assert clause.sentences, clause.file
