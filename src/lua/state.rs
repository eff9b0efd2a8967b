//! A Lua state as the rest of the module uses it: the raw C API of every Lua version under one set
//! of names, each a direct call. Most of them may raise (a `longjmp`, or an unwind on LuaJIT), so
//! they are called only where no local needs to be dropped; those that cannot are marked.

use super::error::STACK_OVERFLOW;
use lunaffi_core::stack::has_room;
use mlua::ffi as api;
use std::ffi::{c_char, c_int, c_void};

pub use api::{lua_CFunction, lua_State};

/// A Lua's name, and what `make` calls it.
#[cfg(any(fenv, userdata_uv))]
type Version = (&'static str, &'static str);

#[cfg(fenv)]
const LUA_51: Version = ("Lua 5.1", "lua5.1");
#[cfg(userdata_uv)]
const LUA_54: Version = ("Lua 5.4", "lua5.4");
#[cfg(userdata_uv)]
const LUA_55: Version = ("Lua 5.5", "lua5.5");
#[cfg(fenv)]
const LUAJIT: Version = ("LuaJIT", "luajit");

/// A Lua number as the version at hand has it.
#[derive(Clone, Copy, Debug)]
pub enum Number {
    /// Lua 5.3 and later.
    #[cfg_attr(not(lua_integers), allow(dead_code, reason = "older Luas have no integers"))]
    Int(i64),
    /// Any number of older versions.
    Float(f64),
}

/// The kinds of values that matter here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Type {
    /// Also for an absent argument.
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    /// Threads and what a Lua adds (LuaJIT's cdata).
    Other,
}

/// How positions in this module's own Lua functions begin, which stand in for Lua's.
const STAND_INS: [&[u8]; 4] = [b"lunaffi.stdlib:", b"lunaffi.format:", b"lunaffi.environment:", b"lunaffi.reflect:"];

/// The state that runs the current C function (or one that it may use), with room for a few more
/// values: Lua grants 20 slots on entry, and what needs more asks for it.
#[derive(Clone, Copy)]
pub struct State(Still);

/// A state, and of its functions those that neither raise nor collect garbage: where no more than this is
/// at hand, no finalizer runs, and what was found out of memory stays true.
#[derive(Clone, Copy)]
pub struct Still(*mut lua_State);

macro_rules! api {
    ($self:ident, $function:ident $(, $argument:expr)*) => {{
        // SAFETY: a `State` is made only of the running state (see `State::new`), indices are those
        // of its stack, and a raise is allowed by the rule of this module.
        unsafe { api::$function($self.as_ptr() $(, $argument)*) }
    }};
}

impl std::ops::Deref for State {
    type Target = Still;

    #[inline(always)]
    fn deref(&self) -> &Still {
        &self.0
    }
}

impl Still {
    #[inline(always)]
    pub fn as_ptr(self) -> *mut lua_State {
        self.0
    }

    // --- the stack; none of these raises

    #[inline]
    pub fn top(self) -> c_int {
        api!(self, lua_gettop)
    }

    #[inline]
    pub fn set_top(self, index: c_int) {
        api!(self, lua_settop, index)
    }

    #[inline]
    pub fn pop(self, count: c_int) {
        api!(self, lua_settop, -count - 1)
    }

    #[inline]
    pub fn copy(self, index: c_int) {
        api!(self, lua_pushvalue, index)
    }

    pub fn insert(self, index: c_int) {
        api!(self, lua_insert, index)
    }

    pub fn remove(self, index: c_int) {
        api!(self, lua_remove, index)
    }

    pub fn replace(self, index: c_int) {
        api!(self, lua_replace, index)
    }

    #[inline]
    pub fn abs(self, index: c_int) -> c_int {
        if index < 0 && index > api::LUA_REGISTRYINDEX { self.top() + index + 1 } else { index }
    }

    // --- reading values; none of these raises

    #[inline]
    pub fn type_of(self, index: c_int) -> Type {
        match api!(self, lua_type, index) {
            api::LUA_TNONE | api::LUA_TNIL => Type::Nil,
            api::LUA_TBOOLEAN => Type::Boolean,
            api::LUA_TLIGHTUSERDATA => Type::LightUserdata,
            api::LUA_TNUMBER => Type::Number,
            api::LUA_TSTRING => Type::String,
            api::LUA_TTABLE => Type::Table,
            api::LUA_TFUNCTION => Type::Function,
            api::LUA_TUSERDATA => Type::Userdata,
            _ => Type::Other,
        }
    }

