use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use packager::time::Bitrate;

use super::super::clock;
use super::super::lab::wait_for;
use super::*;

const SOON: Duration = Duration::from_secs(5);

/// A worker program of that shell text.
fn script(text: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(PROGRAM);
    fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

fn open(folder: &tempfile::TempDir, plan: &WorkerPlan) -> Worker {
    Worker::open(&folder.path().join(PROGRAM), plan).unwrap()
}

fn rtmp(listen: bool) -> WorkerPlan {
    WorkerPlan::Open {
        url: "rtmp://127.0.0.1/live".into(),
        listen,
    }
}

/// Reads until `enough` says so of all bytes.
fn read_until(worker: &mut Worker, enough: impl Fn(&[u8]) -> bool) -> Vec<u8> {
    let mut batch = Batch::new();
    let mut all = Vec::new();
    wait_for("the worker's bytes", SOON, || {
        worker.receive(clock::now(), &mut batch);
        all.extend(batch.iter().flat_map(|(_, bytes)| bytes.to_vec()));
        enough(&all)
    });
    all
}

fn read_text(worker: &mut Worker) -> String {
    String::from_utf8(read_until(worker, |all| all.ends_with(b"end\n"))).unwrap()
}

fn state(worker: &Worker) -> Arc<WorkerSnapshot> {
    worker.counters().worker.unwrap()
}

fn alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn the_job_is_told_by_arguments_and_the_stream_comes_back_whole() {
    let folder = script("for a in \"$@\"; do echo \"$a\"; done; echo end; sleep 60");
    let picture = WorkerPlan::TestPicture {
        name: "Họp Chính phủ".into(),
        width: 1280,
        height: 720,
        rate: 25,
        bitrate: Bitrate::from_bits_per_second(3_000_000).unwrap(),
    };
    let mut worker = open(&folder, &picture);
    assert_eq!(
        read_text(&mut worker),
        "test-picture\n--name\nHọp Chính phủ\n--width\n1280\n--height\n720\n--rate\n25\n--bitrate\n3000000\nend\n"
    );
    let mut worker = open(&folder, &rtmp(true));
    assert_eq!(
        read_text(&mut worker),
        "open\nrtmp://127.0.0.1/live\n--listen\nend\n"
    );

    let slate = WorkerPlan::Slate {
        name: "Họp".to_owned(),
    };
    let mut worker = open(&folder, &slate);
    assert!(
        read_text(&mut worker).starts_with("test-picture\n--name\nHọp\n--slate\n--width\n1280\n")
    );

    let folder = script("head -c 4000000 /dev/zero; echo end; sleep 60");
    let mut worker = open(&folder, &rtmp(false));
    let all = read_until(&mut worker, |all| all.ends_with(b"end\n"));
    assert_eq!(all.len(), 4_000_004);
    assert_eq!(worker.counters().bytes, 4_000_004);
}

#[test]
fn only_allowed_schemes_and_named_files_are_opened() {
    let open = |url: &str| {
        let plan = WorkerPlan::Open {
            url: url.into(),
            listen: false,
        };
        arguments(&plan).map(|words| words[1].clone().into_string().unwrap())
    };
    for url in ["rtmp://a/b", "RTSPS://a/b", "http://a/b", "https://a/b"] {
        assert_eq!(open(url).unwrap(), url);
    }
    assert_eq!(open("ffmpeg:/srv/a.mp4").unwrap(), "/srv/a.mp4");
    assert_eq!(open("ffmpeg:--help").unwrap(), "./--help");
    assert_eq!(open("ffmpeg:concat:a|b").unwrap(), "./concat:a|b");
    for url in [
        "file:///etc/passwd",
        "concat:a|b",
        "/etc/passwd",
        "--help",
        "",
        "rtmp:x",
        "pipe:0",
        "data:,x",
    ] {
        let error = open(url).unwrap_err().to_string();
        assert!(error.contains("rtmp, rtmps"), "{url}: {error}");
    }
}

#[test]
fn a_death_is_seen_within_a_second_with_its_last_words_and_ends_in_a_restart() {
    let folder = script(
        "echo '{\"event\":\"error\",\"text\":\"no such host; check the name\"}' >&2; printf 12345; read x < fifo; exit 3",
    );
    nix::unistd::mkfifo(&folder.path().join("fifo"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    let fifo = folder.path().join("fifo");
    let text = fs::read_to_string(folder.path().join(PROGRAM)).unwrap();
    let text = text.replace("fifo", fifo.to_str().unwrap());
    fs::write(folder.path().join(PROGRAM), text).unwrap();

    let mut worker = open(&folder, &rtmp(false));
    read_until(&mut worker, |all| all == b"12345");
    let first = state(&worker).pid.unwrap();
    assert_eq!(state(&worker).restarts_total, 0);
    let killed = clock::now();
    fs::write(&fifo, "die\n").unwrap();
    wait_for("the death", Duration::from_secs(1), || {
        state(&worker).pid.is_none()
    });
    assert!(clock::now().since(killed) < Duration::from_secs(1));
    let words = state(&worker).last_words.clone().unwrap();
    assert_eq!(words, "exit status: 3: no such host; check the name");
    assert_eq!(worker.counters().trouble.unwrap().as_str(), words);
    read_until(&mut worker, |all| all == b"12345");
    let after = state(&worker);
    assert_eq!(after.restarts_total, 1);
    assert_ne!(after.pid, Some(first));
    assert!(worker.counters().trouble.is_none(), "{after:?}");
}

#[test]
fn restarts_back_off() {
    let folder = script("date +%s.%N >> $0.log; exit 1");
    let log = folder.path().join(format!("{PROGRAM}.log"));
    let worker = open(&folder, &rtmp(false));
    let starts = || -> Vec<f64> {
        let text = fs::read_to_string(&log).unwrap_or_default();
        text.lines().filter_map(|line| line.parse().ok()).collect()
    };
    wait_for("four starts", Duration::from_secs(10), || {
        starts().len() >= 4
    });
    drop(worker);
    let at = starts();
    for (pair, expected) in at.windows(2).zip([0.5, 1.0, 2.0]) {
        let gap = pair[1] - pair[0];
        assert!((expected..expected + 1.5).contains(&gap), "{at:?}");
    }
}

#[test]
fn dropping_the_worker_kills_all_it_started() {
    let folder = script("sleep 1000 & echo $!; echo end; wait");
    let mut worker = open(&folder, &rtmp(false));
    let child: u32 = read_text(&mut worker)
        .lines()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    let own = state(&worker).pid.unwrap();
    assert!(alive(own) && alive(child));
    let dropped = clock::now();
    drop(worker);
    assert!(
        clock::now().since(dropped) < Duration::from_millis(20),
        "the line does not wait"
    );
    wait_for("both ends", Duration::from_secs(1), || {
        !alive(own) && !alive(child)
    });
    assert!(!fs::exists(format!("/proc/{own}")).unwrap(), "reaped");
}

#[test]
fn a_worker_that_hangs_is_killed_and_says_why() {
    let mut silence = supervisor::Silence::new(Some(Duration::from_secs(25)), 0, Mono::ZERO);
    let at = |seconds: u64| Mono::ZERO + Duration::from_secs(seconds);
    assert_eq!(silence.over(0, at(24)), None);
    assert_eq!(
        silence.over(188, at(25)),
        None,
        "the first byte starts the count anew"
    );
    assert_eq!(silence.over(188, at(36)), None);
    assert_eq!(silence.over(188, at(38)), Some(supervisor::SILENCE_MAX));
    let mut patient = supervisor::Silence::new(None, 0, Mono::ZERO);
    assert_eq!(
        patient.over(0, at(1_000_000)),
        None,
        "a publisher may come late"
    );
    assert_eq!(patient.over(188, at(1_000_000)), None);
    assert!(
        patient.over(188, at(1_000_013)).is_some(),
        "and then has to go on"
    );
}

#[test]
fn a_silent_worker_is_really_replaced() {
    let folder = script("echo '{\"event\":\"warning\",\"text\":\"hm\"}' >&2; printf 1; sleep 1000");
    let mut worker = open(&folder, &rtmp(false));
    read_until(&mut worker, |all| all == b"1");
    let first = state(&worker).pid.unwrap();
    let mut batch = Batch::new();
    wait_for(
        "the kill",
        supervisor::SILENCE_MAX + Duration::from_secs(3),
        || {
            worker.receive(clock::now(), &mut batch);
            state(&worker).pid != Some(first)
        },
    );
    assert!(!alive(first));
    let words = state(&worker).last_words.clone().unwrap();
    assert_eq!(words, "killed: it gave no byte for 12 s; it said last: hm");
}

#[test]
fn a_worker_is_confined() {
    // A duplicate is not closed at exec by itself.
    let _secret = nix::unistd::dup(fs::File::open("/etc/hostname").unwrap()).unwrap();
    let folder = script(
        "ls /proc/self/fd | tr '\\n' ' '; echo; ulimit -n; ulimit -c; ulimit -v; nice; env | cut -d= -f1 | sort | tr '\\n' ' '; echo; grep NoNewPrivs /proc/self/status; ps -o sid= -p $$; echo $$; echo end; sleep 60",
    );
    let mut worker = open(&folder, &rtmp(false));
    let said = read_text(&mut worker);
    let lines: Vec<&str> = said.lines().map(str::trim).collect();
    assert_eq!(lines[0], "0 1 2 3", "3 is the folder that ls reads");
    let own = std::process::Command::new("nice").output().unwrap().stdout;
    let own: i32 = String::from_utf8(own).unwrap().trim().parse().unwrap();
    let nicer = (own + 5).min(19).to_string();
    assert_eq!(lines[1..5], ["64", "0", "4194304", &nicer]);
    let unknown: Vec<&str> = lines[5]
        .split_whitespace()
        .filter(|name| {
            !sandbox::ENVIRONMENT.contains(name)
                && !["MALLOC_ARENA_MAX", "PWD", "OLDPWD", "SHLVL", "_"].contains(name)
        })
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert!(lines[6].ends_with('1'), "{}", lines[6]);
    assert_eq!(lines[7], lines[8], "it leads a session of its own");
}

#[test]
fn a_program_that_is_not_there_is_a_state_with_a_reason() {
    let worker = Worker::open(Path::new("/nowhere/headend-media"), &rtmp(false)).unwrap();
    wait_for("the reason", SOON, || worker.counters().trouble.is_some());
    let reason = worker.counters().trouble.unwrap();
    assert!(
        reason.contains("cannot start /nowhere/headend-media: No such file"),
        "{reason}"
    );
}

#[test]
fn what_a_slate_says_is_told_and_told_again_to_the_next_process() {
    let folder = script("while read -r line; do echo \"$line\"; done");
    let slate = WorkerPlan::Slate {
        name: "Họp".to_owned(),
    };
    let mut worker = open(&folder, &slate);
    let prompter = worker.prompter();
    prompter.say("Chưa bắt đầu\tNot started yet");
    let first = read_until(&mut worker, |all| all.ends_with(b"yet\n"));
    prompter.say("còn 2 phút");
    prompter.say("còn 2 phút");
    prompter.say("còn 1 phút");
    let second = read_until(&mut worker, |all| all.ends_with("1 phút\n".as_bytes()));
    assert_eq!(first, "Chưa bắt đầu\tNot started yet\n".as_bytes());
    let second = String::from_utf8(second).unwrap();
    assert!(second.matches("còn").count() <= 2, "{second}");

    let pid = state(&worker).pid.unwrap();
    let pid = nix::unistd::Pid::from_raw(pid.cast_signed());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
    let again = read_until(&mut worker, |all| all.ends_with(b"\n"));
    assert_eq!(again, "còn 1 phút\n".as_bytes());
}
