//! Everything of lunaffi that needs no Lua: the primitive types, the C type table and its layout
//! rules, what the C calling convention needs to know of a type, memory with bounds and lifetimes,
//! string buffers, and shared libraries. It runs under `cargo test`, miri and fuzzers.
//!
//! Dependencies point one way: `scalar -> ctype -> abi -> signature`, and `mem -> buffer`; `format`, `dylib` and
//! `stack` stand alone. C text is read by the crate `lunaffi-cparse`, Lua text translated by `lunaffi-translate`.

pub mod abi;
pub mod buffer;
pub mod ctype;
pub mod dylib;
pub mod format;
pub mod mem;
pub mod numeral;
pub mod scalar;
pub mod signature;
pub mod stack;
pub mod wide_number;
