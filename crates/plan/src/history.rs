//! Two specs beside each other: what is different, field by field, and what one becomes when it goes back to the other; and a spec
//! that comes from elsewhere.

mod back;
mod compare;
mod made;

pub use back::brought_back;
pub use compare::{differences, summary};
pub use made::made_from;
