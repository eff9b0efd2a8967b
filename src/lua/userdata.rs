//! The userdata kinds, how they are told apart, and how userdata are made. A kind is the identity of
//! its metatable, which only this module can set.

use super::header::{BARE, Header, OWNS};
use super::payload::Int64;
use super::state::{State, Still, Type};
use lunaffi_core::ctype::Slot;
use lunaffi_core::mem::{Life, Region};
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
    StringBuffer "buffer",
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

/// What lies in a userdata to tell its kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(transparent)]
pub struct Tag([u8; 3]);

impl Tag {
    /// Of what is no userdata's yet.
    pub const NONE: Tag = Tag([u8::MAX; 3]);

    #[inline(always)]
    pub const fn of(kind: Kind) -> Tag {
        Tag([kind as u8, 0xc0, 0xde])
    }
}

/// A payload with a tag in it.
///
/// # Safety
/// The tag is at that offset in bytes; it is the kind's in a userdata of the kind.
pub unsafe trait Tagged {
    const TAG: usize;
}

/// The metatables by identity, and where the registry keeps them.
pub struct Kinds {
    identities: [Cell<*const c_void>; Kind::ALL.len()],
    references: [Cell<c_int>; Kind::ALL.len()],
    /// The registry's reference to a table with weak keys: what objects without a user value keep.
    pub kept: Cell<c_int>,
    /// The last receiver that was found to be large enough for its tag: a small one, and one with a header.
    measured: [Cell<*mut c_void>; 2],
}

/// No payload is there.
const NOTHING: *mut c_void = std::ptr::without_provenance_mut(1);

impl Default for Kinds {
    fn default() -> Self {
        Kinds {
            identities: [const { Cell::new(std::ptr::null()) }; Kind::ALL.len()],
            references: [const { Cell::new(0) }; Kind::ALL.len()],
            kept: Cell::new(0),
            measured: [const { Cell::new(NOTHING) }; 2],
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
    pub fn of(&self, lua: Still, index: c_int) -> Option<Kind> {
        if lua.type_of(index) != Type::Userdata || !lua.get_metatable(index) {
            return None;
        }
        let identity = lua.identity(-1);
        lua.pop(1);
        Kind::ALL.iter().copied().find(|&kind| self.identities[kind as usize].get() == identity)
    }

    /// The payload of the first argument of a metamethod, if it is of that kind. It is told by its tag, which
    /// is faster than to ask Lua for the metatable. Scripts can only get at metamethods, and so call them
    /// with something else, through the debug library.
    #[inline(always)]
    pub fn receiver<T: Tagged>(&self, lua: Still, kind: Kind) -> Option<&'static T> {
        let payload = lua.userdata(1);
        let measured = &self.measured[(size_of::<T>() >= size_of::<Header>()) as usize];
        if payload != measured.get() {
            if payload.is_null() || lua.raw_len(1) < size_of::<T>() {
                return None;
            }
            measured.set(payload);
        }
        // SAFETY: there is room for a tag, if only because a tagged userdata was at this address before: to
        // put another in its place, and call the metamethod with that, takes the debug library.
        let tag = unsafe { *payload.byte_add(T::TAG).cast::<Tag>() };
        // SAFETY: it is of the kind by its tag, and the callers know what those are; it stays while it is
        // on the stack.
        if tag == Tag::of(kind) { Some(unsafe { &*payload.cast::<T>() }) } else { None }
    }

    /// The payload of the value if it is a userdata of this kind. (Nothing else can have the kind's
    /// metatable.)
    #[inline]
    pub fn get(&self, lua: Still, index: c_int, kind: Kind) -> Option<*mut c_void> {
        if !lua.get_metatable(index) {
            return None;
        }
        let identity = lua.identity(-1);
        lua.pop(1);
        (identity == self.identities[kind as usize].get()).then(|| lua.userdata(index))
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
        unsafe { place.write(header.of_kind(kind)) };
        self.push_metatable(lua, kind);
        lua.set_metatable(-2);
        // SAFETY: written above; it stays while it is on the stack, which is the callers' business.
        unsafe { &mut *place }
    }

    /// Pushes a userdata of that kind with `size` zeroed bytes of its own, aligned as asked.
    #[inline]
    pub fn push_owner(&self, lua: State, kind: Kind, slot: Slot, size: usize, align: usize) -> &'static mut Header {
        self.push_owner_by(lua, kind, slot, size, align, || self.push_metatable(lua, kind))
    }

    /// `push_owner`, where `push_metatable` knows a faster way to push the kind's.
    #[inline(always)]
    pub fn push_owner_by(
        &self,
        lua: State,
        kind: Kind,
        slot: Slot,
        size: usize,
        align: usize,
        push_metatable: impl FnOnce(),
    ) -> &'static mut Header {
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
            place.write(Header::of_block(region, slot).of_kind(kind));
        }
        push_metatable();
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
        // SAFETY: the block has room for the life, and behind it, aligned again, for the bytes.
        unsafe {
            let start = header.region.granted(0);
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
    pub fn int64(&self, lua: Still, index: c_int) -> Option<i128> {
        let payload = self.get(lua, index, Kind::Int64)?;
        // SAFETY: the kind's payload.
        Some(unsafe { *payload.cast::<Int64>() }.value())
    }

    /// The header of the value, if it is a userdata that points at C memory.
    #[inline]
    pub fn header(&self, lua: Still, index: c_int) -> Option<(Kind, &'static mut Header)> {
        let kind = self.of(lua, index).filter(|kind| kind.has_header())?;
        // SAFETY: these kinds begin with a header; it stays while it is on the stack. No two
        // references to one header are used at a time.
        Some((kind, unsafe { &mut *lua.userdata(index).cast::<Header>() }))
    }
}
