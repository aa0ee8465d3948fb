//! `headend preflight`: everything that must hold before a meeting. It asks the node, reads the
//! machine, receives what goes out, and plays the HLS; `crate::preflight` judges.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::why::of;
use super::{Exit, Failure, Surroundings, confirmed, print, print_json, tell};
use crate::channel::wall_now;
use crate::config::Sources;
use crate::config::fault::Language;
use crate::config::value::Span;
use crate::meeting::{Meeting, when};
use crate::preflight::report::{self, Report};
use crate::preflight::sign::{self, Key, Verdict};
use crate::preflight::{Line, code, schedule};
use crate::report::millis;
use crate::snapshot::{ChannelSnapshot, NodeSnapshot};

mod drill;
mod gather;

/// How long the quick form listens: two segments and ten key pictures.
const QUICK: Duration = Duration::from_secs(10);
/// How long a group is held past a query: a snooping switch forgets members after 260 s
/// (Group Membership Interval, RFC 3376, 8.4).
const PAST_QUERY: Duration = Duration::from_secs(300);
/// Nobody holds longer than a day.
const LONGEST: Duration = Duration::from_secs(86_400);
/// A name is no longer.
const NAME: usize = 100;

/// Check everything that must hold before a meeting
#[derive(Debug, Args)]
#[command(after_help = super::help::PREFLIGHT)]
pub(super) struct Preflight {
    /// Only this channel
    #[arg(long, value_name = "CHANNEL")]
    channel: Option<String>,
    /// Ten seconds: no multicast is held, no IGMP query waited for
    #[arg(long, conflicts_with = "hold")]
    quick: bool,
    /// How long each multicast group is held [default: the query interval and 300s]
    #[arg(long, value_name = "TIME")]
    hold: Option<String>,
    /// How often this network is asked for its members
    #[arg(long, value_name = "TIME", default_value = "125s")]
    query_interval: String,
    /// Where the groups are joined [default: the output's interface]
    #[arg(long, value_name = "NAME")]
    interface: Option<String>,
    /// Switch to each backup and back; asks first
    #[arg(long)]
    drill: bool,
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Write a signed report: .html, .json, or text
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// The name in the report [default: the login]
    #[arg(long, value_name = "NAME")]
    operator: Option<String>,
    /// Only say whether a report is as it was signed: 0 it is, 2 changed, 3 the key is not here
    #[arg(long, value_name = "FILE", conflicts_with_all = ["channel", "quick", "hold", "drill", "report"])]
    verify: Option<PathBuf>,
}

/// How long what is looked at.
#[derive(Clone, Copy, Debug)]
struct Times {
    /// The listening.
    span: Duration,
    /// How long a group should be held; `None` in the quick form.
    hold: Option<Duration>,
    /// How often a querier should ask.
    interval: Duration,
}

impl Preflight {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        match self.whole(around) {
            // 1 is a warning here, and nothing was found out.
            Err(failure @ (Failure::Failed(_) | Failure::Refused(_))) => {
                tell(&failure.text(around.words));
                Ok(Exit::Check(3))
            }
            done => done,
        }
    }

    fn whole(self, around: &Surroundings) -> Result<Exit, Failure> {
        let file = super::config::file(around.global.config.clone());
        let sources = Sources::of_process(file, Vec::new());
        let state_dir = sources.state_dir();
        if let Some(path) = &self.verify {
            return verify(path, &state_dir, around.language);
        }
        let times = self.times()?;
        let client = around.client()?;
        let (node, channels) = self.channels(&client)?;
        if self.drill && !self.yes && !self.agreed(&channels, around)? {
            tell(around.words.not_done);
            return Ok(Exit::Check(3));
        }
        let out = self.report.as_deref();
        let out = out.map(|path| Out::open(path, &state_dir)).transpose()?;
        let look = gather::Look {
            around,
            client: &client,
            sources: &sources,
            interface: self.interface.as_deref(),
            times,
            certificate: node.certificate.as_ref(),
        };
        let (mut lines, channels) = look.run(channels)?;
        let (meetings, _): (Vec<Meeting>, _) = client.get("/api/v1/meetings")?;
        lines.extend(schedule::judge(&meetings, &node.channels));
        if self.drill {
            for channel in &channels {
                lines.extend(drill::run(&look, channel)?);
            }
        }
        let report = Report {
            node: node.name,
            version: node.version,
            operator: self.operator(),
            time: when::format(millis(wall_now()), "%Y-%m-%dT%H:%M:%S%:z"),
            quick: self.quick,
            verdict: report::verdict(&lines),
            lines,
            signature: None,
        };
        if let Some(out) = out {
            out.write(&report, around.language)?;
        }
        show(&report, around)?;
        Ok(Exit::Check(code(&report.lines)))
    }

    fn times(&self) -> Result<Times, Failure> {
        let span = |name: &str, text: &str| {
            let span = text.parse::<Span>();
            let span = span.map_err(|fault| Failure::Usage(format!("--{name}: {fault}")))?;
            Ok::<Duration, Failure>(span.0.min(LONGEST))
        };
        let interval = span("query-interval", &self.query_interval)?;
        let hold = match (self.quick, &self.hold) {
            (true, _) => None,
            (false, Some(text)) => Some(span("hold", text)?),
            (false, None) => Some(interval + PAST_QUERY),
        };
        Ok(Times {
            span: hold.unwrap_or(QUICK),
            hold,
            interval,
        })
    }

    fn channels(
        &self,
        client: &super::client::Client,
    ) -> Result<(NodeSnapshot, Vec<ChannelSnapshot>), Failure> {
        let (node, _): (NodeSnapshot, _) = client.get("/api/v1/node")?;
        let channels = match &self.channel {
            Some(id) => vec![client.get(&super::channel::path(id)?)?.0],
            None => node.channels.clone(),
        };
        Ok((node, channels))
    }

    fn agreed(&self, channels: &[ChannelSnapshot], around: &Surroundings) -> Result<bool, Failure> {
        let ids: Vec<&str> = channels.iter().map(|channel| channel.id.as_str()).collect();
        let question = of(
            around.language,
            "Switch to each backup and back, on air, on",
            "Chuyển sang từng đầu vào dự phòng rồi trả lại, ngay khi đang phát, trên",
        );
        confirmed(&format!("{question} {}?", ids.join(", ")), around.words)
    }

    /// The name that was given, or the login, of who used sudo too.
    fn operator(&self) -> String {
        let login = || {
            let user = nix::unistd::User::from_uid(nix::unistd::getuid());
            user.ok().flatten().map(|user| user.name)
        };
        let sudo = std::env::var("SUDO_USER")
            .ok()
            .filter(|name| !name.is_empty());
        let name = self.operator.clone().or(sudo).or_else(login);
        let name = name.unwrap_or_default();
        name.chars()
            .filter(|c| !c.is_control())
            .take(NAME)
            .collect()
    }
}

