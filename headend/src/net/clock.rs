//! The clock of the packet path: CLOCK_MONOTONIC, absolute sleeps, real-time scheduling.

use std::io;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::mman::{MlockAllFlags, mlockall};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, ClockNanosleepFlags, clock_gettime, clock_nanosleep};
use packager::time::Mono;

/// Two clocks read within this (in nanoseconds) were read at one time.
const CLOSE: i64 = 5_000;

/// CLOCK_MONOTONIC now.
#[must_use]
pub fn now() -> Mono {
    // The clock exists on every Linux; a failure would be a kernel without time.
    clock_gettime(ClockId::CLOCK_MONOTONIC).map_or(Mono::ZERO, mono)
}

/// CLOCK_REALTIME less CLOCK_MONOTONIC in nanoseconds, to place kernel stamps on [`now`]'s line.
/// Taken between two readings that stand close together, if there is time for it.
pub(super) fn realtime_ahead() -> i64 {
    let read = |clock| clock_gettime(clock).map_or(0, nanos);
    let mut best = (i64::MAX, 0);
    for _ in 0..3 {
        let before = read(ClockId::CLOCK_MONOTONIC);
        let real = read(ClockId::CLOCK_REALTIME);
        let apart = read(ClockId::CLOCK_MONOTONIC) - before;
        if apart < best.0 {
            best = (apart, real - before - apart / 2);
        }
        if apart < CLOSE {
            break;
        }
    }
    best.1
}

/// Sleeps until `deadline`; returns at once when it has passed.
pub fn sleep_until(deadline: Mono) {
    let at = i64::try_from(deadline.as_nanos()).unwrap_or(i64::MAX);
    let at = TimeSpec::new(at / 1_000_000_000, at % 1_000_000_000);
    while clock_nanosleep(
        ClockId::CLOCK_MONOTONIC,
        ClockNanosleepFlags::TIMER_ABSTIME,
        &at,
    ) == Err(Errno::EINTR)
    {}
}

/// How the wall clock is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Discipline {
    /// A time service holds it (no STA_UNSYNC, adjtimex(2)).
    pub synchronised: bool,
    /// How far it may be off at most.
    pub error: Duration,
}

/// Asks the kernel how the wall clock is held; changes nothing.
///
/// # Errors
/// What the kernel says; a sandbox may forbid the call.
#[expect(unsafe_code, reason = "no crate here wraps adjtimex")]
pub fn discipline() -> io::Result<Discipline> {
    // SAFETY: all zeros are a valid timex, of which the kernel reads `modes` (0: only ask) and
    // writes the rest.
    let (state, clock) = unsafe {
        let mut clock: libc::timex = std::mem::zeroed();
        (libc::adjtimex(&raw mut clock), clock)
    };
    if state < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(Discipline {
        synchronised: state != libc::TIME_ERROR && clock.status & libc::STA_UNSYNC == 0,
        error: Duration::from_micros(clock.maxerror.unsigned_abs()),
    })
}

/// Lets the kernel round the calling thread's wake-ups by 1 ns, not by the usual 50 µs.
///
/// # Errors
/// What the kernel says; none is known on Linux.
pub fn fine_timers() -> io::Result<()> {
    Ok(nix::sys::prctl::set_timerslack(1)?)
}

/// Schedules the calling thread as SCHED_FIFO with `priority` (1 to 99) and locks the process's
/// memory. Threads and processes that it starts are ordinary again.
///
/// # Errors
/// A sentence that says what is missing and how to give it. What could be done stays done.
pub fn realtime(priority: i32) -> Result<(), String> {
    let missing: Vec<String> = [fifo(priority), lock_memory()]
        .into_iter()
        .filter_map(Result::err)
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing.join(" "))
    }
}

#[expect(unsafe_code, reason = "no crate here wraps sched_setscheduler")]
fn fifo(priority: i32) -> Result<(), String> {
    let param = libc::sched_param {
        sched_priority: priority,
    };
    // SAFETY: `param` lives over the call; 0 is the calling thread.
    let done = unsafe {
        libc::sched_setscheduler(
            0,
            libc::SCHED_FIFO | libc::SCHED_RESET_ON_FORK,
            &raw const param,
        )
    };
    if done == 0 {
        return Ok(());
    }
    Err(format!(
        "No real-time scheduling ({}): under load packets leave late. Give CAP_SYS_NICE, or LimitRTPRIO={priority} in the unit.",
        io::Error::last_os_error()
    ))
}

/// Locks pages as they are touched. Under a limit later allocations would fail, so memory is
/// locked only where none holds.
fn lock_memory() -> Result<(), String> {
    let refused = |why: &str| {
        format!(
            "Memory is not locked ({why}): a page fault can hold packets up. Give CAP_IPC_LOCK, or LimitMEMLOCK=infinity in the unit."
        )
    };
    if !unlimited() && !may_lock() {
        return Err(refused("the limit is finite"));
    }
    let on_fault = MlockAllFlags::from_bits_retain(libc::MCL_ONFAULT);
    mlockall(MlockAllFlags::MCL_CURRENT | MlockAllFlags::MCL_FUTURE | on_fault)
        .map_err(|e| refused(e.desc()))
}

fn unlimited() -> bool {
    getrlimit(Resource::RLIMIT_MEMLOCK).is_ok_and(|(soft, _)| soft == libc::RLIM_INFINITY)
}

/// Whether the process has CAP_IPC_LOCK (bit 14, capability.h), for which no limit holds.
fn may_lock() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status
        .lines()
        .find_map(|line| line.strip_prefix("CapEff:"))
        .and_then(|bits| u64::from_str_radix(bits.trim(), 16).ok())
        .is_some_and(|bits| bits & (1 << 14) != 0)
}

fn mono(time: TimeSpec) -> Mono {
    Mono::from_nanos(nanos(time).cast_unsigned())
}

fn nanos(time: TimeSpec) -> i64 {
    time.tv_sec() * 1_000_000_000 + time.tv_nsec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_ends_after_its_deadline_and_soon() {
        fine_timers().unwrap();
        let deadline = now() + Duration::from_millis(20);
        sleep_until(deadline);
        let late = now().signed_nanos_since(deadline);
        assert!((0..500_000_000).contains(&late), "{late} ns late");
    }

    #[test]
    fn a_deadline_that_has_passed_does_not_sleep() {
        let start = now();
        sleep_until(Mono::ZERO);
        assert!(now().since(start) < Duration::from_millis(100));
    }

    #[test]
    fn children_of_a_real_time_thread_are_ordinary() {
        std::thread::spawn(|| {
            realtime(10).expect("this test needs CAP_SYS_NICE and CAP_IPC_LOCK: run it as root");
            // SAFETY: asks about the calling thread alone.
            #[expect(unsafe_code, reason = "no crate here wraps sched_getscheduler")]
            let policy = || unsafe { libc::sched_getscheduler(0) } & !libc::SCHED_RESET_ON_FORK;
            assert_eq!(policy(), libc::SCHED_FIFO);
            assert_eq!(
                std::thread::spawn(policy).join().unwrap(),
                libc::SCHED_OTHER
            );
        })
        .join()
        .unwrap();
    }
}
