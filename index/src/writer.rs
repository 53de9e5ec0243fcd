//! Following the archive: the outbox into the index, and a whole new generation from the archive.

use std::collections::HashSet;

use archive::{Archive, ArticleId, ArticleStatus, Seq};
use tantivy::directory::error::LockError;
use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};

use crate::IndexError;
use crate::generation::Generation;

/// Bytes of postings held in memory before a segment is written.
const WRITER_BYTES: usize = 64 * 1024 * 1024;
/// Entries of the outbox that are committed together.
const BATCH: u32 = 10_000;

/// Brings a generation that holds all up to `seq` up to the archive; the number of articles
/// written.
pub(crate) fn catch_up(
    generation: &Generation,
    archive: &Archive,
    mut seq: Seq,
) -> Result<u64, IndexError> {
    if archive.newest_change()? <= seq {
        return Ok(0);
    }
    let mut writer = writer(generation)?;
    let mut written = 0;
    loop {
        let changes = archive.changes_after(seq, BATCH)?;
        let Some((last, _)) = changes.last() else { break };
        seq = *last;
        let changed: HashSet<ArticleId> = changes.into_iter().map(|(_, id)| id).collect();
        for id in &changed {
            put(&writer, generation, archive, id)?;
        }
        written += changed.len() as u64;
        commit(&mut writer, archive, seq)?;
    }
    writer.wait_merging_threads()?;
    generation.reader.reload()?;
    Ok(written)
}

/// Fills an empty generation with all articles; `progress` is told the count so far.
pub(crate) fn fill(
    generation: &Generation,
    archive: &Archive,
    progress: &mut dyn FnMut(u64),
) -> Result<u64, IndexError> {
    // Changes after this entry are met twice, which is harmless, rather than missed.
    let seq = archive.newest_change()?;
    let mut writer = writer(generation)?;
    let mut written = 0;
    archive.for_each_article(|article| {
        if article.status != ArticleStatus::Hidden {
            writer.add_document(generation.fields.document(&article))?;
            written += 1;
            progress(written);
        }
        Ok::<(), IndexError>(())
    })?;
    commit(&mut writer, archive, seq)?;
    writer.wait_merging_threads()?;
    generation.reader.reload()?;
    Ok(written)
}

fn put(
    writer: &IndexWriter<TantivyDocument>,
    generation: &Generation,
    archive: &Archive,
    id: &ArticleId,
) -> Result<(), IndexError> {
    writer.delete_term(Term::from_field_u64(generation.fields.id, id.to_bits()));
    if let Some(article) = archive.article(id)?
        && article.status != ArticleStatus::Hidden
    {
        writer.add_document(generation.fields.document(&article))?;
    }
    Ok(())
}

fn commit(
    writer: &mut IndexWriter<TantivyDocument>,
    archive: &Archive,
    seq: Seq,
) -> Result<(), IndexError> {
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&Generation::payload(archive, seq)?);
    prepared.commit()?;
    Ok(())
}

fn writer(generation: &Generation) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    match generation.index.writer_with_num_threads(1, WRITER_BYTES) {
        Err(TantivyError::LockFailure(LockError::LockBusy, _)) => Err(IndexError::Busy),
        other => Ok(other?),
    }
}
