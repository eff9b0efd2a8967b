//! Structs: definitions, which are tables, and instances, which are a definition laid over memory.

use super::types::{slot_at, worded};
use super::{array, buffer};
use crate::convert::{self, Destination, Part, PointerAs};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Header, Kind, Result, State, Type};
use crate::object::alloc::push_owner;
use crate::object::kind::KindSpec;
use crate::object::pointer::{push_derived, push_text, region_argument};
use crate::object::{record, references};
use crate::runtime::{Cx, FunctionEntry, entries, set_functions};
use lunaffi_core::ctype::{CType, Mode, Packing, Record, RecordKind, Slot, TypeId};
use lunaffi_core::mem::Region;
use std::ffi::c_int;

// --- definitions

/// `alien.defstruct{ {name, type [, length]}, ... }`
fn defstruct(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) != Type::Table {
        return Err(Error::arg(1, Fault::Expected("table")));
    }
    lua.set_top(1);
    let packing = Packing::default();
    let ty = cx.grow(0, || record::declare(cx, RecordKind::Struct, None, packing, slot_at))?;
    lua.set_top(1);
    let Some(record) = cx.rt.types.record(ty) else { return Err(Error::alone(Fault::Bug)) };
    push_definition(cx, ty, record);
    Ok(1)
}

/// Pushes the table of the definition whose schema is at 1.
fn push_definition(cx: Cx, ty: TypeId, record: &Record) {
    let lua = cx.lua;
    let count = record.fields.len() as c_int;
    lua.new_table(0, 4);
    let definition = lua.top();
    lua.new_table(count, 0);
    lua.new_table(0, count);
    lua.new_table(0, count);
    let (names, offsets, types) = (definition + 1, definition + 2, definition + 3);
    for (i, field) in (1..).zip(&record.fields) {
        lua.push_bytes(field.name.as_bytes());
        lua.copy(-1);
        lua.raw_set_index(names, i);
        lua.copy(-1);
        lua.push_int(field.offset as i64);
        lua.raw_set(offsets);
        lua.raw_get_index(1, i);
        lua.raw_get_index(-1, 2);
        lua.remove(-2);
        lua.raw_set(types);
    }
    lua.set_field(definition, b"types");
    lua.set_field(definition, b"offsets");
    lua.set_field(definition, b"names");
    lua.push_int(record.size as i64);
    lua.set_field(definition, b"size");

    lua.new_table(0, 3);
    lua.new_table(0, METHODS.len() as c_int);
    lua.copy(State::upvalue(1));
    lua.insert(-2);
    set_functions(lua, -2, METHODS);
    lua.remove(-2);
    lua.set_field(-2, b"__index");
    lua.push_bytes(b"alien struct definition");
    lua.set_field(-2, b"__metatable");
    let slot = Slot::value(ty);
    cx.rt.kinds.push_payload(lua, Kind::StructDefinition, slot);
    lua.set_private(-2, record::definition_key());
    lua.set_metatable(definition);
}

fn this_definition(cx: Cx) -> Result<(Slot, &'static Record)> {
    let wrong = Error { at: At::This, value: 1, fault: Fault::Expected("struct definition") };
    let slot = record::slot_of(cx, 1).ok_or(wrong)?;
    Ok((slot, cx.rt.types.record(slot.ty).ok_or(wrong)?))
}

/// `definition:new([pointer])`: an instance with memory of its own, or over the pointer's.
fn new(cx: Cx) -> Result<c_int> {
    let (slot, record) = this_definition(cx)?;
    if cx.lua.is_nil(2) {
        push_owner(cx, Kind::AlienStruct, slot, record.size, record.align).map_err(Error::call)?;
        return Ok(1);
    }
    let region = region_argument(cx, 2)?;
    region.grants(0, record.size).at_arg(2)?;
    push_instance(cx, region.bounded(record.size), slot, 2);
    Ok(1)
}

/// `definition:byval()`: the type of parameters and results that are the struct itself.
fn definition_byval(cx: Cx) -> Result<c_int> {
    this_definition(cx)?;
    cx.lua.set_top(1);
    Ok(1)
}

/// `alien.byval(buffer or instance)`: the argument for a struct by value.
fn byval(cx: Cx) -> Result<c_int> {
    match cx.rt.kinds.of(*cx.lua, 1) {
        Some(Kind::AlienBuffer | Kind::AlienStruct | Kind::StructView) => {
            cx.lua.set_top(1);
            Ok(1)
        }
        _ => Err(Error::arg(1, Fault::Expected("buffer or struct"))),
    }
}

const METHODS: &[FunctionEntry] = entries![method "new" => new, method "byval" => definition_byval];

// --- instances

/// Pushes an instance over memory of the object at `parent`.
fn push_instance(cx: Cx, region: Region, slot: Slot, parent: c_int) {
    if cx.rt.kinds.header(*cx.lua, parent).is_some() {
        push_derived(cx, Kind::AlienStruct, region, slot, parent);
    } else {
        cx.rt.kinds.push_header(cx.lua, Kind::AlienStruct, Header::new(region, slot));
    }
}

