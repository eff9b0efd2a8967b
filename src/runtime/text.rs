//! Strings of bytes in memory that a finalizer may release. Some Luas collect garbage before they copy a
//! string's bytes.

use super::Runtime;
use crate::lua::{Fault, State};
use lunaffi_core::mem::Region;

impl Runtime {
    /// Pushes the `len` bytes at an offset into a region as a string. An error pushes nothing.
    #[cfg(not(collects_first))]
    #[inline]
    pub fn push_text(&self, lua: State, region: &Region, offset: isize, len: usize) -> Result<(), Fault> {
        region.grants(offset, len)?;
        possible(len)?;
        // SAFETY: the region grants the bytes, and this Lua copies them before it collects garbage.
        lua.push_bytes(unsafe { std::slice::from_raw_parts(region.granted(offset), len) });
        Ok(())
    }

    /// Pushes the `len` bytes at an offset into a region as a string. An error pushes nothing.
    #[cfg(collects_first)]
    pub fn push_text(&self, lua: State, region: &Region, offset: isize, len: usize) -> Result<(), Fault> {
        /// So many bytes are copied to the stack.
        const SHORT: usize = 512;
        if len <= SHORT {
            let mut bytes = [0; SHORT];
            region.read(offset, &mut bytes[..len])?;
            lua.push_bytes(&bytes[..len]);
            return Ok(());
        }
        region.grants(offset, len)?;
        possible(len)?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(len).map_err(|_| Fault::Memory)?;
        bytes.resize(len, 0);
        region.read(offset, &mut bytes)?;
        // The bytes have an owner: from here to its end nothing may raise.
        self.long_text.set(bytes.as_slice());
        lua.push_ref(self.refs.push_long_text.get());
        let pushed = lua.protected_call(0, 1);
        drop(bytes);
        if pushed {
            return Ok(());
        }
        lua.pop(1);
        Err(Fault::Memory)
    }

    /// Pushes what `push_text` does, up to a NUL, or to the end of the memory if that is known.
    pub fn push_c_text(&self, lua: State, region: &Region, offset: usize) -> Result<(), Fault> {
        let len = region.text_length(offset)?;
        self.push_text(lua, region, offset as isize, len)
    }
}

/// No address space has more bytes than this.
fn possible(len: usize) -> Result<(), Fault> {
    if len < 1 << 46 { Ok(()) } else { Err(Fault::Memory) }
}

/// Makes the function that `push_text` calls, in a closure over the runtime, which is on the top.
#[cfg(collects_first)]
pub fn install(lua: State, rt: &Runtime) {
    use crate::lua::lua_State;
    unsafe extern "C-unwind" fn push(state: *mut lua_State) -> std::ffi::c_int {
        // SAFETY: called by Lua, from `push_text`, with the runtime as upvalue; the bytes outlive the call.
        unsafe {
            let lua = State::new(state);
            lua.push_bytes(&*Runtime::at(lua, State::upvalue(1)).long_text.get());
        }
        1
    }
    lua.copy(-1);
    lua.push_closure(push, 1);
    rt.refs.push_long_text.set(lua.make_ref());
}

/// This Lua needs none.
#[cfg(not(collects_first))]
pub fn install(_: State, _: &Runtime) {}
