//! Any bytes as a text of LuaJIT's language, translated for any Lua.
#![no_main]

#[path = "../../cparse/tests/checks/mod.rs"]
mod checks;

libfuzzer_sys::fuzz_target!(|input: &[u8]| checks::translation(input));
