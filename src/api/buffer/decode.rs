//! Values from LuaJIT's serialisation. Making them runs Lua's collector, and so finalizers, which may change
//! the buffer: its bytes are asked for again each time.

use super::encode::{MAX_DEPTH, MAX_LIST, SLOTS, TOO_DEEP, tag};
use super::{dictionary, push_string};
use crate::api::luajit::push_integer;
use crate::convert::cdata::push_owned;
use crate::lua::{Error, Fault, Result, StringBuffer, Type};
use crate::runtime::Cx;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

const END: Fault = Fault::Text("unexpected end of buffer");
const TABLE_OVERFLOW: Fault = Fault::Text("table overflow");

/// A table gets room for at most so many entries beforehand: data may claim any number.
const MAX_ROOM: u32 = 1 << 14;
/// LuaJIT's tables have no more keys outside of their lists.
const MAX_KEYS: u32 = 1 << 26;

/// A reader of a serialisation.
#[derive(Clone, Copy)]
pub struct Decoder<'b> {
    pub cx: Cx,
    /// The serialisation, if it is not the buffer's.
    pub text: Option<&'b [u8]>,
    pub buffer: &'b StringBuffer,
    /// Stack indices of dictionaries; 0, or the index of nil, for none.
    pub strings: c_int,
    pub metatables: c_int,
}

