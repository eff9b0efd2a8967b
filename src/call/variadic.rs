//! Variadic calls: the types of the arguments behind the named ones are known only at the call.

use super::{Callee, Rules, invoke};
use crate::convert::{self, Destination};
use crate::lua::{At, Error, Fault, Kind, Number, Result, Type};
use crate::runtime::Cx;
use lunaffi_core::abi::{Convention, promoted};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
use lunaffi_core::signature::{Signature, SignatureError, SignatureKey};
use std::ffi::c_int;
use std::sync::Arc;

/// Calls a variadic function with the arguments from `first` to the top; `named` is the signature
/// of its named parameters.
pub fn invoke_variadic(
    cx: Cx,
    named: &Signature,
    convention: Convention,
    callee: Callee<'_>,
    first: c_int,
) -> Result<c_int> {
    let lua = cx.lua;
    let expected = named.args.len();
    let got = (lua.top() - first + 1) as usize;
    if got < expected {
        return Err(Error::alone(Fault::Count { expected, got, at_least: true }));
    }
    lua.reserve(4);
    let extra = first + expected as c_int..first + got as c_int;
    // A table tells the type and holds the value, which takes its place; the type is remembered as
    // an integer behind all arguments until the signature is known.
    let types_at = lua.top() + 1;
    lua.reserve(2 * (got - expected) as c_int + 8);
    for index in extra.clone() {
        let slot = (callee.rules.extra)(cx, callee.rules, index)?;
        lua.push_int(slot.ty.0 as i64);
        lua.push_int(slot.mode as i64);
    }
    let signature = cx.guard(|| {
        let mut args: Vec<Slot> = named.args.iter().map(|arg| arg.slot).collect();
        for i in 0..got - expected {
            let at = types_at + 2 * i as c_int;
            let number = |at| match lua.number(at) {
                Some(Number::Int(n)) => Ok(n as u32),
                Some(Number::Float(n)) => Ok(n as u32),
                None => Err(Error::alone(Fault::Bug)),
            };
            let (ty, mode) = (TypeId(number(at)?), number(at + 1)?);
            let mode = Mode::ALL.iter().copied().find(|&m| m as u32 == mode).unwrap_or(Mode::Value);
            args.push(Slot { ty, mode });
        }
        let key = SignatureKey { convention, result: named.result, args, fixed: Some(expected) };
        match cx.rt.signatures.find(&cx.rt.types, &key) {
            // The runtime keeps it.
            Ok(signature) => Ok(Arc::as_ptr(&signature)),
            Err(SignatureError { arg: Some(i), why }) => Err(Error::arg(first + i as c_int, Fault::Abi(why))),
            Err(SignatureError { arg: None, why }) => Err(Error::call(Fault::Abi(why))),
        }
    })?;
    lua.set_top(types_at - 1);
    // SAFETY: signatures live as long as the runtime.
    invoke(cx, unsafe { &*signature }, callee, first)
}

/// The type as which a value is passed when nothing but the value tells. A `{type, value}` table is
/// replaced by its value.
pub fn extra_by_value(cx: Cx, rules: &'static Rules, index: c_int) -> Result<Slot> {
    let (lua, rt) = (cx.lua, cx.rt);
    let scalar = |s| Ok(Slot::value(TypeId::scalar(s)));
    match lua.type_of(index) {
        Type::Nil => Ok(Slot::POINTER),
        Type::Boolean => {
            // C has no smaller argument than an int here.
            lua.push_int(lua.truth(index) as i64);
            lua.replace(index);
            scalar(Scalar::I32)
        }
        Type::Number => match lua.number(index) {
            Some(Number::Float(value))
                if cfg!(lua_integers) || value.fract() != 0.0 || value.abs() >= 9.2e18 || !value.is_finite() =>
            {
                scalar(Scalar::F64)
            }
            _ => scalar(Scalar::I64),
        },
        Type::String => Ok(Slot::STRING),
        Type::LightUserdata => Ok(Slot::POINTER),
        Type::Userdata => match rt.kinds.of(*lua, index) {
            Some(Kind::Int64) => scalar(Scalar::U64),
            Some(kind) if kind.has_header() || kind.has_code() => Ok(Slot::POINTER),
            _ => Err(Error::arg(index, Fault::Expected("a value that C can take"))),
        },
        Type::Table => {
            lua.raw_get_index(index, 1);
            let slot = (rules.slot_at)(cx, -1).map_err(|e| Error { at: At::Arg(index), ..e })?;
            lua.pop(1);
            lua.raw_get_index(index, 2);
            if slot.mode == Mode::Ref {
                return Err(Error::arg(index, Fault::Text("a ref cannot be a variadic argument")));
            }
            if let Some(scalar) = slot.as_scalar()
                && promoted(slot.ty) != slot.ty
            {
                promote(cx, scalar, index)?;
            }
            lua.replace(index);
            Ok(Slot { ty: promoted(slot.ty), ..slot })
        }
        Type::Function | Type::Other => Err(Error::arg(index, Fault::Expected("a value that C can take"))),
    }
}

/// Replaces the value on the top by what C's promotion makes of it: converted to its own type first,
/// so that the type's range holds.
fn promote(cx: Cx, scalar: Scalar, index: c_int) -> Result<()> {
    let mut cell = [0u8; 8];
    let target = Destination::one(Slot::value(TypeId::scalar(scalar)));
    convert::store(cx, cx.lua.top(), target, Region::of(&mut cell), At::Arg(index))?;
    // SAFETY: the cell holds a value of that type.
    match unsafe { scalar.load(cell.as_ptr()) } {
        ScalarValue::Bool(value) => cx.lua.push_int(value as i64),
        value => convert::push_scalar(cx.lua, cx.rt, value),
    }
    cx.lua.replace(-2);
    Ok(())
}
