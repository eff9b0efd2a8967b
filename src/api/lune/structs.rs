//! Struct and union definitions, and views: a definition laid over memory.

use super::fast_access::Members;
use super::pointer::{push_address, push_derived, push_text, region_argument};
use super::types;
use crate::convert::{self, Destination, Part, PointerAs, push_member};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, Type};
use crate::object::alloc::{SURE, push_owner};
use crate::object::fast_access::{PrimitiveField, index, newindex};
use crate::object::kind::{self, KindSpec};
use crate::object::record;
use crate::runtime::cache::{DefinitionCacheEntry, FieldCacheEntry};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{Field, Packing, Record, RecordKind, Slot, TypeId};
use lunaffi_core::mem::Region;
use std::ffi::c_int;

// --- definitions

/// `ffi.struct(schema [, options])`
fn define_struct(cx: Cx) -> Result<c_int> {
    define(cx, RecordKind::Struct)
}

/// `ffi.union(schema [, options])`
fn define_union(cx: Cx) -> Result<c_int> {
    define(cx, RecordKind::Union)
}

fn define(cx: Cx, kind: RecordKind) -> Result<c_int> {
    let lua = cx.lua;
    if lua.type_of(1) == Type::String {
        let ty = record_argument(cx, 1, "table or C name of a struct or union")?;
        push_definition(cx, ty);
        return Ok(1);
    }
    if lua.type_of(1) != Type::Table {
        return Err(Error::arg(1, Fault::Expected("table")));
    }
    if !lua.is_nil(2) && lua.type_of(2) != Type::Table {
        return Err(Error::arg(2, Fault::Expected("table")));
    }
    lua.set_top(2);
    let ty = cx.grow(0, || {
        let (name, packing) = read_options(cx)?;
        record::declare(cx, kind, name, packing, types::slot_at)
    })?;
    lua.set_top(0);
    push_definition(cx, ty);
    Ok(1)
}

/// The struct or union that an argument is the definition of, or names as C does.
fn record_argument(cx: Cx, index: c_int, expected: &'static str) -> Result<TypeId> {
    if cx.lua.type_of(index) != Type::String && cx.rt.kinds.get(*cx.lua, index, Kind::Ctype).is_none() {
        return Ok(cx.argument::<Slot>(index, Kind::StructDefinition)?.ty);
    }
    let slot = types::type_argument(cx, index)?;
    if types::is_record(cx, slot) { Ok(slot.ty) } else { Err(Error::arg(index, Fault::ExpectedValue(expected))) }
}

fn push_definition(cx: Cx, ty: TypeId) {
    let place = cx.lua.new_userdata(size_of::<Slot>(), false).cast::<Slot>();
    // SAFETY: fresh memory of that size.
    unsafe { place.write(Slot::value(ty)) };
    cx.rt.kinds.push_metatable(cx.lua, Kind::StructDefinition);
    cx.lua.set_metatable(-2);
}

/// The options at 2.
fn read_options(cx: Cx) -> Result<(Option<Box<str>>, Packing)> {
    let lua = cx.lua;
    let (mut name, mut packing) = (None, Packing::default());
    if lua.is_nil(2) {
        return Ok((name, packing));
    }
    lua.push_nil();
    while lua.next(2) {
        let (key, value) = (lua.top() - 1, lua.top());
        let bad = |fault| Error { at: At::Member(2, key), value, fault };
        let power = |highest: usize| {
            let n = match lua.number(value) {
                Some(Number::Int(n)) => usize::try_from(n).unwrap_or(0),
                Some(Number::Float(n)) if n.fract() == 0.0 => n as usize,
                _ => 0,
            };
            if n.is_power_of_two() && n <= highest { Ok(n) } else { Err(()) }
        };
        match lua.string(key) {
            Some(b"packed") => {
                packing.pack = match lua.type_of(value) {
                    Type::Boolean if lua.truth(value) => 1,
                    Type::Boolean => Packing::default().pack,
                    _ => power(16).map_err(|()| bad(Fault::ExpectedValue("true, 1, 2, 4, 8 or 16")))?,
                };
            }
            Some(b"align") => {
                packing.align = power(1 << 28).map_err(|()| bad(Fault::ExpectedValue("power of two")))?;
            }
            Some(b"name") => name = Some(record::name_at(cx, value).ok_or(bad(Fault::Expected("UTF-8 string")))?),
            _ => return Err(bad(Fault::Text("unknown option (packed, align and name are known)"))),
        }
        lua.pop(1);
    }
    Ok((name, packing))
}

