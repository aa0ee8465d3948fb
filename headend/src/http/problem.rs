//! Errors as RFC 9457 problem documents.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::config::fault::Language;
use crate::meeting;
use crate::node_handle::{Fault, Refusal};

/// A problem document (RFC 9457).
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// What kind of problem: `urn:headend:problem:` and a stable word.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in a few words.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// What is wrong here and now.
    pub detail: String,
    /// What to do next.
    pub next: String,
    /// Each error of a configuration.
    #[serde(default, skip_serializing_if = "<[Fault]>::is_empty")]
    #[schema(value_type = Vec<Fault>)]
    pub errors: Box<[Fault]>,
}

impl Problem {
    /// A problem of the kind `word`.
    pub(super) fn new(status: StatusCode, word: &str, title: &str) -> Self {
        Self {
            kind: format!("urn:headend:problem:{word}"),
            title: title.to_owned(),
            status: status.as_u16(),
            detail: String::new(),
            next: String::new(),
            errors: Box::default(),
        }
    }

    /// With what is wrong here and now.
    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    /// With what to do next.
    pub(super) fn next(mut self, next: impl Into<String>) -> Self {
        self.next = next.into();
        self
    }

    pub(super) fn unknown_channel(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-channel", "No such channel")
            .detail(format!("there is no channel `{}` on this node", shown(id)))
            .next("`headend status` or GET /api/v1/channels lists the channels")
    }

    pub(super) fn unknown_input(id: &str, input: &str) -> Self {
        let (id, input) = (shown(id), shown(input));
        Self::no_such_input().detail(format!("channel `{id}` has no input `{input}`"))
    }

