#include "log/recovery.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/lsn_parts.h"
#include "base/random.h"
#include "log/survey.h"

namespace octavo::log {
namespace {

constexpr std::uint64_t kCopyBytes = 256 * kKiB;

// After a power cut, offsets up to here may have named records that are gone. The log syncs every
// second, so four gigabytes is more than can have been lost.
std::uint64_t start_after_loss(std::uint64_t tail) { return ((tail >> 32) + 2) << 32; }

Result<Identity> load_or_create_identity(io::FileSystem& files, const std::string& directory) {
  auto identity = read_identity(files, directory);
  if (identity || identity.error().code != Code::not_found) return identity;
  TRY_STATUS(expect_no_segments(files, directory));
  Identity fresh;
  const Bytes random = secure_random_bytes(fresh.cluster.bytes.size());
  std::ranges::copy(random, fresh.cluster.bytes.begin());
  fresh.clean = true;
  TRY_STATUS(write_identity(files, directory, fresh));
  return fresh;
}

Status remove_files(io::FileSystem& files, const std::string& directory,
                    const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    TRY_STATUS(files.remove(io::join_path(directory, name)));
  }
  return names.empty() ? Status() : files.sync_directory(directory);
}

// Spare segments that were being prepared, and temporaries of `write_file_atomic`.
Status remove_temporaries(io::FileSystem& files, const std::string& directory) {
  TRY(auto names, files.list(directory));
  std::erase_if(names, [](const std::string& name) { return !name.ends_with(".tmp"); });
  return remove_files(files, directory, names);
}

// No process ever finished opening this log, so nothing was ever appended to it.
Status remove_unborn_segments(io::FileSystem& files, const std::string& directory) {
  TRY(auto names, files.list(directory));
  std::erase_if(names, [](const std::string& name) { return !parse_segment_name(name); });
  return remove_files(files, directory, names);
}

// Writes the bytes again that may not be on disk although they can be read: when a sync failed in
// the last process, the kernel may hold them as clean, and a sync alone would do nothing.
Status rewrite(RecoveredSegment& segment, std::uint64_t from) {
  Bytes chunk;
  from = std::max(from, segment.header.start);
  for (std::uint64_t at = from; at < segment.end;) {
    const std::uint64_t place = at - segment.header.start + kSegmentHeaderSize;
    chunk.resize(static_cast<std::size_t>(std::min(kCopyBytes, segment.end - at)));
    TRY(const std::size_t read, segment.file->pread(place, chunk));
    chunk.resize(read);
    if (chunk.empty()) break;
    TRY_STATUS(segment.file->pwrite(place, chunk));
    at += chunk.size();
  }
  return segment.file->sync_data();
}

Notice cut_notice(const Verdict& verdict, const SegmentSurvey& last, const Identity& identity) {
  Notice notice;
  notice.kind = Notice::Kind::torn_tail_cut;
  notice.file = last.path;
  notice.lsn = lsn_at(identity.generation, verdict.tail);
  notice.bytes = verdict.cut_bytes;
  notice.text = fmt::format(
      "The log's tail was torn ({}) and is cut at byte {} of \"{}\" (log offset {}); {} bytes that "
      "were never confirmed as durable are gone.",
      fault_name(verdict.fault), verdict.tail - last.start + kSegmentHeaderSize, last.path,
      verdict.tail, verdict.cut_bytes);
  return notice;
}

Notice drop_notice(const SegmentSurvey& segment, const Identity& identity) {
  Notice notice;
  notice.kind = Notice::Kind::segment_dropped;
  notice.file = segment.path;
  notice.lsn = lsn_at(identity.generation, segment.start);
  notice.bytes = segment.capacity_end - segment.start;
  notice.text = fmt::format(
      "The log segment \"{}\" was begun but never synced before the power cut; it is removed.",
      segment.path);
  return notice;
}

Status cut_files(io::FileSystem& files, const std::string& directory, const Survey& survey,
                 const Verdict& verdict, Recovery& recovery) {
  // Last first, so that a crash in between leaves no gap.
  for (std::size_t i = survey.segments.size(); i-- > verdict.keep;) {
    TRY_STATUS(files.remove(survey.segments[i].path));
    recovery.notices.push_back(drop_notice(survey.segments[i], recovery.identity));
  }
  if (survey.segments.size() > verdict.keep) TRY_STATUS(files.sync_directory(directory));
  const SegmentSurvey& last = survey.segments[verdict.keep - 1];
  if (verdict.cut_bytes > 0) {
    recovery.notices.push_back(cut_notice(verdict, last, recovery.identity));
  }
  return last.file->truncate(verdict.tail - last.start + kSegmentHeaderSize);
}

void adopt(const Survey& survey, const Verdict& verdict, Recovery& recovery) {
  for (std::size_t i = 0; i < verdict.keep; ++i) {
    const SegmentSurvey& found = survey.segments[i];
    RecoveredSegment segment;
    segment.header = *found.header;
    segment.path = found.path;
    segment.file = found.file;
    segment.capacity_end = found.capacity_end;
    segment.end = i + 1 < verdict.keep ? survey.segments[i + 1].header->previous_end : verdict.tail;
    recovery.clock_ns = std::max(recovery.clock_ns, segment.header.base_time_ns);
    if (found.scan) recovery.clock_ns = std::max(recovery.clock_ns, found.scan->last_time_ns);
    recovery.segments.push_back(std::move(segment));
  }
  recovery.tail = verdict.tail;
}

}  // namespace

