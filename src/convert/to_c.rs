//! Lua values to C values. A value is either converted exactly or refused; what is converted in
//! parts (a table to a struct) is put together elsewhere first, so that nothing is half written.

use super::cdata;
use super::wide_number::{extended, store as store_extended, store_bits as store_extended_bits};
use crate::lua::header::is_constant;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, Still, Type};
use crate::runtime::{Cx, Look, Runtime};
use lunaffi_core::ctype::{Bits, CType, Field, Mode, Record, RecordKind, Slot, TypeId, TypeTable};
use lunaffi_core::mem::Region;
use lunaffi_core::numeral::{self, Radix};
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;
use std::ffi::c_int;

/// A sign, the radix, and the digits of the number that a string spells: decimal or hexadecimal, the same on
/// every Lua. (Their own rules differ in what they take besides: "inf", "0x", "0b1", what follows a NUL.)
fn spelled(text: &[u8]) -> Option<(bool, Radix, &[u8])> {
    const SPACE: [char; 6] = [' ', '\t', '\n', '\r', '\x0b', '\x0c'];
    let text = std::str::from_utf8(text).ok()?.trim_matches(SPACE).as_bytes();
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        _ => (false, text),
    };
    match Radix::split(digits) {
        (Radix::Binary, _) => None,
        (radix, digits) => Some((negative, radix, digits)),
    }
}

/// The integer that a string spells, exact up to 127 bits.
pub fn numeral(text: &[u8]) -> Option<i128> {
    let (negative, radix, digits) = spelled(text)?;
    let value = i128::try_from(numeral::integer(radix, digits)?).ok()?;
    Some(if negative { -value } else { value })
}

/// The double that a string spells with a fraction or an exponent, or with more digits than an integer has.
fn float_numeral(text: &[u8]) -> Option<f64> {
    let (negative, radix, digits) = spelled(text)?;
    let value = numeral::double(radix, digits)?;
    Some(if negative { -value } else { value })
}

/// The double that a string spells.
pub fn double(text: &[u8]) -> Option<f64> {
    numeral(text).map(|value| value as f64).or_else(|| float_numeral(text))
}

/// A number as Lua has it, or as a string or boxed integer spells it.
pub(super) enum LuaNumber {
    Int(i128),
    Float(f64),
}

#[inline]
pub(super) fn wide(lua: Still, rt: &Runtime, index: c_int) -> Option<LuaNumber> {
    match lua.number(index) {
        Some(Number::Int(value)) => Some(LuaNumber::Int(value as i128)),
        Some(Number::Float(value)) => Some(LuaNumber::Float(value)),
        None => wide_other(lua, rt, index),
    }
}

#[cold]
fn wide_other(lua: Still, rt: &Runtime, index: c_int) -> Option<LuaNumber> {
    match lua.type_of(index) {
        Type::Userdata => wide_object(lua, rt, index),
        Type::String => match numeral(lua.string(index)?) {
            Some(value) => Some(LuaNumber::Int(value)),
            None => float_numeral(lua.string(index)?).map(LuaNumber::Float),
        },
        _ => None,
    }
}

/// The number in a boxed integer or a cdata.
fn wide_object(lua: Still, rt: &Runtime, index: c_int) -> Option<LuaNumber> {
    if let Some(value) = rt.kinds.int64(lua, index) {
        return Some(LuaNumber::Int(value));
    }
    let payload = rt.kinds.get(lua, index, Kind::Cdata)?;
    // SAFETY: the kind's payload.
    let view = cdata::view_of(rt, unsafe { &*payload.cast::<Header>() }).ok()?;
    // What 128 bits hold is no float, and what they do not is no number here.
    if let Some(value) = cdata::view_exact_number(rt, &view).ok()? {
        return match value {
            WideNumber::Signed(value) => Some(LuaNumber::Int(value)),
            WideNumber::Unsigned(value) => i128::try_from(value).ok().map(LuaNumber::Int),
            WideNumber::Float(_) => Some(LuaNumber::Float(value.to_f64())),
        };
    }
    Some(match cdata::view_number(rt, &view).ok()?? {
        ScalarValue::Bool(value) => LuaNumber::Int(value as i128),
        ScalarValue::Signed(value) => LuaNumber::Int(value as i128),
        ScalarValue::Unsigned(value) => LuaNumber::Int(value as i128),
        ScalarValue::Float(value) => LuaNumber::Float(value),
    })
}

