//! Values as LuaJIT serialises them.

use super::{dictionary, double, write};
use crate::convert::cdata::{reach, view};
use crate::lua::{Error, Fault, Header, Kind, Number, Result, StringBuffer, Type};
use crate::runtime::Cx;
use lunaffi_core::ctype::CType;
use lunaffi_core::scalar::{Class, Scalar};
use std::ffi::c_int;

/// What a value begins with. A string begins with `STRING` plus its length.
pub mod tag {
    pub const NIL: u32 = 0;
    pub const FALSE: u32 = 1;
    pub const TRUE: u32 = 2;
    pub const NULL: u32 = 3;
    pub const LIGHT32: u32 = 4;
    pub const LIGHT64: u32 = 5;
    pub const INT: u32 = 6;
    pub const NUMBER: u32 = 7;
    pub const TABLE: u32 = 8;
    /// Added to `TABLE`: there are keys with values.
    pub const HASH: u32 = 1;
    /// Added to `TABLE`: there is a list that begins with 0.
    pub const LIST_FROM_0: u32 = 2;
    /// Added to `TABLE`: there is a list that begins with 1.
    pub const LIST_FROM_1: u32 = 4;
    pub const METATABLE: u32 = TABLE + 6;
    pub const DICTIONARY_STRING: u32 = 15;
    pub const INT64: u32 = 16;
    pub const UINT64: u32 = 17;
    pub const COMPLEX: u32 = 18;
    pub const STRING: u32 = 32;
}

/// Tables may be so deep inside of each other.
pub const MAX_DEPTH: u32 = 100;
/// Lua stack slots that a table takes while it is read or written.
pub const SLOTS: c_int = 6;

/// What is deeper.
pub const TOO_DEEP: Fault = Fault::Text("too deep to serialize");

/// LuaJIT for this processor keeps integers apart from doubles, where they fit 32 bits.
const DUAL_NUMBERS: bool = !cfg!(any(target_arch = "x86_64", target_arch = "x86"));

/// The 64 bits of a cdata that is an integer of that size, and whether it is unsigned.
pub fn wide_integer(cx: Cx, index: c_int) -> Result<Option<(u64, bool)>> {
    let Some(payload) = cx.rt.kinds.get(*cx.lua, index, Kind::Cdata) else { return Ok(None) };
    // SAFETY: the kind's payload, which stays while it is on the stack.
    let header = unsafe { &*payload.cast::<Header>() };
    match cx.rt.types.kind(header.ty()) {
        CType::Scalar(scalar) if scalar.is_integer() && scalar.size() == 8 && !header.is_reference() => {
            let mut bits = [0; 8];
            let from = reach(cx.rt, &header.region, 8).map_err(Error::alone)?;
            from.read(0, &mut bits).map_err(Error::alone)?;
            Ok(Some((u64::from_ne_bytes(bits), scalar.class() == Class::Unsigned)))
        }
        _ => Ok(None),
    }
}

/// A walk over a value.
#[derive(Clone, Copy)]
pub struct Encoder<'b> {
    pub cx: Cx,
    pub buffer: &'b StringBuffer,
    /// Stack indices of dictionaries; 0, or the index of nil, for none.
    pub strings: c_int,
    pub metatables: c_int,
}

/// How a table is divided.
struct Shape {
    /// The list has an entry 0.
    zero: bool,
    /// The list's last entry.
    last: c_int,
    /// The number of other keys.
    others: u32,
}

