//! What is installed beside the program says nothing that the program does not know.

mod board;
mod known;
mod rules;
