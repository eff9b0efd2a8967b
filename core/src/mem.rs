//! Memory with bounds and lifetimes: what may be read or written through an address, and until
//! when. Nothing here knows of types or of Lua.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::fmt;
use std::ptr::NonNull;

/// Why memory cannot be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MemError {
    /// The address is NULL.
    Null,
    /// The access leaves the block.
    Bounds {
        /// Bytes from the address to the start of the access.
        offset: i64,
        /// Bytes of the access.
        len: usize,
        /// Bytes that are accessible from the address on.
        size: usize,
    },
    /// The owner released the memory meanwhile.
    Gone(Ended),
}

impl fmt::Display for MemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            MemError::Null => f.write_str("null pointer"),
            MemError::Bounds { offset, len, size } => {
                write!(f, "offset {offset} + {len} bytes is out of bounds: {size} bytes are accessible")
            }
            MemError::Gone(ended) => f.write_str(ended.message()),
        }
    }
}

/// How a life ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub enum Ended {
    /// The arena was reset.
    Reset,
    /// The arena was freed.
    Freed,
    /// The library was closed.
    Closed,
    /// The buffer has other memory now.
    Moved,
    /// The bytes of the string buffer are elsewhere now, or gone.
    Changed,
}

impl Ended {
    /// What a user is told.
    pub fn message(self) -> &'static str {
        match self {
            Ended::Reset => "use after reset of the arena",
            Ended::Freed => "use after free of the arena",
            Ended::Closed => "library is closed",
            Ended::Moved => "use after realloc of the buffer",
            Ended::Changed => "use after a change of the buffer",
        }
    }
}

/// How often an owner has released what it handed out. What it hands out carries the count as a
/// stamp; a stamp that is not the current count is out of date.
#[derive(Debug)]
pub struct Life {
    count: Cell<u32>,
    last: Cell<Ended>,
}

/// The life of memory that nobody of ours can release.
pub struct Forever(Life);

// SAFETY: nothing ever ends this life, so its cells are never written.
unsafe impl Sync for Forever {}

/// The one [`Life`] that never ends.
pub static FOREVER: Forever = Forever(Life::new());

impl Forever {
    /// The life itself.
    pub fn life(&self) -> &Life {
        &self.0
    }
}

impl Default for Life {
    fn default() -> Self {
        Life::new()
    }
}

impl Life {
    /// A life at its beginning.
    pub const fn new() -> Life {
        Life { count: Cell::new(0), last: Cell::new(Ended::Reset) }
    }

    /// What is handed out now carries this.
    #[inline]
    pub fn stamp(&self) -> u32 {
        self.count.get()
    }

    /// Makes all stamps given so far out of date. (A count that comes round after 2^32 ends would
    /// revive the stamps of the first; it stays at the last value instead, which nothing carries.)
    pub fn end(&self, how: Ended) {
        self.last.set(how);
        self.count.set(self.count.get().saturating_add(1));
    }

    /// How it ended last.
    pub fn last(&self) -> Ended {
        self.last.get()
    }
}

/// An address with what may be accessed around it, and until when.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Region {
    /// The address itself; may lie anywhere, also outside of the block.
    addr: *mut u8,
    /// Start of the block.
    base: *mut u8,
    /// End of the block.
    end: *mut u8,
    life: *const Life,
    stamp: u32,
    /// Free for the user of a region: it fills the space that alignment leaves.
    pub flags: u32,
}

impl Region {
    /// Memory whose extent and owner are unknown: checked for NULL only.
    #[inline]
    pub fn foreign(addr: *mut u8) -> Region {
        // NULL stays NULL, however it is moved: nothing may be accessed from it.
        let end = if addr.is_null() { 0 } else { usize::MAX };
        Region {
            addr,
            base: std::ptr::null_mut(),
            end: std::ptr::without_provenance_mut(end),
            life: FOREVER.life(),
            stamp: 0,
            flags: 0,
        }
    }

