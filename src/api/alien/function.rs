//! Functions: an address of code with types that can be given again and again. A callback is one,
//! too, whose code runs a Lua function.

use super::library;
use super::signature::{self, Types, read_types};
use super::types::{slot_at, words};
use crate::call::{
    Binding, Bound, Callee, LoadedLibrary, Owner, Rules, Values, extra_by_value, fast, invoke, invoke_variadic,
};
use crate::callback::{self, RetypeError};
use crate::convert::PointerAs;
use crate::lua::error::AtArgument;
use crate::lua::payload::CallbackHandle;
use crate::lua::{At, Error, Fault, Kind, Result, State, Type, lua_State};
use crate::object::kind::{self, KindSpec};
use crate::object::pointer::push_light;
use crate::object::references;
use crate::runtime::dispatch::CallTarget;
use crate::runtime::{Cx, FunctionEntry, Runtime, entries};
use lunaffi_core::abi::{AbiError, Convention};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::mem::{MemError, Region};
use lunaffi_core::signature::Signature;
use std::cell::Cell;
use std::ffi::{c_int, c_void};

/// How values pass.
pub static RULES: Rules = Rules {
    values: Values {
        pointers: PointerAs::Light,
        records: Kind::AlienStruct,
        strings_as_pointers: true,
        retyped: true,
        words,
    },
    slot_at,
    extra: extra_by_value,
};

/// Its user value is a table: itself at 1, and where there are such: its `library`, its `name`, the
/// `source` of its address.
#[repr(C)]
pub struct FunctionObject {
    /// The code and, once there are types, the signature.
    pub handle: CallbackHandle,
    /// Kept by the user value.
    library: Option<&'static LoadedLibrary>,
    /// What the address was taken from: it must not have ended.
    region: Region,
    convention: Cell<Convention>,
    variadic: Cell<bool>,
    /// There are parameters for which `check_arguments` does something.
    checked: Cell<bool>,
    /// For a library's function: how it is called when its arguments are as expected. Kept by the user
    /// value, with those of former types, since a call of them may be running.
    straight: Cell<Option<&'static Bound>>,
}

/// Pushes a function without types. `library`: the one that it belongs to, and its stack index;
/// `name`: the stack index of its name, or 0.
pub fn push(
    cx: Cx,
    code: *mut c_void,
    library: Option<(&'static LoadedLibrary, c_int)>,
    name: c_int,
) -> &'static FunctionObject {
    push_object(cx.lua, cx.rt, code, library, name)
}

fn push_object(
    lua: State,
    rt: &Runtime,
    code: *mut c_void,
    library: Option<(&'static LoadedLibrary, c_int)>,
    name: c_int,
) -> &'static FunctionObject {
    let place = lua.new_userdata(size_of::<FunctionObject>(), true).cast::<FunctionObject>();
    // SAFETY: fresh memory of that size; the payload stays while the userdata is on the stack.
    let object = unsafe {
        place.write(FunctionObject {
            handle: CallbackHandle {
                code: Cell::new(code),
                escaped: Cell::new(false),
                record: Cell::new(std::ptr::null_mut()),
                signature: Cell::new(std::ptr::null()),
            },
            library: library.map(|(library, _)| library),
            region: Region::foreign(code.cast()),
            convention: Cell::new(Convention::DEFAULT),
            variadic: Cell::new(false),
            checked: Cell::new(false),
            straight: Cell::new(None),
        });
        &mut *place
    };
    rt.kinds.push_metatable(lua, Kind::AlienFunction);
    lua.set_metatable(-2);
    lua.new_table(1, 2);
    lua.copy(-2);
    lua.raw_set_index(-2, 1);
    if let Some((_, index)) = library {
        lua.copy(index);
        lua.set_field(-2, b"library");
    }
    if name != 0 {
        lua.copy(name);
        lua.set_field(-2, b"name");
    }
    lua.set_user_value(-2);
    object
}

/// What an address of a function that C gave becomes.
pub fn push_address(lua: State, rt: &Runtime, code: *mut c_void) {
    lua.reserve(6);
    push_object(lua, rt, code, None, 0);
}

impl FunctionObject {
    fn signature(&self) -> Option<&'static Signature> {
        // SAFETY: the runtime keeps every signature.
        unsafe { self.handle.signature.get().as_ref() }
    }
}

fn receiver(cx: Cx) -> Result<&'static FunctionObject> {
    cx.receiver(Kind::AlienFunction)
}

// --- types

impl FunctionObject {
    /// Takes types that are compiled.
    pub fn set_types(&self, types: &Types) {
        self.straight.set(None);
        self.handle.signature.set(types.signature);
        self.convention.set(types.convention);
        self.variadic.set(types.variadic);
        self.checked.set(types.checked);
    }

