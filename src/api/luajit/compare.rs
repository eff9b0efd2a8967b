//! Operators that compare.

use super::arithmetic::{CdataOperand, by_metatable, call_metatable, operands, wide_operands};
use crate::convert::cdata::{Rule, as_i64, as_u64, compatible};
use crate::lua::{Kind, Operator, Result, Type};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::TypeId;
use std::cmp::Ordering;
use std::ffi::c_int;

/// Pointers of these types have an order.
pub fn comparable(cx: Cx, a: TypeId, b: TypeId) -> bool {
    compatible(&cx.rt.types, a, b, Rule::Unqualified)
}

/// The order of two numbers as 64-bit integers, or as wide as the wider one; without a sign if one of
/// them has none.
fn numbers(a: CdataOperand, b: CdataOperand) -> Option<Ordering> {
    let (CdataOperand::Number { value: a, unsigned: ua }, CdataOperand::Number { value: b, unsigned: ub }) = (a, b)
    else {
        let (a, b, unsigned) = wide_operands((a, b))?;
        return Some(if unsigned { a.cmp(&b) } else { (a as i128).cmp(&(b as i128)) });
    };
    Some(if ua || ub { as_u64(a).cmp(&as_u64(b)) } else { as_i64(a).cmp(&as_i64(b)) })
}

/// The address that an operand has for `==`.
fn address(operand: CdataOperand) -> Option<usize> {
    match operand {
        CdataOperand::Pointer { region, .. } => Some(region.address()),
        CdataOperand::Object(address) => Some(address),
        CdataOperand::Number { .. } | CdataOperand::LuaNumber { .. } | CdataOperand::Other => None,
    }
}

/// Pushes whether the values at 1 and 2, one of which is cdata, are equal. (A Lua that asks for
/// equality of cdata and other values at all is LuaJIT; `ffi.eq` asks here.)
pub fn push_equal(cx: Cx) -> Result<()> {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let ctype = |index| kinds.get(*lua, index, Kind::Ctype);
    if let (Some(a), Some(b)) = (ctype(1), ctype(2)) {
        // SAFETY: the kind's payload.
        lua.push_bool(unsafe { *a.cast::<TypeId>() == *b.cast::<TypeId>() });
        return Ok(());
    }
    let (a, b) = operands(cx)?;
    let builtin = match (a, b) {
        (CdataOperand::Pointer { region: a, .. }, CdataOperand::Pointer { region: b, .. }) => {
            Some(a.address() == b.address())
        }
        _ => numbers(a, b).map(Ordering::is_eq),
    };
    match builtin {
        Some(equal) => lua.push_bool(equal),
        None if call_metatable(cx, b"__eq") => {}
        None => lua.push_bool(matches!((address(a), address(b)), (Some(a), Some(b)) if a == b)),
    }
    Ok(())
}

/// Pushes whether the values at 1 and 2, one of which is cdata, are in that order.
pub fn push_order(cx: Cx, event: &'static [u8], holds: fn(Ordering) -> bool) -> Result<()> {
    let (a, b) = operands(cx)?;
    let order = match (a, b) {
        (CdataOperand::Pointer { ty: ta, region: ra, .. }, CdataOperand::Pointer { ty: tb, region: rb, .. })
            if comparable(cx, ta, tb) =>
        {
            Some(ra.address().cmp(&rb.address()))
        }
        _ => numbers(a, b),
    };
    match order {
        Some(order) => cx.lua.push_bool(holds(order)),
        None => {
            by_metatable(cx, event, Operator::Compare)?;
        }
    }
    Ok(())
}

/// `==` of two userdata. What stands for any cdata is equal to each.
fn eq(cx: Cx) -> Result<c_int> {
    if cx.rt.kinds.get(*cx.lua, 1, Kind::AnyCdata).is_some() {
        let cdata = matches!(cx.rt.kinds.of(*cx.lua, 2), Some(Kind::Cdata | Kind::Ctype));
        cx.lua.push_bool(cdata);
        return Ok(1);
    }
    push_equal(cx).map(|()| 1)
}

fn lt(cx: Cx) -> Result<c_int> {
    push_order(cx, b"__lt", Ordering::is_lt).map(|()| 1)
}

fn le(cx: Cx) -> Result<c_int> {
    push_order(cx, b"__le", Ordering::is_le).map(|()| 1)
}

/// For both metatables.
pub const META: &[FunctionEntry] = entries!["__eq" => eq, "__lt" => lt, "__le" => le];

/// True when an object of ours is among the two arguments: the comparison is ours.
fn is_ours(cx: Cx) -> bool {
    [1, 2].into_iter().any(|index| {
        cx.lua.type_of(index) == Type::Userdata
            && matches!(cx.rt.kinds.of(*cx.lua, index), Some(Kind::Cdata | Kind::Ctype))
    })
}

fn two_arguments(cx: Cx) -> Result<()> {
    cx.lua.set_top(2);
    Ok(())
}

/// `ffi.eq(a, b)`: `a == b` as LuaJIT has it, whatever the two are.
fn equal(cx: Cx) -> Result<c_int> {
    two_arguments(cx)?;
    if is_ours(cx) {
        push_equal(cx)?;
        let equal = cx.lua.truth(-1);
        cx.lua.push_bool(equal);
    } else {
        let equal = cx.lua.equal(1, 2);
        cx.lua.push_bool(equal);
    }
    Ok(1)
}

/// `ffi.lt(a, b)`: `a < b`.
fn less(cx: Cx) -> Result<c_int> {
    two_arguments(cx)?;
    if is_ours(cx) {
        push_order(cx, b"__lt", Ordering::is_lt)?;
        let less = cx.lua.truth(-1);
        cx.lua.push_bool(less);
    } else {
        let less = cx.lua.less(1, 2);
        cx.lua.push_bool(less);
    }
    Ok(1)
}

/// `ffi.le(a, b)`: `a <= b`.
fn less_or_equal(cx: Cx) -> Result<c_int> {
    two_arguments(cx)?;
    if is_ours(cx) {
        push_order(cx, b"__le", Ordering::is_le)?;
        let less = cx.lua.truth(-1);
        cx.lua.push_bool(less);
    } else {
        let less = cx.lua.less_or_equal(1, 2);
        cx.lua.push_bool(less);
    }
    Ok(1)
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries!["eq" => equal, "lt" => less, "le" => less_or_equal];
