//! What a channel shows: the line's report in an operator's words, with the time since.

use packager::chain::Switch;
use packager::monitor::{Presence, Program, State};
use packager::time::Mono;
use packager::ts::clock::Ticks;
use packager::ts::pmt::Kind;

use super::alarms::{Alarms, english};
use super::assess::assess_all;
use super::content;
use super::hls::Hls;
use super::paths::{show_fec, show_paths};
use super::running::{Exit, Running};
use super::since::Since;
use crate::cause::Text;
use crate::hall::HallsSnapshot;
use crate::line::{InputReport, OutputReport, Report};
use crate::node_handle::events::{EventKind, EventLog};
use crate::plan::{ChannelPlan, InputPlan, OutputPlan};
use crate::snapshot::{
    Alarm, ChannelMeetings, ChannelSnapshot, ChannelState, FindingSnapshot, HlsSnapshot,
    InputSnapshot, InputState, LadderSnapshot, OutputSnapshot, OutputState, ProgramSnapshot,
    StreamSnapshot, WorkerSnapshot,
};

/// Bits of a transport packet.
const PACKET_BITS: u64 = 1_504;

/// The states last shown, to know since when and to tell each change once.
pub(super) struct Shown {
    channel: Since<ChannelState>,
    inputs: Vec<Since<InputState>>,
    outputs: Vec<OutputState>,
    alarms: Vec<Alarm>,
    /// The last switch that was told.
    switch: Option<Switch>,
    /// It, until it is taken for the record.
    switched: Option<Switch>,
}

impl Shown {
    pub(super) fn new(plan: &ChannelPlan) -> Self {
        let waiting = |_: &InputPlan| Since::now(InputState::Waiting);
        Self {
            channel: Since::now(ChannelState::Stopped),
            inputs: plan.inputs.iter().map(waiting).collect(),
            outputs: vec![OutputState::Checking; plan.outputs.len()],
            alarms: Vec::new(),
            switch: None,
            switched: None,
        }
    }

    /// A switch that is not on record.
    pub(super) const fn switched(&mut self) -> Option<Switch> {
        self.switched.take()
    }

    /// Whether the channel was not stopped by hand.
    pub(super) fn ran(&self) -> bool {
        self.channel.value != ChannelState::Stopped
    }

    /// The channel now; what changed goes to `events`.
    pub(super) fn channel(
        &mut self,
        plan: &ChannelPlan,
        running: Option<&Running>,
        events: &EventLog,
    ) -> ChannelSnapshot {
        let report = running.and_then(Running::report);
        let mut alarms = Alarms::default();
        let mut inputs = self.show_inputs(plan, running, events, &mut alarms);
        let outputs = self.show_outputs(plan, running, events, &mut alarms);
        let hls = running.and_then(|r| show_hls(r, &mut alarms));
        if let Some((now, before)) = report.zip(running.and_then(Running::before)) {
            alarms.time(&format!("input {}", now.on_air), before, now);
        }
        if let Some(switch) = report.and_then(|r| r.switch)
            && self.switch != Some(switch)
        {
            self.switch = Some(switch);
            self.switched = Some(switch);
            tell_switch(plan, switch, events);
        }
        let on_air = report.map(|r| r.on_air);
        assess_all(&mut inputs, on_air);
        let state = state_of(running, report, on_air.and_then(|at| inputs.get(at)));
        if self.channel.become_(state) {
            tracing::info!(channel = &*plan.id, ?state, "channel");
            let word = serde_json::json!({ "channel": &*plan.id, "state": state });
            events.publish(EventKind::Channel, &word);
        }
        ChannelSnapshot {
            id: plan.id.to_string(),
            name: plan.name.clone(),
            group: plan.group.clone(),
            logo: plan.logo.clone(),
            state,
            since: self.channel.stamp(),
            state_seconds: self.channel.seconds(),
            alarms: self.since_when(alarms),
            on_air: on_air.filter(|_| state == ChannelState::OnAir),
            slate: report.is_some_and(Report::is_slate),
            held: report.and_then(|r| r.held),
            incidents: Vec::new(),
            meetings: ChannelMeetings::default(),
            halls: HallsSnapshot::default(),
            number: 0,
            recording: false,
            inputs,
            outputs,
            hls,
        }
    }