bool nothing_lost(const Identity& identity, io::FileSystem& files) {
  const bool same_boot = !identity.boot_id.empty() && identity.boot_id == files.boot_id();
  return identity.clean || same_boot;
}

Status expect_no_segments(io::FileSystem& files, const std::string& directory) {
  TRY(const auto names, files.list(directory));
  for (const std::string& name : names) {
    if (!parse_segment_name(name)) continue;
    return fail(Code::corrupt, fmt::format("\"{}\" has log segments but no file \"{}\"", directory,
                                           kIdentityFile));
  }
  return {};
}

Result<Recovery> recover_log(io::FileSystem& files, const std::string& directory,
                             const RecoveryOptions& options) {
  Recovery recovery;
  TRY(recovery.identity, load_or_create_identity(files, directory));
  const Identity& identity = recovery.identity;
  TRY_STATUS(remove_temporaries(files, directory));
  if (identity.incarnation == 0) {
    TRY_STATUS(remove_unborn_segments(files, directory));
    return recovery;
  }

  TRY(const Survey survey,
      survey_segments(files, directory, identity,
                      {.verify_bytes = options.verify_bytes, .clock = options.clock}));
  if (survey.segments.empty()) {
    return fail(Code::corrupt, fmt::format("the log segments are missing from \"{}\"", directory));
  }
  const bool strict = nothing_lost(identity, files);
  const Verdict verdict =
      judge(survey, identity, {.strict = strict, .cut_damaged_tail = options.cut_damaged_tail});
  if (verdict.damage) return fail(*verdict.damage);

  adopt(survey, verdict, recovery);
  // Without loss or torn bytes the last file simply goes on. Else it ends here for good: offsets
  // that may have been seen are never given out again.
  recovery.continue_last = strict && !verdict.cut;
  recovery.next_start = strict ? recovery.tail : start_after_loss(recovery.tail);
  if (!recovery.continue_last) {
    TRY_STATUS(cut_files(files, directory, survey, verdict, recovery));
    recovery.segments.back().capacity_end = recovery.tail;
  }
  if (identity.clean && recovery.continue_last) return recovery;
  for (RecoveredSegment& segment : recovery.segments) {
    if (segment.end > survey.durable || &segment == &recovery.segments.back()) {
      TRY_STATUS(rewrite(segment, survey.durable));
    }
  }
  TRY_STATUS(files.sync_directory(directory));
  return recovery;
}

}  // namespace octavo::log
