#include "log/scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "base/lsn_parts.h"
#include "log/identity.h"
#include "log/segment_reader.h"

namespace octavo::log {
namespace {

struct OpenedSegment {
  std::string path;
  std::unique_ptr<io::File> file;
  SegmentHeader header;
  std::uint64_t file_end = 0;  // log offset at which the file ends
};

std::unexpected<Error> damaged(const std::string& path, std::uint64_t byte, std::string_view what) {
  return fail(Code::corrupt,
              fmt::format("log segment \"{}\" is damaged at byte {}: {}", path, byte, what));
}

// Nothing: it was made and never used.
Result<std::optional<OpenedSegment>> open_segment(io::FileSystem& files, std::string path) {
  OpenedSegment out;
  out.path = std::move(path);
  TRY(out.file, files.open(out.path, io::OpenMode::read));
  TRY(const std::uint64_t size, out.file->size());
  Bytes page(kSegmentHeaderSize, '\0');
  TRY_STATUS(out.file->pread(0, page));
  const auto header = parse_segment_header(page);
  if (!header && header.error() == SegmentHeaderFault::absent) return std::nullopt;
  if (!header) return damaged(out.path, 0, "its header is not what was written");
  out.header = *header;
  out.file_end = header->start + (size > kSegmentHeaderSize ? size - kSegmentHeaderSize : 0);
  return out;
}

// Oldest first.
Result<std::vector<OpenedSegment>> open_all(io::FileSystem& files, const std::string& directory) {
  TRY(const auto names, files.list(directory));
  std::vector<OpenedSegment> out;
  for (const std::string& name : names) {
    if (!parse_segment_name(name)) continue;
    TRY(auto opened, open_segment(files, io::join_path(directory, name)));
    if (opened) out.push_back(*std::move(opened));
  }
  std::ranges::sort(out, {}, [](const OpenedSegment& segment) { return segment.header.start; });
  return out;
}

// The records from `offset` on, before `limit`, which is the end of the segment where it is
// `sealed`. False: `visit` has seen enough.
Result<bool> scan_segment(const OpenedSegment& segment, std::uint64_t offset, std::uint64_t limit,
                          bool sealed, const std::function<bool(const RecordView&)>& visit) {
  SegmentReader reader(*segment.file, segment.header);
  const std::uint16_t generation = segment.header.generation;
  while (offset < limit) {
    TRY(const auto record, reader.record_at(offset, limit));
    if (!record) {
      if (record.error() == RecordFault::absent && !sealed) return true;
      return damaged(segment.path, offset - segment.header.start + kSegmentHeaderSize,
                     fault_name(record.error()));
    }
    RecordView view;
    view.lsn = lsn_at(generation, offset);
    offset += record->size;
    view.next = lsn_at(generation, offset);
    view.header = record->header;
    view.payload = record->payload;
    if (!visit(view)) return false;
  }
  return true;
}

}  // namespace

Status scan_log(io::FileSystem& files, const std::string& directory, const Lsn& from,
                const std::function<bool(const RecordView&)>& visit) {
  TRY(const bool exists, files.exists(io::join_path(directory, kIdentityFile)));
  if (!exists) return fail(Code::not_found, fmt::format("there is no log in \"{}\"", directory));
  TRY(const auto lock, files.lock(io::join_path(directory, kLockFile)));
  TRY(const auto segments, open_all(files, directory));
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const OpenedSegment& segment = segments[i];
    const bool sealed = i + 1 < segments.size();
    const std::uint64_t limit =
        sealed ? std::min(segment.file_end, segments[i + 1].header.previous_end) : segment.file_end;
    if (limit <= offset_of(from)) continue;
    // From its beginning, as only records say where records begin.
    bool more = true;
    const auto wanted = [&](const RecordView& record) {
      if (offset_of(record.lsn) >= offset_of(from)) more = visit(record);
      return more;
    };
    TRY(more, scan_segment(segment, segment.header.start, limit, sealed, wanted));
    if (!more) return {};
  }
  return {};
}

}  // namespace octavo::log
