//! The halls: what their pages report (`POST /cmcd`, and CMCD on requests for HLS), their state, and
//! reports by their code.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use utoipa::IntoParams;

use super::super::Peer;
use super::super::problem::Problem;
use super::App;
use super::aside::json;
use super::meant::bytes;
use super::meetings::Spoken;
use super::parameters::Parameters;
use super::report::reading;
use crate::hall::{By, HallPage, HallReport, Heard, Known, Now, Refused, Taken, Told, cmcd, code};
use crate::snapshot::{ChannelSnapshot, ChannelState, NodeSnapshot};
use crate::store::{News, Record};

/// Headers of CMCD in request mode (CTA-5004, 2.1): together they are one report.
const HEADERS: [&str; 4] = ["cmcd-session", "cmcd-status", "cmcd-request", "cmcd-object"];

pub(super) fn routes() -> Router<Arc<App>> {
    Router::new().route("/cmcd", post(hear))
}

/// Takes reports of a page, one a line. What can be read is taken, whatever stands beside it.
async fn hear(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    request: Request,
) -> Result<StatusCode, Problem> {
    if !is_cmcd(request.headers()) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "not-cmcd",
            "The body is not CMCD",
        )
        .detail("this address takes application/cmcd")
        .next("send Content-Type: application/cmcd"));
    }
    let bytes = bytes(request, "send fewer reports at a time").await?;
    let bad = |detail: String| {
        let next = "each line is one report by CTA-5004-B, for example e=ps,sid=\"…\",sta=p,v=2";
        Problem::bad_request(detail, next)
    };
    let text = std::str::from_utf8(&bytes).map_err(|error| bad(error.to_string()))?;
    let (from, now) = ((host, By::Events), Now::read());
    let node = app.node.snapshot.load();
    let mut answer = Err(bad("the body has no line".to_owned()));
    let mut wrong = None;
    let lines = (1..)
        .zip(text.lines())
        .filter(|(_, line)| !line.trim().is_empty());
    for (number, line) in lines {
        answer = Ok(StatusCode::NO_CONTENT);
        match Heard::read(line) {
            Ok(heard) => take(&app, &node, from, &heard, now)?,
            Err(error) => {
                app.node.halls.unreadable(from.0, now)?;
                wrong.get_or_insert_with(|| bad(format!("line {number}, {error}")));
            }
        }
    }
    wrong.map_or(answer, Err)
}

/// Takes what a request for an object of `channel` says beside it. It never changes the answer.
pub(super) fn overheard(
    app: &App,
    Peer(host): Peer,
    channel: &str,
    (query, headers): (Option<&str>, &HeaderMap),
) {
    let Some(text) = beside(query, headers) else {
        return;
    };
    let now = Now::read();
    let from = (host, By::Requests);
    let node = app.node.snapshot.load();
    match Heard::read(&text) {
        Ok(heard) if node.channels.iter().any(|known| known.id == channel) => {
            let channel = channel.to_owned();
            // It is counted where too many come; the viewer gets the object.
            let _ = take(app, &node, from, &Heard { channel, ..heard }, now);
        }
        Ok(_) => {}
        Err(_) => {
            let _ = app.node.halls.unreadable(from.0, now);
        }
    }
}

/// The report that comes with a request, in its query or in its headers.
fn beside(query: Option<&str>, headers: &HeaderMap) -> Option<String> {
    let of_query = query
        .and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("CMCD=")))
        .map(cmcd::decoded);
    of_query.or_else(|| {
        let values = HEADERS
            .iter()
            .filter_map(|name| headers.get(*name)?.to_str().ok());
        let values: Vec<&str> = values.filter(|value| !value.is_empty()).collect();
        (!values.is_empty()).then(|| values.join(","))
    })
}

fn take(
    app: &App,
    node: &NodeSnapshot,
    from: (IpAddr, By),
    heard: &Heard,
    now: Now,
) -> Result<(), Refused> {
    let channel = node.channels.iter().find(|known| known.id == heard.channel);
    let taken = app.node.halls.hear(from, heard, channel.map(known), now)?;
    if let (Taken::Report(report), Some(record)) = (taken, &app.node.record) {
        record.keep(News::Report(report));
    }
    Ok(())
}

fn known(channel: &ChannelSnapshot) -> Known<'_> {
    Known {
        on_air: channel.state == ChannelState::OnAir,
        incidents: &channel.incidents,
    }
}

impl From<Refused> for Problem {
    fn from(refused: Refused) -> Self {
        Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "too-many-reports",
            "Too many reports",
        )
        .detail(refused.to_string())
        .next("send a state each 10 s, and a change when it happens")
    }
}

fn is_cmcd(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    kind.eq_ignore_ascii_case("application/cmcd")
}

/// Which halls.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Of this channel alone.
    channel: Option<String>,
    /// After so many of them.
    skip: Option<usize>,
    /// At most so many, 1 to 1000; 100 where it is left out.
    limit: Option<usize>,
}

/// The halls that were heard in the last ten minutes, those that need somebody first: what each one
/// does, its line, and whose fault it is when it stalls. By CMCD, from their pages.
#[utoipa::path(
    get,
    path = "/api/v1/halls",
    tag = "halls",
    params(Which),
    responses(
        (status = 200, body = HallPage),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn halls(
    State(app): State<Arc<App>>,
    Peer(host): Peer,
    Parameters(which): Parameters<Which>,
) -> Result<Response, Problem> {
    let node = app.node.clone();
    let page = json((&app, host), &app.lists, move || {
        let shown = node.snapshot.load();
        let find = |id: &str| shown.channels.iter().find(|channel| channel.id == id);
        let channel = which.channel.as_deref();
        if let Some(id) = channel.filter(|id| find(id).is_none()) {
            return Err(Problem::unknown_channel(id));
        }
        let of = |id: &str| find(id).map(known);
        let slice = (which.skip.unwrap_or(0), which.limit.unwrap_or(100));
        Ok(node.halls.page(channel, slice, of, Now::read()))
    });
    page.await
}

/// What a hall's screen said when it showed this code, what the node knew then, and what to do. Small
/// letters, spaces and dashes are as good; where a letter can be read in two ways, or two pages made
/// one code, there is more than one, the newest first.
#[utoipa::path(
    get,
    path = "/api/v1/reports/{code}",
    tag = "halls",
    params(("code" = String, Path, description = "the code on the screen")),
    responses(
        (status = 200, body = Vec<Told>),
        (status = "4XX", body = Problem, content_type = "application/problem+json"),
    )
)]
pub(super) async fn report(
    State(app): State<Arc<App>>,
    Path(code): Path<String>,
    spoken: Spoken,
) -> Result<Json<Vec<Told>>, Problem> {
    let language = spoken.language();
    let Some(pattern) = code::meant(&code) else {
        return Err(Problem::no_code(&code, language));
    };
    let found = reading(&app, move |record| told(record, &pattern)).await?;
    let found = found.map_err(|error| Problem::busy(&error))?;
    match found.is_empty() {
        true => Err(Problem::unknown_report(&code, language)),
        false => Ok(Json(found)),
    }
}

fn told(record: &Record, pattern: &str) -> Result<Vec<Told>, String> {
    let reports = record.hall_reports(pattern)?;
    let beside = |report: HallReport| {
        let incidents = record.incidents_around(&report.hall.channel, report.millis())?;
        Ok(Told::new(report, incidents))
    };
    reports.into_iter().map(beside).collect()
}
