//! Types as scripts give them: a list, or a table, compiled to a signature.

use super::types::{INT, slot_at};
use crate::lua::{At, Error, Fault, Result, Type};
use crate::object::record;
use crate::runtime::Cx;
use lunaffi_core::abi::{AbiError, Convention};
use lunaffi_core::ctype::Mode;
use lunaffi_core::signature::{MAX_ARGS, Signature, SignatureError, SignatureKey};
use std::ffi::c_int;
use std::sync::Arc;

/// What a list of types says.
pub struct Types {
    pub signature: *const Signature,
    pub convention: Convention,
    pub variadic: bool,
    /// There are parameters that the front end looks at before the engine does.
    pub checked: bool,
}

/// Reads the types from the arguments from `first` on: the result's and the parameters', or one
/// table with `ret`, `abi` and the parameters'. What is nil is `int`.
pub fn read_types(cx: Cx, first: c_int) -> Result<Types> {
    let lua = cx.lua;
    let top = lua.top();
    let table = top == first && lua.type_of(first) == Type::Table && record::slot_of(cx, first).is_none();
    lua.reserve(4);
    if table {
        lua.get_field(first, b"abi");
        lua.get_field(first, b"ret");
    }
    let types = cx.grow(0, || {
        if !table {
            let at = |index| (index, At::Arg(index));
            return compile(cx, at(first), (first + 1..=top).map(at), Convention::DEFAULT);
        }
        let (abi, result) = (top + 1, top + 2);
        let convention = match lua.string(abi) {
            None if lua.is_nil(abi) => Convention::DEFAULT,
            Some(name @ (b"default" | b"cdecl" | b"stdcall")) => {
                Convention::by_name(name).unwrap_or(Convention::DEFAULT)
            }
            _ => return Err(Error { at: At::Arg(first), value: abi, fault: Fault::Convention }),
        };
        let parameters = (1..=lua.raw_len(first)).map(|i| {
            lua.set_top(result);
            lua.raw_get_index(first, i as c_int);
            (result + 1, At::Arg(first))
        });
        compile(cx, (result, At::Arg(first)), parameters, convention)
    })?;
    lua.set_top(top);
    Ok(types)
}

/// Compiles the types at these stack indices; an error is about what comes with the index.
fn compile(
    cx: Cx,
    result: (c_int, At),
    parameters: impl Iterator<Item = (c_int, At)>,
    convention: Convention,
) -> Result<Types> {
    let lua = cx.lua;
    let slot = |(index, at): (c_int, At)| {
        if lua.is_nil(index) { Ok(INT) } else { slot_at(cx, index).map_err(|e| Error { at, ..e }) }
    };
    let result_slot = slot(result)?;
    if result_slot.mode == Mode::Ref {
        return Err(Error { at: result.1, value: result.0, fault: Fault::ExpectedValue("a type of results") });
    }
    let (mut args, mut variadic, mut last) = (Vec::new(), false, result);
    for parameter in parameters {
        last = parameter;
        if variadic {
            return Err(Error { at: last.1, value: 0, fault: Fault::Text("'...' must be the last of the types") });
        }
        if args.len() > MAX_ARGS {
            break;
        }
        if lua.string(parameter.0) == Some(b"...") {
            variadic = true;
        } else {
            args.push(slot(parameter)?);
        }
    }
    let checked = args.iter().any(|arg| matches!(arg.mode, Mode::Bytes | Mode::Function | Mode::Ref));
    let key = SignatureKey { convention, result: result_slot, args, fixed: None };
    match cx.rt.signatures.find(&cx.rt.types, &key) {
        Ok(signature) => Ok(Types { signature: Arc::as_ptr(&signature), convention, variadic, checked }),
        Err(SignatureError { arg, why }) => {
            let slot = arg.map_or(key.result, |i| key.args[i]);
            let fault = match why {
                AbiError::Layout | AbiError::TooLarge => Fault::ByValue(slot, why),
                _ => Fault::Abi(why),
            };
            // In a list of arguments the one to blame is known.
            let at = match (arg, result.1) {
                (Some(i), At::Arg(first)) if !matches!(last.1, At::Arg(table) if table == first) => {
                    At::Arg(first + 1 + i as c_int)
                }
                _ => result.1,
            };
            Err(Error { at, value: 0, fault })
        }
    }
}

pub const NOT_VARIADIC: Fault = Fault::Text("a callback cannot be variadic");

/// The types of a callback: what `read_types` gives, without more arguments.
pub fn callback_types(cx: Cx, first: c_int) -> Result<Types> {
    let types = read_types(cx, first)?;
    if types.variadic { Err(Error::arg(cx.lua.top(), NOT_VARIADIC)) } else { Ok(types) }
}
