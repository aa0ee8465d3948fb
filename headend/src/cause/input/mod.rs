//! The cause of what is wrong with an input: the first that explains it, then what the stream
//! itself lacks.

mod gone;
mod line;
mod stream;
#[cfg(test)]
mod tests;

use super::book::Suspicion;
use super::incident::{Class, Place, Text};
use super::{Look, of_input};

/// What is wrong with input `index`.
pub(super) fn suspect(look: &Look<'_>, index: usize) -> Vec<Suspicion> {
    if let Some(Some(fault)) = look.entries.get(index) {
        return vec![not_open(look, index, fault)];
    }
    let Some((now, before)) = look.input(index) else {
        return Vec::new();
    };
    if let Some(gone) = gone::suspect(look, index, now) {
        return vec![gone];
    }
    let line = line::suspect(look, index, now, before);
    // What a worker sends that was just started again tells of its start.
    let stream = if gone::died_of_late(look, index, now) {
        None
    } else {
        stream::suspect(look, index, now, before)
    };
    line.into_iter().chain(stream).collect()
}

fn not_open(look: &Look<'_>, index: usize, fault: &str) -> Suspicion {
    Suspicion {
        places: vec![Place::Machine],
        verdict: Text::new(
            format!("input {index} cannot be opened: {fault}"),
            format!("không mở được đầu vào {index}: {fault}"),
        ),
        next: Text::new(
            "mend what it names, then `headend config reload`",
            "sửa chỗ được nêu rồi chạy `headend config reload`",
        ),
        ..of_input(look, index, Class::NotOpen)
    }
}