    /// Lua's own name of the value's type.
    pub fn type_name(self, index: c_int) -> &'static [u8] {
        let kind = api!(self, lua_type, index);
        let name = api!(self, lua_typename, kind);
        // SAFETY: `lua_typename` gives a static C string.
        unsafe { std::ffi::CStr::from_ptr(name) }.to_bytes()
    }

    #[inline]
    pub fn is_nil(self, index: c_int) -> bool {
        self.type_of(index) == Type::Nil
    }

    /// True when there is no value at all (not even nil).
    pub fn is_none(self, index: c_int) -> bool {
        api!(self, lua_type, index) == api::LUA_TNONE
    }

    #[inline]
    pub fn truth(self, index: c_int) -> bool {
        api!(self, lua_toboolean, index) != 0
    }

    /// A value of type number; strings are not converted.
    #[inline]
    pub fn number(self, index: c_int) -> Option<Number> {
        #[cfg(lua_integers)]
        if api!(self, lua_isinteger, index) != 0 {
            return Some(Number::Int(api!(self, lua_tointegerx, index, std::ptr::null_mut())));
        }
        if api!(self, lua_type, index) != api::LUA_TNUMBER {
            return None;
        }
        Some(Number::Float(api!(self, lua_tonumberx, index, std::ptr::null_mut())))
    }

    /// An integer with few looks: none for other values, and for some that
    /// are integers to a closer look.
    #[inline(always)]
    pub fn plain_integer(self, index: c_int) -> Option<i64> {
        #[cfg(lua_integers)]
        {
            // A string would be converted as well, but not always to what it spells.
            if api!(self, lua_isinteger, index) == 0 {
                return None;
            }
            Some(api!(self, lua_tointegerx, index, std::ptr::null_mut()))
        }
        #[cfg(not(lua_integers))]
        {
            let value = api!(self, lua_tonumber, index);
            let integer = value as i64;
            // Zero is also what is no number; a string is looked at more closely.
            if integer as f64 == value && integer != 0 && integer.unsigned_abs() <= 1 << 53 {
                (api!(self, lua_type, index) == api::LUA_TNUMBER).then_some(integer)
            } else {
                None
            }
        }
    }

    /// A float, or an integer that is one without a doubt, with few looks; none for other values, and
    /// for some that are numbers to a closer look.
    #[inline(always)]
    pub fn plain_float(self, index: c_int) -> Option<f64> {
        if api!(self, lua_type, index) != api::LUA_TNUMBER {
            return None;
        }
        #[cfg(lua_integers)]
        {
            let value = api!(self, lua_tonumberx, index, std::ptr::null_mut());
            // An integer from 2^53 on may have been rounded. (Of the sign nothing is left.)
            const LIMIT: u64 = ((1u64 << 53) as f64).to_bits() << 1;
            (value.to_bits() << 1 < LIMIT).then_some(value)
        }
        #[cfg(not(lua_integers))]
        Some(api!(self, lua_tonumber, index))
    }

    /// The address of a string that has no NUL but the one behind it.
    #[inline(always)]
    pub fn plain_text(self, index: c_int) -> Option<*const c_char> {
        if api!(self, lua_type, index) != api::LUA_TSTRING {
            return None;
        }
        let mut len = 0;
        let bytes = api!(self, lua_tolstring, index, &mut len);
        // SAFETY: behind a string's bytes there is a NUL.
        (unsafe { libc::strlen(bytes) } == len).then_some(bytes)
    }

    /// The number that a string spells by the rules of the Lua at hand.
    pub fn numeral(self, index: c_int) -> Option<f64> {
        let mut fine = 0;
        let value = api!(self, lua_tonumberx, index, &mut fine);
        (fine != 0).then_some(value)
    }

    /// The bytes of a value of type string. They stay as long as the string is on the stack (or
    /// anchored elsewhere): the caller sees to it.
    #[inline]
    pub fn string<'a>(self, index: c_int) -> Option<&'a [u8]> {
        if api!(self, lua_type, index) != api::LUA_TSTRING {
            return None;
        }
        let mut len = 0;
        let bytes = api!(self, lua_tolstring, index, &mut len);
        // SAFETY: a string's own bytes, which are not converted and not moved.
        Some(unsafe { std::slice::from_raw_parts(bytes.cast(), len) })
    }

    /// The payload of a full userdata, or the address of a light one.
    #[inline]
    pub fn userdata(self, index: c_int) -> *mut c_void {
        api!(self, lua_touserdata, index)
    }

    /// The identity of a table, function, thread or userdata.
    #[inline]
    pub fn identity(self, index: c_int) -> *const c_void {
        api!(self, lua_topointer, index)
    }

    /// The identity of a string, the same whatever the Lua. Other values have none, or one that no
    /// string has.
    #[inline(always)]
    pub fn string_identity(self, index: c_int) -> Option<usize> {
        #[cfg(string_identity)]
        return Some(api!(self, lua_topointer, index).addr());
        #[cfg(not(string_identity))]
        self.string(index).map(|bytes| bytes.as_ptr().addr())
    }

    pub fn c_function(self, index: c_int) -> Option<lua_CFunction> {
        api!(self, lua_tocfunction, index)
    }

    pub fn raw_len(self, index: c_int) -> usize {
        api!(self, lua_rawlen, index)
    }

    // --- pushing what needs no memory; none of these raises

    #[inline]
    pub fn push_nil(self) {
        api!(self, lua_pushnil)
    }

    #[inline]
    pub fn push_bool(self, value: bool) {
        api!(self, lua_pushboolean, value as c_int)
    }

    /// An integer that every Lua can hold as a plain number.
    #[inline]
    pub fn push_int(self, value: i64) {
        #[cfg(lua_integers)]
        api!(self, lua_pushinteger, value);
        #[cfg(not(lua_integers))]
        api!(self, lua_pushnumber, value as f64);
    }

    #[inline]
    pub fn push_float(self, value: f64) {
        api!(self, lua_pushnumber, value)
    }

    /// A light userdata. False, and nothing pushed, when this Lua cannot hold the address.
    #[inline]
    pub fn push_light(self, address: *mut c_void) -> bool {
        // LuaJIT keeps 47 bits of an address and raises for others.
        if cfg!(feature = "luajit") && (address as u64) >> 47 != 0 {
            return false;
        }
        api!(self, lua_pushlightuserdata, address);
        true
    }

    /// Reads a field of a table by the key on the top, which is replaced; no metamethods, no raise.
    #[inline]
    pub fn raw_get(self, table: c_int) {
        api!(self, lua_rawget, table);
    }

    /// Pushes `table[n]`; no metamethods, no raise.
    #[inline]
    pub fn raw_get_index(self, table: c_int, n: c_int) {
        api!(self, lua_rawgeti, table, n as _);
    }

    /// Pushes a registry entry by its reference; no raise.
    #[inline]
    pub fn push_ref(self, reference: c_int) {
        self.raw_get_index(State::REGISTRY, reference);
    }

    /// Pushes the metatable, if there is one; no raise.
    #[inline]
    pub fn get_metatable(self, index: c_int) -> bool {
        api!(self, lua_getmetatable, index) != 0
    }

    /// Pops a key, pushes the next key and its value; false at the end. No raise for a key that
    /// this very walk gave.
    pub fn next(self, table: c_int) -> bool {
        api!(self, lua_next, table) != 0
    }

    /// Pushes an upvalue of a function, if it has it; no raise.
    pub fn get_upvalue(self, function: c_int, n: c_int) -> bool {
        !api!(self, lua_getupvalue, function, n).is_null()
    }
}

