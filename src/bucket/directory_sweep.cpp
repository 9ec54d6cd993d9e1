// Decides file by file in the temporary folder whether anybody still needs it.
#include "bucket/directory_sweep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "bucket/directory_keys.h"
#include "bucket/directory_lock.h"
#include "bucket/directory_object.h"
#include "bucket/directory_stream.h"
#include "bucket/directory_uploads.h"

namespace objectstore::directory {

namespace {

/// For one who holds the shard of `hash`: the sidecar goes when no object stands in the key's places.
void drop_orphan_sidecar(const BucketFolder& bucket, const std::string& hash) {
  auto text = read_sidecar(bucket, hash);
  if (!text || !*text) return;
  auto sidecar = parse_sidecar(std::move(**text));
  if (!sidecar) return;
  const Address address(sidecar->key);
  if (address.hash != hash) return;
  auto in_force = find_in_force(bucket, address);
  if (in_force && in_force->object() == nullptr) ::unlinkat(bucket.get(), sidecar_path(hash).c_str(), 0);
}

void sweep_one(const BucketFolder& bucket, const std::string& name, SystemTime newest) {
  const auto temp = read_temp_name(name);
  if (!temp) return;
  const std::string path = std::string(kTempFolder) + "/" + name;
  struct stat information {};
  auto file = bucket.open_file(path, O_RDWR, information);
  if (!file || !*file) return;
  const auto changed = SystemTime(std::chrono::seconds(information.st_ctim.tv_sec));
  if (changed > newest) return;
  // Only uploads live outside the key's lock.
  if (temp->kind == TempKind::upload && !take_mark(**file)) return;
  const auto lock = Lock::try_shard(bucket, shard_of(temp->hash));
  if (!lock) return;
  drop_orphan_sidecar(bucket, temp->hash);
  ::unlinkat(bucket.get(), path.c_str(), 0);
}

}  // namespace

void sweep(const BucketFolder& bucket, const Clock& clock, std::chrono::seconds min_age) {
  const SystemTime newest = clock.now() - min_age;
  sweep_uploads(bucket, newest);
  auto folder = FolderStream::open(bucket, std::string(kTempFolder));
  if (!folder || !*folder) return;
  while (true) {
    const auto entry = (*folder)->next();
    if (!entry || !*entry) return;
    sweep_one(bucket, (*entry)->name, newest);
  }
}

}  // namespace objectstore::directory
