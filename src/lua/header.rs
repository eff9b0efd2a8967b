//! The one header of everything that points at C memory.

use super::state::State;
use super::userdata::Kind;
use lunaffi_core::ctype::{Mode, Slot, TypeId};
use lunaffi_core::mem::Region;

/// What every userdata that points at C memory begins with.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Header {
    /// Where it points and what may be accessed there. `flags` are the `Header`'s own.
    pub region: Region,
    /// Typed pointer: the element; view: the record; else void.
    ty: TypeId,
    mode: Mode,
    /// What tells that a userdata begins with a header, and of which kind it is: see `Header::receiver`.
    kind: u8,
    mark: u16,
}

const MARK: u16 = 0xc0de;
/// The kind of a header that is no userdata's yet.
const NO_KIND: u8 = u8::MAX;

/// The memory lies in the userdata itself.
pub const OWNS: u32 = 1;
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
pub const BARE: u32 = 32;
/// Of cdata: a function, with what calls of it need behind the header.
const FUNCTION: u32 = 64;

impl Header {
    /// A header for something that points into `region`.
    #[inline]
    pub fn new(region: Region, slot: Slot) -> Header {
        Header::of_block(region.with_flags(region.flags & MANAGED), slot)
    }

    /// A header with all the flags of `region`.
    #[inline(always)]
    pub fn of_block(region: Region, slot: Slot) -> Header {
        Header { region, ty: slot.ty, mode: slot.mode, kind: NO_KIND, mark: MARK }
    }

    /// The same, as the beginning of a userdata of that kind.
    #[inline(always)]
    pub fn of_kind(self, kind: Kind) -> Header {
        Header { kind: kind as u8, ..self }
    }

    /// The payload of the first argument of a metamethod, if it is of that kind, which begins with a header.
    /// It is told by what lies in the userdata, which is faster than to ask Lua for the metatable; scripts
    /// can only get at metamethods, and so call them with something else, through the debug library.
    #[inline(always)]
    pub fn receiver<T>(lua: State, kind: Kind) -> Option<&'static T> {
        const { assert!(size_of::<T>() >= size_of::<Header>()) };
        let payload = lua.userdata(1);
        if payload.is_null() || lua.raw_len(1) < size_of::<T>() {
            return None;
        }
        let header = payload.cast::<Header>();
        // SAFETY: a userdata with room for a header, which Lua aligns to at least 8.
        let found = unsafe { ((*header).kind, (*header).mark) };
        // SAFETY: it is of the kind by its mark, and the callers know what those are; it stays while it is
        // on the stack.
        if found == (kind as u8, MARK) { Some(unsafe { &*payload.cast::<T>() }) } else { None }
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
    pub fn has_anchor(&self) -> bool {
        self.region.flags & HAS_ANCHOR != 0
    }

    #[cfg(anchor_tables)]
    pub fn set_has_anchor(&mut self) {
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