impl State {
    /// The registry's pseudo-index.
    pub const REGISTRY: c_int = api::LUA_REGISTRYINDEX;

    /// # Safety
    /// `state` is running, on this thread, and stays so while the value is used.
    #[inline]
    pub unsafe fn new(state: *mut lua_State) -> State {
        State(Still(state))
    }

    /// The pseudo-index of the running closure's upvalue, from 1.
    #[inline]
    pub fn upvalue(n: c_int) -> c_int {
        api::lua_upvalueindex(n)
    }

    // --- what may raise

    pub fn push_bytes(self, bytes: &[u8]) {
        api!(self, lua_pushlstring, bytes.as_ptr().cast::<c_char>(), bytes.len());
    }

    pub fn push_closure(self, function: lua_CFunction, upvalues: c_int) {
        api!(self, lua_pushcclosure, function, upvalues)
    }

    pub fn new_table(self, array: c_int, fields: c_int) {
        api!(self, lua_createtable, array, fields)
    }

    /// Pops key and value.
    pub fn raw_set(self, table: c_int) {
        api!(self, lua_rawset, table)
    }

    /// Pops the value.
    pub fn raw_set_index(self, table: c_int, n: c_int) {
        api!(self, lua_rawseti, table, n as _);
    }

    /// Pops the value.
    pub fn set_field(self, table: c_int, name: &[u8]) {
        let table = self.abs(table);
        self.push_bytes(name);
        self.insert(-2);
        self.raw_set(table);
    }

