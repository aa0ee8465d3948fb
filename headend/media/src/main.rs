//! The worker `headend-media`: one process for one job. A transport stream comes out on stdout,
//! one JSON object a line on stderr. It is the only program that links FFmpeg, so that a
//! malformed picture ends a child process and never the headend.

mod args;
mod encode;
mod ffi;
mod graph;
mod look;
mod mux;
mod open;
mod outcome;
mod picture;
mod report;
mod watch;

use std::process::ExitCode;
use std::sync::Arc;

use args::{Command, Job};
use outcome::{Exit, Failure};
use report::Reporter;
use watch::Watch;

fn main() -> ExitCode {
    let words = std::env::args_os().skip(1);
    let job = match args::parse(words) {
        Ok(Command::Help) => return print(args::HELP),
        Ok(Command::Version) => {
            return print(concat!("headend-media ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        Ok(Command::Run(job)) => job,
        Err(text) => {
            Reporter::default().error(&text);
            return Exit::Usage.into();
        }
    };
    let reporter = Reporter::default();
    match run(job, &reporter) {
        Ok(why) => {
            reporter.ended(why);
            Exit::Done.into()
        }
        Err(failure) if failure.exit == Exit::Done => {
            reporter.ended(&failure.text);
            Exit::Done.into()
        }
        Err(failure) => {
            reporter.error(&failure.text);
            failure.exit.into()
        }
    }
}

/// Does the job; the sentence says why it ended.
fn run(job: Job, reporter: &Reporter) -> Result<&'static str, Failure> {
    watch::limit_process(reporter);
    ffmpeg_next::init().map_err(|error| Failure::failed("FFmpeg did not start", error))?;
    ffi::log_to(reporter.clone());
    let subject = match &job {
        Job::TestPicture(_) => "the test picture".to_owned(),
        Job::Open(plan) => plan.place.to_string(),
        Job::Look => "standard input".to_owned(),
    };
    let watch = Arc::new(Watch::new(subject, reporter.clone()));
    watch.start();
    match job {
        Job::TestPicture(plan) => picture::run(&plan, &watch, reporter),
        Job::Open(plan) => open::run(&plan, &watch, reporter),
        Job::Look => look::run(&watch, reporter),
    }
}

fn print(text: &str) -> ExitCode {
    use std::io::Write;
    // A closed stdout is the reader's choice.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
