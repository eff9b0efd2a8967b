//! C functions that are there before they are needed: a pool of static trampolines, each of which
//! saves the registers that hold arguments and calls what its slot says. That is faster than a libffi
//! closure, and serves signatures that have a [`RegisterPlan`](super::registers::RegisterPlan) without
//! structs. When the pool is used up there are still closures. No code is made at run time.
//!
//! A trampoline is 16 bytes of code that leave their own address and jump to the common part; from the
//! address follows the slot. The common part lays out the registers as [`Registers`], and takes the
//! result out of an [`Answer`].

#[cfg(doc)]
use super::registers::Registers;
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, Ordering};

/// Whether there are trampolines on this platform.
pub const SUPPORTED: bool = cfg!(any(
    all(target_arch = "x86_64", not(windows), target_pointer_width = "64"),
    all(target_arch = "aarch64", not(windows), target_endian = "little", target_pointer_width = "64")
));

/// The result of a call: whichever of the two registers the caller reads.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct Answer {
    /// The first integer register.
    pub integer: u64,
    /// The low half of the first vector register.
    pub vector: u64,
}

/// What a trampoline calls: the context, the saved registers (as [`Registers`]), where the result
/// goes. Nothing may unwind out of it.
pub type Handler = unsafe extern "C" fn(*mut c_void, *mut u64, *mut Answer);

/// So many trampolines there are.
#[cfg(not(test))]
const COUNT: usize = 4096;
#[cfg(test)]
const COUNT: usize = 4;

/// What a trampoline calls. The assembly knows this layout.
#[repr(C)]
struct Slot {
    handler: AtomicPtr<c_void>,
    context: AtomicPtr<c_void>,
}

/// A slot that nobody has answers zero.
unsafe extern "C" fn idle(_: *mut c_void, _: *mut u64, answer: *mut Answer) {
    // SAFETY: the trampoline's own memory.
    unsafe { answer.write(Answer::default()) }
}

static SLOTS: [Slot; COUNT] =
    [const { Slot { handler: AtomicPtr::new(idle as *const () as *mut c_void), context: AtomicPtr::new(null_mut()) } };
        COUNT];

/// The slots that are free, most recently freed last; `None` before the first is taken.
static FREE: Mutex<Option<Vec<u16>>> = Mutex::new(None);

fn free_slots<T>(use_them: impl FnOnce(&mut Vec<u16>) -> T) -> T {
    let mut guard = FREE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    use_them(guard.get_or_insert_with(|| (0..COUNT as u16).rev().collect()))
}

/// A trampoline of the pool. Like a closure it is given back only by `release`.
#[derive(Debug)]
pub struct Trampoline(u16);

impl Trampoline {
    /// Makes a trampoline call `handler(context, ..)`; `None` when there is none left.
    ///
    /// # Safety
    /// Whatever `context` points to stays as long as the trampoline may be called.
    pub unsafe fn take(handler: Handler, context: *mut c_void) -> Option<Trampoline> {
        if !SUPPORTED {
            return None;
        }
        let slot = free_slots(|free| free.pop())?;
        SLOTS[slot as usize].context.store(context, Ordering::Relaxed);
        SLOTS[slot as usize].handler.store(handler as *const () as *mut c_void, Ordering::Release);
        Some(Trampoline(slot))
    }

    /// The address to call.
    #[inline]
    pub fn code(&self) -> *mut c_void {
        let first = (code::trampolines as *const () as *mut c_void).cast::<u8>();
        first.wrapping_add(first.align_offset(16)).wrapping_add(16 * self.0 as usize).cast()
    }

    /// Makes it answer zero for good, whoever calls it; it is never given back.
    pub fn retire(self) {
        SLOTS[self.0 as usize].handler.store(idle as *const () as *mut c_void, Ordering::Release);
    }

    /// Gives it back; the address may become another function's.
    ///
    /// # Safety
    /// Nobody calls the address any more.
    pub unsafe fn release(self) {
        SLOTS[self.0 as usize].handler.store(idle as *const () as *mut c_void, Ordering::Release);
        free_slots(|free| free.push(self.0));
    }
}

#[cfg(all(target_arch = "x86_64", not(windows), target_pointer_width = "64"))]
mod code {
    use super::{COUNT, SLOTS};

    /// All trampolines, and behind them the common part.
    #[unsafe(naked)]
    pub unsafe extern "C" fn trampolines() {
        core::arch::naked_asm!(
            ".p2align 4",
            "2:",
            ".rept {count}",
            ".p2align 4",
            "endbr64",
            "leaq 0(%rip), %r11",
            "jmp 3f",
            ".endr",
            ".p2align 4",
            "3:",
            "pushq %rbp",
            "movq %rsp, %rbp",
            "subq $128, %rsp",
            "movq %rdi, (%rsp)",
            "movq %rsi, 8(%rsp)",
            "movq %rdx, 16(%rsp)",
            "movq %rcx, 24(%rsp)",
            "movq %r8, 32(%rsp)",
            "movq %r9, 40(%rsp)",
            "movsd %xmm0, 48(%rsp)",
            "movsd %xmm1, 56(%rsp)",
            "movsd %xmm2, 64(%rsp)",
            "movsd %xmm3, 72(%rsp)",
            "movsd %xmm4, 80(%rsp)",
            "movsd %xmm5, 88(%rsp)",
            "movsd %xmm6, 96(%rsp)",
            "movsd %xmm7, 104(%rsp)",
            // The offset of the trampoline is that of the slot, which has 16 bytes as well.
            "leaq 2b(%rip), %rax",
            "subq %rax, %r11",
            "andq $-16, %r11",
            "leaq {slots}(%rip), %rax",
            "addq %r11, %rax",
            "movq 8(%rax), %rdi",
            "movq %rsp, %rsi",
            "leaq 112(%rsp), %rdx",
            "callq *(%rax)",
            "movq 112(%rsp), %rax",
            "movsd 120(%rsp), %xmm0",
            "leave",
            "retq",
            count = const COUNT,
            slots = sym SLOTS,
            options(att_syntax)
        )
    }
}