    /// The same by the address's number.
    #[inline]
    pub fn at(address: usize) -> Region {
        Region::foreign(std::ptr::with_exposed_provenance_mut(address))
    }

    /// A block of `size` bytes that stays as long as the region is used.
    #[inline]
    pub fn block(base: *mut u8, size: usize) -> Region {
        Region { addr: base, base, end: base.wrapping_add(size), ..Region::foreign(base) }
    }

    /// Bytes of the caller's, who keeps them as long as the region is used.
    #[inline]
    pub fn of(bytes: &mut [u8]) -> Region {
        Region::block(bytes.as_mut_ptr(), bytes.len())
    }

    /// The same memory, released when `life` ends.
    ///
    /// # Safety
    /// `life` stays readable as long as the region, or one derived from it, is used.
    #[inline]
    pub unsafe fn owned_by(self, life: *const Life) -> Region {
        // SAFETY: readable by the caller's promise.
        let stamp = unsafe { (*life).stamp() };
        Region { life, stamp, ..self }
    }

    /// The same with other flags.
    #[inline]
    pub fn with_flags(self, flags: u32) -> Region {
        Region { flags, ..self }
    }

    /// The memory of the address itself, which is this region's.
    #[inline]
    pub fn own_address(&self) -> Region {
        Region::block((&raw const self.addr).cast_mut().cast(), size_of::<usize>())
    }

    /// True when the extent is unknown.
    #[inline]
    pub fn is_foreign(&self) -> bool {
        self.base.is_null()
    }

    /// The region moved by some bytes, to wherever that is.
    #[inline]
    pub fn moved(self, bytes: isize) -> Region {
        Region { addr: self.addr.wrapping_offset(bytes), ..self }
    }

    /// The part of it that starts `offset` bytes further and is `len` bytes long.
    #[inline]
    pub fn part(self, offset: usize, len: usize) -> Region {
        let base = self.addr.wrapping_add(offset);
        if self.is_foreign() {
            Region { addr: base, ..self }
        } else {
            Region { addr: base, base, end: base.wrapping_add(len), ..self }
        }
    }

    /// The part of it that starts `offset` bytes further and goes on to the end.
    #[inline]
    pub fn rest(self, offset: usize) -> Region {
        let base = self.addr.wrapping_add(offset);
        if self.is_foreign() { Region { addr: base, ..self } } else { Region { addr: base, base, ..self } }
    }

    /// The part that a record of `size` bytes takes, `offset` bytes further: all that follows, if the
    /// record's last member goes on as far as the memory does.
    #[inline]
    pub fn of_record(self, offset: usize, size: usize, open: bool) -> Region {
        if open { self.rest(offset) } else { self.part(offset, size) }
    }

    /// The memory belongs to something that can release it.
    #[inline]
    pub fn may_end(&self) -> bool {
        !std::ptr::eq(self.life, FOREVER.life())
    }

    /// The `len` bytes from its address on, also where the extent is unknown.
    #[inline]
    pub fn bounded(self, len: usize) -> Region {
        Region { base: self.addr, end: self.addr.wrapping_add(len), ..self }
    }

    /// Without bounds, keeping the life.
    #[inline]
    pub fn unbounded(self) -> Region {
        let Region { base, end, .. } = Region::foreign(self.addr);
        Region { base, end, ..self }
    }

    /// Without bounds, and whatever the address: it may be changed from outside.
    #[inline]
    pub fn boundless(self) -> Region {
        Region { base: std::ptr::null_mut(), end: std::ptr::without_provenance_mut(usize::MAX), ..self }
    }

    /// Bytes from the address to the end of the block; `None` when unknown. An address outside of
    /// the block has none.
    #[inline]
    pub fn remaining(&self) -> Option<usize> {
        if self.is_foreign() {
            None
        } else if self.addr < self.base {
            Some(0)
        } else {
            Some((self.end as usize).saturating_sub(self.addr as usize))
        }
    }

