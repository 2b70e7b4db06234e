#include "layout/keyspace/snapshots.h"

#include <algorithm>
#include <ranges>

#include "base/logging.h"

namespace octavo::layout {
namespace {

constexpr std::string_view kSuffix = ".keys";
constexpr std::string_view kTemporarySuffix = ".tmp";
constexpr std::string_view kDamagedSuffix = ".damaged";  // for whoever wants to look at it
constexpr std::size_t kKept = 2;

// Names sort by position.
std::string file_name(const Lsn& at) { return format_lsn_name(at) + std::string(kSuffix); }

std::optional<Lsn> position_of(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  return parse_lsn_name(name.substr(0, name.size() - kSuffix.size()));
}

// Loads one file and checks that it is what its name says.
Result<KeyspaceState> load_one(io::FileSystem& files, const SnapshotFile& file,
                               const keyspace::SnapshotProgress& progress) {
  KeyspaceState state{std::make_unique<keyspace::Keyspace>(), file.at};
  TRY(const auto header, keyspace::load_snapshot_file(files, file.path, *state.keyspace, progress));
  if (header.at != LsnVector{{file.at}}) {
    return fail(Code::corrupt, file.path + ": is of another log position than its name says");
  }
  return state;
}

}  // namespace

Result<std::vector<SnapshotFile>> list_snapshots(io::FileSystem& files,
                                                 const std::string& directory) {
  std::vector<SnapshotFile> out;
  const auto names = files.list(directory);
  if (!names && names.error().code == Code::not_found) return out;
  if (!names) return fail(names.error());
  for (const std::string& name : *names) {
    if (const auto at = position_of(name)) out.push_back({io::join_path(directory, name), *at});
  }
  std::ranges::sort(out, {}, &SnapshotFile::at);
  return out;
}

Status KeyspaceSnapshots::open() {
  TRY_STATUS(files_.create_directories(directory_));
  TRY(const auto names, files_.list(directory_));
  for (const std::string& name : names) {
    if (name.ends_with(kTemporarySuffix)) {
      TRY_STATUS(files_.remove(io::join_path(directory_, name)));
    }
  }
  TRY(auto found, list_snapshots(files_, directory_));
  const MutexLock lock(mutex_);
  snapshots_ = std::move(found);
  return {};
}

Result<KeyspaceState> KeyspaceSnapshots::load(const Lsn& limit,
                                              const keyspace::SnapshotProgress& progress) {
  for (const SnapshotFile& file : std::views::reverse(present())) {
    if (file.at >= limit) continue;
    auto state = load_one(files_, file, progress);
    if (state) return state;
    // One that was replaced while we looked is not there any more.
    if (state.error().code != Code::corrupt && state.error().code != Code::not_found) return state;
    log_error("keyspace snapshot passed over",
              {{"file", file.path}, {"reason", state.error().what}});
    if (state.error().code == Code::corrupt) put_aside(file);
  }
  return KeyspaceState{std::make_unique<keyspace::Keyspace>(), Lsn::zero()};
}

Status KeyspaceSnapshots::write(txn::Sequencer& sequencer, keyspace::Keyspace& keyspace,
                                const keyspace::SnapshotProgress& progress) {
  std::optional<keyspace::Snapshotter> snapshotter;
  SnapshotFile file;
  sequencer.run_exclusive([&](Lsn tip) {
    file.at = tip;
    const auto lock = keyspace.lock();
    snapshotter.emplace(keyspace,
                        keyspace::SnapshotHeader{.at = {{tip}}, .time_ns = sequencer.tip_time_ns()},
                        copies_);
  });
  if (file.at == newest()) return {};
  TRY_STATUS(sequencer.wait_until_durable(file.at));
  file.path = io::join_path(directory_, file_name(file.at));
  TRY_STATUS(keyspace::write_snapshot_file(files_, file.path, *snapshotter, progress));
  {
    const MutexLock lock(mutex_);
    snapshots_.push_back(std::move(file));
  }
  remove_old();
  return {};
}

// A damaged one must not count as one of those kept, or the next would push out the last good one.
void KeyspaceSnapshots::put_aside(const SnapshotFile& file) {
  {
    const MutexLock lock(mutex_);
    std::erase_if(snapshots_, [&](const SnapshotFile& one) { return one.path == file.path; });
  }
  const std::string aside = file.path + std::string(kDamagedSuffix);
  if (const Status renamed = files_.rename(file.path, aside); !renamed) {
    log_warning("damaged keyspace snapshot stays", {{"reason", renamed.error().what}});
  }
}

void KeyspaceSnapshots::remove_old() {
  std::vector<SnapshotFile> old;
  {
    const MutexLock lock(mutex_);
    if (snapshots_.size() <= kKept) return;
    const auto end = snapshots_.end() - kKept;
    old.assign(snapshots_.begin(), end);
    snapshots_.erase(snapshots_.begin(), end);
  }
  for (const SnapshotFile& file : old) {
    if (const Status removed = files_.remove(file.path); !removed) {
      log_warning("old keyspace snapshot stays", {{"reason", removed.error().what}});
    }
  }
}

std::vector<SnapshotFile> KeyspaceSnapshots::present() const {
  const MutexLock lock(mutex_);
  return snapshots_;
}

Lsn KeyspaceSnapshots::newest() const {
  const MutexLock lock(mutex_);
  return snapshots_.empty() ? Lsn::zero() : snapshots_.back().at;
}

Lsn KeyspaceSnapshots::log_needed_from() const {
  const MutexLock lock(mutex_);
  return snapshots_.size() < kKept ? Lsn::zero() : snapshots_[snapshots_.size() - kKept].at;
}

}  // namespace octavo::layout
