//! C declarations in the Lune API: `ffi.cdef`, the C types behind names, and libraries that are bound
//! from the text of their declarations.

use super::library::{LibraryObject, index_library};
use super::smart_library::finish_smart;
use crate::call::{Binding, push_bound};
use crate::convert::{self, Destination, Part, PointerAs, push_member};
use crate::lua::header;
use crate::lua::payload::OwnedValue;
use crate::lua::{At, Error, Fault, Header, Kind, Result, State};
use crate::object::record;
use crate::runtime::{Cx, FunctionEntry, c_function, entries};
use lunaffi_core::abi::Convention;
use lunaffi_core::ctype::{ConstantValue, Slot, TypeId};
use lunaffi_core::mem::Region;
use lunaffi_core::signature::{Signature, SignatureKey};
use lunaffi_cparse::{self as cparse, Name};
use std::ffi::{c_int, c_void};
use std::rc::Rc;
use std::sync::Arc;

/// Declares what a text says; gives the ordinary names in it. Owns memory: for use inside of a guard.
fn declare(cx: Cx, text: &[u8]) -> std::result::Result<Vec<Rc<str>>, Fault> {
    cx.rt.declare(text, &[]).map_err(|e| cx.rt.note(format!("line {}, column {}: {}", e.line, e.column, e.message)))
}

/// `ffi.cdef(text)`
fn cdef(cx: Cx) -> Result<c_int> {
    let text = cx.lua.string(1).ok_or(Error::arg(1, Fault::Expected("string")))?;
    cx.grow(text.len(), || match declare(cx, text) {
        Ok(_) => Ok(()),
        Err(fault) => Err(Error::arg(1, fault)),
    })?;
    Ok(0)
}

/// How many texts of types are remembered. Then all are forgotten: a program that has more makes them.
const MAX_SLOTS: usize = 1 << 14;

/// What the C type that a text names is to this API; `None` for a text that names none, or one without
/// values.
#[cold]
pub fn c_slot(cx: Cx, name: &[u8]) -> Option<Slot> {
    let rt = cx.rt;
    cx.grow(name.len(), || {
        if let Some(&known) = rt.c_slots.borrow().get(name) {
            return Ok(Some(known));
        }
        let Ok(ty) = cparse::type_name(&rt.types, &rt.declarations, name, &[]) else { return Ok(None) };
        let slot = record::seen(cx, ty);
        if let Some(slot) = slot {
            let mut known = rt.c_slots.borrow_mut();
            if known.len() == MAX_SLOTS {
                known.clear();
            }
            known.insert(name.into(), slot);
        }
        Ok(slot)
    })
    .unwrap_or(None)
}

/// The alignment of the C type that a text names, which is more than what is seen of it tells.
pub fn c_align(cx: Cx, name: &[u8]) -> Option<usize> {
    let rt = cx.rt;
    let asked =
        cx.grow(name.len(), || Ok(cparse::ask(&rt.types, &rt.declarations, name, |types, ty| types.align_of(ty)).ok()));
    asked.unwrap_or(None)
}

// --- libraries

/// What a declared name is in a library.
enum DeclaredMember {
    Function {
        signature: *const Signature,
        variadic: bool,
        code: *const c_void,
        symbol: Box<str>,
    },
    /// A variable that is seen as a value, at its address.
    Variable {
        slot: Slot,
        size: usize,
        address: *mut c_void,
        constant: bool,
    },
    /// A variable that is seen as the memory it is.
    Memory {
        slot: Slot,
        kind: Kind,
        size: usize,
        address: *mut c_void,
        constant: bool,
        /// Not only a member is `const`.
        read_only: bool,
    },
    Constant(ConstantValue),
    /// It cannot be used, and why.
    Missing(String),
}

/// What the names of a text are in a library. Owns memory.
fn items(cx: Cx, object: &LibraryObject, names: Vec<Rc<str>>, place: &str) -> Vec<(Rc<str>, DeclaredMember)> {
    let rt = cx.rt;
    let item = |name: &str| {
        Some(match rt.declarations.get(name.as_bytes())? {
            Name::Typedef(_) => return None,
            Name::Constant(constant) => DeclaredMember::Constant(constant.value.clone()),
            Name::Extern { ty, symbol } => {
                let symbol = symbol.as_deref().unwrap_or(name);
                let address = object.library.with(|library| library.symbol(symbol.as_bytes())).flatten();
                match address {
                    None => DeclaredMember::Missing(format!("symbol '{symbol}' not found in {place}")),
                    Some(address) => match rt.types.function(ty) {
                        Some(_) => function(cx, ty, address, symbol),
                        None => variable(cx, ty, address),
                    }
                    .unwrap_or_else(|why| DeclaredMember::Missing(format!("'{name}' cannot be used: {why}"))),
                }
            }
        })
    };
    names.into_iter().filter_map(|name| item(&name).map(|item| (name, item))).collect()
}

