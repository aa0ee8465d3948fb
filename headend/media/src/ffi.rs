//! The calls that ffmpeg-next has no safe form for. Nothing else in this program is unsafe.

#![expect(
    unsafe_code,
    reason = "FFmpeg's log and a few fields have no safe wrapper"
)]

use std::collections::hash_map::DefaultHasher;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

use ffmpeg_next::codec::{Context, Parameters};
use ffmpeg_next::format::context::{Input, Output};
use ffmpeg_next::{Error, Frame, Rational, StreamMut, ffi, filter, media};

use crate::outcome::Exit;
use crate::report::Reporter;

/// FFmpeg's log has one receiver for the process, and its callback carries no pointer of ours.
static LOG: OnceLock<Reporter> = OnceLock::new();

/// FFmpeg's own errors become warnings of `reporter`; the rest of its log is dropped.
pub(crate) fn log_to(reporter: Reporter) {
    if LOG.set(reporter).is_ok() {
        // SAFETY: the callback has the signature that av_log_set_callback asks for, lives as
        // long as the program, and may be called from any thread.
        unsafe { ffi::av_log_set_callback(Some(log)) };
    }
}

type VaList = *mut ffi::__va_list_tag;

unsafe extern "C" fn log(avcl: *mut c_void, level: c_int, format: *const c_char, args: VaList) {
    let Some(reporter) = LOG.get() else { return };
    // The low byte is the level, the next one a colour (libavutil/log.h).
    if level & 0xff > ffi::AV_LOG_ERROR {
        return;
    }
    let mut line = [0 as c_char; 512];
    // Its prefix is an address in memory.
    let mut prefix: c_int = 0;
    // SAFETY: `avcl`, `format` and `args` are what FFmpeg handed over for this one call; the
    // line is written with a terminating zero and never past its size.
    let text = unsafe {
        ffi::av_log_format_line2(
            avcl,
            level,
            format,
            args,
            line.as_mut_ptr(),
            line.len() as c_int,
            &raw mut prefix,
        );
        CStr::from_ptr(line.as_ptr())
    };
    let text = text.to_string_lossy();
    if !text.trim().is_empty() {
        reporter.warning(&text);
    }
}

/// Ends the process from any thread, at once: no destructor runs beside a thread that is
/// somewhere in FFmpeg.
pub(crate) fn exit_now(exit: Exit) -> ! {
    // SAFETY: _exit takes any value, touches no memory of ours and does not return.
    unsafe { nix::libc::_exit(exit as c_int) }
}

/// Makes a muxer write what it gathers.
pub(crate) fn flush(output: &mut Output) -> Result<(), Error> {
    // SAFETY: the header is written, and a null packet is how av_write_frame is asked to flush.
    match unsafe { ffi::av_write_frame(output.as_mut_ptr(), std::ptr::null_mut()) } {
        code if code < 0 => Err(Error::from(code)),
        _ => Ok(()),
    }
}

/// Puts a frame into a chain of filters; it can go into others as well.
pub(crate) fn put(source: &mut filter::Context, frame: &Frame) -> Result<(), Error> {
    // SAFETY: the context is a configured buffer source; FFmpeg takes a reference to the frame's
    // data and leaves the frame as it is.
    match unsafe { ffi::av_buffersrc_write_frame(source.as_mut_ptr(), frame.as_ptr()) } {
        code if code < 0 => Err(Error::from(code)),
        _ => Ok(()),
    }
}

/// A time in another base, rounded, saturated.
pub(crate) fn rescale(time: i64, from: Rational, to: Rational) -> i64 {
    // SAFETY: plain arithmetic on values; a zero denominator gives i64::MIN by its contract.
    unsafe { ffi::av_rescale_q(time, from.into(), to.into()) }
}