    /// The error for an access that leaves the block, counted from the block's start.
    #[cold]
    pub fn outside(&self, offset: isize, len: usize) -> MemError {
        if self.is_foreign() {
            return MemError::Null;
        }
        let offset = self.addr.addr().wrapping_sub(self.base.addr()).wrapping_add_signed(offset) as isize as i64;
        MemError::Bounds { offset, len, size: self.end.addr() - self.base.addr() }
    }

    /// Ends the life of everything that has this region's life, if that is still its own.
    pub fn end_life(&self) {
        // SAFETY: as in `check_life`.
        let life = unsafe { &*self.life };
        if !std::ptr::eq(life, FOREVER.life()) && life.stamp() == self.stamp {
            life.end(Ended::Moved);
        }
    }

    /// Fails when the owner released the memory.
    #[inline]
    pub fn check_life(&self) -> Result<(), MemError> {
        // SAFETY: `owned_by` had the caller's promise; `FOREVER` is static.
        let life = unsafe { &*self.life };
        if life.stamp() == self.stamp { Ok(()) } else { Err(MemError::Gone(life.last())) }
    }

    /// The address as a number: for messages, comparisons and C.
    #[inline(always)]
    pub fn address(&self) -> usize {
        self.addr.expose_provenance()
    }

    /// Points to nothing.
    #[inline(always)]
    pub fn is_null(&self) -> bool {
        self.addr.is_null()
    }

    /// Fails when not all of the `len` bytes at `offset` may be accessed.
    #[inline]
    pub fn grants(&self, offset: isize, len: usize) -> Result<(), MemError> {
        self.check_life()?;
        if self.addr.is_null() {
            return Err(MemError::Null);
        }
        let start = (self.addr as usize).wrapping_add_signed(offset);
        let overflows = if offset >= 0 { start < self.addr as usize } else { start > self.addr as usize };
        if overflows || start < self.base as usize || start > self.end as usize || self.end as usize - start < len {
            return Err(self.out_of_bounds(offset as i64, len));
        }
        Ok(())
    }

    /// Gives `access` the address of the `len` bytes at `offset`, if all of them may be accessed.
    ///
    /// The closure and its result must be `Send`. A Lua state, and all that refers to one, is not: so the closure can
    /// release no memory, and it cannot hand the address out.
    ///
    /// ```compile_fail
    /// # use lunaffi_core::mem::Region;
    /// let kept = Region::of(&mut [0; 4]).with(0, 4, |place| place);
    /// ```
    /// ```compile_fail
    /// # use lunaffi_core::mem::Region;
    /// # struct State(*mut u8);
    /// # impl State { fn allocate(&self) {} }
    /// # let state = State(std::ptr::null_mut());
    /// Region::of(&mut [0; 4]).with(0, 4, |_| state.allocate());
    /// ```
    /// ```
    /// # use lunaffi_core::mem::Region;
    /// // SAFETY: the region grants the byte.
    /// assert_eq!(Region::of(&mut [7; 4]).with(3, 1, |place| unsafe { place.read() }), Ok(7));
    /// ```
    #[inline(always)]
    pub fn with<R: Send>(
        &self,
        offset: isize,
        len: usize,
        access: impl FnOnce(*mut u8) -> R + Send,
    ) -> Result<R, MemError> {
        self.grants(offset, len)?;
        Ok(access(self.addr.wrapping_offset(offset)))
    }

    /// `with` from the address on, without a word on why not.
    #[inline(always)]
    pub fn plain_with<R: Send>(
        &self,
        offset: usize,
        len: usize,
        access: impl FnOnce(*mut u8) -> R + Send,
    ) -> Option<R> {
        let (addr, end) = (self.addr as usize, self.end as usize);
        // SAFETY: as in `check_life`.
        let lives = unsafe { (*self.life).stamp() } == self.stamp;
        // Neither NULL nor behind the end: then there is some room.
        let room = end.wrapping_sub(addr);
        let fits = addr.wrapping_sub(1) < end && len <= room && offset <= room.wrapping_sub(len);
        if lives && fits && addr >= self.base as usize { Some(access(self.addr.wrapping_add(offset))) } else { None }
    }

