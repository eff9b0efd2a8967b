//! Any bytes as C: declarations, types, expressions.
#![no_main]

#[path = "../../cparse/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::declarations(input));
