//! Bytes that are written at one end and read at the other, in one block that grows as LuaJIT's string
//! buffers do: what `reserve` offers is as much as there.

use crate::mem::{AllocError, Arena, Blocks, Ended, Region};

/// The bytes of a string buffer.
#[derive(Debug)]
pub struct Queue {
    /// Has the block, if there is one.
    arena: Arena,
    base: *mut u8,
    size: usize,
    read: usize,
    written: usize,
}

impl Default for Queue {
    fn default() -> Self {
        Queue::new()
    }
}

impl Queue {
    /// No buffer is larger.
    pub const MAX: usize = 0x7fff_ff00;
    /// The size of the first block.
    const MIN: usize = 32;

    /// An empty one without a block.
    pub const fn new() -> Queue {
        Queue { arena: Arena::new(), base: std::ptr::null_mut(), size: 0, read: 0, written: 0 }
    }

    /// The number of bytes that can be read.
    pub fn len(&self) -> usize {
        self.written - self.read
    }

    /// There are none.
    pub fn is_empty(&self) -> bool {
        self.read == self.written
    }

    /// The number of bytes that can be written before the block has to grow.
    pub fn room(&self) -> usize {
        self.size - self.written
    }

    /// The size of the block.
    pub fn size(&self) -> usize {
        self.size
    }

    /// The bytes that can be read.
    pub fn bytes(&self) -> &[u8] {
        if self.base.is_null() {
            return &[];
        }
        // SAFETY: the block is that large, and initialised: it was made of zeros.
        unsafe { std::slice::from_raw_parts(self.base.add(self.read), self.len()) }
    }

    /// The bytes from `from` to `to`, counted from the block's start, as memory for others, until they are
    /// moved or released.
    fn region(&self, from: usize, to: usize) -> Region {
        if self.base.is_null() {
            return Region::foreign(std::ptr::null_mut());
        }
        let block = Region::block(self.base, self.size).part(from, to - from);
        // SAFETY: the arena stays where it is: it lies in a userdata, which what has the region keeps.
        unsafe { block.owned_by(self.arena.life()) }
    }

    /// The bytes that can be read, as memory.
    pub fn content(&self) -> Region {
        self.region(self.read, self.written)
    }

    /// The bytes that can be written, as memory.
    pub fn free_space(&self) -> Region {
        self.region(self.written, self.size)
    }

    /// Makes room for so many more bytes. Gives the block that was replaced.
    pub fn reserve(&mut self, more: usize) -> Result<Blocks, AllocError> {
        if more <= self.room() {
            return Ok(Blocks::default());
        }
        let len = self.len();
        if more > Queue::MAX || len + more > Queue::MAX {
            return Err(AllocError::OutOfMemory);
        }
        if len + more > self.size {
            self.grow(len + more, self.size)
        } else if self.read < self.size / 8 {
            // To move bytes for so little would have to be done too often.
            self.grow(self.written + more, self.size)
        } else {
            self.arena.life().end(Ended::Changed);
            // SAFETY: both lie in the block.
            unsafe { self.base.copy_from(self.base.add(self.read), len) };
            (self.read, self.written) = (0, len);
            Ok(Blocks::default())
        }
    }

    /// Begins with a copy of `bytes`, which were borrowed so far as a part of a block of `size` bytes, and makes
    /// room for so many more.
    pub fn adopt(&mut self, bytes: &[u8], size: usize, more: usize) -> Result<Blocks, AllocError> {
        if more > Queue::MAX || bytes.len() + more > Queue::MAX {
            return Err(AllocError::OutOfMemory);
        }
        self.reset();
        let old = self.grow(bytes.len() + more, size)?;
        self.write(bytes)?;
        Ok(old)
    }

    /// Has a block of at least that size: `size` doubled.
    fn grow(&mut self, least: usize, size: usize) -> Result<Blocks, AllocError> {
        let mut size = size.max(Queue::MIN);
        while size < least {
            size *= 2;
        }
        let (block, old) = self.arena.renew(size, 1, Ended::Changed)?;
        let len = self.len();
        if len != 0 {
            // SAFETY: the old block is among `old`, the new one is larger.
            unsafe { block.as_ptr().copy_from_nonoverlapping(self.base.add(self.read), len) };
        }
        (self.base, self.size, self.read, self.written) = (block.as_ptr(), size, 0, len);
        Ok(old)
    }

