//! Lua values to C values, as by an assignment.

use super::number::{bits, load, load_extended, store_number, stored_as};
use super::pointer::known_or_plain_pointer;
use super::{CdataView, aggregate, pointer, reach, view_of};
use crate::lua::payload::CallbackHandle;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, State, Still, StringBuffer, Type, ValueName};
use crate::runtime::{Cx, Look, Runtime, guard};
use lunaffi_core::ctype::{Bits, CType, Slot, TypeId, TypeTable};
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Class, Scalar, ScalarValue};
use lunaffi_core::wide_number::WideNumber;
use std::ffi::c_int;

/// A Lua value as C may take it.
pub enum Source<'a> {
    Nil,
    Boolean(bool),
    Number(ScalarValue),
    Text(&'a [u8]),
    Table,
    Function,
    Cdata(CdataView),
    /// An address without a type: light userdata, another library's userdata, a file.
    Foreign(Region),
    /// A pointer object of the Lune API.
    Lune(Kind, &'a Header),
    Callback(&'a CallbackHandle),
    /// The bytes of a string buffer.
    Buffer(Region),
    /// Nothing that C could take.
    Other,
}

/// Looks at the value at `index`. An error stands alone.
pub fn source<'a>(look: Look, index: c_int) -> Result<Source<'a>> {
    let lua = look.lua;
    Ok(match lua.type_of(index) {
        Type::Nil => Source::Nil,
        Type::Boolean => Source::Boolean(lua.truth(index)),
        Type::Number => Source::Number(lua_number(lua, index).unwrap_or(ScalarValue::Signed(0))),
        Type::String => Source::Text(lua.string(index).unwrap_or_default()),
        Type::Table => Source::Table,
        Type::Function => Source::Function,
        Type::LightUserdata => Source::Foreign(Region::foreign(lua.userdata(index).cast())),
        Type::Userdata => return userdata(look, index),
        Type::Other => Source::Other,
    })
}

fn userdata<'a>(look: Look, index: c_int) -> Result<Source<'a>> {
    let Look { lua, rt } = look;
    let payload = lua.userdata(index);
    Ok(match rt.kinds.of(lua, index) {
        None => Source::Foreign(Region::foreign(foreign(look, index))),
        Some(Kind::Cdata) => {
            // SAFETY: the kind's payload, which stays while it is on the stack.
            let header = unsafe { &*payload.cast::<Header>() };
            Source::Cdata(view_of(rt, header).map_err(Error::alone)?)
        }
        // SAFETY: as above.
        Some(kind) if kind.has_header() => Source::Lune(kind, unsafe { &*payload.cast::<Header>() }),
        // SAFETY: as above.
        Some(kind) if kind.has_code() => Source::Callback(unsafe { &*payload.cast::<CallbackHandle>() }),
        Some(Kind::StringBuffer) => {
            // SAFETY: as above.
            let buffer = unsafe { &*payload.cast::<StringBuffer>() };
            Source::Buffer(guard(|| buffer.writable_content().map_err(Error::alone))?)
        }
        Some(Kind::Int64) => match rt.kinds.int64(lua, index) {
            Some(value) => Source::Number(match i64::try_from(value) {
                Ok(value) => ScalarValue::Signed(value),
                Err(_) => ScalarValue::Unsigned(value as u64),
            }),
            None => Source::Other,
        },
        Some(_) => Source::Other,
    })
}

/// The words of a Lua file that tell its `FILE *` and whether it is open.
const FILE_WORDS: usize = if cfg!(fenv) { 1 } else { 2 };

/// The address that another library's userdata stands for: its payload; for an open file C's `FILE *`.
fn foreign(look: Look, index: c_int) -> *mut u8 {
    let lua = look.lua;
    let payload = lua.userdata(index);
    let top = lua.top();
    let file = lua.get_metatable(index) && {
        lua.push_ref(look.rt.refs.file_name.get());
        lua.raw_get(State::REGISTRY);
        lua.identity(-1) == lua.identity(-2)
    };
    lua.set_top(top);
    if file && lua.raw_len(index) >= FILE_WORDS * size_of::<usize>() {
        let words = payload.cast::<*mut u8>();
        // SAFETY: every Lua's file begins with its `FILE *`, which 5.1 and LuaJIT clear when they close it;
        // the others clear the function behind it, which would have closed it.
        let (stream, open) = unsafe { (words.read(), words.add(FILE_WORDS - 1).read()) };
        return if open.is_null() { std::ptr::null_mut() } else { stream };
    }
    payload.cast()
}

/// A Lua number.
#[inline]
pub fn lua_number(lua: Still, index: c_int) -> Option<ScalarValue> {
    Some(match lua.number(index)? {
        Number::Int(value) => ScalarValue::Signed(value),
        Number::Float(value) => ScalarValue::Float(value),
    })
}

/// The type that a value is converted and computed with: an enumeration's integer type, a pointer to a
/// function.
pub fn operand_type(types: &TypeTable, ty: TypeId) -> TypeId {
    match types.kind(ty) {
        CType::Enum(ty) => types.enumeration(ty).map_or(ty, |body| TypeId::scalar(body.base)),
        CType::Function(function) => types.pointer(function),
        _ => ty,
    }
}

/// What a message calls the value at `index`.
pub fn named(look: Look, index: c_int) -> ValueName {
    let (lua, kinds) = (look.lua, &look.rt.kinds);
    if let Some(payload) = kinds.get(lua, index, Kind::Cdata) {
        // SAFETY: the kind's payload. (A reference is named by what it refers to.)
        let ty = unsafe { &*payload.cast::<Header>() }.ty();
        return ValueName::C(operand_type(&look.rt.types, ty));
    }
    match lua.type_of(index) {
        Type::Boolean => ValueName::C(TypeId::scalar(Scalar::Bool)),
        Type::LightUserdata => ValueName::C(TypeId::VOID_POINTER),
        Type::Userdata if kinds.of(lua, index).is_none() => ValueName::C(TypeId::VOID_POINTER),
        _ => ValueName::Lua(index),
    }
}

/// The number that a value is to C: a Lua number, a cdata number or enumeration, a boxed integer.
pub fn number_of(look: Look, index: c_int) -> Result<Option<ScalarValue>> {
    if let Some(value) = lua_number(look.lua, index) {
        return Ok(Some(value));
    }
    if look.lua.type_of(index) != Type::Userdata {
        return Ok(None);
    }
    match source(look, index)? {
        Source::Number(value) => Ok(Some(value)),
        Source::Cdata(view) => view_number(look.rt, &view).map_err(Error::alone),
        _ => Ok(None),
    }
}

/// The number in a cdata that is one.
pub fn view_number(rt: &Runtime, view: &CdataView) -> std::result::Result<Option<ScalarValue>, Fault> {
    let Some(stored) = stored_as(&rt.types, view.ty) else { return Ok(None) };
    let size = rt.types.size_of(view.ty).unwrap_or(0);
    // SAFETY: the region grants the value.
    Ok(reach(rt, &view.region, size)?.with(0, size, |place| unsafe { load(stored, place) })?)
}

/// Stores the value at `index` as that type at the beginning of a region. An error is about `at`.
#[inline]
pub fn store(cx: Cx, index: c_int, ty: TypeId, to: Region, at: At) -> Result<()> {
    if let Some(scalar) = ty.as_scalar()
        && let Some(value) = lua_number(*cx.lua, index)
    {
        return store_number(scalar, value, &to, 0).map_err(Error::alone);
    }
    let room = cx.rt.types.size_of(ty).unwrap_or(0);
    to.grants(0, room).map_err(Error::alone)?;
    convert(cx, index, ty, to.bounded(room), at, false)
}

/// `store` as `ffi.cast` does it.
pub fn store_cast(cx: Cx, index: c_int, ty: TypeId, to: Region) -> Result<()> {
    convert(cx, index, ty, to, At::Alone, true)
}

/// `store` into memory that a script can release. What allocates while it is converted is put together
/// elsewhere first, so that the memory is whole at the end or as it was.
pub fn store_in(cx: Cx, index: c_int, ty: TypeId, region: Region, at: At) -> Result<()> {
    let rt = cx.rt;
    let room = match rt.types.size_of(ty) {
        Some(size) if !goes_on(&rt.types, ty) => size,
        size => match (region.remaining(), size) {
            (Some(room), _) => room,
            (None, Some(size)) if region.may_end() => size,
            (None, None) if region.may_end() => {
                return Err(Error::alone(Fault::Text("size of C type is unknown or too large")));
            }
            // By the script's word: there is as much as it says.
            (None, _) => usize::MAX - region.address(),
        },
    };
    let to = reach(rt, &region, room).map_err(Error::alone)?.bounded(room);
    if region.may_end() && cx.lua.type_of(index) == Type::Table {
        let scratch = Region::block(cx.lua.new_userdata(room, false).cast(), room);
        scratch.copy(&to, room).map_err(Error::alone)?;
        convert(cx, index, ty, scratch, at, false)?;
        to.copy(&scratch, room).map_err(Error::alone)?;
        cx.lua.pop(1);
        return Ok(());
    }
    convert(cx, index, ty, to, at, false)
}

/// A value of that type may go on behind its end: it is an array of no elements or of an unknown number,
/// or a record that ends with one.
pub fn goes_on(types: &TypeTable, ty: TypeId) -> bool {
    match types.kind(ty) {
        CType::Array { len: 0, .. } | CType::OpenArray(_) | CType::VariableArray(_) => true,
        CType::Record(_) => types.record(ty).is_some_and(|record| record.open),
        _ => false,
    }
}

/// `store`, or with `cast` a conversion as by `ffi.cast`, into the whole of a region.
pub fn convert(cx: Cx, index: c_int, ty: TypeId, to: Region, at: At, cast: bool) -> Result<()> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let index = lua.abs(index);
    match types.kind(ty) {
        CType::Pointer(_) | CType::Reference(_) => {
            let address = pointer(cx, index, ty, at, cast)?.address();
            to.write(0, &address.to_ne_bytes()).map_err(Error::alone)
        }
        CType::Scalar(_) | CType::Enum(_) => plain_number(cx.look(), index, ty, to, at, cast),
        CType::ExtendedNumber(extended) if extended.is_float() || extended.is_integer() => {
            let bytes =
                exact_number(cx.look(), index, ty, at, cast)?.store(extended).ok_or(Error::alone(Fault::Bug))?;
            to.write(0, &bytes[..extended.size().min(bytes.len())]).map_err(Error::alone)
        }
        _ => aggregate::convert(cx, index, ty, to, at),
    }
}

/// Whether a value becomes one of that type without any allocation, unless it is a function of Lua's for a
/// pointer.
pub fn is_plain(types: &TypeTable, ty: TypeId) -> bool {
    match types.kind(ty) {
        CType::Scalar(_) | CType::Enum(_) | CType::Pointer(_) | CType::Reference(_) => true,
        CType::ExtendedNumber(extended) => extended.is_float() || extended.is_integer(),
        _ => false,
    }
}

/// `store` of what `is_plain`, and is no function of Lua's.
pub fn store_plain(look: Look, index: c_int, ty: TypeId, to: Region, at: At) -> Result<()> {
    if let Some(scalar) = ty.as_scalar()
        && let Some(value) = lua_number(look.lua, index)
    {
        return store_number(scalar, value, &to, 0).map_err(Error::alone);
    }
    match look.rt.types.kind(ty) {
        CType::Pointer(_) | CType::Reference(_) => {
            let address = known_or_plain_pointer(look, index, ty, at, false)?.address();
            to.write(0, &address.to_ne_bytes()).map_err(Error::alone)
        }
        CType::ExtendedNumber(extended) => {
            let bytes = exact_number(look, index, ty, at, false)?.store(extended).ok_or(Error::alone(Fault::Bug))?;
            to.write(0, &bytes[..extended.size().min(bytes.len())]).map_err(Error::alone)
        }
        _ => plain_number(look, index, ty, to, at, false),
    }
}

fn plain_number(look: Look, index: c_int, ty: TypeId, to: Region, at: At, cast: bool) -> Result<()> {
    let value = number(look, index, ty, at, cast)?;
    match stored_as(&look.rt.types, ty) {
        Some(CType::Scalar(scalar)) => store_number(scalar, value, &to, 0).map_err(Error::alone),
        _ => Err(Error::alone(Fault::Bug)),
    }
}

/// The number that a value is when it is assigned to a type that is no primitive.
#[cold]
fn exact_number(look: Look, index: c_int, ty: TypeId, at: At, cast: bool) -> Result<WideNumber> {
    if look.lua.type_of(index) == Type::Userdata
        && let Source::Cdata(view) = source(look, index).map_err(|e| Error { at, ..e })?
        && let Some(value) = view_exact_number(look.rt, &view).map_err(|fault| Error { at, value: index, fault })?
    {
        return Ok(value);
    }
    Ok(number(look, index, ty, at, cast)?.into())
}

/// The number in a cdata that is no primitive and has values.
#[cold]
pub fn view_exact_number(rt: &Runtime, view: &CdataView) -> std::result::Result<Option<WideNumber>, Fault> {
    let CType::ExtendedNumber(extended) = rt.types.kind(view.ty) else { return Ok(None) };
    let from = reach(rt, &view.region, extended.size())?;
    // SAFETY: the region grants the value.
    Ok(from.with(0, extended.size(), |place| unsafe { load_extended(extended, place) })?)
}

/// The number that a value is when it is assigned to a number or an enumeration.
fn number(look: Look, index: c_int, ty: TypeId, at: At, cast: bool) -> Result<ScalarValue> {
    let rt = look.rt;
    let refuse = |from| Error { at, value: index, fault: Fault::Convert(from, ty) };
    // What has a type of C's is compared with an enumeration's integer type.
    let other = match (rt.types.enumeration(ty), look.lua.type_of(index)) {
        (Some(body), Type::Nil | Type::Userdata | Type::LightUserdata) => TypeId::scalar(body.base),
        _ => ty,
    };
    let refuse_value = || Error { at, value: index, fault: Fault::Convert(named(look, index), other) };
    // An address is a number only by a cast, to an integer.
    let is_bool = rt.types.kind(ty) == CType::Scalar(Scalar::Bool);
    let integer = match rt.types.kind(ty) {
        CType::Scalar(scalar) => scalar.is_integer(),
        CType::ExtendedNumber(extended) => extended.is_integer(),
        _ => true,
    };
    let address = |address: usize| {
        if cast && integer { Ok(ScalarValue::Unsigned(address as u64)) } else { Err(refuse_value()) }
    };
    match source(look, index).map_err(|e| Error { at, ..e })? {
        Source::Number(value) => Ok(value),
        Source::Boolean(value) => Ok(ScalarValue::Bool(value)),
        Source::Nil => address(0),
        Source::Foreign(region) => address(region.address()),
        Source::Text(text) => match rt.types.enumeration(ty) {
            Some(body) => match body.value(text) {
                Some(value) => Ok(ScalarValue::Signed(value as i64)),
                None => Err(refuse(named(look, index))),
            },
            None => address(text.as_ptr().expose_provenance()),
        },
        Source::Lune(_, header) => address(header.region.address()),
        Source::Buffer(region) => address(region.address()),
        Source::Callback(handle) => match handle.escape() {
            Some(code) => address(code.expose_provenance()),
            None => Err(refuse_value()),
        },
        Source::Cdata(view) if view.address => address(view.region.address()),
        // Which part would tell?
        Source::Cdata(view) if is_bool && matches!(rt.types.kind(view.ty), CType::Complex(_)) => Err(refuse_value()),
        Source::Cdata(view) => {
            let about = |fault| Error { at, value: index, fault };
            if let (CType::ExtendedNumber(_), CType::Scalar(scalar)) = (rt.types.kind(view.ty), rt.types.passed(ty))
                && let Some(value) = view_exact_number(rt, &view).map_err(about)?
            {
                return Ok(value.to_scalar(scalar));
            }
            if let Some(value) = view_number(rt, &view).map_err(about)? {
                return Ok(value);
            }
            match rt.types.kind(view.ty) {
                CType::Array { .. } | CType::OpenArray(_) | CType::VariableArray(_) => address(view.region.address()),
                _ => Err(refuse_value()),
            }
        }
        Source::Table | Source::Function | Source::Other => Err(refuse_value()),
    }
}

/// Stores the value at `index` in a bit-field of that type in the bytes at the beginning of a region.
pub fn store_bits(look: Look, index: c_int, ty: TypeId, field: Bits, to: Region, at: At) -> Result<()> {
    let rt = look.rt;
    let to = reach(rt, &to, field.bytes()).map_err(Error::alone)?;
    let scalar = match rt.types.passed(ty) {
        CType::Scalar(scalar) => scalar,
        CType::ExtendedNumber(extended) => {
            let value = exact_number(look, index, ty, at, false)?.to_bits(extended.is_signed());
            return to.with_bytes(0, field.bytes(), |bytes| field.insert_wide(bytes, value)).map_err(Error::alone);
        }
        _ => return Err(Error::alone(Fault::Bug)),
    };
    // As LuaJIT says it, a value goes through an integer of the usual size.
    let through = match scalar.class() {
        Class::Signed if scalar.size() < 4 => TypeId::scalar(Scalar::I32),
        Class::Unsigned if scalar.size() < 4 => TypeId::scalar(Scalar::U32),
        _ => ty,
    };
    let value = bits(scalar, number(look, index, through, at, false)?);
    to.with_bytes(0, field.bytes(), |bytes| field.insert(bytes, value)).map_err(Error::alone)
}

/// As what type a value is passed where a function takes any: what C's own promotions make of it.
pub fn vararg(cx: Cx, index: c_int) -> Result<Slot> {
    let (lua, types) = (cx.lua, &cx.rt.types);
    let cdata = |ty| Ok(Slot { ty, mode: lunaffi_core::ctype::Mode::Cdata });
    let scalar = |s| cdata(TypeId::scalar(s));
    match source(cx.look(), index).map_err(|e| Error { at: At::Arg(index), ..e })? {
        Source::Nil | Source::Foreign(_) | Source::Lune(..) | Source::Callback(_) | Source::Buffer(_) => {
            cdata(TypeId::VOID_POINTER)
        }
        Source::Boolean(_) => {
            lua.push_int(lua.truth(index) as i64);
            lua.replace(index);
            scalar(Scalar::I32)
        }
        Source::Number(ScalarValue::Signed(value))
            if lua.type_of(index) == Type::Number && cx.rt.integer_varargs.get() =>
        {
            scalar(if i32::try_from(value).is_ok() { Scalar::I32 } else { Scalar::I64 })
        }
        Source::Number(_) if lua.type_of(index) == Type::Number => scalar(Scalar::F64),
        Source::Number(ScalarValue::Unsigned(_)) => scalar(Scalar::U64),
        Source::Number(_) => scalar(Scalar::I64),
        Source::Text(_) => {
            cdata(types.pointer(types.qualified(TypeId::scalar(Scalar::I8), lunaffi_core::ctype::Quals::CONST)))
        }
        Source::Cdata(view) => match types.kind(view.ty) {
            CType::Scalar(Scalar::F32) => scalar(Scalar::F64),
            CType::Scalar(s) if s.size() < 4 => scalar(Scalar::I32),
            CType::Scalar(s) => scalar(s),
            CType::Enum(ty) => scalar(types.enumeration(ty).map_or(Scalar::U32, |e| e.base)),
            CType::Record(record) => cdata(types.pointer(record)),
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => {
                cdata(types.pointer(elem))
            }
            CType::Function(function) => cdata(types.pointer(function)),
            _ => cdata(types.bare(view.ty)),
        },
        Source::Table | Source::Function | Source::Other => {
            Err(Error::arg(index, Fault::Convert(named(cx.look(), index), TypeId::VOID_POINTER)))
        }
    }
}