    /// The same address as it is.
    ///
    /// # Safety
    /// `grants` has said so, and nothing has run since that may release the memory, or does so while the
    /// address is used.
    #[inline(always)]
    pub unsafe fn granted(&self, offset: isize) -> *mut u8 {
        self.addr.wrapping_offset(offset)
    }

    /// `with`, as a slice.
    #[inline]
    pub fn with_bytes<R: Send>(
        &self,
        offset: isize,
        len: usize,
        access: impl FnOnce(&mut [u8]) -> R + Send,
    ) -> Result<R, MemError> {
        // SAFETY: the region grants so many bytes, and nothing else has them meanwhile.
        self.with(offset, len, |place| access(unsafe { std::slice::from_raw_parts_mut(place, len) }))
    }

    /// Copies the bytes at `offset` to `to`, which may be a part of them.
    #[inline]
    pub fn read(&self, offset: isize, to: &mut [u8]) -> Result<(), MemError> {
        // SAFETY: the region grants as many bytes as the slice has.
        self.with(offset, to.len(), |place| unsafe { to.as_mut_ptr().copy_from(place, to.len()) })
    }

    /// Copies `from` to the bytes at `offset`.
    #[inline]
    pub fn write(&self, offset: isize, from: &[u8]) -> Result<(), MemError> {
        // SAFETY: as in `read`.
        self.with(offset, from.len(), |place| unsafe { place.copy_from(from.as_ptr(), from.len()) })
    }

    /// Sets the `len` bytes at `offset` to `byte`.
    #[inline]
    pub fn fill(&self, offset: isize, len: usize, byte: u8) -> Result<(), MemError> {
        // SAFETY: the region grants so many bytes.
        self.with(offset, len, |place| unsafe { place.write_bytes(byte, len) })
    }

    /// Copies the `len` bytes at `from` to those at the address; the two may overlap.
    #[inline]
    pub fn copy(&self, from: &Region, len: usize) -> Result<(), MemError> {
        self.grants(0, len)?;
        from.grants(0, len)?;
        // SAFETY: both grant so many bytes, and nothing runs in between.
        unsafe { self.addr.copy_from(from.addr, len) };
        Ok(())
    }

    /// The address in the memory at `offset`.
    #[inline]
    pub fn pointer(&self, offset: isize) -> Result<Region, MemError> {
        let mut bytes = [0; size_of::<usize>()];
        self.read(offset, &mut bytes)?;
        Ok(Region::at(usize::from_ne_bytes(bytes)))
    }

    /// How many bytes at `offset` come before a NUL, or before the end of the memory where that is known.
    pub fn text_length(&self, offset: usize) -> Result<usize, MemError> {
        let remaining = self.remaining();
        self.with(offset as isize, 0, |start| {
            // SAFETY: memory of known extent is looked at up to its end; foreign memory holds a C string by
            // the script's word.
            unsafe {
                match remaining {
                    Some(remaining) => {
                        let all = std::slice::from_raw_parts(start, remaining - offset);
                        all.iter().position(|&byte| byte == 0).unwrap_or(all.len())
                    }
                    None => std::ffi::CStr::from_ptr(start.cast()).count_bytes(),
                }
            }
        })
    }

    /// The error for an access that leaves the block.
    #[cold]
    pub fn out_of_bounds(&self, offset: i64, len: usize) -> MemError {
        if self.end.is_null() {
            return MemError::Null;
        }
        MemError::Bounds { offset, len, size: self.remaining().unwrap_or(0) }
    }
}

/// Why a block cannot be had.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum AllocError {
    /// A block of no bytes was asked for.
    Zero,
    /// The system has no such block.
    OutOfMemory,
    /// The arena was freed.
    Freed,
}