    fn show_inputs(
        &mut self,
        plan: &ChannelPlan,
        running: Option<&Running>,
        events: &EventLog,
        alarms: &mut Alarms,
    ) -> Vec<InputSnapshot> {
        let mut shown = Vec::new();
        for (index, (input, since)) in plan.inputs.iter().zip(&mut self.inputs).enumerate() {
            let report = running.and_then(|r| r.report()?.inputs.get(index));
            let at = running.and_then(|r| Some(r.report()?.at));
            let mut snapshot = report.zip(at).map(show_input).unwrap_or_default();
            if since.become_(snapshot.state) {
                tracing::info!(channel = &*plan.id, input = index, state = ?snapshot.state, "input");
                let word = serde_json::json!({ "channel": &*plan.id, "input": index, "state": snapshot.state });
                events.publish(EventKind::Input, &word);
            }
            let place = format!("input {index}");
            let faults = running.and_then(|r| r.entries.get(index));
            for fault in faults.into_iter().flatten().flatten() {
                alarms.raise("input-not-open", &place, english(fault.clone()));
            }
            if let Some(report) = report {
                alarms.input(&place, report);
            }
            let before = running.and_then(|r| r.before()?.inputs.get(index));
            if let Some((before, report)) = before.zip(report) {
                alarms.paths(&place, before, report);
            }
            if running.is_some_and(|r| r.is_backup(index)) {
                alarms.backup(&place, &snapshot);
            }
            snapshot.paths = show_paths(input, report);
            snapshot.fec = report.filter(|_| input.receive.fec).map(show_fec);
            let look = running.and_then(|r| r.looks.get(index)?.as_ref());
            snapshot.content = look.and_then(content::Look::snapshot);
            snapshot.comparison = running.and_then(|r| r.beside.get(index)?.clone());
            snapshot.url.clone_from(&input.url);
            snapshot.since = since.stamp();
            snapshot.state_seconds = since.seconds();
            shown.push(snapshot);
        }
        shown
    }

    fn show_outputs(
        &mut self,
        plan: &ChannelPlan,
        running: Option<&Running>,
        events: &EventLog,
        alarms: &mut Alarms,
    ) -> Vec<OutputSnapshot> {
        let mut shown = Vec::new();
        for (index, (output, last)) in plan.outputs.iter().zip(&mut self.outputs).enumerate() {
            let exit = running.and_then(|r| r.exits.get(index));
            let now = running.and_then(Running::report);
            let before = running.and_then(Running::before);
            let span = now.zip(before).map(|(now, before)| now.at.since(before.at));
            let now = now.and_then(|r| r.outputs.get(index));
            let before = before.and_then(|r| r.outputs.get(index));
            let snapshot = show_output(output, exit, now, before.zip(span));
            if *last != snapshot.state {
                *last = snapshot.state;
                let word = serde_json::json!({ "channel": &*plan.id, "output": index, "state": snapshot.state });
                events.publish(EventKind::Output, &word);
            }
            alarms.output(&format!("output {index}"), &snapshot, before.zip(now));
            shown.push(snapshot);
        }
        shown
    }

    /// Keeps the time of alarms that go on.
    fn since_when(&mut self, alarms: Alarms) -> Vec<Alarm> {
        let mut found = alarms.0;
        for alarm in &mut found {
            let known = |a: &&Alarm| a.code == alarm.code && a.place == alarm.place;
            if let Some(known) = self.alarms.iter().find(known) {
                alarm.since.clone_from(&known.since);
            } else {
                tracing::warn!(code = alarm.code, place = alarm.place, "{}", alarm.text);
            }
        }
        self.alarms.clone_from(&found);
        found
    }
}

