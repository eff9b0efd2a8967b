//! The userdata kinds, how they are told apart, and the one header of everything that points at C
//! memory. A kind is the identity of its metatable, which only this module can set.

use super::state::{State, Type, lua_State};
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::mem::{Life, Region};
use lunaffi_core::signature::Signature;
use std::any::Any;
use std::cell::Cell;
use std::ffi::{c_int, c_void};

macro_rules! kinds {
    ($($variant:ident $name:literal,)*) => {
        /// A kind of userdata.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[repr(u8)]
        pub enum Kind { $($variant,)* }

        impl Kind {
            /// Every kind, those that are looked at most often first.
            pub const ALL: &[Kind] = &[$(Kind::$variant),*];

            /// The name in messages, and what `getmetatable` gives.
            pub const fn name(self) -> &'static str {
                match self { $(Kind::$variant => $name,)* }
            }
        }
    };
}

kinds! {
    RawPointer "RawPointer",
    TypedPointer "TypedPointer",
    StructView "StructView",
    Buffer "Buffer",
    Cdata "cdata",
    Ctype "ctype",
    Callback "FfiCallback",
    AlienArray "alien array",
    AlienBuffer "alien buffer",
    AlienStruct "alien struct",
    AlienFunction "alien function",
    Int64 "Int64",
    Arena "Arena",
    StructDefinition "StructDefinition",
    TypeObject "CType",
    Library "Library",
    Namespace "namespace",
    Finalizer "finalizer",
    AlienLibrary "alien library",
    Block "memory block",
    AnyCdata "any cdata",
}

impl Kind {
    /// True for the kinds that begin with a [`Header`].
    #[inline]
    pub fn has_header(self) -> bool {
        matches!(
            self,
            Kind::RawPointer
                | Kind::TypedPointer
                | Kind::StructView
                | Kind::Buffer
                | Kind::AlienArray
                | Kind::AlienBuffer
                | Kind::AlienStruct
                | Kind::Cdata
        )
    }

    /// A struct or union in memory: its header's slot is the record.
    #[inline]
    pub fn is_view(self) -> bool {
        matches!(self, Kind::StructView | Kind::AlienStruct)
    }

    /// Begins with a [`CallbackHandle`].
    #[inline]
    pub fn has_code(self) -> bool {
        matches!(self, Kind::Callback | Kind::AlienFunction)
    }
}

/// The metatables by identity, and where the registry keeps them.
pub struct Kinds {
    identities: [Cell<*const c_void>; Kind::ALL.len()],
    references: [Cell<c_int>; Kind::ALL.len()],
    /// The registry's reference to a table with weak keys: what objects without a user value keep.
    pub kept: Cell<c_int>,
}

impl Default for Kinds {
    fn default() -> Self {
        Kinds {
            identities: [const { Cell::new(std::ptr::null()) }; Kind::ALL.len()],
            references: [const { Cell::new(0) }; Kind::ALL.len()],
            kept: Cell::new(0),
        }
    }
}

impl Kinds {
    /// Pops a kind's metatable and keeps it.
    pub fn register(&self, lua: State, kind: Kind) {
        self.identities[kind as usize].set(lua.identity(-1));
        self.references[kind as usize].set(lua.make_ref());
    }

    /// After this no userdata is of any kind: nothing that the runtime owned can be reached.
    pub fn forget(&self) {
        for identity in &self.identities {
            identity.set(std::ptr::null());
        }
    }

    /// Pushes a kind's metatable.
    #[inline]
    pub fn push_metatable(&self, lua: State, kind: Kind) {
        lua.push_ref(self.references[kind as usize].get());
    }

    /// The kind of the value, if it is a userdata of ours.
    #[inline]
    pub fn of(&self, lua: State, index: c_int) -> Option<Kind> {
        if lua.type_of(index) != Type::Userdata || !lua.get_metatable(index) {
            return None;
        }
        let identity = lua.identity(-1);
        lua.pop(1);
        Kind::ALL.iter().copied().find(|&kind| self.identities[kind as usize].get() == identity)
    }

    /// `get` for the object that a metamethod was called with: its metatable stays on the stack, which
    /// is no matter there and saves a call.
    #[inline(always)]
    pub fn get_receiver(&self, lua: State, kind: Kind) -> Option<*mut c_void> {
        if !lua.get_metatable(1) {
            return None;
        }
        (lua.identity(-1) == self.identities[kind as usize].get()).then(|| lua.userdata(1))
    }

    /// The payload of the value if it is a userdata of this kind. (Nothing else can have the kind's
    /// metatable.)
    #[inline]
    pub fn get(&self, lua: State, index: c_int, kind: Kind) -> Option<*mut c_void> {
        if !lua.get_metatable(index) {
            return None;
        }
        let identity = lua.identity(-1);
        lua.pop(1);
        (identity == self.identities[kind as usize].get()).then(|| lua.userdata(index))
    }
}

