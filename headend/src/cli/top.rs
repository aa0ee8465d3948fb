//! `headend top`: the node now, again each second, until it is left.

use std::time::{Duration, Instant};

use clap::Args;
use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Cell, Paragraph, Row, Table, TableState};

use super::client::Client;
use super::words::Words;
use super::{Exit, Failure, Surroundings, show, status};
use crate::snapshot::{ChannelSnapshot, ChannelState, NodeSnapshot};

/// The node makes one snapshot a second.
const EVERY: Duration = Duration::from_secs(1);

/// Watch the node; q leaves
#[derive(Debug, Args)]
#[command(after_help = super::help::TOP)]
pub(super) struct Top {}

impl Top {
    pub(super) fn run(self, around: &Surroundings) -> Result<Exit, Failure> {
        use std::io::IsTerminal as _;
        let client = around.client()?;
        // Before the screen is taken, so that a missing node is told in the usual way.
        let mut view = View::new(node(&client)?, super::colour(&std::io::stdout()));
        if around.json() || !std::io::stdout().is_terminal() {
            return Err(Failure::Usage("headend status --output json".to_owned()));
        }
        let failed = |error: std::io::Error| Failure::Failed(error.to_string());
        let mut terminal = ratatui::try_init().map_err(failed)?;
        let done = view.live(&client, around.words, &mut terminal);
        ratatui::restore();
        done.map_err(failed)?;
        Ok(Exit::Done)
    }
}

fn node(client: &Client) -> Result<NodeSnapshot, Failure> {
    client.get("/api/v1/node").map(|(node, _)| node)
}

struct View {
    node: NodeSnapshot,
    colour: bool,
    chosen: TableState,
    /// Why the last reading failed; the screen shows the one before.
    trouble: Option<String>,
}

impl View {
    fn new(node: NodeSnapshot, colour: bool) -> Self {
        Self {
            node,
            colour,
            chosen: TableState::new().with_selected(0),
            trouble: None,
        }
    }

    fn live(
        &mut self,
        client: &Client,
        words: &Words,
        terminal: &mut ratatui::DefaultTerminal,
    ) -> std::io::Result<()> {
        loop {
            let next = Instant::now() + EVERY;
            terminal.draw(|frame| self.draw(frame, words))?;
            while event::poll(next.saturating_duration_since(Instant::now()))? {
                if let Event::Key(key) = event::read()?
                    && key.kind == KeyEventKind::Press
                {
                    let interrupt = key.modifiers.contains(KeyModifiers::CONTROL);
                    match key.code {
                        KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                        KeyCode::Char('c') if interrupt => return Ok(()),
                        KeyCode::Down => self.chosen.select_next(),
                        KeyCode::Up => self.chosen.select_previous(),
                        _ => {}
                    }
                }
                terminal.draw(|frame| self.draw(frame, words))?;
            }
            match node(client) {
                Ok(node) => (self.node, self.trouble) = (node, None),
                Err(failure) => self.trouble = Some(failure.text(words)),
            }
        }
    }

    fn draw(&mut self, frame: &mut Frame<'_>, words: &Words) {
        let channels = u16::try_from(self.node.channels.len()).unwrap_or(u16::MAX);
        let [top, list, detail, bottom] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Max(channels.saturating_add(1)),
            Constraint::Min(4),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let heading = match &self.trouble {
            Some(trouble) => Line::styled(trouble.replace('\n', " "), self.style(Color::Red)),
            None => Line::raw(status::heading(&self.node, words)),
        };
        frame.render_widget(heading, top);
        let table = self.table(words);
        frame.render_stateful_widget(table, list, &mut self.chosen);
        let chosen = self.chosen.selected().unwrap_or(0);
        let last = self.node.channels.len().saturating_sub(1);
        if let Some(channel) = self.node.channels.get(chosen.min(last)) {
            let text = show::whole_channel(channel, words);
            let block = Block::bordered().title(channel.id.as_str());
            frame.render_widget(Paragraph::new(text).block(block), detail);
        }
        frame.render_widget(Line::raw(words.keys), bottom);
    }

    fn table(&self, words: &Words) -> Table<'static> {
        let rows: Vec<Row<'static>> = self
            .node
            .channels
            .iter()
            .map(|channel| {
                let cells = status::channel_row(channel, words)
                    .into_iter()
                    .map(Cell::from);
                Row::new(cells.collect::<Vec<_>>()).style(self.style(of(channel)))
            })
            .collect();
        let headings = [
            words.id,
            words.name,
            words.state,
            words.since,
            words.input,
            words.rate,
            words.output,
            words.alarms,
        ];
        let ids = self.node.channels.iter().map(|c| c.id.chars().count());
        let widest = u16::try_from(ids.max().unwrap_or(0)).unwrap_or(32);
        let widths = [
            Constraint::Length(widest.clamp(4, 32)),
            Constraint::Min(12),
            Constraint::Length(18),
            Constraint::Length(7),
            Constraint::Length(18),
            Constraint::Length(12),
            Constraint::Length(8),
            Constraint::Length(8),
        ];
        Table::new(rows, widths)
            .header(Row::new(headings.to_vec()).style(Style::new().add_modifier(Modifier::BOLD)))
            .row_highlight_style(Style::new().add_modifier(Modifier::REVERSED))
    }

    fn style(&self, colour: Color) -> Style {
        match self.colour {
            true => Style::new().fg(colour),
            false => Style::new(),
        }
    }
}

/// Green on air, yellow on air with alarms, red where the picture is missing.
fn of(channel: &ChannelSnapshot) -> Color {
    match (channel.state, channel.alarms.is_empty()) {
        (ChannelState::OnAir, true) => Color::Green,
        (ChannelState::OnAir, false) | (ChannelState::Waiting, _) => Color::Yellow,
        (ChannelState::Dark | ChannelState::Failed, _) => Color::Red,
        (ChannelState::Stopped, _) => Color::Reset,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    use super::*;
    use crate::config::fault::Language;

    #[test]
    fn the_screen_shows_channels_and_the_chosen_one_at_any_size() {
        let channel = |id: &str, state| ChannelSnapshot {
            id: id.into(),
            name: format!("Kênh {id}"),
            state,
            inputs: vec![Default::default()],
            ..ChannelSnapshot::default()
        };
        let node = NodeSnapshot {
            name: "trung-uong".into(),
            channels: vec![
                channel("a", ChannelState::OnAir),
                channel("b", ChannelState::Dark),
            ],
            ..NodeSnapshot::default()
        };
        let mut view = View::new(node, true);
        view.chosen.select(Some(1));
        let words = Words::of(Language::Vietnamese);
        for (width, height) in [(100, 24), (20, 5), (1, 1)] {
            let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
            terminal.draw(|frame| view.draw(frame, words)).unwrap();
            if width == 100 {
                let text = terminal.backend().to_string();
                for part in [
                    "trung-uong",
                    "Kênh a",
                    "đang phát",
                    "không có tín hiệu",
                    "┌b",
                ] {
                    assert!(text.contains(part), "{part} in\n{text}");
                }
            }
        }
    }
}
