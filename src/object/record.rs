//! What the definitions of structs of all APIs share: reading a schema, and finding a member by the
//! identity of its name.

use crate::lua::{At, Error, Fault, Kind, Number, Result, Type};
use crate::runtime::Cx;
use lunaffi_core::ctype::{FieldSpec, LayoutError, Mode, Packing, RecordKind, Slot, TypeId};
use std::ffi::{c_int, c_void};

/// Reads a type by the names of an API.
type SlotAt = fn(Cx, c_int) -> Result<Slot>;

/// Declares the record whose members are the schema at 1, a sequence of `{name, type [, length]}`.
/// Raises nothing; it owns what has to be dropped.
pub fn declare(cx: Cx, kind: RecordKind, name: Option<Box<str>>, packing: Packing, slot_at: SlotAt) -> Result<TypeId> {
    let lua = cx.lua;
    let fields = read_schema(cx, slot_at)?;
    cx.rt.types.declare(kind, name, fields, packing).map_err(|e| {
        let position = match e {
            LayoutError::Duplicate(i) | LayoutError::NoSize(i) => i as c_int + 1,
            LayoutError::Empty | LayoutError::TooLarge | LayoutError::TooDeep => {
                return Error::arg(1, Fault::Layout(e));
            }
        };
        lua.raw_get_index(1, position);
        lua.raw_get_index(-1, 1);
        Error { at: At::Member(1, lua.top()), value: lua.top(), fault: Fault::Layout(e) }
    })
}

/// A name that is text.
pub fn name_at(cx: Cx, index: c_int) -> Option<Box<str>> {
    Some(std::str::from_utf8(cx.lua.string(index)?).ok()?.into())
}

/// The fields of the schema at 1.
fn read_schema(cx: Cx, slot_at: SlotAt) -> Result<Vec<FieldSpec>> {
    let lua = cx.lua;
    let mut fields = Vec::new();
    for i in 1.. {
        lua.raw_get_index(1, i);
        if lua.is_nil(-1) {
            lua.pop(1);
            break;
        }
        fields.push(read_field(cx, i, slot_at)?);
        lua.pop(1);
    }
    // What is no field of the sequence would be lost.
    lua.push_nil();
    while lua.next(1) {
        let key = lua.top() - 1;
        let position = match lua.number(key) {
            Some(Number::Int(n)) => n as f64,
            Some(Number::Float(n)) => n,
            None => 0.0,
        };
        if position < 1.0 || position > fields.len() as f64 || position.fract() != 0.0 {
            return Err(Error {
                at: At::Member(1, key),
                value: key,
                fault: Fault::Text("a sequence of fields expected"),
            });
        }
        lua.pop(1);
    }
    Ok(fields)
}

/// The field `{name, type [, arrayLength]}` on the top.
fn read_field(cx: Cx, position: c_int, slot_at: SlotAt) -> Result<FieldSpec> {
    let lua = cx.lua;
    let table = lua.top();
    if lua.type_of(table) != Type::Table {
        lua.push_int(position as i64);
        return Err(Error { at: At::Member(1, table + 1), value: table, fault: Fault::Expected("field table") });
    }
    lua.raw_get_index(table, 1);
    let key = lua.top();
    let Some(name) = name_at(cx, key) else {
        lua.push_int(position as i64);
        return Err(Error { at: At::Member(1, key + 1), value: key, fault: Fault::Expected("UTF-8 field name") });
    };
    let bad = |value, fault| Error { at: At::Member(1, key), value, fault };
    lua.raw_get_index(table, 2);
    let slot = slot_at(cx, -1).map_err(|e| bad(e.value, e.fault))?;
    if slot.mode == Mode::Ref {
        return Err(bad(table + 2, Fault::ExpectedValue("a type that memory holds")));
    }
    lua.raw_get_index(table, 3);
    let length = lua.top();
    let array = match lua.number(length) {
        None if lua.is_nil(length) => None,
        Some(Number::Int(n)) if n >= 1 => Some(n as usize),
        Some(Number::Float(n)) if n >= 1.0 && n.fract() == 0.0 && n < 9.2e18 => Some(n as usize),
        _ => return Err(bad(length, Fault::ExpectedValue("array length from 1 on"))),
    };
    lua.push_nil();
    while lua.next(table) {
        let extra = lua.top() - 1;
        let known = match lua.number(extra) {
            Some(Number::Int(n)) => (1..=3).contains(&n),
            Some(Number::Float(n)) => n == 1.0 || n == 2.0 || n == 3.0,
            None => false,
        };
        if !known {
            return Err(bad(extra, Fault::UnknownKey));
        }
        lua.pop(1);
    }
    lua.set_top(table);
    Ok(FieldSpec { name, slot, array })
}

static DEFINITION_KEY: u8 = 0;

/// In the metatable of a definition that is a table: the definition object.
pub fn definition_key() -> *const c_void {
    (&raw const DEFINITION_KEY).cast()
}

/// What is seen of a C type; none for one without values, and for a function.
pub fn seen(cx: Cx, ty: TypeId) -> Option<Slot> {
    let types = &cx.rt.types;
    match types.seen(ty) {
        _ if types.function(ty).is_some() => None,
        Some((slot, None)) => Some(slot),
        Some((slot, Some(len))) => types.array(slot.c_type(), len).map(Slot::value),
        None => None,
    }
}

/// The type that an object stands for: a definition of any API, what `ffi.pointer` makes, or a ctype
/// object, as what is seen of it. Raises nothing.
pub fn slot_of(cx: Cx, index: c_int) -> Option<Slot> {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let top = lua.top();
    let object = match lua.type_of(index) {
        Type::Userdata => index,
        Type::Table if lua.get_metatable(index) => {
            lua.get_private(-1, definition_key());
            lua.top()
        }
        _ => return None,
    };
    if let Some(ctype) = kinds.get(*lua, object, Kind::Ctype) {
        lua.set_top(top);
        // SAFETY: the kind's payload.
        return seen(cx, unsafe { *ctype.cast::<TypeId>() });
    }
    let slot = [Kind::StructDefinition, Kind::TypeObject].into_iter().find_map(|kind| kinds.get(*lua, object, kind));
    lua.set_top(top);
    // SAFETY: the payload of both kinds is a slot; definitions are kept by what was found at `index`.
    slot.map(|slot| unsafe { *slot.cast::<Slot>() })
}
