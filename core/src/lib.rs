//! Everything of lunaffi that needs no Lua: the primitive types, the C type table and its layout
//! rules, what the C calling convention needs to know of a type, memory with bounds and lifetimes,
//! string buffers, and shared libraries. It runs under `cargo test`, miri and fuzzers.
//!
//! Dependencies point one way: `scalar -> ctype -> abi -> signature`, `ctype -> cparse`, and `mem -> buffer`;
//! `format`, `dylib`, `translate` and `stack` stand alone; parsers use `stack`.

pub mod abi;
pub mod buffer;
pub mod cparse;
pub mod ctype;
pub mod dylib;
pub mod extended;
pub mod format;
pub mod mem;
pub mod numeral;
pub mod scalar;
pub mod signature;
pub mod stack;
pub mod translate;
