//! The front ends: names, argument checks and rules over one engine.

pub mod compat;
pub mod lune;
