-- The syntax of C declarations, the spelling of types, and what is refused.

require("spec.support.luajit.differential")("declarations", describe, it, setup)
