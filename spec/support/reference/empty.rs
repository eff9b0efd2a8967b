// Cargo asks for a target; there is nothing to compile.