fn function(cx: Cx, ty: TypeId, address: *mut c_void, symbol: &str) -> std::result::Result<DeclaredMember, String> {
    let types = &cx.rt.types;
    let unseen = |what: &str| format!("{what} of a type that has no values here");
    let function = types.function(ty).ok_or_else(|| unseen("it is"))?;
    let result = types.seen_passed(function.result).ok_or_else(|| unseen("its result is"))?;
    let args: Option<Vec<Slot>> = function.params.iter().map(|&ty| types.seen_passed(ty)).collect();
    let args = args.ok_or_else(|| unseen("an argument is"))?;
    let key = SignatureKey { convention: Convention::DEFAULT, result, args, fixed: None };
    let signature = cx.rt.signatures.find(types, &key).map_err(|e| e.why.to_string())?;
    let signature = Arc::as_ptr(&signature);
    Ok(DeclaredMember::Function { signature, variadic: function.variadic, code: address, symbol: symbol.into() })
}

fn variable(cx: Cx, ty: TypeId, address: *mut c_void) -> std::result::Result<DeclaredMember, String> {
    let types = &cx.rt.types;
    let (slot, array) = types.seen(ty).ok_or("it is of a type that has no values here")?;
    let size = types.size_of(ty).unwrap_or(0);
    let (constant, read_only) = (types.is_const(ty), types.quals(ty).is_const);
    Ok(if array.is_some() {
        DeclaredMember::Memory { slot, kind: Kind::TypedPointer, size, address, constant, read_only }
    } else if types.record(slot.ty).is_some() {
        DeclaredMember::Memory { slot, kind: Kind::StructView, size, address, constant, read_only }
    } else {
        DeclaredMember::Variable { slot, size, address, constant }
    })
}

/// Pushes the table of a library opened by a text of C. On the stack: the text at 2, the library object
/// at 3.
pub fn push_declared(cx: Cx, object: &'static LibraryObject) -> Result<c_int> {
    let (lua, rt) = (cx.lua, cx.rt);
    let (text, library, smart, variables, constants, missing, memory) = (2, 3, 4, 5, 6, 7, 8);
    lua.reserve(24);
    for _ in [smart, variables, constants, missing, memory] {
        lua.new_table(0, 8);
    }
    let owned_value = OwnedValue::push(lua, rt.refs.owned_values.get());
    let bytes = lua.string(text).unwrap_or_default();
    let path = lua.string(1).unwrap_or_default();
    cx.grow(bytes.len(), || {
        let known = rt.declared_texts.borrow().get(bytes).cloned();
        let names = match known {
            Some(names) => names,
            None => {
                let names = declare(cx, bytes).map_err(|fault| Error::arg(2, fault))?;
                rt.declared_texts.borrow_mut().insert(bytes.into(), names.clone());
                names
            }
        };
        let place = match path {
            b"" => "the process".to_owned(),
            _ => format!("'{}'", String::from_utf8_lossy(path)),
        };
        owned_value.keep(items(cx, object, names, &place));
        Ok(())
    })?;
    let items = owned_value.get::<Vec<(Rc<str>, DeclaredMember)>>().ok_or(Error::alone(Fault::Bug))?;
    // SAFETY: the library object lies in the userdata at 3, which what is derived keeps.
    let region =
        |address: *mut c_void, size| unsafe { Region::block(address.cast(), size).owned_by(object.library.life()) };
    for (name, item) in items {
        let top = lua.top();
        let mut table = smart;
        lua.push_bytes(name.as_bytes());
        if let DeclaredMember::Variable { constant: true, .. } | DeclaredMember::Memory { constant: true, .. } = item {
            lua.copy(-1);
            lua.push_bool(true);
            lua.raw_set(constants);
        }
        match item {
            &DeclaredMember::Function { signature, variadic, code, ref symbol } => {
                let binding = Binding {
                    rt,
                    signature,
                    code,
                    library: &object.library,
                    rules: object.rules,
                    convention: Convention::DEFAULT,
                    variadic,
                };
                lua.push_bytes(symbol.as_bytes());
                push_bound(lua, binding, library, -1);
                lua.remove(-2);
            }
            &DeclaredMember::Variable { slot, size, address, .. } => {
                table = variables;
                rt.kinds.push_derived(lua, Kind::TypedPointer, Header::new(region(address, size), slot), library);
            }
            &DeclaredMember::Memory { slot, kind, size, address, read_only, .. } => {
                table = memory;
                let region = if size == 0 { region(address, 0).unbounded() } else { region(address, size) };
                let region = if read_only { header::constant(region) } else { region };
                rt.kinds.push_derived(lua, kind, Header::new(region, slot), library);
            }
            DeclaredMember::Constant(value) => match value {
                ConstantValue::Integer(value) => convert::push_wide(lua, rt, *value),
                ConstantValue::Float(value) => lua.push_float(value.to_f64()),
                ConstantValue::Text(text) => lua.push_bytes(text),
            },
            DeclaredMember::Missing(why) => {
                table = missing;
                lua.push_bytes(why.as_bytes());
            }
        }
        lua.raw_set(table);
        lua.set_top(top);
    }
    lua.set_top(memory);
    finish_smart(
        cx,
        (smart, library),
        c_function!("index" => declared_index),
        c_function!("newindex" => declared_newindex),
        &[variables, constants, missing, memory],
    );
    lua.set_top(smart);
    Ok(1)
}

