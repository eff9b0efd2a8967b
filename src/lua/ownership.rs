//! What keeps what alive: an object that points into the memory of another has that, or what that keeps
//! itself, as its user value; where user values are tables only, a table with it (its anchor).

use super::header::{BARE, Header};
use super::state::{State, Type};
use super::userdata::{Kind, Kinds};
use std::ffi::c_int;

/// In an anchor table, and in any other that a userdata keeps: the userdata that keeps the memory.
const ANCHOR_SELF: c_int = 1;
const ANCHOR_FORMER: c_int = 2;
#[cfg(anchor_tables)]
const ANCHOR_FINALIZER: c_int = 3;
/// What the memory points to.
#[cfg(anchor_tables)]
const ANCHOR_PINS: c_int = 4;

/// In the table that a string buffer keeps: what its bytes are borrowed from.
pub const BUFFER_SOURCE: c_int = 5;

impl Kinds {
    /// Pushes a userdata of that kind which points into the memory of `parent` (a stack index), and
    /// keeps that memory alive. What it keeps is fetched before anything is allocated: a finalizer
    /// that runs then may aim `parent` elsewhere.
    pub fn push_derived(&self, lua: State, kind: Kind, header: Header, parent: c_int) {
        if !self.push_kept(lua, parent) {
            self.push_header(lua, kind, header);
            return;
        }
        self.push_header(lua, kind, header);
        lua.copy(-2);
        lua.set_user_value(-2);
        lua.remove(-2);
    }

    /// Pushes a cdata that points into the userdata at `parent` itself, which it keeps alive.
    pub fn push_anchored(&self, lua: State, header: Header, parent: c_int) {
        let parent = lua.abs(parent);
        self.push_anchor(lua, parent);
        self.push_header(lua, Kind::Cdata, header);
        lua.insert(-2);
        lua.set_user_value(-2);
    }

    /// Pushes a cdata that points to bytes of the string buffer at `buffer`. It keeps what they belong to: the
    /// buffer, or what that borrowed them from.
    pub fn push_into_buffer(&self, lua: State, header: Header, buffer: c_int, borrowed: bool) {
        if !borrowed {
            return self.push_derived(lua, Kind::Cdata, header, buffer);
        }
        lua.get_user_value(buffer);
        lua.raw_get_index(-1, BUFFER_SOURCE);
        lua.remove(-2);
        self.push_derived(lua, Kind::Cdata, header, -1);
        lua.remove(-2);
    }

    /// Takes the bounds from the cdata at `index`: its address is about to be changed from outside.
    pub fn unbound(&self, lua: State, index: c_int) {
        if let Some((_, header)) = self.header(*lua, index) {
            header.region = header.region.boundless();
        }
    }

    /// Makes the userdata at `object`, which keeps nothing yet, keep the value at `value`.
    pub fn keep_value(&self, lua: State, object: c_int, value: c_int) {
        let (object, value) = (lua.abs(object), lua.abs(value));
        if cfg!(anchor_tables) {
            lua.new_table(1, 0);
            lua.copy(value);
            lua.raw_set_index(-2, ANCHOR_SELF);
        } else {
            lua.copy(value);
        }
        lua.set_user_value(object);
    }

    /// Pushes what keeps alive the memory that `parent` (a stack index) points into: `parent` itself
    /// when it owns the memory, has a finalizer or is no pointer; else what `parent` keeps. False,
    /// with nothing pushed, for a bare address, which keeps nothing.
    pub fn push_kept(&self, lua: State, parent: c_int) -> bool {
        let parent = lua.abs(parent);
        if lua.type_of(parent) != Type::Userdata {
            return false;
        }
        match self.header(*lua, parent) {
            Some((_, header)) if !header.owns() && !header.has_finalizer() => self.push_value_of(lua, parent, header),
            _ => self.push_anchor(lua, parent),
        }
        true
    }

    /// Pushes the user value that the object at `index` was given, wherever that is now.
    pub fn push_value_of(&self, lua: State, index: c_int, header: &Header) {
        if header.region.flags & BARE == 0 {
            lua.get_user_value(index);
            #[cfg(anchor_tables)]
            if header.has_anchor() {
                lua.raw_get_index(-1, ANCHOR_FORMER);
                lua.remove(-2);
            }
            return;
        }
        lua.push_ref(self.kept.get());
        lua.copy(index);
        lua.raw_get(-2);
        lua.remove(-2);
    }

    /// Pops what `push_kept` pushed and makes the view at `index` keep it from now on.
    pub fn keep_for(&self, lua: State, index: c_int) {
        let index = lua.abs(index);
        match self.header(*lua, index) {
            Some((_, header)) if header.region.flags & BARE != 0 => {
                lua.push_ref(self.kept.get());
                lua.copy(index);
                lua.copy(-3);
                lua.raw_set(-3);
                lua.pop(2);
            }
            _ => lua.set_user_value(index),
        }
    }

    /// Pushes the value that, kept as a user value, keeps the userdata at `index` alive.
    #[cfg(not(anchor_tables))]
    fn push_anchor(&self, lua: State, index: c_int) {
        lua.copy(index);
    }