    /// Prepares straight calls of the function at the stack index `index`, where its types allow them.
    fn straighten(&self, cx: Cx, index: c_int) {
        let lua = cx.lua;
        let (Some(library), Some(signature), false) = (self.library, self.signature(), self.variadic.get()) else {
            return;
        };
        let plan = signature.registers.as_ref();
        let Some((run, parameters)) = plan.and_then(|plan| fast::choose::<Straight>(cx.rt, signature, plan)) else {
            return;
        };
        let (code, convention) = (self.handle.code.get(), self.convention.get());
        let signature = std::ptr::from_ref(signature);
        lua.reserve(6);
        lua.get_user_value(index);
        let own = lua.top();
        lua.get_private(own, signature.cast());
        if lua.type_of(-1) != Type::Userdata {
            let binding = Binding { rt: cx.rt, signature, code, library, rules: &RULES, convention, variadic: false };
            let target = CallTarget { run, refuse: call_again, rt: cx.rt };
            let place = lua.new_userdata(size_of::<Bound>(), false).cast::<Bound>();
            // SAFETY: fresh memory of that size.
            unsafe { place.write(Bound::new(target, binding, parameters)) };
            lua.copy(-1);
            lua.set_private(own, signature.cast());
        }
        // SAFETY: what was put there, which the function keeps.
        self.straight.set(unsafe { lua.userdata(-1).cast::<Bound>().as_ref() });
        lua.set_top(own - 1);
    }
}

/// A straight call: of an object, which is the first argument.
struct Straight;

impl fast::Called for Straight {
    const FIRST: c_int = 2;
    const NIL: bool = true;
    const SLOW_PATH: fast::Run = call_again;
    fn raise(lua: State, rt: &'static Runtime, error: Error) -> ! {
        let cx = Cx { lua, rt, name: b"call", skip: 1 };
        // SAFETY: `call` has seen what is at 1.
        fail(cx, unsafe { &*lua.userdata(1).cast::<FunctionObject>() }, error)
    }
}

/// Makes a call that is not straight.
unsafe extern "C-unwind" fn call_again(state: *mut lua_State, target: &'static CallTarget) -> c_int {
    // SAFETY: called by `call`, with the function at 1.
    let (cx, object) = unsafe {
        let lua = State::new(state);
        (Cx { lua, rt: target.rt, name: b"call", skip: 1 }, &*lua.userdata(1).cast::<FunctionObject>())
    };
    call_object(cx, object).unwrap_or_else(|error| fail(cx, object, error))
}

/// What keeps a callback from other types.
fn refusal(why: RetypeError) -> Error {
    Error::call(match why {
        RetypeError::Freed => Fault::Text("callback has been freed"),
        RetypeError::Refused => Fault::Abi(AbiError::Refused),
    })
}

/// `f:types(result, parameters...)` or `f:types{ret =, abi =, parameters...}`
fn set_types(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    let types = read_types(cx, 2)?;
    if !object.handle.record.get().is_null() {
        if types.variadic {
            return Err(Error::call(signature::NOT_VARIADIC));
        }
        cx.guard(|| callback::retype(&object.handle, callback::counted(types.signature)).map_err(refusal))?;
    }
    object.set_types(&types);
    object.straighten(cx, 1);
    Ok(0)
}

// --- calls

/// Sees to the arguments that Alien takes in another way than the engine: a number where a string is
/// wanted is its text, and a function is nothing but a function.
fn check_arguments(cx: Cx, signature: &Signature, first: c_int) -> Result<()> {
    let lua = cx.lua;
    for (index, arg) in (first..=lua.top()).zip(&signature.args) {
        let fine = match arg.slot.mode {
            Mode::Bytes => match lua.type_of(index) {
                Type::Number => {
                    lua.number_to_string(index);
                    true
                }
                Type::Userdata => !crate::convert::is_number(*lua, cx.rt, index),
                Type::Function => false,
                _ => true,
            },
            Mode::Function if lua.type_of(index) == Type::Function => replace_function(cx, index),
            Mode::Function => references::is_function(cx, index),
            // Of a pointer, nil is NULL.
            Mode::Ref => !lua.is_nil(index) || arg.slot.ty == TypeId::VOID_POINTER && !lua.is_none(index),
            _ => true,
        };
        if !fine {
            return Err(Error::arg(index, Fault::ExpectedType(arg.slot)));
        }
    }
    Ok(())
}

/// Puts a bound function's address in its place; false when it is none.
fn replace_function(cx: Cx, index: c_int) -> bool {
    let Some(code) = (cx.rt.function_code.get())(cx.lua, index) else { return false };
    cx.lua.reserve(4);
    push_light(cx, code.expose_provenance());
    cx.lua.replace(index);
    true
}

fn call(cx: Cx) -> Result<c_int> {
    let object = receiver(cx)?;
    if let Some(bound) = object.straight.get() {
        let target = bound.target();
        // SAFETY: the function is at 1, and its state open.
        return Ok(unsafe { (target.run)(cx.lua.as_ptr(), target) });
    }
    match call_object(cx, object) {
        Ok(count) => Ok(count),
        Err(error) => fail(cx, object, error),
    }
}

