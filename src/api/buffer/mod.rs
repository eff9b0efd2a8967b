//! `lunaffi.buffer`: LuaJIT's string buffers. The bytes are `StringBuffer`'s; here are the methods, and what
//! a buffer keeps alive. How values are serialised is `encode` and `decode`; both use `dictionary`.

mod decode;
mod dictionary;
mod encode;
mod format;

use crate::convert::cdata;
use crate::lua::error::AtArgument;
use crate::lua::ownership::BUFFER_SOURCE;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, State, StringBuffer, Type, header, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::runtime::{Cx, FunctionEntry, Runtime, entries};
use decode::Decoder;
use encode::Encoder;
use lunaffi_core::buffer::Queue;
use lunaffi_core::ctype::TypeId;
use lunaffi_core::format::number;
use lunaffi_core::mem::Region;
use lunaffi_core::scalar::{Scalar, ScalarValue};
use std::ffi::c_int;

/// What an error says of a value that is no argument at all.
const NO_VALUE: Fault = Fault::Text("value expected");
/// What an error says of a number that is no count of bytes.
const OUT_OF_RANGE: Fault = Fault::Text("number out of range");
/// What LuaJIT says of it.
const SELF: Fault = Fault::Text("cannot put buffer into itself");

/// In the table that a buffer keeps: what its bytes are borrowed from, the dictionary of strings, and that of
/// metatables. The first places are those of anchor tables.
const SOURCE: c_int = BUFFER_SOURCE;
const STRINGS: c_int = SOURCE + 1;
const METATABLES: c_int = SOURCE + 2;

/// Runs the body of a function that is called as a method or not: errors count arguments accordingly.
fn method(cx: Cx, body: fn(Cx, &StringBuffer) -> Result<c_int>) -> Result<c_int> {
    let run = || {
        let buffer = cx.argument::<StringBuffer>(1, Kind::StringBuffer)?;
        let count = body(cx, buffer)?;
        if buffer.keeps_source.get() && !buffer.is_borrowed() {
            cx.lua.push_nil();
            keep(cx, SOURCE);
            buffer.keeps_source.set(false);
        }
        // Finalizers may run from here on.
        let grown = buffer.untold.replace(0);
        if grown != 0 {
            cx.rt.took(cx.lua, grown);
        }
        Ok(count)
    };
    run().map_err(|error: Error| {
        let called_as_method = cx.lua.called_name().is_none_or(|(_, is_method)| is_method);
        let at = match error.at {
            At::Arg(1) if called_as_method => At::This,
            at => at,
        };
        Cx { skip: called_as_method as isize, ..cx }.raise(Error { at, ..error })
    })
}

/// The result of a method that gives the buffer itself.
fn chained(cx: Cx) -> Result<c_int> {
    cx.lua.set_top(1);
    Ok(1)
}

/// A count of bytes, as LuaJIT takes it: fractions are cut off.
fn count(cx: Cx, index: c_int) -> Result<usize> {
    let value = match cx.lua.number(index) {
        Some(Number::Int(value)) => value as i128,
        // What is no integer is the smallest one.
        Some(Number::Float(value)) => cdata::as_i64(ScalarValue::Float(value)) as i128,
        None => match integer_cdata(cx, index)? {
            Some(value) => value,
            None => return Err(Error::arg(index, Fault::Expected("number"))),
        },
    };
    match usize::try_from(value) {
        Ok(value) if value <= Queue::MAX => Ok(value),
        _ => Err(Error::arg(index, OUT_OF_RANGE)),
    }
}

/// The value of an argument that is a 64-bit integer of C, or a boxed one.
fn integer_cdata(cx: Cx, index: c_int) -> Result<Option<i128>> {
    if let Some(value) = cx.rt.kinds.int64(*cx.lua, index) {
        return Ok(Some(value));
    }
    Ok(match encode::wide_integer(cx, index)? {
        Some((bits, true)) => Some(bits as i128),
        Some((bits, false)) => Some(bits as i64 as i128),
        None => None,
    })
}