/// Pushes what one of the tables has for the key at 2, if it has something.
fn find(cx: Cx, table: c_int) -> Option<&'static Header> {
    let lua = cx.lua;
    lua.copy(2);
    lua.raw_get(State::upvalue(table));
    // What the tables have is one of these, which the stack keeps.
    let found = cx.rt.kinds.header(*lua, -1).map(|(_, header)| &*header);
    if found.is_none() {
        lua.pop(1);
    }
    found
}

/// The variable that the key at 2 names, pushed, if it is one that is seen as a value.
fn find_variable(cx: Cx) -> Option<&'static Header> {
    find(cx, 3)
}

/// The variable that the key at 2 names, pushed, if it is one that is seen as memory.
fn find_memory(cx: Cx) -> Option<&'static Header> {
    find(cx, 6)
}

fn declared_index(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if let Some(variable) = find_variable(cx) {
        let slot = variable.slot();
        let part = Part::whole(slot, 0, cx.rt.types.size_of(slot.c_type()).unwrap_or(0));
        push_member(cx, &part, variable.region, lua.top(), PointerAs::Raw)?;
        return Ok(1);
    }
    if find_memory(cx).is_some() {
        return Ok(1);
    }
    lua.copy(2);
    lua.raw_get(State::upvalue(5));
    if let Some(why) = lua.string(-1) {
        return Err(Error::alone(cx.rt.note(why)));
    }
    lua.pop(1);
    index_library(cx)
}

/// What is stored when the variable at the top, which is seen as memory, is assigned to: a struct, or an
/// array of as many elements as are declared.
fn memory_target(cx: Cx, memory: &Header) -> Result<Destination> {
    let slot = memory.slot();
    if cx.rt.kinds.of(*cx.lua, -1) != Some(Kind::TypedPointer) {
        return Ok(Destination::one(slot));
    }
    let size = cx.rt.types.size_of(slot.c_type()).unwrap_or(0).max(1);
    match memory.region.remaining() {
        Some(bytes) => Ok(Destination { slot, array: Some(bytes / size) }),
        None => Err(Error { at: At::Field(2), value: 0, fault: Fault::Text("its length is not declared") }),
    }
}

fn declared_newindex(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    let (variable, target) = if let Some(variable) = find_variable(cx) {
        (variable, Destination::one(variable.slot()))
    } else if let Some(memory) = find_memory(cx) {
        (memory, memory_target(cx, memory)?)
    } else {
        return Err(Error { value: 2, ..Error::alone(Fault::NoMember("SmartLibrary")) });
    };
    lua.copy(2);
    lua.raw_get(State::upvalue(4));
    if lua.truth(-1) {
        return Err(Error { at: At::Field(2), value: 0, fault: Fault::Text("it is const") });
    }
    lua.pop(1);
    convert::store_in(cx, 3, target, variable.region, 0, At::Field(2))?;
    Ok(0)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["cdef" => cdef];
