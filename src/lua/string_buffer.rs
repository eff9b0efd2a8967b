//! The payload of a string buffer: bytes of its own, or bytes that it borrows from a string or from C until
//! it is written to. Who keeps alive what is borrowed is the API's business.

use super::error::Fault;
use super::header::is_constant;
use lunaffi_core::buffer::Queue;
use lunaffi_core::mem::{AllocError, Blocks, MemError, Region};
use std::cell::{Cell, RefCell};

/// What a string buffer has. Its cells are never borrowed while Lua runs.
#[derive(Default)]
pub struct StringBuffer {
    queue: RefCell<Queue>,
    borrowed: Cell<Option<Borrowed>>,
    /// The buffer keeps what its bytes were borrowed from.
    pub keeps_source: Cell<bool>,
    /// Bytes that were allocated since the collector was last told.
    pub untold: Cell<usize>,
}

/// Bytes that are another's.
#[derive(Clone, Copy)]
struct Borrowed {
    /// From the first byte that was not read yet.
    region: Region,
    /// Bytes that can be read.
    len: usize,
    /// Bytes that there were at first.
    size: usize,
}

impl Borrowed {
    fn rest(&self, read: usize) -> Borrowed {
        let read = read.min(self.len);
        Borrowed { region: self.region.moved(read as isize), len: self.len - read, ..*self }
    }
}

fn fault(error: AllocError) -> Fault {
    match error {
        AllocError::Freed => Fault::Text("the buffer is closed: its state is closing"),
        _ => Fault::Memory,
    }
}

impl StringBuffer {
    /// The number of bytes that can be read.
    pub fn len(&self) -> usize {
        self.borrowed.get().map_or_else(|| self.queue.borrow().len(), |borrowed| borrowed.len)
    }

    /// The number of bytes that can be written before the buffer has to grow.
    pub fn room(&self) -> usize {
        if self.is_borrowed() { 0 } else { self.queue.borrow().room() }
    }

    /// The bytes are another's.
    pub fn is_borrowed(&self) -> bool {
        self.borrowed.get().is_some()
    }

    /// `content` for a pointer that may be written through: the bytes of a string are copied first.
    pub fn writable_content(&self) -> Result<Region, Fault> {
        if self.borrowed.get().is_some_and(|borrowed| is_constant(&borrowed.region)) {
            // There is no block that would be replaced.
            self.reserve(0)?;
        }
        Ok(self.content())
    }

    /// The bytes that can be read, as memory. It is valid until the buffer changes, as its life tells.
    pub fn content(&self) -> Region {
        match self.borrowed.get() {
            Some(borrowed) => borrowed.region.bounded(borrowed.len),
            None => self.queue.borrow().content(),
        }
    }

    /// The bytes that can be written, as memory.
    pub fn free_space(&self) -> Region {
        self.queue.borrow().free_space()
    }

    /// The bytes that can be read.
    ///
    /// # Safety
    /// They are used only until the buffer changes, or anything runs that could change it.
    pub unsafe fn bytes<'a>(&self) -> Result<&'a [u8], MemError> {
        let len = self.len();
        if len == 0 {
            return Ok(&[]);
        }
        let content = self.content();
        content.grants(0, len)?;
        // SAFETY: the region grants them; how long is the caller's promise.
        Ok(unsafe { std::slice::from_raw_parts(content.granted(0), len) })
    }

    /// Makes room for so many more bytes, in memory of its own. Gives the block that was replaced.
    pub fn reserve(&self, more: usize) -> Result<Blocks, Fault> {
        let borrowed = self.borrowed.get();
        self.growing(|queue| match borrowed {
            Some(borrowed) => {
                // SAFETY: they are copied at once.
                let bytes = unsafe { self.bytes() }?;
                let old = queue.adopt(bytes, borrowed.size, more).map_err(fault)?;
                self.borrowed.set(None);
                Ok(old)
            }
            None => queue.reserve(more).map_err(fault),
        })
    }

    /// Adds bytes. Gives the block that was replaced.
    pub fn write(&self, bytes: &[u8]) -> Result<Blocks, Fault> {
        if self.is_borrowed() && !bytes.is_empty() {
            // There is no block that would be replaced.
            self.reserve(bytes.len())?;
        }
        self.growing(|queue| queue.write(bytes).map_err(fault))
    }

    /// Counts the bytes by which the block grows.
    fn growing(&self, step: impl FnOnce(&mut Queue) -> Result<Blocks, Fault>) -> Result<Blocks, Fault> {
        let mut queue = self.queue.borrow_mut();
        let before = queue.size();
        let old = step(&mut queue)?;
        self.untold.set(self.untold.get() + queue.size().saturating_sub(before));
        Ok(old)
    }

    /// Counts bytes in the free space as written; false if there are not so many.
    pub fn commit(&self, count: usize) -> bool {
        if self.is_borrowed() { count == 0 } else { self.queue.borrow_mut().commit(count) }
    }

    /// Leaves out the first bytes, or all.
    pub fn skip(&self, count: usize) {
        match self.borrowed.get() {
            Some(borrowed) => self.borrowed.set(Some(borrowed.rest(count))),
            None => self.queue.borrow_mut().skip(count),
        }
    }

    /// Takes back what was written after there were `len` bytes.
    pub fn truncate(&self, len: usize) {
        if !self.is_borrowed() {
            self.queue.borrow_mut().truncate(len);
        }
    }

    /// Leaves out all bytes and keeps the block.
    pub fn reset(&self) {
        self.borrowed.set(None);
        self.queue.borrow_mut().reset();
    }

    /// Leaves out all bytes and gives the block up.
    pub fn free(&self) -> Blocks {
        self.borrowed.set(None);
        self.queue.borrow_mut().free()
    }

    /// The same for good.
    pub fn close(&self) -> Blocks {
        self.borrowed.set(None);
        self.queue.borrow_mut().close()
    }

    /// Has the first `len` bytes of the region for its bytes. Gives the block that it had.
    pub fn borrow(&self, region: Region, len: usize) -> Blocks {
        let old = self.free();
        self.borrowed.set(Some(Borrowed { region, len, size: len }));
        old
    }
}
