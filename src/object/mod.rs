//! What all APIs share of their objects: how a kind of userdata is registered, objects with memory of
//! their own, boxed integers, and finalizers of pointers.

pub mod finalizer;
pub mod int64;
pub mod kind;
pub mod owner;