impl Kinds {
    /// `get` for those who do not mind a value more on the stack, which stays if the value is of the
    /// kind: one call of Lua less.
    #[inline(always)]
    pub fn get_leaving(&self, lua: State, index: c_int, kind: Kind) -> Option<*mut c_void> {
        if !lua.get_metatable(index) {
            return None;
        }
        if lua.identity(-1) != self.identities[kind as usize].get() {
            lua.pop(1);
            return None;
        }
        Some(lua.userdata(index))
    }
}

/// What every userdata that points at C memory begins with.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Header {
    /// Where it points and what may be accessed there. `flags` are the `Header`'s own.
    pub region: Region,
    /// Typed pointer: the element; view: the record; else void.
    ty: TypeId,
    mode: Mode,
}

/// The memory lies in the userdata itself.
const OWNS: u32 = 1;
/// The memory belongs to something that manages it (an arena).
const MANAGED: u32 = 2;
/// The table that keeps it alive for those derived from it has been made.
#[cfg(anchor_tables)]
const HAS_ANCHOR: u32 = 4;
/// A finalizer is attached.
const FINALIZED: u32 = 8;
/// Of cdata: the value lies in memory that is another's.
const REFERENCE: u32 = 16;
/// It has no user value: what it has to keep, once it is aimed elsewhere, is in the table of `Kinds`.
const BARE: u32 = 32;
/// Of cdata: a function, with what calls of it need behind the header.
const FUNCTION: u32 = 64;

impl Header {
    /// A header for something that points into `region`.
    #[inline]
    pub fn new(region: Region, slot: Slot) -> Header {
        let managed = region.flags & MANAGED;
        Header { region: region.with_flags(managed), ty: slot.ty, mode: slot.mode }
    }

    /// A header for cdata of that type: for a pointer or a function the region is what it points to;
    /// for anything else, where the value lies.
    #[inline]
    pub fn cdata(region: Region, ty: TypeId) -> Header {
        Header::new(region, Slot { ty, mode: Mode::Cdata })
    }

    /// A header for cdata that refers to a value of that type in the region, whatever the type is.
    #[inline]
    pub fn reference(region: Region, ty: TypeId) -> Header {
        let mut header = Header::cdata(region, ty);
        header.region.flags |= REFERENCE;
        header
    }

    #[inline]
    pub fn slot(&self) -> Slot {
        Slot { ty: self.ty, mode: self.mode }
    }

    /// The type; of a reference what it refers to.
    #[inline]
    pub fn ty(&self) -> TypeId {
        self.ty
    }

    /// The same, of a function whose binding follows the header.
    pub fn of_function(mut self) -> Header {
        self.region.flags |= FUNCTION;
        self
    }

    /// Of cdata: a function whose binding follows the header.
    #[inline(always)]
    pub fn is_function(&self) -> bool {
        self.region.flags & FUNCTION != 0
    }

    /// Of cdata: refers to a value that is another's.
    #[inline]
    pub fn is_reference(&self) -> bool {
        self.region.flags & REFERENCE != 0
    }

    /// Belongs to an arena.
    pub fn is_managed(&self) -> bool {
        self.region.flags & MANAGED != 0
    }

    pub fn owns(&self) -> bool {
        self.region.flags & OWNS != 0
    }

    pub fn has_finalizer(&self) -> bool {
        self.region.flags & FINALIZED != 0
    }

    pub fn set_finalizer(&mut self, attached: bool) {
        self.region.flags = self.region.flags & !FINALIZED | if attached { FINALIZED } else { 0 };
    }

    #[cfg(anchor_tables)]
    fn has_anchor(&self) -> bool {
        self.region.flags & HAS_ANCHOR != 0
    }

    #[cfg(anchor_tables)]
    fn set_has_anchor(&mut self) {
        self.region.flags |= HAS_ANCHOR;
    }

    /// Aims at other memory, which does not lie in this userdata.
    pub fn aim(&mut self, region: Region) {
        // What it kept alive so far is about to be replaced, and its own anchor table with it.
        self.region = region.with_flags(region.flags & MANAGED | self.region.flags & BARE);
    }
}

/// A region that belongs to an arena.
#[inline]
pub fn managed(region: Region) -> Region {
    region.with_flags(region.flags | MANAGED)
}

const _: () = assert!(size_of::<Header>() == 48 || size_of::<usize>() != 8);

/// A 64-bit integer that a plain number of this Lua cannot hold exactly.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Int64 {
    bits: u64,
    unsigned: bool,
}

impl Int64 {
    /// `None` when the value is beyond 64 bits.
    pub fn new(value: i128) -> Option<Int64> {
        if let Ok(signed) = i64::try_from(value) {
            Some(Int64 { bits: signed as u64, unsigned: false })
        } else {
            u64::try_from(value).ok().map(|bits| Int64 { bits, unsigned: true })
        }
    }

