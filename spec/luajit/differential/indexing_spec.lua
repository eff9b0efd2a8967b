-- Reading and writing members and elements, by every kind of key.

require("spec.support.luajit.differential")("indexing", describe, it, setup)