/// A float's integral part; `None` for NaN and what 128 bits do not hold.
#[inline]
fn truncated(value: f64) -> Option<i128> {
    let value = value.trunc();
    (value.abs() < 1e38).then_some(value as i128)
}

/// The bits of an integer of that type: one that its signed or its unsigned reading can hold;
/// fractions are cut off.
#[inline(always)]
pub fn integer(lua: Still, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
    if let Some(value) = lua.plain_integer(index)
        && scalar.holds_signed(value)
    {
        return Ok(value as u64);
    }
    any_integer(lua, rt, index, scalar)
}

/// `integer`, whatever the value is.
#[cold]
#[inline(never)]
fn any_integer(lua: Still, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
    let value = match wide(lua, rt, index) {
        Some(LuaNumber::Int(value)) => value,
        Some(LuaNumber::Float(value)) => match truncated(value) {
            Some(value) => value,
            None if value.is_nan() => return Err(Fault::NotInteger(scalar.name())),
            None => return Err(Fault::Range(scalar)),
        },
        None => return Err(Fault::ExpectedType(Slot::value(TypeId::scalar(scalar)))),
    };
    if scalar.holds(value) { Ok(value as u64) } else { Err(Fault::Range(scalar)) }
}

/// An integer between the limits, both included; fractions are cut off.
pub fn exact(lua: Still, rt: &Runtime, index: c_int, low: i128, high: i128) -> std::result::Result<i128, Fault> {
    let value = match wide(lua, rt, index) {
        Some(LuaNumber::Int(value)) => value,
        Some(LuaNumber::Float(value)) => match truncated(value) {
            Some(value) => value,
            None if value.is_nan() => return Err(Fault::NotInteger("integer")),
            None => return Err(Fault::Limits(low, high)),
        },
        None => return Err(Fault::Expected("integer")),
    };
    if (low..=high).contains(&value) { Ok(value) } else { Err(Fault::Limits(low, high)) }
}

/// A number of bytes or elements from 0 on.
#[inline]
pub fn size(cx: Cx, index: c_int) -> Result<usize> {
    if let Some(Number::Int(value)) = cx.lua.number(index)
        && let Ok(value) = isize::try_from(value)
        && value >= 0
    {
        return Ok(value as usize);
    }
    exact(*cx.lua, cx.rt, index, 0, isize::MAX as i128).map(|v| v as usize).map_err(|f| Error::arg(index, f))
}

/// A `size` that may be left out.
pub fn length(cx: Cx, index: c_int) -> Result<Option<usize>> {
    if cx.lua.is_nil(index) { Ok(None) } else { size(cx, index).map(Some) }
}