/// Blocks of zeroed memory that are released together.
#[derive(Debug)]
pub struct Arena {
    life: Life,
    blocks: Blocks,
    total: usize,
    freed: bool,
}

impl Default for Arena {
    fn default() -> Self {
        Arena::new()
    }
}

impl Arena {
    /// The alignment of a block that asks for none.
    pub const DEFAULT_ALIGN: usize = 16;

    /// An arena without blocks.
    pub const fn new() -> Arena {
        Arena { life: Life::new(), blocks: Blocks(Vec::new()), total: 0, freed: false }
    }

    /// The life of the blocks that are there now.
    pub fn life(&self) -> &Life {
        &self.life
    }

    /// Bytes asked for by the blocks that are there now.
    pub fn total(&self) -> usize {
        self.total
    }

    /// The number of blocks that are there now.
    pub fn count(&self) -> usize {
        self.blocks.0.len()
    }

    /// A zeroed block of `size` bytes, aligned to `align` (a power of two), at least to the default.
    pub fn alloc(&mut self, size: usize, align: usize) -> Result<NonNull<u8>, AllocError> {
        if self.freed {
            return Err(AllocError::Freed);
        }
        if size == 0 {
            return Err(AllocError::Zero);
        }
        let layout =
            Layout::from_size_align(size, align.max(Self::DEFAULT_ALIGN)).map_err(|_| AllocError::OutOfMemory)?;
        self.blocks.0.try_reserve(1).map_err(|_| AllocError::OutOfMemory)?;
        // SAFETY: the layout's size is not zero.
        let block = NonNull::new(unsafe { alloc_zeroed(layout) }).ok_or(AllocError::OutOfMemory)?;
        self.blocks.0.push((block, layout));
        self.total += size;
        Ok(block)
    }

    /// Gives all blocks up; what pointed into them is out of date.
    pub fn reset(&mut self) -> Blocks {
        self.give_up(Ended::Reset)
    }

    /// Has one block of `size` bytes instead of all that it had; gives the new one and the old ones.
    pub fn renew(&mut self, size: usize, align: usize, how: Ended) -> Result<(NonNull<u8>, Blocks), AllocError> {
        if self.freed {
            return Err(AllocError::Freed);
        }
        let mut fresh = Arena::new();
        let block = fresh.alloc(size, align)?;
        let old = self.give_up(how);
        self.blocks = std::mem::take(&mut fresh.blocks);
        self.total = size;
        Ok((block, old))
    }

    /// Gives all blocks up for good.
    pub fn free(&mut self) -> Blocks {
        let blocks = self.give_up(Ended::Freed);
        self.freed = true;
        blocks
    }

    /// Gives all blocks up; what pointed into them is told how.
    pub(crate) fn give_up(&mut self, how: Ended) -> Blocks {
        if !self.freed {
            self.life.end(how);
        }
        self.total = 0;
        std::mem::take(&mut self.blocks)
    }
}

/// Blocks of memory that are released when they are dropped.
#[derive(Debug, Default)]
pub struct Blocks(Vec<(NonNull<u8>, Layout)>);

