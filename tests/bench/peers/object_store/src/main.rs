//! The crate object_store as a driver of the comparison (tests/bench/compare/drivers.py says what a driver is told and answers).
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::path::Path;
use object_store::{MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

const OBJECT_BYTES: usize = 1024;
const OBJECTS: u64 = 64;
const PART_BYTES: u64 = 8 << 20;
const PARTS_IN_FLIGHT: usize = 8;

fn store(bucket: &str) -> Outcome<AmazonS3> {
    Ok(AmazonS3Builder::from_env().with_bucket_name(bucket).with_allow_http(true).build()?)
}

fn cpu_seconds() -> f64 {
    // utime and stime of the whole process, in ticks of 10 ms: fine for works that take a second.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or("").split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

fn status(name: &str) -> u64 {
    let text = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with(name)).unwrap_or("");
    line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}

/// `in_flight` tasks, each with one request after the other until the time is over.
async fn small(put: bool, bucket: &str, in_flight: u64, seconds: f64) -> Outcome<u64> {
    let store = Arc::new(store(bucket)?);
    let made = Arc::new(AtomicU64::new(0));
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    let body = bytes::Bytes::from(vec![b'x'; OBJECT_BYTES]);
    let mut tasks = Vec::new();
    for task in 0..in_flight {
        let (store, made, body) = (store.clone(), made.clone(), body.clone());
        tasks.push(tokio::spawn(async move {
            let mut index = task * 7;
            while Instant::now() < end {
                let name = index % OBJECTS;
                index += 1;
                if put {
                    store.put(&Path::from(format!("put-{name}")), PutPayload::from(body.clone())).await?;
                } else {
                    let got = store.get(&Path::from(format!("object-{name}"))).await?.bytes().await?;
                    if got.len() != OBJECT_BYTES {
                        return Err("an object of another size".into());
                    }
                }
                made.fetch_add(1, Ordering::Relaxed);
            }
            Outcome::Ok(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(made.load(Ordering::Relaxed))
}

async fn up(bucket: &str, key: &str, file: &str) -> Outcome<u64> {
    let store = store(bucket)?;
    let file = Arc::new(File::open(file)?);
    let size = file.metadata()?.len();
    let mut upload = store.put_multipart(&Path::from(key)).await?;
    let mut parts = tokio::task::JoinSet::new();
    for first in (0..size).step_by(PART_BYTES as usize) {
        if parts.len() == PARTS_IN_FLIGHT {
            parts.join_next().await.ok_or("no part")???;
        }
        let file = file.clone();
        let part = tokio::task::spawn_blocking(move || -> std::io::Result<Vec<u8>> {
            let mut bytes = vec![0; PART_BYTES.min(size - first) as usize];
            file.read_exact_at(&mut bytes, first)?;
            Ok(bytes)
        });
        let bytes = part.await??;
        parts.spawn(upload.put_part(bytes.into()));
    }
    while let Some(part) = parts.join_next().await {
        part??;
    }
    upload.complete().await?;
    Ok(1)
}

async fn down(bucket: &str, key: &str, file: &str) -> Outcome<u64> {
    let store = Arc::new(store(bucket)?);
    let key = Path::from(key);
    let size = store.head(&key).await?.size;
    let file = Arc::new(File::create(file)?);
    let ranges: Vec<u64> = (0..size).step_by(PART_BYTES as usize).collect();
    futures::stream::iter(ranges.into_iter().map(Outcome::Ok))
        .try_for_each_concurrent(PARTS_IN_FLIGHT, |first| {
            let (store, key, file) = (store.clone(), key.clone(), file.clone());
            async move {
                let bytes = store.get_range(&key, first..size.min(first + PART_BYTES)).await?;
                tokio::task::spawn_blocking(move || file.write_all_at(&bytes, first)).await??;
                Ok(())
            }
        })
        .await?;
    Ok(1)
}

async fn list(bucket: &str) -> Outcome<u64> {
    let store = store(bucket)?;
    let mut count = 0;
    let mut entries = store.list(None);
    while let Some(entry) = entries.next().await {
        entry?;
        count += 1;
    }
    Ok(count)
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let count = match words[..] {
        ["get", bucket, in_flight, seconds] => small(false, bucket, in_flight.parse()?, seconds.parse()?).await?,
        ["put", bucket, in_flight, seconds] => small(true, bucket, in_flight.parse()?, seconds.parse()?).await?,
        ["up", bucket, key, file] => up(bucket, key, file).await?,
        ["down", bucket, key, file] => down(bucket, key, file).await?,
        ["list", bucket] => list(bucket).await?,
        _ => return Err("usage: get|put BUCKET IN_FLIGHT SECONDS, up|down BUCKET KEY FILE, list BUCKET".into()),
    };
    let (seconds, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    let (peak_kib, threads) = (status("VmHWM:"), status("Threads:"));
    writeln!(
        std::io::stdout(),
        "{{\"count\": {count}, \"seconds\": {seconds:.6}, \"cpu\": {cpu:.6}, \"peak_kib\": {peak_kib}, \"threads\": {threads}}}"
    )?;
    Ok(())
}
