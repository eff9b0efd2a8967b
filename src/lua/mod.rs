//! The unsafe zone next to Lua: the raw API of every version, the userdata that the module makes,
//! and how an error is worded and raised. It knows nothing of calls, callbacks or front ends.

pub mod error;
pub mod header;
pub mod ownership;
pub mod payload;
pub mod state;
pub mod string_buffer;
pub mod userdata;

pub use error::{At, Error, Fault, Operator, Result, STACK_OVERFLOW, ValueName};
pub use header::Header;
pub use state::{Number, State, Still, Type, lua_CFunction, lua_State};
pub use string_buffer::StringBuffer;
pub use userdata::{Kind, Kinds, Tag, Tagged};