impl Encoder<'_> {
    /// Adds the value at `index`; nothing if it cannot be serialised.
    pub fn encode(self, index: c_int) -> Result<()> {
        self.cx.lua.reserve(MAX_DEPTH as c_int * SLOTS + SLOTS);
        let before = self.buffer.len();
        let result = self.value(index, MAX_DEPTH);
        if result.is_err() {
            self.buffer.truncate(before);
        }
        result
    }

    fn bytes(self, bytes: &[u8]) -> Result<()> {
        write(self.cx, self.buffer, bytes)
    }

    /// A tag without more.
    fn tag(self, tag: u32) -> Result<()> {
        self.bytes(&[tag as u8])
    }

    /// A tag and a fixed number of bytes.
    fn fixed(self, tag: u32, payload: &[u8]) -> Result<()> {
        let mut bytes = [0u8; 17];
        bytes[0] = tag as u8;
        bytes[1..=payload.len()].copy_from_slice(payload);
        self.bytes(&bytes[..=payload.len()])
    }

    /// An unsigned number in one, two or five bytes.
    fn unsigned(self, value: u32) -> Result<()> {
        match value {
            0..0xe0 => self.bytes(&[value as u8]),
            0xe0..0x1fe0 => {
                let rest = value - 0xe0;
                self.bytes(&[0xe0 | (rest >> 8) as u8, rest as u8])
            }
            _ => {
                let mut bytes = [0xff; 5];
                bytes[1..].copy_from_slice(&value.to_le_bytes());
                self.bytes(&bytes)
            }
        }
    }

    fn string(self, text: &[u8]) -> Result<()> {
        let tag = u32::try_from(text.len()).ok().and_then(|len| len.checked_add(tag::STRING));
        self.unsigned(tag.ok_or(Error::alone(Fault::Memory))?)?;
        self.bytes(text)
    }

    fn number(self, value: Number) -> Result<()> {
        let float = double(value);
        if let Number::Int(exact) = value
            && float as i128 != exact as i128
        {
            // LuaJIT has such integers as cdata only.
            return self.fixed(tag::INT64, &exact.to_le_bytes());
        }
        let small = float as i32;
        if DUAL_NUMBERS && small as f64 == float && !(small == 0 && float.is_sign_negative()) {
            return self.fixed(tag::INT, &small.to_le_bytes());
        }
        self.fixed(tag::NUMBER, &float.to_bits().to_le_bytes())
    }

    fn refused<T>(self, index: c_int) -> Result<T> {
        let (lua, rt) = (self.cx.lua, self.cx.rt);
        let name = match rt.kinds.of(*lua, index) {
            Some(Kind::Cdata | Kind::Ctype) => b"cdata",
            _ => lua.type_name(index),
        };
        let name = String::from_utf8_lossy(name);
        Err(Error::alone(rt.note(format!("cannot serialize '{name}'"))))
    }

    fn value(self, index: c_int, depth: u32) -> Result<()> {
        let lua = self.cx.lua;
        match lua.type_of(index) {
            Type::Nil => self.tag(tag::NIL),
            Type::Boolean => self.tag(if lua.truth(index) { tag::TRUE } else { tag::FALSE }),
            Type::Number => self.number(lua.number(index).unwrap_or(Number::Float(0.0))),
            Type::String => self.string(lua.string(index).unwrap_or_default()),
            Type::Table => self.table(index, depth),
            Type::LightUserdata => match lua.userdata(index).addr() {
                0 => self.tag(tag::NULL),
                address => match u32::try_from(address) {
                    Ok(address) => self.fixed(tag::LIGHT32, &address.to_le_bytes()),
                    Err(_) => self.fixed(tag::LIGHT64, &(address as u64).to_le_bytes()),
                },
            },
            Type::Userdata => self.userdata(index),
            _ => self.refused(index),
        }
    }

    /// Integers of 64 bits, and complex numbers.
    fn userdata(self, index: c_int) -> Result<()> {
        let (lua, rt) = (self.cx.lua, self.cx.rt);
        if let Some(value) = rt.kinds.int64(*lua, index) {
            let tag = if value > i64::MAX as i128 { tag::UINT64 } else { tag::INT64 };
            return self.fixed(tag, &(value as u64).to_le_bytes());
        }
        if let Some((bits, unsigned)) = wide_integer(self.cx, index)? {
            return self.fixed(if unsigned { tag::UINT64 } else { tag::INT64 }, &bits.to_le_bytes());
        }
        if let Some(view) = view(self.cx.look(), index)?
            && let CType::Complex(Scalar::F64) = rt.types.kind(view.ty)
        {
            let mut parts = [0; 16];
            let from = reach(rt, &view.region, 16).map_err(Error::alone)?;
            from.read(0, &mut parts).map_err(Error::alone)?;
            return self.fixed(tag::COMPLEX, &parts);
        }
        self.refused(index)
    }

    fn table(self, index: c_int, depth: u32) -> Result<()> {
        let (cx, lua) = (self.cx, self.cx.lua);
        if depth == 0 {
            return Err(Error::alone(TOO_DEEP));
        }
        let shape = shape(cx, index);
        if lua.get_metatable(index) {
            let number = dictionary::number_of_top(cx, self.metatables, Type::Table);
            lua.pop(1);
            if let Some(number) = number {
                self.tag(tag::METATABLE)?;
                self.unsigned(number)?;
            }
        }
        let has_list = shape.zero || shape.last > 0;
        let list = match (has_list, shape.zero) {
            (false, _) => 0,
            (true, false) => tag::LIST_FROM_1,
            (true, true) => tag::LIST_FROM_0,
        };
        self.tag(tag::TABLE + list + if shape.others > 0 { tag::HASH } else { 0 })?;
        if has_list {
            self.unsigned(shape.last as u32 + 1)?;
        }
        if shape.others > 0 {
            self.unsigned(shape.others)?;
        }
        if has_list {
            for place in if shape.zero { 0 } else { 1 }..=shape.last {
                lua.raw_get_index(index, place);
                self.value(lua.top(), depth - 1)?;
                lua.pop(1);
            }
        }
        if shape.others > 0 {
            self.entries(index, &shape, depth)?;
        }
        Ok(())
    }

    /// The keys that are not in the list, with their values.
    fn entries(self, index: c_int, shape: &Shape, depth: u32) -> Result<()> {
        let (cx, lua) = (self.cx, self.cx.lua);
        lua.push_nil();
        while lua.next(index) {
            let value = lua.top();
            let key = value - 1;
            if !place_in_list(cx, key).is_some_and(|place| shape.has(place)) {
                lua.copy(key);
                let number = match lua.string(key) {
                    Some(_) => dictionary::number_of_top(cx, self.strings, Type::String),
                    None => None,
                };
                lua.pop(1);
                match number {
                    Some(number) => {
                        self.tag(tag::DICTIONARY_STRING)?;
                        self.unsigned(number)?;
                    }
                    None => self.value(key, depth - 1)?,
                }
                self.value(value, depth - 1)?;
            }
            lua.pop(1);
        }
        Ok(())
    }
}

