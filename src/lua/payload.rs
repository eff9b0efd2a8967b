//! What lies in userdata that are no pointers: boxed integers, Rust values that code which may raise
//! keeps for a while, and callbacks.

use super::state::{State, lua_State};
use lunaffi_core::signature::Signature;
use std::any::Any;
use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// A 64-bit integer that a plain number of this Lua cannot hold exactly.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Int64 {
    bits: u64,
    unsigned: bool,
}

impl Int64 {
    /// `None` when the value is beyond 64 bits.
    pub fn new(value: i128) -> Option<Int64> {
        if let Ok(signed) = i64::try_from(value) {
            Some(Int64 { bits: signed as u64, unsigned: false })
        } else {
            u64::try_from(value).ok().map(|bits| Int64 { bits, unsigned: true })
        }
    }

    pub fn value(self) -> i128 {
        if self.unsigned { self.bits as i128 } else { self.bits as i64 as i128 }
    }
}

/// A userdata that owns a Rust value, for code that may raise while it uses the value.
pub struct OwnedValue(Option<Box<dyn Any>>);

impl OwnedValue {
    /// Pushes an empty owned value. `metatable` is the registry's reference to the metatable of owned values.
    pub fn push(lua: State, metatable: c_int) -> &'static mut OwnedValue {
        let place = lua.new_userdata(size_of::<OwnedValue>(), false).cast::<OwnedValue>();
        // SAFETY: fresh memory of that size; it stays while it is on the stack.
        let owned_value = unsafe {
            place.write(OwnedValue(None));
            &mut *place
        };
        lua.push_ref(metatable);
        lua.set_metatable(-2);
        owned_value
    }

    /// Makes the owned_values' metatable; gives its reference.
    pub fn install(lua: State) -> c_int {
        unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
            // SAFETY: Lua finalizes the userdata; the metatable is out of a script's reach.
            unsafe {
                let lua = State::new(state);
                (*lua.userdata(1).cast::<OwnedValue>()).0 = None;
            }
            0
        }
        lua.new_table(0, 1);
        lua.push_closure(collect, 0);
        lua.set_field(-2, b"__gc");
        lua.make_ref()
    }

    pub fn keep<T: Any>(&mut self, value: T) {
        self.0 = Some(Box::new(value));
    }

    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

/// The payload of a callback object: what others need to know of it. `callback` owns the rest.
pub struct CallbackHandle {
    /// The address C calls; null once freed.
    pub code: Cell<*mut c_void>,
    /// C may have the address.
    pub escaped: Cell<bool>,
    /// `callback`'s record.
    pub record: Cell<*mut c_void>,
    /// The runtime keeps it.
    pub signature: Cell<*const Signature>,
}

impl CallbackHandle {
    /// The address, to be given to C; `None` once freed.
    pub fn escape(&self) -> Option<*mut c_void> {
        let code = self.code.get();
        if code.is_null() {
            return None;
        }
        self.escaped.set(true);
        Some(code)
    }
}