impl Drop for Blocks {
    fn drop(&mut self) {
        for (block, layout) in self.0.drain(..) {
            // SAFETY: the block was made by `Arena::alloc` with this layout and leaves the list once.
            unsafe { dealloc(block.as_ptr(), layout) };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_checked_to_the_byte() {
        let mut bytes = [0u8; 16];
        let r = Region::block(bytes.as_mut_ptr(), 16);
        assert!(r.grants(0, 16).is_ok());
        assert!(r.grants(16, 0).is_ok());
        assert_eq!(r.grants(14, 4), Err(MemError::Bounds { offset: 14, len: 4, size: 16 }));
        assert!(r.grants(17, 0).is_err());
        assert!(r.grants(-1, 1).is_err());
        assert!(r.grants(isize::MAX, 1).is_err());
        assert!(r.grants(isize::MIN, 1).is_err());
        assert!(r.grants(0, usize::MAX).is_err());
        let moved = r.moved(16);
        assert_eq!(moved.remaining(), Some(0));
        assert!(moved.grants(0, 1).is_err());
        assert!(moved.grants(-4, 4).is_ok());
        let before = r.moved(-8);
        assert_eq!(before.remaining(), Some(0));
        assert!(before.grants(0, 1).is_err());
        assert!(before.grants(8, 16).is_ok());
        assert_eq!(before.moved(8).remaining(), Some(16));
        assert!(r.part(4, 4).grants(0, 5).is_err());
    }

    #[test]
    fn foreign_memory_is_checked_for_null_only() {
        let mut byte = 0u8;
        assert!(Region::foreign(&mut byte).grants(1 << 40, 8).is_ok());
        let null = Region::foreign(std::ptr::null_mut());
        assert_eq!(null.grants(0, 1), Err(MemError::Null));
        assert_eq!(null.moved(16).grants(0, 1), Err(MemError::Null));
        assert_eq!(null.part(16, 4).grants(0, 1), Err(MemError::Null));
    }

    #[test]
    fn an_arena_ends_what_it_handed_out() {
        let mut arena = Arena::new();
        let block = arena.alloc(64, 1).unwrap();
        assert_eq!(block.as_ptr() as usize % Arena::DEFAULT_ALIGN, 0);
        // SAFETY: the arena outlives the region.
        let r = unsafe { Region::block(block.as_ptr(), 64).owned_by(arena.life()) };
        assert!(r.grants(0, 64).is_ok());
        assert_eq!((arena.total(), arena.count()), (64, 1));
        arena.reset();
        assert_eq!((arena.total(), arena.count()), (0, 0));
        assert_eq!(r.grants(0, 1), Err(MemError::Gone(Ended::Reset)));
        assert_eq!(arena.alloc(8, 4096).unwrap().as_ptr() as usize % 4096, 0);
        arena.free();
        assert_eq!(arena.alloc(8, 1), Err(AllocError::Freed));
        arena.reset();
        assert_eq!(arena.life().last(), Ended::Freed);
        assert_eq!(r.grants(0, 1), Err(MemError::Gone(Ended::Freed)));
    }

    #[test]
    fn a_renewed_arena_has_one_new_block() {
        let mut arena = Arena::new();
        let block = arena.alloc(8, 1).unwrap();
        // SAFETY: the arena outlives the region.
        let r = unsafe { Region::block(block.as_ptr(), 8).owned_by(arena.life()) };
        assert!(arena.renew(usize::MAX, 1, Ended::Moved).is_err());
        assert!(r.grants(0, 8).is_ok(), "what fails changes nothing");
        let (new, old) = arena.renew(32, 1, Ended::Moved).unwrap();
        assert_ne!(new, block);
        assert_eq!((arena.total(), arena.count()), (32, 1));
        assert_eq!(r.grants(0, 1), Err(MemError::Gone(Ended::Moved)));
        drop(old);
        arena.free();
        assert!(matches!(arena.renew(8, 1, Ended::Moved), Err(AllocError::Freed)));
    }

    #[test]
    fn a_bounded_region_ends_where_it_says() {
        let mut bytes = [0u8; 8];
        let r = Region::foreign(bytes.as_mut_ptr()).bounded(8);
        assert_eq!(r.remaining(), Some(8));
        assert!(r.grants(0, 8).is_ok() && r.grants(0, 9).is_err() && r.grants(-1, 1).is_err());
    }

    #[test]
    fn impossible_blocks_are_refused() {
        let mut arena = Arena::new();
        assert_eq!(arena.alloc(0, 1), Err(AllocError::Zero));
        assert_eq!(arena.alloc(usize::MAX, 1), Err(AllocError::OutOfMemory));
        assert_eq!(arena.alloc(isize::MAX as usize, 1), Err(AllocError::OutOfMemory));
        assert_eq!(arena.count(), 0);
    }
}