impl Shape {
    /// The list has that place.
    fn has(&self, place: c_int) -> bool {
        if place == 0 { self.zero } else { place <= self.last }
    }
}

/// LuaJIT's lists are shorter.
pub const MAX_LIST: u32 = (1 << 27) + 1;

/// The place that a key has if it is one of a list.
fn place_in_list(cx: Cx, key: c_int) -> Option<c_int> {
    let place = match cx.lua.number(key)? {
        Number::Int(place) => place,
        Number::Float(place) if place == place.trunc() && place.abs() < MAX_LIST as f64 => place as i64,
        Number::Float(_) => return None,
    };
    (0..MAX_LIST as i64).contains(&place).then_some(place as c_int)
}

/// Divides the table at `index` as LuaJIT would: what it has in its array part is a list. As LuaJIT decides on
/// that when a table grows, a list is at least a quarter full, and at least as long as the table.
fn shape(cx: Cx, index: c_int) -> Shape {
    let lua = cx.lua;
    // The number of integers up to 2, from there up to 4, and so on.
    let mut counts = [0u32; 28];
    let (mut total, mut integers, mut zero) = (0, 0, false);
    lua.push_nil();
    while lua.next(index) {
        lua.pop(1);
        total += 1;
        if let Some(place) = place_in_list(cx, -1) {
            integers += 1;
            zero |= place == 0;
            counts[if place > 2 { (place as u32 - 1).ilog2() as usize } else { 0 }] += 1;
        }
    }
    let length = lua.raw_len(index);
    if integers == 0 || length == integers as usize && !zero {
        return Shape { zero: false, last: integers as c_int, others: total - integers };
    }
    let (mut sum, mut limit) = (0, 0);
    for (power, &count) in counts.iter().enumerate() {
        if 2 * integers <= 1 << power {
            break;
        }
        sum += count;
        if count > 0 && 2 * sum > 1 << power {
            limit = 2 << power;
        }
    }
    let limit = limit.max(c_int::try_from(length).unwrap_or(c_int::MAX));
    let (mut last, mut listed) = (0, 0);
    lua.push_nil();
    while lua.next(index) {
        lua.pop(1);
        if let Some(place) = place_in_list(cx, -1).filter(|&place| place <= limit) {
            listed += 1;
            last = last.max(place);
        }
    }
    Shape { zero, last, others: total - listed }
}