#[inline(always)]
fn call_object(cx: Cx, object: &FunctionObject) -> Result<c_int> {
    const FIRST: c_int = 2;
    let Some(signature) = object.signature() else { return Err(Error::call(Fault::Text("types not set"))) };
    let code = object.handle.code.get();
    if code.is_null() {
        return Err(Error::call(Fault::Text("callback has been freed")));
    }
    if object.checked.get() {
        check_arguments(cx, signature, FIRST)?;
    }
    object.region.check_life().map_err(Error::call)?;
    let owner = object.library.map_or(Owner::Pointer(&object.region), Owner::Library);
    let callee = Callee { code, owner, rules: &RULES };
    let count = if object.variadic.get() {
        invoke_variadic(cx, signature, object.convention.get(), callee, FIRST)?
    } else {
        invoke(cx, signature, callee, FIRST)?
    };
    if signature.result != Slot::VOID {
        return Ok(count);
    }
    // The results begin with the function's own, also where that is nothing.
    cx.lua.reserve(1);
    cx.lua.push_nil();
    cx.lua.insert(-count - 1);
    Ok(count + 1)
}

/// Raises the error of a call, with the function's name and Alien's words.
#[cold]
fn fail(cx: Cx, object: &FunctionObject, error: Error) -> ! {
    let fault = match (error.fault, error.at) {
        (Fault::Count { expected, got, at_least }, _) => Fault::Arity { expected, got, at_least },
        // The engine takes strings and functions as the addresses that they are.
        (Fault::ExpectedType(Slot::POINTER), At::Arg(index)) => {
            let arg = object.signature().and_then(|signature| signature.args.get(index as usize - 2));
            Fault::ExpectedType(arg.map_or(Slot::POINTER, |arg| arg.slot))
        }
        (fault, _) => fault,
    };
    let fault = words(fault);
    cx.lua.reserve(4);
    let top_error = matches!(fault, Fault::OnTop);
    if top_error {
        cx.raise(error);
    }
    cx.lua.get_user_value(1);
    cx.lua.get_field(-1, b"name");
    let name = cx.lua.string(-1).unwrap_or(b"anonymous");
    Cx { name, ..cx }.raise(Error { fault, ..error })
}

// --- the object

fn to_string(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    let lua = cx.lua;
    lua.get_user_value(1);
    let own = lua.top();
    lua.push_bytes(b"alien function ");
    lua.get_field(own, b"name");
    if lua.is_nil(-1) {
        lua.pop(1);
        lua.push_bytes(b"anonymous");
    }
    lua.push_bytes(b", library ");
    lua.get_field(own, b"library");
    if lua.is_nil(-1) {
        lua.pop(1);
        lua.push_bytes(b"default");
    } else {
        library::push_name(lua, lua.top());
        lua.remove(-2);
    }
    lua.concat(4);
    Ok(1)
}

/// A function has nothing but `types`.
fn index(cx: Cx) -> Result<c_int> {
    receiver(cx)?;
    kind::index(cx, |_| Ok(false))
}

/// `__gc`: ends a callback unless C may have its address; a library whose code C may have stays.
unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the upvalue is the runtime, whose `kinds` stay readable to the end (and
    // say no to everything once it is closed), and the payload is the kind's. The library was made
    // before the function, so it is finalized later.
    unsafe {
        let lua = State::new(state);
        let rt = Runtime::at(lua, State::upvalue(1));
        if let Some(payload) = rt.kinds.get(*lua, 1, Kind::AlienFunction) {
            let object = &*payload.cast::<FunctionObject>();
            let record = object.handle.record.get();
            if !record.is_null() {
                let function = callback::collected(rt, &object.handle);
                callback::forget(lua, record, function);
            } else if let Some(library) = object.library
                && object.handle.escaped.get()
            {
                library.stay();
            }
        }
    }
    0
}

/// Functions.
pub const FUNCTION: KindSpec = KindSpec {
    kind: Kind::AlienFunction,
    methods: entries![method "types" => set_types],
    meta: entries![
        "__index" => index,
        "__newindex" => kind::read_only,
        method "__call" => call,
        method "__tostring" => to_string,
        raw "__gc" => collect,
    ],
};

/// `alien.funcptr(pointer)`: the function at an address.
fn funcptr(cx: Cx) -> Result<c_int> {
    let lua = cx.lua;
    if matches!(lua.type_of(1), Type::Nil | Type::String | Type::Number) {
        return Err(Error::arg(1, Fault::Expected("pointer")));
    }
    let code = crate::convert::address(*lua, cx.rt, 1, false).at_arg(1)?;
    if code == 0 {
        return Err(Error::arg(1, MemError::Null));
    }
    let code = std::ptr::with_exposed_provenance_mut(code);
    let region = cx.rt.kinds.header(*lua, 1).map(|(_, header)| header.region);
    push(cx, code, None, 0);
    if let Some(region) = region {
        // SAFETY: the payload was just made; nobody else refers to it.
        unsafe { (*lua.userdata(-1).cast::<FunctionObject>()).region = region };
    }
    lua.get_user_value(-1);
    lua.copy(1);
    lua.set_field(-2, b"source");
    lua.pop(1);
    Ok(1)
}

/// Module functions.
pub const FUNCTIONS: &[FunctionEntry] = entries!["funcptr" => funcptr];
