//! How much is left of the C stack. What calls itself as often as a script likes asks before each step,
//! whatever it is: a parser, a conversion, a metamethod or a callback that runs Lua. Where the stack ends
//! is measured, so an error that leaves any number of steps by `longjmp` leaves nothing to be put right.

use std::cell::Cell;

/// What is kept for the step itself, and for what it calls without asking: Lua, its libraries, C. Of a small
/// stack it is a quarter.
const RESERVE: usize = 256 << 10;

/// The part of a stack in which there is room. It is measured anew where it does not hold the stack pointer.
pub struct Room {
    from: Cell<usize>,
    size: Cell<usize>,
}

impl Room {
    /// Of no stack yet.
    pub const fn new() -> Room {
        Room { from: Cell::new(0), size: Cell::new(0) }
    }

    /// Whether the running thread's stack has room for one more step. True also on a stack whose bounds are
    /// unknown: that of a coroutine which another library made, or on a system that does not tell.
    #[inline(always)]
    pub fn is_left(&self) -> bool {
        stack_pointer().wrapping_sub(self.from.get()) < self.size.get() || self.measure()
    }

    #[cold]
    #[inline(never)]
    fn measure(&self) -> bool {
        let here = stack_pointer();
        let Some((low, size)) = bounds().filter(|&(low, size)| here.wrapping_sub(low) < size) else { return true };
        let reserve = RESERVE.min(size / 4);
        self.from.set(low + reserve);
        self.size.set(size - reserve);
        here - low >= reserve
    }
}

impl Default for Room {
    fn default() -> Room {
        Room::new()
    }
}

thread_local! {
    static ROOM: Room = const { Room::new() };
    static BOUNDS: Cell<Option<(usize, usize)>> = const { Cell::new(None) };
}

/// `Room::is_left` of the running thread.
#[inline]
pub fn has_room() -> bool {
    ROOM.with(Room::is_left)
}

/// The lowest address of the running thread's own stack, and its size; `None` where the system does not tell.
pub fn bounds() -> Option<(usize, usize)> {
    BOUNDS.with(|known| {
        if known.get().is_none() {
            known.set(ask());
        }
        known.get()
    })
}

#[cfg(all(any(target_os = "linux", target_os = "android"), not(miri)))]
fn ask() -> Option<(usize, usize)> {
    let mut attributes = std::mem::MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut low, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are read, and given back, only when they were filled.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let known = libc::pthread_attr_getstack(attributes.as_ptr(), &mut low, &mut size) == 0;
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        known.then_some((low.addr(), size))
    }
}

#[cfg(all(any(target_os = "macos", target_os = "ios"), not(miri)))]
fn ask() -> Option<(usize, usize)> {
    // SAFETY: these functions have no preconditions.
    unsafe {
        let thread = libc::pthread_self();
        let size = libc::pthread_get_stacksize_np(thread);
        Some((libc::pthread_get_stackaddr_np(thread).addr() - size, size))
    }
}

#[cfg(any(miri, not(any(target_os = "linux", target_os = "android", target_os = "macos", target_os = "ios"))))]
fn ask() -> Option<(usize, usize)> {
    None
}

/// The stack pointer, or an address near to it. (Sanitizers put locals whose address is taken elsewhere.)
#[inline(always)]
pub fn stack_pointer() -> usize {
    let here: usize;
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, rsp", out(reg) here, options(nomem, nostack, preserves_flags))
    };
    #[cfg(all(target_arch = "aarch64", not(miri)))]
    // SAFETY: reads a register.
    unsafe {
        std::arch::asm!("mov {}, sp", out(reg) here, options(nomem, nostack, preserves_flags))
    };
    #[cfg(any(miri, not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let local = 0u8;
        here = std::hint::black_box(&raw const local).addr();
    }
    here
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes steps of at least 1 KiB until there is no room: how many, and where the stack pointer was then.
    fn descend(room: &Room) -> (usize, usize) {
        let page = std::hint::black_box([0u8; 1024]);
        let (steps, lowest) = if room.is_left() { descend(room) } else { (0, stack_pointer()) };
        (1 + steps + std::hint::black_box(page)[0] as usize, lowest)
    }

    fn on_stack<T: Send + 'static>(size: usize, run: impl FnOnce() -> T + Send + 'static) -> T {
        std::thread::Builder::new().stack_size(size).spawn(run).unwrap().join().unwrap()
    }

    #[test]
    fn recursion_ends_before_the_stack_does() {
        for size in [64 << 10, 256 << 10, 2 << 20, 16 << 20] {
            // The thread may get a larger stack, one that another thread has left.
            let (left, steps, size) = on_stack(size, || {
                let (steps, lowest) = descend(&Room::new());
                let (bottom, size) = bounds().unwrap();
                (lowest - bottom, steps, size)
            });
            assert!(steps > 1 && steps < size / 1024, "{steps} steps in {size} bytes");
            let reserve = RESERVE.min(size / 4);
            assert!(left > reserve / 2 && left < reserve + 4096, "{left} bytes are left of {size}");
        }
    }

    #[test]
    fn each_thread_has_its_own_stack() {
        let room = Room::new();
        assert!(room.is_left() && has_room());
        let (steps, room) = on_stack(256 << 10, move || (descend(&room).0, room));
        assert!(steps > 1 && steps < 256, "{steps}");
        assert!(room.is_left() && has_room());
    }
}
