//! Arrays: elements of one type, counted from 1, in a buffer's memory.

use super::buffer;
use super::structs::push_part;
use super::types::{self, slot_at, worded};
use crate::convert::{self, Destination, Part};
use crate::lua::error::AtArgument;
use crate::lua::{At, Error, Fault, Header, Kind, Number, Result, State, Tagged, Type};
use crate::object::kind::{self, KindSpec};
use crate::object::pointer::{push_text, region_argument};
use crate::object::{block, finalizer, references};
use crate::runtime::{Cx, FunctionEntry, entries};
use lunaffi_core::ctype::{Mode, Slot};
use lunaffi_core::mem::{MemError, Region};
use lunaffi_core::scalar::Scalar;
use std::cell::Cell;
use std::ffi::c_int;

/// Its user value is a table: the buffer at 1; `type`, `pinned` and what a script set, in `fields`.
#[repr(C)]
struct ArrayObject {
    /// The elements' memory. Its slot is theirs.
    header: Cell<Header>,
    count: Cell<usize>,
    /// Those of them that the memory has: all, unless the buffer was made smaller.
    there: Cell<usize>,
}

// SAFETY: the payload begins with the header.
unsafe impl Tagged for ArrayObject {
    const TAG: usize = Header::TAG;
}

fn receiver(cx: Cx) -> Result<&'static ArrayObject> {
    cx.receiver(Kind::AlienArray)
}

/// The header of an array's elements.
fn header_of(region: Region, slot: Slot) -> Header {
    Header::new(region, slot).of_kind(Kind::AlienArray)
}

fn size_of(cx: Cx, slot: Slot) -> usize {
    cx.rt.types.size_of(slot.c_type()).unwrap_or(1)
}

/// Pushes an array over the memory of the buffer on the top, which it replaces; `ty` is the stack
/// index of its type's name.
fn push_array(cx: Cx, region: Region, slot: Slot, count: usize, ty: c_int) {
    let (lua, buffer) = (cx.lua, cx.lua.top());
    let header = header_of(region.bounded(count * size_of(cx, slot)), slot);
    cx.rt.kinds.push_payload(
        lua,
        Kind::AlienArray,
        ArrayObject { header: Cell::new(header), count: Cell::new(count), there: Cell::new(count) },
    );
    lua.new_table(1, 3);
    lua.copy(buffer);
    lua.raw_set_index(-2, 1);
    lua.copy(ty);
    lua.set_field(-2, b"type");
    lua.new_table(0, 0);
    lua.set_field(-2, b"pinned");
    lua.new_table(0, 0);
    lua.set_field(-2, b"fields");
    lua.set_user_value(-2);
    lua.remove(buffer);
}

/// Pushes the array that is a part of the memory of the object at `parent`.
pub fn push_view(cx: Cx, region: Region, slot: Slot, count: usize, parent: c_int) -> Result<()> {
    let parent = cx.lua.abs(parent);
    let bytes = count * size_of(cx, slot);
    types::push_name(cx, slot);
    let ty = cx.lua.top();
    buffer::push_over(cx, region, Some(bytes), parent).map_err(Error::alone)?;
    push_array(cx, region, slot, count, ty);
    cx.lua.remove(ty);
    Ok(())
}

/// A number of elements: whole.
fn length(cx: Cx, index: c_int) -> Result<usize> {
    match cx.lua.number(index) {
        Some(Number::Float(value)) if value.fract() != 0.0 => Err(Error::arg(index, Fault::NotInteger("length"))),
        _ => convert::size(cx, index),
    }
}

/// The type of an array's elements.
fn element_type(cx: Cx) -> Result<(Slot, usize)> {
    let known = slot_at(cx, 1).map_err(|_| Error { at: At::Arg(1), value: 1, fault: Fault::NotThere("type") })?;
    let unusable = Error::arg(1, types::MEMORY_TYPE);
    if known.mode == Mode::Ref {
        return Err(unusable);
    }
    Ok((known, cx.rt.types.size_of(known.c_type()).ok_or(unusable)?))
}

/// `alien.array(type, length or values [, buffer])`
fn array(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let (slot, size) = element_type(cx)?;
    lua.set_top(3);
    let init = lua.type_of(2) == Type::Table;
    let count = if init { lua.raw_len(2) } else { length(cx, 2)? };
    let bytes = count.checked_mul(size).filter(|&bytes| bytes <= isize::MAX as usize);
    let bytes = bytes.ok_or(Fault::Memory).at_arg(2)?;
    if lua.is_nil(3) {
        buffer::push_sized(cx, bytes).at_arg(2)?;
    } else {
        let region = region_argument(cx, 3)?;
        region.grants(0, bytes).at_arg(3)?;
        if cx.rt.kinds.get(*lua, 3, Kind::AlienBuffer).is_some() {
            lua.copy(3);
        } else {
            buffer::push_over(cx, region, Some(bytes), 3).at_arg(3)?;
        }
    }
    let Some((_, header)) = cx.rt.kinds.header(*lua, -1) else { return Err(Error::alone(Fault::Bug)) };
    push_array(cx, header.region, slot, count, 1);
    let array = lua.top();
    if init {
        for i in 1..=count {
            lua.raw_get_index(2, i as c_int);
            lua.push_int(i as i64);
            set_element(cx, array, i, array + 1, At::Member(2, array + 2))?;
            lua.set_top(array);
        }
    }
    Ok(1)
}