fn show(report: &Report, around: &Surroundings) -> Result<(), Failure> {
    if around.json() {
        return print_json(report);
    }
    let coloured = super::colour(&std::io::stdout());
    print(&report::lines(&report.lines, around.language, coloured))?;
    tell(&report::summary(&report.lines, around.language));
    Ok(())
}

/// A report's file, tried before the long look so that a fault is told at once.
struct Out {
    path: PathBuf,
    new: PathBuf,
    key: Key,
}

impl Out {
    fn open(path: &Path, state_dir: &Path) -> Result<Self, Failure> {
        let key = Key::of(state_dir).map_err(|error| Failure::Failed(error.to_string()))?;
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        let tried = std::fs::File::create(&new).and_then(|_| std::fs::remove_file(&new));
        tried.map_err(|error| Failure::Failed(format!("{}: {error}", new.display())))?;
        Ok(Self {
            path: path.to_owned(),
            new,
            key,
        })
    }

    fn write(&self, report: &Report, language: Language) -> Result<(), Failure> {
        let failed = |error: std::io::Error| Failure::Failed(error.to_string());
        let unsigned = Report {
            signature: Some(self.key.blank()),
            ..report.clone()
        };
        let text = match self.path.extension().and_then(|ext| ext.to_str()) {
            Some("html" | "htm") => unsigned.html(language),
            Some("json") => {
                let text = serde_json::to_string_pretty(&unsigned);
                text.map_err(|error| Failure::Failed(error.to_string()))? + "\n"
            }
            _ => unsigned.text(language),
        };
        let signed = self.key.sign(&text);
        let signed = signed.ok_or_else(|| {
            Failure::Failed("the report has no place for its signature".to_owned())
        })?;
        let put = || {
            let mut file = std::fs::File::create(&self.new)?;
            file.write_all(signed.as_bytes())?;
            file.sync_all()?;
            std::fs::rename(&self.new, &self.path)
        };
        put().map_err(|error| {
            // Half a report is none.
            let _ = std::fs::remove_file(&self.new);
            failed(error)
        })?;
        let name = &self.key.name;
        tell(&format!("{}: HMAC-SHA-256, {name}", self.path.display()));
        Ok(())
    }
}

/// `--verify`.
fn verify(path: &Path, state_dir: &Path, language: Language) -> Result<Exit, Failure> {
    let report = sign::read(path)
        .map_err(|error| Failure::Failed(format!("{}: {error}", path.display())))?;
    let Some(signer) = sign::signer(&report).map(str::to_owned) else {
        print(of(language, "it bears no signature\n", "không có chữ ký\n"))?;
        return Ok(Exit::Check(2));
    };
    let key = Key::read(state_dir).map_err(|error| Failure::Failed(error.to_string()))?;
    let (text, code) = match key.verify(&report) {
        Verdict::Good => (
            of(language, "it is as it was signed", "còn nguyên như lúc ký"),
            0,
        ),
        Verdict::Changed => (
            of(
                language,
                "it was changed after it was signed",
                "đã bị sửa sau khi ký",
            ),
            2,
        ),
        Verdict::Unsigned => (of(language, "it bears no signature", "không có chữ ký"), 2),
        Verdict::OtherKey(_) => (
            of(
                language,
                "it was signed on another node; verify it there",
                "được ký ở nút khác; hãy kiểm tra ở đó",
            ),
            3,
        ),
    };
    print(&format!("{text} ({signer})\n"))?;
    Ok(Exit::Check(code))
}

/// A line for what a node without channels has.
fn no_channels() -> Line {
    let text = crate::preflight::say("there is no channel", "chưa có kênh nào");
    Line::warning("channel", "node", text).fix(crate::preflight::say(
        "add one to the configuration or with `headend channel add`",
        "thêm kênh vào cấu hình hoặc bằng `headend channel add`",
    ))
}