fn tell_switch(plan: &ChannelPlan, switch: Switch, events: &EventLog) {
    let is_slate = |input: usize| input >= plan.inputs.len();
    let name = |input: usize| match is_slate(input) {
        true => "slate".to_owned(),
        false => input.to_string(),
    };
    let (from, to, gap) = (switch.from, switch.to, switch.gap.as_secs_f64());
    // The slate goes because an input is fit again, not for what was wrong before.
    let reason = (!is_slate(from)).then(|| switch.reason.word());
    tracing::warn!(
        channel = &*plan.id,
        from = %name(from),
        to = %name(to),
        reason,
        gap,
        "switched"
    );
    let word = serde_json::json!({
        "channel": &*plan.id, "from": from, "from_slate": is_slate(from), "to": to,
        "to_slate": is_slate(to), "reason": reason.unwrap_or_default(), "gap_seconds": gap,
    });
    events.publish(EventKind::Switch, &word);
}

fn state_of(
    running: Option<&Running>,
    report: Option<&Report>,
    input: Option<&InputSnapshot>,
) -> ChannelState {
    let Some(running) = running else {
        return ChannelState::Stopped;
    };
    if running.entries.iter().flatten().all(Option::is_some) {
        return ChannelState::Failed;
    }
    match (report, input.map(|i| i.state)) {
        (Some(report), Some(InputState::Lost)) if report.has_clock => ChannelState::Dark,
        (Some(report), None) if report.is_slate() => ChannelState::Dark,
        (Some(report), Some(_)) if report.has_programme && report.has_clock => ChannelState::OnAir,
        _ => ChannelState::Waiting,
    }
}

