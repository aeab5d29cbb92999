#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""tests/layers/layers.py finds each kind of fault. Standard library only."""

import os
import tempfile
import unittest

import layers


class Includes(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.write("wire/cursor.h", "#include <stdint.h>\n")
        self.write("core/api/core.h", '#include "../../wire/cursor.h"\n')
        self.write("io/store/store.h", '#include "../../core/api/core.h"\n#include <sqlite3.h>\n')

    def write(self, name, text):
        path = os.path.join(self.root, "src", name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def faults(self, name, text):
        """The errors that the check finds when this file is added."""
        self.assertEqual(list(layers.foreign_includes(self.root)), [])
        self.write(name, text)
        return list(layers.foreign_includes(self.root))

    def test_lower_layer_uses_higher_layer(self):
        self.assertEqual(self.faults("core/node.c", '#include "../io/store/store.h"\n'),
                         ["src/core/node.c includes src/io/store/store.h"])

    def test_detour_through_the_own_room(self):
        self.assertEqual(self.faults("core/node.c", '# include "../core/../io/store/store.h"\n'),
                         ["src/core/node.c includes src/io/store/store.h"])

    def test_room_without_a_row(self):
        self.assertEqual(self.faults("core/deep/er/node.c", '#include "../../../io/store/store.h"\n'),
                         ["src/core/deep/er/node.c is in a room without a row"])

    def test_file_beside_the_rooms(self):
        self.assertEqual(self.faults("node.c", ""), ["src/node.c is in a room without a row"])

    def test_header_that_is_not_there(self):
        self.assertEqual(self.faults("core/node.c", '#include "moved.h"\n'),
                         ["src/core/node.c includes moved.h, which is not there"])

    def test_file_outside_of_the_sources(self):
        self.write("../tests/peer.h", "")
        self.assertEqual(self.faults("core/node.c", '#include "../../tests/peer.h"\n'),
                         ["src/core/node.c includes tests/peer.h"])

    def test_system_header_in_a_pure_layer(self):
        self.assertEqual(self.faults("core/node.c", "#include <time.h>\n"),
                         ["src/core/node.c includes <time.h>"])

    def test_list_of_definitions(self):
        self.assertEqual(self.faults("wire/opts.def", '#include "../core/api/core.h"\n'),
                         ["src/wire/opts.def includes src/core/api/core.h"])

    def test_file_that_a_row_names(self):
        self.write("core/api/encapsulations.def", "")
        self.assertEqual(self.faults("bpf/abi.h", '#include "../core/api/encapsulations.def"\n'), [])

    def test_file_beside_the_one_that_a_row_names(self):
        self.assertEqual(self.faults("bpf/abi.h", '#include "../core/api/core.h"\n'),
                         ["src/bpf/abi.h includes src/core/api/core.h"])

    def test_forms_of_the_directive(self):
        for form in ('#import "../io/store/store.h"\n', '#include \\\n"../io/store/store.h"\n',
                     '#define STORE "../io/store/store.h"\n#include STORE\n'):
            self.write("core/node.c", "")
            self.assertEqual(self.faults("core/node.c", form),
                             ["src/core/node.c includes in a form that this check does not read"])

    def test_file_of_another_kind(self):
        self.assertEqual(self.faults("core/node.inc", '#include "../io/store/store.h"\n'),
                         ["src/core/node.inc is neither .c, .h nor .def"])


if __name__ == "__main__":
    unittest.main()
