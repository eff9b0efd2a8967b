//! `ffi.typeinfo`: what a C type is made of, in the numbers that LuaJIT has for it (`lj_ctype.h`). A type's
//! identification is its number plus one; that of a member has its place as well.

use super::types::int_argument;
use crate::lua::{Error, Fault, Result};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{CType, ConstantValue, ExtendedNumber, Field, Quals, Record, RecordKind, TypeId, TypeTable};
use lunaffi_core::scalar::{Class, Scalar};
use std::collections::HashSet;
use std::ffi::c_int;

/// What an entry is: the four highest bits of its information.
mod kind {
    pub const NUMBER: u32 = 0 << 28;
    pub const RECORD: u32 = 1 << 28;
    pub const POINTER: u32 = 2 << 28;
    pub const ARRAY: u32 = 3 << 28;
    pub const VOID: u32 = 4 << 28;
    pub const ENUM: u32 = 5 << 28;
    pub const FUNCTION: u32 = 6 << 28;
    pub const ATTRIBUTE: u32 = 8 << 28;
    pub const FIELD: u32 = 9 << 28;
    pub const BIT_FIELD: u32 = 10 << 28;
    pub const CONSTANT: u32 = 11 << 28;
}

/// Flags, some of which mean something else for another kind.
mod flag {
    pub const BOOL: u32 = 0x0800_0000;
    pub const VECTOR: u32 = 0x0800_0000;
    pub const FLOAT: u32 = 0x0400_0000;
    pub const COMPLEX: u32 = 0x0400_0000;
    pub const CONST: u32 = 0x0200_0000;
    pub const VOLATILE: u32 = 0x0100_0000;
    pub const UNSIGNED: u32 = 0x0080_0000;
    pub const REFERENCE: u32 = 0x0080_0000;
    pub const UNION: u32 = 0x0080_0000;
    pub const VARIADIC: u32 = 0x0080_0000;
    pub const LONG: u32 = 0x0040_0000;
    pub const VARIABLE: u32 = 0x0010_0000;
}

/// What an attribute says, in the bits of an alignment.
mod attribute {
    pub const QUALIFIERS: u32 = 1 << 16;
    pub const ALIGNMENT: u32 = 2 << 16;
    pub const PART: u32 = 3 << 16;
}

/// LuaJIT has fewer types.
const MAX_TYPES: u32 = 1 << 16;

/// What `typeinfo` tells of a type or a member.
#[derive(Default)]
struct Info<'t> {
    info: u32,
    /// Bytes; of a member its offset, of a constant its value, of a function the number of parameters.
    size: Option<u32>,
    /// The first member, or the next one; 0 for none.
    sibling: i64,
    name: &'t str,
}