/// A floating-point number. An integer that a double cannot hold is refused.
#[inline(always)]
pub fn float(lua: Still, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<f64, Fault> {
    match lua.plain_float(index) {
        Some(value) => Ok(value),
        None => any_float(lua, rt, index, scalar),
    }
}

/// `float`, whatever the value is.
#[inline(never)]
fn any_float(lua: Still, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<f64, Fault> {
    match wide(lua, rt, index) {
        Some(LuaNumber::Float(value)) => Ok(value),
        Some(LuaNumber::Int(value)) => {
            let float = value as f64;
            if float as i128 == value { Ok(float) } else { Err(Fault::Inexact(scalar)) }
        }
        None => Err(Fault::ExpectedType(Slot::value(TypeId::scalar(scalar)))),
    }
}

/// The bits that represent a value of that type, for all primitives.
#[inline]
fn scalar_bits(lua: Still, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
    match scalar.class() {
        Class::Bool => Ok(lua.truth(index) as u64),
        Class::Signed | Class::Unsigned => integer(lua, rt, index, scalar),
        Class::Float => {
            let value = float(lua, rt, index, scalar)?;
            Ok(if scalar == Scalar::F32 { (value as f32).to_bits() as u64 } else { value.to_bits() })
        }
    }
}

/// The address that a value stands for, as a number: nil, any pointer object, a callback or an integer.
/// `strings`: a Lua string stands for its bytes.
#[inline]
pub fn address(lua: Still, rt: &Runtime, index: c_int, strings: bool) -> std::result::Result<usize, Fault> {
    match lua.type_of(index) {
        Type::Nil if !lua.is_none(index) => Ok(0),
        Type::LightUserdata => Ok(lua.userdata(index).expose_provenance()),
        Type::Userdata => object_address(lua, rt, index),
        Type::String if strings => Ok(lua.string(index).map_or(0, |text| text.as_ptr().expose_provenance())),
        Type::Number => numeric_address(lua, rt, index),
        _ => Err(Fault::ExpectedType(Slot::POINTER)),
    }
}

/// `address` with few looks: none for other values than light userdata and pointer objects whose
/// memory is there, and for some of those.
#[inline]
pub fn plain_address(lua: Still, rt: &Runtime, index: c_int) -> Option<usize> {
    match lua.type_of(index) {
        Type::LightUserdata => Some(lua.userdata(index).expose_provenance()),
        Type::Userdata => object_address(lua, rt, index).ok(),
        _ => None,
    }
}

/// An address that is given as a number: whole, and within the address space.
fn numeric_address(lua: Still, rt: &Runtime, index: c_int) -> std::result::Result<usize, Fault> {
    let value = match wide(lua, rt, index) {
        Some(LuaNumber::Int(value)) => Some(value),
        Some(LuaNumber::Float(value)) if value.fract() == 0.0 => truncated(value),
        _ => None,
    };
    match value.map(usize::try_from) {
        Some(Ok(address)) => Ok(address),
        _ => Err(Fault::Address),
    }
}

fn object_address(lua: Still, rt: &Runtime, index: c_int) -> std::result::Result<usize, Fault> {
    match rt.kinds.of(lua, index) {
        Some(kind) if kind.has_header() => {
            // SAFETY: these kinds begin with a header.
            let header = unsafe { &*lua.userdata(index).cast::<Header>() };
            if kind == Kind::Cdata {
                return cdata::address_of(rt, header);
            }
            header.region.check_life()?;
            Ok(header.region.address())
        }
        Some(kind) if kind.has_code() => {
            // SAFETY: these kinds begin with a handle.
            let handle = unsafe { &*lua.userdata(index).cast::<crate::lua::payload::CallbackHandle>() };
            handle.escape().map(|code| code.expose_provenance()).ok_or(Fault::Text("callback has been freed"))
        }
        Some(Kind::Int64) => numeric_address(lua, rt, index),
        _ => Err(Fault::ExpectedType(Slot::POINTER)),
    }
}

/// Whether a value is a number of any form. As a pointer it is an address, as a text it is none.
pub fn is_number(lua: Still, rt: &Runtime, index: c_int) -> bool {
    match lua.type_of(index) {
        Type::Number => true,
        Type::Userdata => match rt.kinds.header(lua, index) {
            Some((Kind::Cdata, header)) => cdata::is_number(rt, header),
            Some(_) => false,
            None => rt.kinds.int64(lua, index).is_some(),
        },
        _ => false,
    }
}

/// The address of bytes that end with a NUL: a Lua string's own, or what a pointer object points at.
#[inline]
pub fn c_string(lua: Still, rt: &Runtime, index: c_int, strings: bool) -> std::result::Result<usize, Fault> {
    match lua.type_of(index) {
        Type::String if strings => match lua.plain_text(index) {
            Some(text) => Ok(text.expose_provenance()),
            None => Err(Fault::EmbeddedNul),
        },
        // A Lua string lives as long as Lua likes; memory that outlives this call must not point at it.
        Type::String => Err(Fault::StringInMemory),
        _ if is_number(lua, rt, index) => Err(Fault::ExpectedType(Slot::STRING)),
        _ => match address(lua, rt, index, false) {
            Err(Fault::ExpectedType(_)) => Err(Fault::ExpectedType(Slot::STRING)),
            other => other,
        },
    }
}

/// What is stored: a value of a slot's type, or an array of them.
#[derive(Clone, Copy)]
pub struct Destination {
    pub slot: Slot,
    /// The number of elements of an array.
    pub array: Option<usize>,
}

impl Destination {
    pub fn one(slot: Slot) -> Destination {
        Destination { slot, array: None }
    }

    /// The same for a field; bit-fields go through `store_bits`.
    pub fn field(field: &Field) -> Destination {
        Destination { slot: field.slot, array: field.array }
    }

    /// The same, an array by its elements.
    fn spread(self, types: &TypeTable) -> Destination {
        match types.get(self.slot.ty) {
            CType::Array { elem, len } if self.array.is_none() && self.slot.mode == Mode::Value => {
                Destination { slot: Slot::value(elem), array: Some(len) }
            }
            _ => self,
        }
    }
}

/// Stores the value at `index` at the beginning of a region. All or nothing: an error, about `at`, leaves the
/// memory as it was.
#[inline]
pub fn store(cx: Cx, index: c_int, target: Destination, to: Region, at: At) -> Result<()> {
    if target.array.is_none()
        && let Some(scalar) = target.slot.as_scalar()
    {
        return store_scalar(cx.look(), index, scalar, to, at);
    }
    if target.slot.mode == Mode::Cdata {
        return cdata::store(cx, index, target.slot.ty, to, at);
    }
    store_other(cx, index, target, to, at)
}

/// `store` of what needs no more than a look: a value that is no struct and no array.
pub fn store_plain(look: Look, index: c_int, slot: Slot, to: Region, at: At) -> Result<()> {
    if let Some(scalar) = slot.as_scalar() {
        return store_scalar(look, index, scalar, to, at);
    }
    if slot.mode == Mode::Cdata {
        return cdata::store_plain(look, index, slot.ty, to, at);
    }
    if let Some(extended) = extended(look.rt, slot) {
        return store_extended(look, index, slot, extended, to, at);
    }
    let converted = match slot.mode {
        Mode::CStr | Mode::Bytes => c_string(look.lua, look.rt, index, false),
        _ => address(look.lua, look.rt, index, false),
    };
    let address = converted.map_err(|fault| Error { at, value: index, fault })?;
    to.write(0, &address.to_ne_bytes()).map_err(Error::alone)
}

/// `store` of a primitive.
#[inline(always)]
pub fn store_scalar(look: Look, index: c_int, scalar: Scalar, to: Region, at: At) -> Result<()> {
    let bits = scalar_bits(look.lua, look.rt, index, scalar).map_err(|fault| Error { at, value: index, fault })?;
    // SAFETY: the region grants the value's bytes.
    to.with(0, scalar.size(), |place| unsafe { scalar.store_bits(place, bits) }).map_err(Error::alone)
}

fn store_other(cx: Cx, index: c_int, target: Destination, to: Region, at: At) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let index = lua.abs(index);
    let target = target.spread(types);
    let elem = target.slot.c_type();
    let aggregate = target.array.is_some() || matches!(types.get(elem), CType::Record(_));
    if !aggregate {
        if elem == TypeId::VOID {
            return Ok(());
        }
        return store_plain(cx.look(), index, target.slot, to, at);
    }
    let bytes = types.size_of(elem).unwrap_or(0) * target.array.unwrap_or(1);
    if lua.type_of(index) == Type::Table {
        let built = build_from_table(cx, index, target, bytes, at)?;
        to.copy(&built, bytes).map_err(Error::alone)?;
        lua.pop(1);
        return Ok(());
    }
    let about = |fault| Error { at, value: index, fault };
    let (source, len) = match source_of(cx.look(), index, target, bytes) {
        Ok(found) => found,
        Err(fault) => {
            // Any member may be given for a transparent union that is an argument.
            let record = types.record(elem).filter(|record| record.transparent.get() && target.array.is_none());
            let mut members = record.filter(|_| matches!(at, At::Arg(_))).into_iter().flat_map(|r| &r.fields);
            let taken = members.any(|field| store(cx, index, Destination::one(field.slot), to, at).is_ok());
            return if taken { Ok(()) } else { Err(about(fault)) };
        }
    };
    source.grants(0, len).map_err(|gone| about(gone.into()))?;
    to.grants(0, bytes).map_err(Error::alone)?;
    // String bytes beyond the source are zero.
    to.copy(&source, len).and_then(|()| to.fill(len as isize, bytes - len, 0)).map_err(Error::alone)
}

/// Fails when the region is of a `const` variable.
#[inline]
pub fn writable(region: &Region, at: At) -> Result<()> {
    if is_constant(region) {
        return Err(Error { at, value: 0, fault: Fault::Text("it is const") });
    }
    Ok(())
}

/// `store` at an offset into a region, if it may be written.
pub fn store_in(cx: Cx, index: c_int, target: Destination, region: Region, offset: isize, at: At) -> Result<()> {
    writable(&region, at)?;
    let bytes = cx.rt.types.size_of(target.slot.c_type()).unwrap_or(0) * target.array.unwrap_or(1);
    region.grants(offset, bytes).map_err(Error::alone)?;
    store(cx, index, target, region.moved(offset).bounded(bytes), at)
}

/// Pushes a scratch userdata with what a table says of a struct or array and gives its memory.
fn build_from_table(cx: Cx, table: c_int, target: Destination, bytes: usize, at: At) -> Result<Region> {
    cx.lua.reserve(8);
    let scratch = Region::block(cx.lua.new_userdata(bytes, false).cast(), bytes);
    let filled =
        scratch.fill(0, bytes, 0).map_err(Error::alone).and_then(|()| fill_from_table(cx, table, target, scratch));
    match filled {
        Ok(()) => Ok(scratch),
        Err(inner) => Err(Error { at, value: 0, fault: cx.nested(inner) }),
    }
}

/// The bytes of a struct or an array that are given as a whole, and how many there are: an object of the
/// same type, or a string for an array of bytes.
fn source_of(
    look: Look,
    index: c_int,
    target: Destination,
    bytes: usize,
) -> std::result::Result<(Region, usize), Fault> {
    let Look { lua, rt } = look;
    if target.array.is_some()
        && matches!(target.slot.ty.as_scalar(), Some(Scalar::I8 | Scalar::U8))
        && let Some(text) = lua.string(index)
    {
        if text.len() > bytes {
            return Err(rt.note(format!("a string of at most {bytes} bytes expected, got {} bytes", text.len())));
        }
        return Ok((Region::block(text.as_ptr().cast_mut(), text.len()), text.len()));
    }
    let array = target.array.is_some();
    match rt.kinds.header(lua, index) {
        Some((kind, header)) if header.slot() == target.slot && fits(kind, array) => Ok((header.region, bytes)),
        Some((Kind::Cdata, header)) if cdata::holds(rt, header, target.slot.ty, target.array)? => {
            Ok((header.region, bytes))
        }
        // Bytes of no type.
        Some((Kind::AlienBuffer, header)) => Ok((header.region, bytes)),
        _ if target.array.is_some() => Err(Fault::Expected("table")),
        _ => Err(Fault::ExpectedType(target.slot)),
    }
}

/// Whether objects of that kind are arrays, or structs.
fn fits(kind: Kind, array: bool) -> bool {
    if array { matches!(kind, Kind::TypedPointer | Kind::AlienArray) } else { kind.is_view() }
}

/// Converts a table's entries into zeroed memory.
fn fill_from_table(cx: Cx, table: c_int, target: Destination, to: Region) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let elem = target.slot.c_type();
    let elem_size = types.size_of(elem).unwrap_or(0);
    cx.descend()?;
    lua.reserve(8);
    lua.push_nil();
    while lua.next(table) {
        let (key, value) = (lua.top() - 1, lua.top());
        let (at, offset, part) = match (target.array, types.record(elem)) {
            (Some(len), _) => {
                let i =
                    order(cx, key).ok_or(Error { at: At::Alone, value: key, fault: Fault::Expected("array index") })?;
                if !(1..=len as i128).contains(&i) {
                    return Err(Error::alone(Fault::Index { index: i as i64, count: len }));
                }
                (At::Element(i as i64), elem_size * (i as usize - 1), Destination::one(target.slot))
            }
            (None, Some(record)) => {
                let field = member(cx, key, record)?;
                if let Some(bits) = field.bits {
                    let at = if lua.string(key).is_some() {
                        At::Field(key)
                    } else {
                        At::Element(order(cx, key).unwrap_or(0) as i64)
                    };
                    store_bits(cx, value, field.slot, bits, to.moved(field.offset as isize), at)?;
                    lua.pop(1);
                    continue;
                }
                (At::Field(key), field.offset, Destination::field(field).spread(types))
            }
            (None, None) => return Err(Error::alone(Fault::Bug)),
        };
        let size = types.size_of(part.slot.c_type()).unwrap_or(0) * part.array.unwrap_or(1);
        let to = to.part(offset, size);
        // A name is a string here; a number in the order's place is shown as it is.
        let at = match at {
            At::Field(key) if lua.string(key).is_none() => At::Element(order(cx, key).unwrap_or(0) as i64),
            other => other,
        };
        let nested = part.array.is_some() || types.record(part.slot.c_type()).is_some();
        if nested && lua.type_of(value) == Type::Table {
            // What an earlier entry (a union's, say) left there goes.
            to.fill(0, size, 0).map_err(Error::alone)?;
            if let Err(inner) = fill_from_table(cx, value, part, to) {
                return Err(Error { at, value: 0, fault: cx.nested(inner) });
            }
        } else {
            store(cx, value, part, to, at)?;
        }
        lua.pop(1);
    }
    Ok(())
}