/// Adds bytes.
fn write(cx: Cx, buffer: &StringBuffer, bytes: &[u8]) -> Result<()> {
    cx.guard(|| {
        let old = buffer.write(bytes).map_err(Error::alone)?;
        cx.rt.release(old);
        Ok(())
    })
}

/// The string buffer at `index`.
fn buffer_at(cx: Cx, index: c_int) -> Option<&'static StringBuffer> {
    // SAFETY: the kind's payload, which stays while it is on the stack.
    cx.rt.kinds.get(*cx.lua, index, Kind::StringBuffer).map(|payload| unsafe { &*payload.cast::<StringBuffer>() })
}

/// Whether the value at `index` is a string buffer.
pub fn is_buffer(cx: Cx, index: c_int) -> bool {
    buffer_at(cx, index).is_some()
}

/// Pushes a string of the bytes of the string buffer at `index`.
pub fn push_content(cx: Cx, index: c_int) -> Result<()> {
    let buffer = buffer_at(cx, index).ok_or(Error::alone(Fault::Bug))?;
    push_first(cx, buffer, Queue::MAX).map(|_| ())
}

/// Adds the bytes of a buffer.
fn write_buffer(cx: Cx, buffer: &StringBuffer, other: &StringBuffer, at: c_int) -> Result<()> {
    if std::ptr::eq(buffer, other) {
        return Err(Error::arg(at, SELF));
    }
    // SAFETY: nothing runs until they are copied.
    let bytes = unsafe { other.bytes() }.at_arg(at)?;
    write(cx, buffer, bytes)
}

/// A Lua number as LuaJIT has all numbers.
fn double(value: Number) -> f64 {
    match value {
        Number::Int(value) => value as f64,
        Number::Float(value) => value,
    }
}

/// Replaces the value at `index` by what its `__tostring` gives, if it has one.
fn replace_by_text(cx: Cx, index: c_int) -> bool {
    let lua = cx.lua;
    if !lua.get_metatable(index) {
        return false;
    }
    lua.get_field(-1, b"__tostring");
    if lua.is_nil(-1) {
        lua.pop(2);
        return false;
    }
    lua.copy(index);
    lua.call(1, 1);
    lua.replace(index);
    lua.pop(1);
    true
}

/// Adds the string, number or buffer at `index`; false for other values.
fn write_plain(cx: Cx, buffer: &StringBuffer, index: c_int) -> Result<bool> {
    if let Some(bytes) = cx.lua.string(index) {
        write(cx, buffer, bytes)?;
    } else if let Some(value) = cx.lua.number(index) {
        write(cx, buffer, number(double(value)).as_bytes())?;
    } else if let Some(other) = buffer_at(cx, index) {
        write_buffer(cx, buffer, other, index)?;
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// `buf:put(...)`
fn put(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        for index in 2..=cx.lua.top() {
            let written =
                write_plain(cx, buffer, index)? || replace_by_text(cx, index) && write_plain(cx, buffer, index)?;
            if !written {
                return Err(Error::arg(index, Fault::Expected("string/number/__tostring")));
            }
        }
        chained(cx)
    })
}

/// `buf:putf(template, ...)`
fn putf(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        format::write_formatted(cx, buffer)?;
        chained(cx)
    })
}

/// The memory that the cdata, or other pointer object, at `index` stands for.
fn memory(cx: Cx, index: c_int) -> Result<Region> {
    if cx.rt.kinds.header(*cx.lua, index).is_none() {
        return Err(Error::arg(index, Fault::Expected("cdata")));
    }
    cdata::pointer(cx, index, TypeId::CONST_VOID_POINTER, At::Arg(index), false)
}

/// `buf:putcdata(cdata, len)`
fn putcdata(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        let region = memory(cx, 2)?;
        let len = count(cx, 3)?;
        if len != 0 {
            let from = cdata::reach(cx.rt, &region, len).at_arg(2)?;
            // SAFETY: the region grants them, and nothing runs until they are copied.
            write(cx, buffer, unsafe { std::slice::from_raw_parts(from.granted(0), len) })?;
        }
        chained(cx)
    })
}

