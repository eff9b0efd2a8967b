//! Memory for what is written in Rust, which can end the process but raise no error where there is none. So
//! there is a reserve, from which small blocks come when the system refuses one; and what takes memory asks
//! first: whether the system has some again after it refused, or whether there is as much as a large step
//! may take.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What the steps that have begun when the system first refuses memory may take together.
const RESERVE: usize = 1 << 20;

/// What the system must have again before steps begin.
const ENOUGH: usize = 1 << 16;

/// The module's allocator.
pub struct Memory;

#[global_allocator]
static MEMORY: Memory = Memory;

#[repr(align(64))]
struct Bytes(UnsafeCell<[u8; RESERVE]>);

// SAFETY: only addresses are taken of it; who has which part is said by `TAKEN`.
unsafe impl Sync for Bytes {}

static BYTES: Bytes = Bytes(UnsafeCell::new([0; RESERVE]));

/// How much of the reserve's start is taken, and above that, by how many blocks.
static TAKEN: AtomicU64 = AtomicU64::new(0);

const BLOCK: u64 = 1 << 32;

/// The system has refused memory.
static REFUSED: AtomicBool = AtomicBool::new(false);

#[cold]
#[inline(never)]
fn from_reserve(layout: Layout) -> *mut u8 {
    REFUSED.store(true, Ordering::Relaxed);
    let base = BYTES.0.get().cast::<u8>();
    let start = |taken: u64| (base.addr() + (taken % BLOCK) as usize).next_multiple_of(layout.align()) - base.addr();
    let taken = TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
        // What is large is a script's own, and whoever asks for that can do without.
        let fits = layout.size() <= RESERVE / 4 && start(taken) <= RESERVE - layout.size();
        fits.then(|| (taken / BLOCK + 1) * BLOCK + (start(taken) + layout.size()) as u64)
    });
    match taken {
        // SAFETY: inside of the reserve.
        Ok(taken) => unsafe { base.add(start(taken)) },
        Err(_) => std::ptr::null_mut(),
    }
}

/// Gives a block back, if it is of the reserve.
#[inline(always)]
fn to_reserve(block: *mut u8) -> bool {
    let own = block.addr().wrapping_sub(BYTES.0.get().addr()) < RESERVE;
    if own {
        give_back();
    }
    own
}

#[cold]
#[inline(never)]
fn give_back() {
    let _ = TAKEN.fetch_update(Ordering::AcqRel, Ordering::Acquire, |taken| {
        // Without blocks all of it is free.
        Some(if taken / BLOCK == 1 { 0 } else { taken - BLOCK })
    });
}

// SAFETY: the system's allocator, and where that gives nothing parts of the reserve, each of which one block
// has until all are given back. Nothing here unwinds.
unsafe impl GlobalAlloc for Memory {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        let block = unsafe { System.alloc(layout) };
        if block.is_null() { from_reserve(layout) } else { block }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: by the caller.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            return block;
        }
        let block = from_reserve(layout);
        if !block.is_null() {
            // SAFETY: a block of that size.
            unsafe { block.write_bytes(0, layout.size()) };
        }
        block
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if !to_reserve(block) {
            // SAFETY: by the caller; not of the reserve, so the system's.
            unsafe { System.dealloc(block, layout) }
        }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let own = block.addr().wrapping_sub(BYTES.0.get().addr()) < RESERVE;
        if !own {
            // SAFETY: by the caller.
            let moved = unsafe { System.realloc(block, layout, size) };
            if !moved.is_null() {
                return moved;
            }
        }
        // SAFETY: by the caller: the size is one that a layout of that alignment may have.
        let moved = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !moved.is_null() {
            // SAFETY: both have so many bytes, and are two blocks.
            unsafe {
                moved.copy_from_nonoverlapping(block, layout.size().min(size));
                self.dealloc(block, layout);
            }
        }
        moved
    }
}

/// Whether a step may begin that takes a little memory: nearly always.
#[inline(always)]
pub fn is_there() -> bool {
    !REFUSED.load(Ordering::Relaxed) || is_there_again()
}

#[cold]
#[inline(never)]
fn is_there_again() -> bool {
    let half = TAKEN.load(Ordering::Relaxed) % BLOCK <= RESERVE as u64 / 2;
    let again = half && can_be_had(ENOUGH);
    if again {
        REFUSED.store(false, Ordering::Relaxed);
    }
    again
}

/// Whether a step may begin that takes so much.
pub fn is_there_for(bytes: usize) -> bool {
    is_there() && (bytes <= RESERVE / 4 || can_be_had(bytes))
}

/// Whether the system gives that much. None of it is touched.
fn can_be_had(bytes: usize) -> bool {
    #[cfg(unix)]
    // SAFETY: a new mapping, which nobody has seen when it is given back.
    unsafe {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let block = libc::mmap(std::ptr::null_mut(), bytes, access, libc::MAP_PRIVATE | libc::MAP_ANON, -1, 0);
        block != libc::MAP_FAILED && libc::munmap(block, bytes) == 0
    }
    #[cfg(not(unix))]
    {
        let Ok(layout) = Layout::from_size_align(bytes, 16) else { return false };
        // SAFETY: a block with a size, which is given back as it was got.
        unsafe {
            let block = System.alloc(layout);
            if !block.is_null() {
                System.dealloc(block, layout);
            }
            !block.is_null()
        }
    }
}