/// A definition's type and record.
fn definition(cx: Cx, slot: &Slot) -> Result<(TypeId, &'static Record)> {
    match cx.rt.types.record(slot.ty) {
        Some(record) => Ok((slot.ty, record)),
        None => Err(Error::alone(Fault::Bug)),
    }
}

fn this_definition(cx: Cx) -> Result<(TypeId, &'static Record)> {
    definition(cx, cx.receiver(Kind::StructDefinition)?)
}

/// The field that an argument names.
fn field_argument(cx: Cx, record: &'static Record, index: c_int) -> Result<&'static Field> {
    let name = cx.lua.string(index).ok_or(Error::arg(index, Fault::Expected("field name")))?;
    record.by_name(name).ok_or(Error::arg(index, Fault::NoField))
}

/// The fields that have names: of a struct from C, members of its unnamed ones come last.
fn named_fields(record: &'static Record) -> impl Iterator<Item = &'static Field> {
    record.fields.iter().chain(&record.inner).filter(|field| !field.name.is_empty())
}

fn offset_of(cx: Cx) -> Result<c_int> {
    let (_, record) = this_definition(cx)?;
    cx.lua.push_int(field_argument(cx, record, 2)?.offset as i64);
    Ok(1)
}

fn size_of_field(cx: Cx) -> Result<c_int> {
    let (_, record) = this_definition(cx)?;
    cx.lua.push_int(field_argument(cx, record, 2)?.size as i64);
    Ok(1)
}

fn fields(cx: Cx) -> Result<c_int> {
    let (_, record) = this_definition(cx)?;
    cx.lua.new_table((record.fields.len() + record.inner.len()) as c_int, 0);
    for (i, field) in named_fields(record).enumerate() {
        cx.lua.push_bytes(field.name.as_bytes());
        cx.lua.raw_set_index(-2, i as c_int + 1);
    }
    Ok(1)
}

fn create_view(cx: Cx) -> Result<c_int> {
    let (ty, _) = this_definition(cx)?;
    view_of(cx, 2, ty)
}

/// `definition:new([init])`: a view with memory of its own.
fn new(cx: Cx) -> Result<c_int> {
    new_view(cx)
}

/// Makes the definition at 1 known, unless its views are large: then it is kept for good.
fn remember_definition(cx: Cx) -> Result<()> {
    let (lua, rt) = (cx.lua, cx.rt);
    let (ty, record) = this_definition(cx)?;
    let object = lua.userdata(1);
    if record.size <= SURE && rt.known.definition(object).is_none() {
        lua.push_ref(rt.refs.names.get());
        lua.copy(1);
        lua.push_bool(true);
        lua.raw_set(-3);
        lua.pop(1);
        rt.known.add_definition(DefinitionCacheEntry { object, ty, size: record.size, align: record.align });
    }
    Ok(())
}

/// Makes the member that the string at 2 names known, if it is a primitive.
fn remember_field(cx: Cx, ty: TypeId, record: &Record, field: &Field) {
    let (lua, rt) = (cx.lua, cx.rt);
    let constant = record.has_const && rt.types.is_const(field.ty);
    let kept = lua.string(2).is_some_and(|name| name.as_ptr().addr() == field.key.get());
    if let (Some(scalar), Some(name)) = (field.slot.as_scalar(), lua.string_identity(2))
        && field.array.is_none()
        && field.bits.is_none()
        && kept
    {
        let place = PrimitiveField { offset: field.offset, scalar, constant };
        rt.known.views.add(FieldCacheEntry { of: ty, name, place, pointer: false });
    }
}

fn new_view(cx: Cx) -> Result<c_int> {
    let (ty, record) = this_definition(cx)?;
    let slot = Slot::value(ty);
    let init = cx.lua.top() > 1 && !cx.lua.is_nil(2);
    let header = push_owner(cx, Kind::StructView, slot, record.size, record.align).map_err(Error::call)?;
    if init {
        convert::store(cx, 2, Destination::one(slot), header.region, At::Arg(2))?;
    }
    Ok(1)
}
/// `definition([init])`: the same as `new`.
pub fn make(cx: Cx) -> Result<c_int> {
    remember_definition(cx)?;
    new_view(cx)
}

fn definition_index(cx: Cx) -> Result<c_int> {
    let (_, record) = this_definition(cx)?;
    kind::index(cx, |name| {
        match name {
            b"size" => cx.lua.push_int(record.size as i64),
            b"alignment" => cx.lua.push_int(record.align as i64),
            b"fieldCount" => cx.lua.push_int(named_fields(record).count() as i64),
            b"name" => match &record.name {
                Some(name) => cx.lua.push_bytes(name.as_bytes()),
                None => cx.lua.push_nil(),
            },
            _ => return Ok(false),
        }
        Ok(true)
    })
}

fn definition_to_string(cx: Cx) -> Result<c_int> {
    let (ty, record) = this_definition(cx)?;
    let (lua, types) = (cx.lua, &cx.rt.types);
    let name = types.name(Slot::value(ty));
    push_text(lua, format_args!("StructDefinition {name} (size={}, alignment={})", record.size, record.align));
    for field in named_fields(record) {
        let (name, slot, offset) = (&field.name, types.name(field.slot), field.offset);
        match field.array {
            _ if field.bits.is_some() => {
                let width = field.bits.map_or(0, |bits| bits.width);
                push_text(lua, format_args!("\n  {name}: {slot}:{width} @ {offset}"));
            }
            Some(len) => push_text(lua, format_args!("\n  {name}: {slot}[{len}] @ {offset}")),
            None => push_text(lua, format_args!("\n  {name}: {slot} @ {offset}")),
        }
        lua.concat(2);
    }
    Ok(1)
}

/// Definitions.
pub const DEFINITION: KindSpec = KindSpec {
    kind: Kind::StructDefinition,
    methods: entries![
        method "offsetOf" => offset_of,
        method "sizeOf" => size_of_field,
        method "fields" => fields,
        method "createView" => create_view,
        method "new" => new,
    ],
    meta: entries![
        "__index" => definition_index,
        "__newindex" => kind::read_only,
        method "__tostring" => definition_to_string,
    ],
};

// --- views

/// The memory that an argument of `view` or `pointTo` means: also an address.
fn target_argument(cx: Cx, index: c_int) -> Result<Region> {
    let lua = cx.lua;
    if lua.type_of(index) == Type::Number || cx.rt.kinds.int64(*lua, index).is_some() {
        return Ok(Region::at(convert::address(*lua, cx.rt, index, false).at_arg(index)?));
    }
    region_argument(cx, index).or_else(|error| match cx.rt.kinds.get(*lua, index, Kind::Cdata) {
        // An integer of C is an address, too.
        Some(_) => Ok(Region::at(convert::address(*lua, cx.rt, index, false).at_arg(index)?)),
        None => Err(error),
    })
}

/// Pushes a view of a record over a region that starts where the record shall, from the object at
/// `parent`; `about` is the argument to blame.
pub fn push_view(cx: Cx, region: Region, ty: TypeId, parent: c_int, about: c_int) -> Result<c_int> {
    let (size, open) = cx.rt.types.record(ty).map_or((0, false), |record| (record.size, record.open));
    region.grants(0, size).at_arg(about)?;
    push_derived(cx, Kind::StructView, region.of_record(0, size, open), Slot::value(ty), parent);
    Ok(1)
}

fn view_of(cx: Cx, index: c_int, ty: TypeId) -> Result<c_int> {
    let region = target_argument(cx, index)?;
    push_view(cx, region, ty, index, index)
}

/// `ffi.view(pointer, definition)`
fn view(cx: Cx) -> Result<c_int> {
    target_argument(cx, 1)?;
    let ty = record_argument(cx, 2, Kind::StructDefinition.name())?;
    view_of(cx, 1, ty)
}

fn this_view(cx: Cx) -> Result<(&'static Header, &'static Record)> {
    let header = cx.receiver::<Header>(Kind::StructView)?;
    match cx.rt.types.record(header.slot().ty) {
        Some(record) => Ok((header, record)),
        None => Err(Error::alone(Fault::Bug)),
    }
}

fn field_ptr(cx: Cx) -> Result<c_int> {
    let (header, record) = this_view(cx)?;
    let field = field_argument(cx, record, 2)?;
    if field.bits.is_some() {
        return Err(Error::arg(2, Fault::Text("a bit-field has no address")));
    }
    let region = header.region;
    region.grants(field.offset as isize, field.size).map_err(Error::alone)?;
    push_derived(cx, Kind::RawPointer, region.of_record(field.offset, field.size, field.size == 0), Slot::VOID, 1);
    Ok(1)
}

/// `view:pointTo(target)`: aims the view at other memory.
fn point_to(cx: Cx) -> Result<c_int> {
    let (_, record) = this_view(cx)?;
    let region = target_argument(cx, 2)?;
    region.grants(0, record.size).at_arg(2)?;
    let kinds = &cx.rt.kinds;
    let Some((_, header)) = kinds.header(*cx.lua, 1) else { return Err(Error::alone(Fault::Bug)) };
    if header.has_finalizer() {
        return Err(Error::alone(Fault::Text("a view with a finalizer cannot be aimed elsewhere")));
    }
    // The former is let go only when the new is kept: that may take memory.
    if kinds.push_kept(cx.lua, 2) {
        kinds.keep_for(cx.lua, 1);
    }
    header.aim(region.of_record(0, record.size, record.open));
    Ok(0)
}

/// The field that the key at 2 names. The methods win over fields of their names.
#[inline]
fn field_by_key(cx: Cx, record: &'static Record) -> Option<&'static Field> {
    convert::field_at(cx, 2, record, |name| name != b"fieldPtr" && name != b"pointTo")
}

pub fn view_index(cx: Cx) -> Result<c_int> {
    let (header, record) = this_view(cx)?;
    if let Some(field) = field_by_key(cx, record) {
        remember_field(cx, header.ty(), record, field);
        push_member(cx, &Part::from(field), header.region, 1, PointerAs::Raw)?;
        return Ok(1);
    }
    let found = kind::index(cx, |name| {
        match name {
            b"size" => cx.lua.push_int(record.size as i64),
            b"addr" => push_address(cx, &header.region),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if cx.lua.is_nil(-1) {
        return Err(no_field());
    }
    Ok(found)
}

fn no_field() -> Error {
    Error { value: 2, ..Error::alone(Fault::NoMember("StructView")) }
}

pub fn view_newindex(cx: Cx) -> Result<c_int> {
    let (header, record) = this_view(cx)?;
    let Some(field) = field_by_key(cx, record) else {
        return Err(match cx.lua.string(2) {
            Some(b"size" | b"addr" | b"fieldPtr" | b"pointTo") => {
                Error::alone(Fault::Text("StructView member is read-only"))
            }
            _ => no_field(),
        });
    };
    remember_field(cx, header.ty(), record, field);
    if record.has_const && cx.rt.types.is_const(field.ty) {
        return Err(Error { at: At::Field(2), value: 0, fault: Fault::Text("it is const") });
    }
    if let Some(bits) = field.bits {
        header.region.grants(field.offset as isize, bits.bytes()).map_err(Error::alone)?;
        convert::writable(&header.region, At::Field(2))?;
        let place = header.region.moved(field.offset as isize);
        convert::store_bits(cx, 3, field.slot, bits, place, At::Field(2))?;
        return Ok(0);
    }
    let target = Destination::field(field);
    header.region.grants(field.offset as isize, field.size).map_err(Error::alone)?;
    convert::store_in(cx, 3, target, header.region, field.offset as isize, At::Field(2))?;
    Ok(0)
}

fn view_eq(cx: Cx) -> Result<c_int> {
    let parts = |index| cx.argument::<Header>(index, Kind::StructView).map(|h| (h.region.address(), h.slot()));
    let same = matches!((parts(1), parts(2)), (Ok(a), Ok(b)) if a == b);
    cx.lua.push_bool(same);
    Ok(1)
}

fn view_to_string(cx: Cx) -> Result<c_int> {
    let (header, record) = this_view(cx)?;
    push_text(cx.lua, format_args!("StructView({:#x}, size={})", header.region.address(), record.size));
    Ok(1)
}

/// Views.
pub const VIEW: KindSpec = KindSpec {
    kind: Kind::StructView,
    methods: entries![method "fieldPtr" => field_ptr, method "pointTo" => point_to],
    meta: entries![
        raw "__index" => index::<Members>,
        raw "__newindex" => newindex::<Members>,
        "__eq" => view_eq,
        method "__tostring" => view_to_string,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["struct" => define_struct, "union" => define_union, "view" => view];