/// Pushes the table of what the buffer at 1 keeps; nil where it keeps nothing yet. `make`: there is one.
fn push_kept(cx: Cx, make: bool) {
    let lua = cx.lua;
    lua.get_user_value(1);
    if make && lua.type_of(-1) != Type::Table {
        lua.pop(1);
        lua.new_table(4, 4);
        lua.copy(-1);
        lua.set_user_value(1);
    }
}

/// Pushes what the buffer at 1 keeps at a place, or nil.
fn push_kept_at(cx: Cx, place: c_int) {
    push_kept(cx, false);
    if cx.lua.type_of(-1) == Type::Table {
        cx.lua.raw_get_index(-1, place);
        cx.lua.remove(-2);
    }
}

/// Pops a value, which the buffer at 1 keeps from now on at that place.
fn keep(cx: Cx, place: c_int) {
    push_kept(cx, true);
    cx.lua.insert(-2);
    cx.lua.raw_set_index(-2, place);
    cx.lua.pop(1);
}

/// `buf:set(string)`, `buf:set(cdata, len)`: borrows the bytes.
fn set(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        let (lua, rt) = (cx.lua, cx.rt);
        let (region, len) = match lua.string(2) {
            Some(text) => (header::constant(Region::block(text.as_ptr().cast_mut(), text.len())), text.len()),
            None if rt.kinds.header(*lua, 2).is_some() => {
                let region = memory(cx, 2)?;
                let len = count(cx, 3)?;
                if len != 0 {
                    cdata::reach(rt, &region, len).at_arg(2)?;
                }
                (region, len)
            }
            None => return Err(Error::arg(2, Fault::Expected("string"))),
        };
        lua.copy(2);
        keep(cx, SOURCE);
        buffer.keeps_source.set(true);
        cx.guard(|| {
            rt.release(buffer.borrow(region, len));
            Ok(())
        })?;
        chained(cx)
    })
}

/// `buf:reset()`
fn reset(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        buffer.reset();
        chained(cx)
    })
}

/// `buf:free()`
fn free(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        cx.guard(|| {
            cx.rt.release(buffer.free());
            Ok(())
        })?;
        chained(cx)
    })
}

/// `buf:skip(len)`
fn skip(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        buffer.skip(count(cx, 2)?);
        chained(cx)
    })
}

/// Strings up to this size are copied to the C stack before they are pushed.
const SMALL: usize = 512;

/// Pushes a string of the bytes that `fetch` gives. Some Luas collect before they copy a string's bytes, and a
/// finalizer may change the buffer; there the bytes are copied first.
fn push_string<'a>(cx: Cx, fetch: impl Fn() -> Result<&'a [u8]>) -> Result<()> {
    let lua = cx.lua;
    let len = fetch()?.len();
    if len <= SMALL {
        let mut copy = [0u8; SMALL];
        copy[..len].copy_from_slice(fetch()?);
        lua.push_bytes(&copy[..len]);
    } else if cfg!(anchor_tables) {
        let place = lua.new_userdata(len, false).cast::<u8>();
        let bytes = fetch()?;
        let len = len.min(bytes.len());
        // SAFETY: the userdata is that large, and stays while it is on the stack.
        let copy = unsafe {
            place.copy_from_nonoverlapping(bytes.as_ptr(), len);
            std::slice::from_raw_parts(place, len)
        };
        lua.push_bytes(copy);
        lua.remove(-2);
    } else {
        lua.push_bytes(fetch()?);
    }
    Ok(())
}

/// Pushes a string of the first bytes, at most so many. Gives their number.
fn push_first(cx: Cx, buffer: &StringBuffer, len: usize) -> Result<usize> {
    // SAFETY: `push_string` copies them before anything else runs.
    let fetch = || unsafe { buffer.bytes() }.map(|bytes| &bytes[..len.min(bytes.len())]).map_err(Error::alone);
    push_string(cx, fetch)?;
    Ok(cx.lua.raw_len(-1))
}

/// `buf:get([len, ...])`
fn get(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        let lua = cx.lua;
        let last = lua.top().max(2);
        lua.set_top(last);
        for index in 2..=last {
            let len = if lua.is_nil(index) { Queue::MAX } else { count(cx, index)? };
            let taken = push_first(cx, buffer, len)?;
            buffer.skip(taken);
            lua.replace(index);
        }
        Ok(last - 1)
    })
}