/// Stores the value at `index` in a bit-field in the bytes at the beginning of a region: one that its signed
/// or unsigned reading can hold.
pub fn store_bits(cx: Cx, index: c_int, slot: Slot, bits: Bits, to: Region, at: At) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    if let Some(extended) = extended(cx.rt, slot) {
        return store_extended_bits(cx.look(), index, slot, extended, bits, to, at);
    }
    let value = match slot.as_scalar().map(Scalar::class) {
        Some(Class::Bool) => cx.lua.truth(index) as u64,
        Some(Class::Signed | Class::Unsigned) if bits.width > 0 => {
            let (low, high) = (-(1i128 << (bits.width - 1)), (1i128 << bits.width) - 1);
            exact(*cx.lua, cx.rt, index, low, high).map_err(about)? as u64
        }
        _ => return Err(Error::alone(Fault::Bug)),
    };
    to.with_bytes(0, bits.bytes(), |bytes| bits.insert(bytes, value)).map_err(Error::alone)
}

/// A table key as a position from 1.
fn order(cx: Cx, key: c_int) -> Option<i128> {
    match cx.lua.number(key)? {
        Number::Int(value) => Some(value as i128),
        Number::Float(value) if value.fract() == 0.0 && value.abs() < 1e15 => Some(value as i128),
        Number::Float(_) => None,
    }
}

/// The member that a table key means: by name, or by order from 1 (of a union: the first).
fn member(cx: Cx, key: c_int, record: &Record) -> Result<&Field> {
    let unknown = Error { at: At::Alone, value: key, fault: Fault::NoField };
    if let Some(name) = cx.lua.string(key) {
        return record.by_name(name).ok_or(unknown);
    }
    let limit = if record.kind == RecordKind::Union { 1 } else { record.fields.len() };
    let i = order(cx, key).ok_or(Error { fault: Fault::Expected("field name"), ..unknown })?;
    if (1..=limit as i128).contains(&i) {
        Ok(&record.fields[i as usize - 1])
    } else {
        Err(Error::alone(Fault::Index { index: i as i64, count: limit }))
    }
}