    /// Adds bytes. Gives the block that was replaced.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Blocks, AllocError> {
        if bytes.is_empty() {
            return Ok(Blocks::default());
        }
        let block = self.base.addr();
        if (block..block + self.size).contains(&bytes.as_ptr().addr()) {
            // Bytes of the block itself may be moved.
            let copy = bytes.to_vec();
            return self.write(&copy);
        }
        let old = self.reserve(bytes.len())?;
        // SAFETY: there is that much room, in another block than the bytes.
        unsafe { self.base.add(self.written).copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        self.written += bytes.len();
        Ok(old)
    }

    /// Counts bytes in the free space as written; false if there are not so many.
    pub fn commit(&mut self, count: usize) -> bool {
        let fine = count <= self.room();
        if fine {
            self.written += count;
        }
        fine
    }

    /// Leaves out the first bytes, or all.
    pub fn skip(&mut self, count: usize) {
        self.read += count.min(self.len());
        if self.is_empty() {
            (self.read, self.written) = (0, 0);
        }
    }

    /// Takes back what was written after there were `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.written = self.written.min(self.read + len);
    }

    /// Leaves out all bytes and keeps the block.
    pub fn reset(&mut self) {
        self.arena.life().end(Ended::Changed);
        (self.read, self.written) = (0, 0);
    }

    /// Gives the block up for good: nothing can be written any more.
    pub fn close(&mut self) -> Blocks {
        drop(self.free());
        self.arena.free()
    }

    /// Leaves out all bytes and gives the block up.
    pub fn free(&mut self) -> Blocks {
        (self.base, self.size, self.read, self.written) = (std::ptr::null_mut(), 0, 0, 0);
        self.arena.give_up(Ended::Changed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_go_in_and_out() {
        let mut queue = Queue::new();
        assert!(queue.is_empty() && queue.bytes().is_empty() && queue.room() == 0);
        queue.write(b"hello").unwrap();
        queue.write(b" world").unwrap();
        assert_eq!((queue.bytes(), queue.room()), (&b"hello world"[..], 21));
        queue.skip(6);
        assert_eq!(queue.bytes(), b"world");
        queue.skip(100);
        assert_eq!((queue.len(), queue.room()), (0, 32));
        queue.write(b"abc").unwrap();
        queue.truncate(1);
        assert_eq!(queue.bytes(), b"a");
    }

    #[test]
    fn the_block_grows_by_doubling_or_is_compacted() {
        let mut queue = Queue::new();
        queue.reserve(33).unwrap();
        assert_eq!(queue.room(), 64);
        queue.write(&[1; 60]).unwrap();
        queue.skip(50);
        let before = queue.content();
        queue.write(&[2; 20]).unwrap();
        assert_eq!((queue.len(), queue.size), (30, 64));
        assert_eq!((queue.bytes()[9], queue.bytes()[10]), (1, 2));
        assert!(before.check_life().is_err(), "the bytes were moved");
        let before = queue.content();
        queue.write(&[3; 40]).unwrap();
        assert_eq!((queue.len(), queue.size), (70, 128));
        assert!(before.check_life().is_err(), "there is another block");
        queue.skip(8);
        queue.write(&[3; 59]).unwrap();
        assert_eq!(queue.size, 256, "less than an eighth is free at the start");
        drop(queue.free());
        assert_eq!((queue.len(), queue.room()), (0, 0));
    }

    #[test]
    fn its_own_bytes_can_be_added() {
        let mut queue = Queue::new();
        queue.write(b"0123456789abcdefghijklmnop").unwrap();
        queue.skip(10);
        for _ in 0..4 {
            let bytes = queue.content();
            let len = queue.len();
            // SAFETY: the content as it is.
            let own = unsafe { std::slice::from_raw_parts(bytes.granted(0), len) };
            let old = queue.write(own).unwrap();
            drop(old);
        }
        assert_eq!(queue.bytes(), b"abcdefghijklmnop".repeat(16));
    }

    #[test]
    fn impossible_sizes_are_refused() {
        let mut queue = Queue::new();
        queue.write(b"x").unwrap();
        assert!(queue.reserve(usize::MAX).is_err() && queue.reserve(Queue::MAX).is_err());
        assert_eq!(queue.bytes(), b"x");
        assert!(!queue.commit(32) && queue.commit(31));
    }
}