/// The array at an index, aimed at what its buffer has now if that was given another size.
#[cold]
fn refresh(cx: Cx, array: c_int, why: MemError) -> Result<&'static ArrayObject> {
    let lua = cx.lua;
    let object = lua.userdata(array).cast::<ArrayObject>();
    push_private(cx, array);
    lua.raw_get_index(-1, 1);
    let buffer = cx.rt.kinds.header(*lua, -1).map(|(_, header)| header.region);
    lua.pop(2);
    // SAFETY: the callers have seen that this is an array.
    let object = unsafe { &*object };
    let slot = object.header.get().slot();
    let bytes = object.count.get() * size_of(cx, slot);
    match buffer {
        Some(region) if region.check_life().is_ok() => {
            let size = region.remaining().map_or(bytes, |there| there.min(bytes));
            object.header.set(object.header.get().moved_to(region.bounded(size)));
            object.there.set(size / size_of(cx, slot));
            Ok(object)
        }
        _ => Err(Error::alone(why)),
    }
}

/// The array at an index, in memory that is there.
#[inline]
fn current(cx: Cx, array: c_int, object: &'static ArrayObject) -> Result<&'static ArrayObject> {
    match object.header.get().region.check_life() {
        Ok(()) => Ok(object),
        Err(why) => refresh(cx, array, why),
    }
}

/// The usual case, with nothing to explain: an integer at 2 that counts a primitive element.
#[inline(always)]
fn plain_element(cx: Cx, object: &ArrayObject) -> Option<(Scalar, Region)> {
    let index = (cx.lua.plain_integer(2)? as u64).wrapping_sub(1);
    let scalar = object.header.get().slot().as_scalar()?;
    if index >= object.there.get() as u64 {
        return None;
    }
    Some((scalar, object.header.get().region.moved(index as isize * scalar.size() as isize)))
}

/// The place of the element that the key at 2 counts; none for a key that is no number.
fn position(cx: Cx, object: &ArrayObject) -> Result<Option<usize>> {
    let key = |fault| Error { value: 2, ..Error::alone(fault) };
    let index = match cx.lua.number(2) {
        Some(Number::Int(index)) => index as i128,
        Some(Number::Float(index)) if index.fract() == 0.0 && index.abs() < 9.2e18 => index as i128,
        Some(Number::Float(_)) => return Err(key(Fault::NotInteger("index"))),
        None => match cx.rt.kinds.int64(*cx.lua, 2) {
            Some(index) => index,
            None => return Ok(None),
        },
    };
    if !(1..=object.count.get() as i128).contains(&index) {
        return Err(key(Fault::ArrayAccess { index: index as i64, count: object.count.get() }));
    }
    Ok(Some(index as usize))
}

fn get_element(cx: Cx, array: c_int, object: &'static ArrayObject, index: usize) -> Result<()> {
    let object = current(cx, array, object)?;
    let slot = object.header.get().slot();
    let size = size_of(cx, slot);
    let part = Part::whole(slot, (index - 1) * size, size);
    push_part(cx, &part, 0, object.header.get().region, array)
}

/// Stores the value at `value`; what it points to stays with the array.
fn set_element(cx: Cx, array: c_int, index: usize, value: c_int, about: At) -> Result<()> {
    let lua = cx.lua;
    let object = current(cx, array, cx.argument(array, Kind::AlienArray)?)?;
    let slot = object.header.get().slot();
    let offset = ((index - 1) * size_of(cx, slot)) as isize;
    references::store(cx, value, Destination::one(slot), object.header.get().region, offset, array, about)
        .map_err(worded)?;
    if slot.as_scalar().is_none() {
        push_private(cx, array);
        lua.get_field(-1, b"pinned");
        match lua.type_of(value) {
            Type::String | Type::Userdata | Type::Function => lua.copy(value),
            _ => lua.push_nil(),
        }
        lua.raw_set_index(-2, index as c_int);
        lua.pop(2);
    }
    Ok(())
}

/// Pushes the array's own table, which is not what a finalizer of the array is kept in.
fn push_private(cx: Cx, array: c_int) {
    match cx.rt.kinds.header(*cx.lua, array) {
        Some((_, header)) => cx.rt.kinds.push_value_of(cx.lua, array, header),
        None => cx.lua.push_nil(),
    }
}

/// Pushes a field of an array's own table.
fn push_own(cx: Cx, field: &[u8]) {
    push_private(cx, 1);
    cx.lua.get_field(-1, field);
}

/// Pushes the value of a key that is no number.
fn push_property(cx: Cx, object: &ArrayObject) -> Result<c_int> {
    let lua = cx.lua;
    let found = kind::index(cx, |name| {
        match name {
            b"length" => lua.push_int(object.count.get() as i64),
            b"size" => lua.push_int(size_of(cx, object.header.get().slot()) as i64),
            b"buffer" => {
                push_private(cx, 1);
                lua.raw_get_index(-1, 1);
            }
            b"type" | b"pinned" => push_own(cx, name),
            _ => return Ok(false),
        }
        Ok(true)
    })?;
    if lua.is_nil(-1) {
        push_own(cx, b"fields");
        lua.copy(2);
        lua.raw_get(-2);
    }
    Ok(found)
}

fn index(cx: Cx) -> Result<c_int> {
    let object: &ArrayObject = cx.quick_receiver(Kind::AlienArray)?;
    if let Some((scalar, element)) = plain_element(cx, object)
        // SAFETY: the region grants the element.
        && let Some(value) = element.plain_with(0, scalar.size(), |place| unsafe { scalar.load(place) })
    {
        convert::push_scalar(cx.lua, cx.rt, value);
        return Ok(1);
    }
    match position(cx, object)? {
        Some(index) => get_element(cx, 1, object, index).map(|()| 1),
        None => push_property(cx, object),
    }
}

fn newindex(cx: Cx) -> Result<c_int> {
    let object: &ArrayObject = cx.quick_receiver(Kind::AlienArray)?;
    if let Some((scalar, element)) = plain_element(cx, object)
        && !object.header.get().is_constant()
        && element.check_life().is_ok()
    {
        let about = At::Element(cx.lua.plain_integer(2).unwrap_or(0));
        convert::store_scalar(cx.look(), 3, scalar, element, about).map_err(worded)?;
        return Ok(0);
    }
    if let Some(index) = position(cx, object)? {
        set_element(cx, 1, index, 3, At::Element(index as i64))?;
        return Ok(0);
    }
    if matches!(cx.lua.string(2), Some(b"type" | b"length" | b"size" | b"buffer" | b"pinned" | b"ipairs" | b"realloc"))
    {
        return Err(kind::read_only_error());
    }
    if cx.lua.is_nil(2) {
        return Err(Error { value: 2, ..Error::alone(Fault::Expected("index")) });
    }
    push_own(cx, b"fields");
    cx.lua.copy(2);
    cx.lua.copy(3);
    cx.lua.raw_set(-3);
    Ok(0)
}

fn len(cx: Cx) -> Result<c_int> {
    cx.lua.push_int(receiver(cx)?.count.get() as i64);
    Ok(1)
}

/// The next index and value of a walk.
unsafe extern "C-unwind" fn step(state: *mut crate::lua::lua_State) -> c_int {
    fn next(cx: Cx) -> Result<c_int> {
        let object: &'static ArrayObject = cx.argument(1, Kind::AlienArray)?;
        let index = convert::size(cx, 2)? + 1;
        if index > object.count.get() {
            cx.lua.push_nil();
            return Ok(1);
        }
        cx.lua.push_int(index as i64);
        get_element(cx, 1, object, index)?;
        Ok(2)
    }
    // SAFETY: called by Lua with its running state, in a closure over the runtime.
    let cx = unsafe { Cx::enter(state, "ipairs", 0) };
    match next(cx) {
        Ok(count) => count,
        Err(error) => cx.raise(error),
    }
}

/// `for i, value in array:ipairs()`
fn ipairs(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    cx.lua.copy(State::upvalue(1));
    cx.lua.push_closure(step, 1);
    cx.lua.copy(1);
    cx.lua.push_int(0);
    Ok(3)
}

/// `array:realloc(length)`
fn realloc(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let object = receiver(cx)?;
    let count = length(cx, 2)?;
    let slot = object.header.get().slot();
    let bytes = count.checked_mul(size_of(cx, slot)).filter(|&bytes| bytes <= isize::MAX as usize);
    let bytes = bytes.ok_or(Fault::Memory).at_arg(2)?;
    push_private(cx, 1);
    let own = lua.top();
    lua.raw_get_index(own, 1);
    if !cx.rt.kinds.header(*lua, -1).is_some_and(|(_, header)| header.owns()) {
        return Err(Error::call(Fault::Text("the memory is not the array's own")));
    }
    block::resize(cx, lua.top(), bytes).map_err(|e| Error::arg(2, e.fault))?;
    let Some((_, header)) = cx.rt.kinds.header(*lua, -1) else { return Err(Error::alone(Fault::Bug)) };
    object.header.set(object.header.get().moved_to(header.region.bounded(bytes)));
    object.count.set(count);
    object.there.set(count);
    finalizer::renew(cx, 1)?;
    Ok(0)
}

fn to_string(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    push_text(
        cx.lua,
        format_args!("alien array ({:#x}, {} elements)", object.header.get().region.address(), object.count.get()),
    );
    Ok(1)
}

/// Arrays.
pub const ARRAY: KindSpec = KindSpec {
    kind: Kind::AlienArray,
    methods: entries![method "ipairs" => ipairs, method "realloc" => realloc],
    meta: entries![
        "__index" => index,
        "__newindex" => newindex,
        "__len" => len,
        method "__ipairs" => ipairs,
        method "__tostring" => to_string,
    ],
};

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["array" => array];