    /// Pushes `table[name]` without metamethods.
    pub fn get_field(self, table: c_int, name: &[u8]) {
        let table = self.abs(table);
        self.push_bytes(name);
        self.raw_get(table);
    }

    /// Pushes a global variable.
    pub fn push_global(self, name: &std::ffi::CStr) {
        api!(self, lua_getglobal, name.as_ptr());
    }

    /// Pops a value and makes it a global variable.
    pub fn set_global(self, name: &std::ffi::CStr) {
        api!(self, lua_setglobal, name.as_ptr());
    }

    /// Pushes the value of the light-userdata key.
    pub fn get_private(self, table: c_int, key: *const c_void) {
        let table = self.abs(table);
        api!(self, lua_pushlightuserdata, key.cast_mut());
        self.raw_get(table);
    }

    /// Pops the value.
    pub fn set_private(self, table: c_int, key: *const c_void) {
        let table = self.abs(table);
        api!(self, lua_pushlightuserdata, key.cast_mut());
        self.insert(-2);
        self.raw_set(table);
    }

    /// Pops a table and makes it the metatable. Raises only on Lua 5.2 and later, for want of memory.
    #[inline]
    pub fn set_metatable(self, index: c_int) {
        api!(self, lua_setmetatable, index);
    }

    /// A userdata of `size` bytes with room for one user value if asked.
    #[inline]
    pub fn new_userdata(self, size: usize, user_value: bool) -> *mut c_void {
        #[cfg(userdata_uv)]
        return api!(self, lua_newuserdatauv, size, user_value as c_int);
        #[cfg(not(userdata_uv))]
        {
            let _ = user_value;
            api!(self, lua_newuserdata, size)
        }
    }

    /// Pushes what was set with `set_user_value` (on Lua 5.1: or some table). No raise.
    #[inline]
    pub fn get_user_value(self, index: c_int) {
        #[cfg(fenv)]
        api!(self, lua_getfenv, index);
        #[cfg(all(not(fenv), not(userdata_uv)))]
        api!(self, lua_getuservalue, index);
        #[cfg(userdata_uv)]
        api!(self, lua_getiuservalue, index, 1);
    }

    /// Pops a value (on Lua 5.1 and 5.2: a table) and keeps it with the userdata. No raise.
    #[inline]
    pub fn set_user_value(self, index: c_int) {
        #[cfg(fenv)]
        api!(self, lua_setfenv, index);
        #[cfg(all(not(fenv), not(userdata_uv)))]
        api!(self, lua_setuservalue, index);
        #[cfg(userdata_uv)]
        api!(self, lua_setiuservalue, index, 1);
    }

    /// Pushes a chunk of source text; false, and an error message on the top, if it does not compile.
    pub fn load(self, text: &[u8], name: &std::ffi::CStr) -> bool {
        api!(self, luaL_loadbuffer, text.as_ptr().cast::<c_char>(), text.len(), name.as_ptr()) == api::LUA_OK
    }

    /// Ends the process in order: finalizers run, buffered output is written.
    pub fn close_and_exit(self, status: c_int) -> ! {
        api!(self, lua_close);
        // SAFETY: no precondition; nothing of this state is used any more.
        unsafe { libc::exit(status) }
    }

    /// Pops a value and keeps it in the registry.
    pub fn make_ref(self) -> c_int {
        api!(self, luaL_ref, State::REGISTRY)
    }

    /// Forgets a registry entry. No raise: the slot exists.
    pub fn drop_ref(self, reference: c_int) {
        api!(self, luaL_unref, State::REGISTRY, reference)
    }

    /// Whether any function waits for the running one, in this coroutine.
    #[cold]
    pub fn is_called_by_any(self) -> bool {
        // SAFETY: an all-zero record is one that Lua may fill.
        unsafe { api::lua_getstack(self.as_ptr(), 1, &mut std::mem::zeroed()) != 0 }
    }

