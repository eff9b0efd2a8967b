//! Lua values to C values. A value is either converted exactly or refused; what is converted in
//! parts (a table to a struct) is put together elsewhere first, so that nothing is half written.

use super::cdata;
use super::extended::{extended, store as store_extended, store_bits as store_extended_bits};
use crate::lua::header::is_constant;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, State, Type};
use crate::runtime::{Cx, Runtime};
use lunaffi_core::ctype::{Bits, CType, Field, Mode, Record, RecordKind, Slot, TypeId, TypeTable};
use lunaffi_core::extended::Exact;
use lunaffi_core::mem::Region;
use lunaffi_core::numeral::{self, Radix};
use lunaffi_core::scalar::{Class, Loaded, Scalar};
use std::ffi::{c_int, c_void};

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
pub(super) enum Wide {
    Int(i128),
    Float(f64),
}

#[inline]
pub(super) fn wide(lua: State, rt: &Runtime, index: c_int) -> Option<Wide> {
    match lua.number(index) {
        Some(Number::Int(value)) => Some(Wide::Int(value as i128)),
        Some(Number::Float(value)) => Some(Wide::Float(value)),
        None => wide_other(lua, rt, index),
    }
}

#[cold]
fn wide_other(lua: State, rt: &Runtime, index: c_int) -> Option<Wide> {
    match lua.type_of(index) {
        Type::Userdata => wide_object(lua, rt, index),
        Type::String => match numeral(lua.string(index)?) {
            Some(value) => Some(Wide::Int(value)),
            None => float_numeral(lua.string(index)?).map(Wide::Float),
        },
        _ => None,
    }
}

