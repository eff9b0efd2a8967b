-- The words of errors, where programs match them, and that an error leaves things as they were.

require("spec.support.luajit.differential")("errors", describe, it, setup)