    /// What the code that called the running C function calls it, and whether it does so as a method.
    /// The name stays while that code runs. No raise but for want of memory.
    #[cold]
    pub fn called_name<'a>(self) -> Option<(&'a [u8], bool)> {
        // SAFETY: an all-zero record is one that Lua may fill; the name, if there is one, is text that
        // belongs to the calling function.
        unsafe {
            let mut record: api::lua_Debug = std::mem::zeroed();
            if api::lua_getstack(self.as_ptr(), 0, &mut record) == 0
                || api::lua_getinfo(self.as_ptr(), c"n".as_ptr(), &mut record) == 0
                || record.name.is_null()
            {
                return None;
            }
            let text = |text| std::ffi::CStr::from_ptr(text).to_bytes();
            // What some Luas say when there is none.
            if matches!(text(record.name), b"?" | b"integer index") {
                return None;
            }
            let method = !record.namewhat.is_null() && text(record.namewhat) == b"method";
            Some((text(record.name), method))
        }
    }

    /// Pushes the table of globals.
    pub fn push_globals(self) {
        #[cfg(fenv)]
        self.copy(api::LUA_GLOBALSINDEX);
        #[cfg(not(fenv))]
        self.raw_get_index(Self::REGISTRY, api::LUA_RIDX_GLOBALS as c_int);
    }

    /// Pushes one of Lua's own libraries, or with a second name a table in it, as `package.loaded`. Raises when
    /// a script has taken it away.
    pub fn push_library(self, names: &[&str]) {
        self.push_globals();
        for name in names {
            self.get_field(-1, name.as_bytes());
            self.remove(-2);
            if self.type_of(-1) != Type::Table {
                self.push_position();
                self.push_bytes(b"a library of Lua's own is needed that is not there: '");
                self.push_bytes(names[0].as_bytes());
                for more in &names[1..] {
                    self.push_bytes(b".");
                    self.push_bytes(more.as_bytes());
                    self.concat(3);
                }
                self.push_bytes(b"'");
                self.concat(4);
                self.error()
            }
        }
    }

    /// Raises when this is another Lua than the one that the module was built for. Most of those lack some
    /// function that the module needs, so that it cannot be loaded at all.
    pub fn check_version(self) {
        #[cfg(fenv)]
        let (built_for, running) = {
            // Both have every function of Lua 5.1, but strings have an address only in LuaJIT.
            self.push_bytes(b"?");
            let is_luajit = !self.identity(-1).is_null();
            self.pop(1);
            (if cfg!(feature = "luajit") { LUAJIT } else { LUA_51 }, if is_luajit { LUAJIT } else { LUA_51 })
        };
        #[cfg(userdata_uv)]
        let (built_for, running) = {
            let is_54 = api!(self, lua_version) == 504.0;
            (if cfg!(feature = "lua54") { LUA_54 } else { LUA_55 }, if is_54 { LUA_54 } else { LUA_55 })
        };
        #[cfg(any(fenv, userdata_uv))]
        if running != built_for {
            for part in ["this build of lunaffi is for ", built_for.0, ", and this is ", running.0] {
                self.push_bytes(part.as_bytes());
            }
            for part in [": install the one for it (make install LUA=", running.1, ")"] {
                self.push_bytes(part.as_bytes());
            }
            self.concat(7);
            self.error()
        }
    }

    /// Raises when the C stack has no room for what may call the running function again.
    #[inline]
    pub fn descend(self) {
        if !has_room() {
            self.overflow();
        }
    }

    #[cold]
    fn overflow(self) -> ! {
        self.push_position();
        self.push_bytes(STACK_OVERFLOW.as_bytes());
        self.concat(2);
        self.error()
    }

    pub fn call(self, arguments: c_int, results: c_int) {
        self.descend();
        api!(self, lua_call, arguments, results)
    }

    /// `a == b` as the Lua at hand has it.
    pub fn equal(self, a: c_int, b: c_int) -> bool {
        self.descend();
        #[cfg(any(feature = "lua51", feature = "luajit"))]
        return api!(self, lua_equal, a, b) != 0;
        #[cfg(not(any(feature = "lua51", feature = "luajit")))]
        return api!(self, lua_compare, a, b, api::LUA_OPEQ) != 0;
    }

    /// `a < b`.
    pub fn less(self, a: c_int, b: c_int) -> bool {
        self.descend();
        #[cfg(any(feature = "lua51", feature = "luajit"))]
        return api!(self, lua_lessthan, a, b) != 0;
        #[cfg(not(any(feature = "lua51", feature = "luajit")))]
        return api!(self, lua_compare, a, b, api::LUA_OPLT) != 0;
    }

    /// `a <= b`.
    pub fn less_or_equal(self, a: c_int, b: c_int) -> bool {
        self.descend();
        #[cfg(any(feature = "lua51", feature = "luajit"))]
        {
            // Lua 5.1 offers no function for it.
            let (a, b) = (self.abs(a), self.abs(b));
            api!(self, luaL_loadstring, c"local a, b = ... return a <= b".as_ptr());
            self.copy(a);
            self.copy(b);
            self.call(2, 1);
            let result = self.truth(-1);
            self.pop(1);
            result
        }
        #[cfg(not(any(feature = "lua51", feature = "luajit")))]
        return api!(self, lua_compare, a, b, api::LUA_OPLE) != 0;
    }

    /// `call` for however many results there are.
    pub fn call_all(self, arguments: c_int) {
        self.descend();
        api!(self, lua_call, arguments, api::LUA_MULTRET)
    }

    /// Replaces the key on the top by `object[key]`, with metamethods.
    pub fn get(self, object: c_int) {
        self.descend();
        api!(self, lua_gettable, object);
    }

    /// Pops key and value and assigns, with metamethods.
    pub fn set(self, object: c_int) {
        self.descend();
        api!(self, lua_settable, object)
    }

    /// Like `call`, but an error is caught: false, and the error value on the top. No raise, so whoever calls
    /// Lua by it asks for room.
    #[inline]
    pub fn protected_call(self, arguments: c_int, results: c_int) -> bool {
        api!(self, lua_pcall, arguments, results, 0) == api::LUA_OK
    }

    /// Makes room for more values. (Why there is none Lua does not tell.)
    pub fn reserve(self, slots: c_int) {
        api!(self, luaL_checkstack, slots, c"too many values, or not enough memory".as_ptr())
    }

    pub fn concat(self, count: c_int) {
        api!(self, lua_concat, count)
    }

    /// Converts the value on the top to a string in place, as `tostring` does for numbers.
    pub fn number_to_string(self, index: c_int) {
        api!(self, lua_tolstring, index, std::ptr::null_mut());
    }

    /// Puts the place of the last line of the function on the top, as messages begin with it, instead of that
    /// function; nothing for a function of C's.
    pub fn push_end_of_function(self) {
        // SAFETY: a function is on the top, which the call takes; the record is plain data of C's.
        let record = unsafe {
            let mut record: api::lua_Debug = std::mem::zeroed();
            api::lua_getinfo(self.as_ptr(), c">S".as_ptr(), &mut record);
            record
        };
        if record.lastlinedefined <= 0 {
            return self.push_bytes(b"");
        }
        // SAFETY: Lua ends the text with a NUL.
        let source = unsafe { std::ffi::CStr::from_ptr(record.short_src.as_ptr()) };
        self.push_bytes(source.to_bytes());
        self.push_bytes(b":");
        self.push_int(record.lastlinedefined as i64);
        self.push_bytes(b": ");
        self.concat(4);
    }

    /// Pushes `file:line: ` of the innermost Lua function that called us; empty where there is none.
    pub fn push_position(self) {
        for level in 1..12 {
            api!(self, luaL_where, level);
            // What stands in for functions of Lua's own is no place of the program's.
            if self
                .string(-1)
                .is_some_and(|text| !text.is_empty() && !STAND_INS.iter().any(|name| text.starts_with(name)))
            {
                return;
            }
            self.pop(1);
        }
        self.push_bytes(b"");
    }

    /// Raises the value on the top.
    pub fn error(self) -> ! {
        api!(self, lua_error)
    }

    /// The state's main thread; null where this Lua tells it only to that thread itself. No raise.
    pub fn main_thread(self) -> *mut lua_State {
        let main = if api!(self, lua_pushthread) != 0 { self.as_ptr() } else { std::ptr::null_mut() };
        self.pop(1);
        #[cfg(not(fenv))]
        if main.is_null() {
            self.raw_get_index(State::REGISTRY, api::LUA_RIDX_MAINTHREAD as c_int);
            let main = api!(self, lua_tothread, -1);
            self.pop(1);
            return main;
        }
        main
    }

    pub fn new_thread(self) -> State {
        State(Still(api!(self, lua_newthread)))
    }

    /// Tells the collector that so much memory was taken outside of Lua. May run finalizers.
    pub fn external_memory(self, bytes: usize) {
        #[cfg(not(fenv))]
        if api!(self, lua_gc, api::LUA_GCISRUNNING, 0) == 0 {
            return;
        }
        api!(self, lua_gc, api::LUA_GCSTEP, (bytes >> 10).min(c_int::MAX as usize) as c_int);
    }
}