/// The number in a boxed integer or a cdata.
fn wide_object(lua: State, rt: &Runtime, index: c_int) -> Option<Wide> {
    if let Some(value) = rt.kinds.int64(lua, index) {
        return Some(Wide::Int(value));
    }
    let payload = rt.kinds.get(lua, index, Kind::Cdata)?;
    // SAFETY: the kind's payload.
    let held = cdata::held_of(rt, unsafe { &*payload.cast::<Header>() }).ok()?;
    // What 128 bits hold is no float, and what they do not is no number here.
    if let Some(value) = cdata::held_exactly(rt, &held).ok()? {
        return match value {
            Exact::Signed(value) => Some(Wide::Int(value)),
            Exact::Unsigned(value) => i128::try_from(value).ok().map(Wide::Int),
            Exact::Float(_) => Some(Wide::Float(value.to_f64())),
        };
    }
    Some(match cdata::held_number(rt, &held).ok()?? {
        Loaded::Bool(value) => Wide::Int(value as i128),
        Loaded::Signed(value) => Wide::Int(value as i128),
        Loaded::Unsigned(value) => Wide::Int(value as i128),
        Loaded::Float(value) => Wide::Float(value),
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
pub fn integer(lua: State, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
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
fn any_integer(lua: State, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
    let value = match wide(lua, rt, index) {
        Some(Wide::Int(value)) => value,
        Some(Wide::Float(value)) => match truncated(value) {
            Some(value) => value,
            None if value.is_nan() => return Err(Fault::NotInteger(scalar.name())),
            None => return Err(Fault::Range(scalar)),
        },
        None => return Err(Fault::ExpectedType(Slot::value(TypeId::scalar(scalar)))),
    };
    if scalar.holds(value) { Ok(value as u64) } else { Err(Fault::Range(scalar)) }
}

/// An integer between the limits, both included; fractions are cut off.
pub fn exact(lua: State, rt: &Runtime, index: c_int, low: i128, high: i128) -> std::result::Result<i128, Fault> {
    let value = match wide(lua, rt, index) {
        Some(Wide::Int(value)) => value,
        Some(Wide::Float(value)) => match truncated(value) {
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
    exact(cx.lua, cx.rt, index, 0, isize::MAX as i128).map(|v| v as usize).map_err(|f| Error::arg(index, f))
}

/// A `size` that may be left out.
pub fn length(cx: Cx, index: c_int) -> Result<Option<usize>> {
    if cx.lua.is_nil(index) { Ok(None) } else { size(cx, index).map(Some) }
}

/// A floating-point number. An integer that a double cannot hold is refused.
#[inline(always)]
pub fn float(lua: State, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<f64, Fault> {
    match lua.plain_float(index) {
        Some(value) => Ok(value),
        None => any_float(lua, rt, index, scalar),
    }
}

/// `float`, whatever the value is.
#[inline(never)]
fn any_float(lua: State, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<f64, Fault> {
    match wide(lua, rt, index) {
        Some(Wide::Float(value)) => Ok(value),
        Some(Wide::Int(value)) => {
            let float = value as f64;
            if float as i128 == value { Ok(float) } else { Err(Fault::Inexact(scalar)) }
        }
        None => Err(Fault::ExpectedType(Slot::value(TypeId::scalar(scalar)))),
    }
}

/// The bits that represent a value of that type, for all primitives.
#[inline]
fn scalar_bits(lua: State, rt: &Runtime, index: c_int, scalar: Scalar) -> std::result::Result<u64, Fault> {
    match scalar.class() {
        Class::Bool => Ok(lua.truth(index) as u64),
        Class::Signed | Class::Unsigned => integer(lua, rt, index, scalar),
        Class::Float => {
            let value = float(lua, rt, index, scalar)?;
            Ok(if scalar == Scalar::F32 { (value as f32).to_bits() as u64 } else { value.to_bits() })
        }
    }
}

/// The address that a value stands for: nil, any pointer object, a callback or an integer.
/// `strings`: a Lua string stands for its bytes.
#[inline]
pub fn address(lua: State, rt: &Runtime, index: c_int, strings: bool) -> std::result::Result<*mut c_void, Fault> {
    match lua.type_of(index) {
        Type::Nil if !lua.is_none(index) => Ok(std::ptr::null_mut()),
        Type::LightUserdata => Ok(lua.userdata(index)),
        Type::Userdata => object_address(lua, rt, index),
        Type::String if strings => Ok(lua.string(index).map_or(std::ptr::null_mut(), |s| s.as_ptr().cast_mut().cast())),
        Type::Number => numeric_address(lua, rt, index),
        _ => Err(Fault::ExpectedType(Slot::POINTER)),
    }
}

/// `address` with few looks: none for other values than light userdata and pointer objects whose
/// memory is there, and for some of those.
#[inline]
pub fn plain_address(lua: State, rt: &Runtime, index: c_int) -> Option<*mut c_void> {
    match lua.type_of(index) {
        Type::LightUserdata => Some(lua.userdata(index)),
        Type::Userdata => object_address(lua, rt, index).ok(),
        _ => None,
    }
}

/// An address that is given as a number: whole, and within the address space.
fn numeric_address(lua: State, rt: &Runtime, index: c_int) -> std::result::Result<*mut c_void, Fault> {
    let value = match wide(lua, rt, index) {
        Some(Wide::Int(value)) => Some(value),
        Some(Wide::Float(value)) if value.fract() == 0.0 => truncated(value),
        _ => None,
    };
    match value.map(usize::try_from) {
        Some(Ok(address)) => Ok(std::ptr::without_provenance_mut(address)),
        _ => Err(Fault::Address),
    }
}

fn object_address(lua: State, rt: &Runtime, index: c_int) -> std::result::Result<*mut c_void, Fault> {
    match rt.kinds.of(lua, index) {
        Some(kind) if kind.has_header() => {
            // SAFETY: these kinds begin with a header.
            let header = unsafe { &*lua.userdata(index).cast::<Header>() };
            if kind == Kind::Cdata {
                return cdata::address_of(rt, header);
            }
            header.region.check_life()?;
            Ok(header.region.addr.cast())
        }
        Some(kind) if kind.has_code() => {
            // SAFETY: these kinds begin with a handle.
            let handle = unsafe { &*lua.userdata(index).cast::<crate::lua::payload::CallbackHandle>() };
            handle.escape().ok_or(Fault::Text("callback has been freed"))
        }
        Some(Kind::Int64) => numeric_address(lua, rt, index),
        _ => Err(Fault::ExpectedType(Slot::POINTER)),
    }
}

/// The address of bytes that end with a NUL: a Lua string's own, or what a pointer object points at.
#[inline]
pub fn c_string(lua: State, rt: &Runtime, index: c_int, strings: bool) -> std::result::Result<*mut c_void, Fault> {
    match lua.type_of(index) {
        Type::String if strings => match lua.plain_text(index) {
            Some(text) => Ok(text.cast_mut().cast()),
            None => Err(Fault::EmbeddedNul),
        },
        // A Lua string lives as long as Lua likes; memory that outlives this call must not point at it.
        Type::String => Err(Fault::StringInMemory),
        Type::Number => Err(Fault::ExpectedType(Slot::STRING)),
        Type::Userdata if rt.kinds.int64(lua, index).is_some() => Err(Fault::ExpectedType(Slot::STRING)),
        _ => match address(lua, rt, index, false) {
            Err(Fault::ExpectedType(_)) => Err(Fault::ExpectedType(Slot::STRING)),
            other => other,
        },
    }
}

/// What is stored: a value of a slot's type, or an array of them.
#[derive(Clone, Copy)]
pub struct Target {
    pub slot: Slot,
    /// The number of elements of an array.
    pub array: Option<usize>,
}

impl Target {
    pub fn one(slot: Slot) -> Target {
        Target { slot, array: None }
    }

    /// The same for a field; bit-fields go through `store_bits`.
    pub fn field(field: &Field) -> Target {
        Target { slot: field.slot, array: field.array }
    }

    /// The same, an array by its elements.
    fn spread(self, types: &TypeTable) -> Target {
        match types.get(self.slot.ty) {
            CType::Array { elem, len } if self.array.is_none() && self.slot.mode == Mode::Value => {
                Target { slot: Slot::value(elem), array: Some(len) }
            }
            _ => self,
        }
    }
}

/// Stores the value at `index` at `place`, which has room for it. All or nothing: an error, about
/// `at`, leaves the memory as it was.
#[inline]
pub fn store(cx: Cx, index: c_int, target: Target, place: *mut u8, at: At) -> Result<()> {
    if target.array.is_none()
        && let Some(scalar) = target.slot.as_scalar()
    {
        return store_scalar(cx, index, scalar, place, at);
    }
    if target.slot.mode == Mode::Cdata {
        return cdata::store(cx, index, target.slot.ty, place, at);
    }
    store_other(cx, index, target, place, at)
}

/// `store` of a primitive.
#[inline(always)]
pub fn store_scalar(cx: Cx, index: c_int, scalar: Scalar, place: *mut u8, at: At) -> Result<()> {
    let bits = scalar_bits(cx.lua, cx.rt, index, scalar).map_err(|fault| Error { at, value: index, fault })?;
    // SAFETY: the caller's room.
    unsafe { scalar.store_bits(place, bits) };
    Ok(())
}

fn store_other(cx: Cx, index: c_int, target: Target, place: *mut u8, at: At) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let index = lua.abs(index);
    let target = target.spread(types);
    let elem = target.slot.c_type();
    let aggregate = target.array.is_some() || matches!(types.get(elem), CType::Record(_));
    if !aggregate {
        if elem == TypeId::VOID {
            return Ok(());
        }
        if let Some(opaque) = extended(cx.rt, target.slot) {
            return store_extended(cx, index, target.slot, opaque, place, at);
        }
        let converted = match target.slot.mode {
            Mode::CStr | Mode::Bytes => c_string(lua, cx.rt, index, false),
            _ => address(lua, cx.rt, index, false),
        };
        let address = converted.map_err(|fault| Error { at, value: index, fault })?;
        // SAFETY: the caller's room.
        unsafe { place.cast::<*mut c_void>().write_unaligned(address) };
        return Ok(());
    }
    let bytes = types.size_of(elem).unwrap_or(0) * target.array.unwrap_or(1);
    if lua.type_of(index) == Type::Table {
        let built = build_from_table(cx, index, target, bytes, at)?;
        // SAFETY: both are of that size and do not overlap.
        unsafe { place.copy_from_nonoverlapping(built, bytes) };
        lua.pop(1);
        return Ok(());
    }
    let source = source_of(cx, index, target, bytes).map_err(|fault| Error { at, value: index, fault })?;
    // SAFETY: `source_of` checked the source; string bytes beyond it are zero. They may overlap.
    unsafe {
        place.copy_from(source.as_ptr().cast(), source.len());
        place.add(source.len()).write_bytes(0, bytes - source.len());
    }
    Ok(())
}

/// Fails when the region is of a `const` variable.
#[inline]
pub fn writable(region: &Region, at: At) -> Result<()> {
    if is_constant(region) {
        return Err(Error { at, value: 0, fault: Fault::Text("it is const") });
    }
    Ok(())
}

/// Stores the value at `index` in memory that a script can release. The caller has seen that the
/// target fits; what runs meanwhile (a finalizer, when memory is allocated) may change that.
pub fn store_in(cx: Cx, index: c_int, target: Target, region: Region, offset: isize, at: At) -> Result<()> {
    writable(&region, at)?;
    let target = target.spread(&cx.rt.types);
    let bytes = cx.rt.types.size_of(target.slot.c_type()).unwrap_or(0) * target.array.unwrap_or(1);
    let aggregate = target.array.is_some() || cx.rt.types.record(target.slot.c_type()).is_some();
    if aggregate && cx.lua.type_of(index) == Type::Table {
        let built = build_from_table(cx, cx.lua.abs(index), target, bytes, at)?;
        let place = region.access(offset, bytes).map_err(Error::alone)?;
        // SAFETY: both are of that size and do not overlap.
        unsafe { place.copy_from_nonoverlapping(built, bytes) };
        cx.lua.pop(1);
        return Ok(());
    }
    store(cx, index, target, region.access(offset, bytes).map_err(Error::alone)?, at)
}

/// Pushes a scratch userdata with what a table says of a struct or array and gives its memory.
fn build_from_table(cx: Cx, table: c_int, target: Target, bytes: usize, at: At) -> Result<*mut u8> {
    cx.lua.reserve(8);
    let scratch = cx.lua.new_userdata(bytes, false).cast::<u8>();
    // SAFETY: fresh memory of that size.
    let filled = unsafe {
        scratch.write_bytes(0, bytes);
        fill_from_table(cx, table, target, scratch)
    };
    match filled {
        Ok(()) => Ok(scratch),
        Err(inner) => Err(Error { at, value: 0, fault: cx.nested(inner) }),
    }
}

/// The bytes of a struct or an array that are given as a whole: an object of the same type, or a
/// string for an array of bytes.
fn source_of(
    cx: Cx,
    index: c_int,
    target: Target,
    bytes: usize,
) -> std::result::Result<std::ptr::NonNull<[u8]>, Fault> {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let slice = |p: *mut u8, len| {
        std::ptr::NonNull::new(std::ptr::slice_from_raw_parts_mut(p, len))
            .ok_or(Fault::Mem(lunaffi_core::mem::MemError::Null))
    };
    if target.array.is_some()
        && matches!(target.slot.ty.as_scalar(), Some(Scalar::I8 | Scalar::U8))
        && let Some(text) = lua.string(index)
    {
        if text.len() > bytes {
            return Err(cx.rt.note(format!("a string of at most {bytes} bytes expected, got {} bytes", text.len())));
        }
        return slice(text.as_ptr().cast_mut(), text.len());
    }
    let array = target.array.is_some();
    match kinds.header(lua, index) {
        Some((kind, header)) if header.slot() == target.slot && fits(kind, array) => {
            slice(header.region.access(0, bytes)?, bytes)
        }
        Some((Kind::Cdata, header)) if cdata::holds(cx.rt, header, target.slot.ty, target.array)? => {
            slice(header.region.access(0, bytes)?, bytes)
        }
        // Bytes of no type.
        Some((Kind::AlienBuffer, header)) => slice(header.region.access(0, bytes)?, bytes),
        _ if target.array.is_some() => Err(Fault::Expected("table")),
        _ => Err(Fault::ExpectedType(target.slot)),
    }
}

/// Whether objects of that kind are arrays, or structs.
fn fits(kind: Kind, array: bool) -> bool {
    if array { matches!(kind, Kind::TypedPointer | Kind::AlienArray) } else { kind.is_view() }
}

/// Converts a table's entries into zeroed memory.
///
/// # Safety
/// `place` has room for the target.
unsafe fn fill_from_table(cx: Cx, table: c_int, target: Target, place: *mut u8) -> Result<()> {
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
                (At::Element(i as i64), elem_size * (i as usize - 1), Target::one(target.slot))
            }
            (None, Some(record)) => {
                let field = member(cx, key, record)?;
                if let Some(bits) = field.bits {
                    // SAFETY: the field lies inside of the target.
                    let place = unsafe { place.add(field.offset) };
                    let at = if lua.string(key).is_some() {
                        At::Field(key)
                    } else {
                        At::Element(order(cx, key).unwrap_or(0) as i64)
                    };
                    // SAFETY: as above.
                    unsafe { store_bits(cx, value, field.slot, bits, place, at)? };
                    lua.pop(1);
                    continue;
                }
                (At::Field(key), field.offset, Target::field(field).spread(types))
            }
            (None, None) => return Err(Error::alone(Fault::Bug)),
        };
        // SAFETY: the part lies inside of the target.
        let place = unsafe { place.add(offset) };
        // A name is a string here; a number in the order's place is shown as it is.
        let at = match at {
            At::Field(key) if lua.string(key).is_none() => At::Element(order(cx, key).unwrap_or(0) as i64),
            other => other,
        };
        let nested = part.array.is_some() || types.record(part.slot.c_type()).is_some();
        if nested && lua.type_of(value) == Type::Table {
            // SAFETY: as above. What an earlier entry (a union's, say) left there goes.
            unsafe {
                place.write_bytes(0, types.size_of(part.slot.c_type()).unwrap_or(0) * part.array.unwrap_or(1));
                if let Err(inner) = fill_from_table(cx, value, part, place) {
                    return Err(Error { at, value: 0, fault: cx.nested(inner) });
                }
            }
        } else {
            store(cx, value, part, place, at)?;
        }
        lua.pop(1);
    }
    Ok(())
}

/// Stores the value at `index` in a bit-field: one that its signed or unsigned reading can hold.
///
/// # Safety
/// The bytes of the bit-field at `place` are writable.
pub unsafe fn store_bits(cx: Cx, index: c_int, slot: Slot, bits: Bits, place: *mut u8, at: At) -> Result<()> {
    let about = |fault| Error { at, value: index, fault };
    if let Some(opaque) = extended(cx.rt, slot) {
        // SAFETY: the caller's bytes.
        let bytes = unsafe { std::slice::from_raw_parts_mut(place, bits.bytes()) };
        return store_extended_bits(cx, index, slot, opaque, bits, bytes, at);
    }
    let value = match slot.as_scalar().map(Scalar::class) {
        Some(Class::Bool) => cx.lua.truth(index) as u64,
        Some(Class::Signed | Class::Unsigned) if bits.width > 0 => {
            let (low, high) = (-(1i128 << (bits.width - 1)), (1i128 << bits.width) - 1);
            exact(cx.lua, cx.rt, index, low, high).map_err(about)? as u64
        }
        _ => return Err(Error::alone(Fault::Bug)),
    };
    // SAFETY: the caller's bytes.
    bits.insert(unsafe { std::slice::from_raw_parts_mut(place, bits.bytes()) }, value);
    Ok(())
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
