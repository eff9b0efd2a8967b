//! `pack`, `unpack`, `size` and `offset`: values as bytes by a format. Also the module
//! `lunaffi.alien.struct`.

use crate::convert;
use crate::lua::error::AtArgument;
use crate::lua::{Error, Fault, Kind, Result, Type};
use crate::object::alloc::push_owner;
use crate::object::pointer::{push_light, region_argument};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::Scalar;
use std::ffi::c_int;

/// What one letter means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum FormatItem {
    /// An integer of so many bytes.
    Signed(usize),
    Unsigned(usize),
    Float(Scalar),
    Pointer,
    /// So many characters; 0: as many as there are.
    Chars(usize),
    /// Characters and a NUL.
    Text,
    /// A byte of nothing.
    Padding,
}

impl FormatItem {
    /// Bytes, where they are known.
    fn size(self) -> Option<usize> {
        match self {
            FormatItem::Signed(size) | FormatItem::Unsigned(size) | FormatItem::Chars(size @ 1..) => Some(size),
            FormatItem::Float(scalar) => Some(scalar.size()),
            FormatItem::Pointer => Some(size_of::<usize>()),
            FormatItem::Padding => Some(1),
            FormatItem::Chars(0) | FormatItem::Text => None,
        }
    }

    /// Has a place that is a multiple of its size.
    fn is_aligned(self) -> bool {
        !matches!(self, FormatItem::Chars(_) | FormatItem::Text | FormatItem::Padding)
    }
}

/// A walk through a format.
struct Format {
    text: &'static [u8],
    at: usize,
    big: bool,
    align: usize,
}

/// The largest integer: more bytes than any C type has.
const WIDEST: usize = 16;

impl Format {
    fn argument(cx: Cx) -> Result<Format> {
        let text = cx.lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
        Ok(Format { text, at: 0, big: cfg!(target_endian = "big"), align: 1 })
    }

    /// The number that follows; none if there is none.
    fn number(&mut self) -> Result<Option<usize>> {
        let start = self.at;
        let mut value = 0usize;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            let next = value.checked_mul(10).and_then(|v| v.checked_add((digit - b'0') as usize));
            value = next.filter(|&v| v <= i32::MAX as usize).ok_or(Error::arg(1, Fault::Text("number too large")))?;
            self.at += 1;
        }
        Ok((self.at > start).then_some(value))
    }

    /// The number of bytes of an integer.
    fn width(&mut self) -> Result<usize> {
        let width = self.number()?.unwrap_or(size_of::<c_int>());
        if width.is_power_of_two() && width <= WIDEST {
            Ok(width)
        } else {
            Err(Error::arg(1, Fault::Text("the size of an integer must be a power of two up to 16")))
        }
    }

    /// The next item.
    fn next(&mut self, cx: Cx) -> Result<Option<FormatItem>> {
        while let Some(&letter) = self.text.get(self.at) {
            self.at += 1;
            return Ok(Some(match letter {
                b' ' => continue,
                b'<' => {
                    self.big = false;
                    continue;
                }
                b'>' => {
                    self.big = true;
                    continue;
                }
                b'!' => {
                    let align = self.number()?.unwrap_or(align_of::<u128>().min(8));
                    if !align.is_power_of_two() {
                        return Err(Error::arg(1, Fault::Text("an alignment must be a power of two")));
                    }
                    self.align = align;
                    continue;
                }
                b'x' => FormatItem::Padding,
                b'b' => FormatItem::Signed(1),
                b'B' => FormatItem::Unsigned(1),
                b'h' => FormatItem::Signed(2),
                b'H' => FormatItem::Unsigned(2),
                b'l' => FormatItem::Signed(Scalar::LONG.size()),
                b'L' => FormatItem::Unsigned(Scalar::LONG.size()),
                b'i' => FormatItem::Signed(self.width()?),
                b'I' => FormatItem::Unsigned(self.width()?),
                b'f' => FormatItem::Float(Scalar::F32),
                b'd' => FormatItem::Float(Scalar::F64),
                b'c' => FormatItem::Chars(self.number()?.unwrap_or(1)),
                b's' => FormatItem::Text,
                b'p' => FormatItem::Pointer,
                other => {
                    let note =
                        move || Ok(cx.rt.note(format!("invalid format option '{}'", (other as char).escape_default())));
                    return Err(Error::arg(1, cx.guard(note).unwrap_or_else(|error| error.fault)));
                }
            }));
        }
        Ok(None)
    }

    /// The place of an item that comes after `end` bytes.
    fn place(&self, item: FormatItem, end: usize) -> Result<usize> {
        let align = if item.is_aligned() { item.size().unwrap_or(1).min(self.align) } else { 1 };
        end.checked_next_multiple_of(align).filter(|&place| place <= i32::MAX as usize).ok_or(TOO_LARGE)
    }
}

const TOO_LARGE: Error = Error { at: crate::lua::At::Alone, value: 0, fault: Fault::Text("the result is too large") };

// --- packing

/// The bytes that a `pack` has put together, in a userdata that grows.
struct Output {
    /// The stack index of the userdata.
    place: c_int,
    bytes: Region,
    len: usize,
}

