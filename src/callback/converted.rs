//! Callbacks that come to be by converting a Lua function to a C function type. No object stands for
//! them: they are found by their code's address, and live until they are freed there or the state closes.

use super::{create, end as free_record, forget_string};
use crate::call::Values;
use crate::lua::payload::CallbackHandle;
use crate::lua::{Error, Fault, State};
use crate::runtime::{Cx, Runtime, guard};
use lunaffi_core::ctype::TypeId;
use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::Arc;

/// The system gives no more.
const TOO_MANY: Fault = Fault::Text("too many callbacks");

/// Makes a callback of the function at `index` for a function type, or a pointer to one. `None` when
/// no callback can be of that type: it is variadic, or has arguments that C passes in ways unknown here.
pub fn make(cx: Cx, index: c_int, ty: TypeId) -> Result<Option<*mut c_void>, Fault> {
    let (lua, rt) = (cx.lua, cx.rt);
    lua.copy(index);
    let function = lua.make_ref();
    let made = cx.grow(0, || {
        let signature = match rt.signatures.callable(&rt.types, ty) {
            Some(Ok(callable)) if !callable.variadic => callable.signature.clone(),
            _ => return Ok(None),
        };
        super::callable(&signature).map_err(|(_, fault)| Error::alone(fault))?;
        let handle = CallbackHandle {
            code: Cell::new(std::ptr::null_mut()),
            escaped: Cell::new(true),
            record: Cell::new(std::ptr::null_mut()),
            signature: Cell::new(Arc::as_ptr(&signature)),
        };
        create(rt, signature, function, &handle, &Values::CDATA, true).ok_or(Error::alone(TOO_MANY))?;
        let code = handle.code.get();
        rt.converted.borrow_mut().insert(code.addr(), handle.record.get());
        Ok(Some(code))
    });
    if !matches!(made, Ok(Some(_))) {
        lua.drop_ref(function);
    }
    made.map_err(|error| error.fault)
}

/// Ends the callback of that code; false when there is none.
pub fn free(cx: Cx, code: *const u8) -> bool {
    let rt = cx.rt;
    let mut record = std::ptr::null_mut();
    let function = guard(|| {
        let Some(found) = rt.converted.borrow_mut().remove(&code.addr()) else { return Ok(None) };
        record = found;
        Ok(free_record(rt, found, true))
    });
    let Ok(Some(function)) = function else { return false };
    cx.lua.drop_ref(function);
    forget_string(cx.lua, record);
    true
}

/// Makes the callback of that code run the function at `index` from now on; false when there is none.
pub fn set(lua: State, rt: &Runtime, code: *const u8, index: c_int) -> bool {
    let Some(function) = function_of(rt, code) else { return false };
    lua.copy(index);
    lua.raw_set_index(State::REGISTRY, function);
    true
}

/// The registry's reference to the function of a live callback.
fn function_of(rt: &Runtime, code: *const u8) -> Option<c_int> {
    super::function_of(*rt.converted.borrow().get(&code.addr())?)
}
