//! Following the archive: the outbox into the index, and a whole new generation from the archive.

use std::collections::HashSet;
use std::sync::mpsc::{SyncSender, sync_channel};

use archive::{Archive, Article, ArticleId, ArticleStatus, OfficialId, Seq};
use tantivy::directory::error::LockError;
use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};

use crate::IndexError;
use crate::features::text;
use crate::generation::Generation;
use crate::pairs::PairCounts;

/// Bytes of postings held in memory before a segment is written: while serving, and while a new
/// generation is filled, whose fewer segments are searched faster.
const WRITER_BYTES: usize = 64 * 1024 * 1024;
const FILLER_BYTES: usize = 256 * 1024 * 1024;
/// Articles that are read ahead of their analysis.
const READ_AHEAD: usize = 256;
/// Entries of the outbox that are committed together.
const BATCH: u32 = 10_000;
/// Articles that may be counted without the counts being written down; of few, a tenth.
const UNKEPT_MAX: u64 = 1000;

/// Brings a generation that holds all up to `seq` up to the archive; the number of articles
/// written.
pub(crate) fn catch_up(
    generation: &Generation,
    archive: &Archive,
    seq: Seq,
) -> Result<u64, IndexError> {
    count_missing(generation, archive, seq)?;
    if archive.newest_change()? <= seq {
        return Ok(0);
    }
    // What could not be committed will come again, and must not count twice.
    follow(generation, archive, seq).inspect_err(|_| generation.reread_pairs())
}

/// Writes the entries of the outbox behind `seq`.
fn follow(generation: &Generation, archive: &Archive, mut seq: Seq) -> Result<u64, IndexError> {
    let mut writer = writer(generation, WRITER_BYTES)?;
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
        generation.pairs_mut().seq = seq;
    }
    let (counted, unkept) = {
        // One guard: a second one of the same lock could wait for a writer that waits for the first.
        let pairs = generation.pairs();
        (pairs.articles(), pairs.unkept())
    };
    if unkept >= UNKEPT_MAX.min(counted / 10) {
        generation.keep_pairs()?;
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
    let mut writer = writer(generation, FILLER_BYTES)?;
    let mut written = 0;
    let mut pairs = PairCounts::for_articles(archive.count_articles()?);
    // The archive is read by a thread of its own: analysis alone keeps this one busy.
    std::thread::scope(|threads| {
        let (send, receive) = sync_channel(READ_AHEAD);
        let reader = threads.spawn(move || read_all(archive, &send));
        for (article, officials) in receive {
            let (fields, scanned) = (&generation.fields, &generation.scanned);
            writer.add_document(fields.document(&article, &officials, &mut pairs, scanned))?;
            written += 1;
            progress(written);
        }
        reader.join().expect("what may fail in it is an error")
    })?;
    commit(&mut writer, archive, seq)?;
    pairs.seq = seq;
    *generation.pairs_mut() = pairs;
    generation.keep_pairs()?;
    writer.wait_merging_threads()?;
    generation.reader.reload()?;
    Ok(written)
}

/// An article with the officials whom it names.
type Read = (Article, Vec<(u32, OfficialId)>);

/// Sends every article that can be found, until nobody takes them any more.
fn read_all(archive: &Archive, send: &SyncSender<Read>) -> Result<(), IndexError> {
    archive.for_each_article(|article| {
        if article.status == ArticleStatus::Hidden {
            return Ok(());
        }
        let officials = archive.officials_in(&article.id, article.version)?;
        // Nobody takes them where the index could not be written, and that error is told.
        send.send((article, officials)).map_err(|_| IndexError::Busy)
    })
}

/// Counts what is indexed but not counted: the counts are not written at every commit.
fn count_missing(
    generation: &Generation,
    archive: &Archive,
    indexed: Seq,
) -> Result<(), IndexError> {
    let counted = generation.pairs().seq;
    if counted >= indexed {
        return Ok(());
    }
    let mut pairs = generation.pairs().clone();
    let mut count = |article: &archive::Article| {
        if article.status != ArticleStatus::Hidden {
            pairs.add(&vietnamese::scan(&text(article)));
        }
    };
    if counted == Seq(0) {
        archive.for_each_article(|article| {
            count(&article);
            Ok::<(), IndexError>(())
        })?;
    } else {
        let mut seq = counted;
        while seq < indexed {
            let changes = archive.changes_after(seq, BATCH)?;
            let Some((last, _)) = changes.last() else { break };
            seq = *last;
            let changed: HashSet<ArticleId> =
                changes.into_iter().filter(|(at, _)| *at <= indexed).map(|(_, id)| id).collect();
            for id in &changed {
                archive.article(id)?.iter().for_each(&mut count);
            }
        }
    }
    pairs.seq = indexed;
    *generation.pairs_mut() = pairs;
    Ok(())
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
        let officials = archive.officials_in(id, article.version)?;
        let mut pairs = generation.pairs_mut();
        let (fields, scanned) = (&generation.fields, &generation.scanned);
        let document = fields.document(&article, &officials, &mut pairs, scanned);
        drop(pairs);
        writer.add_document(document)?;
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

fn writer(
    generation: &Generation,
    bytes: usize,
) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    match generation.index.writer_with_num_threads(1, bytes) {
        Err(TantivyError::LockFailure(LockError::LockBusy, _)) => Err(IndexError::Busy),
        other => Ok(other?),
    }
}