impl Output {
    fn new(cx: Cx) -> Result<Output> {
        let header = push_owner(cx, Kind::Buffer, Slot::VOID, 256, 1).map_err(Error::alone)?;
        Ok(Output { place: cx.lua.top(), bytes: header.region, len: 0 })
    }

    /// Appends zeros up to `place`, then the bytes, and `zeros` more.
    fn append(&mut self, cx: Cx, place: usize, bytes: &[u8], zeros: usize) -> Result<()> {
        let end = place.checked_add(bytes.len()).and_then(|end| end.checked_add(zeros)).ok_or(TOO_LARGE)?;
        if self.bytes.grants(0, end).is_err() {
            let capacity = end.checked_mul(2).ok_or(TOO_LARGE)?;
            let larger = push_owner(cx, Kind::Buffer, Slot::VOID, capacity, 1).map_err(Error::alone)?.region;
            larger.copy(&self.bytes, self.len).map_err(Error::alone)?;
            self.bytes = larger;
            cx.lua.replace(self.place);
        }
        // What is behind the end is zero.
        self.bytes.write(place as isize, bytes).map_err(Error::alone)?;
        self.len = end;
        Ok(())
    }
}

/// The bytes of an integer in the order asked for.
fn ordered(value: i128, size: usize, big: bool) -> [u8; WIDEST] {
    let mut bytes = value.to_le_bytes();
    if big {
        bytes[..size].reverse();
    }
    bytes
}

/// The integer argument at an index, which has to fit into so many bytes by either reading.
fn integer_argument(cx: Cx, index: c_int, size: usize) -> Result<i128> {
    let bits = (size as u32 * 8).min(64);
    let (low, high) = (-(1i128 << (bits - 1)), (1i128 << bits) - 1);
    convert::exact(*cx.lua, cx.rt, index, low, high).at_arg(index)
}

/// Bytes of a string argument.
fn chars_argument(cx: Cx, index: c_int) -> Result<&'static [u8]> {
    if cx.lua.type_of(index) == Type::Number {
        cx.lua.number_to_string(index);
    }
    cx.lua.string(index).ok_or(Error::arg(index, Fault::Expected("string")))
}

/// `pack(format, values...)`
fn pack(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let mut format = Format::argument(cx)?;
    let last = lua.top();
    let mut output = Output::new(cx)?;
    let mut index = 2;
    while let Some(item) = format.next(cx)? {
        let place = format.place(item, output.len)?;
        if item != FormatItem::Padding && index > last {
            return Err(Error { value: 0, ..Error::arg(index, Fault::Expected("value")) });
        }
        match item {
            FormatItem::Padding => {
                output.append(cx, place, &[0], 0)?;
                continue;
            }
            FormatItem::Signed(size) | FormatItem::Unsigned(size) => {
                let bytes = ordered(integer_argument(cx, index, size)?, size, format.big);
                output.append(cx, place, &bytes[..size], 0)?;
            }
            FormatItem::Float(scalar) => {
                let value = convert::float(*lua, cx.rt, index, scalar).at_arg(index)?;
                let bits =
                    if scalar == Scalar::F32 { (value as f32).to_bits() as i128 } else { value.to_bits() as i128 };
                let bytes = ordered(bits, scalar.size(), format.big);
                output.append(cx, place, &bytes[..scalar.size()], 0)?;
            }
            FormatItem::Pointer => {
                if lua.type_of(index) == Type::Number {
                    return Err(Error::arg(index, Fault::ExpectedType(Slot::POINTER)));
                }
                let address = convert::address(*lua, cx.rt, index, false).at_arg(index)?;
                output.append(cx, place, &address.to_ne_bytes(), 0)?;
            }
            FormatItem::Chars(_) | FormatItem::Text => {
                let bytes = chars_argument(cx, index)?;
                let bytes = match item {
                    FormatItem::Chars(len @ 1..) if bytes.len() < len => {
                        return Err(Error::arg(index, Fault::Text("string too short")));
                    }
                    FormatItem::Chars(len @ 1..) => &bytes[..len],
                    FormatItem::Text if bytes.contains(&0) => return Err(Error::arg(index, Fault::EmbeddedNul)),
                    _ => bytes,
                };
                output.append(cx, place, bytes, (item == FormatItem::Text) as usize)?;
            }
        }
        index += 1;
    }
    cx.rt.push_text(lua, &output.bytes, 0, output.len).map_err(Error::alone)?;
    Ok(1)
}

// --- unpacking

/// The bytes to unpack, and the stack index of the position to begin at.
fn input(cx: Cx) -> Result<(Region, usize, c_int)> {
    if let Some(bytes) = cx.lua.string(2) {
        return Ok((Region::block(bytes.as_ptr().cast_mut(), bytes.len()), bytes.len(), 3));
    }
    let region = region_argument(cx, 2)?;
    let len = convert::size(cx, 3)?;
    region.grants(0, len).at_arg(3)?;
    Ok((region, len, 4))
}

const TOO_SHORT: Fault = Fault::Text("data string too short");