/// Pushes a part of memory of the object at `parent`: a struct or an array as an object over the same
/// memory (`count`: the array's elements), else the value.
pub fn push_part(cx: Cx, part: &Part, count: usize, region: Region, parent: c_int) -> Result<()> {
    if part.bits.is_some() {
        return convert::push_member(cx, part, region, parent, PointerAs::Light);
    }
    region.grants(part.offset as isize, part.size).map_err(Error::alone)?;
    let inner = region.moved(part.offset as isize).bounded(part.size);
    match cx.rt.types.get(part.slot.ty) {
        _ if part.array => array::push_view(cx, inner, part.slot, count, parent),
        CType::Record(_) if part.slot.mode == Mode::Value => {
            push_instance(cx, inner, part.slot, parent);
            Ok(())
        }
        CType::Array { elem, len } if part.slot.mode == Mode::Value => {
            array::push_view(cx, inner, Slot::value(elem), len, parent)
        }
        _ => convert::push_value_in(cx.lua, cx.rt, part.slot, &inner, 0, PointerAs::Light),
    }
}

fn this_instance(cx: Cx) -> Result<(&'static Header, &'static Record)> {
    let header = cx.receiver::<Header>(Kind::AlienStruct)?;
    match cx.rt.types.record(header.slot().ty) {
        Some(record) => Ok((header, record)),
        None => Err(Error::alone(Fault::Bug)),
    }
}

/// The error of a field that is not there: the key at 2.
#[cold]
fn no_field() -> Error {
    Error { value: 2, ..Error::alone(Fault::NotThere("field")) }
}

fn index(cx: Cx) -> Result<c_int> {
    let (header, record) = this_instance(cx)?;
    let field = convert::field_at(cx, 2, record, |_| true).ok_or_else(no_field)?;
    push_part(cx, &Part::from(field), field.array.unwrap_or(0), header.region, 1)?;
    Ok(1)
}

fn newindex(cx: Cx) -> Result<c_int> {
    let (header, record) = this_instance(cx)?;
    let field = convert::field_at(cx, 2, record, |_| true).ok_or_else(no_field)?;
    if record.has_const && cx.rt.types.is_const(field.ty) {
        return Err(Error { at: At::Field(2), value: 0, fault: Fault::Text("it is const") });
    }
    if let Some(bits) = field.bits {
        header.region.grants(field.offset as isize, bits.bytes()).map_err(Error::alone)?;
        convert::writable(&header.region, At::Field(2))?;
        let place = header.region.moved(field.offset as isize);
        convert::store_bits(cx, 3, field.slot, bits, place, At::Field(2)).map_err(worded)?;
        return Ok(0);
    }
    header.region.grants(field.offset as isize, field.size).map_err(Error::alone)?;
    references::store(cx, 3, Destination::field(field), header.region, field.offset as isize, 1, At::Field(2))
        .map_err(worded)?;
    Ok(0)
}

/// `instance()`: the buffer that is its memory, the same one every time.
fn call(cx: Cx) -> Result<c_int> {
    let (header, record) = this_instance(cx)?;
    let (lua, region) = (cx.lua, header.region);
    region.grants(0, record.size).map_err(Error::alone)?;
    let base = cx.rt.kinds.push_pins(lua, 1, cx.rt.refs.pins.get(), true);
    let pins = lua.top();
    let key = -1 - region.address().wrapping_sub(base) as i64;
    lua.push_int(key);
    lua.raw_get(pins);
    if let Some((Kind::AlienBuffer, known)) = cx.rt.kinds.header(*lua, -1)
        && known.region.address() == region.address()
        && known.region.remaining() == Some(record.size)
        && known.region.check_life().is_ok()
    {
        return Ok(1);
    }
    lua.pop(1);
    buffer::push_over(cx, region, Some(record.size), 1).map_err(Error::alone)?;
    lua.push_int(key);
    lua.copy(-2);
    lua.raw_set(pins);
    Ok(1)
}

fn equal(cx: Cx) -> Result<c_int> {
    let parts = |index| cx.argument::<Header>(index, Kind::AlienStruct).map(|h| (h.region.address(), h.slot()));
    let same = matches!((parts(1), parts(2)), (Ok(a), Ok(b)) if a == b);
    cx.lua.push_bool(same);
    Ok(1)
}

fn to_string(cx: Cx) -> Result<c_int> {
    let (header, record) = this_instance(cx)?;
    push_text(cx.lua, format_args!("alien struct ({:#x}, {} bytes)", header.region.address(), record.size));
    Ok(1)
}

/// Instances.
pub const INSTANCE: KindSpec = KindSpec {
    kind: Kind::AlienStruct,
    methods: &[],
    meta: entries![
        "__index" => index,
        "__newindex" => newindex,
        method "__call" as "struct" => call,
        "__eq" => equal,
        method "__tostring" => to_string,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["defstruct" => defstruct, "byval" => byval];