    fn no_such_input() -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-input", "No such input")
            .next("`headend channel show CHANNEL` lists the inputs with their numbers")
    }

    pub(super) fn no_picture(id: &str, input: usize) -> Self {
        Self::new(StatusCode::NOT_FOUND, "no-picture", "No picture of it")
            .detail(format!("nothing was seen of input {input} of channel `{}`", shown(id)))
            .next("it has to run with `content = true` and give a key picture; a new one comes each 5 s")
    }

    pub(super) fn unknown_recording(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-recording",
            "No such recording",
        )
        .detail(format!("there is nothing of `{}` here", shown(id)))
        .next("`headend record list` or GET /api/v1/recordings lists them, with their addresses")
    }

    pub(super) fn unknown_incident(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "unknown-incident",
            "No such incident",
        )
        .detail(format!("the record has no incident `{}`", shown(id)))
        .next("`headend report incidents` or GET /api/v1/incidents lists them; a new one is there after a second")
    }

    /// What cannot be the code of a report.
    pub(super) fn no_code(typed: &str, language: Language) -> Self {
        let shown = shown(typed);
        let detail = match language {
            Language::English => format!("`{shown}` is no report code"),
            Language::Vietnamese => format!("`{shown}` không phải mã báo cáo"),
        };
        let next = match language {
            Language::English => "a code has six letters and digits: ask the hall to read it again",
            Language::Vietnamese => "mã có sáu chữ cái và chữ số: nhờ hội trường đọc lại",
        };
        Self::new(StatusCode::BAD_REQUEST, "no-code", "This is no report code")
            .detail(detail)
            .next(next)
    }

    /// A code that the record does not have.
    pub(super) fn unknown_report(code: &str, language: Language) -> Self {
        let shown = shown(code);
        let detail = match language {
            Language::English => format!("the record has no report `{shown}`"),
            Language::Vietnamese => format!("sổ không có báo cáo `{shown}`"),
        };
        let next = match language {
            Language::English => {
                "ask the hall to read it again. A report comes when the hall's line is back, to the node that the hall watches: ask that node with --node"
            }
            Language::Vietnamese => {
                "nhờ hội trường đọc lại. Báo cáo chỉ đến khi đường truyền của hội trường có lại, và đến nút mà hội trường đang xem: hỏi nút đó bằng --node"
            }
        };
        Self::new(StatusCode::NOT_FOUND, "unknown-report", "No such report")
            .detail(detail)
            .next(next)
    }

    /// A meeting is not taken, in the language of who asked (RFC 9457, 3.1.3 and 3.1.4).
    pub(super) fn of_meeting(fault: &meeting::Fault, language: Language) -> Self {
        use meeting::Fault as Of;
        let (status, word, title) = match fault {
            Of::BadText { .. } | Of::EndsBefore | Of::TooLong | Of::OutOfRange | Of::Past => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-meeting",
                "The meeting cannot be so",
            ),
            Of::UnknownChannel { .. } => (
                StatusCode::UNPROCESSABLE_ENTITY,
                "unknown-channel",
                "No such channel",
            ),
            Of::Taken(_) => (StatusCode::CONFLICT, "time-taken", "The time is taken"),
            Of::Unknown(_) => (StatusCode::NOT_FOUND, "unknown-meeting", "No such meeting"),
            Of::Changed { .. } => (
                StatusCode::PRECONDITION_FAILED,
                "changed-in-between",
                "The meeting was changed in between",
            ),
            Of::Cancelled(_) | Of::Over(_) => (
                StatusCode::CONFLICT,
                "meeting-over",
                "The meeting is over or was called off",
            ),
            Of::Full => (
                StatusCode::CONFLICT,
                "schedule-full",
                "The schedule is full",
            ),
            Of::Record(_) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "record-failed",
                "The record does not take it",
            ),
        };
        Self::new(status, word, title)
            .detail(fault.text().in_language(language))
            .next(fault.next().in_language(language))
    }

    pub(super) fn not_on_air(id: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-on-air", "Not on air today")
            .detail(format!("channel `{}` was not on air today", shown(id)))
            .next("give the time: `headend report meeting CHANNEL --from TIME --to TIME`")
    }

    pub(super) fn unknown_address(path: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "unknown-address", "Nothing here")
            .detail(format!("nothing is served at `{}`", shown(path)))
            .next("/openapi.json describes the API; the player is at /")
    }

    pub(super) fn stopping() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "stopping",
            "The node is stopping",
        )
        .detail("the node takes no more commands")
        .next("ask again when it has started")
    }

    pub(super) fn busy(detail: &str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "The node is busy")
            .detail(detail)
            .next("read the state again, then repeat the request if it is still needed")
    }

    pub(super) fn bad_request(detail: impl Into<String>, next: &str) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "bad-request",
            "The request is not understood",
        )
        .detail(detail)
        .next(next)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            Refusal::UnknownChannel(id) => Self::unknown_channel(&id),
            Refusal::ChannelExists(_) => Self::new(
                StatusCode::CONFLICT,
                "channel-exists",
                "The channel is there already",
            )
            .next("choose another id, or DELETE the channel first"),
            Refusal::UnknownInput { .. } => Self::no_such_input(),
            Refusal::InFile { .. } => Self::new(
                StatusCode::CONFLICT,
                "channel-in-file",
                "The channel stands in the configuration file",
            )
            .next("take it out there, then `headend config reload`"),
            Refusal::UnknownIncident(_) => Self::new(
                StatusCode::NOT_FOUND,
                "unknown-incident",
                "No such incident",
            )
            .next(
                "`headend why` lists those that last with their ids; one that is over needs nobody",
            ),
            Refusal::Stopped(id) => Self::new(
                StatusCode::CONFLICT,
                "channel-stopped",
                "The channel is stopped",
            )
            .next(format!("start it with `headend channel start {id}`")),
            Refusal::Invalid(errors) => {
                let problem = Self {
                    errors: errors.into(),
                    ..Self::new(
                        StatusCode::UNPROCESSABLE_ENTITY,
                        "invalid-configuration",
                        "The configuration has errors",
                    )
                };
                problem.next(
                    "mend each of `errors`; `headend config check` shows them with their places",
                )
            }
            Refusal::GenerationChanged { .. } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed-in-between",
                "The node was changed in between",
            )
            .next("GET it again, look at what changed, and repeat with the new ETag"),
            Refusal::Failed(_) => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "failed",
                "The node could not do it",
            )
            .next("the node's log has more"),
        }
        .or_detail(detail)
    }
}

impl Problem {
    fn or_detail(mut self, detail: String) -> Self {
        if self.detail.is_empty() {
            self.detail = detail;
        }
        self
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if [
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::TOO_MANY_REQUESTS,
        ]
        .contains(&status)
        {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// Text of a client, short enough and without control characters, for an answer or a log.
fn shown(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(64).collect()
}