/// An integer of up to 16 bytes; none when 64 bits do not hold it.
fn integer(bytes: &[u8], big: bool, signed: bool) -> Option<i128> {
    let byte = |i: usize| if big { bytes[bytes.len() - 1 - i] } else { bytes[i] };
    let fill = if signed && byte(bytes.len() - 1) >= 0x80 { 0xff } else { 0 };
    let mut all = [fill; WIDEST];
    (0..bytes.len()).for_each(|i| all[i] = byte(i));
    let value = i128::from_le_bytes(all);
    let fits = if signed { i64::try_from(value).is_ok() } else { u64::try_from(value).is_ok() };
    fits.then_some(value)
}

/// `unpack(format, string [, position])` or `unpack(format, pointer, length [, position])`: the
/// values, and the position behind them.
fn unpack(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let mut format = Format::argument(cx)?;
    let (region, len, position) = input(cx)?;
    let mut end = if lua.is_nil(position) {
        0
    } else {
        convert::exact(*lua, cx.rt, position, 1, len as i128 + 1).at_arg(position)? as usize - 1
    };
    let first = lua.top() + 1;
    while let Some(item) = format.next(cx)? {
        lua.reserve(4);
        let place = format.place(item, end)?;
        if place > len {
            return Err(Error::arg(2, TOO_SHORT));
        }
        let size = match item {
            FormatItem::Chars(0) => {
                if lua.top() < first {
                    return Err(Error::arg(1, Fault::Text("format 'c0' needs a previous size")));
                }
                let counted = convert::exact(*lua, cx.rt, lua.top(), 0, isize::MAX as i128).ok();
                lua.pop(1);
                counted.ok_or(Error::arg(1, Fault::Text("format 'c0' needs a previous size")))? as usize
            }
            // What is there is all that is looked at.
            FormatItem::Text => len - place,
            _ => item.size().unwrap_or(0),
        };
        if size > len - place {
            return Err(Error::arg(2, TOO_SHORT));
        }
        end = place + size;
        let place = place as isize;
        let mut value = [0; WIDEST];
        if let Some(size) = item.size().filter(|&size| size <= WIDEST) {
            region.read(place, &mut value[..size]).at_arg(2)?;
        }
        match item {
            FormatItem::Padding => {}
            FormatItem::Signed(size) | FormatItem::Unsigned(size) => {
                let value = integer(&value[..size], format.big, matches!(item, FormatItem::Signed(_)));
                let value = value.ok_or(Error::arg(2, Fault::Text("an integer of more than 64 bits")))?;
                convert::push_wide(lua, cx.rt, value);
            }
            FormatItem::Float(scalar) => {
                if format.big != cfg!(target_endian = "big") {
                    value[..size].reverse();
                }
                // SAFETY: as many bytes as the type has.
                convert::push_scalar(lua, cx.rt, unsafe { scalar.load(value.as_ptr()) });
            }
            FormatItem::Pointer => {
                push_light(cx, region.pointer(place).at_arg(2)?.address());
            }
            FormatItem::Chars(_) => cx.rt.push_text(lua, &region, place, size).at_arg(2)?,
            FormatItem::Text => {
                let length = region.bounded(len).text_length(place as usize).at_arg(2)?;
                if length == size {
                    return Err(Error::arg(2, Fault::Text("unfinished string in data")));
                }
                cx.rt.push_text(lua, &region, place, length).at_arg(2)?;
                end = place as usize + length + 1;
            }
        }
    }
    lua.reserve(1);
    lua.push_int(end as i64 + 1);
    Ok(lua.top() - first + 1)
}

// --- sizes

const VARIABLE: Fault = Fault::Text("a variable-size format has no size");

/// `size(format)`
fn size(cx: Cx) -> Result<c_int> {
    let mut format = Format::argument(cx)?;
    let mut end = 0usize;
    while let Some(item) = format.next(cx)? {
        let size = item.size().ok_or(VARIABLE).at_arg(1)?;
        end = format.place(item, end)?.checked_add(size).ok_or(TOO_LARGE)?;
    }
    cx.lua.push_int(end as i64);
    Ok(1)
}

/// `offset(format [, n])`: the position of item `n`. Items behind the last begin where the packed
/// bytes end, item 0 begins at 1.
fn offset(cx: Cx) -> Result<c_int> {
    let mut format = Format::argument(cx)?;
    let wanted = if cx.lua.is_nil(2) { 1 } else { convert::size(cx, 2)? };
    let (mut end, mut count) = (0usize, 0);
    while let Some(item) = format.next(cx)? {
        if wanted == 0 {
            break;
        }
        let place = format.place(item, end)?;
        if item != FormatItem::Padding {
            count += 1;
            if count == wanted {
                cx.lua.push_int(place as i64 + 1);
                return Ok(1);
            }
        }
        end = place.checked_add(item.size().ok_or(VARIABLE).at_arg(1)?).ok_or(TOO_LARGE)?;
    }
    cx.lua.push_int(end as i64 + 1);
    Ok(1)
}

/// The module, and part of the larger one.
pub const MODULE: &[FunctionEntry] = entries!["pack" => pack, "unpack" => unpack, "size" => size, "offset" => offset];