/// `buf:tostring()`, `tostring(buf)`
fn to_string(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        push_first(cx, buffer, Queue::MAX)?;
        Ok(1)
    })
}

fn len(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        cx.lua.push_int(buffer.len() as i64);
        Ok(1)
    })
}

/// Pushes a `uint8_t *` to memory of the buffer at 1.
fn push_pointer(cx: Cx, region: Region, borrowed: bool) {
    let ty = cx.rt.types.pointer(TypeId::scalar(Scalar::U8));
    cx.rt.kinds.push_into_buffer(cx.lua, Header::cdata(region, ty), 1, borrowed);
}

/// `buf:reserve(size)`
fn reserve(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        let size = count(cx, 2)?;
        cx.guard(|| {
            let old = buffer.reserve(size).map_err(Error::alone)?;
            cx.rt.release(old);
            Ok(())
        })?;
        push_pointer(cx, buffer.free_space(), false);
        cx.lua.push_int(buffer.room() as i64);
        Ok(2)
    })
}

/// `buf:commit(used)`
fn commit(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        if !buffer.commit(count(cx, 2)?) {
            return Err(Error::arg(2, OUT_OF_RANGE));
        }
        chained(cx)
    })
}

/// `buf:ref()`
fn reference(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        let len = buffer.len();
        let region = cx.guard(|| buffer.writable_content().map_err(Error::alone))?;
        push_pointer(cx, region, buffer.is_borrowed());
        cx.lua.push_int(len as i64);
        Ok(2)
    })
}

/// `buf:encode(value)`: adds the value's serialisation, or nothing if it has none.
fn encode_into(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        if cx.lua.is_none(2) {
            return Err(Error::arg(2, NO_VALUE));
        }
        cx.lua.set_top(2);
        push_kept_at(cx, STRINGS);
        push_kept_at(cx, METATABLES);
        Encoder { cx, buffer, strings: 3, metatables: 4 }.encode(2)?;
        chained(cx)
    })
}

/// `buf:decode()`: reads one value.
fn decode_from(cx: Cx) -> Result<c_int> {
    method(cx, |cx, buffer| {
        cx.lua.set_top(1);
        push_kept_at(cx, STRINGS);
        push_kept_at(cx, METATABLES);
        let used = Decoder { cx, text: None, buffer, strings: 2, metatables: 3 }.decode()?;
        buffer.skip(used);
        Ok(1)
    })
}

/// Pushes a new buffer, which keeps nothing.
fn push_buffer(cx: Cx) -> &'static StringBuffer {
    let (lua, kinds) = (cx.lua, &cx.rt.kinds);
    let place = lua.new_userdata(size_of::<StringBuffer>(), true).cast::<StringBuffer>();
    // SAFETY: fresh memory of that size; it stays while it is on the stack.
    let buffer = unsafe {
        place.write(StringBuffer::default());
        &*place
    };
    kinds.push_metatable(lua, Kind::StringBuffer);
    lua.set_metatable(-2);
    buffer
}

/// `buffer.new([size] [, options])`
fn new(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let options = if lua.type_of(1) == Type::Table { 1 } else { 2 };
    let size = if options == 1 || lua.is_nil(1) { 0 } else { count(cx, 1)? };
    if !lua.is_none(options) && lua.type_of(options) != Type::Table {
        return Err(Error::arg(options, Fault::Expected("table")));
    }
    lua.set_top(2);
    let buffer = push_buffer(cx);
    cx.rt.kinds.make_anchor(lua, 3);
    lua.insert(1);
    let options = options + 1;
    if lua.type_of(options) == Type::Table {
        for (name, place, kind) in [(&b"dict"[..], STRINGS, Type::String), (b"metatable", METATABLES, Type::Table)] {
            lua.get_field(options, name);
            if lua.type_of(-1) == Type::Table {
                dictionary::prepare(cx, kind)?;
                keep(cx, place);
            } else {
                lua.pop(1);
            }
        }
    }
    if size != 0 {
        cx.guard(|| buffer.reserve(size).map(|_| ()).map_err(Error::alone))?;
        cx.rt.took(lua, buffer.untold.replace(0));
    }
    chained(cx)
}

