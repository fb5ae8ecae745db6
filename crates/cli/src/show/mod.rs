//! What people see: clean text, aligned tables, calm progress. Nothing a server sent reaches a terminal but through
//! [`text::Line`], which takes away whatever a terminal would act on.

pub(crate) mod page;
pub(crate) mod progress;
pub(crate) mod table;
pub(crate) mod terminal;
pub(crate) mod text;
pub(crate) mod units;

pub(crate) use page::Page;
pub(crate) use table::{Column, Table};
pub(crate) use terminal::Screen;
pub(crate) use text::{Line, Style};