/// What has members: fields and constants, enumerators, or parameters.
enum Members<'t> {
    Record(&'t Record),
    Enum(&'t [(Box<str>, i128)]),
    Parameters(&'t [TypeId]),
}

struct Reader<'t> {
    types: &'t TypeTable<'static>,
}

/// The bits of a type that another one is made of.
fn child(ty: TypeId) -> Result<u32> {
    match id(ty) {
        id if id < MAX_TYPES as i64 => Ok(id as u32),
        _ => Err(Error::alone(Fault::Text("too many C types for 'typeinfo'"))),
    }
}

fn alignment(bytes: usize) -> u32 {
    bytes.max(1).ilog2().min(15) << 16
}

fn flags(quals: Quals) -> u32 {
    (if quals.is_const { flag::CONST } else { 0 }) | if quals.is_volatile { flag::VOLATILE } else { 0 }
}

fn scalar_flags(scalar: Scalar) -> u32 {
    match scalar.class() {
        Class::Bool => flag::BOOL | flag::UNSIGNED,
        Class::Float => flag::FLOAT,
        // What has 64 bits is `long`, if that has.
        Class::Unsigned => flag::UNSIGNED | long(scalar),
        Class::Signed => long(scalar),
    }
}

fn long(scalar: Scalar) -> u32 {
    if scalar.size() == 8 && size_of::<std::ffi::c_long>() == 8 { flag::LONG } else { 0 }
}

impl<'t> Reader<'t> {
    /// The qualifiers that LuaJIT merges into a type's own: those of elements and of members.
    fn merged(&self, ty: TypeId, seen: &mut HashSet<TypeId>) -> u32 {
        let own = flags(self.types.quals(ty));
        own | match self.types.kind(ty) {
            CType::Reference(_) => flag::CONST,
            CType::Array { elem, .. } | CType::OpenArray(elem) | CType::VariableArray(elem) => self.merged(elem, seen),
            CType::Record(ty) if seen.insert(ty) => {
                let fields = self.types.record(ty).map_or(&[][..], |record| &record.fields);
                fields.iter().fold(0, |all, field| all | self.merged(field.ty, seen))
            }
            _ => 0,
        }
    }

    /// The members of a type.
    fn members(&self, ty: TypeId) -> Option<Members<'t>> {
        match self.types.get(ty) {
            CType::Record(ty) => self.types.record(ty).map(Members::Record),
            CType::Enum(ty) => self.types.enumeration(ty).map(|body| Members::Enum(&body.constants)),
            CType::Function(ty) => self.types.function(ty).map(|body| Members::Parameters(&body.params)),
            _ => None,
        }
    }

    /// The identification of a member, if the type has so many.
    fn member_id(&self, owner: TypeId, place: usize) -> Result<i64> {
        let count = match self.members(owner) {
            Some(Members::Record(record)) => record.fields.len() + record.constants.len(),
            Some(Members::Enum(constants)) => constants.len(),
            Some(Members::Parameters(types)) => types.len(),
            None => 0,
        };
        if place >= count {
            return Ok(0);
        }
        Ok(((place as i64 + 1) << 16) | child(owner)? as i64)
    }

    fn type_info(&self, ty: TypeId) -> Result<Info<'t>> {
        let types = self.types;
        let size = types.size_of(ty).map(|size| size as u32);
        let aligned = alignment(types.align_of(ty));
        let plain = |info| Ok(Info { info, size, ..Info::default() });
        let quals = self.merged(types.bare(ty), &mut HashSet::new());
        match types.get(ty) {
            CType::Void => plain(kind::VOID),
            CType::Scalar(scalar) => plain(kind::NUMBER | aligned | scalar_flags(scalar)),
            CType::ExtendedNumber(ExtendedNumber::Int128) => plain(kind::NUMBER | aligned),
            CType::ExtendedNumber(ExtendedNumber::UInt128) => plain(kind::NUMBER | aligned | flag::UNSIGNED),
            CType::ExtendedNumber(extended) => {
                let part = match extended {
                    ExtendedNumber::ComplexLongDouble => ExtendedNumber::LongDouble,
                    ExtendedNumber::ComplexFloat128 => ExtendedNumber::Float128,
                    ExtendedNumber::ComplexFloat16 => ExtendedNumber::Float16,
                    _ => return plain(kind::NUMBER | aligned | flag::FLOAT),
                };
                plain(kind::ARRAY | aligned | flag::COMPLEX | child(types.extended(part))?)
            }
            CType::Complex(part) => plain(kind::ARRAY | aligned | flag::COMPLEX | child(TypeId::scalar(part))?),
            CType::Vector { elem, .. } => plain(kind::ARRAY | aligned | flag::VECTOR | child(elem)?),
            CType::Pointer(to) => plain(kind::POINTER | aligned | child(to)?),
            CType::Reference(to) => plain(kind::POINTER | aligned | flag::REFERENCE | flag::CONST | child(to)?),
            CType::Array { elem, .. } | CType::OpenArray(elem) => plain(kind::ARRAY | aligned | quals | child(elem)?),
            CType::VariableArray(elem) => plain(kind::ARRAY | aligned | quals | flag::VARIABLE | child(elem)?),
            CType::Record(_) => {
                let record = types.record(ty);
                let union = if types.record_kind(ty) == RecordKind::Union { flag::UNION } else { 0 };
                let variable = record.is_some_and(|record| record.variable.is_some());
                let info = kind::RECORD | aligned | union | quals | if variable { flag::VARIABLE } else { 0 };
                Ok(Info { info, size, sibling: self.member_id(ty, 0)?, name: types.tag(ty).unwrap_or("") })
            }
            CType::Enum(_) => {
                let base = types.enumeration(ty).map_or(Scalar::U32, |body| body.base);
                let info = kind::ENUM | aligned | child(TypeId::scalar(base))?;
                Ok(Info { info, size, sibling: self.member_id(ty, 0)?, name: types.tag(ty).unwrap_or("") })
            }
            CType::Function(_) => {
                let Some(function) = types.function(ty) else { return plain(kind::FUNCTION) };
                let variadic = if function.variadic { flag::VARIADIC } else { 0 };
                let info = kind::FUNCTION | variadic | child(function.result)?;
                let size = Some(function.params.len() as u32);
                Ok(Info { info, size, sibling: self.member_id(ty, 0)?, name: "" })
            }
            CType::Qualified(inner, own) if own.align != 0 => {
                let rest = types.qualified(inner, Quals { align: 0, ..own });
                let info = kind::ATTRIBUTE | attribute::ALIGNMENT | child(rest)?;
                Ok(Info { info, size: Some(own.align as u32 - 1), ..Info::default() })
            }
            CType::Qualified(inner, own) => match types.get(inner) {
                CType::Record(_) | CType::Enum(_) => {
                    let info = kind::ATTRIBUTE | attribute::QUALIFIERS | child(inner)?;
                    Ok(Info { info, size: Some(flags(own)), ..Info::default() })
                }
                _ => {
                    let bare = self.type_info(inner)?;
                    Ok(Info { info: bare.info | flags(own), ..bare })
                }
            },
        }
    }

    fn member_info(&self, owner: TypeId, place: usize) -> Result<Option<Info<'t>>> {
        let info = match self.members(owner) {
            Some(Members::Record(record)) => match record.fields.get(place) {
                Some(field) => self.field_info(record, field)?,
                None => match record.constants.get(place - record.fields.len()) {
                    Some((name, constant)) => {
                        let value = match constant.value {
                            ConstantValue::Integer(value) => value as u32,
                            // LuaJIT has no other constants.
                            _ => 0,
                        };
                        constant_info(name, constant.ty, value)?
                    }
                    None => return Ok(None),
                },
            },
            Some(Members::Enum(constants)) => match constants.get(place) {
                Some((name, value)) => {
                    let scalar = if i32::try_from(*value).is_ok() { Scalar::I32 } else { Scalar::U32 };
                    constant_info(name, TypeId::scalar(scalar), *value as u32)?
                }
                None => return Ok(None),
            },
            Some(Members::Parameters(params)) => match params.get(place) {
                Some(&ty) => Info { info: kind::FIELD | child(ty)?, size: Some(place as u32), ..Info::default() },
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        Ok(Some(Info { sibling: self.member_id(owner, place + 1)?, ..info }))
    }

    fn field_info(&self, record: &Record, field: &'t Field) -> Result<Info<'t>> {
        let size = Some(field.offset as u32);
        let types = self.types;
        let info = match field.bits {
            _ if field.name.is_empty() => kind::ATTRIBUTE | attribute::PART | child(field.ty)?,
            Some(bits) => {
                let base = match types.passed(field.ty) {
                    CType::Scalar(scalar) => scalar_flags(scalar) & !flag::LONG,
                    _ => 0,
                };
                let container = (types.size_of(field.ty).unwrap_or(0) as u32 & 127) << 16;
                let place = (bits.width as u32 & 127) << 8 | bits.position as u32 & 127;
                kind::BIT_FIELD | base | flags(types.quals(field.ty)) | container | place
            }
            None => kind::FIELD | alignment(types.align_of(field.ty).min(record.align)) | child(field.ty)?,
        };
        Ok(Info { info, size, sibling: 0, name: &field.name })
    }
}

fn constant_info(name: &str, ty: TypeId, value: u32) -> Result<Info<'_>> {
    Ok(Info { info: kind::CONSTANT | flag::CONST | child(ty)?, size: Some(value), sibling: 0, name })
}

