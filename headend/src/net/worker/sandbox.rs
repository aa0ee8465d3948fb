//! How a worker is started: alone, with little, and never longer than this process lives.

use std::env;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use super::{Pipes, Takes};

/// Address space of a worker: four fifths of it are the libraries and 8 MiB of stack for each
/// thread. FFmpeg that encodes 1080p by x264 was seen to take 1.5 GiB with 2 encoder threads and
/// 3.3 GiB with 16, and 0.6 and 1.2 GiB of memory.
const ADDRESS_SPACE: u64 = 4 << 30;
/// Descriptors of a worker: pipes, a few connections, the libraries while they load.
const DESCRIPTORS: u64 = 64;
/// Of a worker's pipes.
const PIPE_BYTES: libc::c_int = 1 << 20;
/// The packet path goes first.
const NICE: i32 = 5;
/// Where memory is short, a worker goes before the packet path, which it inherits its place from
/// (proc_pid_oom_score_adj(5)).
const OUT_OF_MEMORY_FIRST: &[u8] = b"500";
/// What a worker may know of the environment: where things are, never what is secret.
pub(super) const ENVIRONMENT: [&str; 12] = [
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "XDG_CACHE_HOME",
    "FONTCONFIG_FILE",
    "FONTCONFIG_PATH",
    "LD_LIBRARY_PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A worker that runs, with its pipes, none of which ever waits.
pub(super) struct Started {
    pub(super) child: Child,
    pub(super) pipes: Pipes,
    pub(super) words: OwnedFd,
}

/// Starts `command` from a thread that lives as long as the worker: the kernel kills the worker
/// when its starter ends (PR_SET_PDEATHSIG, prctl(2)).
#[expect(unsafe_code, reason = "the sandbox is set up between fork and exec")]
pub(super) fn start(mut command: Command, takes: Takes) -> io::Result<Started> {
    let known = ENVIRONMENT
        .into_iter()
        .filter_map(|name| Some((name, env::var_os(name)?)));
    command
        .env_clear()
        .envs(known)
        // Each arena of glibc takes 64 MiB of address space, and each thread wants one.
        .env("MALLOC_ARENA_MAX", "2")
        .stdin(match takes {
            Takes::Nothing => Stdio::null(),
            Takes::Stream | Takes::Words => Stdio::piped(),
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let parent = std::process::id();
    // SAFETY: `confine` makes system calls alone; it neither allocates nor locks.
    unsafe {
        command.pre_exec(move || confine(parent));
    }
    let mut child = command.spawn()?;
    let missing = || io::Error::other("the worker has no pipe");
    let stream: OwnedFd = child.stdout.take().ok_or_else(missing)?.into();
    let words: OwnedFd = child.stderr.take().ok_or_else(missing)?.into();
    let feed: Option<OwnedFd> = child.stdin.take().map(Into::into);
    for pipe in [&stream, &words].into_iter().chain(&feed) {
        // SAFETY: the descriptor is open.
        check(unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) })?;
    }
    // Half a second of 16 Mbit/s.
    for pipe in [&stream].into_iter().chain(&feed) {
        // SAFETY: the descriptor is open.
        let set = unsafe { libc::fcntl(pipe.as_raw_fd(), libc::F_SETPIPE_SZ, PIPE_BYTES) };
        if let Err(error) = check(set) {
            // A user over the limit has 8 KiB for each new pipe (pipe(7)).
            tracing::warn!(%error, "the pipe of a worker stays small and may lose packets; raise `fs.pipe-user-pages-soft` with sysctl");
        }
    }
    Ok(Started {
        child,
        pipes: Pipes { stream, feed },
        words,
    })
}

/// Kills the worker and all that it started, and reaps it.
#[expect(unsafe_code, reason = "the standard library kills no group")]
pub(super) fn kill(child: &mut Child) {
    if let Ok(group) = libc::pid_t::try_from(child.id()) {
        // SAFETY: the child is not reaped yet, so the number is still its own; it leads a group.
        unsafe { libc::kill(-group, libc::SIGKILL) };
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Has the kernel end what `command` starts when the thread that starts it ends.
#[expect(unsafe_code, reason = "asked for between fork and exec")]
pub(crate) fn ends_with_us(command: &mut Command) {
    let parent = std::process::id();
    // SAFETY: `bind` makes system calls alone; it neither allocates nor locks.
    unsafe {
        command.pre_exec(move || bind(parent, libc::SIGTERM));
    }
}

/// Runs in the child between fork and exec.
#[expect(unsafe_code, reason = "system calls without a safe wrapper here")]
fn bind(parent: u32, signal: libc::c_int) -> io::Result<()> {
    // SAFETY: these calls take numbers alone.
    unsafe {
        check(libc::prctl(libc::PR_SET_PDEATHSIG, signal))?;
        // The starter may have ended before that.
        match libc::getppid().cast_unsigned() == parent {
            true => Ok(()),
            false => Err(io::Error::from_raw_os_error(libc::ESRCH)),
        }
    }
}

/// Runs in the child between fork and exec.
#[expect(unsafe_code, reason = "system calls without a safe wrapper here")]
fn confine(parent: u32) -> io::Result<()> {
    let limit = |resource, value: u64| {
        let limit = libc::rlimit {
            rlim_cur: value,
            rlim_max: value,
        };
        // SAFETY: `limit` lives over the call.
        check(unsafe { libc::setrlimit(resource, &raw const limit) })
    };
    // SAFETY: these calls take numbers alone.
    unsafe {
        check(libc::setsid())?;
        bind(parent, libc::SIGKILL)?;
        check(libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))?;
        libc::nice(NICE);
    }
    // SAFETY: the path ends in a zero, the bytes live over the call, the descriptor is its own.
    unsafe {
        let file = libc::open(c"/proc/self/oom_score_adj".as_ptr(), libc::O_WRONLY);
        if file != -1 {
            libc::write(
                file,
                OUT_OF_MEMORY_FIRST.as_ptr().cast(),
                OUT_OF_MEMORY_FIRST.len(),
            );
            libc::close(file);
        }
    }
    limit(libc::RLIMIT_AS, ADDRESS_SPACE)?;
    limit(libc::RLIMIT_NOFILE, DESCRIPTORS)?;
    limit(libc::RLIMIT_CORE, 0)?;
    // Closed at exec, not now: the standard library still tells a failed exec by one of them.
    // SAFETY: marks descriptors alone.
    let marked = unsafe {
        libc::syscall(
            libc::SYS_close_range,
            3u32,
            u32::MAX,
            libc::CLOSE_RANGE_CLOEXEC,
        )
    };
    if marked == 0 {
        Ok(())
    } else {
        Err(io::Error::last_os_error())
    }
}

fn check(result: libc::c_int) -> io::Result<()> {
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
