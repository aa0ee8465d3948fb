//! `headend top`: the wall in a terminal: the node now, what fails first, again each second, until
//! it is left.

use std::time::{Duration, Instant};

use clap::Args;
use ratatui::Frame;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Cell, Paragraph, Row, Table, TableState, Wrap};

use super::client::Client;
use super::words::Words;
use super::{Exit, Failure, Surroundings, show, status, why};
use crate::config::fault::Language;
use crate::snapshot::{ChannelSnapshot, NodeSnapshot};
use row::Rank;

mod row;
#[cfg(test)]
mod tests;

/// The node makes one snapshot a second.
const EVERY: Duration = Duration::from_secs(1);

/// Watch the node, what fails first; q leaves
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
        let done = view.live(&client, around.language, &mut terminal);
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
    /// The id of the chosen channel: it stays chosen when the order changes.
    chosen: Option<String>,
    /// Why the last reading failed; the screen shows the one before.
    trouble: Option<String>,
}

impl View {
    const fn new(node: NodeSnapshot, colour: bool) -> Self {
        Self {
            node,
            colour,
            chosen: None,
            trouble: None,
        }
    }

    fn live(
        &mut self,
        client: &Client,
        language: Language,
        terminal: &mut ratatui::DefaultTerminal,
    ) -> std::io::Result<()> {
        loop {
            let next = Instant::now() + EVERY;
            terminal.draw(|frame| self.draw(frame, language))?;
            while event::poll(next.saturating_duration_since(Instant::now()))? {
                if let Event::Key(key) = event::read()?
                    && key.kind == KeyEventKind::Press
                {
                    let interrupt = key.modifiers.contains(KeyModifiers::CONTROL);
                    match key.code {
                        KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                        KeyCode::Char('c') if interrupt => return Ok(()),
                        KeyCode::Down => self.choose(1),
                        KeyCode::Up => self.choose(-1),
                        _ => {}
                    }
                }
                terminal.draw(|frame| self.draw(frame, language))?;
            }
            match node(client) {
                Ok(node) => (self.node, self.trouble) = (node, None),
                Err(failure) => self.trouble = Some(failure.text(Words::of(language))),
            }
        }
    }

    /// The channel `by` lines below the chosen one.
    fn choose(&mut self, by: isize) {
        let ordered = row::ordered(&self.node.channels);
        let wanted = self.place(&ordered).saturating_add_signed(by);
        let last = ordered.len().saturating_sub(1);
        let wanted = ordered.get(wanted.min(last));
        self.chosen = wanted.map(|channel| channel.id.clone());
    }

    /// Where the chosen channel stands; the first where there is none.
    fn place(&self, ordered: &[&ChannelSnapshot]) -> usize {
        let chosen = |channel: &&ChannelSnapshot| Some(&channel.id) == self.chosen.as_ref();
        ordered.iter().position(chosen).unwrap_or(0)
    }

    fn draw(&mut self, frame: &mut Frame<'_>, language: Language) {
        let words = Words::of(language);
        let ordered = row::ordered(&self.node.channels);
        let place = self.place(&ordered);
        let lines = u16::try_from(ordered.len()).unwrap_or(u16::MAX);
        let [top, list, detail, bottom] = Layout::vertical([
            Constraint::Length(2),
            Constraint::Max(lines.saturating_add(1)),
            Constraint::Min(4),
            Constraint::Length(1),
        ])
        .areas(frame.area());
        let heading = match &self.trouble {
            Some(trouble) => Line::styled(trouble.replace('\n', " "), self.style(Color::Red)),
            None => Line::raw(status::heading(&self.node, words)),
        };
        frame.render_widget(heading, top);
        let mut state = TableState::new().with_selected(place);
        frame.render_stateful_widget(self.table(&ordered, language), list, &mut state);
        if let Some(channel) = ordered.get(place) {
            let said = row::lasting(channel);
            let said = said.iter().map(|i| why::whole(&channel.id, i, language));
            let text = said.collect::<String>() + &show::whole_channel(channel, words);
            let block = Block::bordered().title(channel.id.as_str());
            let text = Paragraph::new(text).wrap(Wrap { trim: false });
            frame.render_widget(text.block(block), detail);
            self.chosen = Some(channel.id.clone());
        }
        frame.render_widget(Line::raw(words.keys), bottom);
    }

    fn table(&self, ordered: &[&ChannelSnapshot], language: Language) -> Table<'static> {
        let words = Words::of(language);
        let rows = ordered.iter().map(|channel| {
            let cells = row::cells(channel, words, language).map(Cell::from);
            Row::new(cells).style(self.style(of(row::rank(channel))))
        });
        let headings = [
            words.id,
            words.name,
            words.state,
            words.since,
            words.level,
            words.backups,
            words.halls,
            words.alarms,
        ];
        let ids = ordered.iter().map(|c| c.id.chars().count());
        let widest = u16::try_from(ids.max().unwrap_or(0)).unwrap_or(32);
        let widths = [
            Constraint::Length(widest.clamp(4, 32)),
            Constraint::Min(12),
            Constraint::Length(18),
            Constraint::Length(7),
            Constraint::Length(14),
            Constraint::Length(14),
            Constraint::Length(10),
            Constraint::Fill(2),
        ];
        Table::new(rows.collect::<Vec<_>>(), widths)
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

/// Red where viewers are struck, yellow where something is wrong, green on air.
const fn of(rank: Rank) -> Color {
    match rank {
        Rank::Critical => Color::Red,
        Rank::Warning | Rank::Notice | Rank::Waiting => Color::Yellow,
        Rank::Acknowledged => Color::Cyan,
        Rank::Good => Color::Green,
        Rank::Stopped => Color::Reset,
    }
}