#[cfg(all(target_arch = "aarch64", not(windows), target_endian = "little", target_pointer_width = "64"))]
mod code {
    use super::{COUNT, SLOTS};

    /// The address of the slots, to `x17`.
    #[cfg(target_vendor = "apple")]
    macro_rules! load_slots {
        () => {
            "adrp x17, {slots}@PAGE\n add x17, x17, {slots}@PAGEOFF"
        };
    }
    #[cfg(not(target_vendor = "apple"))]
    macro_rules! load_slots {
        () => {
            "adrp x17, {slots}\n add x17, x17, :lo12:{slots}"
        };
    }

    /// All trampolines, and behind them the common part.
    #[unsafe(naked)]
    pub unsafe extern "C" fn trampolines() {
        core::arch::naked_asm!(
            ".p2align 4",
            "2:",
            ".rept {count}",
            ".p2align 4",
            "hint #34", // bti c
            "adr x16, .",
            "b 3f",
            ".endr",
            ".p2align 4",
            "3:",
            "stp x29, x30, [sp, #-160]!",
            "mov x29, sp",
            "stp x0, x1, [sp, #16]",
            "stp x2, x3, [sp, #32]",
            "stp x4, x5, [sp, #48]",
            "stp x6, x7, [sp, #64]",
            "stp d0, d1, [sp, #80]",
            "stp d2, d3, [sp, #96]",
            "stp d4, d5, [sp, #112]",
            "stp d6, d7, [sp, #128]",
            // The offset of the trampoline is that of the slot, which has 16 bytes as well.
            "adr x17, 2b",
            "sub x16, x16, x17",
            "and x16, x16, #-16",
            load_slots!(),
            "add x17, x17, x16",
            "ldp x16, x0, [x17]",
            "add x1, sp, #16",
            "add x2, sp, #144",
            "blr x16",
            "ldr x0, [sp, #144]",
            "ldr d0, [sp, #152]",
            "ldp x29, x30, [sp], #160",
            "ret",
            count = const COUNT,
            slots = sym SLOTS,
        )
    }
}

#[cfg(not(any(
    all(target_arch = "x86_64", not(windows), target_pointer_width = "64"),
    all(target_arch = "aarch64", not(windows), target_endian = "little", target_pointer_width = "64")
)))]
mod code {
    /// There are none.
    pub unsafe extern "C" fn trampolines() {}
}

#[cfg(all(test, target_arch = "x86_64", not(windows)))]
mod tests {
    use super::super::registers::INTEGERS;
    use super::*;

    /// Weighs all arguments of `function` below by their places, into both registers of the answer.
    unsafe extern "C" fn weigh(context: *mut c_void, registers: *mut u64, answer: *mut Answer) {
        // SAFETY: the trampoline's memory; the context is the test's number.
        unsafe {
            let mut integer = *context.cast::<u64>();
            let mut vector = 0.0;
            for i in 0..INTEGERS {
                integer += (i as u64 + 1) * *registers.add(i);
            }
            for i in 0..8 {
                vector += (i + 1) as f64 * f64::from_bits(*registers.add(INTEGERS + i));
            }
            *answer = Answer { integer, vector: vector.to_bits() };
        }
    }

    type Integer = extern "C" fn(u64, f64, u64, f64, u64, f64, u64, f64, u64, f64, u64, f64, f64, f64) -> u64;
    type Vector = extern "C" fn(u64, f64, u64, f64, u64, f64, u64, f64, u64, f64, u64, f64, f64, f64) -> f64;

    #[test]
    fn every_register_is_saved_and_every_trampoline_has_its_own_slot() {
        let mut contexts = [1000u64, 2000, 3000, 4000];
        let taken: Vec<Trampoline> = contexts
            .iter_mut()
            // SAFETY: the contexts outlive the trampolines.
            .map(|context| unsafe { Trampoline::take(weigh, (&raw mut *context).cast()) }.unwrap())
            .collect();
        // SAFETY: it is not called.
        assert!(unsafe { Trampoline::take(weigh, null_mut()) }.is_none());
        for (i, trampoline) in taken.iter().enumerate() {
            // SAFETY: a trampoline takes any registers; which one holds the result is up to the caller.
            let (integer, vector) = unsafe {
                (
                    std::mem::transmute::<*mut c_void, Integer>(trampoline.code()),
                    std::mem::transmute::<*mut c_void, Vector>(trampoline.code()),
                )
            };
            let integer = integer(1, 0.5, 2, 1.5, 3, 2.5, 4, 3.5, 5, 4.5, 6, 5.5, 6.5, 7.5);
            assert_eq!(integer, 1000 * (i as u64 + 1) + 1 + 4 + 9 + 16 + 25 + 36);
            let vector = vector(1, 0.5, 2, 1.5, 3, 2.5, 4, 3.5, 5, 4.5, 6, 5.5, 6.5, 7.5);
            assert_eq!(vector, (1..=8).map(|n| n as f64 * (n as f64 - 0.5)).sum::<f64>());
        }
        let code = taken[2].code();
        for trampoline in taken {
            // SAFETY: but for the call below, which is the idle handler's, nobody calls it.
            unsafe { trampoline.release() };
        }
        // SAFETY: as above; a free slot answers zero.
        let idle = unsafe { std::mem::transmute::<*mut c_void, extern "C" fn() -> u64>(code) };
        assert_eq!(idle(), 0);
    }
}
