//! The one header of everything that points at C memory.

use super::userdata::{Kind, Tag, Tagged};
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
    tag: Tag,
}

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
/// Of cdata: a function, with what calls of it need behind the header. It is many bits, so that nothing
/// else is taken for one.
const FUNCTION: u32 = 0xc0de_ff40;
/// The memory is a `const` variable's: it may not be written.
const CONSTANT: u32 = 128;
/// What is true of all that is derived from an object.
const INHERITED: u32 = MANAGED | CONSTANT;

// SAFETY: the tag is where it says, and made with the userdata.
unsafe impl Tagged for Header {
    const TAG: usize = std::mem::offset_of!(Header, tag);
}

impl Header {
    /// A header for something that points into `region`.
    #[inline]
    pub fn new(region: Region, slot: Slot) -> Header {
        Header::of_block(region.with_flags(region.flags & INHERITED), slot)
    }

    /// A header with all the flags of `region`.
    #[inline(always)]
    pub fn of_block(region: Region, slot: Slot) -> Header {
        Header { region, ty: slot.ty, mode: slot.mode, tag: Tag::NONE }
    }

    /// The same, as the beginning of a userdata of that kind.
    #[inline(always)]
    pub fn of_kind(self, kind: Kind) -> Header {
        Header { tag: Tag::of(kind), ..self }
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
        self.region.flags & FUNCTION == FUNCTION
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

    /// The memory may not be written.
    #[inline(always)]
    pub fn is_constant(&self) -> bool {
        is_constant(&self.region)
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

    /// The same object, when its memory is somewhere else.
    pub fn moved_to(self, region: Region) -> Header {
        let own = self.region.flags & !INHERITED;
        Header { region: region.with_flags(region.flags & INHERITED | own), ..self }
    }

    /// Aims at other memory, which does not lie in this userdata.
    pub fn aim(&mut self, region: Region) {
        // What it kept alive so far is about to be replaced, and its own anchor table with it.
        self.region = region.with_flags(region.flags & INHERITED | self.region.flags & BARE);
    }
}

/// A region that belongs to an arena.
#[inline]
pub fn managed(region: Region) -> Region {
    region.with_flags(region.flags | MANAGED)
}

const _: () = assert!(size_of::<Header>() == 48 || size_of::<usize>() != 8);

/// The same region, as one that may not be written.
pub fn constant(region: Region) -> Region {
    region.with_flags(region.flags | CONSTANT)
}

/// The same region without what only its object knows.
pub fn detached(region: Region) -> Region {
    region.with_flags(region.flags & CONSTANT)
}

/// A region that may not be written.
#[inline(always)]
pub fn is_constant(region: &Region) -> bool {
    region.flags & CONSTANT != 0
}