impl Decoder<'_> {
    /// Pushes the value that the serialisation begins with. Gives the number of bytes that it takes.
    pub fn decode(self) -> Result<usize> {
        self.cx.lua.reserve(MAX_DEPTH as c_int * SLOTS + SLOTS);
        self.value(0, MAX_DEPTH)
    }

    /// The bytes from a place on.
    fn rest(&self, at: usize) -> Result<&[u8]> {
        let all = match self.text {
            Some(text) => text,
            // SAFETY: they are used before anything of Lua's runs.
            None => unsafe { self.buffer.bytes() }.map_err(Error::alone)?,
        };
        all.get(at..).ok_or(Error::alone(END))
    }

    /// So many bytes from a place on, which moves behind them.
    fn fixed<const N: usize>(&self, at: &mut usize) -> Result<[u8; N]> {
        let bytes = self.rest(*at)?.first_chunk::<N>().copied().ok_or(Error::alone(END))?;
        *at += N;
        Ok(bytes)
    }

    /// An unsigned number in one, two or five bytes.
    fn unsigned(&self, at: &mut usize) -> Result<u32> {
        let [first] = self.fixed(at)?;
        Ok(match first {
            0..0xe0 => first as u32,
            0xff => u32::from_le_bytes(self.fixed(at)?),
            _ => {
                let [second] = self.fixed(at)?;
                ((first as u32 & 0x1f) << 8) + second as u32 + 0xe0
            }
        })
    }

    /// Pushes the value at `at`. Gives the place behind it.
    fn value(self, mut at: usize, depth: u32) -> Result<usize> {
        let (cx, lua) = (self.cx, self.cx.lua);
        let tag = self.unsigned(&mut at)?;
        match tag {
            tag::STRING.. => {
                let len = (tag - tag::STRING) as usize;
                push_string(cx, || self.rest(at)?.get(..len).ok_or(Error::alone(END)))?;
                at += len;
            }
            tag::INT => lua.push_int(i32::from_le_bytes(self.fixed(&mut at)?) as i64),
            tag::NUMBER => push_number(cx, f64::from_le_bytes(self.fixed(&mut at)?)),
            tag::NIL => lua.push_nil(),
            tag::FALSE => lua.push_bool(false),
            tag::TRUE => lua.push_bool(true),
            tag::DICTIONARY_STRING => {
                let number = self.unsigned(&mut at)?;
                dictionary::push_entry(cx, self.strings, Type::String, number)?;
            }
            tag::TABLE..=tag::METATABLE => return self.table(tag, at, depth),
            tag::INT64 | tag::UINT64 => {
                let bits = u64::from_le_bytes(self.fixed(&mut at)?);
                push_integer(cx, tag == tag::UINT64, bits);
            }
            tag::COMPLEX => {
                let parts: [u8; 16] = self.fixed(&mut at)?;
                let own = push_owned(lua, cx.rt, cx.rt.types.complex(Scalar::F64), parts.len());
                own.write(0, &parts).map_err(Error::alone)?;
            }
            tag::NULL => {
                lua.push_light(std::ptr::null_mut());
            }
            tag::LIGHT32 => {
                let address = u32::from_le_bytes(self.fixed(&mut at)?);
                lua.push_light(std::ptr::without_provenance_mut(address as usize));
            }
            tag::LIGHT64 => {
                let address = u64::from_le_bytes(self.fixed(&mut at)?);
                if !lua.push_light(std::ptr::without_provenance_mut(address as usize)) {
                    return Err(Error::alone(Fault::Text("bad light userdata pointer")));
                }
            }
            _ => return Err(self.bad_tag(tag)),
        }
        Ok(at)
    }

    fn bad_tag(self, tag: u32) -> Error {
        Error::alone(self.cx.rt.note(format!("cannot deserialize tag 0x{tag:02x}")))
    }

    /// Pushes the table whose tag was read.
    fn table(self, mut tag: u32, mut at: usize, depth: u32) -> Result<usize> {
        let (cx, lua) = (self.cx, self.cx.lua);
        if depth == 0 {
            return Err(Error::alone(TOO_DEEP));
        }
        let has_metatable = tag == tag::METATABLE;
        if has_metatable {
            let number = self.unsigned(&mut at)?;
            dictionary::push_entry(cx, self.metatables, Type::Table, number)?;
            tag = self.unsigned(&mut at)?;
            if !(tag::TABLE..tag::METATABLE).contains(&tag) {
                return Err(self.bad_tag(tag));
            }
        }
        let has_list = tag >= tag::TABLE + tag::LIST_FROM_0;
        let first = if tag >= tag::TABLE + tag::LIST_FROM_1 { 1 } else { 0 };
        let list = if has_list { self.unsigned(&mut at)? } else { 0 };
        let keys = if tag & tag::HASH != 0 { self.unsigned(&mut at)? } else { 0 };
        if list > MAX_LIST || keys > MAX_KEYS {
            return Err(Error::alone(TABLE_OVERFLOW));
        }
        // Each of them takes a byte at least.
        let most = u32::try_from(self.rest(at)?.len()).unwrap_or(u32::MAX).min(MAX_ROOM);
        lua.new_table(list.min(most) as c_int, keys.min(most) as c_int);
        let table = lua.top();
        for place in first..list {
            at = self.value(at, depth - 1)?;
            lua.raw_set_index(table, place as c_int);
        }
        for _ in 0..keys {
            at = self.entry(at, table, depth - 1)?;
        }
        if has_metatable {
            lua.insert(-2);
            lua.set_metatable(-2);
        }
        Ok(at)
    }

    /// Sets a key of a table.
    fn entry(self, at: usize, table: c_int, depth: u32) -> Result<usize> {
        let lua = self.cx.lua;
        let at = self.value(at, depth)?;
        let invalid = match lua.number(-1) {
            Some(crate::lua::Number::Float(key)) if key.is_nan() => Some("table index is NaN"),
            _ if lua.is_nil(-1) => Some("table index is nil"),
            _ => None,
        };
        if let Some(text) = invalid {
            return Err(Error::alone(Fault::Text(text)));
        }
        lua.copy(-1);
        lua.raw_get(table);
        if !lua.is_nil(-1) {
            return Err(Error::alone(Fault::Text("duplicate table key")));
        }
        lua.pop(1);
        let at = self.value(at, depth)?;
        lua.raw_set(table);
        Ok(at)
    }
}

/// Pushes a double; an integral one as an integer, where Lua has those: LuaJIT writes all numbers as doubles.
fn push_number(cx: Cx, value: f64) {
    const EXACT: f64 = 9007199254740992.0;
    let negative_zero = value == 0.0 && value.is_sign_negative();
    if cfg!(lua_integers) && value.fract() == 0.0 && value.abs() <= EXACT && !negative_zero {
        cx.lua.push_int(value as i64);
    } else {
        cx.lua.push_float(if value.is_nan() { f64::NAN } else { value });
    }
}