/// `buffer.encode(value)`: its serialisation.
fn encode_alone(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if lua.is_none(1) {
        return Err(Error::arg(1, NO_VALUE));
    }
    lua.set_top(1);
    let buffer = push_buffer(cx);
    Encoder { cx, buffer, strings: 0, metatables: 0 }.encode(1)?;
    push_first(cx, buffer, Queue::MAX)?;
    cx.guard(|| {
        drop(buffer.free());
        Ok(())
    })?;
    Ok(1)
}

/// `buffer.decode(string)`: the value whose serialisation it is.
fn decode_alone(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let text = lua.string(1).ok_or(Fault::Expected("string")).at_arg(1)?;
    lua.set_top(1);
    let unused = push_buffer(cx);
    let used = Decoder { cx, text: Some(text), buffer: unused, strings: 0, metatables: 0 }.decode()?;
    if used != text.len() {
        return Err(Error::alone(Fault::Text("left-over data in buffer")));
    }
    Ok(1)
}

/// `a .. b`, one of which is a buffer: a string, if the other one is a buffer, a string or a number too.
fn concat(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    lua.set_top(2);
    let plain = |index| matches!(lua.type_of(index), Type::String | Type::Number) || buffer_at(cx, index).is_some();
    if let Some(other) = [1, 2].into_iter().find(|&index| !plain(index)) {
        if lua.get_metatable(other) {
            lua.get_field(-1, b"__concat");
            if !lua.is_nil(-1) {
                lua.copy(1);
                lua.copy(2);
                lua.call(2, 1);
                return Ok(1);
            }
        }
        let kind = std::str::from_utf8(lua.type_name(other)).unwrap_or("?");
        let fault = cx.rt.note(format!("attempt to concatenate a {kind} value"));
        return Err(Error::alone(fault));
    }
    let joined = push_buffer(cx);
    for index in [1, 2] {
        write_plain(cx, joined, index)?;
    }
    push_first(cx, joined, Queue::MAX)?;
    cx.guard(|| {
        drop(joined.free());
        Ok(())
    })?;
    Ok(1)
}

/// `__gc`: releases the memory; pointers that outlive it (at the end of a state) see it gone.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end, and the
    // payload is the kind's.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(payload) = rt.kinds.get(*lua, 1, Kind::StringBuffer) {
            let blocks = (*payload.cast::<StringBuffer>()).close();
            if rt.is_open() {
                rt.release(blocks);
            }
        }
    }
    0
}

/// Methods; `__index` is their table.
const METHODS: &[FunctionEntry] = entries![
    "put" => put,
    "putf" => putf,
    "putcdata" => putcdata,
    "set" => set,
    "reset" => reset,
    "free" => free,
    "skip" => skip,
    "get" => get,
    "tostring" => to_string,
    "reserve" => reserve,
    "commit" => commit,
    "ref" => reference,
    "encode" => encode_into,
    "decode" => decode_from,
];

/// String buffers.
pub const STRING_BUFFER: KindSpec = KindSpec {
    kind: Kind::StringBuffer,
    methods: METHODS,
    meta: entries![
        "__tostring" => to_string,
        "__len" => len,
        "__concat" => concat,
        raw "__gc" => collect,
    ],
};

/// Makes methods found without a call. To be called when the kind is registered.
pub fn install(lua: State, rt: &Runtime) {
    rt.kinds.push_metatable(lua, Kind::StringBuffer);
    lua.get_field(-1, kind::METHODS);
    lua.set_field(-2, b"__index");
    lua.pop(1);
}

const FUNCTIONS: &[FunctionEntry] = entries!["new" => new, "encode" => encode_alone, "decode" => decode_alone];

static MODULE_KEY: u8 = 0;

/// Pushes the module table; made by the first caller of a state.
pub fn open(lua: State) -> Result<c_int> {
    super::push_module(lua, (&raw const MODULE_KEY).cast(), b"lunaffi.buffer", &[FUNCTIONS], |_, _| {});
    Ok(1)
}