/// What makes a stream itself: size or rate, and the headers of its codec. `None` while too
/// little is known to say it in a transport stream.
pub(crate) fn facts_of(parameters: &Parameters) -> Option<u64> {
    // SAFETY: the pointer is valid as long as `parameters`; the fields are plain numbers, and
    // `extradata` is null or holds `extradata_size` bytes.
    let (width, height, rate, headers) = unsafe {
        let raw = &*parameters.as_ptr();
        let headers = match (raw.extradata.is_null(), usize::try_from(raw.extradata_size)) {
            (false, Ok(size)) => std::slice::from_raw_parts(raw.extradata, size),
            _ => &[],
        };
        (raw.width, raw.height, raw.sample_rate, headers)
    };
    let known = match parameters.medium() {
        media::Type::Video => width > 0 && height > 0,
        media::Type::Audio => rate > 0,
        _ => true,
    };
    known.then(|| {
        let mut hasher = DefaultHasher::new();
        (width, height, rate, headers).hash(&mut hasher);
        hasher.finish()
    })
}

/// Width and height of a picture; 0 where they are not known.
pub(crate) fn size_of(parameters: &Parameters) -> (u32, u32) {
    // SAFETY: the pointer is valid as long as `parameters`; the fields are plain numbers.
    let (width, height) = unsafe {
        let raw = &*parameters.as_ptr();
        (raw.width, raw.height)
    };
    let size = |side| u32::try_from(side).unwrap_or(0);
    (size(width), size(height))
}

/// The PID that the muxer gives to a stream; to be said before the header is written.
pub(crate) fn set_pid(stream: &mut StreamMut<'_>, pid: u16) {
    // SAFETY: the stream is one of an output that has no header yet; the field is a plain number.
    unsafe { (*stream.as_mut_ptr()).id = c_int::from(pid) };
}

/// Lets a stream say what a decoder found out about it.
pub(crate) fn describe(input: &mut Input, stream: usize, found: &Context) -> Result<(), Error> {
    // SAFETY: the context has `nb_streams` valid streams, the index is one of them, and the
    // decoder's context is open.
    let code = unsafe {
        let context = &*input.as_mut_ptr();
        if stream >= context.nb_streams as usize {
            return Err(Error::StreamNotFound);
        }
        let parameters = (**context.streams.add(stream)).codecpar;
        ffi::avcodec_parameters_from_context(parameters, found.as_ptr())
    };
    if code < 0 {
        Err(Error::from(code))
    } else {
        Ok(())
    }
}

/// Whether the source says which streams belong together.
pub(crate) fn has_programs(input: &Input) -> bool {
    // SAFETY: the context is valid as long as `input`; the field is a plain number.
    unsafe { (*input.as_ptr()).nb_programs > 0 }
}

/// The streams of the programme that a stream belongs to, when the source has programmes.
pub(crate) fn program_of(input: &Input, stream: usize) -> Option<Vec<usize>> {
    let stream = c_int::try_from(stream).ok()?;
    // SAFETY: the context is valid as long as `input`; FFmpeg gives null or a programme of that
    // context, whose list has `nb_stream_indexes` entries.
    unsafe {
        // FFmpeg only reads the context here; its declaration lacks the const.
        let context = input.as_ptr().cast_mut();
        let program = ffi::av_find_program_from_stream(context, std::ptr::null_mut(), stream);
        let program = program.as_ref()?;
        let count = program.nb_stream_indexes as usize;
        if program.stream_index.is_null() || count == 0 {
            return None;
        }
        let list = std::slice::from_raw_parts(program.stream_index, count);
        Some(list.iter().map(|&index| index as usize).collect())
    }
}

/// Tells FFmpeg not to read a stream; HLS then does not fetch it.
pub(crate) fn discard(input: &mut Input, stream: usize) {
    // SAFETY: the context has `nb_streams` valid streams, and the index is one of them.
    unsafe {
        let context = &*input.as_mut_ptr();
        if stream < context.nb_streams as usize {
            (**context.streams.add(stream)).discard = ffi::AVDiscard::AVDISCARD_ALL;
        }
    }
}
