//! Following the archive: the outbox into the index, and a whole new generation from the archive.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use archive::{Archive, Article, ArticleId, ArticleStatus, OfficialId, Seq};
use tantivy::directory::error::LockError;
use tantivy::directory::error::OpenWriteError::FileAlreadyExists;
use tantivy::indexer::NoMergePolicy;
use tantivy::{IndexWriter, TantivyDocument, TantivyError, Term};
use vietnamese::Tokens;

use crate::IndexError;
use crate::features::text;
use crate::generation::Generation;
use crate::pairs::PairCounts;

/// Bytes of postings held in memory before a segment is written: while serving, and while a new
/// generation is filled, whose fewer segments are searched faster.
const WRITER_BYTES: usize = 64 * 1024 * 1024;
const FILLER_BYTES: usize = 256 * 1024 * 1024;
/// Threads that write postings, likewise: while serving, the other cores are for searches.
const WRITERS: usize = 1;
const FILLERS: usize = 2;
/// Of so few segments a new generation may be left.
const SEGMENTS_MAX: usize = 8;
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
    let follow = || follow(generation, archive, seq).inspect_err(|_| generation.reread_pairs());
    match follow() {
        // A commit that failed, as on a full disk, left a file that the next one is to write.
        Err(IndexError::Engine(TantivyError::OpenWriteError(FileAlreadyExists(_)))) => {
            let writer = writer(generation, WRITERS, WRITER_BYTES)?;
            writer.garbage_collect_files().wait()?;
            drop(writer);
            follow()
        }
        done => done,
    }
}

/// Writes the entries of the outbox behind `seq`.
fn follow(generation: &Generation, archive: &Archive, mut seq: Seq) -> Result<u64, IndexError> {
    let mut writer = writer(generation, WRITERS, WRITER_BYTES)?;
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
    let mut writer = writer(generation, FILLERS, FILLER_BYTES)?;
    // All are merged at the end, once; on the way, many would be merged twice.
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let filling = Filling {
        generation,
        writer: &writer,
        pairs: Mutex::new(PairCounts::for_articles(archive.count_articles()?)),
        written: AtomicU64::new(0),
    };
    // The archive is read by a thread of its own, and this one is not alone with the analysis: no
    // core waits for another.
    std::thread::scope(|threads| {
        let (send, receive) = sync_channel(READ_AHEAD);
        let reader = threads.spawn(move || read_all(archive, &send));
        let receive = Arc::new(Mutex::new(receive));
        let (filling, taken) = (&filling, receive.clone());
        let beside = threads.spawn(move || filling.add_all(taken, &mut |_| {}));
        let added = filling.add_all(receive, progress);
        let beside = beside.join().expect("what may fail in it is an error");
        let read = reader.join().expect("what may fail in it is an error");
        added.and(beside).and(read)
    })?;
    let (written, mut pairs) = filling.end();
    commit(&mut writer, archive, seq)?;
    pairs.seq = seq;
    *generation.pairs_mut() = pairs;
    generation.keep_pairs()?;
    merge(generation, &mut writer)?;
    writer.wait_merging_threads()?;
    generation.reader.reload()?;
    Ok(written)
}

/// Merges many segments into as many as there are threads for it.
fn merge(
    generation: &Generation,
    writer: &mut IndexWriter<TantivyDocument>,
) -> Result<(), IndexError> {
    let segments = generation.index.searchable_segment_ids()?;
    if segments.len() <= SEGMENTS_MAX {
        return Ok(());
    }
    let parts = segments.chunks(segments.len().div_ceil(FILLERS));
    let merging: Vec<_> = parts.map(|part| writer.merge(part)).collect();
    merging.into_iter().try_for_each(|merged| merged.wait().map(drop))?;
    Ok(())
}

/// A generation that is being filled by several threads.
struct Filling<'f> {
    generation: &'f Generation,
    writer: &'f IndexWriter<TantivyDocument>,
    pairs: Mutex<PairCounts>,
    written: AtomicU64,
}

impl Filling<'_> {
    /// Adds articles as they come, until there are no more. Once nobody takes them, they are not
    /// read either.
    fn add_all(
        &self,
        articles: Arc<Mutex<Receiver<Read>>>,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), IndexError> {
        let (fields, scanned) = (&self.generation.fields, &self.generation.scanned);
        loop {
            let next = articles.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok((article, officials)) = next else { return Ok(()) };
            let count = |tokens: &Tokens| {
                self.pairs.lock().unwrap_or_else(PoisonError::into_inner).add(tokens);
            };
            self.writer.add_document(fields.document(&article, &officials, count, scanned))?;
            progress(self.written.fetch_add(1, Ordering::Relaxed) + 1);
        }
    }

    /// What was written and counted.
    fn end(self) -> (u64, PairCounts) {
        let pairs = self.pairs.into_inner().unwrap_or_else(PoisonError::into_inner);
        (self.written.into_inner(), pairs)
    }
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
        let (fields, scanned) = (&generation.fields, &generation.scanned);
        let count = |tokens: &Tokens| generation.pairs_mut().add(tokens);
        writer.add_document(fields.document(&article, &officials, count, scanned))?;
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
    threads: usize,
    bytes: usize,
) -> Result<IndexWriter<TantivyDocument>, IndexError> {
    match generation.index.writer_with_num_threads(threads, bytes) {
        Err(TantivyError::LockFailure(LockError::LockBusy, _)) => Err(IndexError::Busy),
        other => Ok(other?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_segments_become_as_many_as_there_are_threads() {
        let folder = tempfile::tempdir().unwrap();
        let generation = Generation::create(folder.path()).unwrap();
        let mut writer = writer(&generation, FILLERS, FILLER_BYTES).unwrap();
        writer.set_merge_policy(Box::new(NoMergePolicy));
        let segments = || generation.index.searchable_segment_ids().unwrap().len();
        for number in 0..=SEGMENTS_MAX as u64 {
            assert_eq!(segments() as u64, number);
            merge(&generation, &mut writer).unwrap();
            let mut document = TantivyDocument::default();
            document.add_u64(generation.fields.id, number);
            writer.add_document(document).unwrap();
            writer.commit().unwrap();
        }
        merge(&generation, &mut writer).unwrap();
        assert_eq!(segments(), FILLERS);
        generation.reader.reload().unwrap();
        assert_eq!(generation.reader.searcher().num_docs(), SEGMENTS_MAX as u64 + 1);
    }
}