fn show_input((report, now): (&InputReport, Mono)) -> InputSnapshot {
    let counted = &report.receiver;
    let continuity = report.findings.iter().find(|f| f.check.clause() == "1.4");
    let chosen = |p: &&Program| Some(p.number) == report.program;
    InputSnapshot {
        state: state_word(report.presence),
        fitness: report.fitness.map_or("", |(f, _)| f.word()).to_owned(),
        fitness_seconds: report
            .fitness
            .map_or(0.0, |(_, s)| now.since(s).as_secs_f64()),
        switch_gap_seconds: report.still.map(|still| still.as_secs_f64()),
        key_pictures_seconds: report.keys_apart.map(Ticks::as_seconds),
        bitrate_bits_per_second: report.inventory.bitrate.unwrap_or(0),
        datagrams_total: counted.datagrams,
        bytes_total: counted.bytes,
        packets_total: counted.packets,
        continuity_errors_total: continuity.map_or(0, |f| f.count),
        rtp_lost_total: counted.rtp.lost,
        rtp_reordered_total: counted.rtp.reordered,
        rtp_duplicates_total: counted.rtp.duplicates,
        resync_bytes_total: counted.resync_bytes,
        socket_drops_total: report.source.socket_drops + report.source.ring_drops,
        arrival_offset_seconds: report.arrival.map(|(_, nanos)| seconds(nanos)),
        jitter_seconds: report.jitter.map_or(0.0, |j| j.as_secs_f64()),
        delay_factor_seconds: report.mdi.map(|mdi| mdi.delay_factor.as_secs_f64()),
        media_loss_rate: report.mdi.map(|mdi| mdi.media_loss_rate),
        srt: report.source.srt.as_deref().cloned(),
        worker: report.source.worker.as_deref().cloned(),
        program: report
            .inventory
            .programs
            .iter()
            .find(chosen)
            .map(show_program),
        findings: report
            .findings
            .iter()
            .map(|f| FindingSnapshot {
                clause: f.check.clause().to_owned(),
                name: f.check.name().to_owned(),
                count: f.count,
                last: f.to_string(),
            })
            .collect(),
        ..InputSnapshot::default()
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds for people")]
fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

const fn state_word(presence: Presence) -> InputState {
    match presence.state {
        State::Waiting => InputState::Waiting,
        State::Receiving => InputState::Receiving,
        State::NoPicture => InputState::NoPicture,
        State::NoSound => InputState::NoSound,
        State::Lost => InputState::Lost,
    }
}

fn show_program(program: &Program) -> ProgramSnapshot {
    let word = |kind| match kind {
        Kind::Video => "video",
        Kind::Audio => "audio",
        Kind::Subtitle => "subtitle",
        Kind::Data => "data",
    };
    let streams = program.streams.iter().map(|s| StreamSnapshot {
        pid: s.pid.value(),
        kind: word(s.kind).to_owned(),
        codec: s.description(),
        language: s.language.clone(),
        bitrate_bits_per_second: s.bitrate.unwrap_or(0),
    });
    ProgramSnapshot {
        number: program.number,
        name: program.name.clone(),
        pcr_pid: program.pcr_pid.map_or(0x1fff, packager::ts::Pid::value),
        streams: streams.collect(),
    }
}

fn show_output(
    plan: &OutputPlan,
    exit: Option<&Exit>,
    now: Option<&OutputReport>,
    before: Option<(&OutputReport, std::time::Duration)>,
) -> OutputSnapshot {
    let heard = exit.map(|e| e.wire.load());
    let fault = exit.and_then(|e| e.fault.clone());
    let (state, reason) = match (fault, heard) {
        (Some(fault), _) => (OutputState::NotOnTheWire, Some(fault)),
        (None, Some(heard)) => (heard.state, heard.reason.clone()),
        (None, None) => (OutputState::Checking, None),
    };
    let mut snapshot = OutputSnapshot {
        url: plan.url.clone(),
        state,
        reason,
        bitrate_bits_per_second: plan.bitrate.map(|b| b.bits_per_second()),
        ..OutputSnapshot::default()
    };
    let Some(now) = now else { return snapshot };
    snapshot.datagrams_total = now.sink.datagrams;
    snapshot.packets_total = now.shaper.packets;
    snapshot.null_packets_total = now.shaper.nulls;
    snapshot.send_errors_total = now.sink.errors;
    snapshot.overflow_packets_total = now.shaper.overflow + now.shaper.queue_full;
    snapshot.queued_packets = now.queued as u64;
    snapshot.late_seconds = now.late.as_secs_f64();
    if let Some((before, span)) = before
        && !span.is_zero()
    {
        let packets = now.shaper.taken.saturating_sub(before.shaper.taken);
        let bits = u128::from(packets) * u128::from(PACKET_BITS) * 1_000_000_000;
        snapshot.needed_bits_per_second = u64::try_from(bits / span.as_nanos()).unwrap_or(u64::MAX);
    }
    snapshot
}

fn show_hls(running: &Running, alarms: &mut Alarms) -> Option<HlsSnapshot> {
    let window = running.hls.as_ref()?.window.load();
    let facts = window.facts();
    for notice in &facts.notices {
        alarms.raise("hls-notice", "hls", english(notice.clone()));
    }
    let transcoder = show_transcoder(running.hls.as_ref()?, alarms);
    Some(HlsSnapshot {
        media_sequence: facts.media_sequence,
        discontinuity_sequence: facts.discontinuity_sequence,
        segments: facts.segments,
        window_bytes: facts.bytes,
        unavailable: facts.unavailable.clone(),
        tap_dropped_total: running.report().map_or(0, |r| r.tap_dropped),
        transcoder,
        ladder: show_ladder(running.hls.as_ref()?, alarms),
        shift_seconds: None,
        shift: None,
    })
}

fn show_ladder(hls: &Hls, alarms: &mut Alarms) -> Vec<LadderSnapshot> {
    for (what, words) in hls.ladder_trouble() {
        let text = match what {
            "sound" => Text::new(
                format!("the sound-only rung is not made: {words}"),
                format!("không tạo được bậc chỉ có tiếng: {words}"),
            ),
            _ => Text::new(
                format!("the smaller pictures are not made: {words}"),
                format!("không tạo được các hình nhỏ hơn: {words}"),
            ),
        };
        alarms.raise("hls-ladder", "hls", text);
    }
    let workers = hls.ladder.iter().filter_map(|(makes, worker)| {
        Some(LadderSnapshot {
            makes: (*makes).to_owned(),
            worker: WorkerSnapshot::clone(&worker.as_ref().ok()?.snapshot()),
        })
    });
    workers.collect()
}

fn show_transcoder(hls: &Hls, alarms: &mut Alarms) -> Option<WorkerSnapshot> {
    if let Some(words) = hls.trouble() {
        let text = Text::new(
            format!("nothing is encoded anew: {words}"),
            format!("không mã hóa lại được: {words}"),
        );
        alarms.raise("hls-transcoder", "hls", text);
    }
    let health = hls.transcoder.as_ref()?.as_ref().ok()?;
    Some(WorkerSnapshot::clone(&health.snapshot()))
}
