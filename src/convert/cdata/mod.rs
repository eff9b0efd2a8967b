//! C values as LuaJIT's `ffi` sees them: numbers that wrap, pointers by compatibility, all else as
//! cdata objects. What a cdata holds, and every conversion to, from and between C types, is here;
//! operators on cdata are the front end's.

mod aggregate;
mod compatible;
mod init;
mod number;
mod pointer;
mod push;
mod store;
mod view;

pub use aggregate::both_parts;
pub use compatible::{Rule, child, compatible, same_for_istype};
pub use init::init;
pub use number::{as_i64, as_u64, bits};
pub use pointer::{address_of, is_number, known_pointer, pointer, region_of, settle_function, takes_text};
pub use push::{moved, push, push_bits, push_constant, push_number, push_owned, push_part, push_pointer};
pub use store::view_exact_number;
pub use store::{
    Source, is_plain, lua_number, number_of, operand_type, source, store, store_bits, store_cast, store_in,
    store_plain, vararg, view_number,
};
pub use view::{CdataView, bytes_of, holds, pointer_in, reach, type_of, view, view_of};
