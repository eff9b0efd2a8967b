//! Signatures as scripts write them: a result type and a table of parameter types; and a signature
//! as text.

use super::types::{self, slot_at};
use crate::call::Binding;
use crate::lua::{At, Error, Fault, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::abi::{AbiError, Convention};
use lunaffi_core::ctype::{Mode, Slot};
use lunaffi_core::signature::{Signature, SignatureError, SignatureKey};
use std::ffi::c_int;
use std::sync::Arc;

/// The type of a result.
pub fn result_argument(cx: Cx, index: c_int) -> Result<Slot> {
    let slot = types::type_argument(cx, index)?;
    if slot.mode == Mode::Ref { Err(Error::arg(index, REF_RESULT)) } else { Ok(slot) }
}

pub const REF_RESULT: Fault = Fault::Text("a ref cannot be a result: use a pointer type");

/// What a signature's tables say.
#[derive(Clone, Copy)]
pub struct Compiled {
    pub signature: *const Signature,
    pub convention: Convention,
    pub variadic: bool,
}

impl Compiled {
    pub fn signature(&self) -> &'static Signature {
        // SAFETY: the runtime keeps every signature.
        unsafe { &*self.signature }
    }
}

/// Compiles the signature whose result is `result` and whose parameters are the table at `args`
/// (nil: none). Errors are about `at` (the result's about `result_at`), with the offending value.
pub fn compile(
    cx: Cx,
    (result, result_at): (Slot, At),
    args: c_int,
    convention: Convention,
    at: At,
) -> Result<Compiled> {
    let lua = cx.lua;
    let bad = |value, fault| Error { at, value, fault };
    if !lua.is_nil(args) && lua.type_of(args) != Type::Table {
        return Err(bad(args, Fault::Expected("table")));
    }
    let top = lua.top();
    let compiled = cx.grow(0, || {
        let mut slots = Vec::new();
        let mut variadic = false;
        if !lua.is_nil(args) {
            for i in 1.. {
                lua.raw_get_index(args, i);
                if lua.is_nil(-1) {
                    break;
                }
                if variadic {
                    return Err(bad(0, Fault::Text("'...' must be the last of the types")));
                }
                if lua.string(-1) == Some(b"...") {
                    variadic = true;
                } else {
                    slots.push(slot_at(cx, -1).map_err(|e| bad(e.value, e.fault))?);
                }
                lua.pop(1);
            }
            if lua.raw_len(args) > slots.len() + variadic as usize {
                return Err(bad(0, Fault::Text("the list of types has a hole")));
            }
        }
        let key = SignatureKey { convention, result, args: slots, fixed: None };
        let slot_of = |key: &SignatureKey, arg: Option<usize>| arg.map_or(key.result, |i| key.args[i]);
        match cx.rt.signatures.find(&cx.rt.types, &key) {
            Ok(signature) => Ok(Compiled { signature: Arc::as_ptr(&signature), convention, variadic }),
            Err(SignatureError { why: why @ (AbiError::Layout | AbiError::TooLarge), arg }) => {
                let at = if arg.is_some() { at } else { result_at };
                Err(Error { at, value: 0, fault: Fault::ByValue(slot_of(&key, arg), why) })
            }
            Err(SignatureError { why, .. }) => Err(bad(0, Fault::Abi(why))),
        }
    })?;
    lua.set_top(top);
    Ok(compiled)
}

/// Compiles a signature of the platform's own convention without variadic arguments.
pub fn compile_plain(cx: Cx, result: (Slot, At), args: c_int, at: At) -> Result<*const Signature> {
    let compiled = compile(cx, result, args, Convention::DEFAULT, at)?;
    if compiled.variadic {
        return Err(Error { at, value: 0, fault: Fault::Text("a callback cannot be variadic") });
    }
    // SAFETY: the runtime keeps every signature.
    crate::callback::callable(unsafe { &*compiled.signature }).map_err(|(blamed, fault)| Error {
        at: if blamed.is_some() { at } else { result.1 },
        value: 0,
        fault,
    })?;
    Ok(compiled.signature)
}

/// Pushes `result name(types)`.
pub fn push_signature(cx: Cx, signature: &Signature, name: &[u8], variadic: bool) {
    let lua = cx.lua;
    types::push_name(cx, signature.result);
    lua.push_bytes(if name.is_empty() { b"" } else { b" " });
    lua.push_bytes(name);
    lua.push_bytes(b"(");
    lua.concat(4);
    for (i, arg) in signature.args.iter().enumerate() {
        lua.push_bytes(if i == 0 { b"" } else { b", " });
        types::push_name(cx, arg.slot);
        lua.concat(3);
    }
    if variadic {
        lua.push_bytes(if signature.args.is_empty() { b"..." } else { b", ..." });
        lua.concat(2);
    }
    lua.push_bytes(b")");
    lua.concat(2);
}

/// `ffi.signature(function or callback)`
fn signature(cx: Cx) -> Result<c_int> {
    if let Some((binding, name)) = Binding::of_function(cx.lua, 1) {
        // SAFETY: signatures live as long as the runtime.
        push_signature(cx, unsafe { &*binding.signature }, name, binding.variadic);
    } else if let Some(signature) = super::callback::signature_of(cx, 1) {
        push_signature(cx, signature, b"", false);
    } else {
        return Err(Error::arg(1, Fault::Expected("bound function or callback")));
    }
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["signature" => signature];
