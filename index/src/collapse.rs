//! Which of several articles with one text is shown: the best hit of them stands for the others.
//!
//! A hit is left out exactly when a twin that is shown itself comes before it. That depends on the
//! order of hits alone, not on the page asked for; and an article whose better twins are all left
//! out is shown, so that nothing is lost in a chain of texts that each resemble the next.

use std::collections::HashMap;

use tantivy::DocAddress;

use crate::IndexError;

/// What was decided so far.
#[derive(Default)]
pub(crate) struct Collapse {
    shown: HashMap<DocAddress, bool>,
}

/// An article that is being decided on, and its better twins that are not yet.
struct Open {
    hit: DocAddress,
    rivals: std::vec::IntoIter<DocAddress>,
}

impl Collapse {
    /// Whether a hit is shown. `rivals` gives the twins that come before one, the best first.
    pub(crate) fn shows(
        &mut self,
        hit: DocAddress,
        rivals: impl Fn(DocAddress) -> Result<Vec<DocAddress>, IndexError>,
    ) -> Result<bool, IndexError> {
        let open = |hit| Ok::<_, IndexError>(Open { hit, rivals: rivals(hit)?.into_iter() });
        // Not by recursion: a chain may be as long as the archive.
        let mut opened = Vec::new();
        if !self.shown.contains_key(&hit) {
            opened.push(open(hit)?);
        }
        while let Some(Open { hit, rivals }) = opened.last_mut() {
            let hit = *hit;
            let Some(rival) = rivals.as_slice().first().copied() else {
                self.shown.insert(hit, true);
                opened.pop();
                continue;
            };
            match self.shown.get(&rival) {
                Some(true) => {
                    self.shown.insert(hit, false);
                    opened.pop();
                }
                Some(false) => {
                    rivals.next();
                }
                // A rival comes before its hit, so that this ends.
                None => opened.push(open(rival)?),
            }
        }
        Ok(self.shown.get(&hit).copied().unwrap_or(true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article(number: u32) -> DocAddress {
        DocAddress::new(0, number)
    }

    /// Those that are shown of `asked`, where the lower number is the better hit.
    fn shown(rivals: impl Fn(u32) -> Vec<u32>, asked: std::ops::Range<u32>) -> Vec<u32> {
        let mut collapse = Collapse::default();
        let rivals =
            |hit: DocAddress| Ok(rivals(hit.doc_id).into_iter().map(article).collect::<Vec<_>>());
        asked.filter(|number| collapse.shows(article(*number), rivals).unwrap()).collect()
    }

    #[test]
    fn the_best_of_one_text_is_shown() {
        assert_eq!(shown(|hit| if hit == 3 { vec![] } else { (0..hit).collect() }, 0..4), [0, 3]);
    }

    #[test]
    fn a_text_like_one_that_is_left_out_is_shown() {
        assert_eq!(shown(|hit| hit.checked_sub(1).into_iter().collect(), 0..4), [0, 2]);
    }

    #[test]
    fn a_later_page_decides_the_same() {
        let chain = |hit: u32| hit.checked_sub(1).into_iter().collect();
        assert_eq!(shown(chain, 99_998..100_001), [99_998, 100_000]);
    }
}