    pub fn value(self) -> i128 {
        if self.unsigned { self.bits as i128 } else { self.bits as i64 as i128 }
    }
}

impl Kinds {
    /// Pushes a userdata of that kind which points elsewhere; it has a user value for `keep`.
    #[inline]
    pub fn push_header(&self, lua: State, kind: Kind, header: Header) -> &'static mut Header {
        self.push_bare(lua, kind, header, true)
    }

    /// `push_header`, with or without a user value.
    #[inline]
    fn push_bare(&self, lua: State, kind: Kind, header: Header, user_value: bool) -> &'static mut Header {
        let place = lua.new_userdata(size_of::<Header>(), user_value).cast::<Header>();
        // SAFETY: fresh memory of that size, aligned by Lua to at least 8.
        unsafe { place.write(header) };
        self.push_metatable(lua, kind);
        lua.set_metatable(-2);
        // SAFETY: written above; it stays while it is on the stack, which is the callers' business.
        unsafe { &mut *place }
    }

    /// Pushes a userdata of that kind with `size` zeroed bytes of its own, aligned as asked.
    #[inline]
    pub fn push_owner(&self, lua: State, kind: Kind, slot: Slot, size: usize, align: usize) -> &'static mut Header {
        /// So few bytes take two words.
        const SMALL: usize = 16;
        let slack = align.saturating_sub(8);
        // A view may be aimed elsewhere later, and then has something else to keep, which is rare; cdata
        // never are.
        let bare = cfg!(userdata_uv) && kind == Kind::StructView;
        let room = size.max(SMALL);
        let user_value = !bare && kind != Kind::Cdata;
        let place = lua.new_userdata(size_of::<Header>() + room + slack, user_value).cast::<Header>();
        // SAFETY: the userdata has room for the header, the bytes and what aligning them takes; Lua
        // aligns it to 8.
        unsafe {
            let mut bytes = place.add(1).cast::<u8>();
            if slack > 0 {
                bytes = bytes.add(bytes.align_offset(align));
            }
            if size <= SMALL {
                bytes.cast::<[u64; 2]>().write([0; 2]);
            } else {
                bytes.write_bytes(0, size);
            }
            let region = Region::block(bytes, size).with_flags(if bare { OWNS | BARE } else { OWNS });
            place.write(Header { region, ty: slot.ty, mode: slot.mode });
        }
        self.push_metatable(lua, kind);
        lua.set_metatable(-2);
        // SAFETY: as in `push_header`.
        unsafe { &mut *place }
    }

    /// Pushes cdata that keep nothing alive: a bare address.
    #[inline]
    pub fn push_unkept(&self, lua: State, header: Header) {
        self.push_bare(lua, Kind::Cdata, header, false);
    }

    /// Pushes a userdata of that kind with `size` zeroed bytes of its own, which it can give up for
    /// others: what points into them has the life that lies before them.
    pub fn push_resizable(&self, lua: State, kind: Kind, size: usize, align: usize) -> &'static mut Header {
        let before = size_of::<Life>();
        let header = self.push_owner(lua, kind, Slot::VOID, size + before + align, align);
        let start = header.region.addr;
        // SAFETY: the block has room for the life, and behind it, aligned again, for the bytes.
        unsafe {
            let life = start.cast::<Life>();
            life.write(Life::new());
            let bytes = start.add(before).add(start.add(before).align_offset(align.max(1)));
            let flags = header.region.flags;
            header.region = Region::block(bytes, size).owned_by(life).with_flags(flags);
        }
        header
    }

    /// Pushes a userdata of that kind; it has a user value.
    pub fn push_payload<T>(&self, lua: State, kind: Kind, payload: T) {
        const { assert!(!std::mem::needs_drop::<T>(), "nobody would drop it") };
        let place = lua.new_userdata(size_of::<T>(), true).cast::<T>();
        // SAFETY: fresh memory of that size, aligned by Lua to at least 8.
        unsafe { place.write(payload) };
        self.push_metatable(lua, kind);
        lua.set_metatable(-2);
    }

    /// Pushes a boxed integer.
    pub fn push_int64(&self, lua: State, value: Int64) {
        let place = lua.new_userdata(size_of::<Int64>(), false).cast::<Int64>();
        // SAFETY: fresh memory of that size.
        unsafe { place.write(value) };
        self.push_metatable(lua, Kind::Int64);
        lua.set_metatable(-2);
    }

    /// The value of a boxed integer.
    #[inline]
    pub fn int64(&self, lua: State, index: c_int) -> Option<i128> {
        let payload = self.get(lua, index, Kind::Int64)?;
        // SAFETY: the kind's payload.
        Some(unsafe { *payload.cast::<Int64>() }.value())
    }

    /// The header of the value, if it is a userdata that points at C memory.
    #[inline]
    pub fn header(&self, lua: State, index: c_int) -> Option<(Kind, &'static mut Header)> {
        let kind = self.of(lua, index).filter(|kind| kind.has_header())?;
        // SAFETY: these kinds begin with a header; it stays while it is on the stack. No two
        // references to one header are used at a time.
        Some((kind, unsafe { &mut *lua.userdata(index).cast::<Header>() }))
    }

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

    /// Takes the bounds from the cdata at `index`: its address is about to be changed from outside.
    pub fn unbound(&self, lua: State, index: c_int) {
        if let Some((_, header)) = self.header(lua, index) {
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
        match self.header(lua, parent) {
            Some((_, header)) if !header.owns() && !header.has_finalizer() => self.push_value_of(lua, parent, header),
            _ => self.push_anchor(lua, parent),
        }
        true
    }

    /// Pushes the user value of the object at `index`, or what it has instead.
    fn push_value_of(&self, lua: State, index: c_int, header: &Header) {
        if header.region.flags & BARE == 0 {
            return lua.get_user_value(index);
        }
        lua.push_ref(self.kept.get());
        lua.copy(index);
        lua.raw_get(-2);
        lua.remove(-2);
    }

    /// Pops what `push_kept` pushed and makes the view at `index` keep it from now on.
    pub fn keep_for(&self, lua: State, index: c_int) {
        let index = lua.abs(index);
        match self.header(lua, index) {
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
        let made = match self.header(lua, index) {
            Some((_, header)) => header.has_anchor(),
            // Arenas and libraries make theirs when they are born.
            None => true,
        };
        if !made {
            self.make_anchor(lua, index);
            if let Some((_, header)) = self.header(lua, index) {
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
}

/// In an anchor table, and in any other that a userdata keeps: the userdata that keeps the memory.
pub const ANCHOR_SELF: c_int = 1;
const ANCHOR_FORMER: c_int = 2;
#[cfg(anchor_tables)]
const ANCHOR_FINALIZER: c_int = 3;
/// What the memory points to.
#[cfg(anchor_tables)]
const ANCHOR_PINS: c_int = 4;

impl Kinds {
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
            match self.header(lua, object) {
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
            if self.of(lua, -1).is_none() {
                break;
            }
            if lua.identity(-1) == lua.identity(object) {
                // It is its own owner, by the value below.
                lua.pop(1);
                let own = self.header(lua, object).filter(|(_, header)| header.owns());
                let start = own.map_or(0, |(_, header)| header.region.addr.addr());
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

/// A userdata that owns a Rust value, for code that may raise while it uses the value.
pub struct Keeper(Option<Box<dyn Any>>);

impl Keeper {
    /// Pushes an empty keeper. `metatable` is the registry's reference to the keepers' metatable.
    pub fn push(lua: State, metatable: c_int) -> &'static mut Keeper {
        let place = lua.new_userdata(size_of::<Keeper>(), false).cast::<Keeper>();
        // SAFETY: fresh memory of that size; it stays while it is on the stack.
        let keeper = unsafe {
            place.write(Keeper(None));
            &mut *place
        };
        lua.push_ref(metatable);
        lua.set_metatable(-2);
        keeper
    }

    /// Makes the keepers' metatable; gives its reference.
    pub fn install(lua: State) -> c_int {
        unsafe extern "C-unwind" fn collect(state: *mut lua_State) -> c_int {
            // SAFETY: Lua finalizes a keeper; the metatable is out of a script's reach.
            unsafe {
                let lua = State::new(state);
                (*lua.userdata(1).cast::<Keeper>()).0 = None;
            }
            0
        }
        lua.new_table(0, 1);
        lua.push_closure(collect, 0);
        lua.set_field(-2, b"__gc");
        lua.make_ref()
    }

    pub fn keep<T: Any>(&mut self, value: T) {
        self.0 = Some(Box::new(value));
    }

    pub fn get<T: Any>(&self) -> Option<&T> {
        self.0.as_ref()?.downcast_ref()
    }
}

/// The payload of a callback object: what others need to know of it. `callback` owns the rest.
pub struct CallbackHandle {
    /// The address C calls; null once freed.
    pub code: Cell<*mut c_void>,
    /// C may have the address.
    pub escaped: Cell<bool>,
    /// `callback`'s record.
    pub record: Cell<*mut c_void>,
    /// The runtime keeps it.
    pub signature: Cell<*const Signature>,
}

impl CallbackHandle {
    /// The address, to be given to C; `None` once freed.
    pub fn escape(&self) -> Option<*mut c_void> {
        let code = self.code.get();
        if code.is_null() {
            return None;
        }
        self.escaped.set(true);
        Some(code)
    }
}
