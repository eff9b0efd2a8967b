//! The one conversion module: Lua values to C values and back. Arguments, results, fields, elements,
//! callback parameters and results all go through here.

pub mod cdata;
mod from_c;
mod names;
mod to_c;
mod wide_number;

pub use from_c::{Part, PointerAs, push_member, push_scalar, push_value, push_value_in, push_wide};
pub use names::field_at;
pub use to_c::{
    Destination, address, c_string, double, exact, float, integer, is_number, length, numeral, plain_address, size,
    store, store_bits, store_in, store_plain, store_scalar, writable,
};