/// `ffi.typeinfo(id)`: a table of `info`, `size`, `sib` and `name`; nothing for what is no type.
fn typeinfo(cx: Cx) -> Result<c_int> {
    let (lua, reader) = (cx.lua, Reader { types: &cx.rt.types });
    let id = int_argument(cx, 1)? as u32;
    let (owner, place) = ((id % MAX_TYPES).wrapping_sub(1), id / MAX_TYPES);
    if owner as usize >= cx.rt.types.count() {
        return Ok(0);
    }
    let owner = TypeId(owner);
    let info = match place {
        0 => cx.guard(|| reader.type_info(owner))?,
        place => match cx.guard(|| reader.member_info(owner, place as usize - 1))? {
            Some(info) => info,
            None => return Ok(0),
        },
    };
    lua.new_table(0, 4);
    let table = lua.top();
    let set = |name: &[u8], value: i64| {
        lua.push_int(value);
        lua.set_field(table, name);
    };
    set(b"info", info.info as i32 as i64);
    if let Some(size) = info.size.filter(|&size| size != u32::MAX) {
        set(b"size", size as i32 as i64);
    }
    if info.sibling != 0 {
        set(b"sib", info.sibling);
    }
    if !info.name.is_empty() {
        lua.push_bytes(info.name.as_bytes());
        lua.set_field(table, b"name");
    }
    Ok(1)
}

/// The number by which `typeinfo` knows a type, which is what `tonumber` gives for its ctype object.
pub fn id(ty: TypeId) -> i64 {
    ty.0 as i64 + 1
}

/// For the module table.
pub const FUNCTIONS: &[FunctionEntry] = entries!["typeinfo" => typeinfo];