    /// Pushes the value that, kept as a user value, keeps the userdata at `index` alive: a table with
    /// it, since only tables can be kept here. It is made once and kept by the userdata itself,
    /// together with what that kept before.
    #[cfg(anchor_tables)]
    pub fn push_anchor(&self, lua: State, index: c_int) {
        let made = match self.header(*lua, index) {
            Some((_, header)) => header.has_anchor(),
            // Arenas and libraries make theirs when they are born.
            None => true,
        };
        if !made {
            self.make_anchor(lua, index);
            if let Some((_, header)) = self.header(*lua, index) {
                header.set_has_anchor();
            }
        }
        lua.get_user_value(index);
    }

    /// Gives a userdata its anchor table; where userdata are kept as they are, nothing is needed.
    pub fn make_anchor(&self, lua: State, index: c_int) {
        if cfg!(anchor_tables) {
            let index = lua.abs(index);
            lua.new_table(2, 0);
            lua.copy(index);
            lua.raw_set_index(-2, ANCHOR_SELF);
            lua.get_user_value(index);
            lua.raw_set_index(-2, ANCHOR_FORMER);
            lua.set_user_value(index);
        }
    }

    /// Pushes the finalizer object that the pointer object at `index` keeps, or nil. `table` is the
    /// registry's reference to the finalizers, for those Luas whose userdata keep one value only.
    pub fn push_finalizer(&self, lua: State, index: c_int, table: c_int) {
        #[cfg(anchor_tables)]
        {
            let _ = table;
            self.push_anchor(lua, index);
            lua.raw_get_index(-1, ANCHOR_FINALIZER);
        }
        #[cfg(not(anchor_tables))]
        {
            lua.push_ref(table);
            lua.copy(index);
            lua.raw_get(-2);
        }
        lua.remove(-2);
    }

    /// Pushes the table of what the memory of the object at `index` points to and so has to stay; it
    /// goes with the owner of the memory. Where there is none it is made, or nil is pushed. `table`
    /// is the registry's reference to such tables, for those Luas whose userdata have none of their
    /// own. Gives the address that keys in the table count from: the owner's memory may move.
    pub fn push_pins(&self, lua: State, index: c_int, table: c_int, make: bool) -> usize {
        lua.reserve(8);
        let base = self.push_owner_of(lua, index);
        let owner = lua.top();
        #[cfg(anchor_tables)]
        lua.raw_get_index(owner, ANCHOR_PINS);
        #[cfg(not(anchor_tables))]
        {
            lua.push_ref(table);
            lua.copy(owner);
            lua.raw_get(-2);
            lua.remove(-2);
        }
        if lua.is_nil(-1) && make {
            lua.pop(1);
            lua.new_table(0, 1);
            #[cfg(anchor_tables)]
            {
                let _ = table;
                lua.copy(-1);
                lua.raw_set_index(owner, ANCHOR_PINS);
            }
            #[cfg(not(anchor_tables))]
            {
                lua.push_ref(table);
                lua.copy(owner);
                lua.copy(-3);
                lua.raw_set(-3);
                lua.pop(1);
            }
        }
        lua.remove(owner);
        base
    }

    /// Pushes what stands for the owner of the memory that the object at `index` points into: the
    /// owner, or its anchor table; for memory without an owner, what stands for the object itself.
    /// Gives the address of the owner's memory, 0 where it has none of its own.
    fn push_owner_of(&self, lua: State, index: c_int) -> usize {
        let index = lua.abs(index);
        let base = lua.top();
        // Objects keep what owns, or a table that has it at its first place; the chain is short.
        lua.copy(index);
        for _ in 0..8 {
            let object = lua.top();
            match self.header(*lua, object) {
                Some((_, header)) if !header.owns() => self.push_value_of(lua, object, header),
                _ => self.push_anchor(lua, object),
            }
            if lua.type_of(-1) == Type::Table {
                lua.copy(-1);
                lua.raw_get_index(-1, ANCHOR_SELF);
                lua.remove(-2);
            } else {
                lua.copy(-1);
            }
            if self.of(*lua, -1).is_none() {
                break;
            }
            if lua.identity(-1) == lua.identity(object) {
                // It is its own owner, by the value below.
                lua.pop(1);
                let own = self.header(*lua, object).filter(|(_, header)| header.owns());
                let start = own.map_or(0, |(_, header)| header.region.address());
                lua.insert(base + 1);
                lua.set_top(base + 1);
                return start;
            }
            lua.insert(base + 1);
            lua.set_top(base + 1);
        }
        lua.set_top(base);
        self.push_anchor(lua, index);
        0
    }

    /// Pops a finalizer object (or nil) and makes the pointer object at `index` keep it.
    pub fn keep_finalizer(&self, lua: State, index: c_int, table: c_int) {
        #[cfg(anchor_tables)]
        {
            let _ = table;
            self.push_anchor(lua, index);
            lua.insert(-2);
            lua.raw_set_index(-2, ANCHOR_FINALIZER);
        }
        #[cfg(not(anchor_tables))]
        {
            lua.push_ref(table);
            lua.copy(index);
            lua.copy(-3);
            lua.raw_set(-3);
            lua.remove(-2);
        }
        lua.pop(1);
    }
}
