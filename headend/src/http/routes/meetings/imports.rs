//! Meetings that come as an iCalendar text.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::Deserialize;
use tokio::time::timeout;
use utoipa::IntoParams;

use super::super::super::limits::ANSWER;
use super::super::super::problem::Problem;
use super::super::App;
use super::super::meant::{if_match, local};
use super::super::parameters::Parameters;
use super::{Spoken, channels, publish};
use crate::cause::Text;
use crate::channel::wall_now;
use crate::config::fault::Language;
use crate::meeting::calendar::{self, BYTES};
use crate::meeting::{Around, Came, ImportLine, ImportOutcome, Meeting, differs};
use crate::report::millis;

/// For which channel, and how it is meant.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(in super::super) struct Importing {
    /// The channel of meetings that name none (X-HEADEND-CHANNEL).
    channel: Option<String>,
    /// Answer what would change, and change nothing.
    dry_run: bool,
}

/// Take the meetings of an iCalendar text, by UID, RECURRENCE-ID and SEQUENCE; doing it twice
/// changes nothing. What cannot be taken is told by its line, and the rest is taken.
#[utoipa::path(
    post,
    path = "/api/v1/meetings/imports",
    tag = "meetings",
    params(Importing, ("If-Match" = Option<String>, Header, description = "the schedule's ETag")),
    request_body(content = String, content_type = "text/calendar", description = "RFC 5545, 1 MiB at most"),
    responses(
        (status = 200, body = ImportOutcome),
        (status = "4XX", body = Problem, content_type = "application/problem+json",
         description = "403 on the network, 412 changed in between, 422 no calendar"),
    )
)]
pub(in super::super) async fn import(
    State(app): State<Arc<App>>,
    Spoken(language): Spoken,
    Parameters(importing): Parameters<Importing>,
    request: Request,
) -> Result<Json<ImportOutcome>, Problem> {
    local(request.extensions())?;
    let seen = if_match(request.headers())?;
    let reading = axum::body::to_bytes(request.into_body(), BYTES);
    let read = timeout(ANSWER, reading).await;
    let bytes = read.ok().and_then(Result::ok).ok_or_else(|| {
        let next = "send at most 1 MiB of iCalendar; split it where it is larger";
        Problem::bad_request("the calendar is too large or came too slowly", next)
    })?;
    let channels = channels(&app);
    let known = |id: &String| channels.contains(id);
    if let Some(id) = importing.channel.as_ref().filter(|id| !known(id)) {
        return Err(Problem::unknown_channel(id));
    }
    let node = app.clone();
    let imported =
        tokio::task::spawn_blocking(move || imported(&node, (&importing, seen), &bytes, language));
    imported.await.map_err(|_| Problem::stopping())?.map(Json)
}

fn no_calendar(line: impl std::fmt::Display, text: &str) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "no-calendar",
        "This is no whole calendar",
    )
    .detail(format!("{line}: {text}"))
    .next("nothing was taken; mend the file or export it again")
}

fn imported(
    app: &App,
    (importing, seen): (&Importing, Option<u64>),
    text: &[u8],
    language: Language,
) -> Result<ImportOutcome, Problem> {
    let now = millis(wall_now());
    let calendar = calendar::read(text, importing.channel.as_deref(), now);
    let calendar = calendar
        .map_err(|trouble| no_calendar(trouble.line, trouble.text.in_language(language)))?;
    let (channels, node) = (channels(app), app.node.snapshot.load().name.clone());
    let around = Around {
        channels: &channels,
        node: &node,
        now,
    };
    let taken = app.node.schedule.settle(importing.dry_run, |all| {
        all.unchanged_since(seen)?;
        let taken = all.import(&calendar, around);
        let changed = taken.iter().filter_map(|(_, came)| match came {
            Ok(Came::Settled(settled)) => Some(settled.meeting.clone()),
            _ => None,
        });
        let changed = changed.collect();
        Ok((taken, changed))
    });
    let taken = taken.map_err(|fault| Problem::of_meeting(&fault, language))?;
    let taken = taken
        .into_iter()
        .map(|(line, came)| (line, came.map_err(|fault| fault.text())));
    let troubles = calendar.found.into_iter().filter_map(Result::err);
    let troubles = troubles.map(|trouble| (trouble.line, Err(trouble.text)));
    let mut taken: Vec<_> = taken.chain(troubles).collect();
    taken.sort_by_key(|(line, _)| *line);
    let mut outcome = ImportOutcome {
        applied: !importing.dry_run,
        ..ImportOutcome::default()
    };
    for (line, came) in taken {
        let (what, text) = match came {
            Ok(Came::Same) => {
                outcome.same += 1;
                continue;
            }
            Ok(Came::Kept { meeting, here }) => {
                outcome.kept += 1;
                ("kept", kept(&meeting, here))
            }
            Ok(Came::Nothing) => {
                outcome.left_out += 1;
                continue;
            }
            Err(text) => {
                outcome.refused += 1;
                ("refused", text)
            }
            Ok(Came::Settled(settled)) => {
                publish(app, &settled, outcome.applied);
                let what = match settled.before {
                    None => "added",
                    Some(_) => "changed",
                };
                *match settled.before {
                    None => &mut outcome.added,
                    Some(_) => &mut outcome.changed,
                } += 1;
                (what, differs(settled.before.as_ref(), &settled.meeting))
            }
        };
        outcome.lines.push(ImportLine {
            line,
            what: what.to_owned(),
            text: text.in_language(language).to_owned(),
        });
    }
    Ok(outcome)
}

fn kept(meeting: &Meeting, here: bool) -> Text {
    let named = meeting.named();
    match here {
        true => Text::new(
            format!("was changed here: {named}"),
            format!("đã được sửa tại đây: {named}"),
        ),
        false => Text::new(
            format!("a later word is on record: {named}"),
            format!("đã có bản mới hơn: {named}"),
        ),
    }
}
